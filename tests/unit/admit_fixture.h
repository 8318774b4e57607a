/* SPDX-License-Identifier: MIT */
/*
 * admit_fixture - a parent with the tables of a small host and an empty store,
 * and records as a child may send them.
 */
#ifndef MG_TEST_ADMIT_FIXTURE_H
#define MG_TEST_ADMIT_FIXTURE_H

#include "accounts_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/admit.h"
#include "mailguard/rollup.h"

#define NONE MG_ACCOUNT_NONE
#define HOUR INT64_C(1795312800)

static struct mg_store *store;
static struct mg_admit admit;

static inline int begin(void **state)
{
	struct mg_source source;

	(void)state;
	assert_int_equal(mg_store_open(&store, NULL, MG_STORE_SCRATCH, &err),
			 0);
	assert_int_equal(mg_store_begin(store, &err), 0);
	assert_int_equal(mg_store_source(store, MG_LIT("test"), &source, &err),
			 0);
	mg_admit_init(&admit, store, &accounts, source.id, 0);
	return 0;
}

static inline int end(void **state)
{
	(void)state;
	mg_admit_release(&admit);
	mg_admit_release(&admit);
	mg_store_close(store);
	return 0;
}

static inline int say(const struct mg_record *r)
{
	struct mg_err unused;

	/* Whatever is asked here came through the first check. */
	assert_int_equal(mg_record_check(r, &unused), 0);
	err = (struct mg_err){ 0 };
	return mg_admit_record(&admit, r, &err);
}

static inline struct mg_record subject(enum mg_space space, uint32_t kind,
				       uint32_t domain, uint32_t account,
				       const char *name)
{
	struct mg_record r;

	memset(&r, 0, sizeof(r));
	r.type = MG_RECORD_SUBJECT;
	r.body.subject.space = space;
	r.body.subject.kind = kind;
	r.body.subject.domain = domain;
	r.body.subject.account = account;
	r.body.subject.len = (uint32_t)strlen(name);
	memcpy(r.body.subject.name, name, strlen(name));
	return r;
}

static inline void know(enum mg_space space)
{
	const struct mg_record r = space == MG_SPACE_ORIGIN
					   ? subject(space, MG_ORIGIN_USER,
						     A_EXAMPLE, ALICE, "alice")
					   : subject(space, 0, NONE, NONE,
						     "far.test");

	assert_int_equal(say(&r), 0);
}

static inline struct mg_record fact(enum mg_space space, uint32_t number,
				    int64_t hour)
{
	struct mg_record r;

	memset(&r, 0, sizeof(r));
	r.type = MG_RECORD_FACT;
	r.body.fact.space = space;
	r.body.fact.subject = number;
	r.body.fact.at = hour;
	r.body.fact.counts.n[MG_MESSAGES] = 1;
	return r;
}

static inline struct mg_record flight(const char *id, uint32_t origin)
{
	struct mg_record r;

	memset(&r, 0, sizeof(r));
	r.type = MG_RECORD_FLIGHT;
	memcpy(r.body.flight.id, id, strlen(id));
	r.body.flight.state = MG_FLIGHT_CHARGED;
	r.body.flight.origin = origin;
	r.body.flight.n_recipients = 3;
	return r;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
