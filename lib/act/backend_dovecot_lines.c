/* SPDX-License-Identifier: MIT */
/*
 * Our lines in Dovecot's configuration: a file of our own which its own
 * includes take in, before the others, and for 2.3 a second one that the first
 * names. Files of others are not touched.
 */
#include "backend_dovecot.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/acts.h"
#include "mailguard/file.h"
#include "mailguard/replace.h"
#include "mailguard/sha256.h"

#define MODULES "/usr/lib/dovecot/modules" /* of Debian */

#define LINES "/etc/dovecot/conf.d/00-mailguard.conf"
/* Not taken in by "conf.d/(*).conf", and there for the check only. */
#define STAGED_MAIN "/etc/dovecot/mailguard-check.conf"
#define STAGED_LINES "mailguard-check.inc"

#define FILE_MAX_BYTES (4U << 20) /* of a configuration */

/* --- our files --- */

/* A file of ours, and what it was before. */
struct kept {
	const char *on_host;
	char path[PATH_MAX];
	struct mg_buf text, old; /* it is to have; had */
	bool was_there;
};

static int keep(const struct mg_backend_dovecot_job *d, struct kept *k,
		const char *on_host, struct mg_err *err)
{
	int rc = mg_backend_dovecot_path(d, on_host, k->path, err);

	k->on_host = on_host;
	mg_buf_init(&k->text, FILE_MAX_BYTES);
	mg_buf_init(&k->old, FILE_MAX_BYTES);
	if (rc == 0)
		rc = mg_root_read(d->host->root, on_host, &k->old, err);
	k->was_there = rc == 0;
	return rc < 0 ? rc : 0;
}

static void kept_release(struct kept *k)
{
	mg_buf_release(&k->text);
	mg_buf_release(&k->old);
}

static int place(const struct kept *k, struct mg_err *err)
{
	return mg_replace_file(k->path, 0644, -1, mg_buf_slice(&k->text), err);
}

/* The first failure is what is told. */
static void put_back(const struct kept *k)
{
	struct mg_err ignored;

	(void)(k->was_there ? mg_replace_file(k->path, 0644, -1,
					      mg_buf_slice(&k->old), &ignored)
			    : mg_file_remove(k->path, &ignored));
}

static void hash_text(struct mg_slice text, char out[MG_SHA256_TEXT_MAX])
{
	unsigned char digest[MG_SHA256_LEN];
	struct mg_sha256 h;

	mg_sha256_init(&h);
	mg_sha256_add(&h, text);
	mg_sha256_end(&h, digest);
	mg_sha256_format(digest, sizeof(digest), out);
}

struct search {
	const struct kept *file;
	bool is_ours;
};

static int compare_applied(void *arg, const struct mg_applied *row)
{
	struct search *s = arg;
	char hash[MG_SHA256_TEXT_MAX];

	hash_text(mg_buf_slice(&s->file->old), hash);
	if (mg_slice_is(row->key, mg_slice_str(s->file->on_host)) &&
	    mg_slice_is(row->value, mg_slice_str(hash)))
		s->is_ours = true;
	return 0;
}

/* What stands there is what was put there, now or then. */
static int check_ours(const struct mg_backend_dovecot_job *d,
		      const struct kept *k, struct mg_err *err)
{
	struct search s = { .file = k };
	int rc;

	if (!k->was_there || d->host->is_forced ||
	    mg_slice_is(mg_buf_slice(&k->old), mg_buf_slice(&k->text)))
		return 0;
	rc = mg_applied_each(d->host->store, mg_backend_dovecot.name,
			     compare_applied, &s, err);
	if (rc == 0 && !s.is_ours)
		rc = mg_fail(err, MG_ECONF,
			     "'%s' was changed by somebody else: take your "
			     "lines out of it, or give --force",
			     k->path);
	return rc;
}

static int note(const struct mg_backend_dovecot_job *d, const struct kept *k,
		struct mg_err *err)
{
	char hash[MG_SHA256_TEXT_MAX];

	hash_text(mg_buf_slice(&k->text), hash);
	return mg_applied_put(d->host->store, mg_backend_dovecot.name,
			      &(struct mg_applied){
				      .key = mg_slice_str(k->on_host),
				      .value = mg_slice_str(hash) },
			      err);
}

/* --- in and out --- */

/* All that an installation puts in place. */
struct lines {
	enum mg_dovecot_version version;
	struct kept passdb, query;
};

