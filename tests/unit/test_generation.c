/* SPDX-License-Identifier: MIT */
/* Names of rotated logs, as programs and people choose them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mailguard/generation.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

static void test_names(void **state)
{
	static const struct {
		const char *log, *name;
		enum mg_generation is;
	} rows[] = {
		{ "mainlog", "mainlog.1", MG_GENERATION_SURE },
		{ "mainlog", "mainlog.10", MG_GENERATION_SURE },
		{ "mainlog", "mainlog.2.gz", MG_GENERATION_SURE },
		{ "mainlog", "mainlog.2.xz", MG_GENERATION_SURE },
		{ "mainlog", "mainlog.2.zst", MG_GENERATION_SURE },
		{ "mainlog", "mainlog.2.bz2", MG_GENERATION_SURE },
		/* exicyclog */
		{ "mainlog", "mainlog.01", MG_GENERATION_SURE },
		{ "mainlog", "mainlog.01.gz", MG_GENERATION_SURE },
		/* dateext and dateformat */
		{ "mainlog", "mainlog-20261122", MG_GENERATION_SURE },
		{ "mainlog", "mainlog-20261122.gz", MG_GENERATION_SURE },
		{ "mainlog", "mainlog.20261122", MG_GENERATION_SURE },
		{ "mainlog", "mainlog-2026-11-22-15", MG_GENERATION_SURE },
		{ "mainlog", "mainlog-20261122-1795312800.gz",
		  MG_GENERATION_SURE },
		{ "mainlog", "mainlog_2026-11-22T15:00:00",
		  MG_GENERATION_SURE },
		{ "exim_mainlog", "exim_mainlog-11-2026.gz",
		  MG_GENERATION_SURE },
		{ "mail.log", "mail.log.1", MG_GENERATION_SURE },
		{ "mail.log", "mail-20261122.log", MG_GENERATION_SURE },
		{ "mail.log", "mail-20261122.log.gz", MG_GENERATION_SURE },
		{ "mail.log", "mail.1.log", MG_GENERATION_SURE },
		/* by hand */
		{ "mainlog", "mainlog.old", MG_GENERATION_MAYBE },
		{ "mainlog", "mainlog.gz", MG_GENERATION_MAYBE },
		{ "mainlog", "mainlog.1.bak", MG_GENERATION_MAYBE },
		{ "mainlog", "mainlog-", MG_GENERATION_NONE },
		{ "mainlog", "mainlog.1-", MG_GENERATION_MAYBE },
		{ "mainlog", "mainlog.-1", MG_GENERATION_MAYBE },
		/* other logs */
		{ "mainlog", "mainlog", MG_GENERATION_NONE },
		{ "mainlog", "mainlog1", MG_GENERATION_NONE },
		{ "mainlog", "mainlogs.1", MG_GENERATION_NONE },
		{ "mainlog", "rejectlog.1", MG_GENERATION_NONE },
		{ "mainlog", "exim_mainlog.1", MG_GENERATION_NONE },
		{ "mail.log", "mail.info", MG_GENERATION_NONE },
		{ "mail.log", "mail.info.1", MG_GENERATION_NONE },
		{ "mail.log", "mail-old.log", MG_GENERATION_NONE },
		{ "mail.log", "mail.log", MG_GENERATION_NONE },
		{ "mail.log", "mail..log", MG_GENERATION_NONE },
		{ "mail", "mail.log", MG_GENERATION_MAYBE },
		{ ".log", ".1.log", MG_GENERATION_NONE },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		if (mg_generation_of(rows[i].log, rows[i].name) != rows[i].is)
			fail_msg("%s beside %s: %d", rows[i].name, rows[i].log,
				 (int)mg_generation_of(rows[i].log,
						       rows[i].name));
}

static void test_any(void **state)
{
	static const char *const rotated[] = { "mainlog.1", "mainlog-20261122",
					       "mainlog.2.gz", "mainlog.xz",
					       "x-2026-11-22" };
	static const char *const live[] = {
		"mainlog", "mail.log", "mail-20261122.log", "maillog2", "1",
		".1",      ""
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rotated); i++)
		assert_true(mg_generation_is_any(rotated[i]));
	for (size_t i = 0; i < LENGTH(live); i++)
		if (mg_generation_is_any(live[i]))
			fail_msg("%s", live[i]);
}

static void test_unpacked(void **state)
{
	(void)state;
	assert_int_equal(mg_generation_unpacked("mainlog.2.gz"), 9);
	assert_int_equal(mg_generation_unpacked("mainlog.2.zst"), 9);
	assert_int_equal(mg_generation_unpacked("mainlog.2"), 9);
	assert_int_equal(mg_generation_unpacked(""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_unpacked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
