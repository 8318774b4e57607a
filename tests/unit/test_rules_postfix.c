/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/rules_postfix.h"

#define DIR_TEXT "/m/postfix"
#define OF                                                                     \
	"lmdb:" DIR_TEXT "/throttle,sqlite:" DIR_TEXT                          \
	"/until.cf,lmdb:" DIR_TEXT "/throttle}"
#define LOGIN_MAP "pipemap:{" OF
#define DOMAIN_MAP "pipemap:{sqlite:" DIR_TEXT "/domain.cf," OF
#define UID_MAP "pipemap:{sqlite:" DIR_TEXT "/uid.cf," OF
#define BEGIN                                                                  \
	"# mailguard: begin. Out again by: mailguard rules remove postfix\n"
#define END "# mailguard: end\n"
#define SMTP                                                                   \
	"mailguard_smtp = check_sasl_access " LOGIN_MAP                        \
	",\n    check_sasl_access " DOMAIN_MAP "\n"
#define TWIN                                                                   \
	"  -o mailguard_local=" UID_MAP                                        \
	"\n  -o nested_header_checks=$mailguard_nested\n"

static const struct mg_slice dir = MG_LIT_INIT(DIR_TEXT);

static struct mg_force_entry entry(enum mg_force_key key, const char *name,
				   uint32_t uid)
{
	return (struct mg_force_entry){ .key = key,
					.name = mg_slice_str(name),
					.uid = uid,
					.since = 1795352660,
					.until = 1795356260,
					.n = 512,
					.limit = 500,
					.window_s = 3600,
					.act = MG_LIT("0123456789abcdef") };
}

static void test_map_has_a_time_and_an_answer_for_each_key(void **state)
{
	const struct mg_force_entry domain = entry(MG_FORCE_DOMAIN, "a.example",
						   0);
	struct mg_force_entry login = entry(MG_FORCE_LOGIN, "Joe@a.example", 0);
	const struct mg_force_entry user = entry(MG_FORCE_UID, "", 5001);
	struct mg_force force = { 0 };
	struct mg_buf out, said;

	(void)state;
	login.verb = MG_FORCE_HOLD;
	assert_true(mg_force_add(&force, &login));
	assert_true(mg_force_add(&force, &domain));
	assert_true(mg_force_add(&force, &user));
	mg_force_sort(&force);
	mg_buf_init(&out, 65536);
	mg_buf_init(&said, 65536);
	mg_rules_postfix_add_map(&out, &force, NULL);
	mg_buf_add_str(
		&said,
		"# Of mailguard, which writes it anew; changes are lost. "
		"See 'mailguard status'.\n"
		"probe/mailguard 9999999999 text/probe/mailguard\n"
		"text/probe/mailguard 450 4.7.1 mailguard\n"
		"joe@a.example 1795356260 text/joe@a.example\n"
		"text/joe@a.example HOLD mailguard 0123456789abcdef\n"
		"domain/a.example 1795356260 text/domain/a.example\n"
		"text/domain/a.example 450 4.7.1 ");
	mg_force_add_text(&said, &domain, NULL);
	mg_buf_add_str(&said,
		       "\nuid/5001 1795356260 text/uid/5001\n"
		       "text/uid/5001 HOLD mailguard 0123456789abcdef\n");
	assert_string_equal(out.ptr, said.ptr);
	mg_buf_release(&said);
	mg_buf_release(&out);
	mg_force_release(&force);
}

static void test_map_without_end_ends_in_ten_digits(void **state)
{
	struct mg_force_entry login = entry(MG_FORCE_LOGIN, "joe", 0);
	struct mg_force force = { 0 };
	struct mg_buf out;

	(void)state;
	login.until = INT64_MAX;
	assert_true(mg_force_add(&force, &login));
	mg_buf_init(&out, 65536);
	mg_rules_postfix_add_map(&out, &force, NULL);
	assert_non_null(strstr(out.ptr, "\njoe 9999999999 text/joe\n"));
	mg_buf_release(&out);
	mg_force_release(&force);
}

static void test_a_suspension_is_refused_for_good(void **state)
{
	struct mg_force_entry login = entry(MG_FORCE_LOGIN, "joe", 0);
	struct mg_force force = { 0 };
	struct mg_buf out;

	(void)state;
	login.verb = MG_FORCE_SUSPEND;
	login.until = 9999999999;
	assert_true(mg_force_add(&force, &login));
	mg_buf_init(&out, 65536);
	mg_rules_postfix_add_map(&out, &force, NULL);
	assert_non_null(strstr(out.ptr, "\ntext/joe 550 5.7.1 mailguard: joe "
					"is suspended and may not send; "));
	mg_buf_release(&out);
	mg_force_release(&force);
}

