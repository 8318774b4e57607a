/* SPDX-License-Identifier: MIT */
/*
 * pick_priv - what the child of pick knows of one line.
 */
#ifndef MG_PICK_PRIV_H
#define MG_PICK_PRIV_H

#include "count_priv.h"

#include "mailguard/pick.h"

/* A line as a log has it. */
struct mg_pick_text {
	struct mg_slice line;                /* without its newline; or */
	const struct mg_journal_line *entry; /* NULL for a line */
};

/* Slices point into the line; empty where it has no such thing. */
struct mg_pick_line {
	struct mg_count_key id;    /* of its message */
	bool has_id, is_last;      /* is_last: nothing more comes of it */
	struct mg_slice ip;        /* of the host at the other end */
	struct mg_slice directory; /* of a script that calls */
	struct mg_slice helo;
	struct mg_slice file; /* "UID:FILE", of the script, by PHP */
	bool is_arrival;
	struct mg_slice sender; /* of a new message; "<>" or empty for none */
	/* As mg_pick_count found: mail from another host, for which the subject
	   pays if it goes out again; and that it did. */
	bool may_relay, is_relayed;
	/* Of a recipient that was refused (MG_FACT_REFUSED, _DEFERRED). */
	bool is_refusal;
	enum mg_pick_fact_kind refusal;
	struct mg_slice address, text;
	char check_ip[MG_IP_TEXT_MAX]; /* of a login to POP3 or IMAP; "" */
};

void mg_pick_read(const struct mg_counter *c, const struct mg_pick_text *text,
		  struct mg_pick_line *out);

/*
 * mg_pick_count - count a line, and say whether that was the subject's.
 *
 * l   in/out  what Postfix repeats of a message is taken off: its sender
 *
 * Returns whether a count of the subject changed, or its message is the
 * subject's before or after the line.
 */
bool mg_pick_count(const struct mg_pick_job *job,
		   const struct mg_pick_text *text, struct mg_pick_line *l);

/* Messages that are received at once, and whose script was told before the
   line of their arrival. A host has fewer processes that do; others are lost. */
#define MG_PICK_NAMED_MAX 64

struct mg_pick_named {
	char id[24];
	char file[MG_PICK_FACT_MAX];
};

/*
 * Messages from other hosts under a sender of the subject's that have not gone out
 * yet. List software hands over some hundred at once; of those beyond it is only
 * told that they were relayed.
 */
#define MG_PICK_HEARD_MAX 1024

struct mg_pick_heard {
	char id[24];
	char ip[MG_IP_TEXT_MAX];
	char list[MG_PICK_FACT_MAX]; /* any bytes; "" for none */
};

/* Zeroed it is empty. */
struct mg_pick_facts {
	struct mg_pick_fact *items; /* owned */
	size_t n, cap;
	struct mg_map by_text;
	struct mg_pick_named named[MG_PICK_NAMED_MAX]; /* a ring */
	size_t at_named;
	int64_t n_untold;
	struct mg_pick_heard *heard; /* owned; a ring, NULL before the first */
	size_t at_heard;
	struct mg_pick_minutes sent; /* by programs of the host */
};

/* One more of what is printed of a text, at the time of the counter's line. */
void mg_pick_facts_add(struct mg_pick_facts *facts,
		       const struct mg_pick_job *job,
		       enum mg_pick_fact_kind kind, struct mg_slice text);

/* Keeps what a line tells of a message that nobody knows yet. */
void mg_pick_facts_hear(struct mg_pick_facts *facts,
			const struct mg_pick_line *l);

/* What a line of the subject tells, once it was counted. */
void mg_pick_facts_take(struct mg_pick_facts *facts,
			const struct mg_pick_job *job,
			const struct mg_pick_line *l);

/* What the sender of a message of the subject tells. */
void mg_pick_list_take(struct mg_pick_facts *facts,
		       const struct mg_pick_job *job,
		       const struct mg_pick_line *l);

/* Keeps what may be relayed, and takes it where it was. */
void mg_pick_relay_hear(struct mg_pick_facts *facts,
			const struct mg_pick_line *l);
void mg_pick_relay_take(struct mg_pick_facts *facts,
			const struct mg_pick_job *job,
			const struct mg_pick_line *l);

/* A program of the host sent at the time of the counter's line. */
void mg_pick_sent(struct mg_pick_facts *facts, const struct mg_pick_job *job);

/* What a request of a web server's log is to mail that was sent. */
enum mg_pick_request {
	MG_PICK_REQUEST_FAR,  /* none, or not near it */
	MG_PICK_REQUEST_READ, /* near it; it asked for something (GET, HEAD) */
	MG_PICK_REQUEST_OTHER /* near it; it brought something (POST) */
};

/* Looks at one, and keeps what it tells. */
enum mg_pick_request mg_pick_request(const struct mg_pick_job *job,
				     struct mg_pick_facts *facts,
				     struct mg_slice line);

#endif
