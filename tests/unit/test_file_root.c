/* SPDX-License-Identifier: MIT */
/* Paths below the root of a host. */
#include "file_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/file.h"

static void test_root_open(void **state)
{
	static const struct {
		const char *path, *want; /* NULL: it works */
	} rows[] = {
		{ "dir", NULL },
		{ "dirlink", NULL }, /* the user named it */
		{ "/", NULL },
		{ "missing", "no such file" },
		{ "plain", "not a directory" },
		{ "fifo", "not a directory" },
		{ "", "no such file" },
	};

	(void)state;
	make_kinds();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mg_root root = { .fd = -7, .path = NULL };

		if (rows[i].want) {
			assert_int_equal(mg_root_open(&root, rows[i].path,
						      &err),
					 -MG_EIO);
			assert_err(MG_EIO, rows[i].want);
			assert_int_equal(root.fd, -7);
			assert_null(root.path);
			continue;
		}
		assert_int_equal(mg_root_open(&root, rows[i].path, &err), 0);
		assert_err_untouched();
		assert_ptr_equal(root.path, rows[i].path);
		mg_root_close(&root);
		assert_int_equal(root.fd, -1);
		mg_root_close(&root);
	}
	mg_root_close(NULL);
}

/* The FIFO has no writer: a read that waited would end in SIGALRM. */
static void test_root_read(void **state)
{
	static const struct {
		const char *path;
		int want;
		const char *says;
	} rows[] = {
		{ "/plain", 0, NULL },
		{ "//plain", 0, NULL },
		{ "/dir/plain", 0, NULL },
		{ "/empty", 0, NULL },
		{ "/missing", 1, NULL },
		{ "/missing/plain", 1, NULL },
		{ "/plain/plain", 1, NULL },
		{ "/", -MG_EIO, "'/': it is a directory" },
		{ "/dir", -MG_EIO, "'/dir': it is a directory" },
		{ "/fifo", -MG_EIO, "'/fifo': it is not a regular file" },
		{ "/link", -MG_EIO, "'/link': too many levels of symbolic" },
		{ "/dirlink", -MG_EIO, "'/dirlink': " },
		{ "/fifolink", -MG_EIO, "'/fifolink': too many levels of" },
		{ "/broken", -MG_EIO, "'/broken': too many levels of" },
		{ "/loop", -MG_EIO, "'/loop': too many levels of symbolic" },
	};
	struct mg_root root;

	(void)state;
	make_kinds();
	root = open_here();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mg_buf out;

		err = (struct mg_err){ .code = MG_OK, .text = "untouched" };
		mg_buf_init(&out, 100);
		assert_int_equal(mg_root_read(&root, rows[i].path, &out, &err),
				 rows[i].want);
		if (rows[i].want < 0)
			assert_err(MG_EIO, rows[i].says);
		else
			assert_err_untouched();
		if (rows[i].want)
			assert_int_equal(out.len, 0);
		mg_buf_release(&out);
	}
	mg_root_close(&root);
}

static void test_root_read_gives_the_bytes(void **state)
{
	struct mg_root root;
	struct mg_buf out;

	(void)state;
	make_kinds();
	root = open_here();
	mg_buf_init(&out, 100);
	assert_int_equal(mg_root_read(&root, "/plain", &out, &err), 0);
	assert_true(mg_slice_is(mg_buf_slice(&out), MG_LIT("some\0text\n")));
	mg_buf_release(&out);
	mg_root_close(&root);
}

/* At the limit, one over; in one piece and in several. */
static void test_root_read_limit(void **state)
{
	static const size_t rows[] = { 1, 100, 8191, 8192, 8193, 50000 };
	struct mg_root root;

	(void)state;
	root = open_here();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mg_buf text, out;

		mg_buf_init(&text, rows[i]);
		for (size_t at = 0; at < rows[i]; at++)
			mg_buf_add_char(&text, (char)('a' + at % 23));
		make_file("file", mg_buf_slice(&text));

		err = (struct mg_err){ .code = MG_OK, .text = "untouched" };
		mg_buf_init(&out, rows[i]);
		assert_int_equal(mg_root_read(&root, "/file", &out, &err), 0);
		assert_true(
			mg_slice_is(mg_buf_slice(&out), mg_buf_slice(&text)));
		assert_err_untouched();
		mg_buf_release(&out);

		mg_buf_init(&out, rows[i] - 1);
		assert_int_equal(mg_root_read(&root, "/file", &out, &err),
				 -MG_ELIMIT);
		assert_err(MG_ELIMIT, "/file is longer than");
		mg_buf_release(&out);
		mg_buf_release(&text);
		assert_int_equal(unlink("file"), 0);
	}
	mg_root_close(&root);
}

/* Built-in paths stay in the tree that was opened, whatever has its name. */
static void test_root_is_held(void **state)
{
	struct mg_root root;
	struct mg_buf out;

	(void)state;
	make_kinds();
	assert_int_equal(mg_root_open(&root, "dir", &err), 0);
	assert_int_equal(rename("dir", "moved"), 0);
	assert_int_equal(mkdir("dir", 0755), 0);
	make_file("dir/plain", MG_LIT("planted"));
	mg_buf_init(&out, 100);
	assert_int_equal(mg_root_read(&root, "/plain", &out, &err), 0);
	assert_string_equal(out.ptr, "inner");
	mg_buf_release(&out);
	mg_root_close(&root);
}

