/* SPDX-License-Identifier: MIT */
/*
 * acts - what was decided and is in force, as the ledger says it.
 *
 * An act is a row of the ledger that is there before anything outside mailguard
 * changes (an intent), and marks that follow it: carried out by a back end,
 * approved, released. Nothing of it is ever changed: an act is in force from its
 * intent to its time, or to the mark that ends it, whatever became of the
 * process that wrote it. Its id is known before it is written, so that who
 * decides the same again writes nothing.
 *
 * What hooks carry out (effect.h) leaves a mark before each of them is run and
 * one after it, so that a crash between the two is seen. To end a suspension is
 * an act of its own, of MG_ACT_UNSUSPEND, beside the mark that releases it.
 *
 * Calls that add run inside a transaction of the store.
 */
#ifndef MAILGUARD_ACTS_H
#define MAILGUARD_ACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/arena.h"
#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/slice.h"
#include "mailguard/store.h"

#define MG_ACT_ID_MAX 17 /* 16 hexadecimal digits, terminated */

/* The end of an act without one. Unix seconds, in the year 2286: ten digits, as
   all times have in the files that mail servers read. */
#define MG_ACT_NO_END INT64_C(9999999999)

/* The numbers stand in the file. */
enum mg_act_verb {
	MG_ACT_WARN = 1,
	MG_ACT_THROTTLE = 2,  /* SMTP refused for now, local mail held */
	MG_ACT_HOLD = 3,      /* all of it accepted and held */
	MG_ACT_BLOCK = 4,     /* an address may not connect or log in */
	MG_ACT_EXEMPT = 5,    /* nothing of the above touches it */
	MG_ACT_SUSPEND = 6,   /* its mail is stopped until a person ends that */
	MG_ACT_TERMINATE = 7, /* the account is removed; always waits */
	MG_ACT_UNSUSPEND = 8, /* hooks are to take back a suspension */
	/* One move against a stolen mailbox (contain.h), and its steps beside
	   MG_ACT_SUSPEND. */
	MG_ACT_CONTAIN = 9,
	MG_ACT_PASSWORD = 10, /* gets one that nobody knows */
	MG_ACT_SESSIONS = 11, /* what is logged in is thrown out */
	MG_ACT_QUEUE = 12,    /* what is queued is stopped there */
};

extern const char *const mg_act_words[]; /* by the numbers; [0] is "" */

/* Whether hooks carry it out, with evidence made before. */
bool mg_act_has_effects(enum mg_act_verb verb);

enum mg_act_mark {
	MG_MARK_DONE = 1,        /* a back end carries it out */
	MG_MARK_FAILED = 2,      /* it could not; tried again by every sweep */
	MG_MARK_APPROVED = 3,    /* what waited for a person goes ahead */
	MG_MARK_RELEASED = 4,    /* a person ended it */
	MG_MARK_EVIDENCE = 5,    /* a bundle was made: its SHA-256 and path */
	MG_MARK_STARTED = 6,     /* a hook is about to be run */
	MG_MARK_SKIPPED = 7,     /* that hook has nothing to do with it */
	MG_MARK_STUCK = 8,       /* is not tried again: a person must look */
	MG_MARK_DRIFTED = 9,     /* was found to be otherwise than in force */
	MG_MARK_APPEALED = 10,   /* somebody objects: no irreversible step */
	MG_MARK_SETTLED = 11,    /* that was looked into */
	MG_MARK_NOTICED = 12,    /* the last notice was sent */
	MG_MARK_ENDED = 13,      /* nothing is left to be done */
	MG_MARK_OFF_LADDER = 14, /* a person's, whatever rung comes next */
};

extern const char *const mg_mark_words[]; /* likewise */

