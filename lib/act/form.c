/* SPDX-License-Identifier: MIT */
#include "mailguard/form.h"

#include "mailguard/ledger.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

struct asking {
	const struct mg_act *like;
	int64_t *rows; /* owned; of the suspensions, in the ledger */
	size_t n_rows, cap_rows;
	const struct mg_policy *policies;
	size_t n_policies;
	const struct mg_policy *found;
};

static int take_suspension(void *arg, const struct mg_act *act)
{
	struct asking *a = arg;

	if (act->verb != MG_ACT_SUSPEND ||
	    !mg_slice_is(act->per, a->like->per) ||
	    !mg_slice_is(act->subject, a->like->subject))
		return 0;
	a->rows = mg_vec_room(a->rows, a->n_rows, &a->cap_rows,
			      sizeof(*a->rows));
	a->rows[a->n_rows++] = act->seq;
	return 0;
}

/* The row of one of them, which names the policy that it followed from. */
static int look_at(void *arg, const struct mg_ledger_row *row)
{
	struct asking *a = arg;

	for (size_t i = 0; i < a->n_policies; i++)
		if (a->policies[i].wants_form &&
		    mg_slice_is(a->policies[i].name, row->clause.policy))
			a->found = &a->policies[i];
	return 1; /* no further row */
}

int mg_form_is_asked(struct mg_store *s, const struct mg_policy *policies,
		     size_t n_policies, const struct mg_act *like, int64_t now,
		     struct mg_slice *policy, struct mg_err *err)
{
	struct asking a = { .like = like,
			    .policies = policies,
			    .n_policies = n_policies };
	int rc = mg_acts_each(s, MG_ACTS_IN_FORCE, now, take_suspension, &a,
			      err);

	for (size_t i = 0; rc >= 0 && i < a.n_rows; i++)
		rc = mg_ledger_each_after(s, a.rows[i] - 1, look_at, &a, err);
	mg_mem_free(a.rows);
	if (rc >= 0 && a.found)
		*policy = a.found->name;
	return rc < 0 ? rc : a.found != NULL;
}
