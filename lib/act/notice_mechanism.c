/* SPDX-License-Identifier: MIT */
/*
 * How the mail of what is suspended was sent, for the letter about it.
 */
#include "notice_priv.h"

#include "mailguard/gather.h"

/* Who cannot keep it says it all the same. */
static void keep(struct mg_notices *s, const struct mg_act *act,
		 struct mg_slice mechanism)
{
	const struct mg_applied row = { mg_slice_str(act->id), 0, mechanism };
	struct mg_store *store = s->e->store;
	struct mg_err err = { 0 };
	int rc = mg_store_begin(store, &err);

	if (rc == 0)
		rc = mg_applied_put(store, MG_LETTER_MECHANISM, &row, &err);
	if (rc == 0)
		rc = mg_store_commit(store, &err);
	if (rc < 0)
		mg_store_rollback(store);
}

void mg_notice_add_mechanism(struct mg_notices *s,
			     const struct mg_ledger_row *row,
			     struct mg_letter_opts *opts)
{
	const struct mg_act *act = &row->act;
	const struct mg_gather_ask ask = {
		.act = act,
		.since = row->made_at - MG_GATHER_SINCE_S,
		.until = row->made_at + 1,
	};
	struct mg_err failure = { 0 };
	int rc = 1;

	if (act->verb == MG_ACT_SUSPEND)
		rc = mg_letter_find_mechanism(s->e->store, act->id, &s->text,
					      opts, &failure);
	if (rc < 0)
		s->e->fail(s->e->arg, "a notice", &failure);
	if (rc)
		return;
	opts->mechanism = mg_slice_str(mg_gather_mechanism(s->e, &ask));
	keep(s, act, opts->mechanism);
}
