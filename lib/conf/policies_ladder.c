/* SPDX-License-Identifier: MIT */
#include "policies_priv.h"

#include "mailguard/mem.h"

#define DAY_S 86400.0
#define EVER_S (3653 * DAY_S) /* ten years; nobody remembers more */

/* An account that is gone is gone: time enough for somebody on holiday. */
#define GRACE_MIN_S (14 * 86400)
#define GRACE "\"14d\""

/* Two people. */
#define APPROVALS_MIN 2

struct file_rung {
	unsigned action;
	int64_t offence, for_s, grace_s, approvals;
};

#define RUNG(f) offsetof(struct file_rung, f)
#define OFFENCES(f) offsetof(struct mg_file_offences, f)

/* clang-format off */
static const struct mg_conf_field offences_fields[] = {
	{ .name = "expire", .type = MG_CONF_DURATION, .offset = OFFENCES(expire_s), .min = DAY_S, .max = EVER_S, .preset = "\"180d\"" },
	{ .name = "merge", .type = MG_CONF_DURATION, .offset = OFFENCES(merge_s), .min = 3600, .max = 30 * DAY_S, .preset = "\"24h\"" },
};
const struct mg_conf_table mg_policies_offences_table = {
	offences_fields, sizeof(offences_fields) / sizeof(*offences_fields), sizeof(struct mg_file_offences),
};

static const struct mg_conf_field rung_fields[] = {
	{ .name = "offence", .type = MG_CONF_NUMBER, .offset = RUNG(offence), .min = 1, .max = 1000, .is_required = true },
	{ .name = "action", .type = MG_CONF_WORD, .offset = RUNG(action), .words = mg_step_words, .is_required = true },
	{ .name = "for", .type = MG_CONF_DURATION, .offset = RUNG(for_s), .min = 300, .max = EVER_S },
	{ .name = "grace", .type = MG_CONF_DURATION, .offset = RUNG(grace_s), .min = GRACE_MIN_S, .max = EVER_S, .preset = GRACE },
	{ .name = "approvals", .type = MG_CONF_NUMBER, .offset = RUNG(approvals), .min = APPROVALS_MIN, .max = 10, .preset = "2" },
};
const struct mg_conf_table mg_policies_rung_table = {
	rung_fields, sizeof(rung_fields) / sizeof(*rung_fields), sizeof(struct file_rung),
};
/* clang-format on */

/* NULL, or what is wrong with a rung behind those before it. */
static const char *check_rung(const struct mg_rung *r,
			      const struct mg_rung *before)
{
	if (before && r->offence <= before->offence)
		return "its offence must be a later one than that of the rung "
		       "before";
	if (before && r->step < before->step)
		return "it does less than the rung before";
	if (r->for_s &&
	    (r->step == MG_STEP_WARN || r->step == MG_STEP_TERMINATE))
		return "'for' is for a throttle or a suspension";
	if (r->step == MG_STEP_THROTTLE && r->for_s == 0)
		return "a throttle ends: say 'for' how long it is";
	return NULL;
}

static void take_rung(struct mg_conf *conf, const struct file_rung *raw,
		      const struct mg_rung *before, struct mg_rung *r)
{
	const char *wrong;

	*r = (struct mg_rung){
		.offence = raw->offence,
		.step = (enum mg_step)raw->action,
		.for_s = raw->for_s,
		.grace_s = raw->grace_s,
		.approvals = raw->approvals,
	};
	if (r->step != MG_STEP_TERMINATE)
		r->grace_s = r->approvals = 0;
	wrong = check_rung(r, before);
	if (wrong)
		mg_conf_wrong(conf, mg_conf_place(conf, raw),
			      "ladder, offence %lld: %s", (long long)r->offence,
			      wrong);
}

struct mg_rung *mg_policies_take_ladder(struct mg_conf *conf,
					const struct mg_file_offences *offences,
					const struct mg_conf_groups *rungs,
					struct mg_policy *p)
{
	struct mg_rung *out = mg_mem_zalloc(rungs->n + 1, sizeof(*out));

	for (size_t i = 0; i < rungs->n; i++)
		take_rung(conf, rungs->items[i], i ? &out[i - 1] : NULL,
			  &out[i]);
	p->ladder = (struct mg_ladder){
		.rungs = out,
		.n_rungs = rungs->n,
		.expire_s = offences->expire_s,
		.merge_s = offences->merge_s,
	};
	if (rungs->n && !mg_policy_has_offences(p))
		mg_conf_wrong(conf, mg_conf_place(conf, rungs->items[0]),
			      "there is a ladder, and no clause has 'offence = "
			      "true': nothing would ever reach it");
	return out;
}
