/* SPDX-License-Identifier: MIT */
/* Envelope senders of mailing lists, and of others that look alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mailguard/mailing_list.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

static void test_senders(void **state)
{
	static const struct {
		const char *sender, *name; /* NULL: of no list */
	} rows[] = {
		{ "staff-bounces@a.example", "staff" },
		{ "staff-bounces+bob=b.test@a.example", "staff" },
		{ "Staff-Bounces@a.example", "Staff" },
		/* Of two the first is what the software put there. */
		{ "old-bounces-staff-bounces@a.example", NULL },
		{ "our-staff-bounces+x-bounces=b.test@a.example", "our-staff" },
		{ "owner-staff@a.example", "staff" },
		{ "OWNER-staff+bob=b.test@a.example", "staff" },
		{ "staff-owner@a.example", "staff" },
		{ "staff+bounces@a.example", "staff" },
		{ "staff+bounces-12-bob=b.test@a.example", "staff" },
		{ "staff-return-12-bob=b.test@a.example", "staff" },
		/* Nearly so. */
		{ "staff@a.example", NULL },
		{ "bounces@a.example", NULL },
		{ "bounces+12@a.example", NULL },
		{ "-bounces@a.example", NULL },
		{ "+bounces@a.example", NULL },
		{ "-owner@a.example", NULL },
		{ "owner-@a.example", NULL },
		{ "owner-+bob=b.test@a.example", NULL },
		{ "staff-bounces2@a.example", NULL },
		{ "staff-bounces-2@a.example", NULL },
		{ "staff+bounces+2@a.example", NULL },
		{ "staff-owner+bob=b.test@a.example", NULL },
		{ "staff-return-@a.example", NULL },
		{ "staff-return-12@a.example", NULL },
		{ "staff-return-12-@a.example", NULL },
		{ "staff-return-x-bob=b.test@a.example", NULL },
		{ "-return-12-bob=b.test@a.example", NULL },
		{ "\"staff-bounces\"@a.example", NULL },
		{ "staff-bounces", NULL },
		{ "staff-bounces@", NULL },
		{ "@a.example", NULL },
		{ "", NULL },
		{ "<>", NULL },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct mg_slice name = MG_LIT("untouched");
		const bool is = mg_mailing_list_of(mg_slice_str(rows[i].sender),
						   &name);
		const char *expected = rows[i].name ? rows[i].name
						    : "untouched";

		if (is != (rows[i].name != NULL) ||
		    !mg_slice_is(name, mg_slice_str(expected)))
			fail_msg("%s: %.*s", rows[i].sender,
				 MG_SLICE_ARG(name));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_senders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