static int keep_all(const struct mg_backend_dovecot_job *d, struct lines *l,
		    struct mg_err *err)
{
	int rc, second;

	memset(l, 0, sizeof(*l));
	rc = keep(d, &l->passdb, LINES, err);
	second = keep(d, &l->query, MG_BACKEND_DOVECOT_QUERY, err);
	return rc < 0 ? rc : second;
}

/* What they are to say to the Dovecot that is there. */
static int word_all(const struct mg_backend_dovecot_job *d, struct lines *l,
		    struct mg_err *err)
{
	const struct mg_slice map = mg_slice_str(d->map);
	const int rc = mg_backend_dovecot_version(d, &l->version, err);

	if (rc < 0)
		return rc;
	mg_rules_dovecot_add_passdb(&l->passdb.text, l->version, map,
				    MG_LIT(MG_BACKEND_DOVECOT_QUERY));
	if (l->version == MG_DOVECOT_2_3)
		mg_rules_dovecot_add_query(&l->query.text, map);
	return 0;
}

static int check_all(const struct mg_backend_dovecot_job *d,
		     const struct lines *l, struct mg_err *err)
{
	const int rc = check_ours(d, &l->passdb, err);

	return rc < 0 ? rc : check_ours(d, &l->query, err);
}

static void end(struct lines *l)
{
	kept_release(&l->passdb);
	kept_release(&l->query);
}

/* The whole configuration with our lines, where no daemon looks. */
static int check_staged(const struct mg_backend_dovecot_job *d,
			const struct lines *l, struct mg_err *err)
{
	struct kept main, inc;
	int rc, second;

	rc = keep(d, &main, STAGED_MAIN, err);
	second = keep(d, &inc, "/etc/dovecot/" STAGED_LINES, err);
	rc = rc < 0 ? rc : second;
	mg_buf_add(&inc.text, mg_buf_slice(&l->passdb.text));
	if (rc == 0 && mg_root_read(d->host->root, MG_BACKEND_DOVECOT_MAIN,
				    &main.text, err) == 1)
		rc = mg_fail(err, MG_ECONF, "there is no '%s' on this host",
			     MG_BACKEND_DOVECOT_MAIN);
	mg_buf_add_str(&main.text, "\n!include " STAGED_LINES "\n");
	if (rc == 0)
		rc = place(&inc, err);
	if (rc == 0)
		rc = place(&main, err);
	if (rc == 0)
		rc = mg_backend_dovecot_doveconf(d, STAGED_MAIN, NULL, err);
	main.was_there = inc.was_there = false; /* whoever left them there */
	put_back(&main);
	put_back(&inc);
	kept_release(&main);
	kept_release(&inc);
	return rc;
}

/* The query first, without which Dovecot would not start. */
static int activate(const struct mg_backend_dovecot_job *d,
		    const struct lines *l, struct mg_err *err)
{
	int rc = 0;

	if (l->version == MG_DOVECOT_2_3)
		rc = place(&l->query, err);
	if (rc == 0)
		rc = place(&l->passdb, err);
	if (rc == 0)
		rc = mg_backend_dovecot_is_first(d, err);
	if (rc == 0)
		return mg_fail(
			err, MG_ECONF,
			"another passdb comes first, or " MG_BACKEND_DOVECOT_MAIN
			" does not include conf.d: put there before the "
			"first passdb what mailguard rules show dovecot "
			"prints");
	return rc < 0 ? rc : 0;
}

static int install(const struct mg_backend_dovecot_job *d,
		   const struct lines *l, struct mg_err *err)
{
	bool is_read = false;
	int rc = activate(d, l, err);

	if (rc == 0) {
		rc = mg_backend_dovecot_reload(d, err);
		is_read = rc == 0;
	}
	if (is_read)
		rc = mg_backend_dovecot_probe(d, err);
	if (rc < 0) {
		struct mg_err ignored;

		put_back(&l->passdb);
		if (l->version == MG_DOVECOT_2_3)
			put_back(&l->query);
		if (is_read)
			(void)mg_backend_dovecot_reload(
				d, &ignored); /* the first is told */
	}
	return rc < 0 ? rc : 0;
}

/*
 * Dovecot starts without the driver, and its auth process does not: nobody could
 * log in until all is put back. Where modules are elsewhere, trying tells.
 */
static int check_driver(const struct mg_backend_dovecot_job *d,
			struct mg_err *err)
{
	const struct mg_root *root = d->host->root;