struct mg_act {
	char id[MG_ACT_ID_MAX];
	int64_t seq;     /* row of its intent; set when it is read */
	int64_t made_at; /* Unix seconds; likewise */
	enum mg_act_verb verb;
	bool is_waiting; /* over a cap: in force once it is approved */
	struct mg_slice per, subject; /* "mailbox", its name; "ip", its text */
	struct mg_slice domain, account, owner; /* it belongs to; or empty */
	int64_t since, until;                   /* Unix seconds */
	struct mg_slice finding; /* id that led to it; empty: a person's */
	int64_t clause;          /* row of its clause; 0 for none */
	int64_t n, limit;        /* of the finding; 0 for none */
	int64_t window_s;
	bool with_local;   /* mail of the account's user id is held, too */
	bool with_login;   /* of a suspension: nobody logs in either */
	int64_t pace;      /* what was held goes out at so many an hour; 0: at
			    once */
	int64_t approvals; /* of what waits: by so many people; 0 is 1 */
	int64_t grace_s, sweeps;  /* of a termination: so long, and so many good
				    sweeps, after the suspension */
	struct mg_slice target;   /* of MG_ACT_UNSUSPEND and _TERMINATE: id of
				   the suspension; of a step: of its move */
	struct mg_slice identity; /* of the account, whoever has its name
				     (mg_effect_identity); or empty */
	struct mg_slice by;       /* "policy", or who typed it */
	struct mg_slice reason;   /* in words */
};

/* Whether it is a step of a move (contain.h), and not an act by itself. */
bool mg_act_is_step(const struct mg_act *act);

/*
 * mg_act_id - the id of an act.
 *
 * key   in   what makes it one: the id of its finding, or for a person's
 *            anything that is not there twice
 */
void mg_act_id(enum mg_act_verb verb, struct mg_slice per,
	       struct mg_slice subject, struct mg_slice key,
	       char out[MG_ACT_ID_MAX]);

/* Returns 1 when it was added, 0 where its id is there, or -MG_EIO. */
MG_NODISCARD int mg_acts_add(struct mg_store *s, int64_t made_at,
			     const struct mg_act *act, struct mg_err *err);

/*
 * mg_acts_mark - say what became of an act.
 *
 * by       in   a back end ("exim"), or a person
 * detail   in   the reason, or what went wrong
 */
MG_NODISCARD int mg_acts_mark(struct mg_store *s, int64_t made_at,
			      const char *id, enum mg_act_mark mark,
			      struct mg_slice by, struct mg_slice detail,
			      struct mg_err *err);

/* Whether it has such a mark by that back end or person; empty: by any. */
MG_NODISCARD int mg_acts_has_mark(struct mg_store *s, const char *id,
				  enum mg_act_mark mark, struct mg_slice by,
				  bool *out, struct mg_err *err);

/* Whether a person ended something like it (subject, verb) at a time or later:
   what was counted before that is settled. */
MG_NODISCARD int mg_acts_was_released(struct mg_store *s,
				      const struct mg_act *like, int64_t since,
				      bool *out, struct mg_err *err);

/* Slices of the act stand for the call. Ends early with what is not 0. */
typedef int (*mg_act_fn)(void *arg, const struct mg_act *act);

/* Which acts: those open at a time, or all that ever were. */
enum mg_acts_which {
	MG_ACTS_IN_FORCE, /* not over, not released or ended, not waiting */
	MG_ACTS_WAITING,  /* not over, not released, for approval */
	MG_ACTS_LAPSED,   /* suspensions that are over, or released, without an
			     act yet that takes them back */
	MG_ACTS_ALL,
};

/* By their row. Returns 0, what fn returned, or -MG_EIO. */
MG_NODISCARD int mg_acts_each(struct mg_store *s, enum mg_acts_which which,
			      int64_t now, mg_act_fn fn, void *arg,
			      struct mg_err *err);

/* An act whose slices are the arena's. */
struct mg_act mg_act_copy(const struct mg_act *act, struct mg_arena *arena);

/* One act. Returns 1 and calls fn as above; 0 where there is none; what fn
   returned, or -MG_EIO. */
MG_NODISCARD int mg_acts_get(struct mg_store *s, const char *id, mg_act_fn fn,
			     void *arg, struct mg_err *err);

/*
 * mg_acts_each_mark - what became of one, by their rows.
 */
typedef int (*mg_act_mark_fn)(void *arg, int64_t made_at, enum mg_act_mark mark,
			      struct mg_slice by, struct mg_slice detail);
MG_NODISCARD int mg_acts_each_mark(struct mg_store *s, const char *id,
				   mg_act_mark_fn fn, void *arg,
				   struct mg_err *err);

