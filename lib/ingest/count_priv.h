/* SPDX-License-Identifier: MIT */
/*
 * count_priv - what the files of count share.
 */
#ifndef MG_COUNT_PRIV_H
#define MG_COUNT_PRIV_H

#include "mailguard/count.h"
#include "mailguard/envelope.h"

/* The start of the hour, or the slot (MG_SLOT_S), that an instant lies in. */
int64_t mg_count_hour(const struct mg_counter *c, int64_t at);
int64_t mg_count_slot(const struct mg_counter *c, int64_t at);

/*
 * mg_count_instant - the instant of a stamp, which becomes that of the last
 * line. Without a zone of its own it is local time; without a year (0) it is of
 * the year that brings it nearest to the line before.
 */
int64_t mg_count_instant(struct mg_counter *c, struct mg_civil at,
			 bool has_zone, int32_t zone_s);

/* The same of an instant that is known already. */
int64_t mg_count_at(struct mg_counter *c, int64_t at);

/* Makes an instant that of the line at hand, and returns it. */
int64_t mg_count_note(struct mg_counter *c, int64_t at);

/*
 * The instant of the 19 bytes "YYYY-MM-DD HH:MM:SS" behind which a blank stands
 * and no zone, if they are in the hour that mg_count_know_stamp saw. It becomes
 * that of the last line.
 */
bool mg_count_quick_stamp(struct mg_counter *c, const char *text, int64_t *at);

/* Of a line that was counted with its batch: it is the line before from here. */
void mg_count_note_stamp(struct mg_counter *c, const char *text);

/* A stamp of the form and hour that were learned. */
struct mg_stamp_before {
	const char *text;
	int64_t at;
	bool is_short; /* text is one of RFC 3164 with the blank behind it */
};

#define MG_SHORT_STAMP 16 /* bytes of such a one */

/*
 * Whether a text begins with another, which `before` is then; mg_count_stamp_len
 * has looked at its form. Nothing else changes.
 */
bool mg_count_peek_stamp(const struct mg_counter *c, const char *text,
			 struct mg_stamp_before *before);

/* The line of Exim whose stamp mg_count_instant took last. */
void mg_count_know_stamp(struct mg_counter *c, struct mg_slice line);

/*
 * How many bytes the stamp of a line has with the blank behind it, if it is of
 * the form and zone that were learned, or 0; and the instant of such a stamp,
 * if it is of the hour that was learned too.
 */
size_t mg_count_stamp_len(const struct mg_counter *c, struct mg_slice line);
bool mg_count_stamp_at(struct mg_counter *c, const char *text, int64_t *at);

/* The envelope whose stamp mg_count_instant took last. */
void mg_count_know_envelope(struct mg_counter *c, const struct mg_envelope *e);

/*
 * What an instance of Postfix adds to its queue ids, since instances number
 * their queues apart; nothing for the default one.
 */
struct mg_instance {
	char suffix[8];
	uint8_t len;
};

/* Whose lines a tag's are. */
struct mg_writer {
	enum mg_daemon daemon;
	enum mg_postfix_role role; /* of Postfix, as the next two */
	struct mg_slice service;   /* points into the tag */
	struct mg_instance instance;
};

struct mg_writer mg_count_writer(struct mg_slice tag);
struct mg_instance mg_count_instance(struct mg_slice tag);

/* Whether an entry of the journal is whole, and of the mail server that it names:
   what it says is counted. */
bool mg_count_journal_is_sure(const struct mg_counter *c,
			      const struct mg_journal_line *e);

#define MG_KNOWN_TAG_MAX                                                       \
	64 /* bytes of a host and a tag; longer ones are read */

/* A host and a tag that were read before. */
struct mg_known_tag {
	struct mg_writer writer; /* points into the text */
	uint8_t len;             /* 0 for an empty place */
	char text[MG_KNOWN_TAG_MAX];
};

