/* SPDX-License-Identifier: MIT */
/*
 * A log cut into parts comes to the state of one process, and each thing that a
 * helper cannot know has a row: whether it left the line and the part was taken
 * (0), or the first child had to read the part itself (1). A line "|" is a cut;
 * the parts are the first child's and a helper's in turn. fuzz_parts.c asks the
 * same of any log.
 */
#include "parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define LOG_MAX ((size_t)1 << 23)
#define CUTS_MAX 64

#define D "2026-11-18 "
#define A "1vwUE4-000000-01 "
#define B "1vwUE4-000000-02 "
#define C "1vwUE4-000000-03 "
#define BY_LOGIN                                                               \
	"<= joe@a.example H=h [192.0.2.1] P=esmtpa A=login:joe@a.example "     \
	"S=100 for x@y.test\n"
#define INBOUND                                                                \
	"<= s@y.test H=h [192.0.2.1] P=esmtp S=100 id=m1@x for joe@a.example\n"
#define LOCAL "<= alice@a.example U=alice P=local S=50 for x@y.test\n"
#define REDIRECT "<= www@h.test U=nobody P=local S=50 id=m1@x for x@y.test\n"
#define DELIVERED "=> x@y.test R=r T=t H=h [192.0.2.9]\n"
#define IDENTIFIED "Sender identification U=alice D=a.example S=s@a.example\n"
#define CALLS "cwd=/home/alice/one 3 args: /usr/sbin/sendmail -t -i\n"
#define NEWS "SMTP connection from [192.0.2.3]:4\n"
#define CUT "|\n"

static struct mg_account account = { .name = MG_LIT_INIT("alice"),
				     .home = MG_LIT_INIT("/home/alice") };
static struct mg_domain domain = { .name = MG_LIT_INIT("a.example") };
static struct mg_accounts tables;
static struct mg_tz zone; /* of central Europe */

static int make_tables(void **state)
{
	(void)state;
	tables = (struct mg_accounts){ .accounts = &account,
				       .n_accounts = 1,
				       .domains = &domain,
				       .n_domains = 1,
				       .home_depths = 1U << 2 };
	mg_map_add(&tables.by_name, mg_hash_quick(&tables.key, account.name),
		   0);
	mg_map_add(&tables.by_domain, mg_hash_quick(&tables.key, domain.name),
		   0);
	mg_map_add(&tables.by_home, mg_hash_quick(&tables.key, account.home),
		   0);
	zone.later = (struct mg_tz_posix){
		.std_offset = 3600,
		.has_dst = true,
		.dst_offset = 7200,
		.to_dst = { MG_TZ_MONTH, 0, 5, 3, 7200 },
		.to_std = { MG_TZ_MONTH, 0, 5, 10, 10800 },
	};
	zone.first_offset = 3600;
	return 0;
}

/* Takes the cuts out of a text, and says where they were. */
static struct mg_slice cut_up(const char *text, char *log, size_t *cuts,
			      size_t *n_cuts)
{
	struct mg_slice rest = mg_slice_str(text), line;
	size_t len = 0;

	*n_cuts = 0;
	while (mg_slice_cut_at(&rest, '\n', &line)) {
		if (mg_slice_is(line, MG_LIT("|"))) {
			assert_true(*n_cuts + 1 < CUTS_MAX);
			cuts[(*n_cuts)++] = len;
			continue;
		}
		memcpy(log + len, line.ptr, line.len);
		len += line.len;
		log[len++] = '\n';
	}
	cuts[(*n_cuts)++] = len;
	return mg_slice_of(log, len);
}

