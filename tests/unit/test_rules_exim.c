/* SPDX-License-Identifier: MIT */
/* The map of Exim, and our lines in its configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/rules_exim.h"

#define NOW 1795356000
#define TEXT_MAX 65536
static const struct mg_rules_exim_lines by_map = {
	MG_LIT_INIT("/etc/mailguard/maps/exim"), MG_LIT_INIT("")
};

static struct mg_err err;

static struct mg_force_entry entry_of(enum mg_force_key key, const char *name)
{
	return (struct mg_force_entry){ .key = key,
					.name = mg_slice_str(name),
					.uid = 5001,
					.until = NOW + 600,
					.n = 21,
					.limit = 20,
					.window_s = 3600,
					.pace = 60,
					.act = MG_LIT("3f9a0c1d22e45b76") };
}

static void make_map(const struct mg_force_entry *entries, size_t n,
		     const char *old, int64_t now, struct mg_buf *out)
{
	struct mg_force f = { .entries = NULL };

	for (size_t i = 0; i < n; i++)
		assert_true(mg_force_add(&f, &entries[i]));
	mg_force_sort(&f);
	mg_buf_init(out, TEXT_MAX);
	mg_rules_exim_add_map(out, &f, mg_slice_str(old), now, NULL);
	assert_true(mg_rules_exim_is_intact(mg_buf_slice(out)));
	mg_force_release(&f);
}

static void check_map(const struct mg_force_entry *entries, size_t n,
		      const char *old, int64_t now, const char *lines)
{
	struct mg_buf map;
	const char *at;

	make_map(entries, n, old, now, &map);
	at = strstr(map.ptr, "probe: text=\"mailguard\"\n");
	assert_non_null(at);
	at = strchr(at, '\n') + 1;
	assert_int_equal(strlen(at), strlen(lines) + strlen("# END "
							    "mailguard\n"));
	assert_memory_equal(at, lines, strlen(lines));
	mg_buf_release(&map);
}

#define SAYS(who)                                                              \
	" text=\"mailguard: " who " has sent 21 of 20 allowed in 60 minutes, " \
	"try again after 2026-11-22 14:10:00 +0000 (3f9a0c1d22e45b76)\"\n"

static void test_map(void **state)
{
	struct mg_force_entry e[] = {
		entry_of(MG_FORCE_UID, ""),
		entry_of(MG_FORCE_LOGIN, "Joe@a.example"),
		entry_of(MG_FORCE_DOMAIN, "a.example"),
		entry_of(MG_FORCE_ADDRESS, ""),
		entry_of(MG_FORCE_DOMAIN, "b.example"),
	};

	(void)state;
	e[4].verb = MG_FORCE_HOLD;
	check_map(
		e, 5, "", NOW,
		"domain=a.example: refuse=1795356600" SAYS("a.example") "domain=b.example: hold=1795356600 pace=60" SAYS("b.example") "login=joe@a.example: refuse=1795356600" SAYS(
			"joe@a.example") "uid=5001: hold=1795356600 pace=60" SAYS("this account"));
	check_map(NULL, 0, "", NOW, "");
}

static void test_a_suspension_is_final_and_its_local_mail_held(void **state)
{
	struct mg_force_entry e[] = {
		entry_of(MG_FORCE_UID, ""),
		entry_of(MG_FORCE_LOGIN, "joe@a.example"),
	};
	struct mg_buf one, two;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		e[i].verb = MG_FORCE_SUSPEND;
		e[i].until = 9999999999;
	}
#define ENDS                                                                   \
	" is suspended and may not send; ask your provider, who knows it as "  \
	"3f9a0c1d22e45b76\"\n"
	check_map(e, 2, "", NOW,
		  "login=joe@a.example: refuse=9999999999 final=1 "
		  "text=\"mailguard: joe@a.example" ENDS
		  "uid=5001: hold=9999999999 pace=60 text=\"mailguard: this "
		  "account" ENDS);
	/* Ended: the refusal is gone, what was held goes out. */
	make_map(e, 2, "", NOW, &one);
	make_map(NULL, 0, one.ptr, NOW + 60, &two);
	assert_null(strstr(two.ptr, "joe@a.example"));
	assert_non_null(strstr(two.ptr, "uid=5001: hold=1795356060 pace=60 "));
	mg_buf_release(&two);
	mg_buf_release(&one);
}

