/* SPDX-License-Identifier: MIT */
/* Values out of JSON that somebody else wrote. */
#include "leave.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/json_pick.h"

static const struct mg_jail jail = { MG_PRIV_UID, MG_PRIV_UID };
static struct mg_err err;

static int pick(struct mg_slice text, const char *path,
		struct mg_json_picked *out)
{
	return mg_json_pick_here(text, &path, 1, out, &err);
}

static void test_values(void **state)
{
	static const char text[] =
		"{\"metadata\":{\"result\":1,\"reason\":\"OK \\u00e9\\n\"},"
		"\"data\":{\"acct\":[{\"user\":\"joe\",\"suspended\":\"1\"},"
		"{\"user\":\"ann\",\"a\":[1,2.50,true,null,{}]}],\"none\":null,"
		"\"nul\":\"a\\u0000b\",\"e\":\"\"}}\n";
	static const struct {
		const char *path, *value; /* NULL: it is not there */
	} rows[] = {
		{ "metadata.result", "1" },
		{ "metadata.reason", "OK \xc3\xa9\n" },
		{ "metadata", "" },
		{ "data.acct[0].suspended", "1" },
		{ "data.acct[1].user", "ann" },
		{ "data.acct[2].user", NULL },
		{ "data.acct[user=ann].a[1]", "2.50" },
		{ "data.acct[user=ann].a[2]", "true" },
		{ "data.acct[user=ann].a[3]", NULL },
		{ "data.acct[user=ann].a[4]", "" },
		{ "data.acct[user=bob].user", NULL },
		{ "data.acct.user", NULL },
		{ "data.none", NULL },
		{ "data.nul", NULL },
		{ "data.e", "" },
		{ "nothing.at.all", NULL },
		{ "metadata.result.more", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct mg_json_picked out;

		assert_int_equal(pick(mg_slice_str(text), rows[i].path, &out),
				 0);
		if (out.is_there != !!rows[i].value ||
		    strcmp(out.text, rows[i].value ? rows[i].value : "") != 0)
			fail_msg("%s: '%s'", rows[i].path, out.text);
		assert_int_equal(out.len, strlen(out.text));
	}
}

static void test_what_is_refused(void **state)
{
	static const char *const rows[] = {
		"",
		" ",
		"[]",
		"1",
		"null",
		"{",
		"{\"a\":1}x",
		"{\"a\":1}{}",
		"{'a':1}",
		"{\"a\":1,}",
		"{\"a\":1} // b",
		"{\"a\":\"\xff\"}",
		"{\"a\":NaN}",
		"{\"a\":1,\"a\":2}",
		"{\"a\":{\"b\":1,\"c\":2},\"a\":2}",
		"{\"d\":[{\"a\":\"x:\\\":\",\"b\":1,\"a\":2}]}",
	};
	struct mg_json_picked out;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (pick(mg_slice_str(rows[i]), "a", &out) != -MG_EPARSE)
			fail_msg("%s is taken", rows[i]);
		assert_false(out.is_there);
	}
	assert_int_equal(pick(MG_LIT("{\"x:\\\":\":\":\",\"a\":1}"), "a", &out),
			 0);
	assert_string_equal(out.text, "1");
	assert_int_equal(pick(MG_LIT("{\"a\":\0 1}"), "a", &out), -MG_EPARSE);
}

static void test_limits(void **state)
{
	struct mg_json_picked out;
	struct mg_buf text;

	(void)state;
	mg_buf_init(&text, MG_JSON_BYTES_MAX + 2);
	mg_buf_add_str(&text, "{\"a\":\"");
	mg_buf_add_fill(&text, 'x', MG_JSON_BYTES_MAX - text.len - 2);
	mg_buf_add_str(&text, "\"}");
	assert_int_equal(pick(mg_buf_slice(&text), "a", &out), 0);
	assert_int_equal(out.len, MG_JSON_TEXT_MAX - 1);
	mg_buf_add_str(&text, " ");
	assert_int_equal(pick(mg_buf_slice(&text), "a", &out), -MG_ELIMIT);
	for (size_t depth = 1; depth < 40; depth++) {
		mg_buf_clear(&text);
		for (size_t i = 0; i < depth; i++)
			mg_buf_add_str(&text, "{\"a\":");
		mg_buf_add_str(&text, "1");
		mg_buf_add_fill(&text, '}', depth);
		assert_int_equal(pick(mg_buf_slice(&text), "a", &out),
				 depth < MG_JSON_DEPTH_MAX ? 0 : -MG_EPARSE);
	}
	mg_buf_release(&text);
}

/* The same in a jail. */
static void test_jail(void **state)
{
	static const char *const paths[] = { "a", "b", "c.d" };
	struct mg_json_picked out[3];

	(void)state;
	assert_int_equal(mg_json_pick(&jail,
				      MG_LIT("{\"a\":\"x\",\"c\":{\"d\":1.5}}"),
				      paths, 3, out, &err),
			 0);
	assert_string_equal(out[0].text, "x");
	assert_false(out[1].is_there);
	assert_string_equal(out[2].text, "1.5");
	assert_int_equal(mg_json_pick(&jail, MG_LIT("{\"a\":"), paths, 3, out,
				      &err),
			 -MG_EPARSE);
	assert_false(out[0].is_there);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test(test_limits),
#ifndef SHORT_WAY_OUT /* a jail that AddressSanitizer cannot leave */
		cmocka_unit_test(test_jail),
#endif
	};

	(void)test_jail;

	return cmocka_run_group_tests(tests, NULL, NULL);
}
