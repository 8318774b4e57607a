/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mailguard/log.h"
#include "mailguard/zone.h"

#define STATE_DIR "/var/lib/mailguard"

const struct mg_command *const mg_commands[] = {
	&mg_cmd_sweep,  &mg_cmd_report, &mg_cmd_status,
	&mg_cmd_doctor, &mg_cmd_help,   NULL,
};

const struct mg_command *mg_command_find(const char *name)
{
	for (const struct mg_command *const *c = mg_commands; *c; c++)
		if (!strcmp((*c)->name, name))
			return *c;
	return NULL;
}

void mg_command_print_help(const struct mg_command *command)
{
	printf("usage: mailguard %s [options]%s%s\n\n%s\n\noptions:\n",
	       command->name, *command->operands ? " " : "", command->operands,
	       command->summary);
	mg_options_print(command->options);
}

void mg_command_print_list(void)
{
	printf("usage: mailguard COMMAND [options]\n"
	       "       mailguard --version\n\n"
	       "Counts who sends how much mail on a shared mail server."
	       "\n\ncommands:\n");
	for (const struct mg_command *const *c = mg_commands; *c; c++)
		printf("  %-8s %s\n", (*c)->name, (*c)->summary);
	printf("\n'mailguard COMMAND --help' tells the options of a command.\n");
}

int mg_command_fail(const struct mg_err *err)
{
	mg_log(MG_LOG_ERROR, "%s", err->text);
	return err->code;
}

int mg_command_state_dir(const char *state, const char *root, char *out,
			 size_t size, struct mg_err *err)
{
	int n;

	if (!state && geteuid() != 0)
		return mg_fail(err, MG_EUSAGE,
			       "the state of a host (%s) is root's: name a "
			       "directory of yours with --state",
			       STATE_DIR);
	if (state)
		n = snprintf(out, size, "%s", state);
	else
		n = snprintf(out, size, "%s%s", strcmp(root, "/") ? root : "",
			     STATE_DIR);
	if (n < 0 || (size_t)n >= size)
		return mg_fail(err, MG_EUSAGE,
			       "the name of the state directory is too long");
	return 0;
}

int mg_command_zone(const char *path, struct mg_tz *tz, struct mg_err *err)
{
	struct mg_root root;
	int rc = mg_root_open(&root, path, err);

	if (rc < 0)
		return rc;
	rc = mg_zone_load(&root, tz, err);
	mg_root_close(&root);
	return rc;
}