static void test_directory_that_may_stand_in_a_line(void **state)
{
	(void)state;
	assert_true(mg_rules_postfix_dir_is_safe(MG_LIT("/etc/a_b-c.d/9")));
	assert_false(mg_rules_postfix_dir_is_safe(MG_LIT("")));
	assert_false(mg_rules_postfix_dir_is_safe(MG_LIT("etc")));
	assert_false(mg_rules_postfix_dir_is_safe(MG_LIT("/a b")));
	assert_false(mg_rules_postfix_dir_is_safe(MG_LIT("/a,b")));
	assert_false(mg_rules_postfix_dir_is_safe(MG_LIT("/a}")));
	assert_false(mg_rules_postfix_dir_is_safe(MG_LIT("/$x")));
	assert_false(mg_rules_postfix_dir_is_safe(MG_LIT("/a\n")));
}

typedef int (*install_fn)(struct mg_slice text, struct mg_slice dir,
			  struct mg_buf *out, struct mg_err *err);

/* Installed it is as it should be, also a second time, and out again it is what
   it was. */
static void check_install(install_fn install, const char *text,
			  const char *want)
{
	struct mg_buf once, twice, out;
	struct mg_err err;

	mg_buf_init(&once, 65536);
	mg_buf_init(&twice, 65536);
	mg_buf_init(&out, 65536);
	assert_int_equal(install(mg_slice_str(text), dir, &once, &err), 0);
	assert_string_equal(once.ptr, want);
	assert_int_equal(install(mg_buf_slice(&once), dir, &twice, &err), 0);
	assert_string_equal(twice.ptr, want);
	mg_rules_postfix_uninstall(mg_buf_slice(&once), &out);
	assert_string_equal(out.ptr, text);
	mg_buf_release(&out);
	mg_buf_release(&twice);
	mg_buf_release(&once);
}

static void test_main_gets_what_it_does_not_set(void **state)
{
	(void)state;
	check_install(mg_rules_postfix_install_main,
		      "# one\nmyhostname = mx\n#header_checks = no\n",
		      "# one\nmyhostname = mx\n#header_checks = no\n" BEGIN SMTP
		      "mailguard_local =\nmailguard_nested =\n"
		      "smtpd_sender_restrictions = $mailguard_smtp\n"
		      "header_checks = $mailguard_local\n" END);
}

static void test_main_keeps_what_it_sets(void **state)
{
	(void)state;
	check_install(
		mg_rules_postfix_install_main,
		"smtpd_sender_restrictions=\n    reject_a,\n# why\n    reject_b\n"
		"header_checks = pcre:/a\n  pcre:/b\nmime_header_checks =\n",
		"smtpd_sender_restrictions=$mailguard_smtp,\n    reject_a,\n"
		"# why\n    reject_b\n"
		"header_checks = $mailguard_local,pcre:/a\n  pcre:/b\n"
		"mime_header_checks =\n" BEGIN SMTP
		"mailguard_local =\nmailguard_nested = pcre:/a pcre:/b\n" END);
	check_install(mg_rules_postfix_install_main,
		      "nested_header_checks = $header_checks\n"
		      "header_checks =\nsmtpd_sender_restrictions =\n",
		      "nested_header_checks = $header_checks\n"
		      "header_checks =$mailguard_local,\n"
		      "smtpd_sender_restrictions =$mailguard_smtp,\n" BEGIN SMTP
		      "mailguard_local =\nmailguard_nested =\n" END);
	check_install(mg_rules_postfix_install_main,
		      "nested_header_checks = regexp:/n\n",
		      "nested_header_checks = regexp:/n\n" BEGIN SMTP
		      "mailguard_local =\nmailguard_nested = regexp:/n\n"
		      "smtpd_sender_restrictions = $mailguard_smtp\n"
		      "header_checks = $mailguard_local\n" END);
}

