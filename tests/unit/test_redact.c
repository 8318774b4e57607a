/* SPDX-License-Identifier: MIT */
/* What is hidden of a text that others wrote, and what stays. */
#include "leave.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/redact.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

static const unsigned char key[MG_REDACT_KEY_LEN] = "key of a bundle";

/* As it reads with each pseudonym as "#". */
static void redact(enum mg_redact_kind kind, struct mg_slice text, int times,
		   char *out, size_t cap)
{
	struct mg_redact r;
	struct mg_buf b;
	struct mg_slice rest;
	size_t at;

	mg_redact_init(&r, key);
	mg_redact_own(&r, MG_LIT("Own.example"));
	mg_buf_init(&b, 1 << 20);
	while (times-- > 0) {
		mg_buf_clear(&b);
		mg_redact_text(&r, kind, text, &b);
	}
	rest = mg_buf_slice(&b);
	*out = '\0';
	while ((at = mg_slice_search(rest, MG_LIT(MG_REDACT_PREFIX))) <
	       rest.len) {
		const size_t n = strlen(out);

		(void)snprintf(out + n, cap - n, "%.*s#", (int)at, rest.ptr);
		rest = mg_slice_from(rest, at + strlen(MG_REDACT_PREFIX));
		/* Of an encoded word nothing is told. */
		if (rest.len >= 16 && rest.ptr[0] != '?')
			rest = mg_slice_from(rest, 16);
	}
	at = strlen(out);
	(void)snprintf(out + at, cap - at, "%.*s", MG_SLICE_ARG(rest));
	mg_buf_release(&b);
	mg_redact_release(&r);
}

