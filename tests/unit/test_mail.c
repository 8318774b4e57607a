/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/address.h"
#include "mailguard/mail.h"
#include "mailguard/template.h"

static void test_addresses(void **state)
{
	static const struct {
		const char *text;
		bool want;
	} rows[] = {
		{ "root", true },
		{ "joe@a.example", true },
		{ "o'neil+x@a.example", true },
		{ "", false },
		{ "@a.example", false },
		{ "-oMr@a.example", false },
		{ "|/bin/sh", false },
		{ "/etc/passwd", false },
		{ "a b@a.example", false },
		{ "a@b@c.example", false },
		{ "a\nBcc: x@a.example", false },
		{ "joe@", false },
		{ "joe@a..example", false },
		{ "\"joe\"@a.example", false },
		{ "joe@a.example,ann@a.example", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(mg_address_is_safe(mg_slice_str(rows[i].text)),
				 rows[i].want);
}

static const struct mg_mail usual = {
	.from = MG_LIT_INIT("root@host.example"),
	.to = MG_LIT_INIT("joe@a.example"),
	.subject = MG_LIT_INIT("limited [1f]"),
	.language = MG_LIT_INIT("en"),
	.id = MG_LIT_INIT("1f.0"),
	.date = 1772408000,
	.offset_s = -12600,
	.body = MG_LIT_INIT("a = b\nend \n\xc3\xa4\n.\n"),
};

static void test_message(void **state)
{
	struct mg_buf b;

	(void)state;
	mg_buf_init(&b, 4096);
	mg_mail_write(&usual, &b);
	assert_string_equal(b.ptr,
			    "Date: Sun, 1 Mar 2026 20:03:20 -0330\n"
			    "From: root@host.example\n"
			    "To: joe@a.example\n"
			    "Subject: limited [1f]\n"
			    "Message-ID: <mailguard.1f.0@host.example>\n"
			    "Auto-Submitted: auto-generated\n"
			    "MIME-Version: 1.0\n"
			    "Content-Type: text/plain; charset=utf-8\n"
			    "Content-Transfer-Encoding: quoted-printable\n"
			    "Content-Language: en\n"
			    "\n"
			    "a =3D b\nend=20\n=C3=A4\n.\n");
	mg_buf_release(&b);
}

/* A53: nothing that stands in a field ends it. */
static void test_header_is_one_line_each(void **state)
{
	struct mg_mail m = usual;
	struct mg_buf b;

	(void)state;
	m.subject = MG_LIT("x\r\nBcc: all@a.example\n\nbody");
	mg_buf_init(&b, 4096);
	mg_mail_write(&m, &b);
	assert_non_null(
		strstr(b.ptr, "Subject: x??Bcc: all@a.example??body\n"));
	assert_null(strstr(b.ptr, "\nBcc"));
	mg_buf_release(&b);
}

/* RFC 2047: what is long or no ASCII, and what looks like a word of its own. */
static void test_subject_in_words(void **state)
{
	static const struct {
		const char *subject, *want;
	} rows[] = {
		{ "Gr\xc3\xbc\xc3\x9f"
		  "e?",
		  "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe=3F?=\n" },
		{ "=?utf-8?q?x?=",
		  "Subject: =?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=\n" },
		{ "\xc3\xbc\r\nBcc: x",
		  "Subject: =?utf-8?q?=C3=BC=3F=3FBcc:_x?=\n" },
		{ "a_b \xe2\x82\xac",
		  "Subject: =?utf-8?q?a=5Fb_=E2=82=AC?=\n" },
	};
	struct mg_mail m = usual;
	struct mg_buf b;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		mg_buf_init(&b, 4096);
		m.subject = mg_slice_str(rows[i].subject);
		mg_mail_write(&m, &b);
		assert_non_null(strstr(b.ptr, rows[i].want));
		mg_buf_release(&b);
	}
}

/* No line is over 76, and no character is cut. */
static void test_long_subject(void **state)
{
	char subject[1200];
	struct mg_mail m = usual;
	struct mg_buf b;
	size_t column = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(subject); i += 3)
		memcpy(subject + i, i % 5 ? "\xe2\x82\xac" : "abc", 3);
	m.subject = mg_slice_of(subject, sizeof(subject));
	mg_buf_init(&b, 16384);
	mg_mail_write(&m, &b);
	for (size_t i = 0; i < b.len; i++) {
		column = b.ptr[i] == '\n' ? 0 : column + 1;
		assert_true(column <= 76);
	}
	assert_null(strstr(b.ptr, "=E2?="));
	assert_null(strstr(b.ptr, "=E2=82?="));
	mg_buf_release(&b);
}

/* RFC 2045 section 6.7, rule 5. */
static void test_no_line_is_over_76(void **state)
{
	char line[3000];
	struct mg_mail m = usual;
	struct mg_buf b;
	size_t column = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(line); i++)
		line[i] = i % 7 ? 'x' : '=';
	line[sizeof(line) - 1] = '\n';
	m.body = mg_slice_of(line, sizeof(line));
	mg_buf_init(&b, 16384);
	mg_mail_write(&m, &b);
	for (size_t i = 0; i < b.len; i++) {
		column = b.ptr[i] == '\n' ? 0 : column + 1;
		assert_true(column <= 76);
	}
	mg_buf_release(&b);
}

static const struct mg_template_value values[] = {
	{ MG_LIT_INIT("name"), MG_LIT_INIT("{limit}") },
	{ MG_LIT_INIT("limit"), MG_LIT_INIT("") },
};

static void test_template(void **state)
{
	struct mg_err err = { 0 };
	struct mg_buf b;

	(void)state;
	mg_buf_init(&b, 4096);
	assert_int_equal(mg_template_expand(MG_LIT("a {name} {{b}\n"
						   "limit {limit}\n"
						   "last {name}"),
					    values, 2, &b, &err),
			 0);
	assert_string_equal(b.ptr, "a {limit} {b}\nlast {limit}");
	mg_buf_release(&b);
}

static void test_template_mistakes(void **state)
{
	static const char *const rows[][2] = {
		{ "a\n{nam}\n", "line 2: there is no '{nam}'" },
		{ "a {name\n}", "line 1: '{' without '}'; write '{{' for a "
				"brace" },
	};
	struct mg_err err = { 0 };
	struct mg_buf b;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		mg_buf_init(&b, 4096);
		assert_int_equal(mg_template_expand(mg_slice_str(rows[i][0]),
						    values, 2, &b, &err),
				 -MG_ECONF);
		assert_string_equal(err.text, rows[i][1]);
		mg_buf_release(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_message),
		cmocka_unit_test(test_header_is_one_line_each),
		cmocka_unit_test(test_subject_in_words),
		cmocka_unit_test(test_long_subject),
		cmocka_unit_test(test_no_line_is_over_76),
		cmocka_unit_test(test_template),
		cmocka_unit_test(test_template_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