/* Room for some, empty; mg_mem_free it. And remembers one. */
struct mg_known_tag *mg_count_new_tags(void);
void mg_count_know_tag(struct mg_counter *c, const struct mg_envelope *e);

/*
 * What is read of a line before its turn to count comes (ahead.c). Nothing of it
 * depends on the lines before, except for what was learned of stamps and tags.
 */
struct mg_reading {
	bool is_split;      /* envelope and text were told apart */
	bool is_understood; /* and the text is of a quick shape */
	int64_t at,
		newest; /* with an envelope: its instant, the newest so far */
	uint64_t n_learned; /* c->n_learned then; it is void with another */
	const struct mg_writer *writer; /* not of Exim's own log */
	struct mg_slice id;             /* of Exim's own log; may be empty */
	struct mg_slice text;
	/* Where its login and its sender's domain probably are; NULL for none. */
	const struct mg_memo_entry *login, *domain;
	union {
		struct mg_exim_line exim; /* an arrival */
		struct mg_postfix_line postfix;
		struct mg_dovecot_line dovecot;
	} as;
};

/*
 * Lines that are read ahead. Their readings, of which a few lines of the cache
 * are written each, have to stay in that next to the processor, of 32 KB, with
 * the lines themselves; twice as many would fill it.
 */
#define MG_AHEAD 32

/* Room for as many; mg_mem_free it. */
struct mg_reading *mg_count_new_ahead(void);

/* Line i of a block. */
static inline struct mg_slice mg_count_line_of(const struct mg_lines *l,
					       size_t i)
{
	const size_t at = i ? l->ends[i - 1] + 1 : l->at;

	return mg_slice_of(l->bytes + at, l->ends[i] - at);
}

#define MG_EXIM_BATCH 64 /* lines, each a bit of a word */

/* Room for a batch; mg_mem_free it. */
struct mg_exim_batch *mg_count_new_batch(void);

/*
 * Counts up to MG_EXIM_BATCH lines of Exim's own log, from..to of a block, as if
 * one by one. Returns false, and nothing was done, where that is not possible.
 */
bool mg_count_exim_batch(struct mg_counter *c, const struct mg_lines *l,
			 size_t from, size_t to);

/*
 * Counts lines with an envelope, up to MG_AHEAD of them, as if one by one, until
 * one that has to be learned from. Returns how many were counted.
 */
size_t mg_count_enveloped_batch(struct mg_counter *c, const struct mg_lines *l,
				size_t from, size_t to);

/* Bytes behind the start of each line of a batch that are within its block. */
#define MG_GLANCE_BYTES 128

/* Asks the memory for the counts that some readings will add to. */
void mg_count_expect_counts(const struct mg_counter *c,
			    const struct mg_reading *r, size_t n);

/* Of Exim's own log. All is set; is_split says whether it fits. */
void mg_count_read_exim(const struct mg_counter *c, struct mg_slice line,
			struct mg_reading *out);
/*
 * Writer, text and instants of lines with an envelope, from..to of a block, into
 * c->ahead, up to one that has to be learned from. Returns how many.
 */
size_t mg_count_split(struct mg_counter *c, const struct mg_lines *l,
		      size_t from, size_t to);

/* The text of a line whose writer and text are set. */
void mg_count_read_text(const struct mg_counter *c, struct mg_reading *r);

/*
 * Ask the memory for what is known of a name of a line that was read, without
 * waiting: of a login, of an address' domain, of a directory, of a system user.
 */
void mg_count_expect_login(const struct mg_counter *c, struct mg_slice login,
			   struct mg_reading *r);
void mg_count_expect_domain(const struct mg_counter *c, struct mg_slice address,
			    struct mg_reading *r);
void mg_count_expect_directory(const struct mg_counter *c,
			       struct mg_slice directory);
void mg_count_expect_user(const struct mg_counter *c, struct mg_slice user);

/*
 * mg_accounts_user, remembered; where known is not NULL, what is remembered of
 * the user, which stands until the next one is asked for, or NULL for nothing.
 */