static void test_root_has(void **state)
{
	static const struct {
		const char *path;
		bool want;
	} rows[] = {
		{ "/", true },          { "/plain", true },
		{ "/dir/plain", true }, { "/dir", true },
		{ "/fifo", true },      { "/link", true },
		{ "/broken", true },    { "/loop", true },
		{ "/missing", false },  { "/plain/plain", false },
	};
	struct mg_root root;

	(void)state;
	make_kinds();
	root = open_here();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(mg_root_has(&root, rows[i].path),
				 rows[i].want);
	mg_root_close(&root);
}

/* The names of a directory as "a b ", in order. */
static void test_root_list(void **state)
{
	static const struct {
		const char *path;
		const char *want; /* NULL: rc instead */
		int rc;
	} rows[] = {
		{ "/dir", "plain ", 0 },     { "/names", "-x .y B a a b ", 0 },
		{ "/bare", "", 0 },          { "/missing", NULL, 1 },
		{ "/plain", NULL, -MG_EIO }, { "/dirlink", NULL, -MG_EIO },
	};
	struct mg_root root;

	(void)state;
	make_kinds();
	assert_int_equal(mkdir("bare", 0755), 0);
	assert_int_equal(mkdir("names", 0755), 0);
	make_file("names/a b", MG_LIT(""));
	make_file("names/a", MG_LIT(""));
	make_file("names/B", MG_LIT(""));
	make_file("names/.y", MG_LIT(""));
	make_file("names/-x", MG_LIT(""));
	root = open_here();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mg_file_info info = { .is_directory = false };
		struct mg_buf out;

		mg_buf_init(&out, 100);
		assert_int_equal(mg_root_list(&root, rows[i].path, &out, &info,
					      &err),
				 rows[i].rc);
		assert_int_equal(info.is_directory, rows[i].rc == 0);
		for (size_t at = 0; at < out.len; at++)
			if (!out.ptr[at])
				out.ptr[at] = ' ';
		if (rows[i].want)
			assert_string_equal(out.ptr, rows[i].want);
		mg_buf_release(&out);
	}
	for (size_t max = 13; max <= 14; max++) {
		struct mg_file_info info;
		struct mg_buf out;

		mg_buf_init(&out, max);
		assert_int_equal(mg_root_list(&root, "/names", &out, &info,
					      &err),
				 max < 14 ? -MG_ELIMIT : 0);
		mg_buf_release(&out);
	}
	mg_root_close(&root);
}

/* What a look tells is what a reader of the file is told. */
static void test_root_look(void **state)
{
	struct mg_file_info looked, read;
	struct mg_root root;
	struct mg_buf out;

	(void)state;
	make_kinds();
	root = open_here();
	mg_buf_init(&out, 100);
	assert_int_equal(mg_root_read_info(&root, "/plain", &out, &read, &err),
			 0);
	assert_int_equal(mg_root_look(&root, "/plain", &looked, &err), 0);
	assert_true(looked.dev == read.dev && looked.ino == read.ino);
	assert_true(looked.mtime_ns == read.mtime_ns);
	assert_int_equal(looked.size_bytes, out.len);
	assert_true(looked.mtime_ns > INT64_C(1000000000) * 1000000000);
	assert_true(looked.is_regular && mg_file_is_ours(&looked));
	assert_int_equal(mg_root_look(&root, "/dir", &looked, &err), 0);
	assert_true(looked.is_directory);
	assert_int_equal(mg_root_look(&root, "/link", &looked, &err), 0);
	assert_false(looked.is_regular || looked.is_directory);
	assert_int_equal(mg_root_look(&root, "/missing", &looked, &err), 1);
	assert_int_equal(mg_root_look(&root, "/plain/x", &looked, &err), 1);
	looked.uid ^= 1;
	assert_false(mg_file_is_ours(&looked) && looked.uid != geteuid());
	mg_buf_release(&out);
	mg_root_close(&root);
}

static void test_root_readlink(void **state)
{
	static const struct {
		const char *path, *want; /* NULL: it returns 1 */
	} rows[] = {
		{ "/link", "plain" },     { "/broken", "missing" },
		{ "/loop", "loop" },      { "/plain", NULL },
		{ "/dir", NULL },         { "/missing", NULL },
		{ "/plain/plain", NULL },
	};
	struct mg_root root;
	struct mg_buf out;

	(void)state;
	make_kinds();
	root = open_here();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		mg_buf_init(&out, 7);
		assert_int_equal(mg_root_readlink(&root, rows[i].path, &out),
				 rows[i].want == NULL);
		assert_string_equal(out.ptr, rows[i].want ? rows[i].want : "");
		assert_false(out.truncated);
		mg_buf_release(&out);
	}
	/* What does not fit is seen in the buffer. */
	mg_buf_init(&out, 6);
	assert_int_equal(mg_root_readlink(&root, "/broken", &out), 0);
	assert_true(out.truncated);
	mg_buf_release(&out);
	mg_root_close(&root);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_DIRECTORY(test_root_open),
		IN_DIRECTORY(test_root_read),
		IN_DIRECTORY(test_root_read_gives_the_bytes),
		IN_DIRECTORY(test_root_read_limit),
		IN_DIRECTORY(test_root_is_held),
		IN_DIRECTORY(test_root_has),
		IN_DIRECTORY(test_root_list),
		IN_DIRECTORY(test_root_look),
		IN_DIRECTORY(test_root_readlink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