static void test_addresses_and_what_stands_alone(void **state)
{
	static const struct {
		enum mg_redact_kind kind;
		const char *text, *redacted;
	} rows[] = {
		{ MG_REDACT_TEXT, "", "" },
		{ MG_REDACT_TEXT, "no address", "no address" },
		{ MG_REDACT_TEXT, "joe@b.test", "#@b.test" },
		{ MG_REDACT_TEXT, "ann@own.example", "ann@own.example" },
		{ MG_REDACT_TEXT, "<Ann@OWN.example>,", "<Ann@OWN.example>," },
		{ MG_REDACT_TEXT, "to ann@own.example.",
		  "to ann@own.example." },
		{ MG_REDACT_TEXT, "ann@own.example/192.0.2.9",
		  "ann@own.example/192.0.2.9" },
		/* Not certainly the subject's. */
		{ MG_REDACT_TEXT, "ann@x.own.example", "#@x.own.example" },
		{ MG_REDACT_TEXT, "ann@own.example.evil",
		  "#@own.example.evil" },
		{ MG_REDACT_TEXT, "ann@own.example@c.test", "#@c.test" },
		{ MG_REDACT_TEXT, "a@b@c", "#@c" },
		{ MG_REDACT_TEXT, "joe@b.test@own.example", "#@own.example" },
		{ MG_REDACT_TEXT, "joe=b.test@own.example", "#@own.example" },
		{ MG_REDACT_TEXT, "joe%b.test@own.example", "#@own.example" },
		{ MG_REDACT_TEXT, "b!joe@own.example", "#@own.example" },
		{ MG_REDACT_TEXT, "\"joe x\"@own.example", "#@own.example" },
		{ MG_REDACT_TEXT, "ann@own.example=x", "#@own.example=x" },
		/* Quotes, and what they hide. */
		{ MG_REDACT_TEXT, "<\"joe smith\"@b.test>", "<#@b.test>" },
		{ MG_REDACT_TEXT, "\"a\\\"b c\"@b.test", "#@b.test" },
		{ MG_REDACT_TEXT, "\"joe@c.test miller\"@b.test", "#@b.test" },
		{ MG_REDACT_TEXT, "x \"a\"b\"@b.test", "x #@b.test" },
		{ MG_REDACT_TEXT, "joe\\ smith@b.test", "#@b.test" },
		{ MG_REDACT_TEXT, "joe smith\"@b.test", "#@b.test" },
		{ MG_REDACT_TEXT, "T=\"hi\" F=<joe@b.test>",
		  "T=\"hi\" F=<#@b.test>" },
		{ MG_REDACT_TEXT, "o'brien@b.test", "#@b.test" },
		{ MG_REDACT_TEXT, "'joe@b.test'", "'#@b.test'" },
		{ MG_REDACT_TEXT, "joe@[192.0.2.1]", "#@[192.0.2.1]" },
		{ MG_REDACT_TEXT, "joe@", "#@" },
		{ MG_REDACT_TEXT, "@b.test @", "@b.test @" },
		{ MG_REDACT_TEXT, "<@a.test,@b.test:joe@c.test>",
		  "<@a.test,@b.test:#@c.test>" },
		{ MG_REDACT_TEXT, "j\xc3\xb6@b\xc3\xbc.test",
		  "#@b\xc3\xbc.test" },
		{ MG_REDACT_TEXT, "\xff\xfe@\xff", "#@\xff" },
		{ MG_REDACT_TEXT, "GET /x?u=joe%40b.test&y",
		  "GET /x?u=#%40b.test&y" },
		{ MG_REDACT_TEXT, "To: =?utf-8?B?am9lQGIudGVzdA==?= x",
		  "To: =?#?= x" },
		/* Words that were local parts. */
		{ MG_REDACT_TEXT, "joe@b.test: no JOE, joey, joe. /home/joe/",
		  "#@b.test: no #, joey, #. /home/#/" },
		{ MG_REDACT_TEXT, "05:25 25@b.test", "05:25 #@b.test" },
		{ MG_REDACT_TEXT, "to=<root>, from=<>, session=<x>",
		  "to=<#>, from=<>, session=<x>" },
		/* Exim's lines. */
		{ MG_REDACT_LOG, "d t i => joe <joe@b.test> R=x",
		  "d t i => # <#@b.test> R=x" },
		{ MG_REDACT_LOG, "d t i => /var/mail/j <j@b.test> R=x",
		  "d t i => # <#@b.test> R=x" },
		{ MG_REDACT_LOG, "d t i => ann <ann@own.example> R=x",
		  "d t i => ann <ann@own.example> R=x" },
		{ MG_REDACT_LOG, "d t i ** nobody R=x", "d t i ** # R=x" },
		{ MG_REDACT_LOG, "d t i => \"a b\" <\"a b\"@c.test> R=x",
		  "d t i => # <#@c.test> R=x" },
		{ MG_REDACT_LOG, "d t i => \"a b R=x", "d t i => #" },
		{ MG_REDACT_LOG, "d t i <= <> R=j S=1 for x@b.test bob",
		  "d t i <= <> R=j S=1 for #@b.test #" },
		{ MG_REDACT_LOG,
		  "d t i <= ann@own.example T=\"one for you\" for x@b.test",
		  "d t i <= ann@own.example T=\"one for you\" for #@b.test" },
		{ MG_REDACT_LOG, "x: to=<joe@b.test>, orig_to=<joe>, relay=m",
		  "x: to=<#@b.test>, orig_to=<#>, relay=m" },
		/* JSON stays JSON. */
		{ MG_REDACT_JSON, "{\"bytes\":1,\"to\":[\"bytes@b.test\"]}",
		  "{\"bytes\":1,\"to\":[\"#@b.test\"]}" },
		{ MG_REDACT_JSON, "{\"a\":\"\\\"x y\\\"@b.test \\n\\u00e9\"}",
		  "{\"a\":\"#@b.test \\n\\u00e9\"}" },
		{ MG_REDACT_JSON, "[\"j\\u006fe\\u0040b.test\"]",
		  "[\"#@b.test\"]" },
		{ MG_REDACT_JSON, "[\"\\ud83d\\ude00@b.test\", \"\\ud83d",
		  "[\"#@b.test\", \"\\ufffd\"" },
	};
	char out[512];

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		redact(rows[i].kind, mg_slice_str(rows[i].text), 2, out,
		       sizeof(out));
		if (strcmp(out, rows[i].redacted) != 0)
			print_message("row %zu: '%s'\n", i, rows[i].text);
		assert_string_equal(out, rows[i].redacted);
	}
}

