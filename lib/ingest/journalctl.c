/* SPDX-License-Identifier: MIT */
#include "mailguard/journalctl.h"

#include <limits.h>
#include <string.h>

#include "mailguard/buf.h"

/* The host's own, which it would run too. */
static int find_program(const struct mg_root *root, struct mg_buf *out,
			struct mg_err *err)
{
	static const char *const paths[] = { "/usr/bin/journalctl",
					     "/bin/journalctl" };
	const bool is_here = !strcmp(root->path, "/");

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		int rc;

		mg_buf_clear(out);
		mg_buf_add_str(out, is_here ? "" : root->path);
		mg_buf_add_str(out, paths[i]);
		rc = mg_buf_check(out, "the path of journalctl", err);
		if (rc == 0)
			rc = mg_file_check_program(out->ptr, err);
		if (rc <= 0)
			return rc;
	}
	return mg_fail(err, MG_ECONF, "no '/usr/bin/journalctl' below '%s'",
		       root->path);
}

/*
 * Servers log to the facility `mail` as they are shipped; the rest is for those
 * that do not, and for what journald says of itself. Fields that are named
 * twice stand for either value, a plus between for either side.
 */
static const char *const matches[] = {
	"SYSLOG_FACILITY=2",
	"+",
	"SYSLOG_IDENTIFIER=exim",
	"SYSLOG_IDENTIFIER=dovecot",
	"+",
	"_SYSTEMD_UNIT=exim.service",
	"_SYSTEMD_UNIT=exim4.service",
	"_SYSTEMD_UNIT=postfix.service",
	"_SYSTEMD_UNIT=postfix@-.service",
	"_SYSTEMD_UNIT=dovecot.service",
	"+",
	"MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e",
};

#define N_MATCHES (sizeof(matches) / sizeof(*matches))

int mg_journalctl_start(struct mg_worker *w, const struct mg_root *root,
			const char *const *which, struct mg_err *err)
{
	const char *argv[N_MATCHES + MG_JOURNALCTL_WHICH_MAX + 6] = {
		"journalctl", "--quiet", "--no-pager", "--output=export"
	};
	size_t n = 4;
	struct mg_buf path, below;
	int rc;

	mg_buf_init(&path, PATH_MAX);
	mg_buf_init(&below, PATH_MAX);
	rc = find_program(root, &path, err);
	if (strcmp(root->path, "/") != 0) {
		mg_buf_add_str(&below, "--root=");
		mg_buf_add_str(&below, root->path);
		argv[n++] = below.ptr;
	}
	for (size_t i = 0; i < MG_JOURNALCTL_WHICH_MAX && which[i]; i++)
		argv[n++] = which[i];
	memcpy(argv + n, matches, sizeof(matches)); /* and NULL behind */
	if (rc == 0)
		rc = mg_program_start(w, path.ptr, argv, err);
	mg_buf_release(&below);
	mg_buf_release(&path);
	return rc;
}
