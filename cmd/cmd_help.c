/* SPDX-License-Identifier: MIT */
/*
 * help - the list of commands, or the options of one.
 */
#include "command.h"
#include "complete.h"

#include <stdbool.h>
#include <stddef.h>

#include "mailguard/log.h"

struct help_opts {
	bool completion;
};

/* clang-format off */
static const struct mg_option options[] = {
	{ "completion", 0, MG_OPTION_FLAG, offsetof(struct help_opts, completion), NULL, "print a script by which bash completes commands and options" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

static int run(const void *opts, int argc, char **argv)
{
	const struct help_opts *o = opts;
	const struct mg_command *command;

	if (o->completion) {
		mg_complete_print();
		return MG_OK;
	}
	if (argc < 2) {
		mg_command_print_list();
		return MG_OK;
	}
	command = mg_command_find(argv[1]);
	if (!command) {
		mg_log(MG_LOG_ERROR,
		       "help: unknown command '%s'; see 'mailguard help'",
		       argv[1]);
		return MG_EUSAGE;
	}
	mg_command_print_help(command);
	return MG_OK;
}

static const struct help_opts defaults = { .completion = false };

const struct mg_command mg_cmd_help = {
	.name = "help",
	.operands = "[COMMAND]",
	.summary = "tell the commands, or the options of one",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
