/* SPDX-License-Identifier: MIT */
/*
 * Each test stands in an empty directory of its own.
 */
#include "file_fixture.h"

#include <signal.h>
#include <sys/wait.h>

#include <sqlite3.h>

#include "mailguard/buf.h"
#include "mailguard/expiring.h"

#define N(rows) (sizeof(rows) / sizeof(*(rows)))

static const struct mg_expiring_row three[] = {
	{ MG_LIT_INIT("192.0.2.9"), 300, MG_LIT_INIT("nine") },
	{ MG_LIT_INIT("192.0.2.10"), 200, MG_LIT_INIT("ten's") },
	{ MG_LIT_INIT("2001:db8:0:0"), 100, MG_LIT_INIT("") },
};

static int print(void *arg, const struct mg_expiring_row *row)
{
	mg_buf_add_fmt(arg, "%.*s %lld %.*s\n", MG_SLICE_ARG(row->key),
		       (long long)row->until, MG_SLICE_ARG(row->text));
	return 0;
}

static int end(void *arg, const struct mg_expiring_row *row)
{
	(void)arg;
	(void)row;
	return 7;
}

static void assert_rows(const char *want)
{
	struct mg_buf out;

	mg_buf_init(&out, 4096);
	assert_int_equal(mg_expiring_each("map", print, &out, &err), 0);
	assert_string_equal(out.ptr, want);
	mg_buf_release(&out);
}

static void test_rows_are_those_of_the_call(void **state)
{
	const struct mg_expiring_row other[] = {
		three[0],
		{ MG_LIT_INIT("192.0.2.10"), 201, MG_LIT_INIT("ten") },
		{ MG_LIT_INIT("198.51.100.7"), 1, MG_LIT_INIT("new") },
	};

	(void)state;
	make_file("map", MG_LIT(""));
	assert_int_equal(mg_expiring_put("map", three, N(three), &err), 0);
	assert_rows("192.0.2.10 200 ten's\n192.0.2.9 300 nine\n"
		    "2001:db8:0:0 100 \n");
	assert_int_equal(mg_expiring_each("map", end, NULL, &err), 7);
	assert_int_equal(mg_expiring_put("map", other, N(other), &err), 0);
	assert_rows("192.0.2.10 201 ten\n192.0.2.9 300 nine\n"
		    "198.51.100.7 1 new\n");
	assert_int_equal(mg_expiring_put("map", NULL, 0, &err), 0);
	assert_rows("");
	assert_err_untouched();
}

static struct stat look(void)
{
	struct stat st;

	assert_int_equal(stat("map", &st), 0);
	return st;
}

/* Who reads it keeps it open: it is never another file. */
static void test_file_stays(void **state)
{
	struct stat first, then;

	(void)state;
	make_file("map", MG_LIT(""));
	assert_int_equal(chmod("map", 0640), 0);
	first = look();
	assert_int_equal(mg_expiring_put("map", three, N(three), &err), 0);
	then = look();
	assert_int_equal(then.st_ino, first.st_ino);
	assert_int_equal(then.st_mode, first.st_mode);
	assert_int_equal(mg_expiring_put("map", three, N(three), &err), 0);
	first = look();
	assert_memory_equal(&first.st_mtim, &then.st_mtim,
			    sizeof(first.st_mtim));
	assert_int_equal(access("map-journal", F_OK), -1);
}

/* Writes more than SQLite keeps in memory, and is killed before it is done. */
static void write_and_die(void)
{
	sqlite3 *db;

	if (sqlite3_open("map", &db) == SQLITE_OK)
		(void)sqlite3_exec(
			db,
			"PRAGMA cache_size = 1; BEGIN; DELETE FROM expiring;"
			"WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL"
			" SELECT i + 1 FROM n WHERE i < 5000)"
			"INSERT INTO expiring"
			" SELECT 'key' || i, i, printf('%.100c', 'x') FROM n",
			NULL, NULL, NULL);
	(void)raise(SIGKILL);
}

static void test_what_a_killed_writer_began_is_taken_back(void **state)
{
	struct stat st;
	pid_t pid;

	(void)state;
	make_file("map", MG_LIT(""));
	assert_int_equal(mg_expiring_put("map", three, N(three), &err), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		write_and_die();
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(stat("map-journal", &st), 0);
	assert_rows("192.0.2.10 200 ten's\n192.0.2.9 300 nine\n"
		    "2001:db8:0:0 100 \n");
}

static void test_no_file_of_ours(void **state)
{
	(void)state;
	assert_int_equal(mg_expiring_put("map", three, N(three), &err),
			 -MG_EIO);
	assert_err(MG_EIO, "'map': ");
	assert_int_equal(access("map", F_OK), -1);
	assert_int_equal(mg_expiring_each("map", end, NULL, &err), -MG_EIO);
	make_kinds();
	assert_int_equal(mg_expiring_put("link", NULL, 0, &err), -MG_EIO);
	assert_int_equal(mg_expiring_put("plain", NULL, 0, &err), -MG_EIO);
	assert_err(MG_EIO, "'plain': file is not a database");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIRECTORY(test_rows_are_those_of_the_call),
		IN_DIRECTORY(test_file_stays),
		IN_DIRECTORY(test_what_a_killed_writer_began_is_taken_back),
		IN_DIRECTORY(test_no_file_of_ours),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
