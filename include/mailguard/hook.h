/* SPDX-License-Identifier: MIT */
/*
 * hook - the executables of a site that change its panel, one call at a time.
 *
 * The contract is mailguard-hooks(7). A hook is a file of the hooks' directory
 * that root alone could have put there. It is held before it is looked at, and
 * what is run is what was looked at; no shell is between. It gets a fixed
 * argument, the verb, and the rest as JSON on its standard input and as
 * variables of a clean environment. Names go into neither unless they are of the
 * grammar of account, domain and mailbox names, and an account has the user id
 * of a customer: the caller has looked them up in the account tables besides.
 *
 * What a hook says is not what it did: after anything but a hook that was not
 * run, the truth is what `query` answers.
 */
#ifndef MAILGUARD_HOOK_H
#define MAILGUARD_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/file.h"
#include "mailguard/slice.h"

#define MG_HOOK_SCHEMA 1          /* of the JSON, in it */
#define MG_HOOK_NAME_MAX 64       /* bytes of a hook's name, terminated */
#define MG_HOOKS_MAX 32           /* of a directory */
#define MG_HOOK_UID_MIN 1000      /* below it are the system's users */
#define MG_HOOK_REASON_MAX 1024   /* bytes of a text in a call; cut there */
#define MG_HOOK_OUTPUT_MAX 262144 /* bytes of what is kept */

/* Exit statuses of a hook, beside 0 for done (sysexits.h). */
#define MG_HOOK_EXIT_NOT_MINE 64 /* EX_USAGE: it has no such verb */
#define MG_HOOK_EXIT_LATER 75    /* EX_TEMPFAIL */

enum mg_hook_verb {
	MG_HOOK_NONE,
	MG_HOOK_WARN,
	MG_HOOK_THROTTLE, /* hold outgoing mail */
	MG_HOOK_RELEASE,  /* and let it go */
	MG_HOOK_SUSPEND,
	MG_HOOK_UNSUSPEND,
	MG_HOOK_TERMINATE,
	MG_HOOK_PASSWORD, /* give a mailbox one that nobody knows */
	MG_HOOK_SESSIONS, /* end what is logged in */
	MG_HOOK_NOTIFY,   /* tell somebody; changes nothing */
	MG_HOOK_QUERY,    /* is it so? changes nothing */
	MG_HOOK_N_VERBS,
};

/* By their numbers; [0] is "". */
extern const char *const mg_hook_words[MG_HOOK_N_VERBS];

/* The hooks of a directory, in the order they are run. */
struct mg_hooks {
	char folder[256]; /* absolute path on the host */
	char names[MG_HOOKS_MAX][MG_HOOK_NAME_MAX];
	size_t n;
};

/*
 * mg_hooks_find - the hooks of a directory, by name.
 *
 * folder   in   absolute path on the host
 *
 * A hook's name has letters, digits, '-' and '_' only, so that what editors and
 * packages leave behind (x.bak, x.dpkg-old) is none. Nothing is looked at but
 * names: what may not be run says so when it is.
 *
 * Returns 0, also where there is no such directory; -MG_EIO; -MG_ELIMIT.
 */
MG_NODISCARD int mg_hooks_find(const struct mg_root *root,
			       struct mg_slice folder, struct mg_hooks *out,
			       struct mg_err *err);

/* What a hook is told. All slices are borrowed; empty where not known. */
struct mg_hook_call {
	enum mg_hook_verb verb;
	enum mg_hook_verb of; /* of QUERY: what is asked about */
	/* Of the action: the same again changes nothing. Undoing one has the
	   key of what is undone. Letters and digits. */
	struct mg_slice key;
	struct mg_slice per;     /* "mailbox", "domain", "account" */
	struct mg_slice subject; /* its name */
	struct mg_slice domain, account, owner; /* it belongs to */
	int64_t uid;                            /* of the account; -1: none */
	bool with_login;             /* a mailbox cannot log in either */
	struct mg_slice clause;      /* its id */
	struct mg_slice reason;      /* in words */
	int64_t until;               /* Unix seconds; 0: without end */
	struct mg_slice evidence;    /* path of the bundle */
	struct mg_slice title, text; /* of NOTIFY */
};

enum mg_hook_result {
	MG_HOOK_DONE,    /* it says so */
	MG_HOOK_SKIPPED, /* the verb is not its */
	MG_HOOK_LATER,   /* it says to try again later */
	MG_HOOK_FAILED,  /* it says so; it may have done it all the same */
	MG_HOOK_LOST,    /* killed, or took too long: nobody knows */
	MG_HOOK_NOT_RUN, /* it may not or could not be run: nothing changed */
	/* Of QUERY: */
	MG_HOOK_IS_DONE,
	MG_HOOK_IS_NOT_DONE,
	MG_HOOK_UNKNOWN, /* it says so, or what it says means nothing */
};

extern const char *const mg_hook_result_words[];

/* How hooks are run; all of it borrowed. */
struct mg_hook_host {
	const struct mg_root *root; /* where the hooks are */
	const char
		*told_root; /* what they are told as the host's; NULL: root */
	struct mg_slice state;    /* the state directory, a path as typed */
	int64_t seconds, grace_s; /* supervise.h */
	int lock_fd; /* held until the hook has ended, also where this process
			is killed meanwhile; -1 for none */
};

/*
 * mg_hook_run - run one verb of one hook to its end.
 *
 * name     in   one of mg_hooks_find
 * result   out  always written
 * detail   out  initialised by the caller; gets in words what went wrong, if
 *               anything did, then what the hook printed, byte by byte: who
 *               shows it escapes it; but nothing that MG_HOOK_PASSWORD printed
 *
 * Returns 0 with the result, whatever it is; -MG_EPARSE for a call with names
 * that no hook may get; then the result is MG_HOOK_NOT_RUN.
 */
MG_NODISCARD int mg_hook_run(const struct mg_hook_host *host,
			     const struct mg_hooks *hooks, const char *name,
			     const struct mg_hook_call *call,
			     enum mg_hook_result *result, struct mg_buf *detail,
			     struct mg_err *err);

/*
 * mg_hook_check - whether a hook may be told that.
 *
 * Returns 0 or -MG_EPARSE, saying which name is not one.
 */
MG_NODISCARD int mg_hook_check(const struct mg_hook_call *call,
			       struct mg_err *err);

/* Appends the JSON that a hook gets, one line. */
void mg_hook_add_json(const struct mg_hook_call *call, struct mg_buf *out);

#endif
