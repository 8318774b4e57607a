/* SPDX-License-Identifier: MIT */
/*
 * options - one table an option set: parsing, --help and the tests of the
 * manual all come from it.
 */
#ifndef MG_OPTIONS_H
#define MG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/err.h"

enum mg_option_type {
	MG_OPTION_FLAG,  /* bool: set to true */
	MG_OPTION_TEXT,  /* const char *: borrows argv */
	MG_OPTION_COUNT, /* uint32_t */
	MG_OPTION_END,   /* ends a table */
};

struct mg_option {
	const char *name; /* without dashes */
	char letter;      /* 0 for none */
	enum mg_option_type type;
	size_t offset;     /* of the field in the command's struct */
	const char *value; /* what the value is called in help */
	const char *help;  /* one line, lower case, no full stop */
};

/*
 * mg_options_parse - options off the front and from between operands.
 *
 * table   in      ends with MG_OPTION_END
 * argc    in/out  starts with the command's name; on success the operands
 * argv    in/out  that are left, in order, from argv[1]
 * to      out     the command's struct, with its defaults in place
 * help    out     whether --help or -h was given; nothing else matters then
 *
 * "--name value", "--name=value", "-x value", "--" ends options. Returns 0 or
 * -MG_EUSAGE naming the word.
 */
MG_NODISCARD int mg_options_parse(const struct mg_option *table, int *argc,
				  char **argv, void *to, bool *help,
				  struct mg_err *err);

/* Prints the table, aligned. */
void mg_options_print(const struct mg_option *table);

#endif
