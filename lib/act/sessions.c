/* SPDX-License-Identifier: MIT */
#include "mailguard/sessions.h"

#include <limits.h>
#include <stdio.h>

#include "mailguard/address.h"
#include "mailguard/spawn.h"

#define SECONDS 30
#define SAID_MAX 400 /* bytes of its first complaint that are of interest */

/* sysexits.h: what doveadm says where nobody is logged in (the second, where it
   found nobody to throw out), and where no process of Dovecot answers. */
enum { EXIT_NO_USER = 67, EXIT_NOT_FOUND = 68, EXIT_NO_SERVICE = 75 };

static int run(const char *path, const char *const *argv, int *status,
	       struct mg_err *err)
{
	const struct mg_program p = { .path = path,
				      .argv = argv,
				      .seconds = SECONDS };

	return mg_program_run(&p, status, err);
}

/* What is remembered of the password goes first: a mail program that is thrown
   out comes back at once. */
static int end(const char *path, const char *login, struct mg_err *err)
{
	const char *const flush[] = { "doveadm", "auth", "cache",
				      "flush",   login,  NULL };
	const char *const kick[] = { "doveadm", "kick", login, NULL };
	int status = 0, rc = run(path, flush, &status, err);

	if (rc == 0 && status == EXIT_NO_SERVICE)
		return 1;
	if (rc == 0)
		rc = run(path, kick, &status, err);
	if (rc == 0 && status != 0 && status != EXIT_NO_USER &&
	    status != EXIT_NOT_FOUND)
		rc = mg_fail(err, MG_EIO, "doveadm kick ended with status %d",
			     status);
	return rc;
}

int mg_sessions_end(const struct mg_root *root, struct mg_slice login,
		    struct mg_err *err)
{
	char path[PATH_MAX], name[MG_MAILBOX_MAX + 1];

	/* A mask of doveadm's would be of others, too. */
	if (!mg_address_is_safe(login) ||
	    mg_slice_find(login, '*') < login.len ||
	    mg_slice_find(login, '?') < login.len)
		return mg_fail(err, MG_EPARSE,
			       "a login that doveadm cannot be told of");
	if (mg_program_find(root, "doveadm", path, NULL) < 0)
		return 1;
	(void)snprintf(name, sizeof(name), "%.*s", MG_SLICE_ARG(login));
	return end(path, name, err);
}

void mg_sessions_plan(const struct mg_root *root, struct mg_slice login,
		      struct mg_buf *out)
{
	char path[PATH_MAX];

	if (mg_program_find(root, "doveadm", path, NULL) < 0)
		return;
	mg_buf_add_str(out, "doveadm auth cache flush ");
	mg_buf_add_printable(out, login);
	mg_buf_add_str(out, "\ndoveadm kick ");
	mg_buf_add_printable(out, login);
	mg_buf_add_char(out, '\n');
}
