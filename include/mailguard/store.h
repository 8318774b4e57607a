/* SPDX-License-Identifier: MIT */
/*
 * store - what mailguard remembers: one SQLite file in a private directory.
 *
 * A star: origins, and counts per hour and origin; figures of a domain, an
 * account or an owner are sums over it, never second books. What a chunk of a
 * log changed (counts, messages in flight, the cursor) is one transaction, so
 * that a crash loses nothing and repeats nothing.
 *
 * Writers hold the lock of the state directory (lock.h) as long as the store
 * is open; they alone checkpoint. Readers open read-only and wait for nobody.
 */
#ifndef MAILGUARD_STORE_H
#define MAILGUARD_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/address.h"
#include "mailguard/entry.h"
#include "mailguard/err.h"
#include "mailguard/hash.h"
#include "mailguard/limits.h"
#include "mailguard/slice.h"

#define MG_STORE_NAME "state.db"
#define MG_STORE_SCHEMA 15 /* PRAGMA user_version; store_schema.c */

/* Who is charged (count_origin.c). The numbers stand in the file. */
enum mg_origin_kind {
	MG_ORIGIN_MAILBOX = 1, /* a login: user@domain, or an account's own */
	MG_ORIGIN_SCRIPT = 2, /* a directory that an account's mail came from */
	MG_ORIGIN_USER = 3,   /* a system user, script unknown */
	MG_ORIGIN_RELAY = 4,  /* relayed by address; weak: never acted on */
	MG_ORIGIN_FORWARDER = 5, /* a hosted address that passes mail on */
	MG_ORIGIN_UNKNOWN = 6,   /* unattributed; the name is the reason */
};

/* An origin with what it belonged to when the line was read. */
struct mg_origin {
	enum mg_origin_kind kind;
	struct mg_slice name;    /* 1..MG_ORIGIN_NAME_MAX bytes */
	struct mg_slice domain;  /* empty: none */
	struct mg_slice account; /* empty: none */
	struct mg_slice owner;   /* empty: none known */
};

/* What is counted per hour; the order of the columns of the table fact. */
enum mg_count {
	MG_MESSAGES,   /* submissions accepted, in the hour of arrival */
	MG_RECIPIENTS, /* addresses in them, in the hour of arrival */
	MG_DELIVERED,  /* these four in the hour of their own line */
	MG_DEFERRED,
	MG_FAILED,
	MG_UNKNOWN_RECIPIENTS, /* failures that say there is no such address */
	MG_FORWARDED,          /* recipients of forwards and redirects */
	MG_BYTES,              /* of submissions, in the hour of arrival */
	MG_COUNTS              /* how many there are */
};

struct mg_counts {
	int64_t n[MG_COUNTS];
};

/* Counts of a row of origins, or of senders, in a period that starts at `at`. */
struct mg_store_fact {
	int64_t at, row;
	struct mg_counts counts;
};

/* What is counted per hour and address; the order of the columns of checks. */
enum mg_check_count {
	MG_CHECK_IMAP, /* logins that succeeded */
	MG_CHECK_POP3,
	MG_CHECK_FAILED_LOGINS,   /* tries that did not */
	MG_CHECK_FAILED_SESSIONS, /* sessions that ended after such tries */
	MG_CHECK_COUNTS           /* how many there are */
};

/* One row of them. */
struct mg_check {
	int64_t at; /* start of the hour; as the parser counts, of the slot */
	struct mg_ip ip; /* all zero: of addresses that were too many */
	/*
	 * Keyed hash of the login of MG_CHECK_IMAP and _POP3, by which distinct
	 * ones are told apart; 0 for what failed, whose names strangers choose.
	 */
	uint64_t login;
	int64_t n[MG_CHECK_COUNTS];
};

/* Messages of an origin with so many recipients and the same subject line. */
struct mg_large {
	int64_t at;            /* start of the slot of their arrival */
	uint32_t n_recipients; /* of each; MG_LARGE_MIN or more */
	uint32_t topic; /* keyed hash of the subject line; 0 where the log
				  has none. One of four thousand million is
				  taken for another */
	int64_t n;      /* messages; below 0 to take them back */
};

