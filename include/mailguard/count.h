/* SPDX-License-Identifier: MIT */
/*
 * count - lines of a log become counts: who sent it, and what became of it.
 *
 * Runs in the parser child. The rules of who pays are in
 * count_origin.c, what deliveries add in count_delivery.c. All of it is a
 * function of the lines, the account tables and the state at the start: the
 * same log gives the same counts however it is cut into sweeps.
 */
#ifndef MAILGUARD_COUNT_H
#define MAILGUARD_COUNT_H

#include <stdint.h>

#include "mailguard/account.h"
#include "mailguard/checks.h"
#include "mailguard/dovecot.h"
#include "mailguard/exim.h"
#include "mailguard/flights.h"
#include "mailguard/hash.h"
#include "mailguard/journal.h"
#include "mailguard/larges.h"
#include "mailguard/limits.h"
#include "mailguard/memo.h"
#include "mailguard/postfix.h"
#include "mailguard/shape.h"
#include "mailguard/subjects.h"
#include "mailguard/tally.h"
#include "mailguard/tz.h"

#define MG_CWDS_MAX 256 /* scripts that wait for their message; the oldest go */

/* What the lines of a log look like. */
enum mg_dialect {
	MG_DIALECT_EXIM,    /* Exim's own main log, without an envelope */
	MG_DIALECT_SYSLOG,  /* syslog files; the tag says whose line it is */
	MG_DIALECT_DOVECOT, /* the file that Dovecot writes itself */
	MG_DIALECT_JOURNAL, /* entries of systemd's journal (journal.h) */
};

/*
 * Kinds of lines of all dialects in one row of numbers: Exim's as they are,
 * then Postfix's, Dovecot's and two of the journal. What no dialect can read (blank, unstamped,
 * overlong) has Exim's numbers.
 */
#define MG_LINE_DOVECOT ((int)MG_EXIM_KINDS + (int)MG_POSTFIX_KINDS)
#define MG_LINE_JOURNAL (MG_LINE_DOVECOT + (int)MG_DOVECOT_KINDS)
#define MG_LINE_FORGED MG_LINE_JOURNAL /* says it is a server's, and is not */
#define MG_LINE_SUPPRESSED (MG_LINE_JOURNAL + 1) /* journald dropped some */
#define MG_LINE_KINDS (MG_LINE_JOURNAL + 2)

/* What a kind means to somebody who watches a sweep. */
enum mg_line_class {
	MG_LINE_ARRIVED,
	MG_LINE_DELIVERED,
	MG_LINE_DEFERRED,
	MG_LINE_FAILED,
	MG_LINE_CHECK,        /* a POP3 or IMAP login */
	MG_LINE_FAILED_LOGIN, /* a session that ended after failed tries */
	MG_LINE_STRANGE,      /* no line of such a log at all */
	MG_LINE_UNKNOWN,      /* of a known daemon, but of no known kind */
	MG_LINE_NEUTRAL,
	MG_LINE_CLASSES
};

/* "arrival", "postfix/client"; what is kept in the table line. */
const char *mg_line_kind_name(unsigned kind);
enum mg_line_class mg_line_class(unsigned kind);

/* Whose lines they are: "Exim", "Postfix", "Dovecot"; NULL for lines of nobody known. */
const char *mg_line_daemon(unsigned kind);

/* A script that called sendmail, until its message comes. */
struct mg_caller {
	int64_t at;       /* Unix seconds */
	uint32_t pid;     /* 0 where the log has none */
	uint32_t account; /* in whose home the directory lies */
	uint32_t origin;  /* what it became before, + 1; 0 where not known */
	uint16_t len;
	char directory[MG_ORIGIN_NAME_MAX];
};

/*
 * How lines are read. Both ways count the same (tests/integration); the plain
 * one reads every line to its end and remembers nothing between two.
 */
enum mg_engine { MG_ENGINE_QUICK, MG_ENGINE_PLAIN };

/* The last stamp, and its hour (quick_stamp.c). */
struct mg_quick_stamp {
	char text[24]; /* up to the second */
	char zone[8];  /* what stands behind it or a fraction, and the blank */
	uint8_t len, zone_len; /* 0 for Exim's own, whose form is fixed */
	bool is_steady;        /* the whole hour is as far from UTC */
	int64_t hour_at;       /* Unix seconds */
};

/* Of no line, since no line has a newline. */
#define MG_NO_QUICK_STAMP ((struct mg_quick_stamp){ .text = "\n" })

struct mg_part;

