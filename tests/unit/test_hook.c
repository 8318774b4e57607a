/* SPDX-License-Identifier: MIT */
/* Hooks: which there are, what they are told, what becomes of what they say. */
#include "hook_fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "mailguard/hook.h"

static const struct mg_hook_call plain_call = {
	.verb = MG_HOOK_SUSPEND,
	.key = MG_LIT_INIT("0123456789abcdef"),
	.per = MG_LIT_INIT("mailbox"),
	.subject = MG_LIT_INIT("info@bob.example"),
	.domain = MG_LIT_INIT("bob.example"),
	.account = MG_LIT_INIT("bob"),
	.owner = MG_LIT_INIT("root"),
	.uid = 1001,
	.clause = MG_LIT_INIT("outgoing-hourly"),
	.reason = MG_LIT_INIT("900 of 500 recipients"),
	.until = 0,
};

/* Returns what mg_hook_run did. */
static int run_hook(const char *name, const struct mg_hook_call *call,
		    int64_t seconds, enum mg_hook_result *result,
		    struct mg_buf *detail)
{
	struct mg_root root;
	struct mg_hooks hooks;
	int rc;

	assert_int_equal(mg_root_open(&root, top, &err), 0);
	assert_int_equal(mg_hooks_find(&root, MG_LIT("/hooks"), &hooks, &err),
			 0);
	mg_buf_init(detail, MG_HOOK_OUTPUT_MAX + 1024);
	rc = mg_hook_run(&(struct mg_hook_host){ .root = &root,
						 .state = MG_LIT("/state"),
						 .seconds = seconds,
						 .grace_s = 1,
						 .lock_fd = -1 },
			 &hooks, name, call, result, detail, &err);
	mg_root_close(&root);
	return rc;
}

/* The result is as wanted, and the detail has a part. */
static void expect_hook(const char *name, const struct mg_hook_call *call,
			int64_t seconds, enum mg_hook_result wanted,
			const char *part)
{
	enum mg_hook_result result;
	struct mg_buf detail;

	assert_int_equal(run_hook(name, call, seconds, &result, &detail), 0);
	if (result != wanted || (part && !strstr(detail.ptr, part)))
		fail_msg("%s: %s, not %s: %s", name,
			 mg_hook_result_words[result],
			 mg_hook_result_words[wanted], detail.ptr);
	mg_buf_release(&detail);
}

static void test_which_there_are(void **state)
{
	struct mg_root root;
	struct mg_hooks hooks;

	(void)state;
	put_hook("b", "");
	put_hook("a-1_X", "");
	put_hook("a.bak", "");
	put_hook("a~", "");
	put_hook("-rf", "");
	assert_int_equal(mg_root_open(&root, top, &err), 0);
	assert_int_equal(mg_hooks_find(&root, MG_LIT("/hooks"), &hooks, &err),
			 0);
	assert_int_equal(hooks.n, 2);
	assert_string_equal(hooks.names[0], "a-1_X");
	assert_string_equal(hooks.names[1], "b");
	assert_int_equal(mg_hooks_find(&root, MG_LIT("/none"), &hooks, &err),
			 0);
	assert_int_equal(hooks.n, 0);
	mg_root_close(&root);
}

static void test_more_than_are_run(void **state)
{
	struct mg_root root;
	struct mg_hooks hooks;
	char name[16];

	(void)state;
	assert_int_equal(mg_root_open(&root, top, &err), 0);
	for (int i = 0; i <= MG_HOOKS_MAX; i++) {
		assert_int_equal(mg_hooks_find(&root, MG_LIT("/hooks"), &hooks,
					       &err),
				 0);
		assert_int_equal(hooks.n, i);
		(void)snprintf(name, sizeof(name), "h%d", i);
		put_hook(name, "");
	}
	assert_int_equal(mg_hooks_find(&root, MG_LIT("/hooks"), &hooks, &err),
			 -MG_ELIMIT);
	mg_root_close(&root);
}