static void test_holds_stay_for_what_they_held(void **state)
{
	const struct mg_force_entry e = entry_of(MG_FORCE_UID, "");
	struct mg_force_entry other = entry_of(MG_FORCE_DOMAIN, "a.example");
	struct mg_buf old;

	(void)state;
	make_map(&e, 1, "", NOW, &old);
	/* Over: as it was, until it is of no use any more. */
	check_map(NULL, 0, old.ptr, NOW + 700,
		  "uid=5001: hold=1795356600 pace=60" SAYS("this account"));
	check_map(
		&other, 1, old.ptr, NOW + 700,
		"domain=a.example: refuse=1795356600" SAYS(
			"a.example") "uid=5001: hold=1795356600 pace=60" SAYS("this account"));
	check_map(NULL, 0, old.ptr, NOW + 600 + MG_RULES_EXIM_KEEP_S, "");
	/* Ended before its time: the pace begins now. */
	check_map(NULL, 0, old.ptr, NOW + 100,
		  "uid=5001: hold=1795356100 pace=60" SAYS("this account"));
	mg_buf_release(&old);
}

static void test_a_hold_stays_beside_a_refusal(void **state)
{
	struct mg_force_entry e = entry_of(MG_FORCE_DOMAIN, "a.example");
	struct mg_buf old;

	(void)state;
	e.verb = MG_FORCE_HOLD;
	make_map(&e, 1, "", NOW, &old);
	e.verb = MG_FORCE_THROTTLE;
	e.until = NOW + 4200;
	check_map(&e, 1, old.ptr, NOW + 700,
		  "domain=a.example: refuse=1795360200 hold=1795356600 "
		  "pace=60 text=\"mailguard: a.example has sent 21 of 20 "
		  "allowed in 60 minutes, try again after 2026-11-22 15:10:00 "
		  "+0000 (3f9a0c1d22e45b76)\"\n");
	mg_buf_release(&old);
}

static void test_lines_of_others_do_not_stay(void **state)
{
	static const char old[] =
		"uid=1: hold=1795356000 pace=60 text=\"${run{/bin/x}}\" more\n"
		"uid=2: hold=1795356000 pace=x text=\"\"\n"
		"uid=3: hold=17953560000000000000 pace=1 text=\"\"\n"
		"uid=4 : hold=1795356000 pace=1 text=\"\"\n"
		"uid=5: hold=1795356000 pace=1 text=\"\n"
		"uid=6: hold=1795356000 pace=0 text=\"\"\n"
		"uid=7: refuse=1795356000 text=\"\"\n"
		"*: hold=1795356000 pace=1 text=\"\"\n";

	(void)state;
	check_map(NULL, 0, old, NOW + 1, "");
}

/* Of the same things the same bytes, whatever was there. */
static void test_the_same_again(void **state)
{
	const struct mg_force_entry e[] = {
		entry_of(MG_FORCE_UID, ""),
		entry_of(MG_FORCE_LOGIN, "joe@a.example"),
	};
	struct mg_buf one, two;

	(void)state;
	make_map(e, 2, "", NOW, &one);
	make_map(e, 2, one.ptr, NOW + 60, &two);
	assert_string_equal(one.ptr, two.ptr);
	mg_buf_release(&two);
	mg_buf_release(&one);
}

/* --- configuration --- */

static const char whole[] = "primary_hostname = mx1.example\n"
			    "  acl_smtp_mail  =  check_mail\n"
			    "acl_smtp_rcpt = check_rcpt\n"
			    "\n"
			    "begin acl\n"
			    "check_mail:\n"
			    "  accept\n"
			    "begin  routers\n"
			    "begin transports\n"
			    "begin retry # of all\n"
			    "begin retry\n"
			    "* * F,2h,15m\n";

static void install(enum mg_rules_exim_file file, const char *text,
		    struct mg_buf *out)
{
	mg_buf_init(out, TEXT_MAX);
	assert_int_equal(mg_rules_exim_install(file, mg_slice_str(text),
					       &by_map, out, &err),
			 0);
	assert_true(mg_rules_exim_has_block(mg_buf_slice(out)));
	assert_true(mg_rules_exim_is_intact(mg_buf_slice(out)));
}

