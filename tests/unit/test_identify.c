/* SPDX-License-Identifier: MIT */
/* Streams that are known logs, parts of them, or others. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/identify.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define BYTES 1000000

static const struct mg_hash_key key = { 1, 2 };
static struct mg_err err;
static char *text;

static int begin(void **state)
{
	(void)state;
	text = malloc(2 * BYTES);
	for (int i = 0; i < 2 * BYTES / 20; i++) {
		char line[32];

		(void)snprintf(line, sizeof(line), "line number %07d\n", i);
		memcpy(text + i * 20, line, 20);
	}
	return 0;
}

static int end(void **state)
{
	(void)state;
	free(text);
	return 0;
}

static int file_of(const char *bytes, size_t len)
{
	char path[] = "/tmp/mailguard-identify-XXXXXX";
	const int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	return fd;
}

/* What is known after a log was read up to a place. */
static struct mg_known known_at(int64_t log, const char *bytes, int64_t at)
{
	struct mg_trail t = { 0 };

	t.n_head = at < MG_FOLLOW_HEAD ? (uint32_t)at : MG_FOLLOW_HEAD;
	memcpy(t.head, bytes, t.n_head);
	mg_trail_add(&t, 0, mg_slice_of(bytes, (size_t)at));
	return (struct mg_known){ .log = log,
				  .place = mg_trail_place(&t, &key) };
}

static struct mg_identity identify(const char *bytes, size_t len,
				   const struct mg_known *known, size_t n,
				   struct mg_trail *trail, int64_t *at)
{
	const int fd = file_of(bytes, len);
	struct mg_identity out;
	struct mg_input in;

	mg_input_plain(&in, fd, 0, (int64_t)len);
	assert_int_equal(mg_identify(&in, &key, known, n, trail, &out, &err),
			 0);
	*at = in.at;
	assert_int_equal(close(fd), 0);
	return out;
}

static void test_places(void **state)
{
	static const int64_t places[] = { 20,   40,     240,    260,    1020,
					  1040, 262140, 262160, 524300, BYTES };

	(void)state;
	for (size_t i = 0; i < LENGTH(places); i++) {
		const struct mg_known k = known_at(7, text, places[i]);
		struct mg_place again;
		struct mg_trail trail;
		int64_t at;
		const struct mg_identity got = identify(text, BYTES, &k, 1,
							&trail, &at);

		assert_int_equal(got.match, MG_MATCH_SAME);
		assert_int_equal(got.log, 7);
		assert_int_equal(got.offset, places[i]);
		assert_int_equal(at, places[i]);
		/* And it goes on as if it had been read from its start. */
		again = mg_trail_place(&trail, &key);
		assert_memory_equal(&again, &k.place, sizeof(again));
	}
}

static void test_others(void **state)
{
	struct mg_known k[3];
	struct mg_trail trail;
	struct mg_identity got;
	int64_t at;

	(void)state;
	got = identify(text, BYTES, NULL, 0, &trail, &at);
	assert_int_equal(got.match, MG_MATCH_NONE);
	assert_int_equal(at, 0);
	/* Another head. */
	k[0] = known_at(1, text + 20, 5000);
	got = identify(text, BYTES, k, 1, &trail, &at);
	assert_int_equal(got.match, MG_MATCH_NONE);
	assert_int_equal(at, 0);
	/* The same head, another text before the place. */
	text[399990] = '#';
	k[1] = known_at(2, text, 400000);
	text[399990] = '0';
	got = identify(text, BYTES, k, 2, &trail, &at);
	assert_int_equal(got.match, MG_MATCH_NONE);
	assert_int_equal(got.log, 0);
	assert_int_equal(at, 0);
	assert_int_equal(trail.end, 0);
	/* The right one is among them. */
	k[2] = known_at(3, text, 300000);
	got = identify(text, BYTES, k, 3, &trail, &at);
	assert_int_equal(got.match, MG_MATCH_SAME);
	assert_int_equal(got.log, 3);
	assert_int_equal(at, 300000);
	/* Two of the same place, of which one is right, whatever the order. */
	k[2] = known_at(3, text, 400000);
	got = identify(text, BYTES, k, 3, &trail, &at);
	assert_int_equal(got.log, 3);
	assert_int_equal(at, 400000);
	k[2] = k[1];
	k[1] = known_at(4, text, 400000);
	got = identify(text, BYTES, k, 3, &trail, &at);
	assert_int_equal(got.log, 4);
}

/* What was read twice as two logs goes on where more was read. */
static void test_the_last_place(void **state)
{
	const struct mg_known k[] = {
		known_at(1, text, 600000),
		known_at(2, text, 100000),
	};
	struct mg_trail trail;
	int64_t at;
	const struct mg_identity got = identify(text, BYTES, k, 2, &trail, &at);

	(void)state;
	assert_int_equal(got.log, 1);
	assert_int_equal(at, 600000);
}

static void test_shorter(void **state)
{
	const struct mg_known k[] = {
		known_at(1, text, 600000),
		known_at(2, text, 100000),
	};
	struct mg_trail trail;
	int64_t at;
	const struct mg_identity got = identify(text, 599980, k, 2, &trail,
						&at);

	(void)state;
	assert_int_equal(got.match, MG_MATCH_SHORTER);
	assert_int_equal(got.log, 1);
	assert_int_equal(got.offset, 600000);
}

static void test_heads(void **state)
{
	const struct mg_known k[] = {
		known_at(1, text + 20, 600000),
		known_at(2, text, 600000),
	};
	const int fd = file_of(text, 2000);
	struct mg_trail trail;
	struct mg_input in;

	(void)state;
	mg_input_plain(&in, fd, 0, 2000);
	assert_int_equal(mg_identify_head(&in, &trail, &err), 0);
	assert_int_equal(in.at, 0);
	assert_int_equal(mg_identify_by_head(&trail, &key, k, 2), 2);
	assert_int_equal(mg_identify_by_head(&trail, &key, k, 1), 0);
	assert_int_equal(close(fd), 0);
}

/* However the bytes are cut, with repeats, and with a gap. */
static void test_trail(void **state)
{
	static const size_t pieces[] = { 1, 100, 255, 256, 257, 5000 };
	const struct mg_known want = known_at(1, text, 20000);

	(void)state;
	for (size_t i = 0; i < LENGTH(pieces); i++) {
		struct mg_trail t = { .n_head = MG_FOLLOW_HEAD };
		struct mg_place got;

		memcpy(t.head, text, MG_FOLLOW_HEAD);
		for (size_t at = 0; at < 20000; at += pieces[i]) {
			const size_t from = at < 50 ? at : at - 50;
			const size_t to = at + pieces[i] < 20000
						  ? at + pieces[i]
						  : 20000;

			mg_trail_add(&t, (int64_t)from,
				     mg_slice_of(text + from, to - from));
			mg_trail_add(&t, 0, mg_slice_of(text, 10));
		}
		got = mg_trail_place(&t, &key);
		assert_memory_equal(&got, &want.place, sizeof(got));
		mg_trail_add(&t, 30000, mg_slice_of(text + 30000, 20));
		got = mg_trail_place(&t, &key);
		assert_int_equal(got.at, 30020);
		assert_int_equal(got.anchor_len, 20);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_the_last_place),
		cmocka_unit_test(test_shorter),
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_trail),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
