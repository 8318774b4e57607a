/* SPDX-License-Identifier: MIT */
/*
 * Postfix: a map beside which mailguard may stop, a few lines of its
 * configuration, and mail on hold.
 */
#include "backend_postfix.h"

#include <string.h>

#include "mailguard/acts.h"
#include "mailguard/rules_postfix.h"

static int show(const struct mg_backend_host *host, struct mg_buf *out,
		struct mg_err *err)
{
	struct mg_postfix_files p;
	const int rc = mg_postfix_files(&p, host, err);

	if (rc < 0)
		return rc;
	mg_rules_postfix_add_lines(out, mg_slice_str(p.dir));
	for (const struct mg_rules_postfix_query *q = mg_rules_postfix_queries;
	     q->name; q++)
		mg_buf_add_fmt(out, "\n# %s/%s\n%s", p.dir, q->name, q->text);
	mg_buf_add_fmt(out, "\n# %s/" MG_RULES_POSTFIX_MAP ", for postmap\n",
		       p.dir);
	mg_rules_postfix_add_map(out, host->force, host->tz);
	return 0;
}

static int diff(const struct mg_backend_host *host, struct mg_buf *out,
		struct mg_err *err)
{
	struct mg_postfix_files p;
	int rc = mg_postfix_files(&p, host, err);
	int lines = 0;

	if (rc == 0)
		rc = mg_postfix_diff(&p, out, err);
	if (rc >= 0)
		lines = mg_postfix_diff_lines(&p, out, err);
	return rc < 0 ? rc : lines < 0 ? lines : rc || lines;
}

static int refresh(const struct mg_backend_host *host, struct mg_err *err)
{
	struct mg_postfix_files p;
	int rc = mg_postfix_files(&p, host, err);

	if (rc == 0)
		rc = mg_postfix_write(&p, false, err);
	if (rc == 0)
		rc = mg_postfix_release(&p, err);
	return rc;
}

static bool is_read(const struct mg_backend_host *host)
{
	struct mg_postfix_files p;

	return mg_postfix_files(&p, host, NULL) == 0 &&
	       mg_postfix_is_installed(&p);
}

static int apply(const struct mg_backend_host *host, bool install,
		 struct mg_err *err)
{
	struct mg_postfix_files p;
	int rc = mg_postfix_files(&p, host, err);

	if (rc == 0)
		rc = mg_postfix_write(&p, true, err);
	if (rc == 0)
		rc = mg_postfix_release(&p, err);
	if (rc == 0 && install)
		rc = mg_postfix_install(&p, true, err);
	return rc;
}

/* The lines first: a map that is looked up and is not there is an error. */
static int remove_all(const struct mg_backend_host *host, struct mg_err *err)
{
	struct mg_postfix_files p;
	int rc = mg_postfix_files(&p, host, err);

	if (rc == 0)
		rc = mg_postfix_install(&p, false, err);
	if (rc == 0)
		rc = mg_postfix_erase(&p, err);
	if (rc == 0)
		rc = mg_applied_drop_all(host->store, MG_POSTFIX_NAME, err);
	return rc;
}

const struct mg_backend mg_backend_postfix = {
	.name = MG_POSTFIX_NAME,
	.summary = "a map that Postfix looks logins and local users up in",
	.keys = MG_FORCE_LOGIN | MG_FORCE_DOMAIN | MG_FORCE_UID,
	.show = show,
	.diff = diff,
	.apply = apply,
	.refresh = refresh,
	.is_read = is_read,
	.remove = remove_all,
};