/* What is known of a message between its arrival and its completion. */
enum mg_flight_state {
	MG_FLIGHT_PENDING = 1, /* a line came before its arrival line */
	MG_FLIGHT_CHARGED = 2, /* its origin is charged */
	MG_FLIGHT_INBOUND = 3, /* from outside; charged to nobody so far */
	MG_FLIGHT_RELAY = 4, /* from outside to outside: weak origin charged */
	MG_FLIGHT_FORWARD = 5, /* explained by an inbound message */
	MG_FLIGHT_BOUNCE = 6,  /* made by the MTA itself */
	MG_FLIGHT_AGAIN = 7,   /* one that was counted, behind a filter */
};

enum mg_flight_flag {
	MG_FLIGHT_TRACKED = 1,  /* its list of recipients is missing or cut */
	MG_FLIGHT_LOCAL = 2,    /* from this host: identification may name it */
	MG_FLIGHT_QUEUED = 4,   /* counted; what is queued now is a retry */
	MG_FLIGHT_FILTERED = 8, /* comes again, out of a content filter */
	MG_FLIGHT_DIRECT = 16,  /* another host was asked: it does not */
};

struct mg_flight {
	char id[24];           /* queue id, zero padded */
	uint8_t state;         /* enum mg_flight_state */
	uint8_t flags;         /* enum mg_flight_flag */
	uint8_t n_forwards;    /* submissions that it has explained */
	uint32_t origin;       /* number in this run; in the store a row id */
	uint32_t n_recipients; /* credited; of PENDING: deliveries so far */
	uint32_t topic;        /* as of mg_large; 0 where it does not matter */
	int64_t slot;          /* start of the slot of arrival, Unix seconds */
	int64_t at;            /* arrival, Unix seconds */
	int64_t bytes;
	uint64_t message_id; /* keyed hash of the Message-ID, 0 for none */
	uint64_t seq;        /* order of arrival within the source */
};

/* A script that called sendmail and whose message has not been seen yet. */
struct mg_cwd {
	int64_t at;   /* Unix seconds */
	uint32_t pid; /* 0 where the log has none */
	struct mg_slice directory;
};

/* A stream of events of one daemon, over all files that it wrote. */
struct mg_source {
	int64_t id;
	int64_t last_at;   /* its newest stamp; INT64_MIN at first */
	uint64_t next_seq; /* of the next message in flight */
};

/* What has become of a log that was read. The numbers stand in the file. */
enum mg_log_state {
	MG_LOG_CURRENT = 0, /* stands where it is written to */
	MG_LOG_ROTATED = 1, /* was put away; late lines may still come */
	MG_LOG_DONE = 2,    /* nothing will come any more */
};

/* How far a log has been read, and how it is known again (follow.h). */
struct mg_cursor {
	int64_t id;          /* row; 0 for a log that is new */
	int64_t offset;      /* bytes consumed; just behind a newline */
	uint32_t head_len;   /* bytes at the start that head_hash covers */
	uint32_t anchor_len; /* bytes before offset that anchor_hash covers */
	uint64_t head_hash, anchor_hash; /* keyed */
	uint64_t dev, ino;               /* hints only */
	int64_t born_ns;                 /* of that file; 0 for not known */
	enum mg_log_state state;
	uint32_t n_quiet;     /* sweeps in which a rotated one did not grow */
	bool is_torn;         /* its end without newline was noted */
	int64_t first_at;     /* stamp of its first line; INT64_MIN for none */
	int64_t packed_bytes; /* of the compressed copy that was read to its */
	uint64_t packed_hash; /* end, and what that is known by; 0 for none */
	int64_t seen_at;      /* when it was last looked at, Unix seconds */
	char path[1024];      /* where it was last seen; a hint, terminated */
	char stream[1024];    /* the log that it is a generation of */
};