static void check_uninstall(const char *installed, const char *want)
{
	struct mg_buf b;

	mg_buf_init(&b, TEXT_MAX);
	mg_rules_exim_uninstall(mg_slice_str(installed), &b);
	assert_string_equal(b.ptr, want);
	mg_buf_release(&b);
}

static void check_order(const char *text, const char *const *parts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *at = strstr(text, parts[i]);

		if (!at)
			fail_msg("not there or too early: %s", parts[i]);
		text = at + strlen(parts[i]);
	}
}

#define CHECK_ORDER(text, ...)                                                 \
	check_order(text, (const char *const[]){ __VA_ARGS__ },                \
		    sizeof((const char *const[]){ __VA_ARGS__ }) /             \
			    sizeof(const char *))

static void test_whole(void **state)
{
	struct mg_buf b, again;

	(void)state;
	install(MG_EXIM_WHOLE, whole, &b);
	CHECK_ORDER(b.ptr, "primary_hostname", "# BEGIN mailguard ",
		    " instead of:   acl_smtp_mail  =  check_mail\n"
		    "acl_smtp_mail = mailguard_check_mail\n# END mailguard\n"
		    "acl_smtp_rcpt = check_rcpt\n\nbegin acl\n"
		    "# BEGIN mailguard ",
		    "\nmailguard_check_mail:\n", "require acl = check_mail\n",
		    "lsearch{/etc/mailguard/maps/exim}",
		    "# END mailguard\ncheck_mail:", "begin  routers\n# BEGIN",
		    "\nmailguard_held:", "# END mailguard\nbegin transports",
		    "begin retry # of all\nbegin retry\n# BEGIN",
		    "\nheld.mailguard.invalid", "# END mailguard\n* * F");
	install(MG_EXIM_WHOLE, b.ptr, &again);
	assert_string_equal(b.ptr, again.ptr);
	check_uninstall(b.ptr, whole);
	mg_buf_release(&again);
	mg_buf_release(&b);
}

static void test_whole_without_the_option(void **state)
{
	static const char text[] = "a = b\nbegin acl\nbegin routers\n"
				   "begin retry\n";
	struct mg_buf b;

	(void)state;
	install(MG_EXIM_WHOLE, text, &b);
	CHECK_ORDER(b.ptr, "a = b\n# BEGIN mailguard ",
		    "\nacl_smtp_mail = mailguard_check_mail\n# END mailguard\n"
		    "begin acl\n");
	assert_null(strstr(b.ptr, "require acl"));
	check_uninstall(b.ptr, text);
	mg_buf_release(&b);
}

/* Exim counts by itself: at RCPT behind what the site says, of logins only. */
static void test_native(void **state)
{
	static const struct mg_rules_exim_lines native = {
		MG_LIT_INIT("/m/exim"), MG_LIT_INIT("mailguard_is_over:\n")
	};
	struct mg_buf b;

	(void)state;
	mg_buf_init(&b, TEXT_MAX);
	assert_int_equal(mg_rules_exim_install(MG_EXIM_WHOLE,
					       mg_slice_str(whole), &native, &b,
					       &err),
			 0);
	CHECK_ORDER(b.ptr, "instead of: acl_smtp_rcpt = check_rcpt\n",
		    "acl_smtp_rcpt = ${if def:authenticated_id"
		    "{mailguard_check_rcpt}{check_rcpt}}\n# END mailguard\n",
		    "begin acl\n", "mailguard_check_rcpt:\n",
		    "  require acl = check_rcpt\n  defer ",
		    "mailguard_holds:\n  accept ", "{mailguard_is_over}",
		    "mailguard_is_over:\n# END mailguard\n");
	check_uninstall(b.ptr, whole);
	mg_buf_clear(&b);
	assert_int_equal(mg_rules_exim_install(MG_EXIM_WHOLE,
					       MG_LIT("a = b\nbegin acl\n"),
					       &native, &b, &err),
			 -MG_ECONF);
	assert_string_equal(err.text, "it sets no acl_smtp_rcpt");
	mg_buf_release(&b);
}

