/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/incident.h"

static struct mg_err err;

static void test_what_is_filled_in(void **state)
{
	static const struct {
		const char *form, *want;
	} rows[] = {
		{ "Mechanism: a\nSteps taken: b\nMailing policy: c\n",
		  "Mechanism: a; Steps taken: b; Mailing policy: c" },
		/* In any order, and no newline at the end. */
		{ "Mailing policy: c\nSteps taken: b\nMechanism: a",
		  "Mechanism: a; Steps taken: b; Mailing policy: c" },
		/* Below the heading, over lines, with blanks of any kind. */
		{ "Mechanism:\n\n a \t password\r\n was\nstolen\nSteps taken:b\n"
		  "Mailing policy:c",
		  "Mechanism: a password was stolen; Steps taken: b; "
		  "Mailing policy: c" },
		/* What stands before any heading, and notes, say nothing. */
		{ "Dear host,\n# Mechanism: z\nMechanism: a\n#x\nSteps taken: "
		  "b\nMailing policy: c\n# d",
		  "Mechanism: a; Steps taken: b; Mailing policy: c" },
		/* A heading within a line is none. */
		{ "Mechanism: a Steps taken: z\nSteps taken: b\n"
		  " Mailing policy: z\nMailing policy: c",
		  "Mechanism: a Steps taken: z; Steps taken: b Mailing policy: "
		  "z; Mailing policy: c" },
		/* Bytes are kept; who prints them escapes them. */
		{ "Mechanism: \x1b[2J\xff\nSteps taken: b\nMailing policy: c",
		  "Mechanism: \x1b[2J\xff; Steps taken: b; Mailing policy: "
		  "c" },
	};
	struct mg_buf out;

	(void)state;
	mg_buf_init(&out, 2 * MG_INCIDENT_MAX);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		mg_buf_clear(&out);
		err = (struct mg_err){ 0 };
		assert_int_equal(mg_incident_parse(mg_slice_str(rows[i].form),
						   &out, &err),
				 0);
		assert_string_equal(out.ptr, rows[i].want);
		assert_string_equal(err.text, "");
	}
	mg_buf_release(&out);
}

static void test_what_is_not(void **state)
{
	static const struct {
		const char *form, *part;
	} rows[] = {
		{ "", "nothing under 'Mechanism:'" },
		{ "Mechanism: a\nMailing policy: c", "under 'Steps taken:'" },
		{ "Mechanism: a\nSteps taken: b", "under 'Mailing policy:'" },
		{ "Mechanism: \t\r\n \nSteps taken: b\nMailing policy: c",
		  "under 'Mechanism:'" },
		{ "Mechanism:\n# a\nSteps taken: b\nMailing policy: c",
		  "under 'Mechanism:'" },
		{ "mechanism: a\nSteps taken: b\nMailing policy: c",
		  "under 'Mechanism:'" },
		{ "Mechanism: a\nMechanism: a\nSteps taken: b\nMailing "
		  "policy: c",
		  "'Mechanism:' twice" },
		{ "Mechanism: a\nSteps taken:\nSteps taken: b\nMailing "
		  "policy: c",
		  "'Steps taken:' twice" },
	};
	struct mg_buf out;

	(void)state;
	mg_buf_init(&out, 2 * MG_INCIDENT_MAX);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		err = (struct mg_err){ 0 };
		assert_int_equal(mg_incident_parse(mg_slice_str(rows[i].form),
						   &out, &err),
				 -MG_EPARSE);
		if (!strstr(err.text, rows[i].part))
			fail_msg("row %zu: %s", i, err.text);
		assert_int_equal(out.len, 0);
	}
	mg_buf_release(&out);
}

/* What is no text, whatever else it says. */
static void test_a_nul(void **state)
{
	static const char form[] =
		"Mechanism: a\0\nSteps taken: b\nMailing policy: c\n";
	struct mg_buf out;

	(void)state;
	mg_buf_init(&out, MG_INCIDENT_MAX);
	assert_int_equal(mg_incident_parse(mg_slice_of(form, sizeof(form) - 1),
					   &out, &err),
			 -MG_EPARSE);
	assert_non_null(strstr(err.text, "NUL"));
	assert_int_equal(out.len, 0);
	mg_buf_release(&out);
}

/* The form as it is printed has every heading, and says nothing yet. */
static void test_the_form_itself(void **state)
{
	static const char *const headings[] = { "\nMechanism:\n",
						"\nSteps taken:\n",
						"\nMailing policy:\n" };
	struct mg_buf form, out;

	(void)state;
	mg_buf_init(&form, MG_INCIDENT_MAX);
	mg_buf_init(&out, MG_INCIDENT_MAX);
	mg_incident_add_form(&form);
	for (size_t i = 0; i < sizeof(headings) / sizeof(*headings); i++)
		assert_non_null(strstr(form.ptr, headings[i]));
	assert_int_equal(mg_incident_parse(mg_buf_slice(&form), &out, &err),
			 -MG_EPARSE);
	mg_buf_release(&out);
	mg_buf_release(&form);
}

/* All of the longest one is kept, whatever is in it. */
static void test_the_longest(void **state)
{
	static char form[MG_INCIDENT_MAX];
	static const char front[] =
		"Mechanism: a\nSteps taken: b\nMailing policy:\n";
	struct mg_buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(form); i++)
		form[i] = i % 2 ? 'x' : '\n';
	memcpy(form, front, sizeof(front) - 1);
	mg_buf_init(&out, 4 * MG_INCIDENT_MAX);
	assert_int_equal(mg_incident_parse(mg_slice_of(form, sizeof(form)),
					   &out, &err),
			 0);
	assert_false(out.truncated);
	assert_int_equal(out.len,
			 sizeof("Mechanism: a; Steps taken: b; Mailing "
				"policy:") -
				 1 +
				 (sizeof(form) - sizeof(front) + 1) / 2 * 2);
	mg_buf_release(&out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_filled_in),
		cmocka_unit_test(test_what_is_not),
		cmocka_unit_test(test_a_nul),
		cmocka_unit_test(test_the_form_itself),
		cmocka_unit_test(test_the_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
