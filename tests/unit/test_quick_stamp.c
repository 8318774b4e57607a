/* SPDX-License-Identifier: MIT */
/*
 * Both engines agree on the instant of every line: through the changes of the
 * clock, over the turn of a year that stamps do not have, up to the latest.
 */
#include "zones.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/count.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define DAY_S 86400

/* A place whose hours are not whole. */
static const struct mg_tz nepal = { .later = { .std_offset = 20700 } };

static const struct mg_tz *const zones[] = { &berlin, &nepal };

/* How a stamp is written, and in which log. */
struct form {
	enum mg_dialect dialect;
	void (*write)(struct mg_buf *b, const struct mg_civil *at);
	const char *behind;
};

static void write_3164(struct mg_buf *b, const struct mg_civil *at)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	mg_buf_add_fmt(b, "%.3s %2d %02d:%02d:%02d",
		       months + (ptrdiff_t)3 * (at->month - 1), at->day,
		       at->hour, at->minute, at->second);
}

static void write_iso(struct mg_buf *b, const struct mg_civil *at, char between)
{
	mg_buf_add_fmt(b, "%04d-%02d-%02d%c%02d:%02d:%02d", at->year, at->month,
		       at->day, between, at->hour, at->minute, at->second);
}

static void write_t(struct mg_buf *b, const struct mg_civil *at)
{
	write_iso(b, at, 'T');
}

static void write_blank(struct mg_buf *b, const struct mg_civil *at)
{
	write_iso(b, at, ' ');
}

/* The second 58 stands for a leap second, which no second before it says. */
static void write_leap(struct mg_buf *b, const struct mg_civil *at)
{
	struct mg_civil leap = *at;

	if (leap.second == 58)
		leap.second = 60;
	write_3164(b, &leap);
}

#define TAG " host postfix/qmgr[1]: 4bXyzw0fYkz2ZL: removed"
#define OWN " imap-login: Login: user=<a>, rip=192.0.2.1"

static const struct form forms[] = {
	{ MG_DIALECT_SYSLOG, write_3164, TAG },
	{ MG_DIALECT_SYSLOG, write_3164, ".123" TAG },
	{ MG_DIALECT_SYSLOG, write_leap, TAG },
	{ MG_DIALECT_SYSLOG, write_t, TAG },
	{ MG_DIALECT_SYSLOG, write_t, "Z" TAG },
	{ MG_DIALECT_SYSLOG, write_t, ".123456+02:00" TAG },
	{ MG_DIALECT_SYSLOG, write_t, ".123456-0930" TAG },
	{ MG_DIALECT_DOVECOT, write_3164, OWN },
	{ MG_DIALECT_DOVECOT, write_blank, OWN },
	{ MG_DIALECT_DOVECOT, write_t, ".5+05:45" OWN },
	{ MG_DIALECT_EXIM, write_blank, " 1vMxyz-000000000aB-1abC Completed" },
};

static void begin(struct mg_counter *c, const struct form *form,
		  const struct mg_tz *tz, enum mg_engine engine, int64_t latest)
{
	static const struct mg_hash_key key = { 1, 2 };
	static const struct mg_accounts nobody;

	mg_counter_init(c, &nobody, tz, 0, &key);
	mg_counter_set_engine(c, engine, INT64_MAX);
	c->dialect = form->dialect;
	c->latest = latest;
}

static void take(const struct form *form, const struct mg_civil *at,
		 struct mg_counter *plain, struct mg_counter *quick)
{
	struct mg_buf line;

	mg_buf_init(&line, 256);
	form->write(&line, at);
	mg_buf_add_str(&line, form->behind);
	mg_counter_line(plain, mg_buf_slice(&line));
	mg_counter_line(quick, mg_buf_slice(&line));
	if (plain->line_at != quick->line_at ||
	    plain->last_at != quick->last_at ||
	    plain->first_at != quick->first_at)
		fail_msg("%s: %lld and %lld", line.ptr,
			 (long long)plain->line_at, (long long)quick->line_at);
	assert_memory_equal(plain->n_lines, quick->n_lines,
			    sizeof(plain->n_lines));
	mg_buf_release(&line);
}

/* Two days around an instant, every `step` seconds, some of them go back. */
static void pass(const struct form *form, const struct mg_tz *tz, int64_t at,
		 int64_t latest, int step)
{
	struct mg_counter plain, quick;
	struct mg_civil civil;

	begin(&plain, form, tz, MG_ENGINE_PLAIN, latest);
	begin(&quick, form, tz, MG_ENGINE_QUICK, latest);
	for (int64_t t = at - DAY_S; t < at + DAY_S; t += step) {
		mg_civil_of(t, mg_tz_offset(tz, t), &civil);
		take(form, &civil, &plain, &quick);
		mg_civil_of(t - step * (t % 7), mg_tz_offset(tz, t), &civil);
		take(form, &civil, &plain, &quick);
	}
	mg_counter_release(&plain);
	mg_counter_release(&quick);
}

static void passes(int64_t at, int64_t latest)
{
	for (size_t i = 0; i < LENGTH(forms); i++)
		for (size_t z = 0; z < LENGTH(zones); z++) {
			pass(&forms[i], zones[z], at, latest, 89);
			pass(&forms[i], zones[z], at, latest, 601);
		}
}

static void test_changes_of_the_clock(void **state)
{
	(void)state;
	passes(1774746000, 1795392000); /* 2026-03-29 01:00 */
	passes(1792890000, 1795392000); /* 2026-10-25 01:00 */
}

static void test_turn_of_the_year(void **state)
{
	(void)state;
	passes(1798761600, 1799000000); /* 2027-01-01 */
}

/* Stamps after the latest are of the year before, if they have none. */
static void test_latest(void **state)
{
	(void)state;
	passes(1798761600, 1798761600 + 1000);
	passes(1798761600, 1798761600 - 1000);
	passes(1795392000, 1795392000 - 50);
}

static void test_leap_day(void **state)
{
	(void)state;
	passes(1709200000, 1709300000); /* 2024-02-29 */
	passes(1709200000, 1795392000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes_of_the_clock),
		cmocka_unit_test(test_turn_of_the_year),
		cmocka_unit_test(test_latest),
		cmocka_unit_test(test_leap_day),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
