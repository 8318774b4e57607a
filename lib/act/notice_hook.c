/* SPDX-License-Identifier: MIT */
/*
 * The verb notify. It changes nothing of the host's, and a hook that fails is
 * run again with the same key; so it has no part in the marks of effects.
 *
 * The title holds no name: it becomes a subject line, a line of a log.
 */
#include "effect_priv.h"
#include "notice_priv.h"

#define TITLE_MAX 160
#define KEY_MAX 64

/* The verb that hooks know the action by; HOLD and BLOCK have none. */
static enum mg_hook_verb verb_of(enum mg_act_verb verb)
{
	switch (verb) {
	case MG_ACT_WARN:
		return MG_HOOK_WARN;
	case MG_ACT_THROTTLE:
		return MG_HOOK_THROTTLE;
	case MG_ACT_SUSPEND:
		return MG_HOOK_SUSPEND;
	case MG_ACT_UNSUSPEND:
		return MG_HOOK_UNSUSPEND;
	case MG_ACT_TERMINATE:
		return MG_HOOK_TERMINATE;
	default:
		return MG_HOOK_NONE;
	}
}

/* What is about an address, or nobody who is there now, is told without names;
   the text has them. */
static void fill_call(struct mg_notices *s, const struct mg_notice *m,
		      struct mg_hook_call *out)
{
	struct mg_err nobody = { 0 };

	if (mg_effect_call(s->e, &m->act, out, &nobody) < 0)
		*out = (struct mg_hook_call){ .uid = -1,
					      .reason = m->act.reason,
					      .until = m->act.until };
	out->verb = MG_HOOK_NOTIFY;
	out->of = verb_of(m->act.verb);
	out->text = m->body;
}

void mg_notice_hook(struct mg_notices *s, const struct mg_notice *m,
		    enum mg_hook_result *result, struct mg_err *err)
{
	const struct mg_hook_host host = mg_effect_host(s->e);
	const char *name = s->hooks.names[m->hook - 1];
	struct mg_buf title, key, said;
	struct mg_hook_call call;

	mg_buf_init(&title, TITLE_MAX);
	mg_buf_init(&key, KEY_MAX);
	mg_buf_init(&said, MG_HOOK_OUTPUT_MAX);
	fill_call(s, m, &call);
	mg_buf_add_fmt(&title, "%s of a%s %.*s%s", mg_act_words[m->act.verb],
		       mg_slice_is(m->act.per, MG_LIT("ip")) ||
				       mg_slice_is(m->act.per,
						   MG_LIT("account"))
			       ? "n"
			       : "",
		       MG_SLICE_ARG(m->act.per),
		       m->act.is_waiting   ? " waits for approval"
		       : m->is_of_approval ? " was approved"
					   : "");
	mg_buf_add_fmt(&key, "%s%s", m->act.id,
		       m->is_of_approval ? "-approved" : "");
	call.title = mg_buf_slice(&title);
	call.key = mg_buf_slice(&key);
	if (mg_hook_run(&host, &s->hooks, name, &call, result, &said, err) == 0)
		(void)mg_fail(err, MG_EIO, "the hook '%s' (notify): %s%s%s",
			      name, mg_hook_result_words[*result],
			      said.len ? ": " : "", said.ptr);
	mg_buf_release(&said);
	mg_buf_release(&key);
	mg_buf_release(&title);
}