static void test_what_it_is_told(void **state)
{
	char out[1024];
	struct mg_buf told;

	(void)state;
	(void)snprintf(out, sizeof(out), "%s", below("/told"));
	put_hook("h", "{ echo \"$# $1\"; cat; env | sort; pwd; umask; "
		      "ls /proc/self/fd; } >\"$MAILGUARD_ROOT/told\"");
	expect_hook("h", &plain_call, 10, MG_HOOK_DONE, NULL);
	mg_buf_init(&told, 65536);
	assert_int_equal(mg_file_read_trusted(out, &told, &err), 0);
	assert_non_null(strstr(told.ptr, "1 suspend\n{\"schema\":1,"));
	assert_non_null(
		strstr(told.ptr,
		       "\"subject\":\"mailbox:info@bob.example\",\"kind\":"
		       "\"mailbox\",\"name\":\"info@bob.example\",\"domain\":"
		       "\"bob.example\",\"account\":\"bob\",\"uid\":1001,"
		       "\"owner\":\"root\",\"login\":false,"));
	assert_non_null(strstr(told.ptr, "\"until\":null"));
	assert_non_null(strstr(told.ptr, "\nMAILGUARD_UID=1001\n"));
	assert_non_null(strstr(told.ptr, "\nMAILGUARD_UNTIL=\n"));
	assert_non_null(strstr(told.ptr, "\nMAILGUARD_STATE=/state\n"));
	assert_null(strstr(told.ptr, "TEST_SECRET"));
	/* Its own script at 3, ls's directory behind it. */
	assert_non_null(strstr(told.ptr, "\n/\n0022\n0\n1\n2\n3\n4\n"));
	mg_buf_release(&told);
}

/* What a customer or a log chose is text in both forms. */
static void test_texts(void **state)
{
	struct mg_hook_call call = plain_call;

	(void)state;
	call.reason = MG_LIT("a\nb\x1b[0m\"$(id)`id`;\\");
	call.verb = MG_HOOK_NOTIFY;
	call.text = MG_LIT("one\ntwo\x1b\n");
	put_hook("h", "printf '%s\\n' \"$MAILGUARD_REASON\"; "
		      "printf '%s\\n' \"$MAILGUARD_TEXT\" | wc -l");
	expect_hook("h", &call, 10, MG_HOOK_DONE,
		    "a\\x0ab\\x1b[0m\"$(id)`id`;\\\\\n2");
	put_hook("h", "cat");
	expect_hook("h", &call, 10, MG_HOOK_DONE,
		    "\"reason\":\"a\\nb\\u001b[0m\\\"$(id)`id`;");
}

static void test_results(void **state)
{
	static const struct {
		const char *script;
		enum mg_hook_result result, query;
		const char *part;
	} rows[] = {
		{ "exit 0", MG_HOOK_DONE, MG_HOOK_UNKNOWN, "" },
		{ "exit 64", MG_HOOK_SKIPPED, MG_HOOK_SKIPPED, "status 64" },
		{ "exit 75", MG_HOOK_LATER, MG_HOOK_UNKNOWN, "status 75" },
		{ "echo no >&2; exit 1", MG_HOOK_FAILED, MG_HOOK_UNKNOWN,
		  "status 1; no" },
		{ "kill -9 $$", MG_HOOK_LOST, MG_HOOK_UNKNOWN, "(KILL)" },
		{ "echo done", MG_HOOK_DONE, MG_HOOK_IS_DONE, "" },
		{ "printf done", MG_HOOK_DONE, MG_HOOK_IS_DONE, "" },
		{ "echo not-done", MG_HOOK_DONE, MG_HOOK_IS_NOT_DONE, "" },
		{ "echo unknown", MG_HOOK_DONE, MG_HOOK_UNKNOWN, "" },
		{ "echo done; echo done", MG_HOOK_DONE, MG_HOOK_UNKNOWN, "" },
		{ "echo ' done'", MG_HOOK_DONE, MG_HOOK_UNKNOWN, "" },
		{ "echo done; exit 1", MG_HOOK_FAILED, MG_HOOK_UNKNOWN, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct mg_hook_call query = plain_call;

		put_hook("h", rows[i].script);
		expect_hook("h", &plain_call, 10, rows[i].result, rows[i].part);
		query.verb = MG_HOOK_QUERY;
		query.of = MG_HOOK_SUSPEND;
		expect_hook("h", &query, 10, rows[i].query, rows[i].part);
	}
}

static void test_what_is_not_run(void **state)
{
	(void)state;
	put_hook("h", "exit 0");
	assert_int_equal(chmod(below("/hooks/h"), 0757), 0);
	expect_hook("h", &plain_call, 10, MG_HOOK_NOT_RUN, "chmod go-w");
	assert_int_equal(chmod(below("/hooks/h"), 0644), 0);
	expect_hook("h", &plain_call, 10, MG_HOOK_NOT_RUN, "chmod u+x");
	expect_hook("gone", &plain_call, 10, MG_HOOK_NOT_RUN, "is gone");
	assert_int_equal(symlink("h", below("/hooks/link")), 0);
	expect_hook("link", &plain_call, 10, MG_HOOK_NOT_RUN, "cannot open");
	put("/hooks/text", "no program", 0755);
	expect_hook("text", &plain_call, 10, MG_HOOK_NOT_RUN,
		    "Exec format error");
	put("/hooks/dead", "#!/nonexistent/interpreter\n", 0755);
	expect_hook("dead", &plain_call, 10, MG_HOOK_NOT_RUN, "No such file");
	assert_int_equal(chmod(below("/hooks/h"), 0755), 0);
	assert_int_equal(chmod(below("/hooks"), 0777), 0);
	expect_hook("h", &plain_call, 10, MG_HOOK_NOT_RUN, "chmod go-w");
	assert_int_equal(chmod(below("/hooks"), 0755), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(below("/hooks/h"), 12345, 0), 0);
		expect_hook("h", &plain_call, 10, MG_HOOK_NOT_RUN, "chown 0");
	}
}

