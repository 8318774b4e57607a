/* SPDX-License-Identifier: MIT */
/*
 * policies - the policies of a host, read from their files.
 *
 * Each file says one policy (mailguard-policy(5)). All mistakes of all files are
 * collected.
 */
#ifndef MAILGUARD_POLICIES_H
#define MAILGUARD_POLICIES_H

#include <stddef.h>

#include "mailguard/conf.h"
#include "mailguard/err.h"
#include "mailguard/file.h"
#include "mailguard/policy.h"
#include "mailguard/tz.h"

#define MG_POLICIES_FOLDER "/etc/mailguard/policies"

/* Zeroed it is empty. */
struct mg_policies {
	struct mg_policy *items; /* owned */
	size_t n_items, cap_items;
	struct mg_policy_file **files; /* owned; what the items point into */
	size_t n_files, cap_files;
	char **mistakes; /* owned; "FILE:LINE: TEXT" */
	size_t n_mistakes, cap_mistakes;
};

/*
 * mg_policies_read_folder - the files of a directory of the host whose names end
 * in ".conf", in the order of their bytes.
 *
 * tz   in   zone of the dates in them
 *
 * Returns 0, also where there is no such directory; -MG_ECONF where others could
 * change a file, or where there are mistakes: the first one in err, all of them
 * in p->mistakes; -MG_EIO, -MG_ELIMIT. mg_policies_release in any case.
 */
MG_NODISCARD int mg_policies_read_folder(struct mg_policies *p,
					 const struct mg_root *root,
					 const char *path,
					 const struct mg_tz *tz,
					 struct mg_err *err);

/* The same for a file that a person named; a missing one is -MG_EIO. */
MG_NODISCARD int mg_policies_read_path(struct mg_policies *p, const char *path,
				       const struct mg_tz *tz,
				       struct mg_err *err);

/* The same for bytes as if they stood in a file of that name. */
MG_NODISCARD int mg_policies_read_text(struct mg_policies *p, const char *name,
				       struct mg_slice text,
				       const struct mg_tz *tz,
				       struct mg_err *err);

/* Frees what it holds; accepts a zeroed one. */
void mg_policies_release(struct mg_policies *p);

#endif