/* Joe is joe, and joe of another domain, or under another key, is another. */
static void test_pseudonyms_are_equal_for_equal_addresses(void **state)
{
	static const char *const texts[] = { "joe@b.test", "JOE@B.test",
					     "joe@c.test", "joe@b.test" };
	unsigned char keys[LENGTH(texts)][MG_REDACT_KEY_LEN] = {
		{ 1 }, { 1 }, { 1 }, { 2 }
	};
	char first[2 * 32] = "";

	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++) {
		struct mg_redact r;
		struct mg_buf b;

		mg_redact_init(&r, keys[i]);
		mg_buf_init(&b, 100);
		mg_redact_text(&r, MG_REDACT_TEXT, mg_slice_str(texts[i]), &b);
		if (i == 0)
			(void)snprintf(first, sizeof(first), "%s", b.ptr);
		/* Prefix and digits; the domain is as it was written. */
		if (i == 1)
			assert_memory_equal(first, b.ptr, 23);
		if (i > 1)
			assert_memory_not_equal(first, b.ptr, 23);
		mg_buf_release(&b);
		mg_redact_release(&r);
	}
}

/* Each byte is looked at some times, however many quotes there are. */
static void test_hostile_lines_take_no_longer(void **state)
{
	static const char *const pieces[] = { "@", "\"@", "a@",  "\\\"@", "=?",
					      "<", "\"",  "%40", " => " };
	static char text[200000];
	struct mg_redact r;
	struct mg_buf b;

	(void)state;
	for (size_t i = 0; i < LENGTH(pieces); i++) {
		const size_t len = strlen(pieces[i]);

		for (size_t at = 0; at < sizeof(text); at++)
			text[at] = pieces[i][at % len];
		memcpy(text + sizeof(text) - 2, "\"@", 2);
		mg_redact_init(&r, key);
		mg_buf_init(&b, 16 << 20);
		mg_redact_text(&r, MG_REDACT_LOG,
			       mg_slice_of(text, sizeof(text)), &b);
		assert_false(b.truncated);
		mg_buf_release(&b);
		mg_redact_release(&r);
	}
}

#ifndef SHORT_WAY_OUT /* children that end as the sanitizer lets none end */

static void test_a_child_rewrites_all_texts_with_all_addresses(void **state)
{
	const struct mg_redact_ask ask = {
		.key = "k",
		.per = MG_LIT("account"),
		.subject = MG_LIT("bob"),
		.account = MG_LIT("{\"domains\":[\"a.test\",\"b.test\"]}"),
	};
	const struct mg_jail jail = { MG_PRIV_UID, MG_PRIV_UID };
	struct mg_redact_item items[] = {
		{ .text = MG_LIT("joe is unknown, joe@a.test is not") },
		{ .text = MG_LIT("") },
		{ .text = MG_LIT("joe@c.test x@b.test") },
	};
	struct mg_buf answer;
	struct mg_err err;

	(void)state;
	mg_buf_init(&answer, 1 << 20);
	assert_int_equal(mg_redact_all(&ask, &jail, items, LENGTH(items),
				       &answer, &err),
			 0);
	assert_true(mg_slice_has_prefix(items[0].redacted,
					MG_LIT(MG_REDACT_PREFIX)));
	assert_true(mg_slice_has_suffix(
		items[0].redacted, MG_LIT(" is unknown, joe@a.test is not")));
	assert_int_equal(items[1].redacted.len, 0);
	assert_true(mg_slice_has_suffix(items[2].redacted,
					MG_LIT("@c.test x@b.test")));
	mg_buf_release(&answer);
	/* More than it may say is nothing. */
	mg_buf_init(&answer, 40);
	assert_true(mg_redact_all(&ask, &jail, items, LENGTH(items), &answer,
				  &err) < 0);
	mg_buf_release(&answer);
}

#endif

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_and_what_stands_alone),
		cmocka_unit_test(test_pseudonyms_are_equal_for_equal_addresses),
		cmocka_unit_test(test_hostile_lines_take_no_longer),
#ifndef SHORT_WAY_OUT
		cmocka_unit_test(
			test_a_child_rewrites_all_texts_with_all_addresses),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