static void test_A39_hostile_names(void **state)
{
	static const char *const accounts[] = {
		"",      "root", "-rf",
		"$(x)",  "a;b",  "../x",
		"a b",   ".x",   "a\nb",
		"a/b",   "`id`", "bob\x1b",
		"b\xc3", "a'b",  "a\"b",
		"*",     "a|b",  "&",
		"~",     "a=b",  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	};
	static const struct {
		const char *per, *subject;
	} subjects[] = {
		{ "mailbox", "" },
		{ "mailbox", "a b@c.example" },
		{ "mailbox", "a@-x" },
		{ "mailbox", "a@../x" },
		{ "mailbox", "a@b\n" },
		{ "mailbox", "\"a b\"@c.example" },
		{ "mailbox", "A@b.example" },
		{ "domain", "" },
		{ "domain", "-x.example" },
		{ "domain", "a/b" },
		{ "domain", "a.example\n" },
		{ "account", "alice" },
		{ "ip", "192.0.2.1" },
		{ "", "" },
	};
	struct mg_hook_call call = plain_call;

	(void)state;
	call.per = MG_LIT("account");
	for (size_t i = 0; i < sizeof(accounts) / sizeof(*accounts); i++) {
		call.account = call.subject = mg_slice_str(accounts[i]);
		assert_int_equal(mg_hook_check(&call, &err), -MG_EPARSE);
	}
	call.account = call.subject = MG_LIT("bob\0x");
	assert_int_equal(mg_hook_check(&call, &err), -MG_EPARSE);
	call = plain_call;
	for (size_t i = 0; i < sizeof(subjects) / sizeof(*subjects); i++) {
		call.per = mg_slice_str(subjects[i].per);
		call.subject = mg_slice_str(subjects[i].subject);
		assert_int_equal(mg_hook_check(&call, &err), -MG_EPARSE);
	}
	call = plain_call;
	call.uid = MG_HOOK_UID_MIN - 1;
	assert_int_equal(mg_hook_check(&call, &err), -MG_EPARSE);
	call.uid = (int64_t)UINT32_MAX + 1001;
	assert_int_equal(mg_hook_check(&call, &err), -MG_EPARSE);
	call = plain_call;
	call.key = MG_LIT("a b");
	assert_int_equal(mg_hook_check(&call, &err), -MG_EPARSE);
	call = plain_call;
	call.owner = MG_LIT("a b");
	assert_int_equal(mg_hook_check(&call, &err), -MG_EPARSE);
	assert_int_equal(mg_hook_check(&plain_call, &err), 0);
}