	if (!mg_root_has(root, MODULES) ||
	    mg_root_has(root, MODULES "/libdriver_sqlite.so") ||
	    mg_root_has(root, MODULES "/auth/libdriver_sqlite.so"))
		return 0;
	return mg_fail(err, MG_ECONF,
		       "Dovecot has no SQLite driver here: install the "
		       "package dovecot-sqlite");
}

int mg_backend_dovecot_prepare(const struct mg_backend_dovecot_job *d,
			       struct mg_err *err)
{
	struct lines l;
	int rc = keep_all(d, &l, err);

	if (rc == 0)
		rc = word_all(d, &l, err);
	if (rc == 0)
		rc = check_ours(d, &l.query, err);
	if (rc == 0 && l.version == MG_DOVECOT_2_3)
		rc = place(&l.query, err);
	if (rc == 0)
		rc = note(d, &l.query, err);
	end(&l);
	return rc;
}

int mg_backend_dovecot_install(const struct mg_backend_dovecot_job *d,
			       struct mg_err *err)
{
	const char *template = mg_backend_dovecot_template(d->host->root);
	struct lines l;
	int rc = check_driver(d, err);

	if (rc < 0)
		return rc;
	if (template)
		return mg_backend_dovecot_try_template(d, template, err);
	rc = keep_all(d, &l, err);

	if (rc == 0)
		rc = word_all(d, &l, err);
	if (rc == 0)
		rc = check_all(d, &l, err);
	if (rc == 0)
		rc = check_staged(d, &l, err);
	if (rc == 0)
		rc = install(d, &l, err);
	if (rc == 0)
		rc = note(d, &l.passdb, err);
	if (rc == 0)
		rc = note(d, &l.query, err);
	end(&l);
	return rc;
}

int mg_backend_dovecot_reopen(const struct mg_backend_dovecot_job *d,
			      struct mg_err *err)
{
	const int rc = mg_root_has(d->host->root, LINES)
			       ? mg_backend_dovecot_reload(d, err)
			       : 0;

	return rc < 0 ? rc : 0;
}

/* Lines that a person added name our files, too, and Dovecot would not start
   without the query. */
static int check_unused(const struct mg_backend_dovecot_job *d,
			struct mg_err *err)
{
	struct mg_buf out;
	struct mg_slice text;
	int rc;

	mg_buf_init(&out, FILE_MAX_BYTES);
	rc = mg_backend_dovecot_doveconf(d, MG_BACKEND_DOVECOT_MAIN, &out, err);
	text = mg_buf_slice(&out);
	if (rc == 0 &&
	    (mg_slice_search(text, MG_LIT(MG_BACKEND_DOVECOT_QUERY)) <
		     text.len ||
	     mg_slice_search(text, mg_slice_str(d->map)) < text.len))
		rc = mg_fail(err, MG_ECONF,
			     "Dovecot's configuration names mailguard's files "
			     "outside of '" LINES "': take those lines out "
			     "first");
	mg_buf_release(&out);
	return rc;
}

/* What stands noted was not taken out to its end, if the file is gone. */
static int take_out(const struct mg_backend_dovecot_job *d,
		    const struct kept *passdb, struct mg_err *err)
{
	const int was_read = mg_applied_has(d->host->store,
					    mg_backend_dovecot.name,
					    mg_slice_str(passdb->on_host), err);
	int rc = was_read < 0 ? was_read : mg_file_remove(passdb->path, err);

	if (rc == 0)
		rc = check_unused(d, err);
	if (rc == 0 && (passdb->was_there || was_read))
		rc = mg_backend_dovecot_reload(d, err);
	if (rc < 0 && passdb->was_there)
		put_back(passdb);
	return rc < 0 ? rc : 0;
}

/* Of a Dovecot that was taken off the host itself, only files are left. */
int mg_backend_dovecot_uninstall(const struct mg_backend_dovecot_job *d,
				 struct mg_err *err)
{
	const bool is_there = mg_backend_dovecot_is_there(d);
	struct lines l;
	int rc = keep_all(d, &l, err);

	if (rc == 0 && is_there)
		rc = word_all(d, &l, err);
	if (rc == 0)
		rc = check_all(d, &l, err);
	if (rc == 0)
		rc = is_there ? take_out(d, &l.passdb, err)
			      : mg_file_remove(l.passdb.path, err);
	if (rc == 0)
		rc = mg_file_remove(l.query.path, err);
	if (rc == 0)
		rc = mg_applied_drop_all(d->host->store,
					 mg_backend_dovecot.name, err);
	end(&l);
	return rc;
}
