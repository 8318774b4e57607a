/* SPDX-License-Identifier: MIT */
/* Names of bundles, what goes in, and that the same gives the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/evidence.h"
#include "mailguard/file.h"
#include "mailguard/file_below.h"
#include "mailguard/mem.h"
#include "mailguard/tar.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

static struct mg_err err;

static void test_names_lead_nowhere(void **state)
{
	static const struct {
		const char *subject, *action, *act, *name;
	} rows[] = {
		{ "info@a.example", "suspend", "0123456789abcdef",
		  "20261122T060000Z-info@a.example-suspend-01234567" },
		{ "../../etc/x", "asked", "",
		  "20261122T060000Z-.._.._etc_x-asked" },
		{ "a\nb \xff;$(x)", "asked", "",
		  "20261122T060000Z-a_b_____x_-asked" },
		{ "", "asked", "", "20261122T060000Z--asked" },
	};
	char name[MG_EVIDENCE_NAME_MAX], longest[400];

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		mg_evidence_name(1795327200, mg_slice_str(rows[i].subject),
				 mg_slice_str(rows[i].action),
				 mg_slice_str(rows[i].act), name);
		assert_string_equal(name, rows[i].name);
		assert_true(mg_evidence_name_is_valid(mg_slice_str(name)));
	}
	memset(longest, 'a', sizeof(longest));
	mg_evidence_name(1795327200, mg_slice_of(longest, sizeof(longest)),
			 MG_LIT("asked"), MG_LIT(""), name);
	assert_true(mg_evidence_name_is_valid(mg_slice_str(name)));
	assert_true(strlen(name) < 120);
}

static void test_other_texts_are_no_names(void **state)
{
	static const char *const rows[] = { "",    "..",   "a",   "2/x",
					    "2 x", "2\nx", "../2" };
	char longest[MG_EVIDENCE_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_false(mg_evidence_name_is_valid(mg_slice_str(rows[i])));
	memset(longest, '2', sizeof(longest));
	assert_false(mg_evidence_name_is_valid(
		mg_slice_of(longest, sizeof(longest))));
	assert_true(mg_evidence_name_is_valid(
		mg_slice_of(longest, sizeof(longest) - 1)));
}

/* The bytes of a bundle of two files, added in an order. */
static int64_t make(struct mg_evidence *e, bool other_order, char *to,
		    size_t size)
{
	int64_t n;
	int fd;

	for (int i = 0; i < 2; i++)
		mg_evidence_add(e, (i == 0) == other_order ? "b" : "log/a",
				(i == 0) == other_order ? MG_LIT("bytes of b")
							: MG_LIT(""),
				MG_LIT("{}"));
	assert_int_equal(mg_file_make_scratch(&fd, &err), 0);
	assert_int_equal(mg_evidence_write(e, fd, &err), 0);
	n = mg_file_read_at(fd, to, size, 0, &err);
	mg_file_close(&fd);
	return n;
}

static int look(void *arg, const char *name, struct mg_slice bytes)
{
	size_t *n = arg;
	static const char *const names[] = { "2/README.txt", "2/SHA256SUMS",
					     "2/b", "2/log/a",
					     "2/manifest.json" };

	assert_string_equal(name, names[(*n)++]);
	if (!strcmp(name, "2/b"))
		assert_true(mg_slice_is(bytes, MG_LIT("bytes of b")));
	return 0;
}

static void test_the_same_gives_the_same_bytes(void **state)
{
	const struct mg_evidence_about about = { .name = MG_LIT("2"),
						 .per = MG_LIT("mailbox"),
						 .subject = MG_LIT("a\"\n"),
						 .until = 1795327200 };
	static char first[65536], second[65536];
	struct mg_evidence a, b;
	int64_t n;
	size_t n_files = 0;

	(void)state;
	mg_evidence_init(&a, &about);
	mg_evidence_init(&b, &about);
	n = make(&a, false, first, sizeof(first));
	assert_true(n > 0 && n < (int64_t)sizeof(first));
	assert_int_equal(make(&b, true, second, sizeof(second)), n);
	assert_memory_equal(first, second, (size_t)n);
	/* Written again it does not tell of itself. */
	assert_int_equal(a.n_files, 2);
	assert_int_equal(mg_tar_each(mg_slice_of(first, (size_t)n), 65536, look,
				     &n_files, &err),
			 0);
	assert_int_equal(n_files, 5);
	mg_evidence_release(&a);
	mg_evidence_release(&b);
	mg_evidence_release(&b);
}