static void test_master_gets_a_twin_of_cleanup(void **state)
{
	(void)state;
	check_install(
		mg_rules_postfix_install_master,
		"pickup    unix  n - y 60 1 pickup\n"
		"  -o content_filter=\n"
		"cleanup   unix  n - y - 0 cleanup\n"
		"# a comment\n  -o a=b\n"
		"qmgr unix n - n 300 1 qmgr\n",
		"pickup    unix  n - y 60 1 pickup\n"
		"  -o cleanup_service_name=mailguard-cleanup\n"
		"  -o content_filter=\n"
		"cleanup   unix  n - y - 0 cleanup\n"
		"# a comment\n  -o a=b\n"
		"qmgr unix n - n 300 1 qmgr\n" BEGIN
		"mailguard-cleanup    unix  n - y - 0 cleanup\n  -o a=b\n" TWIN
			END);
}

#define BOTH                                                                   \
	"pickup fifo n - y 60 1 pickup\n"                                      \
	"cleanup unix n - y - 0 cleanup\n"
#define BOTH_INSTALLED                                                         \
	"pickup fifo n - y 60 1 pickup\n"                                      \
	"  -o cleanup_service_name=mailguard-cleanup\n"                        \
	"cleanup unix n - y - 0 cleanup\n"
#define BLOCK BEGIN "mailguard-cleanup  unix n - y - 0 cleanup\n" TWIN END

static void test_master_services_with_restrictions_of_their_own(void **state)
{
	(void)state;
	check_install(
		mg_rules_postfix_install_master,
		BOTH
		"submission inet n - y - - smtpd\n"
		"  -o smtpd_sender_restrictions=$mua_sender_restrictions\n"
		"#  -o smtpd_sender_restrictions=\n"
		"smtps inet n - y - - smtpd -o smtpd_sender_restrictions=\n"
		"x inet n - y - - smtpd\n"
		"  -o { smtpd_sender_restrictions = a, b }\n"
		"  -o no_smtpd_sender_restrictions=c\n",
		BOTH_INSTALLED
		"submission inet n - y - - smtpd\n"
		"  -o smtpd_sender_restrictions=$mailguard_smtp,$mua_sender_"
		"restrictions\n"
		"#  -o smtpd_sender_restrictions=\n"
		"smtps inet n - y - - smtpd -o "
		"smtpd_sender_restrictions=$mailguard_smtp,\n"
		"x inet n - y - - smtpd\n"
		"  -o { smtpd_sender_restrictions = $mailguard_smtp,a, b }\n"
		"  -o no_smtpd_sender_restrictions=c\n" BLOCK);
}

