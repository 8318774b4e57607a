/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/num.h"
#include "mailguard/slice.h"

static const struct mg_option *find_name(const struct mg_option *table,
					 struct mg_slice name)
{
	for (; table->type != MG_OPTION_END; table++)
		if (mg_slice_is(mg_slice_str(table->name), name))
			return table;
	return NULL;
}

static const struct mg_option *find_letter(const struct mg_option *table,
					   char letter)
{
	for (; table->type != MG_OPTION_END; table++)
		if (table->letter && table->letter == letter)
			return table;
	return NULL;
}

static int set(const struct mg_option *o, const char *value, void *to,
	       struct mg_err *err)
{
	char *field = (char *)to + o->offset;
	const bool yes = true;
	uint64_t n;
	uint32_t count;

	switch (o->type) {
	case MG_OPTION_FLAG:
		if (value)
			return mg_fail(err, MG_EUSAGE,
				       "option '--%s' takes no value", o->name);
		memcpy(field, &yes, sizeof(yes));
		return 0;
	case MG_OPTION_TEXT:
		memcpy(field, &value, sizeof(value));
		return 0;
	default:
		if (!mg_num_parse(mg_slice_str(value), UINT32_MAX, &n))
			return mg_fail(err, MG_EUSAGE,
				       "option '--%s': '%s' is no number",
				       o->name, value);
		count = (uint32_t)n;
		memcpy(field, &count, sizeof(count));
		return 0;
	}
}

/* The option that a word names, and the value that is glued to it. */
static const struct mg_option *look_up(const struct mg_option *table,
				       const char *word, const char **value)
{
	struct mg_slice rest, name;

	*value = NULL;
	if (word[1] != '-')
		return word[2] ? NULL : find_letter(table, word[1]);
	rest = mg_slice_str(word + 2);
	if (!mg_slice_cut_at(&rest, '=', &name))
		return find_name(table, rest);
	*value = rest.ptr;
	return find_name(table, name);
}

static bool is_help(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h");
}

int mg_options_parse(const struct mg_option *table, int *argc, char **argv,
		     void *to, bool *help, struct mg_err *err)
{
	int n_operands = 1, i = 1, rc;

	*help = false;
	for (; i < *argc && strcmp(argv[i], "--"); i++) {
		const struct mg_option *o;
		const char *value;

		if (argv[i][0] != '-' || argv[i][1] == '\0') {
			argv[n_operands++] = argv[i];
			continue;
		}
		if (is_help(argv[i])) {
			*help = true;
			return 0;
		}
		o = look_up(table, argv[i], &value);
		if (!o)
			return mg_fail(err, MG_EUSAGE, "unknown option '%s'",
				       argv[i]);
		if (o->type != MG_OPTION_FLAG && !value && i + 1 == *argc)
			return mg_fail(err, MG_EUSAGE,
				       "option '%s' needs a value: %s", argv[i],
				       o->value);
		if (o->type != MG_OPTION_FLAG && !value)
			value = argv[++i];
		rc = set(o, value, to, err);
		if (rc < 0)
			return rc;
	}
	for (i++; i < *argc; i++)
		argv[n_operands++] = argv[i];
	*argc = n_operands;
	return 0;
}

void mg_options_print(const struct mg_option *table)
{
	char words[64];

	for (; table->type != MG_OPTION_END; table++) {
		(void)snprintf(words, sizeof(words), "--%s%s%s", table->name,
			       table->value ? " " : "",
			       table->value ? table->value : "");
		printf("  %c%c%c %-22s %s\n", table->letter ? '-' : ' ',
		       table->letter ? table->letter : ' ',
		       table->letter ? ',' : ' ', words, table->help);
	}
	printf("  -h, %-22s %s\n", "--help", "this text");
}
