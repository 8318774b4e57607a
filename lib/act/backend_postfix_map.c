/* SPDX-License-Identifier: MIT */
/*
 * The map, its queries, and the tools of Postfix.
 *
 * A file of ours begins with a hash of the rest of it, so that a change by
 * somebody else is seen without a record that a crash could leave behind. What
 * postmap has loaded is recorded, since a kill may leave a new text and an old
 * map.
 */
#include "backend_postfix.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/acts.h"
#include "mailguard/replace.h"
#include "mailguard/rules_postfix.h"
#include "mailguard/sha256.h"
#include "mailguard/spawn.h"

#define TOOL_SECONDS 60
#define OUT_MAX (64 << 20) /* bytes: postqueue of some 100,000 messages */
#define ERRORS_MAX 4096
#define MAP_MAX (64 << 20) /* bytes; 100,000 entries are 40 MB */
#define MARK "# mailguard "
#define LMDB MG_RULES_POSTFIX_MAP ".lmdb"
#define LOADED MG_LIT("map") /* the row of what postmap has loaded */

int mg_postfix_path(char out[PATH_MAX], const char *dir, const char *name,
		    struct mg_err *err)
{
	const int n = snprintf(out, PATH_MAX, "%s/%s", dir, name);

	if (n < 0 || n >= PATH_MAX)
		return mg_fail(err, MG_ECONF, "'%.64s...' is too long a path",
			       dir);
	return 0;
}

int mg_postfix_files(struct mg_postfix_files *p,
		     const struct mg_backend_host *host, struct mg_err *err)
{
	const char *path = host->root->path;
	const char *top = strcmp(path, "/") ? path : "";
	const int n = snprintf(p->maps, sizeof(p->maps), "%s%.*s", top,
			       MG_SLICE_ARG(host->settings->maps));
	int rc = n < (int)sizeof(p->maps)
			 ? mg_postfix_path(p->dir, p->maps, "postfix", err)
			 : mg_fail(err, MG_ECONF, "'maps' is too long a path");

	p->host = host;
	p->top_len = strlen(top);
	if (rc == 0)
		rc = mg_postfix_path(p->etc, top, "etc/postfix", err);
	if (rc == 0 && !mg_rules_postfix_dir_is_safe(mg_slice_str(p->dir)))
		rc = mg_fail(err, MG_ECONF,
			     "'%s' cannot stand in main.cf: use letters, "
			     "digits, and '/._-' for 'maps'",
			     p->dir);
	return rc;
}

int mg_postfix_read(const struct mg_postfix_files *p, const char *path,
		    struct mg_buf *out, struct mg_err *err)
{
	return mg_root_read(p->host->root, path + p->top_len, out, err);
}

static int run(const struct mg_postfix_files *p, const char *const *argv,
	       struct mg_slice input, struct mg_buf *out, struct mg_buf *errors,
	       struct mg_err *err)
{
	char path[PATH_MAX];
	int status = 0;
	int rc = mg_program_find(p->host->root, argv[0], path, err);

	if (rc == 0)
		rc = mg_program_run(&(struct mg_program){ .path = path,
							  .argv = argv,
							  .input = input,
							  .seconds =
								  TOOL_SECONDS,
							  .out = out,
							  .errors = errors },
				    &status, err);
	return rc < 0 ? rc : status;
}

int mg_postfix_run(const struct mg_postfix_files *p, const char *const *argv,
		   struct mg_slice input, struct mg_buf *out,
		   struct mg_err *err)
{
	return run(p, argv, input, out, NULL, err);
}

int mg_postfix_must(const struct mg_postfix_files *p, const char *const *argv,
		    struct mg_slice input, struct mg_err *err)
{
	struct mg_buf errors, said;
	struct mg_slice rest, line = MG_LIT("");
	int rc;

	mg_buf_init(&errors, ERRORS_MAX);
	mg_buf_init(&said, sizeof(err->text));
	rc = run(p, argv, input, NULL, &errors, err);
	if (rc > 0) {
		rest = mg_buf_slice(&errors);
		(void)mg_slice_cut_line(&rest, &line);
		mg_buf_add_printable(&said, line);
		rc = mg_fail(err, MG_ECONF, "'%s' failed with status %d: %s",
			     argv[0], rc, said.ptr);
	}
	mg_buf_release(&said);
	mg_buf_release(&errors);
	return rc;
}

/* --- files of ours --- */

