/* SPDX-License-Identifier: MIT */
/*
 * backend_csf - the temporary denies of csf, as its own file has them.
 */
#ifndef MG_BACKEND_CSF_H
#define MG_BACKEND_CSF_H

#include <stddef.h>
#include <stdint.h>

#include "mailguard/err.h"
#include "mailguard/file.h"
#include "mailguard/network.h"

#define MG_CSF_SIGN "mailguard" /* the comment of ours */

struct mg_csf_deny {
	struct mg_network network;
	int64_t until;
};

/* Zeroed it is empty. */
struct mg_csf_denies {
	struct mg_csf_deny *items; /* owned: mg_mem_free */
	size_t n, cap;
};

void mg_csf_add(struct mg_csf_denies *d, const struct mg_network *network,
		int64_t until);

/* The one of a network, or NULL. */
struct mg_csf_deny *mg_csf_find(const struct mg_csf_denies *d,
				const struct mg_network *network);

/*
 * mg_csf_read - the denies of a host, in place of what the lists had.
 *
 * Returns 0, also where csf has no such file; -MG_EIO; -MG_ELIMIT; -MG_EPARSE.
 */
MG_NODISCARD int mg_csf_read(const struct mg_root *root,
			     struct mg_csf_denies *ours,
			     struct mg_csf_denies *others, struct mg_err *err);

#endif
