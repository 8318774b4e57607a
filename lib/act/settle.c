/* SPDX-License-Identifier: MIT */
/*
 * What ends before its time without a word against it: an act of which the
 * finding turned out not to be so, and one of which the subject is exempt by
 * now. What is over stays over when the exemption ends.
 */
#include "act_priv.h"

#include "mailguard/arena.h"
#include "mailguard/ledger.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

/* Acts to end; collected first, since a mark is a row as well. */
struct settling {
	struct mg_enforcer *e;
	const struct mg_act *exempt; /* NULL: it is about withdrawn findings */
	char (*ids)[MG_ACT_ID_MAX];  /* owned */
	size_t n, cap;
	struct mg_err *err;
};

static void take(struct settling *s, const struct mg_act *act)
{
	s->ids = mg_vec_room(s->ids, s->n, &s->cap, sizeof(*s->ids));
	memcpy(s->ids[s->n++], act->id, MG_ACT_ID_MAX);
}

bool mg_exemption_has(struct mg_slice per, struct mg_slice subject,
		      const struct mg_act *act)
{
	const struct {
		struct mg_slice per, subject;
	} all[] = {
		{ act->per, act->subject },
		{ MG_LIT("domain"), act->domain },
		{ MG_LIT("account"), act->account },
		{ MG_LIT("owner"), act->owner },
	};
	struct mg_network x, y;

	if (mg_slice_is(per, MG_LIT("ip")))
		return mg_enforce_network(subject, &x) &&
		       mg_enforce_network_of(act, &y) && x.prefix <= y.prefix &&
		       mg_network_has(&x, &y.ip);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (all[i].subject.len && mg_slice_is(all[i].per, per) &&
		    mg_slice_is(all[i].subject, subject))
			return true;
	return false;
}

static int take_exempt(void *arg, const struct mg_act *act)
{
	struct settling *s = arg;

	if (act->verb != MG_ACT_EXEMPT &&
	    mg_exemption_has(s->exempt->per, s->exempt->subject, act))
		take(s, act);
	return 0;
}

/* By policy: what a person began after a finding is his to end. */
static int take_withdrawn(void *arg, const struct mg_act *act)
{
	struct settling *s = arg;
	struct mg_finding now;
	char id[MG_FINDING_ID_MAX];
	int rc;

	if (act->finding.len == 0 || act->finding.len >= sizeof(id) ||
	    !mg_slice_is(act->by, MG_LIT("policy")))
		return 0;
	memcpy(id, act->finding.ptr, act->finding.len);
	id[act->finding.len] = '\0';
	rc = mg_ledger_last_finding(s->e->store, id, &now, s->err);
	if (rc == 1 && now.state == MG_FINDING_WITHDRAWN)
		take(s, act);
	return rc < 0 ? rc : 0;
}

static int settle(struct settling *s, mg_act_fn fn, struct mg_slice by,
		  struct mg_slice why)
{
	struct mg_store *store = s->e->store;
	const int64_t now = s->e->now;
	int rc = mg_acts_each(store, MG_ACTS_IN_FORCE, now, fn, s, s->err);

	if (rc == 0)
		rc = mg_acts_each(store, MG_ACTS_WAITING, now, fn, s, s->err);
	for (size_t i = 0; rc == 0 && i < s->n; i++)
		rc = mg_acts_mark(store, now, s->ids[i], MG_MARK_RELEASED, by,
				  why, s->err);
	mg_mem_free(s->ids);
	return rc;
}

int mg_settle_withdrawn(struct mg_enforcer *e, struct mg_err *err)
{
	struct settling s = { .e = e, .err = err };

	return settle(
		&s, take_withdrawn, MG_LIT("policy"),
		MG_LIT("its finding was withdrawn: by all that is counted "
		       "now the limit was not met"));
}

int mg_enforce_spare(struct mg_enforcer *e, const struct mg_act *exempt,
		     struct mg_err *err)
{
	struct settling s = { .e = e, .exempt = exempt, .err = err };
	struct mg_buf why;
	int rc;

	mg_buf_init(&why, MG_ERR_TEXT_MAX + exempt->reason.len);
	mg_buf_add_str(&why, "exempt: ");
	mg_buf_add(&why, exempt->reason);
	rc = settle(&s, take_exempt, exempt->by, mg_buf_slice(&why));
	mg_buf_release(&why);
	return rc;
}