/* How much of a source was not understood in its last sweep. */
struct mg_drift {
	int64_t at;         /* Unix seconds; the sweep, which read something */
	uint64_t n_lines;   /* of it */
	uint64_t n_unknown; /* lines that are of no known kind at all */
	uint64_t n_odd;     /* lines that were not understood to their end */
	bool is_alarm;      /* so many unknown ones that its counts may lack
			       what they said: nothing destructive follows */
	int64_t alarm_at;   /* the last sweep with an alarm; INT64_MIN: none */
};

struct mg_store;

enum mg_store_mode {
	MG_STORE_READ,    /* for reports; must exist */
	MG_STORE_WRITE,   /* made if missing; the caller holds the lock */
	MG_STORE_SCRATCH, /* in memory, for a dry run without a state */
};

/*
 * mg_store_open - open the state of a directory.
 *
 * out    out  the store; the caller's (mg_store_close); on success only
 * dir    in   path of the state directory; unused for a scratch store
 *
 * Returns 0; -MG_EIO; -MG_ECONF where it does not exist or was written by a
 * newer mailguard.
 */
MG_NODISCARD int mg_store_open(struct mg_store **out, const char *dir,
			       enum mg_store_mode mode, struct mg_err *err);

/*
 * mg_store_close - checkpoint (writers only) and close; accepts NULL. An open
 * transaction is rolled back.
 */
void mg_store_close(struct mg_store *s);

/* The same for a writer that has given up the lock, which only closes. */
void mg_store_leave(struct mg_store *s);

/* The secret key of this state, for the maps and fingerprints of a run. */
struct mg_hash_key mg_store_key(const struct mg_store *s);

/*
 * A number that stands for the state as a whole, by its name: "clock_boot". Get
 * returns 1, 0 where it was never set (out untouched), or -MG_EIO.
 */
MG_NODISCARD int mg_store_get_number(struct mg_store *s, struct mg_slice name,
				     int64_t *out, struct mg_err *err);
MG_NODISCARD int mg_store_put_number(struct mg_store *s, struct mg_slice name,
				     int64_t value, struct mg_err *err);

/*
 * mg_store_hour_offset - where hours start: seconds behind the UTC hour, 0 or
 * that of a zone of 30 or 45 minutes. Kept in the file, so that hours never
 * overlap when the zone changes.
 *
 * fresh_s   in   what a new state takes, 0..3599
 */
MG_NODISCARD int mg_store_hour_offset(struct mg_store *s, int32_t fresh_s,
				      int32_t *out, struct mg_err *err);

/* What the host's local time was, at an instant that it was looked at. */
struct mg_zone_mark {
	int64_t at;      /* Unix seconds */
	int32_t ahead_s; /* of UTC */
};

/* The mark, for whoever wants to know whether the zone is still that one.
   Returns 1, 0 where none was set, or -MG_EIO. */
MG_NODISCARD int mg_store_zone_mark(struct mg_store *s,
				    struct mg_zone_mark *out,
				    struct mg_err *err);
MG_NODISCARD int mg_store_set_zone_mark(struct mg_store *s,
					struct mg_zone_mark mark,
					struct mg_err *err);

/* Transactions. Begin takes the write lock at once. */
MG_NODISCARD int mg_store_begin(struct mg_store *s, struct mg_err *err);
MG_NODISCARD int mg_store_commit(struct mg_store *s, struct mg_err *err);
void mg_store_rollback(struct mg_store *s);

/* A source by its name; made if missing. */
MG_NODISCARD int mg_store_source(struct mg_store *s, struct mg_slice name,
				 struct mg_source *out, struct mg_err *err);
MG_NODISCARD int mg_store_put_source(struct mg_store *s,
				     const struct mg_source *source,
				     struct mg_err *err);

/* Row id of an origin, or of a sender domain; 0 where there is none. */
MG_NODISCARD int mg_store_find_origin(struct mg_store *s,
				      const struct mg_origin *origin,
				      int64_t *id, struct mg_err *err);
MG_NODISCARD int mg_store_find_sender(struct mg_store *s,
				      struct mg_slice domain, int64_t *id,
				      struct mg_err *err);

