/* SPDX-License-Identifier: MIT */
/* Offences in the ledger, and whose they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/ledger.h"
#include "mailguard/offences.h"
#include "mailguard/policy.h"

#define NOW INT64_C(1772323200) /* 2026-03-01 00:00:00 UTC */

static struct mg_store *store;

static struct mg_offence offence(void)
{
	struct mg_offence o = {
		.event = MG_OFFENCE_MADE,
		.policy = MG_LIT("p"),
		.finding = MG_LIT("00112233445566aa"),
		.per = MG_LIT("mailbox"),
		.subject = MG_LIT("joe@a.example"),
		.who = { MG_LIT("alice"), 1001, NOW - 1000 },
		.owner = MG_LIT("rita"),
		.at = NOW,
		.until = NOW + 86400,
		.by = MG_LIT("policy"),
	};

	mg_offence_id(&o, o.id);
	return o;
}

static void add(const struct mg_offence *o)
{
	struct mg_err err = { 0 };

	assert_int_equal(mg_store_begin(store, &err), 0);
	assert_int_equal(mg_offences_add(store, NOW, o, &err), 0);
	assert_int_equal(mg_store_commit(store, &err), 0);
}

static size_t count(const struct mg_identity *who)
{
	struct mg_offence_list list;
	size_t n;

	assert_int_equal(mg_offences_load(store, who, &list, NULL), 0);
	n = list.n;
	mg_offence_list_release(&list);
	return n;
}

static int begin(void **state)
{
	(void)state;
	return mg_store_open(&store, NULL, MG_STORE_SCRATCH, NULL);
}

static int end(void **state)
{
	(void)state;
	mg_store_close(store);
	return 0;
}

static void test_as_they_stand(void **state)
{
	struct mg_offence o = offence(), later = o;
	struct mg_offence_list list;
	struct mg_ledger_proof proof;
	bool has;

	(void)state;
	add(&o);
	later.event = MG_OFFENCE_JOINED;
	later.finding = MG_LIT("00112233445566ab");
	add(&later);
	later.event = MG_OFFENCE_CAUSE;
	later.cause = MG_CAUSE_COMPROMISED;
	add(&later);
	assert_int_equal(mg_offences_load(store, &o.who, &list, NULL), 0);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.items[0].n_findings, 2);
	assert_int_equal(list.items[0].cause, MG_CAUSE_COMPROMISED);
	assert_false(list.items[0].is_confirmed);
	assert_true(mg_slice_is(list.items[0].owner, MG_LIT("rita")));
	mg_offence_list_release(&list);

	later.cause = MG_CAUSE_DELIBERATE;
	later.by = MG_LIT("anna");
	later.reason = MG_LIT("said so");
	add(&later);
	later.event = MG_OFFENCE_WITHDRAWN;
	add(&later);
	assert_int_equal(mg_offences_load(store, NULL, &list, NULL), 0);
	assert_true(list.items[0].is_confirmed);
	assert_true(list.items[0].is_withdrawn);
	assert_int_equal(list.items[0].cause, MG_CAUSE_DELIBERATE);
	assert_true(mg_slice_is(list.items[0].reason, MG_LIT("said so")));
	mg_offence_list_release(&list);

	assert_int_equal(mg_offences_has_finding(
				 store, MG_LIT("00112233445566ab"), &has, NULL),
			 0);
	assert_true(has);
	assert_int_equal(mg_offences_has_finding(
				 store, MG_LIT("00112233445566ac"), &has, NULL),
			 0);
	assert_false(has);
	assert_int_equal(mg_ledger_verify(store, &proof, NULL), 0);
	assert_int_equal(proof.n_rows, 5);
	assert_int_equal(proof.broken_seq, 0);
}

/* Who is given the name, the number, or both of somebody who is gone. */
static void test_A15_offences_are_of_an_account_as_it_was_created(void **state)
{
	struct mg_offence o = offence();
	const struct mg_identity renamed = { MG_LIT("alicia"), 1001,
					     NOW - 1000 };
	const struct mg_identity again = { MG_LIT("alice"), 1001, NOW };
	const struct mg_identity other = { MG_LIT("alice"), 1002, NOW - 1000 };
	const struct mg_identity untold = { MG_LIT("alice"), 1003, 0 };
	const struct mg_identity untold_too = { MG_LIT("bob"), 1003, 0 };

	(void)state;
	add(&o);
	assert_int_equal(count(&renamed), 1);
	assert_int_equal(count(&again), 0);
	assert_int_equal(count(&other), 0);
	o.who = untold;
	mg_offence_id(&o, o.id);
	add(&o);
	assert_int_equal(count(&untold), 1);
	assert_int_equal(count(&untold_too), 0);
}

/* Whoever decides again has the same id; a row cannot be there twice. */
static void test_ids(void **state)
{
	struct mg_offence a = offence(), b = a;
	struct mg_err err = { 0 };

	(void)state;
	b.finding = MG_LIT("another");
	b.subject = MG_LIT("jim@a.example");
	mg_offence_id(&b, b.id);
	assert_string_equal(a.id, b.id);
	b.doubt = MG_DOUBT_OLD;
	mg_offence_id(&b, b.id);
	assert_string_not_equal(a.id, b.id);
	b.doubt = MG_DOUBT_NONE;
	b.at += 3600;
	mg_offence_id(&b, b.id);
	assert_string_not_equal(a.id, b.id);

	add(&a);
	assert_int_equal(mg_store_begin(store, &err), 0);
	assert_true(mg_offences_add(store, NOW, &a, &err) < 0);
	mg_store_rollback(store);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_as_they_stand, begin, end),
		cmocka_unit_test_setup_teardown(
			test_A15_offences_are_of_an_account_as_it_was_created,
			begin, end),
		cmocka_unit_test_setup_teardown(test_ids, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