uint32_t mg_count_user(struct mg_counter *c, struct mg_slice user,
		       struct mg_memo_entry **known);

/* Lines of the three dialects, read. */
void mg_count_exim_line(struct mg_counter *c, struct mg_slice line,
			const struct mg_reading *r);
void mg_count_syslog_line(struct mg_counter *c, struct mg_slice line);
void mg_count_dovecot_line(struct mg_counter *c, struct mg_slice line);

/* The text of a line whose envelope is known; by its tag. */
void mg_count_enveloped(struct mg_counter *c,
			const struct mg_envelope *envelope, int64_t at);
void mg_count_written(struct mg_counter *c, const struct mg_reading *r,
		      int64_t at);
void mg_count_wrapped_exim(struct mg_counter *c,
			   const struct mg_envelope *envelope, int64_t at);

#define MG_EXIM_TEXT_AT 20 /* bytes of a stamp and its blank */

/*
 * A line of Exim's own log by its structure. Returns false where that is not
 * enough and nothing was counted; at is set if the stamp was understood.
 */
bool mg_count_quick_exim(struct mg_counter *c, struct mg_slice line,
			 const struct mg_reading *r, int64_t *at);

/* The same by kind, of what stands behind the stamp and the id; an arrival is
   always counted, by a reading of it. */
void mg_count_quick_arrival(struct mg_counter *c, const struct mg_reading *r,
			    int64_t at);
bool mg_count_quick_delivery(struct mg_counter *c, struct mg_flight_entry *e,
			     struct mg_slice text, int64_t at);
bool mg_count_quick_completed(struct mg_counter *c, struct mg_flight_entry *e,
			      struct mg_slice text);
bool mg_count_quick_identification(struct mg_counter *c,
				   const struct mg_flight_entry *e,
				   struct mg_slice text);
bool mg_count_quick_plain(struct mg_counter *c, struct mg_slice text,
			  int64_t at);

/* An arrival's fields, and what it will ask for when it counts. */
void mg_count_read_arrival(const struct mg_counter *c, struct mg_reading *out);

/* The directory behind "cwd=". */
struct mg_slice mg_count_directory(struct mg_slice rest);

/* A line of Exim's own log by the grammar, whose instant is known. */
void mg_count_exim_text(struct mg_counter *c, struct mg_slice text, int64_t at);

/*
 * A line counts under its kind. One that was not understood is kept by its
 * shape too, behind the name of the daemon's part that wrote it; that is rare,
 * or a reason to look at it.
 */
void mg_count_kind(struct mg_counter *c, unsigned kind, bool is_odd,
		   struct mg_slice service, struct mg_slice text);

/* An instant's line, by kind. */
void mg_count_arrival(struct mg_counter *c, const struct mg_exim_line *line,
		      int64_t at);
void mg_count_identification(struct mg_counter *c,
			     const struct mg_exim_line *line, int64_t at);
void mg_count_overflowed(struct mg_counter *c, const struct mg_exim_line *line,
			 int64_t at);
void mg_count_rescinded(struct mg_counter *c, const struct mg_exim_line *line);
void mg_count_delivery(struct mg_counter *c, const struct mg_exim_line *line,
		       int64_t at);
void mg_count_postfix(struct mg_counter *c, const struct mg_instance *instance,
		      const struct mg_postfix_line *line, int64_t at);
/* One that stands for n lines. */
void mg_count_dovecot(struct mg_counter *c, const struct mg_dovecot_line *line,
		      uint32_t n, int64_t at);
void mg_count_cwd(struct mg_counter *c, struct mg_slice directory, uint32_t pid,
		  int64_t at);

/*
 * The newest script of an account that fits a local submission; by process id
 * where the log has them. Returns its index, or n_callers for none.
 */
size_t mg_count_find_caller(const struct mg_counter *c, uint32_t account,
			    const struct mg_exim_line *line, int64_t at);

void mg_count_drop_caller(struct mg_counter *c, size_t i);