/* Counts both ways; returns how many parts were read again. */
static unsigned run(struct parts_how *how, const char *text)
{
	char *log = mg_mem_zalloc(strlen(text) + 1, 1);
	struct mg_counter one, many;
	size_t cuts[CUTS_MAX], n_cuts;
	const struct mg_slice cut = cut_up(text, log, cuts, &n_cuts);
	unsigned n_again;

	how->accounts = &tables;
	how->tz = &zone;
	how->latest = 1800000000; /* 2027-01-15 */
	how->n_helpers = 1;
	parts_init(how, &one);
	parts_init(how, &many);
	parts_count(&one, cut, 0, cut.len);
	n_again = parts_deal_out(how, &many, cut, cuts, n_cuts);
	parts_same_lines(&one, &many);
	if (!how->is_brief)
		parts_same(&one, &many);
	mg_counter_release(&one);
	mg_counter_release(&many);
	mg_mem_free(log);
	return n_again;
}

/* clang-format off */
static const struct {
	const char *what;
	const char *log;
	unsigned n_again;
	size_t flights_max, origins_max;
	bool is_syslog;
} rows[] = {
	{ "a message that lies in the part", D "10:00:00 " NEWS CUT D "10:00:01 " A BY_LOGIN D "10:00:02 " A DELIVERED, 0, 0, 0, false },
	{ "a delivery of one from before", D "10:00:00 " A BY_LOGIN CUT D "10:00:01 " A DELIVERED D "10:00:02 " A "Completed\n", 0, 0, 0, false },
	{ "the same, long after", D "10:00:00 " A BY_LOGIN CUT D "10:00:01 " NEWS D "11:00:01 " A DELIVERED, 0, 0, 0, false },
	{ "an id from before that arrives anew", D "10:00:00 " A BY_LOGIN CUT D "10:00:01 " A BY_LOGIN, 1, 0, 0, false },
	{ "an identification behind the cut", D "10:00:00 " A LOCAL CUT D "10:00:01 " A IDENTIFIED, 0, 0, 0, false },
	{ "one that is late", D "10:00:00 " A LOCAL CUT D "10:00:01 " NEWS D "10:02:02 " A IDENTIFIED, 1, 0, 0, false },
	{ "a script that called before the cut", D "10:00:00 " CALLS CUT D "10:00:01 " A LOCAL D "10:00:02 " A DELIVERED, 0, 0, 0, false },
	{ "a script that calls behind the cut", D "10:00:00 " NEWS CUT D "10:00:01 " CALLS D "10:00:01 " A LOCAL, 0, 0, 0, false },
	{ "a clock that is set back before a script's message", D "10:02:30 " CALLS CUT D "10:00:00 " NEWS D "10:02:31 " A LOCAL, 1, 0, 0, false },
	{ "scripts that are out of order over the cut", D "10:00:10 " CALLS CUT D "10:00:05 " CALLS D "10:00:11 " A LOCAL, 1, 0, 0, false },
	{ "a redirect behind the cut", D "10:00:00 " A INBOUND CUT D "10:00:01 " B REDIRECT D "10:00:02 " A DELIVERED, 0, 0, 0, false },
	{ "one that is late", D "10:00:00 " A INBOUND CUT D "10:00:01 " NEWS D "10:02:02 " B REDIRECT, 1, 0, 0, false },
	{ "a redirect of one in the part, whose script may have called before", D "10:00:00 " CALLS CUT D "10:00:01 " A INBOUND D "10:00:02 " B "<= a@b U=alice P=local S=1 id=m1@x for x@y.test\n" D "10:00:03 " A DELIVERED D "10:05:00 " C REDIRECT, 0, 0, 0, false },
	{ "a late identification of one whose order was told before", D "10:00:00 " NEWS CUT D "10:00:01 " A "<= t@z.test H=h [127.0.0.1] P=esmtp S=1 for q@r.test\n" D "10:00:02 " B "Completed\n" D "10:00:03 " A IDENTIFIED, 0, 0, 0, false },
	{ "more messages than there is room for", D "10:00:00 " A BY_LOGIN CUT D "10:00:01 " B BY_LOGIN D "10:00:02 " C BY_LOGIN, 1, 2, 0, false },
	{ "more names than there is room for", D "10:00:00 " A BY_LOGIN CUT D "10:00:01 " CALLS D "10:00:02 " B LOCAL, 1, 0, 1, false },
	{ "messages of a month", D "10:00:00 " NEWS CUT D "10:00:01 " A BY_LOGIN "2026-12-20 10:00:00 " B BY_LOGIN, 1, 0, 0, false },
	{ "one that is forgotten in the part", "2026-10-01 10:00:00 " A BY_LOGIN CUT D "10:00:01 " B BY_LOGIN D "10:00:02 " A DELIVERED, 0, 0, 0, false },
	{ "the hour that the clock shows twice", "2026-10-25 01:59:00 " NEWS CUT "2026-10-25 02:30:00 " A BY_LOGIN, 1, 0, 0, false },
	{ "the hour behind it", "2026-10-25 02:30:00 " NEWS CUT "2026-10-25 03:30:00 " A BY_LOGIN, 0, 0, 0, false },
	{ "stamps without a year", "Nov 18 10:00:00 h postfix/smtpd[1]: A1: client=h[192.0.2.1]\n" CUT "Nov 18 10:00:01 h postfix/cleanup[1]: A1: message-id=<m>\n", 0, 0, 0, true },
	{ "half a year between two of them", "Mar 18 10:00:00 h a: b\n" CUT "Nov 18 10:00:01 h postfix/smtpd[1]: A1: client=h[192.0.2.1]\n", 1, 0, 0, true },
	{ "the same within the part", "Mar 18 10:00:00 h a: b\n" CUT "Mar 18 10:00:00 h a: b\nSep 18 10:00:01 h postfix/smtpd[1]: A1: client=h[192.0.2.1]\n", 1, 0, 0, true },
	{ "no stamp before the part", "a\n" CUT "Nov 18 10:00:01 h postfix/smtpd[1]: A1: client=h[192.0.2.1]\n", 1, 0, 0, true },
	{ "a helper that named what no line says", D "10:02:30 " CALLS CUT D "10:00:00 " NEWS D "10:02:31 " A LOCAL CUT D "10:05:00 " NEWS CUT D "10:06:00 " B BY_LOGIN, 2, 0, 0, false },
};
/* clang-format on */

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		for (int way = 0; way < 4; way++) {
			struct parts_how how = {
				.engine = way & 1 ? MG_ENGINE_QUICK
						  : MG_ENGINE_PLAIN,
				.is_brief = way & 2,
				.dialect = rows[i].is_syslog ? MG_DIALECT_SYSLOG
							     : MG_DIALECT_EXIM,
				.flights_max = rows[i].flights_max,
				.origins_max = rows[i].origins_max,
			};
			const unsigned n_again = run(&how, rows[i].log);

			if (n_again != rows[i].n_again)
				fail_msg("%s: %u parts were read again",
					 rows[i].what, n_again);
		}
}

