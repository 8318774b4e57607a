/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "mailguard/account.h"
#include "mailguard/limits.h"
#include "mailguard/settings.h"

static const struct mg_conf_field *field(const struct mg_conf_table *table,
					 const char *name)
{
	for (size_t i = 0; i < table->n_fields; i++)
		if (!strcmp(table->fields[i].name, name))
			return &table->fields[i];
	fail_msg("no setting '%s'", name);
	return NULL;
}

/* A folder of layer 1 cannot ask another for its words. */
static void test_panels_are_those_that_are_known(void **state)
{
	const char *const *words = field(&mg_settings_table, "accounts")->words;
	struct mg_buf all;

	(void)state;
	mg_buf_init(&all, 256);
	for (size_t i = 0; words[i]; i++) {
		enum mg_account_source source;

		assert_true(mg_account_source_parse(mg_slice_str(words[i]),
						    &source));
		mg_buf_add_fmt(&all, "%s%s", i ? ", " : "", words[i]);
	}
	assert_string_equal(all.ptr, MG_ACCOUNT_SOURCES);
	mg_buf_release(&all);
}

/* What a table must be for what is made of it to be right. */
static void check_table(const struct mg_conf_table *table)
{
	assert_true(table->n_fields >= 1);
	assert_true(table->n_fields <= MG_CONF_FIELDS_MAX);
	for (size_t i = 0; i < table->n_fields; i++) {
		const struct mg_conf_field *f = &table->fields[i];
		const bool has_group = f->type == MG_CONF_GROUP ||
				       f->type == MG_CONF_GROUPS;

		assert_int_equal(has_group, f->group != NULL);
		assert_true(has_group || f->preset || f->example);
		assert_true(strlen(f->help) > 10);
		assert_int_equal(f->help[strlen(f->help) - 1], '.');
		assert_true(f->offset < table->size);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(f->name, table->fields[j].name);
		if (has_group)
			check_table(f->group);
	}
}

static void test_the_table(void **state)
{
	(void)state;
	check_table(&mg_settings_table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_panels_are_those_that_are_known),
		cmocka_unit_test(test_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