/* The origin that the caller's directory became, for the next time. */
void mg_count_know_caller(struct mg_counter *c, const struct mg_caller *caller,
			  uint32_t origin);

/* Forgets the scripts that no line of that time or after it can belong to. */
void mg_count_age_callers(struct mg_counter *c, int64_t at);

/* A submission by a program on this host, in which nobody logged in. */
bool mg_count_is_local(const struct mg_exim_line *line);

/* The id of a message of Postfix, and of which instance where there are
   several. */
struct mg_count_key {
	struct mg_slice id; /* points into the line or into the text */
	char text[24];
};

/* Returns whether there is one. */
bool mg_count_key(const struct mg_instance *instance, struct mg_slice id,
		  struct mg_count_key *out);

/* Reasons of unattributed mail, the names of MG_ORIGIN_UNKNOWN. */
#define MG_BECAUSE_ODD_LINE MG_LIT("odd-line")
#define MG_BECAUSE_LOGIN MG_LIT("unknown-login")
#define MG_BECAUSE_RELAY MG_LIT("relayed-by-address")

/* What a line says became of one recipient, in the words of no dialect. */
struct mg_outcome {
	enum mg_count what; /* MG_DELIVERED, _DEFERRED or _FAILED */
	struct mg_slice address;
	struct mg_slice original; /* before redirection; empty for the same */
	struct mg_slice ip;       /* of the other host; empty for none */
	bool is_unknown;          /* there is no such address */
};

/* Counts an outcome of a message in the slot of its line. */
void mg_count_outcome(struct mg_counter *c, struct mg_flight_entry *e,
		      const struct mg_outcome *o, int64_t slot);

/* Origins: unattributed, of a login, of a sender that was allowed to relay. */
uint32_t mg_count_unknown(struct mg_counter *c, struct mg_slice reason);
uint32_t mg_count_login(struct mg_counter *c, struct mg_slice login);
uint32_t mg_count_relay(struct mg_counter *c, struct mg_slice sender);
uint32_t mg_count_relayed(struct mg_counter *c); /* by nobody of this host */
bool mg_count_has_account(const struct mg_counter *c, uint32_t origin);

/* State and origin of a new message of Exim. */
void mg_count_attribute(struct mg_counter *c, struct mg_flight *f,
			const struct mg_exim_line *line, int64_t at);

/* The origin of a message of which cPanel's Exim identified another one. */
uint32_t mg_count_refine(struct mg_counter *c, const struct mg_flight *f,
			 uint32_t identified);

/* Adds the submission to its origin, or takes it back with sign -1. */
void mg_count_charge(struct mg_counter *c, const struct mg_flight *f, int sign);

/*
 * Says of a message of an origin that it has so many recipients, or with sign
 * -1 that it has not: larges.h.
 */
void mg_count_large(struct mg_counter *c, const struct mg_flight *f,
		    uint32_t n_recipients, int sign);

/* Counts a message by its envelope sender's domain; not for null senders. */
void mg_count_sender(struct mg_counter *c, const struct mg_flight *f,
		     struct mg_slice sender);

/*
 * A new message in flight, in place of what mg_flights_find says of its id. A
 * clock that ran ahead, or a forged line, must not age those of others: for
 * that, no line is later than c->latest.
 */
struct mg_flight_entry *mg_count_new_flight(struct mg_counter *c,
					    struct mg_flight_entry *old,
					    struct mg_slice id, int64_t at);

/* The number of an origin. */
uint32_t mg_count_origin(struct mg_counter *c, enum mg_origin_kind kind,
			 struct mg_slice name, uint32_t domain,
			 uint32_t account);

/* The hosted domain of an address, or MG_ACCOUNT_NONE. */
uint32_t mg_count_hosted(struct mg_counter *c, struct mg_slice address);

/* The number of a sender's domain. */
uint32_t mg_count_sender_number(struct mg_counter *c, struct mg_slice address);

#endif
