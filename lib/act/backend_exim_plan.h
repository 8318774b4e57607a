/* SPDX-License-Identifier: MIT */
/*
 * backend_exim_plan - the files of Exim's configuration as they are, and with
 * our lines or without them.
 */
#ifndef MG_BACKEND_EXIM_PLAN_H
#define MG_BACKEND_EXIM_PLAN_H

#include "backend_exim.h"

/* A file as it was, and as it is to be. */
struct mg_exim_change {
	const struct mg_exim_target *target;
	struct mg_buf old, new;
	bool was_there;
};

struct mg_exim_changes {
	const struct mg_exim_host *x;
	bool install;
	struct mg_exim_change all[MG_EXIM_TARGETS_MAX];
	size_t n;
};

/*
 * mg_exim_plan - read all of them, and say what is to be.
 *
 * cs   out  released by the caller, whatever is returned
 *
 * Returns 0; -MG_ECONF for a file that is missing, or in which somebody has
 * changed our lines, but for is_forced; -MG_EIO.
 */
MG_NODISCARD int mg_exim_plan(struct mg_exim_changes *cs,
			      const struct mg_exim_host *x, bool install,
			      struct mg_err *err);

void mg_exim_release(struct mg_exim_changes *cs);

static inline bool mg_exim_is_changed(const struct mg_exim_change *c)
{
	return !mg_slice_is(mg_buf_slice(&c->old), mg_buf_slice(&c->new));
}

bool mg_exim_any_change(const struct mg_exim_changes *cs);

#endif
