/* SPDX-License-Identifier: MIT */
/*
 * offences - what the ledger says of offences: that there was one, what else was
 * found of it, what a person said its cause was, that it was taken back.
 *
 * An offence is that of an account as it was created, not of its name. It has an
 * id that follows from where and when it began, so that who decides the same
 * again writes nothing. Calls that add run inside a transaction of the store.
 */
#ifndef MAILGUARD_OFFENCES_H
#define MAILGUARD_OFFENCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/arena.h"
#include "mailguard/err.h"
#include "mailguard/slice.h"
#include "mailguard/store.h"

#define MG_OFFENCE_ID_MAX 17 /* 16 hexadecimal digits, terminated */

/* What became of an offence. The numbers stand in the file. */
enum mg_offence_event {
	MG_OFFENCE_MADE = 1,
	MG_OFFENCE_JOINED = 2, /* something else was found, which is of it */
	MG_OFFENCE_CAUSE = 3,  /* what it was is known better now */
	MG_OFFENCE_WITHDRAWN = 4,
};

/* Why nothing follows from an offence by itself. The numbers stand in the file. */
enum mg_offence_doubt {
	MG_DOUBT_NONE = 0,
	MG_DOUBT_OLD = 1,      /* it was found too late */
	MG_DOUBT_SHARED = 2,   /* every local user can write that log */
	MG_DOUBT_DRIFT = 3,    /* the log is not understood, or has a gap */
	MG_DOUBT_CLOCK = 4,    /* the clock of the host jumped */
	MG_DOUBT_FIRST = 5,    /* from before the first sweep that acts */
	MG_DOUBT_IDENTITY = 6, /* the account is another one by now */
	MG_DOUBTS
};

extern const char *const mg_offence_words[]; /* of events; [0] is "" */
extern const char *const mg_doubt_words[];   /* in a few words; [0] is "" */

/* An account as it was created. */
struct mg_identity {
	struct mg_slice account; /* its name then */
	int64_t uid;
	int64_t created; /* Unix seconds; 0 where nothing tells: then the name
			    is part of it */
};

struct mg_offence {
	int64_t seq;     /* row of the ledger; set when it is read */
	int64_t made_at; /* Unix seconds; likewise */
	enum mg_offence_event event;
	char id[MG_OFFENCE_ID_MAX];
	struct mg_slice policy;
	struct mg_slice finding;      /* its id */
	struct mg_slice per, subject; /* who did it: "mailbox", its name */
	struct mg_identity who;
	struct mg_slice owner; /* of the account at that time; or empty */
	int64_t at;            /* hour that it began in, Unix seconds */
	int64_t until;         /* it is forgiven from here on */
	unsigned cause;        /* enum mg_cause */
	enum mg_offence_doubt doubt;
	struct mg_slice by;     /* "policy", or who typed it */
	struct mg_slice reason; /* in words; may be empty */

	/* Of mg_offences_load, which knows all rows of it. */
	bool is_confirmed; /* a person said the cause */
	bool is_withdrawn;
	int64_t n_findings;
};

/* The id of what began in an hour. */
void mg_offence_id(const struct mg_offence *o, char out[MG_OFFENCE_ID_MAX]);

/* Adds a row of any event. Returns 0 or -MG_EIO. */
MG_NODISCARD int mg_offences_add(struct mg_store *s, int64_t made_at,
				 const struct mg_offence *o,
				 struct mg_err *err);

/* Whether a finding is of an offence already. */
MG_NODISCARD int mg_offences_has_finding(struct mg_store *s,
					 struct mg_slice finding, bool *out,
					 struct mg_err *err);

/* Zeroed it is empty. */
struct mg_offence_list {
	struct mg_offence *items; /* owned; as the last row of each says */
	size_t n, cap;
	struct mg_arena text;
};

/*
 * mg_offences_load - offences as they stand, by the row that made them.
 *
 * who    in   of this account alone; NULL for all
 * list   out  the caller's (mg_offence_list_release), also on failure
 */
MG_NODISCARD int mg_offences_load(struct mg_store *s,
				  const struct mg_identity *who,
				  struct mg_offence_list *list,
				  struct mg_err *err);

/* Accepts a zeroed one. */
void mg_offence_list_release(struct mg_offence_list *list);

bool mg_identity_is(const struct mg_identity *a, const struct mg_identity *b);

#endif
