/* SPDX-License-Identifier: MIT */
/*
 * command - what the dispatcher knows of a subcommand, and what all of them
 * share: settings, the state directory and the host.
 */
#ifndef MG_COMMAND_H
#define MG_COMMAND_H

#include "options.h"

#include <limits.h>
#include <stddef.h>

#include "mailguard/account.h"
#include "mailguard/err.h"
#include "mailguard/file.h"
#include "mailguard/policies.h"
#include "mailguard/settings.h"
#include "mailguard/term.h"

/* Of options that many commands have. */
#define MG_HELP_CONFIG                                                         \
	"settings (default /etc/mailguard/mailguard.conf below the root, "     \
	"if it is there)"

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

/* One of several commands of a file, which share `options` and `defaults` and
   have a run_WORD each. */
#define MG_COMMAND_OF_WORD(word, what, line)                                   \
	{                                                                      \
		.name = #word, .operands = what, .summary = line,              \
		.options = options, .defaults = &defaults,                     \
		.size = sizeof(defaults), .run = run_##word                    \
	}

extern const struct mg_command mg_cmd_sweep;
extern const struct mg_command mg_cmd_watch;
extern const struct mg_command mg_cmd_report;
extern const struct mg_command mg_cmd_status;
extern const struct mg_command mg_cmd_why;
extern const struct mg_command mg_cmd_ledger;
extern const struct mg_command mg_cmd_warn;
extern const struct mg_command mg_cmd_throttle;
extern const struct mg_command mg_cmd_hold;
extern const struct mg_command mg_cmd_release;
extern const struct mg_command mg_cmd_block;
extern const struct mg_command mg_cmd_unblock;
extern const struct mg_command mg_cmd_exempt;
extern const struct mg_command mg_cmd_approve;
extern const struct mg_command mg_cmd_undo;
extern const struct mg_command mg_cmd_offence;
extern const struct mg_command mg_cmd_suspend;
extern const struct mg_command mg_cmd_unsuspend;
extern const struct mg_command mg_cmd_contain;
extern const struct mg_command mg_cmd_terminate;
extern const struct mg_command mg_cmd_appeal;
extern const struct mg_command mg_cmd_notice;
extern const struct mg_command mg_cmd_rules;
extern const struct mg_command mg_cmd_investigate;
extern const struct mg_command mg_cmd_evidence;
extern const struct mg_command mg_cmd_backtest;
extern const struct mg_command mg_cmd_panel;
extern const struct mg_command mg_cmd_hook;
extern const struct mg_command mg_cmd_hook_test;
extern const struct mg_command mg_cmd_doctor;
extern const struct mg_command mg_cmd_config;
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

/* Says that a back end writes what no daemon reads (enforce.h); arg: any. */
void mg_command_warn_unread(void *arg, const char *backend);

/* How options name the host that a command is about; as typed, or NULL. */
struct mg_command_place {
	const char *root;   /* not NULL */
	const char *config; /* a file instead of the host's settings */
	const char *state;  /* a directory instead of the one that is set */
	bool utc;           /* times are not printed in the zone of the host */
};

struct mg_command_host {
	struct mg_root root;
	struct mg_settings settings;
	char state[PATH_MAX]; /* the state directory, which need not be there */
	struct mg_tz *tz;     /* owned; its zone */
	const struct mg_tz *shown_tz; /* of times that are printed; NULL: UTC */
};

/*
 * mg_command_open_host - hold the host's root, read its settings and its zone.
 *
 * host   out  the caller's (mg_command_close_host), also on failure
 *
 * Says each mistake in the settings. Without a state directory that is typed or
 * set only root may use the host's own.
 *
 * Returns 0; -MG_EUSAGE for the latter; else as mg_settings_read and
 * mg_zone_load.
 */
MG_NODISCARD int mg_command_open_host(struct mg_command_host *host,
				      const struct mg_command_place *place,
				      struct mg_err *err);

/* A host that was not opened has the root { .fd = -1 }. */
void mg_command_close_host(struct mg_command_host *host);

/*
 * mg_command_load_accounts - the account tables of a host.
 *
 * word   in   as typed, one of MG_ACCOUNT_SOURCES; NULL: as set, or found
 * out    out  the caller's (mg_accounts_release), on success
 *
 * Returns as mg_accounts_load.
 */
MG_NODISCARD int mg_command_load_accounts(const struct mg_command_host *host,
					  const char *word,
					  struct mg_accounts *out,
					  struct mg_err *err);

/* What standard output is, for tables that fit and colour. */
struct mg_term mg_command_terminal(void);

/*
 * mg_command_read_policies - the policies of a host, or the one of a file.
 *
 * p     out  the caller's (mg_policies_release), also on failure
 * file  in   as typed; NULL for those of the host
 *
 * Says each mistake but the first, which is the error.
 *
 * Returns as mg_policies_read_folder and mg_policies_read_path.
 */
MG_NODISCARD int mg_command_read_policies(struct mg_policies *p,
					  const struct mg_command_host *host,
					  const char *file, struct mg_err *err);

#endif