/* "# mailguard HASH", over what follows. */
static void add_mark(struct mg_slice text, struct mg_buf *out)
{
	unsigned char digest[MG_SHA256_LEN];
	char hex[MG_SHA256_TEXT_MAX];
	struct mg_sha256 h;

	mg_sha256_init(&h);
	mg_sha256_add(&h, text);
	mg_sha256_end(&h, digest);
	mg_sha256_format(digest, MG_SHA256_LEN, hex);
	mg_buf_add_fmt(out, MARK "%s\n", hex);
}

static bool is_ours(struct mg_slice text)
{
	struct mg_slice line, rest = text;
	struct mg_buf mark;
	bool same;

	mg_buf_init(&mark, sizeof(MARK) + MG_SHA256_TEXT_MAX);
	if (mg_slice_cut_line(&rest, &line) == 1)
		add_mark(rest, &mark);
	same = mg_slice_has_prefix(text, mg_buf_slice(&mark)) && mark.len;
	mg_buf_release(&mark);
	return same;
}

/* The n-th file: the queries, then the map. Returns false behind the last. */
static bool file_of(const struct mg_postfix_files *p, size_t n,
		    const char **name, struct mg_buf *text)
{
	const struct mg_rules_postfix_query *q = mg_rules_postfix_queries;
	struct mg_buf body;

	while (n && q->name) {
		q++;
		n--;
	}
	if (n)
		return false;
	mg_buf_init(&body, MAP_MAX);
	if (q->name)
		mg_buf_add_str(&body, q->text);
	else
		mg_rules_postfix_add_map(&body, p->host->force, p->host->tz);
	*name = q->name ? q->name : MG_RULES_POSTFIX_MAP;
	mg_buf_clear(text);
	add_mark(mg_buf_slice(&body), text);
	mg_buf_add(text, mg_buf_slice(&body));
	mg_buf_release(&body);
	return true;
}

enum state { SAME, DIFFERS, MISSING, FOREIGN };

/* How a file of ours is. Returns that, or a failure. */
static int look(const struct mg_postfix_files *p, const char *path,
		struct mg_slice text, struct mg_err *err)
{
	struct mg_buf is;
	int rc;

	mg_buf_init(&is, 2 * (size_t)MAP_MAX);
	rc = mg_postfix_read(p, path, &is, err);
	if (rc == 1)
		rc = MISSING;
	else if (rc == 0 && !is_ours(mg_buf_slice(&is)))
		rc = FOREIGN;
	else if (rc == 0 && !mg_slice_is(mg_buf_slice(&is), text))
		rc = DIFFERS;
	mg_buf_release(&is);
	return rc;
}

/* Root only: daemons of Postfix open their maps before they give root up. */
static int write_one(const struct mg_postfix_files *p, const char *name,
		     struct mg_slice text, struct mg_err *err)
{
	char path[PATH_MAX];
	int rc = mg_postfix_path(path, p->dir, name, err);

	if (rc == 0)
		rc = look(p, path, text, err);
	if (rc == FOREIGN && !p->host->is_forced)
		return mg_fail(err, MG_ECONF,
			       "'%s' was changed by somebody else: remove it, "
			       "or apply with --force",
			       path);
	if (rc <= 0)
		return rc;
	return mg_replace_file(path, 0600, -1, text, err);
}

/* --- the map that Postfix reads --- */

struct loaded {
	struct mg_slice text; /* with its mark */
	bool is_it;
};

static int take_loaded(void *arg, const struct mg_applied *row)
{
	struct loaded *l = arg;

	if (mg_slice_is(row->key, LOADED))
		l->is_it = mg_slice_has_prefix(l->text, row->value);
	return 0;
}

static int is_loaded(const struct mg_postfix_files *p, struct mg_slice text,
		     bool *out, struct mg_err *err)
{
	struct loaded l = { .text = text };
	char path[PATH_MAX];
	int rc = mg_postfix_path(path, p->dir, LMDB, err);

	if (rc == 0)
		rc = mg_applied_each(p->host->store, MG_POSTFIX_NAME,
				     take_loaded, &l, err);
	*out = l.is_it && mg_file_exists(path);
	return rc;
}

static int check_types(const struct mg_postfix_files *p, struct mg_err *err)
{
	static const char *const argv[] = { "postconf", "-m", NULL };
	static const char *const types[] = { "\nlmdb\n", "\nsqlite\n",
					     "\npipemap\n" };
	struct mg_buf out;
	int rc;

	mg_buf_init(&out, ERRORS_MAX);
	mg_buf_add_char(&out, '\n');
	rc = mg_postfix_run(p, argv, MG_LIT(""), &out, err);
	for (size_t i = 0; rc == 0 && i < sizeof(types) / sizeof(*types); i++)
		if (!strstr(out.ptr, types[i]))
			rc = mg_fail(err, MG_ECONF,
				     "Postfix has no maps of type '%.*s' here: "
				     "install the packages postfix-lmdb and "
				     "postfix-sqlite",
				     (int)strlen(types[i]) - 2, types[i] + 1);
	mg_buf_release(&out);
	return rc > 0 ? mg_fail(err, MG_ECONF, "'postconf -m' failed") : rc;
}

