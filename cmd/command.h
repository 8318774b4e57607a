/* SPDX-License-Identifier: MIT */
/*
 * command - what the dispatcher knows of a subcommand, and what all of them
 * share: the state directory and the host.
 */
#ifndef MG_COMMAND_H
#define MG_COMMAND_H

#include "options.h"

#include <stddef.h>

#include "mailguard/err.h"
#include "mailguard/tz.h"

struct mg_command {
	const char *name;
	const char *operands; /* behind the options in the usage line */
	const char *summary;  /* one line, lower case, no full stop */
	const struct mg_option *options;
	const void *defaults; /* the struct of options before parsing */
	size_t size;          /* of that struct */

	/*
	 * argv holds the operands from argv[1]. Returns the exit status; a
	 * failure has said what it is.
	 */
	int (*run)(const void *opts, int argc, char **argv);
};

extern const struct mg_command mg_cmd_sweep;
extern const struct mg_command mg_cmd_report;
extern const struct mg_command mg_cmd_status;
extern const struct mg_command mg_cmd_doctor;
extern const struct mg_command mg_cmd_help;

/* All of them, ended by NULL; the order of the help. */
extern const struct mg_command *const mg_commands[];

/* The command of a name, or NULL. */
const struct mg_command *mg_command_find(const char *name);

/* Usage, summary and options of one command; the list of all. */
void mg_command_print_help(const struct mg_command *command);
void mg_command_print_list(void);

/* Says a failure and returns its exit status. */
int mg_command_fail(const struct mg_err *err);

/*
 * mg_command_state_dir - where the state is: as given, or below the host's
 * root. Without --state only root may use the host's own.
 *
 * out   out  room for size bytes
 *
 * Returns 0 or -MG_EUSAGE.
 */
MG_NODISCARD int mg_command_state_dir(const char *state, const char *root,
				      char *out, size_t size,
				      struct mg_err *err);

/* The time zone of the host below a root. Returns as mg_zone_load. */
MG_NODISCARD int mg_command_zone(const char *root, struct mg_tz *tz,
				 struct mg_err *err);

#endif
