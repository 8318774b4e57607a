/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a panel's JSON: values are found or it is refused, never both;
 * within another text it is what it was by itself; a member that is there twice
 * is never taken.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "mailguard/buf.h"
#include "mailguard/json_pick.h"

#define PATHS 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const paths[PATHS] = { "a", "data.acct[0].user",
					  "data[user=joe].reason", "a.b" };

struct answer {
	int rc;
	struct mg_json_picked of[PATHS];
};

static struct answer ask(struct mg_slice text, const char *const *where)
{
	struct answer a;
	struct mg_err err;

	a.rc = mg_json_pick_here(text, where, PATHS, a.of, &err);
	assert(a.rc == 0 || a.rc == -MG_EPARSE || a.rc == -MG_ELIMIT);
	for (size_t i = 0; i < PATHS; i++) {
		const struct mg_json_picked *p = &a.of[i];

		assert(a.rc == 0 || !p->is_there);
		assert(p->len < MG_JSON_TEXT_MAX && strlen(p->text) == p->len);
		assert(p->is_there || p->len == 0);
	}
	return a;
}

/* With more before and behind it. */
static struct answer ask_within(struct mg_slice text, const char *before,
				const char *behind, const char *const *where)
{
	struct mg_buf b;
	struct answer a;

	mg_buf_init(&b, MG_JSON_BYTES_MAX);
	mg_buf_add_str(&b, before);
	mg_buf_add(&b, text);
	mg_buf_add_str(&b, behind);
	a = ask(mg_buf_slice(&b), where);
	mg_buf_release(&b);
	return a;
}

/* One deeper than by itself may be too deep. */
static void check_same(const struct answer *alone, const struct answer *within)
{
	if (within->rc == 0)
		assert(!memcmp(within->of, alone->of, sizeof(alone->of)));
}

static void check(struct mg_slice text)
{
	static const char *const in_member[PATHS] = {
		"x.a", "x.data.acct[0].user", "x.data[user=joe].reason", "x.a.b"
	};
	static const char *const in_list[PATHS] = {
		"x[1].a", "x[1].data.acct[0].user",
		"x[1].data[user=joe].reason", "x[1].a.b"
	};
	const struct answer alone = ask(text, paths);
	struct answer within;

	if (alone.rc < 0)
		return;
	within = ask_within(text, " ", "\n", paths);
	assert(within.rc == 0);
	check_same(&alone, &within);
	within = ask_within(text, "{\"x\":", "}", in_member);
	check_same(&alone, &within);
	within = ask_within(text, "{\"x\":[1,", "]}", in_list);
	check_same(&alone, &within);
	assert(ask_within(text, "{\"x\":1,\"x\":", "}", in_member).rc < 0);
	assert(ask_within(text, "", ",", paths).rc < 0);
	assert(ask_within(text, "", "{}", paths).rc < 0);
}

/* Bytes as words: few byte strings are JSON, many of these are nearly so. */
static void check_words(const uint8_t *data, size_t size)
{
	static const char *const words[] = {
		"{",           "}",        "[",        "]",
		":",           ",",        "\"a\"",    "\"b\"",
		"\"data\"",    "\"acct\"", "\"user\"", "\"joe\"",
		"1",           "null",     "true",     "-2.5e3",
		"\"\\u0000\"", "\"\"",     "{\"a\":",  "\"user\":\"joe\"",
		"\"reason\":", " ",        "x",        "\\",
	};
	struct mg_buf b;

	mg_buf_init(&b, MG_JSON_BYTES_MAX);
	mg_buf_add_char(&b, '{');
	for (size_t i = 0; i < size; i++)
		mg_buf_add_str(
			&b, words[data[i] % (sizeof(words) / sizeof(*words))]);
	mg_buf_add_char(&b, '}');
	check(mg_buf_slice(&b));
	mg_buf_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(mg_slice_of((const char *)data, size));
	check_words(data, size);
	return 0;
}
