/* SPDX-License-Identifier: MIT */
/*
 * backend - who carries out what is in force: Exim, Postfix, Dovecot, nftables
 * and their kin.
 *
 * A back end owns some files, or a table of the firewall, and nothing else. It
 * never stands in the way of the mail: what it writes is complete or not there,
 * was accepted by the daemon's own check before it counts, ends by itself, and
 * is put back as it was where the daemon does not take it. What it finds changed
 * by somebody else it reports and leaves, unless it is told to replace it.
 *
 * apply, refresh and remove are called inside a transaction of the store, which
 * is taken back where they fail.
 */
#ifndef MAILGUARD_BACKEND_H
#define MAILGUARD_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/file.h"
#include "mailguard/force.h"
#include "mailguard/settings.h"
#include "mailguard/store.h"
#include "mailguard/tz.h"

/* What a back end works with; all of it borrowed. */
struct mg_backend_host {
	const struct mg_root *root;
	const struct mg_settings *settings;
	const struct mg_force *force;
	struct mg_store *store; /* for what it has loaded (acts.h); locked */
	const struct mg_tz *tz; /* of the times in texts; NULL for UTC */
	int64_t now;            /* Unix seconds */
	bool is_forced; /* replace what somebody else has changed, too */
};

/* How full something is that must not get full. */
struct mg_backend_fill {
	const char *what; /* "blocked4" */
	int64_t n, size;
};

typedef void (*mg_backend_fill_fn)(void *arg,
				   const struct mg_backend_fill *fill);

struct mg_backend {
	const char *name;    /* as typed */
	const char *summary; /* for the help: one line, no full stop */
	unsigned keys;       /* of enum mg_force_key: what it carries out */

	/* Appends all that it would have on the host, and the lines that a
	   person adds to the daemon's configuration. Touches nothing. */
	int (*show)(const struct mg_backend_host *h, struct mg_buf *out,
		    struct mg_err *err);

	/* Appends what differs from that. Returns 0 for nothing, 1, or a
	   failure. Touches nothing. */
	int (*diff)(const struct mg_backend_host *h, struct mg_buf *out,
		    struct mg_err *err);

	/*
	 * Puts everything in place, with what was loaded and its remaining time
	 * kept. install: also adds the lines to the daemon's configuration,
	 * with a backup beside it, and makes the daemon read them.
	 *
	 * Returns 0; -MG_ECONF where the daemon's check refuses it, or somebody
	 * else changed what is ours; -MG_EIO. After a failure all is as before.
	 */
	int (*apply)(const struct mg_backend_host *h, bool install,
		     struct mg_err *err);

	/* Sends what changed since it was last called: of every sweep, so it is
	   cheap where nothing did. Returns as apply; what it could not do it
	   does the next time. */
	int (*refresh)(const struct mg_backend_host *h, struct mg_err *err);

	/* Whether the daemon was set up by apply to read what refresh writes, or
	   looks as if somebody did it by hand. NULL where it need not be. */
	bool (*is_read)(const struct mg_backend_host *h);
	bool asks_daemon; /* is_read runs a program of the host */

	/* Takes everything off the host again, what apply installed too. */
	int (*remove)(const struct mg_backend_host *h, struct mg_err *err);

	/* Calls fn for each of its sets. NULL where nothing can be full. */
	int (*fill)(const struct mg_backend_host *h, mg_backend_fill_fn fn,
		    void *arg, struct mg_err *err);
};

extern const struct mg_backend mg_backend_exim;
extern const struct mg_backend mg_backend_postfix;
extern const struct mg_backend mg_backend_dovecot;
extern const struct mg_backend mg_backend_nftables;
extern const struct mg_backend mg_backend_iptables;
extern const struct mg_backend mg_backend_csf;
extern const struct mg_backend mg_backend_egress;

/* All of them, ended by NULL; the order of the help. */
extern const struct mg_backend *const mg_backends[];

/* The one of a name, or NULL. */
const struct mg_backend *mg_backend_find(struct mg_slice name);

#endif
