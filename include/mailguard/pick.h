/* SPDX-License-Identifier: MIT */
/*
 * pick - the parser child that finds the lines of one subject in logs.
 *
 * It counts the logs as a sweep does, with the same code, and keeps the lines
 * that led to a count of the subject, and all others of the same messages: so a
 * line is the subject's here if it was charged to it there. Which bytes they
 * are, and the bytes, go to the parent, which copies them and reads none.
 *
 * The logs are those of one source, oldest first: a message may begin in one
 * and end in the next.
 */
#ifndef MAILGUARD_PICK_H
#define MAILGUARD_PICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/address.h"
#include "mailguard/count.h"
#include "mailguard/err.h"
#include "mailguard/priv.h"
#include "mailguard/slice.h"
#include "mailguard/unpack.h"

/* Files of one source; more are not asked for by anybody. */
#define MG_PICK_FILES_MAX 256

/*
 * Bytes of lines that are picked. A mailbox of 500 messages an hour makes some
 * 15 MB a day; half would cut what a full day of a busy list writes.
 */
#define MG_PICK_BYTES_MAX ((int64_t)48 << 20)

enum mg_pick_kind {
	MG_PICK_MAILBOX,
	MG_PICK_DOMAIN,
	MG_PICK_ACCOUNT,
	MG_PICK_OWNER,
	MG_PICK_SCRIPT,
	MG_PICK_USER,
	MG_PICK_IP,
};

/* Whose lines; numbers are those of the account tables. */
struct mg_pick_subject {
	enum mg_pick_kind kind;
	struct mg_slice name; /* borrowed: of a mailbox, a script, an owner */
	uint32_t domain;      /* of MG_PICK_DOMAIN; else MG_ACCOUNT_NONE */
	uint32_t account;     /* it belongs to; MG_ACCOUNT_NONE for none */
	struct mg_ip ip;      /* of MG_PICK_IP */
};

/* A log that is open. */
struct mg_pick_file {
	int fd;            /* borrowed */
	int64_t start;     /* where reading begins; 0 where it is compressed */
	int64_t end;       /* bytes it had when it was opened */
	enum mg_pack pack; /* or MG_PACK_NONE */
	int64_t most;      /* bytes that are read, unpacked; 0: all */
};

/*
 * The minutes in which something was, back from a time: bit n is n minutes
 * before the one of `until`. Eleven days; what is older is not known.
 */
#define MG_PICK_MINUTES 16384

struct mg_pick_minutes {
	unsigned char bits[MG_PICK_MINUTES / 8];
};

struct mg_pick_job {
	struct mg_counter *counter; /* knows tables, zone and dialect */
	/* NULL: the files are logs of mail. Else they are access logs of a web
	   server (weblog.h), and the requests shortly before these minutes are
	   picked; the subject says nothing, the counter only counts time. */
	const struct mg_pick_minutes *near;
	struct mg_pick_subject subject;
	int64_t since, until; /* Unix seconds, of lines; both are in */
	const struct mg_pick_file *files; /* oldest first */
	size_t n_files;
	int64_t max_bytes; /* of lines; what is beyond is counted only */
};

/* What a picked line tells of how mail was sent. The numbers stand for words
   in output (mg_pick_fact_words). */
enum mg_pick_fact_kind {
	MG_FACT_LOGIN,     /* messages by a login: its name */
	MG_FACT_SCRIPT,    /* by a script: its directory */
	MG_FACT_USER,      /* by a system user, script unknown */
	MG_FACT_RELAY,     /* relayed by address: the sender's domain */
	MG_FACT_FORWARDER, /* mail from outside passed on: to whom */
	MG_FACT_LIST,      /* of those above: messages of a mailing list, by
			      their envelope sender (mailing_list.h) */
	MG_FACT_ADDRESS,   /* messages from an address of the network */
	MG_FACT_HELO,      /* under a name that the client gave itself */
	MG_FACT_CHECK,     /* logins to POP3 and IMAP from an address */
	MG_FACT_REFUSED,   /* recipients refused: their domain, and why */
	MG_FACT_DEFERRED,  /* the same, for now */
	MG_FACT_FILE,      /* messages by a script file that PHP named in a
			      header that the log tells: "UID:FILE" */
	MG_FACT_POST,      /* POST requests near mail of a script: their path */
	MG_FACT_CLIENT,    /* the same by address */
	MG_FACT_KINDS
};

extern const char *const mg_pick_fact_words[MG_FACT_KINDS];

#define MG_PICK_FACT_MAX 200   /* bytes of a text */
#define MG_PICK_FACTS_MAX 2000 /* of all kinds; further ones are not kept */

/*
 * A fact. Its text is what strangers chose, as far as printable ASCII goes: the
 * parent has looked at each byte.
 */
struct mg_pick_fact {
	uint32_t kind; /* enum mg_pick_fact_kind */
	uint32_t len;
	int64_t n;           /* how often */
	int64_t first, last; /* Unix seconds */
	char text[MG_PICK_FACT_MAX];
};

/* What was picked in all. */
struct mg_pick_sum {
	int64_t n_lines, n_bytes; /* given out */
	int64_t n_read;           /* lines, or entries of a journal */
	int64_t n_left;           /* lines beyond max_bytes, or too long */
	int64_t n_untold;         /* things beyond MG_PICK_FACTS_MAX */
	int64_t n_forgotten; /* lines of messages that were too many at once */
};

/*
 * A line with its newline, which stood at a byte of a file; by file and byte.
 * Ends early with what is not 0.
 */
typedef int (*mg_pick_fn)(void *arg, size_t file, int64_t at,
			  struct mg_slice line);

/* A fact, in no order, behind all lines. */
typedef void (*mg_pick_fact_fn)(void *arg, const struct mg_pick_fact *fact);

/* Who hears of it. */
struct mg_pick_ears {
	mg_pick_fn line; /* NULL: lines are not wanted */
	mg_pick_fact_fn fact;
	void *arg; /* of both */
	/* NULL: not wanted. The minutes before job->until in which the subject
	   sent by a program of the host are added to it. */
	struct mg_pick_minutes *sent;
};

/* How long before mail a request may have come that made a program send it: a
   program that runs for longer is cut off by most hosts. */
#define MG_PICK_NEAR_MINUTES 5

/*
 * mg_pick - have a jailed child find them.
 *
 * Returns 0; what ears->line returned; -MG_EIO where the child failed, with what
 * came before it given out.
 */
MG_NODISCARD int mg_pick(struct mg_pick_job *job, const struct mg_jail *jail,
			 const struct mg_pick_ears *ears,
			 struct mg_pick_sum *sum, struct mg_err *err);

#endif