int mg_postfix_probe(const struct mg_postfix_files *p, const char *config,
		     struct mg_err *err)
{
	struct mg_buf map, out;
	int rc;

	mg_buf_init(&map, 4L * PATH_MAX);
	mg_buf_init(&out, ERRORS_MAX);
	mg_rules_postfix_add_lookup(&map, mg_slice_str(p->dir), MG_FORCE_LOGIN);
	rc = mg_postfix_run(p,
			    (const char *const[]){ "postmap", "-c", config,
						   "-q", MG_RULES_POSTFIX_PROBE,
						   map.ptr, NULL },
			    MG_LIT(""), &out, err);
	if (rc >= 0 && !strstr(out.ptr, "mailguard"))
		rc = mg_fail(err, MG_ECONF,
			     "Postfix does not find '" MG_RULES_POSTFIX_PROBE
			     "' in '%s/" MG_RULES_POSTFIX_MAP "'",
			     p->dir);
	mg_buf_release(&out);
	mg_buf_release(&map);
	return rc > 0 ? 0 : rc;
}

static int load(const struct mg_postfix_files *p, struct mg_slice text,
		struct mg_err *err)
{
	struct mg_applied row = { .key = LOADED };
	char map[PATH_MAX + 32];
	int rc = check_types(p, err);

	(void)snprintf(map, sizeof(map), "lmdb:%s/" MG_RULES_POSTFIX_MAP,
		       p->dir);
	if (rc == 0)
		rc = mg_postfix_must(
			p, (const char *const[]){ "postmap", map, NULL },
			MG_LIT(""), err);
	if (rc == 0)
		rc = mg_postfix_probe(p, p->etc, err);
	row.value = mg_slice_of(text.ptr, mg_slice_find(text, '\n'));
	return rc < 0 ? rc
		      : mg_applied_put(p->host->store, MG_POSTFIX_NAME, &row,
				       err);
}

int mg_postfix_write(const struct mg_postfix_files *p, bool anew,
		     struct mg_err *err)
{
	const char *name;
	struct mg_buf text;
	bool done = false;
	int rc = mg_file_make_dir(p->maps, 0711, err);

	mg_buf_init(&text, 2 * (size_t)MAP_MAX);
	if (rc == 0)
		rc = mg_file_make_dir(p->dir, 0711, err);
	for (size_t i = 0; rc == 0 && file_of(p, i, &name, &text); i++) {
		rc = mg_buf_check(&text, "the map", err);
		if (rc == 0)
			rc = write_one(p, name, mg_buf_slice(&text), err);
	}
	if (rc == 0)
		rc = is_loaded(p, mg_buf_slice(&text), &done, err);
	if (rc == 0 && (anew || !done))
		rc = load(p, mg_buf_slice(&text), err);
	mg_buf_release(&text);
	return rc;
}

int mg_postfix_diff(const struct mg_postfix_files *p, struct mg_buf *out,
		    struct mg_err *err)
{
	static const char *const says[] = {
		[DIFFERS] = "differs",
		[MISSING] = "is missing",
		[FOREIGN] = "was changed by somebody else",
	};
	char path[PATH_MAX];
	const char *name;
	struct mg_buf text;
	int found = 0, rc = 0;

	mg_buf_init(&text, 2 * (size_t)MAP_MAX);
	for (size_t i = 0; rc >= 0 && file_of(p, i, &name, &text); i++) {
		rc = mg_postfix_path(path, p->dir, name, err);
		if (rc == 0)
			rc = look(p, path, mg_buf_slice(&text), err);
		if (rc > SAME) {
			mg_buf_add_fmt(out, "%s %s\n", path, says[rc]);
			found = 1;
		}
	}
	mg_buf_release(&text);
	return rc < 0 ? rc : found;
}

int mg_postfix_erase(const struct mg_postfix_files *p, struct mg_err *err)
{
	static const char *const names[] = { MG_RULES_POSTFIX_MAP, LMDB,
					     "until.cf", "domain.cf",
					     "uid.cf" };
	char path[PATH_MAX];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(names) / sizeof(*names); i++) {
		rc = mg_postfix_path(path, p->dir, names[i], err);
		if (rc == 0)
			rc = mg_file_remove(path, err);
	}
	mg_file_drop_dir(p->dir);
	return rc;
}