/* Makes it; 0 where it was there before. */
MG_NODISCARD int mg_store_add_origin(struct mg_store *s,
				     const struct mg_origin *origin,
				     int64_t *id, struct mg_err *err);
MG_NODISCARD int mg_store_add_sender(struct mg_store *s, struct mg_slice domain,
				     int64_t *id, struct mg_err *err);

/* The highest row id of an origin, as many as there may be; 0 for none. */
MG_NODISCARD int mg_store_last_origin(struct mg_store *s, int64_t *id,
				      struct mg_err *err);

/* Row id of an origin or a sender domain; made if missing. */
MG_NODISCARD int mg_store_origin(struct mg_store *s,
				 const struct mg_origin *origin, int64_t *id,
				 struct mg_err *err);
MG_NODISCARD int mg_store_sender(struct mg_store *s, struct mg_slice domain,
				 int64_t *id, struct mg_err *err);

/*
 * mg_store_add_facts, _sender_facts - add to the counts of hours.
 *
 * facts   in   n of them; cheapest by time, then row
 *
 * Facts of origins may be taken back by negative counts, those of senders
 * never. Returns 0, or -MG_EIO with some of them added: for a sum below zero
 * (CHECK), too.
 */
MG_NODISCARD int mg_store_add_facts(struct mg_store *s,
				    const struct mg_store_fact *facts, size_t n,
				    struct mg_err *err);
MG_NODISCARD int mg_store_add_sender_facts(struct mg_store *s,
					   const struct mg_store_fact *facts,
					   size_t n, struct mg_err *err);

/* Whether a sender domain has counts in an hour; how many but "*" have. */
MG_NODISCARD int mg_store_has_sender_fact(struct mg_store *s, int64_t hour,
					  int64_t sender, bool *out,
					  struct mg_err *err);
MG_NODISCARD int mg_store_count_senders(struct mg_store *s, int64_t hour,
					int64_t *out, struct mg_err *err);

/*
 * How many origins there are of each kind and account (empty for none), those
 * named "*" (budget.h) left out. Ends early when fn does not return 0, with
 * that.
 */
typedef int (*mg_origin_count_fn)(void *arg, enum mg_origin_kind kind,
				  struct mg_slice account, int64_t n);
MG_NODISCARD int mg_store_count_origins(struct mg_store *s,
					mg_origin_count_fn fn, void *arg,
					struct mg_err *err);

/* Checks of an hour, address and login; whose login it is. */
struct mg_store_check {
	struct mg_check check;
	int64_t origin; /* row id; 0 for nobody's */
	int64_t slot;   /* start of the one within the hour */
};

/* Adds to the checks of hours; cheapest by hour, address, login. As above. */
MG_NODISCARD int mg_store_add_checks(struct mg_store *s,
				     const struct mg_store_check *checks,
				     size_t n, struct mg_err *err);

/*
 * Slots: counts of the last two hours by MG_SLOT_S seconds, of one source. Add
 * may take back; drop forgets the slots that start before a time.
 */
MG_NODISCARD int mg_store_add_slots(struct mg_store *s, int64_t source,
				    const struct mg_store_fact *facts, size_t n,
				    struct mg_err *err);
MG_NODISCARD int mg_store_drop_slots(struct mg_store *s, int64_t source,
				     int64_t before, struct mg_err *err);

/* Messages to many, of a row of origins. */
struct mg_store_large {
	struct mg_large large;
	int64_t row;
};

/*
 * mg_store_add_large - add to the messages to many of a source, or take back
 * from them; what is taken back of a row that is not there is nothing.
 *
 * Drop forgets the slots that start before a time.
 */
MG_NODISCARD int mg_store_add_large(struct mg_store *s, int64_t source,
				    const struct mg_store_large *large,
				    struct mg_err *err);
MG_NODISCARD int mg_store_drop_large(struct mg_store *s, int64_t source,
				     int64_t before, struct mg_err *err);

/* Whether there is such a row; how many its slot and origin have. */
MG_NODISCARD int mg_store_has_large(struct mg_store *s, int64_t source,
				    const struct mg_store_large *large,
				    bool *out, struct mg_err *err);
