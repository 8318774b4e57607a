/* SPDX-License-Identifier: MIT */
/*
 * backend_exim - the parts of Exim's back end: where this host has its files,
 * the map, and our lines in its configuration.
 */
#ifndef MG_BACKEND_EXIM_H
#define MG_BACKEND_EXIM_H

#include <limits.h>

#include "mailguard/backend.h"
#include "mailguard/rules_exim.h"

#define MG_EXIM_TARGETS_MAX 4
#define MG_EXIM_CONF_MAX (4 * 1024 * 1024) /* bytes of a configuration file */
#define MG_EXIM_MAP_MAX (64 * 1024 * 1024) /* bytes; 400,000 lines */

/* A file of configuration that lines of ours go into. */
struct mg_exim_target {
	const char *path; /* on the host */
	enum mg_rules_exim_file file;
	bool is_ours; /* nothing else stands in it */
};

/* How a kind of host configures Exim. */
struct mg_exim_layout {
	const char *name; /* "Debian's split configuration" */
	const char *sign; /* a file that such a host has */
	/* What is named comes before what names it; ended by one without path. */
	struct mg_exim_target targets[MG_EXIM_TARGETS_MAX + 1];
	/* The program that makes Exim's configuration of them, of /usr or a
	   path on the host; NULL where they are that. */
	const char *generator;
	const char *reloader; /* likewise; NULL: the service manager */
	const char *live;     /* what Exim reads */
};

struct mg_exim_host {
	const struct mg_backend_host *host;
	const struct mg_exim_layout *layout; /* NULL: none that is known */
	char map[PATH_MAX];                  /* as Exim sees it */
	bool is_native;                      /* Exim counts by itself, too: */
	char limits[PATH_MAX];               /* likewise */
};

/* Returns 0, or -MG_ECONF for a path that is too long. */
MG_NODISCARD int mg_exim_look(struct mg_exim_host *x,
			      const struct mg_backend_host *host,
			      struct mg_err *err);

/* A path of the host as this process opens it; 0 or -MG_ECONF. */
MG_NODISCARD int mg_exim_path(const struct mg_exim_host *x, const char *path,
			      char out[PATH_MAX], struct mg_err *err);

/* Appends the ACLs of native mode (rules_exim_native.h), or nothing; 0 or a
   failure. */
MG_NODISCARD int mg_exim_add_native(const struct mg_exim_host *x,
				    struct mg_buf *out, struct mg_err *err);

/* Appends the limits that they look up. */
MG_NODISCARD int mg_exim_add_limits(const struct mg_exim_host *x,
				    struct mg_buf *out, struct mg_err *err);

/*
 * mg_exim_run - run a tool to its end.
 *
 * argv   in   its name, or its path on the host, first; NULL last
 * out    out  what it prints, initialised by the caller; NULL: dropped
 *
 * Returns its exit status; -MG_ECONF where the host has none; -MG_EIO.
 */
MG_NODISCARD int mg_exim_run(const struct mg_exim_host *x,
			     const char *const *argv, struct mg_buf *out,
			     struct mg_err *err);

/* The same; any status but 0 is -MG_ECONF, with the words that it said. */
MG_NODISCARD int mg_exim_must(const struct mg_exim_host *x,
			      const char *const *argv, struct mg_err *err);

/* "exim4" or "exim", whichever the host has. */
const char *mg_exim_program(const struct mg_exim_host *x);

/*
 * mg_exim_check - let Exim read a configuration.
 *
 * path         in   as this process opens it; NULL for what it always reads
 * with_lines   in   ours are in it: look something up with them, too
 *
 * Returns 0; -MG_ECONF with Exim's words; -MG_EIO.
 */
MG_NODISCARD int mg_exim_check(const struct mg_exim_host *x, const char *path,
			       bool with_lines, struct mg_err *err);

/*
 * mg_exim_install - put our lines into the configuration, or take them out, and
 * make Exim read it. After a failure all is as before.
 */
MG_NODISCARD int mg_exim_install(const struct mg_exim_host *x, bool install,
				 struct mg_err *err);

/* Appends what differs in the configuration. Returns 0, 1, or a failure. */
MG_NODISCARD int mg_exim_diff_lines(const struct mg_exim_host *x,
				    struct mg_buf *out, struct mg_err *err);

/* Appends our lines, by the files that they go into. */
MG_NODISCARD int mg_exim_show_lines(const struct mg_exim_host *x,
				    struct mg_buf *out, struct mg_err *err);

#endif
