/* SPDX-License-Identifier: MIT */
/*
 * Acts of the ledger and what becomes of them, in a store in memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/acts.h"
#include "mailguard/ledger.h"

#define NOW 1772408000

static struct mg_store *store;
static struct mg_err err;

static int open_store(void **state)
{
	(void)state;
	err = (struct mg_err){ 0 };
	return mg_store_open(&store, NULL, MG_STORE_SCRATCH, &err);
}

static int close_store(void **state)
{
	(void)state;
	mg_store_close(store);
	return 0;
}

static struct mg_act act_of(enum mg_act_verb verb, const char *subject)
{
	struct mg_act act = {
		.verb = verb,
		.per = MG_LIT("mailbox"),
		.subject = mg_slice_str(subject),
		.domain = MG_LIT("a.example"),
		.account = MG_LIT("alice"),
		.since = NOW,
		.until = MG_ACT_NO_END,
		.by = MG_LIT("root"),
		.reason = MG_LIT("spam"),
	};

	mg_act_id(verb, act.per, act.subject, MG_LIT("test"), act.id);
	return act;
}

static void add(const struct mg_act *act)
{
	assert_int_equal(mg_acts_add(store, NOW, act, &err), 1);
}

static void mark(const struct mg_act *act, enum mg_act_mark what,
		 const char *by)
{
	assert_int_equal(mg_acts_mark(store, NOW, act->id, what,
				      mg_slice_str(by), MG_LIT(""), &err),
			 0);
}

static int count_one(void *arg, const struct mg_act *act)
{
	(void)act;
	++*(int *)arg;
	return 0;
}

static int count(enum mg_acts_which which)
{
	int n = 0;

	assert_int_equal(
		mg_acts_each(store, which, NOW + 1, count_one, &n, &err), 0);
	return n;
}

static int same(void *arg, const struct mg_act *act)
{
	const struct mg_act *want = arg;

	assert_string_equal(act->id, want->id);
	assert_int_equal(act->verb, want->verb);
	assert_int_equal(act->made_at, NOW);
	assert_true(act->with_login);
	assert_int_equal(act->approvals, 2);
	assert_int_equal(act->grace_s, 1209600);
	assert_int_equal(act->sweeps, 300);
	assert_true(mg_slice_is(act->target, want->target));
	assert_true(mg_slice_is(act->identity, want->identity));
	return 0;
}

static void test_an_act_comes_back_as_it_was(void **state)
{
	struct mg_act act = act_of(MG_ACT_TERMINATE, "joe@a.example");

	(void)state;
	act.with_login = true;
	act.approvals = 2;
	act.grace_s = 1209600;
	act.sweeps = 300;
	act.target = MG_LIT("0123456789abcdef");
	act.identity = MG_LIT("5001 1700000000");
	add(&act);
	assert_int_equal(mg_acts_add(store, NOW, &act, &err), 0);
	assert_int_equal(mg_acts_get(store, act.id, same, &act, &err), 1);
	assert_int_equal(mg_acts_get(store, "0", same, &act, &err), 0);
}

static void test_it_is_in_force_until_a_mark_ends_it(void **state)
{
	static const enum mg_act_mark go_on[] = {
		MG_MARK_DONE,    MG_MARK_FAILED,   MG_MARK_EVIDENCE,
		MG_MARK_STARTED, MG_MARK_SKIPPED,  MG_MARK_STUCK,
		MG_MARK_DRIFTED, MG_MARK_APPEALED, MG_MARK_SETTLED,
		MG_MARK_NOTICED,
	};
	const struct mg_act suspend = act_of(MG_ACT_SUSPEND, "joe@a.example");
	const struct mg_act undo = act_of(MG_ACT_UNSUSPEND, "joe@a.example");

	(void)state;
	add(&suspend);
	add(&undo);
	for (size_t i = 0; i < sizeof(go_on) / sizeof(*go_on); i++)
		mark(&suspend, go_on[i], "hook:plain");
	assert_int_equal(count(MG_ACTS_IN_FORCE), 2);
	mark(&suspend, MG_MARK_RELEASED, "root");
	assert_int_equal(count(MG_ACTS_IN_FORCE), 1);
	mark(&undo, MG_MARK_ENDED, "mailguard");
	assert_int_equal(count(MG_ACTS_IN_FORCE), 0);
	assert_int_equal(count(MG_ACTS_ALL), 2);
}

/* A56: the same person twice is one. */
static void test_A56_approvals_are_of_distinct_people(void **state)
{
	struct mg_act act = act_of(MG_ACT_TERMINATE, "alice");

	(void)state;
	act.is_waiting = true;
	act.approvals = 2;
	add(&act);
	mark(&act, MG_MARK_APPROVED, "ann (1001)");
	mark(&act, MG_MARK_APPROVED, "ann (1001)");
	assert_int_equal(count(MG_ACTS_IN_FORCE), 0);
	assert_int_equal(count(MG_ACTS_WAITING), 1);
	mark(&act, MG_MARK_APPROVED, "ben (1002)");
	assert_int_equal(count(MG_ACTS_IN_FORCE), 1);
	assert_int_equal(count(MG_ACTS_WAITING), 0);
}

