/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/health.h"

struct here {
	char dir[64];
};

static int setup(void **state)
{
	struct here *h = calloc(1, sizeof(*h));

	assert_non_null(h);
	(void)snprintf(h->dir, sizeof(h->dir), "/tmp/mg-health-XXXXXX");
	assert_non_null(mkdtemp(h->dir));
	*state = h;
	return 0;
}

static int teardown(void **state)
{
	struct here *h = *state;
	char path[96];

	(void)snprintf(path, sizeof(path), "%s/" MG_HEALTH_NAME, h->dir);
	(void)remove(path);
	(void)remove(h->dir);
	free(h);
	return 0;
}

static struct mg_health sweep(int64_t at, int status, const char *source)
{
	struct mg_health h = { .began_at = at - 2,
			       .ended_at = at,
			       .status = status };

	mg_health_set_source(&h, mg_slice_str(source), 0);
	return h;
}

static void write_sweep(const struct here *here, int64_t at, int status,
			const char *source, struct mg_health *out)
{
	const struct mg_health h = sweep(at, status, source);
	struct mg_err err;

	assert_int_equal(mg_health_write(here->dir, &h, &err), 0);
	assert_int_equal(mg_health_read(here->dir, out, &err), 0);
	assert_int_equal(out->ended_at, at);
	assert_int_equal(out->status, status);
}

static void none_is_none(void **state)
{
	const struct here *here = *state;
	struct mg_health h = { .status = 9 };
	struct mg_err err;

	assert_int_equal(mg_health_read(here->dir, &h, &err), 1);
	assert_int_equal(h.good_at, 0);
	assert_int_equal(h.status, 0);
	assert_int_equal(mg_health_read("/nonexistent", &h, &err), -MG_EIO);
}

static void what_was_good_stays(void **state)
{
	const struct here *here = *state;
	struct mg_health h;

	write_sweep(here, 100, MG_EIO, "exim", &h);
	assert_int_equal(h.good_at, 0);
	write_sweep(here, 200, MG_OK, "exim", &h);
	assert_int_equal(h.good_at, 200);
	write_sweep(here, 300, MG_ECONF, "exim", &h);
	assert_int_equal(h.good_at, 200);
	write_sweep(here, 400, MG_EFOUND, "exim", &h);
	assert_int_equal(h.good_at, 400);
}

static void sources_are_kept_apart(void **state)
{
	const struct here *here = *state;
	struct mg_health h;

	write_sweep(here, 100, MG_OK, "exim", &h);
	write_sweep(here, 200, MG_OK, "dovecot", &h);
	write_sweep(here, 300, MG_EIO, "dovecot", &h);
	assert_int_equal(h.n_sources, 2);
	assert_int_equal(mg_health_source_at(&h, MG_LIT("exim")), 100);
	assert_int_equal(mg_health_source_at(&h, MG_LIT("dovecot")), 200);
	assert_int_equal(mg_health_source_at(&h, MG_LIT("none")), 0);
}

static void sources_are_bounded(void **state)
{
	struct mg_health h = { .status = 0 };
	char name[40];

	(void)state;
	for (int i = 0; i < MG_HEALTH_SOURCES + 2; i++) {
		(void)snprintf(name, sizeof(name), "s%d", i);
		mg_health_set_source(&h, mg_slice_str(name), i + 1);
	}
	assert_int_equal(h.n_sources, MG_HEALTH_SOURCES);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	h.n_sources = 0;
	mg_health_set_source(&h, mg_slice_str(name), 1);
	mg_health_set_source(&h, mg_slice_str(""), 1);
	assert_int_equal(h.n_sources, 0);
}

/* The worst that a log line could do to the file. */
static void reasons_are_one_line(void **state)
{
	const struct here *here = *state;
	struct mg_health h = sweep(100, MG_EIO, "exim");
	struct mg_err err;

	(void)snprintf(h.why, sizeof(h.why), "a\nstatus=0\n\x1b[31m");
	assert_int_equal(mg_health_write(here->dir, &h, &err), 0);
	assert_int_equal(mg_health_read(here->dir, &h, &err), 0);
	assert_int_equal(h.status, MG_EIO);
	assert_string_equal(h.why, "a\\x0astatus=0\\x0a\\x1b[31m");
}

/* Each byte of the longest reason becomes four. */
static void a_long_reason_is_cut(void **state)
{
	const struct here *here = *state;
	struct mg_health h = sweep(100, MG_EIO, "exim");
	struct mg_err err;

	memset(h.why, '\n', sizeof(h.why) - 1);
	assert_int_equal(mg_health_write(here->dir, &h, &err), 0);
	assert_int_equal(mg_health_read(here->dir, &h, &err), 0);
	assert_int_equal(h.status, MG_EIO);
	assert_int_equal(strlen(h.why), sizeof(h.why) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(none_is_none, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_good_stays, setup,
						teardown),
		cmocka_unit_test_setup_teardown(sources_are_kept_apart, setup,
						teardown),
		cmocka_unit_test(sources_are_bounded),
		cmocka_unit_test_setup_teardown(reasons_are_one_line, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_long_reason_is_cut, setup,
						teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
