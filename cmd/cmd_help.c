/* SPDX-License-Identifier: MIT */
/*
 * help - the list of commands, or the options of one.
 */
#include "command.h"

#include "mailguard/log.h"

static const struct mg_option options[] = { { .type = MG_OPTION_END } };

static int run(const void *opts, int argc, char **argv)
{
	const struct mg_command *command;

	(void)opts;
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

const struct mg_command mg_cmd_help = {
	.name = "help",
	.operands = "[COMMAND]",
	.summary = "tell the commands, or the options of one",
	.options = options,
	.run = run,
};