/* What is in force and a hook does not carry out. */
struct mg_act_trouble {
	struct mg_act act;
	int64_t at;             /* Unix seconds */
	enum mg_act_mark mark;  /* _FAILED, _STUCK or _DRIFTED */
	struct mg_slice by;     /* "hook:cpanel"; "mailguard": no hook could
				     be told */
	struct mg_slice detail; /* of the mark */
};

/*
 * mg_acts_each_trouble - where the last word of a hook about what is in force is
 * that it failed, or that somebody took it back; by the time of that word.
 *
 * Slices stand for the call. Returns as mg_acts_each.
 */
typedef int (*mg_act_trouble_fn)(void *arg, const struct mg_act_trouble *t);
MG_NODISCARD int mg_acts_each_trouble(struct mg_store *s, int64_t now,
				      mg_act_trouble_fn fn, void *arg,
				      struct mg_err *err);

/*
 * mg_acts_find - the id that begins as typed, of at least 4 digits.
 *
 * Returns 0; -MG_EUSAGE where there is none, or more than one; -MG_EIO.
 */
MG_NODISCARD int mg_acts_find(struct mg_store *s, const char *typed,
			      char out[MG_ACT_ID_MAX], struct mg_err *err);

/* The ledger's row up to which findings were decided on; 0 at first. */
MG_NODISCARD int mg_acts_decided(struct mg_store *s, int64_t *seq,
				 struct mg_err *err);
MG_NODISCARD int mg_acts_set_decided(struct mg_store *s, int64_t seq,
				     struct mg_err *err);

/* The same of notices: the row up to which people were told. */
MG_NODISCARD int mg_acts_noticed(struct mg_store *s, int64_t *seq,
				 struct mg_err *err);
MG_NODISCARD int mg_acts_set_noticed(struct mg_store *s, int64_t seq,
				     struct mg_err *err);

/* Which effect that stands was asked about last where time was over; 0 at first
   (effect.h). */
MG_NODISCARD int mg_acts_asked(struct mg_store *s, int64_t *place,
			       struct mg_err *err);
MG_NODISCARD int mg_acts_set_asked(struct mg_store *s, int64_t place,
				   struct mg_err *err);

/*
 * What a back end has loaded, in its own keys: so that only what changed is
 * sent, and what somebody else changed is seen. These stand for as long as the
 * back end says, and are no part of the ledger.
 */
struct mg_applied {
	struct mg_slice key;
	int64_t until;         /* Unix seconds; 0 for none */
	struct mg_slice value; /* a hash, a version; may be empty */
};

typedef int (*mg_applied_fn)(void *arg, const struct mg_applied *row);

MG_NODISCARD int mg_applied_put(struct mg_store *s, const char *backend,
				const struct mg_applied *row,
				struct mg_err *err);
MG_NODISCARD int mg_applied_drop(struct mg_store *s, const char *backend,
				 struct mg_slice key, struct mg_err *err);
MG_NODISCARD int mg_applied_drop_all(struct mg_store *s, const char *backend,
				     struct mg_err *err);
/* Whether there is a row of that key: 1, 0, or -MG_EIO. */
MG_NODISCARD int mg_applied_has(struct mg_store *s, const char *backend,
				struct mg_slice key, struct mg_err *err);

/*
 * What an act that waits was found to miss by the last sweep, in words ("; "
 * between). Like the rows above it is no part of the ledger.
 */
MG_NODISCARD int mg_acts_set_missing(struct mg_store *s, const char *id,
				     struct mg_slice words, struct mg_err *err);
/* Forgets those of all acts. */
MG_NODISCARD int mg_acts_forget_missing(struct mg_store *s, struct mg_err *err);
/* Appends them to out, or nothing. Returns 0 or -MG_EIO. */
MG_NODISCARD int mg_acts_missing(struct mg_store *s, const char *id,
				 struct mg_buf *out, struct mg_err *err);

/* By key. Slices stand for the call. */
MG_NODISCARD int mg_applied_each(struct mg_store *s, const char *backend,
				 mg_applied_fn fn, void *arg,
				 struct mg_err *err);

#endif