static int count(void *arg, const char *name, struct mg_slice bytes)
{
	(void)name;
	(void)bytes;
	++*(size_t *)arg;
	return 0;
}

static void test_a_torn_archive_is_none(void **state)
{
	const struct mg_evidence_about about = { .name = MG_LIT("2"),
						 .per = MG_LIT("ip") };
	static char bytes[65536];
	struct mg_evidence e;
	size_t n_files = 0;
	int64_t n;

	(void)state;
	mg_evidence_init(&e, &about);
	n = make(&e, false, bytes, sizeof(bytes));
	mg_evidence_release(&e);
	assert_int_equal(mg_tar_each(MG_LIT("no archive"), 99, count, &n_files,
				     &err),
			 -MG_EPARSE);
	assert_int_equal(mg_tar_each(mg_slice_of(bytes, (size_t)n / 2), 65536,
				     count, &n_files, &err),
			 -MG_EPARSE);
	assert_int_equal(mg_tar_each(mg_slice_of(bytes, (size_t)n), 9, count,
				     &n_files, &err),
			 -MG_ELIMIT);
}

static void test_what_is_too_much_is_noted(void **state)
{
	const struct mg_evidence_about about = { .name = MG_LIT("2") };
	static char byte;
	struct mg_evidence e;

	(void)state;
	mg_evidence_init(&e, &about);
	mg_evidence_add(&e, "large",
			mg_slice_of(&byte, MG_EVIDENCE_FILE_MAX + 1),
			MG_LIT(""));
	assert_int_equal(e.n_files, 0);
	assert_int_equal(e.n_cuts, 1);
	mg_evidence_release(&e);
}

static int note_own(void *arg, const char *name, struct mg_slice bytes)
{
	static const char *const own[] = { "2/README.txt", "2/SHA256SUMS",
					   "2/manifest.json" };
	size_t *n = arg;

	for (size_t i = 0; i < LENGTH(own); i++)
		*n += !strcmp(name, own[i]) && bytes.len > 0;
	return 0;
}

/* Of an archive of zeros, which is small. */
static bool has_lists(int fd)
{
	static char bytes[1 << 20];
	const int64_t n = mg_file_read_at(fd, bytes, sizeof(bytes), 0, &err);
	size_t n_own = 0;

	assert_in_range(n, 1, sizeof(bytes) - 1);
	assert_int_equal(mg_tar_each(mg_slice_of(bytes, (size_t)n),
				     MG_EVIDENCE_FILE_MAX, note_own, &n_own,
				     &err),
			 0);
	return n_own == 3;
}

/* Whatever goes in, what tells of it has room, and the whole is no longer than
   its cap. */
static void test_a_full_bundle_has_its_own_files(void **state)
{
	const struct mg_evidence_about about = { .name = MG_LIT("2") };
	const size_t most = MG_EVIDENCE_BYTES_MAX / 2;
	char *zeros = mg_mem_zalloc(most, 1);
	struct mg_evidence e;
	struct mg_file_info info;
	int fd;

	(void)state;
	mg_evidence_init(&e, &about);
	mg_evidence_add(&e, "log/a", mg_slice_of(zeros, most - 1), MG_LIT(""));
	mg_evidence_add(&e, "log/b", mg_slice_of(zeros, 2), MG_LIT(""));
	mg_evidence_add(&e, "log/c", mg_slice_of(zeros, 1), MG_LIT(""));
	mg_evidence_add(&e, "log/d", mg_slice_of(zeros, 1), MG_LIT(""));
	assert_int_equal(e.n_files, 2);
	assert_int_equal(e.n_cuts, 2);
	assert_true(mg_slice_is(e.cuts[0],
				MG_LIT("log/b: its 2 bytes are more than a "
				       "bundle may hold")));
	assert_int_equal(mg_file_make_scratch(&fd, &err), 0);
	assert_int_equal(mg_evidence_write(&e, fd, &err), 0);
	assert_int_equal(e.n_cuts, 2);
	assert_int_equal(mg_file_look_at(fd, &info), 0);
	assert_true(info.size_bytes <= (int64_t)MG_EVIDENCE_BYTES_MAX);
	assert_true(has_lists(fd));
	mg_file_close(&fd);
	mg_evidence_release(&e);
	mg_mem_free(zeros);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_lead_nowhere),
		cmocka_unit_test(test_other_texts_are_no_names),
		cmocka_unit_test(test_the_same_gives_the_same_bytes),
		cmocka_unit_test(test_a_torn_archive_is_none),
		cmocka_unit_test(test_what_is_too_much_is_noted),
		cmocka_unit_test(test_a_full_bundle_has_its_own_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