static void test_what_must_be_done_by_hand(void **state)
{
	static const struct {
		install_fn install;
		const char *text, *says;
	} rows[] = {
		{ mg_rules_postfix_install_main, "cleanup_service_name = x\n",
		  "'cleanup_service_name'" },
		{ mg_rules_postfix_install_main, "mailguard_smtp = x\n",
		  "by hand" },
		{ mg_rules_postfix_install_master, "", "no entry 'pickup'" },
		{ mg_rules_postfix_install_master, "pickup unix n\n",
		  "no entry 'cleanup'" },
		{ mg_rules_postfix_install_master,
		  BOTH "pickup unix n - - - - pickup\n"
		       " -o cleanup_service_name=x\n",
		  "'pickup' in master.cf" },
		{ mg_rules_postfix_install_master, BOTH " -o header_checks=x\n",
		  "'cleanup' in master.cf" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct mg_err err;
		struct mg_buf out;

		mg_buf_init(&out, 65536);
		assert_int_equal(rows[i].install(mg_slice_str(rows[i].text),
						 dir, &out, &err),
				 -MG_ECONF);
		assert_non_null(strstr(err.text, rows[i].says));
		mg_buf_release(&out);
	}
}

static void test_too_long_a_file_is_a_limit(void **state)
{
	struct mg_buf out;
	struct mg_err err;

	(void)state;
	mg_buf_init(&out, 40);
	assert_int_equal(mg_rules_postfix_install_main(MG_LIT("a = b\n"), dir,
						       &out, &err),
			 -MG_ELIMIT);
	mg_buf_release(&out);
}

static void test_messages_on_hold(void **state)
{
	struct mg_rules_postfix_message m = { 0 };

	(void)state;
	assert_true(mg_rules_postfix_held(
		MG_LIT("{\"queue_name\": \"hold\", \"queue_id\": "
		       "\"984CA68BFD\", \"arrival_time\": 1795356260, "
		       "\"message_size\": 259, \"sender\": \"x\"}"),
		&m));
	assert_true(mg_slice_is(m.id, MG_LIT("984CA68BFD")));
	assert_int_equal(m.arrived, 1795356260);
	assert_false(mg_rules_postfix_held(
		MG_LIT("{\"queue_name\": \"deferred\", \"queue_id\": "
		       "\"984CA68BFD\", \"arrival_time\": 1795356260}"),
		&m));
	assert_false(mg_rules_postfix_held(
		MG_LIT("{\"queue_name\": \"hold\", \"queue_id\": \"../x\", "
		       "\"arrival_time\": 1}"),
		&m));
	assert_false(mg_rules_postfix_held(MG_LIT(""), &m));
}

static void test_local_user(void **state)
{
	static const struct {
		const char *text;
		bool is_local;
		uint32_t uid;
	} rows[] = {
		{ "Received: by mx (Postfix, from userid 5001)\n\tid 1; x\n",
		  true, 5001 },
		{ "Received: by mx (Post, fix, from userid 0)\n", true, 0 },
		{ "Received: by mx (Postfix, from userid 4294967295)", true,
		  UINT32_MAX },
		{ "Received: by mx (Postfix, from userid 4294967296)", false,
		  0 },
		{ "Received: by mx (Postfix, from userid )\n", false, 0 },
		{ "Received: by mx (Postfix, from userid 1) x\n", false, 0 },
		{ "Received: from a (b [192.0.2.1])\n\tby mx (Postfix)\n"
		  "Received: by mx (Postfix, from userid 5001)\n",
		  false, 0 },
		{ "Subject: by mx (Postfix, from userid 5001)\n", false, 0 },
		{ "", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint32_t uid = 0;

		assert_int_equal(mg_rules_postfix_local_user(
					 mg_slice_str(rows[i].text), &uid),
				 rows[i].is_local);
		assert_int_equal(uid, rows[i].uid);
	}
}

static void test_login(void **state)
{
	struct mg_slice login = { NULL, 0 };

	(void)state;
	assert_true(mg_rules_postfix_login(
		MG_LIT("*** ENVELOPE RECORDS hold/1 ***\n"
		       "named_attribute: sasl_method=PLAIN\n"
		       "named_attribute: sasl_username=joe@a.example\n"
		       "sender: x\n"),
		&login));
	assert_true(mg_slice_is(login, MG_LIT("joe@a.example")));
	assert_false(mg_rules_postfix_login(
		MG_LIT("sender: sasl_username=joe@a.example\n"), &login));
}

static void test_what_is_due_keeps_the_pace(void **state)
{
	int64_t from = 1000, sent = 0;

	(void)state;
	/* Whenever it is asked, 200 an hour are 200 an hour. */
	for (int64_t now = 1000; now <= 1000 + 3600; now += 7)
		sent += mg_rules_postfix_due(200, now, &from);
	assert_in_range(sent, 195, 200);
	assert_int_equal(mg_rules_postfix_due(0, 5, &from), INT64_MAX);
}

static void test_what_was_not_due_in_time_is_no_burst(void **state)
{
	int64_t from = 1000;

	(void)state;
	assert_int_equal(mg_rules_postfix_due(60, 1000 + 36000, &from), 10);
	assert_int_equal(mg_rules_postfix_due(60, 1000 + 36000, &from), 0);
	from = 1000;
	assert_int_equal(mg_rules_postfix_due(1, 1000 + 3599, &from), 0);
	assert_int_equal(mg_rules_postfix_due(1, 1000 + 3600, &from), 1);
	/* The clock went back. */
	assert_int_equal(mg_rules_postfix_due(60, 10, &from), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_map_has_a_time_and_an_answer_for_each_key),
		cmocka_unit_test(test_map_without_end_ends_in_ten_digits),
		cmocka_unit_test(test_a_suspension_is_refused_for_good),
		cmocka_unit_test(test_directory_that_may_stand_in_a_line),
		cmocka_unit_test(test_main_gets_what_it_does_not_set),
		cmocka_unit_test(test_main_keeps_what_it_sets),
		cmocka_unit_test(test_master_gets_a_twin_of_cleanup),
		cmocka_unit_test(
			test_master_services_with_restrictions_of_their_own),
		cmocka_unit_test(test_what_must_be_done_by_hand),
		cmocka_unit_test(test_too_long_a_file_is_a_limit),
		cmocka_unit_test(test_messages_on_hold),
		cmocka_unit_test(test_local_user),
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_what_is_due_keeps_the_pace),
		cmocka_unit_test(test_what_was_not_due_in_time_is_no_burst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