struct mg_counter {
	enum mg_engine engine;
	struct mg_part *part; /* borrowed; of a helper (part.h), else NULL */
	struct mg_quick_stamp quick_stamp;
	struct mg_known_tag *tags;   /* owned; NULL with the plain engine */
	struct mg_reading *ahead;    /* owned; likewise */
	struct mg_exim_batch *batch; /* owned; likewise */
	uint64_t n_learned;          /* how often stamps or tags became known */
	/*
	 * Answers that depend on a name alone; empty with the plain engine: the
	 * origin of a login; of a domain as it was written, which hosted one it
	 * is, and its number as a sender + 1; the account of a directory, and
	 * its origin as a script + 1; the account of a system user, and its
	 * origin + 1; the origin of a user id, of four bytes.
	 */
	struct mg_memo logins, domains, directories, users, uids;
	uint32_t relay_origin;  /* + 1, of mail that nobody here sent */
	uint64_t *login_hashes; /* owned; by origin, 0 where not worked out */
	size_t n_login_hashes, cap_login_hashes;
	const struct mg_accounts *accounts; /* borrowed */
	const struct mg_tz *tz;             /* borrowed; zone of the stamps */
	enum mg_dialect dialect;
	/* What the site's own lines of Exim begin with; borrowed. */
	const struct mg_slice *logwrite;
	size_t n_logwrite;
	int32_t hour_offset_s; /* where hours start */
	struct mg_hash_key key;
	struct mg_subjects origins, senders;
	uint64_t n_forgets; /* how often the senders' numbers started anew */
	struct mg_tally by_origin, by_sender;
	struct mg_larges larges;
	struct mg_checks checks;
	struct mg_flights flights;
	struct mg_caller *callers; /* owned; oldest first */
	size_t n_callers;
	int64_t first_at;           /* of the first line, INT64_MAX for none */
	int64_t last_at;            /* newest stamp so far, at most `latest` */
	struct mg_civil line_stamp; /* of the line before, if without zone */
	int64_t line_at;            /* the instant of the line before */
	int64_t latest; /* no line ages others as if it were later */
	uint64_t n_lines[MG_LINE_KINDS];
	uint64_t n_odd[MG_LINE_KINDS]; /* of those, not in their order */
	struct mg_shapes shapes;       /* of the odd and the unknown */
	int64_t line_byte; /* of the log, at which the next line starts, for the
			    shapes alone; set by who calls mg_counter_line */
	uint64_t
		n_orphans; /* deliveries of messages whose arrival is unknown */
};

/*
 * Borrows the tables, the zone and the key's value. The dialect is Exim's, the
 * latest stamp unbounded and no line the site's own until the caller sets them.
 */
void mg_counter_init(struct mg_counter *c, const struct mg_accounts *accounts,
		     const struct mg_tz *tz, int32_t hour_offset_s,
		     const struct mg_hash_key *key);
void mg_counter_release(struct mg_counter *c);

/*
 * Chooses the way lines are read, once and before the first; plain at first.
 *
 * bytes   in   about so many of them come: memory that fewer cannot fill is not
 *              taken. INT64_MAX where nobody knows
 */
void mg_counter_set_engine(struct mg_counter *c, enum mg_engine engine,
			   int64_t bytes);

/* Forgets the numbers of sender domains, for which no counts may be left. */
void mg_counter_forget_senders(struct mg_counter *c);

/* Counts one line, without its newline, at most MG_LINE_MAX bytes. */
void mg_counter_line(struct mg_counter *c, struct mg_slice line);

/* Lines of a block of a log, one behind the other. */
struct mg_lines {
	const char *bytes;    /* of the block; borrowed */
	const uint32_t *ends; /* offsets of newlines in it, rising; borrowed */
	size_t n;             /* of those */
	size_t at;            /* offset of the first line */
	int64_t byte;         /* of the log, at which the block starts */
};

/*
 * mg_counter_lines - count lines as mg_counter_line does one by one, sooner:
 * some are read ahead, so that what they ask the memory for is there when their
 * turn comes.
 *
 * Lines of more than MG_LINE_MAX bytes count as overlong.
 */
void mg_counter_lines(struct mg_counter *c, const struct mg_lines *lines);

/* Counts one entry of the journal. */
void mg_counter_journal(struct mg_counter *c, const struct mg_journal_line *e);

/* Counts a line that was too long to be looked at. */
void mg_counter_overlong(struct mg_counter *c);

/* A script that waited when the last run ended; oldest first. */
void mg_counter_restore_caller(struct mg_counter *c, const struct mg_cwd *cwd);

#endif