/* A message through a content filter, cut behind every line but the last. */
static void test_a_cut_costs_nothing(void **state)
{
	static const char *const lines[] = {
		"postfix/smtpd[1]: A1: client=h[192.0.2.1]\n",
		"postfix/cleanup[1]: A1: message-id=<m1>\n",
		"postfix/qmgr[1]: A1: from=<s@y.test>, size=100, nrcpt=1 "
		"(queue active)\n",
		"postfix/pickup[1]: A2: uid=33 from=<www>\n",
		"postfix/cleanup[1]: A2: message-id=<m2>\n",
		"postfix/qmgr[1]: A2: from=<w@h>, size=1, nrcpt=1 (queue "
		"active)\n",
		"postfix/smtpd[1]: A3: client=localhost[127.0.0.1]\n",
		"postfix/cleanup[1]: A3: message-id=<m2>\n",
		"postfix/qmgr[1]: A3: from=<w@h>, size=1, nrcpt=1 (queue "
		"active)\n",
		"postfix/smtpd[1]: A4: client=localhost[127.0.0.1], "
		"orig_queue_id=A2\n",
		"postfix/smtp[1]: A2: to=<x@y.test>, "
		"relay=127.0.0.1[127.0.0.1]:10024, delay=1, "
		"delays=0/0/0/0, dsn=2.0.0, status=sent (250 ok)\n",
		"postfix/qmgr[1]: A2: removed\n",
		"postfix/qmgr[1]: A1: removed\n",
	};
	char text[4096];

	(void)state;
	for (size_t at = 1; at < LENGTH(lines); at++) {
		struct parts_how how = { .dialect = MG_DIALECT_SYSLOG };
		size_t len = 0;

		for (size_t i = 0; i < LENGTH(lines); i++)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
						"%sNov 18 10:00:0%zu h %s",
						i == at ? CUT : "", i % 10,
						lines[i]);
		assert_int_equal(run(&how, text), 0);
	}
}

