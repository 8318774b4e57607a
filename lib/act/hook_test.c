/* SPDX-License-Identifier: MIT */
#include "mailguard/hook_test.h"

#define NOBODY MG_LIT("mailguard-none") /* an account that there is not */

/* A hook and a kind of subject. */
struct trial {
	const struct mg_hook_test *t;
	const char *hook, *kind;
	struct mg_hook_call call;
	unsigned n_broken;
};

static void tell(struct trial *x, const char *what,
		 enum mg_hook_verdict verdict, const struct mg_buf *detail)
{
	x->n_broken += verdict == MG_HOOK_BREAKS;
	x->t->tell(x->t->arg, x->hook, x->kind, what, verdict,
		   mg_buf_slice(detail));
}

/* One call; a text that says what it did is added to the detail. */
static enum mg_hook_result call(struct trial *x, enum mg_hook_verb verb,
				enum mg_hook_verb of, struct mg_buf *detail)
{
	struct mg_hook_call c = x->call;
	enum mg_hook_result result;
	struct mg_err err = { 0 };

	c.verb = verb;
	c.of = of;
	if (mg_hook_run(x->t->host, x->t->hooks, x->hook, &c, &result, detail,
			&err) < 0)
		mg_buf_add_str(detail, err.text);
	return result;
}

/* The verb ends as wanted; says so. Returns whether it has the verb at all. */
static bool want(struct trial *x, const char *what, enum mg_hook_verb verb)
{
	struct mg_buf detail;
	enum mg_hook_result result;

	mg_buf_init(&detail, MG_HOOK_OUTPUT_MAX + 1024);
	result = call(x, verb, MG_HOOK_NONE, &detail);
	if (result == MG_HOOK_LATER)
		mg_buf_add_str(&detail, " (75 means later: try again then)");
	tell(x, what,
	     result == MG_HOOK_DONE      ? MG_HOOK_KEEPS
	     : result == MG_HOOK_SKIPPED ? MG_HOOK_HAS_NOT
					 : MG_HOOK_BREAKS,
	     &detail);
	mg_buf_release(&detail);
	return result != MG_HOOK_SKIPPED;
}

static void want_answer(struct trial *x, const char *what, enum mg_hook_verb of,
			enum mg_hook_result wanted)
{
	struct mg_buf detail, words;
	enum mg_hook_result result;

	mg_buf_init(&detail, MG_HOOK_OUTPUT_MAX + 1024);
	mg_buf_init(&words, MG_HOOK_OUTPUT_MAX + 2048);
	result = call(x, MG_HOOK_QUERY, of, &detail);
	if (result != wanted)
		mg_buf_add_fmt(&words, "query of %s: %s, not %s; ",
			       mg_hook_words[of], mg_hook_result_words[result],
			       mg_hook_result_words[wanted]);
	mg_buf_add(&words, mg_buf_slice(&detail));
	tell(x, what, result == wanted ? MG_HOOK_KEEPS : MG_HOOK_BREAKS,
	     result == wanted ? &detail : &words);
	mg_buf_release(&words);
	mg_buf_release(&detail);
}

/* A verb and the one that takes it back. */
struct pair {
	enum mg_hook_verb act, undo;
};

/* Killed at once: it may be done or not, and the same again does it. */
static void try_killed(struct trial *x, const struct pair *p)
{
	struct mg_hook_host hasty = *x->t->host;
	struct mg_hook_test t = *x->t;
	struct trial y = *x;
	struct mg_buf detail;

	mg_buf_init(&detail, MG_HOOK_OUTPUT_MAX + 1024);
	hasty.seconds = hasty.grace_s = 0;
	t.host = &hasty;
	y.t = &t;
	y.call.key = MG_LIT("mailguard-test-3");
	(void)call(&y, p->act, MG_HOOK_NONE, &detail);
	mg_buf_release(&detail);
	y.t = x->t;
	(void)want(&y, "the same after it was killed", p->act);
	want_answer(&y, "query after that", p->act, MG_HOOK_IS_DONE);
	(void)want(&y, "undone after that", p->undo);
	x->n_broken = y.n_broken;
}

/* What it says it did for nobody it must have done. */
static void try_nobody(struct trial *x, const struct pair *p)
{
	struct trial y = *x;
	struct mg_buf detail;
	enum mg_hook_result result;

	mg_buf_init(&detail, MG_HOOK_OUTPUT_MAX + 1024);
	y.call.account = NOBODY;
	if (mg_slice_is(y.call.per, MG_LIT("account")))
		y.call.subject = NOBODY;
	y.call.key = MG_LIT("mailguard-test-4");
	result = call(&y, p->act, MG_HOOK_NONE, &detail);
	mg_buf_clear(&detail);
	if (result == MG_HOOK_DONE) {
		want_answer(&y, "query of an account that is not there", p->act,
			    MG_HOOK_IS_DONE);
	} else {
		result = call(&y, MG_HOOK_QUERY, p->act, &detail);
		tell(&y, "query of an account that is not there",
		     result == MG_HOOK_IS_DONE ? MG_HOOK_BREAKS : MG_HOOK_KEEPS,
		     &detail);
	}
	(void)call(&y, p->undo, MG_HOOK_NONE, &detail);
	mg_buf_release(&detail);
	x->n_broken = y.n_broken;
}

