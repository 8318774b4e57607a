/* SPDX-License-Identifier: MIT */
/*
 * Where cPanel makes dovecot.conf out of a template. What that looks like
 * differs between its versions, and a wrong one leaves the host without
 * Dovecot: a person puts our lines in, and they are looked at afterwards.
 */
#include "backend_dovecot.h"

#define TEMPLATES "/var/cpanel/templates/"
#define REBUILD "/scripts/builddovecotconf && /scripts/restartsrv_dovecot"

const char *mg_backend_dovecot_template(const struct mg_root *root)
{
	/* The newest first: an update leaves the others behind. */
	static const char *const all[] = { TEMPLATES "dovecot",
					   TEMPLATES "dovecot2.3",
					   TEMPLATES "dovecot2.2" };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (mg_root_has(root, all[i]))
			return all[i];
	return NULL;
}

void mg_backend_dovecot_add_place(const struct mg_root *root,
				  struct mg_buf *out)
{
	const char *dir = mg_backend_dovecot_template(root);

	if (!dir) {
		mg_buf_add_str(out, "# before the first passdb of "
				    "/etc/dovecot/dovecot.conf:\n");
		return;
	}
	mg_buf_add_fmt(
		out,
		"# cPanel makes /etc/dovecot/dovecot.conf out of a template, "
		"so this is by hand:\n"
		"# 1. mailguard rules apply dovecot   (what the lines name)\n"
		"# 2. cp %s/main.default %s/main.local\n"
		"#    where there is no main.local yet\n"
		"# 3. these lines into main.local, before its first passdb\n"
		"# 4. " REBUILD "\n"
		"# 5. mailguard rules apply dovecot --install   (tries them)\n"
		"# After an update of Dovecot compare main.local with the new "
		"main.default: an\n"
		"# old one breaks the build. Out again: the lines, step 4, "
		"mailguard rules remove.\n",
		dir, dir);
}

int mg_backend_dovecot_try_template(const struct mg_backend_dovecot_job *d,
				    const char *dir, struct mg_err *err)
{
	int rc = mg_backend_dovecot_is_first(d, err);

	if (rc == 0)
		return mg_fail(err, MG_ECONF,
			       "cPanel makes " MG_BACKEND_DOVECOT_MAIN
			       " out of a template: put what 'mailguard rules "
			       "show dovecot' prints into '%s/main.local', "
			       "then run " REBUILD,
			       dir);
	if (rc > 0)
		rc = mg_backend_dovecot_probe(d, err);
	return rc < 0 ? rc : 0;
}
