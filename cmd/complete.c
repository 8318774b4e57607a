/* SPDX-License-Identifier: MIT */
#include "complete.h"

#include "command.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "mailguard/slice.h"

static const char before[] =
	"# SPDX-License-Identifier: MIT\n"
	"# shellcheck shell=bash\n"
	"#\n"
	"# Completion for bash; what mailguard help --completion prints.\n"
	"\n"
	"_mailguard() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"\tlocal command=${COMP_WORDS[1]} options='' words=''\n"
	"\tlocal -a paths=()\n"
	"\n"
	"\t[ \"$COMP_CWORD\" -gt 1 ] || command=''\n"
	"\tcase $command in\n";

static const char after[] =
	"\tesac\n"
	"\tcase $cur in\n"
	"\t-*) mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\") ;;\n"
	"\t*) mapfile -t COMPREPLY < <(compgen \"${paths[@]}\" -W \"$words\" -- \"$cur\") ;;\n"
	"\tesac\n"
	"}\n"
	"\n"
	"complete -o filenames -F _mailguard mailguard\n";

static void print_commands(void)
{
	for (const struct mg_command *const *c = mg_commands; *c; c++)
		printf("%s%s", c == mg_commands ? "" : " ", (*c)->name);
}

/* The next word of letters; false at the end. */
static bool cut_word(struct mg_slice *text, struct mg_slice *out)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz-"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t n;

	*text = mg_slice_from(*text, strcspn(text->ptr, letters));
	n = strspn(text->ptr, letters);
	*out = mg_slice_of(text->ptr, n);
	*text = mg_slice_from(*text, n);
	return n > 0;
}

static bool is_path(struct mg_slice word)
{
	return mg_slice_is(word, MG_LIT("FILE")) ||
	       mg_slice_is(word, MG_LIT("LOG"));
}

/* "check [FILE] | show": words in small letters stand for themselves. */
static void print_operands(const char *operands)
{
	struct mg_slice text = mg_slice_str(operands), word;
	bool has_paths = false, has_commands = false;
	const char *gap = "\t\twords='";

	while (cut_word(&text, &word)) {
		has_paths = has_paths || is_path(word);
		has_commands = has_commands ||
			       mg_slice_is(word, MG_LIT("COMMAND"));
		if (word.ptr[0] < 'a')
			continue; /* an option, or what a person chooses */
		printf("%s%.*s", gap, MG_SLICE_ARG(word));
		gap = " ";
	}
	if (has_commands) {
		printf("%s", gap);
		print_commands();
	}
	if (has_commands || *gap == ' ')
		printf("'\n");
	if (has_paths)
		printf("\t\tpaths=(-f)\n");
}

/* Behind an option that has a value there is nothing else. */
static void print_values(const struct mg_option *table)
{
	printf("\t\tcase $prev in\n");
	for (const struct mg_option *o = table; o->type != MG_OPTION_END; o++) {
		const struct mg_slice value = mg_slice_str(o->value);

		if (o->type == MG_OPTION_FLAG)
			continue;
		printf("\t\t--%s) words='' paths=(%s) ;;\n", o->name,
		       mg_slice_is(value, MG_LIT("DIR")) ? "-d"
		       : is_path(value)                  ? "-f"
							 : "");
	}
	printf("\t\tesac\n");
}

static void print_command(const struct mg_command *c)
{
	printf("\t%s)\n\t\toptions='", c->name);
	for (const struct mg_option *o = c->options; o->type != MG_OPTION_END;
	     o++)
		printf("--%s ", o->name);
	printf("--help'\n");
	print_operands(c->operands);
	print_values(c->options);
	printf("\t\t;;\n");
}

void mg_complete_print(void)
{
	printf("%s", before);
	printf("\t'')\n\t\toptions='--help --version'\n\t\twords='");
	print_commands();
	printf("'\n\t\t;;\n");
	for (const struct mg_command *const *c = mg_commands; *c; c++)
		print_command(*c);
	printf("%s", after);
}