static void try_other_key(struct trial *x, const struct pair *p)
{
	struct trial y = *x;

	y.call.key = MG_LIT("mailguard-test-2");
	want_answer(&y, "query of another key", p->act, MG_HOOK_IS_NOT_DONE);
	(void)want(&y, "undoing another key", p->undo);
	x->n_broken = y.n_broken;
	want_answer(x, "query after that", p->act, MG_HOOK_IS_DONE);
}

static void try_pair(struct trial *x, const struct pair *p)
{
	if (!want(x, mg_hook_words[p->act], p->act))
		return;
	want_answer(x, "query after it", p->act, MG_HOOK_IS_DONE);
	(void)want(x, "the same again", p->act);
	want_answer(x, "query after that", p->act, MG_HOOK_IS_DONE);
	try_other_key(x, p);
	(void)want(x, mg_hook_words[p->undo], p->undo);
	want_answer(x, "query after it", p->act, MG_HOOK_IS_NOT_DONE);
	want_answer(x, "query of the undoing", p->undo, MG_HOOK_IS_DONE);
	(void)want(x, "the same again", p->undo);
	try_killed(x, p);
	try_nobody(x, p);
}

/* A verb of a later mailguard; here one without a name. */
static void try_unknown(struct trial *x)
{
	struct mg_buf detail;
	enum mg_hook_result result;

	mg_buf_init(&detail, MG_HOOK_OUTPUT_MAX + 1024);
	result = call(x, MG_HOOK_NONE, MG_HOOK_NONE, &detail);
	if (result != MG_HOOK_SKIPPED)
		mg_buf_add_str(&detail, " (not 64)");
	tell(x, "a verb it cannot know",
	     result == MG_HOOK_SKIPPED ? MG_HOOK_KEEPS : MG_HOOK_BREAKS,
	     &detail);
	mg_buf_release(&detail);
}

/* Of an account that is suspended, as always. */
static void try_terminate(struct trial *x)
{
	struct mg_buf detail;

	mg_buf_init(&detail, MG_HOOK_OUTPUT_MAX + 1024);
	(void)call(x, MG_HOOK_SUSPEND, MG_HOOK_NONE, &detail);
	mg_buf_release(&detail);
	if (!want(x, mg_hook_words[MG_HOOK_TERMINATE], MG_HOOK_TERMINATE))
		return;
	want_answer(x, "query after it", MG_HOOK_TERMINATE, MG_HOOK_IS_DONE);
	(void)want(x, "the same again", MG_HOOK_TERMINATE);
}

static void try_kind(struct trial *x)
{
	static const struct pair pairs[] = {
		{ MG_HOOK_SUSPEND, MG_HOOK_UNSUSPEND },
		{ MG_HOOK_THROTTLE, MG_HOOK_RELEASE },
	};
	static const enum mg_hook_verb singles[] = {
		MG_HOOK_WARN, MG_HOOK_NOTIFY, MG_HOOK_PASSWORD, MG_HOOK_SESSIONS
	};

	try_unknown(x);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		try_pair(x, &pairs[i]);
	for (size_t i = 0; i < sizeof(singles) / sizeof(*singles); i++)
		if (want(x, mg_hook_words[singles[i]], singles[i]))
			(void)want(x, "the same again", singles[i]);
	if (!x->t->is_terminal || !mg_slice_is(x->call.per, MG_LIT("account")))
		return;
	try_terminate(x);
}

unsigned mg_hook_test(const struct mg_hook_test *t, const char *hook)
{
	const struct {
		const char *kind;
		struct mg_slice name;
	} subjects[] = {
		{ "mailbox", t->mailbox },
		{ "domain", t->domain },
		{ "account", t->account },
	};
	unsigned n_broken = 0;

	for (size_t i = 0; i < sizeof(subjects) / sizeof(*subjects); i++) {
		struct trial x = {
			.t = t,
			.hook = hook,
			.kind = subjects[i].kind,
			.call = { .key = MG_LIT("mailguard-test-1"),
				  .per = mg_slice_str(subjects[i].kind),
				  .subject = subjects[i].name,
				  .domain = t->domain,
				  .account = t->account,
				  .uid = t->uid,
				  .reason = MG_LIT("a test of the hook"),
				  .title = MG_LIT("a test of the hook"),
				  .text = MG_LIT("Nothing happened.\n") },
		};

		try_kind(&x);
		n_broken += x.n_broken;
	}
	return n_broken;
}