MG_NODISCARD int mg_store_count_large(struct mg_store *s, int64_t source,
				      const struct mg_store_large *large,
				      int64_t *n, struct mg_err *err);

/* Whether there is a row of that hour, address and login. */
MG_NODISCARD int mg_store_has_check(struct mg_store *s,
				    const struct mg_check *check, bool *out,
				    struct mg_err *err);

/*
 * How many rows of checks an hour has without a login, and with one; that of
 * too many addresses is not among them, nor are those of the first address of a
 * /64 of IPv6, which stands for too many of it.
 */
MG_NODISCARD int mg_store_count_checks(struct mg_store *s, int64_t hour,
				       int64_t n[2], struct mg_err *err);

/*
 * The same of the hour and the /64 of a check, of those with a login or without
 * as it has one; n ends at max.
 */
MG_NODISCARD int mg_store_count_net_checks(struct mg_store *s,
					   const struct mg_check *check,
					   int64_t max, int64_t *n,
					   struct mg_err *err);

/* Lines of a kind that a source has shown so far. */
MG_NODISCARD int mg_store_add_lines(struct mg_store *s, int64_t source,
				    const char *kind, int64_t n,
				    struct mg_err *err);

/*
 * Lines of a source that had a shape (shape.h), for the reason why. Beyond
 * MG_SHAPE_ROWS_MAX rows, new ones count together, as the empty shape.
 */
MG_NODISCARD int mg_store_add_shape(struct mg_store *s, int64_t source, int why,
				    struct mg_slice shape, int64_t n,
				    struct mg_err *err);

/*
 * The mark of the sweep that runs; alarm_at is kept from the row before where
 * this one is no alarm.
 */
MG_NODISCARD int mg_store_put_drift(struct mg_store *s, int64_t source,
				    const struct mg_drift *drift,
				    struct mg_err *err);

/*
 * mg_store_drift - what the last sweep of a source that read anything left.
 *
 * To be asked before anything is done to an account on the word of a log.
 *
 * Returns 1, 0 with a zeroed one for a source that was never read, or a
 * negative code.
 */
MG_NODISCARD int mg_store_drift(struct mg_store *s, int64_t source,
				struct mg_drift *out, struct mg_err *err);

/* In flight: origin is a row id here. */
MG_NODISCARD int mg_store_put_flight(struct mg_store *s, int64_t source,
				     const struct mg_flight *flight,
				     int64_t origin, struct mg_err *err);
MG_NODISCARD int mg_store_delete_flight(struct mg_store *s, int64_t source,
					const char *id, struct mg_err *err);
MG_NODISCARD int mg_store_add_tracked(struct mg_store *s, int64_t source,
				      const char *id, uint64_t hash,
				      struct mg_err *err);

/* Replaces the scripts that wait for their message: clear, then add each. */
MG_NODISCARD int mg_store_clear_cwds(struct mg_store *s, int64_t source,
				     struct mg_err *err);
MG_NODISCARD int mg_store_add_cwd(struct mg_store *s, int64_t source,
				  const struct mg_cwd *cwd, struct mg_err *err);

/* The last entry of a series of the journal that was counted. */
MG_NODISCARD int mg_store_put_entry(struct mg_store *s, int64_t source,
				    const struct mg_entry *entry,
				    struct mg_err *err);

/* Writes a cursor; gives a new one its id. */
MG_NODISCARD int mg_store_put_cursor(struct mg_store *s, int64_t source,
				     struct mg_cursor *cursor,
				     struct mg_err *err);

/*
 * What a run loads at its start. Each calls fn once a row, in the order named,
 * until fn returns non-zero; slices stand for the call only. Each returns 0, or
 * what fn returned, or a negative code.
 */
struct mg_flight_row {
	struct mg_flight flight; /* origin is not set */
	int64_t origin_id;
	struct mg_origin origin;
};

