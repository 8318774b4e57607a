/* SPDX-License-Identifier: MIT */
/*
 * backend_dovecot - the parts of the back end for Dovecot.
 */
#ifndef MG_BACKEND_DOVECOT_H
#define MG_BACKEND_DOVECOT_H

#include <limits.h>

#include "mailguard/backend.h"
#include "mailguard/rules_dovecot.h"

#define MG_BACKEND_DOVECOT_MAIN "/etc/dovecot/dovecot.conf"
#define MG_BACKEND_DOVECOT_QUERY "/etc/dovecot/mailguard.conf.ext"

struct mg_backend_dovecot_job {
	const struct mg_backend_host *host;
	char map[PATH_MAX];      /* as Dovecot knows it */
	char map_path[PATH_MAX]; /* as it is opened here */
};

/* --- the map --- */

/* Makes its rows those that are in force. Dovecot may have an old file open
   where it is a new one, and is told before that is filled. Returns as
   mg_backend's apply. */
int mg_backend_dovecot_put(const struct mg_backend_dovecot_job *d,
			   struct mg_err *err);

/* Appends what it has and is not in force, and the other way round. Returns 0,
   1 where there is any of it, or a failure. */
int mg_backend_dovecot_diff_map(const struct mg_backend_dovecot_job *d,
				struct mg_buf *out, struct mg_err *err);

/* Appends what it would have. */
void mg_backend_dovecot_show_map(const struct mg_backend_dovecot_job *d,
				 struct mg_buf *out);

/* --- Dovecot's tools --- */

/* Where a file of the host is opened here. Returns 0 or -MG_ECONF. */
int mg_backend_dovecot_path(const struct mg_backend_dovecot_job *d,
			    const char *on_host, char out[PATH_MAX],
			    struct mg_err *err);

/* Whether the host has a Dovecot. */
bool mg_backend_dovecot_is_there(const struct mg_backend_dovecot_job *d);

/* What Dovecot is installed. Returns 0, -MG_ECONF or -MG_EIO. */
int mg_backend_dovecot_version(const struct mg_backend_dovecot_job *d,
			       enum mg_dovecot_version *out,
			       struct mg_err *err);

/* What it makes of a configuration, appended where out is not NULL. Returns 0;
   -MG_ECONF where it does not take it; -MG_EIO. */
int mg_backend_dovecot_doveconf(const struct mg_backend_dovecot_job *d,
				const char *on_host, struct mg_buf *out,
				struct mg_err *err);

/* Whether our passdb is the first. Returns 0, 1, -MG_ECONF or -MG_EIO. */
int mg_backend_dovecot_is_first(const struct mg_backend_dovecot_job *d,
				struct mg_err *err);

/* Makes it read its configuration. Returns 0; 1 where it does not run, and will
   read it when it does; -MG_ECONF; -MG_EIO. */
int mg_backend_dovecot_reload(const struct mg_backend_dovecot_job *d,
			      struct mg_err *err);

/* Whether it refuses what the map says, and only that. Returns 0, -MG_ECONF or
   -MG_EIO. */
int mg_backend_dovecot_probe(const struct mg_backend_dovecot_job *d,
			     struct mg_err *err);

/* --- cPanel's template of its configuration --- */

/* Its directory on the host; NULL where dovecot.conf is the host's own. */
const char *mg_backend_dovecot_template(const struct mg_root *root);

/* Appends where a person puts our lines, as comments. */
void mg_backend_dovecot_add_place(const struct mg_root *root,
				  struct mg_buf *out);

/* Whether Dovecot does as the lines say that a person put there. Returns 0;
   -MG_ECONF, also where nobody did; -MG_EIO. */
int mg_backend_dovecot_try_template(const struct mg_backend_dovecot_job *d,
				    const char *dir, struct mg_err *err);

/* --- its configuration --- */

/* Puts the file there that lines which a person adds name: without it Dovecot
   would not start. Returns 0, -MG_ECONF or -MG_EIO. */
int mg_backend_dovecot_prepare(const struct mg_backend_dovecot_job *d,
			       struct mg_err *err);

/*
 * Adds our lines, once doveconf(1) takes them, makes Dovecot read them, and
 * asks it for an address that is always refused. After a failure everything is
 * as before, byte for byte, and Dovecot has read that again.
 */
int mg_backend_dovecot_install(const struct mg_backend_dovecot_job *d,
			       struct mg_err *err);

/* Makes Dovecot open its files anew, where our lines are installed. */
int mg_backend_dovecot_reopen(const struct mg_backend_dovecot_job *d,
			      struct mg_err *err);

/* Takes them out again, where they are; -MG_ECONF where others changed them, or
   lines that somebody else added still name our files. */
int mg_backend_dovecot_uninstall(const struct mg_backend_dovecot_job *d,
				 struct mg_err *err);

#endif
