/* SPDX-License-Identifier: MIT */
/*
 * A policy of one clause, counts to judge by it, and what is found written down.
 */
#ifndef MG_TEST_JUDGE_FIXTURE_H
#define MG_TEST_JUDGE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/judge.h"
#include "mailguard/limits.h"

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)
#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define HOUR INT64_C(1772323200) /* 2026-03-01 00:00:00 UTC */
#define SLOT(n) (HOUR + (n)*MG_SLOT_S)

enum { ANN, BEN, SHOP, OTHER, RELAYED, CROWD };

static struct mg_origin origins[] = {
	[ANN] = { MG_ORIGIN_MAILBOX, MG_LIT_INIT("ann@a.example"),
		  MG_LIT_INIT("a.example"), MG_LIT_INIT("alice"),
		  MG_LIT_INIT("rita") },
	[BEN] = { MG_ORIGIN_MAILBOX, MG_LIT_INIT("ben@a.example"),
		  MG_LIT_INIT("a.example"), MG_LIT_INIT("alice"),
		  MG_LIT_INIT("rita") },
	[SHOP] = { MG_ORIGIN_SCRIPT, MG_LIT_INIT("/home/alice/shop"),
		   MG_LIT_INIT("shop.example"), MG_LIT_INIT("alice"),
		   MG_LIT_INIT("rita") },
	[OTHER] = { MG_ORIGIN_MAILBOX, MG_LIT_INIT("x@b.example"),
		    MG_LIT_INIT("b.example"), MG_LIT_INIT("bob"),
		    MG_LIT_INIT("rita") },
	[RELAYED] = { MG_ORIGIN_RELAY, MG_LIT_INIT("a.example"),
		      MG_LIT_INIT("a.example"), MG_LIT_INIT("alice"),
		      MG_LIT_INIT("rita") },
	[CROWD] = { MG_ORIGIN_MAILBOX, MG_LIT_INIT("*"),
		    MG_LIT_INIT("a.example"), MG_LIT_INIT("alice"),
		    MG_LIT_INIT("rita") },
};

static struct mg_clause clause; /* of the policy, the only one */
static struct mg_policy policy;
static struct mg_docket_mail mail[4096];
static struct mg_docket_check checks[256];
static struct mg_docket_large large[256];
static struct mg_docket evidence;
static struct mg_buf found;

static inline int begin(void **state)
{
	(void)state;
	clause = (struct mg_clause){
		.id = MG_LIT("c"),
		.rule = MG_RULE_RATE,
		.per = MG_PER_DOMAIN,
		.measure = MG_MEASURE_RECIPIENTS,
		.window_s = 3600,
		.limit = 500,
	};
	policy = (struct mg_policy){ .clauses = &clause, .n_clauses = 1 };
	evidence = (struct mg_docket){
		.origins = origins,
		.n_origins = LENGTH(origins),
		.mail = mail,
		.checks = checks,
		.large = large,
	};
	memset(mail, 0, sizeof(mail));
	memset(checks, 0, sizeof(checks));
	memset(large, 0, sizeof(large));
	mg_buf_init(&found, 65536);
	return 0;
}

static inline int end(void **state)
{
	(void)state;
	mg_buf_release(&found);
	return 0;
}

/* Mail of an origin in a slot, new. */
static inline void add(uint32_t origin, int slot, int64_t n)
{
	struct mg_docket_mail *m = &mail[evidence.n_mail++];

	*m = (struct mg_docket_mail){ .origin = origin,
				      .is_new = true,
				      .at = SLOT(slot) };
	m->counts.n[MG_RECIPIENTS] = n;
	m->counts.n[MG_MESSAGES] = 1;
}

/* "+a.example 3-15 501/500;" with slots; "~" for a warning, "-" for none. */
static inline int write_down(void *arg, const struct mg_verdict *v)
{
	(void)arg;
	mg_buf_add_fmt(&found, "%s%.*s", v->is_found ? "" : "no ",
		       MG_SLICE_ARG(v->subject));
	if (v->is_warning)
		mg_buf_add_str(&found, " near");
	if (v->is_found)
		mg_buf_add_fmt(&found, " %lld-%lld %lld/%lld",
			       (long long)(v->from - HOUR) / MG_SLOT_S,
			       (long long)(v->until - HOUR) / MG_SLOT_S,
			       (long long)v->n, (long long)v->limit);
	if (v->of)
		mg_buf_add_fmt(&found, " of %lld", (long long)v->of);
	if (v->waiver)
		mg_buf_add_str(&found, " waived");
	mg_buf_add_str(&found, "; ");
	return 0;
}

static inline void expect(const char *wanted)
{
	mg_buf_clear(&found);
	assert_int_equal(mg_judge(&policy, &evidence, write_down, NULL), 0);
	assert_string_equal(found.ptr, wanted);
}

#endif