static void test_what_is_done_by_hand(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "", "no main section" },
		{ "begin acl\nbegin retry\n", "no routers section" },
		{ "acl_smtp_mail = a\nacl_smtp_mail = b\nbegin acl\n",
		  "more than once" },
		{ "acl_smtp_mail = ${if x{a}\\\n{b}}\nbegin acl\n",
		  "no single word" },
		{ "acl_smtp_mail = \"a b\"\nbegin acl\n", "no single word" },
		{ "acl_smtp_mail =\nbegin acl\n", "no single word" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct mg_buf b;

		mg_buf_init(&b, TEXT_MAX);
		assert_int_equal(mg_rules_exim_install(MG_EXIM_WHOLE,
						       mg_slice_str(
							       rows[i].text),
						       &by_map, &b, &err),
				 -MG_ECONF);
		if (!strstr(err.text, rows[i].says))
			fail_msg("row %zu: %s", i, err.text);
		mg_buf_release(&b);
	}
}

static void test_cpanel(void **state)
{
	static const char text[] = "%RETRYBLOCK%\n@AUTH@\n\n@BEGINACL@\n\n"
				   "@RETRYSTART@\n@ROUTERSTART@\n";
	struct mg_buf b;

	(void)state;
	install(MG_EXIM_CPANEL, text, &b);
	CHECK_ORDER(b.ptr, "@BEGINACL@\n# BEGIN", "\nmailguard_refuses:\n",
		    "# END mailguard\n\n@RETRYSTART@\n# BEGIN",
		    "@ROUTERSTART@\n# BEGIN");
	assert_null(strstr(b.ptr, "mailguard_check_mail"));
	check_uninstall(b.ptr, text);
	mg_buf_release(&b);
}

static void test_files_of_ours(void **state)
{
	static const struct {
		enum mg_rules_exim_file file;
		const char *has;
	} rows[] = {
		{ MG_EXIM_MACROS, "\nMAILGUARD_NEXT = acl_check_mail\n" },
		{ MG_EXIM_ACL, "  require acl = MAILGUARD_NEXT\n" },
		{ MG_EXIM_ROUTERS, "\nmailguard_hold:\n" },
		{ MG_EXIM_RETRY, "\nheld.mailguard.invalid " },
		{ MG_EXIM_CPANEL_MAIL, "\n  defer   authenticated = *\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct mg_buf b;

		install(rows[i].file, "", &b);
		assert_non_null(strstr(b.ptr, rows[i].has));
		check_uninstall(b.ptr, "");
		mg_buf_release(&b);
	}
}

static void test_changes_by_others_are_seen(void **state)
{
	struct mg_buf b;
	char *at;

	(void)state;
	install(MG_EXIM_WHOLE, whole, &b);
	at = strstr(b.ptr, "check_rcpt"); /* not ours */
	*at = 'C';
	assert_true(mg_rules_exim_is_intact(mg_buf_slice(&b)));
	at = strstr(b.ptr, "451 4.7.1");
	*at = '5';
	assert_false(mg_rules_exim_is_intact(mg_buf_slice(&b)));
	*at = '4';
	at = strstr(b.ptr, "  acl_smtp_mail  =  check_mail");
	*at = '\t';
	assert_false(mg_rules_exim_is_intact(mg_buf_slice(&b)));
	mg_buf_release(&b);
	assert_false(mg_rules_exim_is_intact(MG_LIT("# BEGIN mailguard \n")));
	assert_false(mg_rules_exim_is_intact(
		MG_LIT("# BEGIN mailguard 0123456789abcdef\nx\n")));
	assert_true(mg_rules_exim_is_intact(MG_LIT("")));
	assert_false(mg_rules_exim_has_block(MG_LIT("BEGIN mailguard\n")));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map),
		cmocka_unit_test(
			test_a_suspension_is_final_and_its_local_mail_held),
		cmocka_unit_test(test_holds_stay_for_what_they_held),
		cmocka_unit_test(test_a_hold_stays_beside_a_refusal),
		cmocka_unit_test(test_lines_of_others_do_not_stay),
		cmocka_unit_test(test_the_same_again),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_whole_without_the_option),
		cmocka_unit_test(test_native),
		cmocka_unit_test(test_what_is_done_by_hand),
		cmocka_unit_test(test_cpanel),
		cmocka_unit_test(test_files_of_ours),
		cmocka_unit_test(test_changes_by_others_are_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