static void test_one_approval_is_enough_for_others(void **state)
{
	struct mg_act act = act_of(MG_ACT_SUSPEND, "joe@a.example");

	(void)state;
	act.is_waiting = true;
	add(&act);
	assert_int_equal(count(MG_ACTS_IN_FORCE), 0);
	mark(&act, MG_MARK_APPROVED, "root");
	assert_int_equal(count(MG_ACTS_IN_FORCE), 1);
}

static void head(const struct mg_act *act, unsigned char out[MG_SHA256_LEN])
{
	struct mg_ledger_proof proof;

	assert_int_equal(mg_store_open(&store, NULL, MG_STORE_SCRATCH, &err),
			 0);
	add(act);
	assert_int_equal(mg_ledger_verify(store, &proof, &err), 0);
	assert_int_equal(proof.n_rows, 1);
	memcpy(out, proof.head, MG_SHA256_LEN);
	mg_store_close(store);
	store = NULL;
}

/* Whatever an act says, its row's hash is over it. */
static void test_each_field_is_proved(void **state)
{
	const struct mg_act plain = act_of(MG_ACT_SUSPEND, "joe@a.example");
	unsigned char first[MG_SHA256_LEN], other[MG_SHA256_LEN];
	struct mg_act acts[6];

	(void)state;
	mg_store_close(store);
	for (size_t i = 0; i < 6; i++)
		acts[i] = plain;
	acts[0].with_login = true;
	acts[1].approvals = 1;
	acts[2].grace_s = 1;
	acts[3].sweeps = 1;
	acts[4].target = MG_LIT("0123456789abcdef");
	acts[5].identity = MG_LIT("0123456789abcdef");
	head(&plain, first);
	for (size_t i = 0; i < 6; i++) {
		head(&acts[i], other);
		assert_memory_not_equal(first, other, sizeof(first));
		for (size_t k = 0; k < i; k++) {
			unsigned char third[MG_SHA256_LEN];

			head(&acts[k], third);
			assert_memory_not_equal(third, other, sizeof(third));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_an_act_comes_back_as_it_was, open_store,
			close_store),
		cmocka_unit_test_setup_teardown(
			test_it_is_in_force_until_a_mark_ends_it, open_store,
			close_store),
		cmocka_unit_test_setup_teardown(
			test_A56_approvals_are_of_distinct_people, open_store,
			close_store),
		cmocka_unit_test_setup_teardown(
			test_one_approval_is_enough_for_others, open_store,
			close_store),
		cmocka_unit_test_setup_teardown(test_each_field_is_proved,
						open_store, close_store),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
