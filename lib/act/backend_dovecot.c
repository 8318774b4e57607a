/* SPDX-License-Identifier: MIT */
#include "backend_dovecot.h"

#include <stdio.h>

#include "mailguard/file.h"

static int begin(struct mg_backend_dovecot_job *d,
		 const struct mg_backend_host *h, struct mg_err *err)
{
	const struct mg_slice dir = h->settings->maps;
	const char *top = strcmp(h->root->path, "/") ? h->root->path : "";

	d->host = h;
	if (!mg_rules_dovecot_path_is_safe(dir))
		return mg_fail(err, MG_ECONF,
			       "'maps' is a path that cannot stand in "
			       "Dovecot's configuration");
	(void)snprintf(d->map, sizeof(d->map), "%.*s/dovecot.sqlite",
		       MG_SLICE_ARG(dir));
	if (snprintf(d->map_path, sizeof(d->map_path), "%s%s", top, d->map) >=
	    (int)sizeof(d->map_path))
		return mg_fail(err, MG_ECONF, "'maps' is too long a path");
	return 0;
}

static void add_file(struct mg_buf *out, const char *path)
{
	mg_buf_add_fmt(out, "# %s\n", path);
}

static int show(const struct mg_backend_host *h, struct mg_buf *out,
		struct mg_err *err)
{
	enum mg_dovecot_version version;
	struct mg_backend_dovecot_job d;
	int rc = begin(&d, h, err);

	if (rc == 0)
		rc = mg_backend_dovecot_version(&d, &version, err);
	if (rc < 0)
		return rc;
	mg_backend_dovecot_add_place(h->root, out);
	mg_rules_dovecot_add_passdb(out, version, mg_slice_str(d.map),
				    MG_LIT(MG_BACKEND_DOVECOT_QUERY));
	if (version == MG_DOVECOT_2_3) {
		add_file(out, MG_BACKEND_DOVECOT_QUERY);
		mg_rules_dovecot_add_query(out, mg_slice_str(d.map));
	}
	add_file(out, d.map);
	mg_backend_dovecot_show_map(&d, out);
	return 0;
}

static int diff(const struct mg_backend_host *h, struct mg_buf *out,
		struct mg_err *err)
{
	struct mg_backend_dovecot_job d;
	int rc = begin(&d, h, err);
	int is_first = 0;

	if (rc == 0)
		is_first = mg_backend_dovecot_is_first(&d, err);
	if (rc == 0 && is_first >= 0)
		rc = mg_backend_dovecot_diff_map(&d, out, err);
	if (is_first < 0)
		rc = is_first;
	if (rc >= 0 && is_first == 0) {
		mg_buf_add_str(out, "Dovecot does not read it: mailguard rules "
				    "apply dovecot --install\n");
		rc = 1;
	}
	return rc;
}

static bool is_read(const struct mg_backend_host *h)
{
	struct mg_backend_dovecot_job d;

	return begin(&d, h, NULL) == 0 &&
	       mg_backend_dovecot_is_first(&d, NULL) == 1;
}

static int apply(const struct mg_backend_host *h, bool install,
		 struct mg_err *err)
{
	enum mg_dovecot_version version;
	struct mg_backend_dovecot_job d;
	int rc = begin(&d, h, err);

	if (rc == 0)
		rc = mg_backend_dovecot_version(&d, &version, err);
	if (rc == 0)
		rc = mg_backend_dovecot_put(&d, err);
	if (rc == 0 && mg_backend_dovecot_template(h->root))
		rc = mg_backend_dovecot_prepare(&d, err);
	if (rc == 0 && install)
		rc = mg_backend_dovecot_install(&d, err);
	return rc;
}

static int refresh(const struct mg_backend_host *h, struct mg_err *err)
{
	struct mg_backend_dovecot_job d;
	int rc = begin(&d, h, err);

	return rc == 0 ? mg_backend_dovecot_put(&d, err) : rc;
}

static int take_off(const struct mg_backend_host *h, struct mg_err *err)
{
	struct mg_backend_dovecot_job d;
	int rc = begin(&d, h, err);

	if (rc == 0)
		rc = mg_backend_dovecot_uninstall(&d, err);
	return rc == 0 ? mg_file_remove(d.map_path, err) : rc;
}

const struct mg_backend mg_backend_dovecot = {
	.name = "dovecot",
	.summary = "addresses that may not log in to POP3 and IMAP, told why",
	.keys = MG_FORCE_ADDRESS | MG_FORCE_CLOSED | MG_FORCE_LOGIN_FROM,
	.show = show,
	.diff = diff,
	.apply = apply,
	.refresh = refresh,
	.is_read = is_read,
	.asks_daemon = true,
	.remove = take_off,
};
