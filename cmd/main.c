/* SPDX-License-Identifier: MIT */
/*
 * mailguard - start-up hygiene, then the command that argv names.
 */
#include "command.h"
#include "trial.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "mailguard/clock.h"
#include "mailguard/file.h"
#include "mailguard/follow.h"
#include "mailguard/log.h"
#include "mailguard/login.h"
#include "mailguard/mem.h"
#include "mailguard/num.h"
#include "mailguard/progress.h"
#include "mailguard/spawn.h"
#include "mailguard/sweep.h"

#ifndef MG_VERSION
#error "MG_VERSION comes from the Makefile"
#endif

/*
 * Whoever starts us (cron, a panel, a customer through one) chose umask,
 * signals and descriptors. SQLite once took descriptor 2 of a program started
 * with it closed for its database, and error messages went into it.
 */
static int clean_up(struct mg_err *err)
{
	(void)umask(077);
	(void)signal(SIGPIPE, SIG_IGN); /* a write fails instead */
	(void)signal(SIGXFSZ, SIG_IGN); /* likewise, beyond a ulimit -f */
	(void)signal(SIGCHLD, SIG_DFL); /* ignored, children vanish unwaited */
	return mg_file_open_standard(err);
}

#ifdef MG_TEST_BUILD
static bool is_set(const char *name, int64_t max, uint64_t *n)
{
	const char *value = secure_getenv(name);

	return value && mg_num_parse(mg_slice_str(value), (uint64_t)max, n);
}
#endif

/* Only the build that tests use can stop the clock, go by inodes, commit
   after so few bytes or deal them out, be short of patience with programs and
   with people, or show at once how far it is. */
static void heed_tests(void)
{
#ifdef MG_TEST_BUILD
	const char *identity = secure_getenv("MG_TEST_IDENTITY");
	uint64_t n;

	if (is_set("MG_TEST_PROGRESS", INT64_MAX, &n))
		mg_progress_set_after((int64_t)n);
	if (is_set("MG_TEST_NOW", INT64_MAX, &n))
		mg_clock_set((int64_t)n);
	if (is_set("MG_TEST_BOOT", INT64_MAX, &n))
		mg_clock_set_boot((int64_t)n);
	if (is_set("MG_TEST_LOGIN", UINT32_MAX, &n))
		mg_login_set_uid((uint32_t)n);
	if (is_set("MG_TEST_CHUNK", INT64_MAX, &n))
		mg_sweep_set_chunk((int64_t)n);
	if (is_set("MG_TEST_PART", INT64_MAX, &n) && n)
		mg_sweep_set_part((int64_t)n);
	if (is_set("MG_TEST_PATIENCE", INT32_MAX, &n))
		mg_program_set_patience((int64_t)n);
	if (is_set("MG_TEST_TRIAL", INT32_MAX, &n))
		mg_trial_set_seconds((int64_t)n);
	if (identity && !strcmp(identity, "inode"))
		mg_follow_trust_inodes();
#endif
}

static int usage(const struct mg_command *command, const struct mg_err *err)
{
	mg_log(MG_LOG_ERROR, "%s%s%s; see 'mailguard %s%s'",
	       command ? command->name : "", command ? ": " : "", err->text,
	       command ? command->name : "help", command ? " --help" : "");
	return MG_EUSAGE;
}

static int run(const struct mg_command *command, int argc, char **argv)
{
	struct mg_err err = { 0 };
	bool help = false;
	void *opts = mg_mem_zalloc(1, command->size);
	int status;

	if (command->size)
		memcpy(opts, command->defaults, command->size);
	if (mg_options_parse(command->options, &argc, argv, opts, &help, &err) <
	    0) {
		status = usage(command, &err);
	} else if (help) {
		mg_command_print_help(command);
		status = MG_OK;
	} else {
		status = command->run(opts, argc, argv);
	}
	mg_mem_free(opts);
	return status;
}

static int dispatch(int argc, char **argv)
{
	const struct mg_command *command;
	struct mg_err err = { 0 };

	if (argc < 2) {
		(void)mg_fail(&err, MG_EUSAGE, "no command given");
		return usage(NULL, &err);
	}
	if (!strcmp(argv[1], "--version")) {
		printf("mailguard %s\n", MG_VERSION);
		return MG_OK;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		mg_command_print_list();
		return MG_OK;
	}
	command = mg_command_find(argv[1]);
	if (!command) {
		(void)mg_fail(&err, MG_EUSAGE, "unknown %s '%s'",
			      argv[1][0] == '-' ? "option" : "command",
			      argv[1]);
		return usage(NULL, &err);
	}
	return run(command, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	struct mg_err err = { 0 };
	int status;

	if (clean_up(&err) < 0)
		return MG_EIO; /* there is nowhere to say it */
	heed_tests();
	status = dispatch(argc, argv);
	/* A full disk must not look like an empty report. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		(void)mg_fail_errno(&err, "cannot write to standard output");
		return mg_command_fail(&err);
	}
	return status;
}
