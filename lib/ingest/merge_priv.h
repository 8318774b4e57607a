/* SPDX-License-Identifier: MIT */
/*
 * merge_priv - what the files of merge share.
 *
 * All return 0, or -MG_EPARSE with err filled.
 */
#ifndef MG_MERGE_PRIV_H
#define MG_MERGE_PRIV_H

#include "mailguard/merge.h"

/* Of the log, around a note: at least a line. */
#define MG_MERGE_BYTES (2 * (size_t)MG_LINE_MAX)

/* Always -MG_EPARSE: what the helper did that it should not have done. */
MG_NODISCARD int mg_merge_refuse(struct mg_err *err, const char *what);

/* Our number of a subject of the helper's. */
MG_NODISCARD int mg_merge_number(struct mg_merge *m, struct mg_counter *c,
				 uint32_t space, uint32_t number, uint32_t *out,
				 struct mg_err *err);

/* The same of an origin, which may be none (MG_ACCOUNT_NONE); in its place. */
MG_NODISCARD int mg_merge_origin(struct mg_merge *m, struct mg_counter *c,
				 uint32_t *origin, struct mg_err *err);

/* One record of a part that is taken; -MG_EIO too, of the log. */
MG_NODISCARD int mg_merge_take(struct mg_merge *m, struct mg_counter *c,
			       const struct mg_record *r, struct mg_err *err);

#endif
