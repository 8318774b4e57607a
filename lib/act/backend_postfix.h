/* SPDX-License-Identifier: MIT */
/*
 * backend_postfix - the parts of Postfix's back end: its files and tools, what
 * is installed, and mail on hold.
 */
#ifndef MG_BACKEND_POSTFIX_H
#define MG_BACKEND_POSTFIX_H

#include <limits.h>

#include "mailguard/backend.h"

#define MG_POSTFIX_NAME "postfix"

struct mg_postfix_files {
	const struct mg_backend_host *host;
	char maps[PATH_MAX]; /* the directory of all back ends */
	char dir[PATH_MAX];  /* ours in it */
	char etc[PATH_MAX];  /* Postfix's own */
	size_t top_len;      /* of each: bytes that are the host's root */
};

/* Returns 0, or -MG_ECONF for a directory that cannot stand in main.cf. */
MG_NODISCARD int mg_postfix_files(struct mg_postfix_files *p,
				  const struct mg_backend_host *host,
				  struct mg_err *err);

/* "DIR/NAME". Returns 0 or -MG_ECONF for too long a path. */
MG_NODISCARD int mg_postfix_path(char out[PATH_MAX], const char *dir,
				 const char *name, struct mg_err *err);

/* A whole file, by such a path. Returns as mg_root_read. */
MG_NODISCARD int mg_postfix_read(const struct mg_postfix_files *p,
				 const char *path, struct mg_buf *out,
				 struct mg_err *err);

/*
 * mg_postfix_run - run a tool of Postfix.
 *
 * argv   in   its name first, NULL last
 * out    out  what it prints; or NULL
 *
 * Returns its exit status; -MG_ECONF where the host has none; -MG_EIO.
 */
MG_NODISCARD int mg_postfix_run(const struct mg_postfix_files *p,
				const char *const *argv, struct mg_slice input,
				struct mg_buf *out, struct mg_err *err);

/* The same, and any status but 0 is -MG_ECONF with the tool's first words. */
MG_NODISCARD int mg_postfix_must(const struct mg_postfix_files *p,
				 const char *const *argv, struct mg_slice input,
				 struct mg_err *err);

/* Brings the map and the queries in line with what is in force, and looks the
   probe up. anew: also where the map is thought to be as it should, since
   somebody may have run postmap. Returns 0, -MG_ECONF, -MG_EIO. */
MG_NODISCARD int mg_postfix_write(const struct mg_postfix_files *p, bool anew,
				  struct mg_err *err);

/* Looks the probe up with the configuration of a directory. */
MG_NODISCARD int mg_postfix_probe(const struct mg_postfix_files *p,
				  const char *config, struct mg_err *err);

/* Appends what differs of these files. Returns 0, 1, or a failure. */
MG_NODISCARD int mg_postfix_diff(const struct mg_postfix_files *p,
				 struct mg_buf *out, struct mg_err *err);

/* Removes them. */
MG_NODISCARD int mg_postfix_erase(const struct mg_postfix_files *p,
				  struct mg_err *err);

/* Puts our lines into main.cf and master.cf, or takes them out; makes Postfix
   read them. After a failure all is as before. */
MG_NODISCARD int mg_postfix_install(const struct mg_postfix_files *p,
				    bool install, struct mg_err *err);

/* Whether main.cf looks the map up, by mg_postfix_install or by hand. */
bool mg_postfix_is_installed(const struct mg_postfix_files *p);

/* Appends what differs of these lines where they are installed. */
MG_NODISCARD int mg_postfix_diff_lines(const struct mg_postfix_files *p,
				       struct mg_buf *out, struct mg_err *err);

/* Remembers whose mail is on hold, and releases what may go. */
MG_NODISCARD int mg_postfix_release(const struct mg_postfix_files *p,
				    struct mg_err *err);

#endif