/* n times a pattern in which %d is a number from `from` on. */
static size_t repeat(char *text, size_t len, const char *before, int from,
		     int n, const char *behind)
{
	for (int i = from; i < from + n; i++)
		len += (size_t)snprintf(text + len, LOG_MAX - len, "%s%05d%s",
					before, i, behind);
	return len;
}

static void test_amounts(void **state)
{
	static const struct {
		const char *what, *before, *behind;
		int n_first, n_helper;
		unsigned n_again;
	} amounts[] = {
		{ "scripts", D "10:00:00 cwd=/home/alice/", " 1 args: s\n",
		  MG_CWDS_MAX / 2, MG_CWDS_MAX / 2, 0 },
		{ "one script more", D "10:00:00 cwd=/home/alice/",
		  " 1 args: s\n", MG_CWDS_MAX / 2, MG_CWDS_MAX / 2 + 1, 1 },
		{ "messages of one Message-ID", D "10:00:00 1vwUE4-0",
		  "-01 " INBOUND, MG_SAME_MESSAGE_ID_MAX / 2,
		  MG_SAME_MESSAGE_ID_MAX / 2 - 1, 0 },
		{ "one message more", D "10:00:00 1vwUE4-0", "-01 " INBOUND,
		  MG_SAME_MESSAGE_ID_MAX / 2, MG_SAME_MESSAGE_ID_MAX / 2, 1 },
		{ "lines that are left", D "10:00:00 1vwUE4-0", "-01 == x\n", 1,
		  MG_PART_NOTES_MAX, 0 },
		{ "one line more", D "10:00:00 1vwUE4-0", "-01 == x\n", 1,
		  MG_PART_NOTES_MAX + 1, 1 },
		{ "deliveries of nobody's", D "10:00:00 1vwUE4-0",
		  "-01 => x@y.test R=r T=t\n", 5, 50, 0 },
	};
	char *text = mg_mem_zalloc(LOG_MAX, 1);

	(void)state;
	for (size_t i = 0; i < LENGTH(amounts); i++) {
		struct parts_how how = { .dialect = MG_DIALECT_EXIM };
		size_t len = repeat(text, 0, amounts[i].before, 0,
				    amounts[i].n_first, amounts[i].behind);
		unsigned n_again;

		len += (size_t)snprintf(text + len, LOG_MAX - len, CUT);
		(void)repeat(text, len, amounts[i].before, amounts[i].n_first,
			     amounts[i].n_helper, amounts[i].behind);
		n_again = run(&how, text);
		if (n_again != amounts[i].n_again)
			fail_msg("%s: %u parts were read again",
				 amounts[i].what, n_again);
	}
	mg_mem_free(text);
}

/* Shapes that find no room would be others in the first child. */
static void test_many_shapes(void **state)
{
	struct parts_how how = { .dialect = MG_DIALECT_EXIM };
	char text[16384];
	size_t len = (size_t)snprintf(text, sizeof(text),
				      D "10:00:00 " NEWS CUT);

	(void)state;
	for (int i = 0; i <= MG_SHAPES_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					D "10:00:00 what%c%c is this\n",
					'a' + i / 26, 'a' + i % 26);
	assert_int_equal(run(&how, text), 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_a_cut_costs_nothing),
		cmocka_unit_test(test_amounts),
		cmocka_unit_test(test_many_shapes),
	};

	return cmocka_run_group_tests(tests, make_tables, NULL);
}