typedef int (*mg_flight_fn)(void *arg, const struct mg_flight_row *row);
/* Slices do not stand; ends early with what is not 0. */
typedef int (*mg_queued_fn)(void *arg, struct mg_slice id);
typedef int (*mg_tracked_fn)(void *arg, const char *id, uint64_t hash);
typedef int (*mg_cwd_fn)(void *arg, const struct mg_cwd *cwd);
typedef int (*mg_entry_fn)(void *arg, const struct mg_entry *entry);
typedef int (*mg_cursor_fn)(void *arg, const struct mg_cursor *cursor);

MG_NODISCARD int mg_store_each_flight(struct mg_store *s, int64_t source,
				      mg_flight_fn fn, void *arg,
				      struct mg_err *err); /* by seq */
/*
 * mg_store_each_queued - the queue ids of what a subject sent that is not known
 * to be completed, of all sources, the oldest first.
 *
 * per   in   "mailbox", "script", "domain", "account" or "owner"
 *
 * Forwards, relayed mail and what nobody is charged for are not among them.
 */
MG_NODISCARD int mg_store_each_queued(struct mg_store *s, struct mg_slice per,
				      struct mg_slice subject, mg_queued_fn fn,
				      void *arg, struct mg_err *err);
MG_NODISCARD int mg_store_each_tracked(struct mg_store *s, int64_t source,
				       mg_tracked_fn fn, void *arg,
				       struct mg_err *err);
MG_NODISCARD int mg_store_each_cwd(struct mg_store *s, int64_t source,
				   mg_cwd_fn fn, void *arg,
				   struct mg_err *err); /* oldest first */
MG_NODISCARD int mg_store_each_entry(struct mg_store *s, int64_t source,
				     mg_entry_fn fn, void *arg,
				     struct mg_err *err); /* newest first */
MG_NODISCARD int mg_store_each_cursor(struct mg_store *s, int64_t source,
				      mg_cursor_fn fn, void *arg,
				      struct mg_err *err); /* newest first */

/* The generations of a log that are not done, oldest first; else as above. */
MG_NODISCARD int mg_store_each_live(struct mg_store *s, int64_t source,
				    const char *stream, mg_cursor_fn fn,
				    void *arg, struct mg_err *err);

/*
 * mg_store_forget_logs - forget the cursors that were not seen for longest.
 *
 * keep   in   so many remain
 */
MG_NODISCARD int mg_store_forget_logs(struct mg_store *s, int64_t source,
				      int64_t keep, struct mg_err *err);

/*
 * mg_store_forget_hours - take away counts of hours that are too old.
 *
 * now       in   Unix seconds
 * keep_s    in   seconds; longer than a message may be in flight, or what is
 *                taken back of an old hour would not be there
 * at_once   in   of facts, of sender domains and of checks each so many rows,
 *                the oldest, and those of the hour that is begun; above zero
 *
 * Rows are counted, not hours: lines with stamps of long ago, which somebody may
 * make up before each sweep, add no more rows than a sweep takes away.
 * An hour is as old as it is before the last that was counted (or before now),
 * of facts, of sender domains and of checks each: an old log that is swept
 * alone, or a host that rests, loses nothing. Names of origins stay.
 */
MG_NODISCARD int mg_store_forget_hours(struct mg_store *s, int64_t now,
				       int64_t keep_s, int64_t at_once,
				       struct mg_err *err);

/* All sources, each with its name, in the order in which they came. */
typedef int (*mg_source_fn)(void *arg, struct mg_slice name,
			    const struct mg_source *source);
MG_NODISCARD int mg_store_each_source(struct mg_store *s, mg_source_fn fn,
				      void *arg, struct mg_err *err);

/* What was sent, by whom it is charged to. */
struct mg_charge {
	unsigned kind; /* enum mg_origin_kind of an origin without domain and
			  account; 0 for all others together */
	struct mg_slice name; /* of that origin */
	int64_t messages;     /* more than none */
};

/* In the hours that start at a time or later; most messages first. */
typedef int (*mg_charge_fn)(void *arg, const struct mg_charge *charge);
MG_NODISCARD int mg_store_each_charge(struct mg_store *s, int64_t since,
				      mg_charge_fn fn, void *arg,
				      struct mg_err *err);

#endif