/* Passed as it is where a panel could have it as a name, else nothing is run. */
static void offer_name(struct mg_slice name, unsigned *n_run)
{
	static const char some[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	struct mg_hook_call call = plain_call;
	char told[128], json[128];
	bool is_name = name.len > 0 && name.ptr[0] != '-' && name.ptr[0] != '.';

	for (size_t i = 0; i < name.len; i++)
		is_name &= name.ptr[i] && strchr(some, name.ptr[i]);
	call.per = MG_LIT("account");
	call.account = call.subject = name;
	assert_int_equal(mg_hook_check(&call, &err), is_name ? 0 : -MG_EPARSE);
	if (!is_name)
		return;
	(void)snprintf(told, sizeof(told), "1/suspend/%.*s/account:%.*s ",
		       (int)name.len, name.ptr, (int)name.len, name.ptr);
	(void)snprintf(json, sizeof(json), "\"account\":\"%.*s\",",
		       (int)name.len, name.ptr);
	expect_hook("h", &call, 10, MG_HOOK_DONE, told);
	expect_hook("h", &call, 10, MG_HOOK_DONE, json);
	(*n_run)++;
}

/* Every byte within, at the beginning and at the end; then at random. */
static void test_A39_random_names(void **state)
{
	uint32_t seed = 39;
	unsigned n_run = 0;

	(void)state;
	put_hook("h", "printf '%s/%s/%s/%s ' \"$#\" \"$1\" "
		      "\"$MAILGUARD_ACCOUNT\" \"$MAILGUARD_SUBJECT\"; cat");
	for (int c = 0; c < 256; c++) {
		const char name[] = { 'a', (char)c, 'b', (char)c, 'c' };

		offer_name(mg_slice_of(name, 5), &n_run);
		offer_name(mg_slice_of(name + 1, 2), &n_run);
		offer_name(mg_slice_of(name + 2, 2), &n_run);
	}
	for (int i = 0; i < 3000; i++) {
		char name[4];
		size_t len = 0;

		do {
			seed = seed * 1664525 + 1013904223;
			name[len++] = (char)(seed >> 24);
		} while (len < sizeof(name) && seed & 0x10000);
		if (len > 1)
			offer_name(mg_slice_of(name, len), &n_run);
	}
	assert_true(n_run > 150);
}

/* The check is in the way of every call. */
static void test_A39_hostile_name_is_not_run(void **state)
{
	struct mg_hook_call call = plain_call;
	enum mg_hook_result result = MG_HOOK_DONE;
	struct mg_buf detail;

	(void)state;
	put_hook("h", "touch \"$MAILGUARD_ROOT/ran\"");
	call.account = MG_LIT("-rf");
	assert_int_equal(run_hook("h", &call, 10, &result, &detail),
			 -MG_EPARSE);
	assert_int_equal(result, MG_HOOK_NOT_RUN);
	assert_int_not_equal(access(below("/ran"), F_OK), 0);
	mg_buf_release(&detail);
}

/* Swaps the hook for one that others can write to, and back, until it is ended. */
static void swap_for_ever(void)
{
	char good[1024], evil[1024], hook[1024];

	(void)snprintf(good, sizeof(good), "%s", below("/hooks/good"));
	(void)snprintf(evil, sizeof(evil), "%s", below("/hooks/evil"));
	(void)snprintf(hook, sizeof(hook), "%s", below("/hooks/h"));
	for (bool is_good = true;; is_good = !is_good)
		if ((unlink(hook) < 0 && errno != ENOENT) ||
		    link(is_good ? good : evil, hook) < 0)
			_exit(1);
}

/* What is run is what was looked at. */
static void test_A40_swapped_meanwhile(void **state)
{
	enum mg_hook_result result;
	struct mg_buf detail;
	unsigned n = 0, n_done = 0, n_refused = 0, n_seen = 0;
	pid_t pid;

	(void)state;
	put_hook("good", "exit 0");
	put_hook("evil", "touch \"$MAILGUARD_ROOT/evil\"");
	assert_int_equal(chmod(below("/hooks/evil"), 0777), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		swap_for_ever();
	/* On a busy machine one of the two may have to wait for its turn. */
	for (; n < 500 || (n < 50000 && !(n_done && n_seen)); n++) {
		assert_int_equal(
			run_hook("h", &plain_call, 10, &result, &detail), 0);
		n_done += result == MG_HOOK_DONE;
		n_refused += result == MG_HOOK_NOT_RUN;
		n_seen += strstr(detail.ptr, "written by others") != NULL;
		mg_buf_release(&detail);
	}
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(n_done + n_refused, n);
	assert_true(n_done > 0 && n_seen > 0);
	assert_int_not_equal(access(below("/evil"), F_OK), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_which_there_are),
		TEST(test_more_than_are_run),
		TEST(test_what_it_is_told),
		TEST(test_texts),
		TEST(test_results),
		TEST(test_what_is_not_run),
		TEST(test_A39_hostile_names),
		TEST(test_A39_random_names),
		TEST(test_A39_hostile_name_is_not_run),
		TEST(test_A40_swapped_meanwhile),
	};

	(void)setenv("TEST_SECRET", "x", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
