/* SPDX-License-Identifier: MIT */
#include "backend_exim.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/num.h"
#include "mailguard/replace.h"
#include "mailguard/spawn.h"

#define GROUP_FILE_MAX (1024 * 1024) /* bytes of /etc/group */
#define GID_MAX 4294967294u
#define MAP_MODE 0640
#define MAPS_MODE 0711

/* --- the group that Exim reads the map by --- */

/* NAME:PASSWORD:GID:MEMBERS. */
static bool find_gid(struct mg_slice groups, const char *name, int64_t *gid)
{
	struct mg_slice line, field;
	uint64_t n;

	while (mg_slice_cut_line(&groups, &line))
		if (mg_slice_cut_at(&line, ':', &field) &&
		    mg_slice_is(field, mg_slice_str(name)) &&
		    mg_slice_cut_at(&line, ':', &field) &&
		    mg_slice_cut_at(&line, ':', &field) &&
		    mg_num_parse(field, GID_MAX, &n)) {
			*gid = (int64_t)n;
			return true;
		}
	return false;
}

/* Debian's, cPanel's, of Red Hat's kin, and the oldest. */
static int find_group(const struct mg_root *root, int64_t *gid,
		      struct mg_err *err)
{
	static const char *const names[] = { "Debian-exim", "mailnull", "exim",
					     "mail" };
	struct mg_buf groups;
	bool is_found = false;
	int rc;

	mg_buf_init(&groups, GROUP_FILE_MAX);
	rc = mg_root_read(root, "/etc/group", &groups, err);
	for (size_t i = 0;
	     rc == 0 && !is_found && i < sizeof(names) / sizeof(*names); i++)
		is_found = find_gid(mg_buf_slice(&groups), names[i], gid);
	mg_buf_release(&groups);
	if (rc >= 0 && !is_found)
		rc = mg_fail(err, MG_ECONF,
			     "there is no group of Exim in /etc/group: "
			     "Debian-exim, mailnull, exim or mail");
	return rc;
}

/* --- the map, and the limits of native mode --- */

enum file { MAP, LIMITS, FILES };

/* What is there, and what it is to be: nothing where it is not to be. */
struct map {
	const char *path; /* on the host */
	struct mg_buf old, new;
};

struct maps {
	struct mg_exim_host x;
	struct map files[FILES];
};

static int read_old(struct maps *m, struct mg_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < FILES; i++)
		rc = mg_root_read(m->x.host->root, m->files[i].path,
				  &m->files[i].old, err);
	return rc < 0 ? rc : 0;
}

static int make(struct maps *m, const struct mg_backend_host *h,
		struct mg_err *err)
{
	struct map *map = &m->files[MAP];
	int rc = mg_exim_look(&m->x, h, err);

	map->path = m->x.map;
	m->files[LIMITS].path = m->x.limits;
	for (size_t i = 0; i < FILES; i++) {
		mg_buf_init(&m->files[i].old, MG_EXIM_MAP_MAX);
		mg_buf_init(&m->files[i].new, MG_EXIM_MAP_MAX);
	}
	if (rc == 0)
		rc = read_old(m, err);
	if (rc == 0 && m->x.is_native)
		rc = mg_exim_add_limits(&m->x, &m->files[LIMITS].new, err);
	if (rc < 0)
		return rc;
	mg_rules_exim_add_map(&map->new, h->force, mg_buf_slice(&map->old),
			      h->now, h->tz);
	return mg_buf_check(&map->new, "the map of Exim", err);
}

static void release(struct maps *m)
{
	for (size_t i = 0; i < FILES; i++) {
		mg_buf_release(&m->files[i].old);
		mg_buf_release(&m->files[i].new);
	}
}

static bool is_current(const struct map *f)
{
	return mg_slice_is(mg_buf_slice(&f->old), mg_buf_slice(&f->new));
}

/* One block as it was written, and nothing beside it. */
static bool is_ours(struct mg_slice map)
{
	struct mg_buf others;
	bool is;

	mg_buf_init(&others, MG_EXIM_MAP_MAX);
	mg_rules_exim_uninstall(map, &others);
	is = others.len == 0 && mg_rules_exim_is_intact(map);
	mg_buf_release(&others);
	return is;
}

/* Nobody else writes there; who did is asked first. */
static int check_foreign(const struct maps *m, const struct map *f,
			 struct mg_err *err)
{
	if (m->x.host->is_forced || is_ours(mg_buf_slice(&f->old)))
		return 0;
	return mg_fail(err, MG_ECONF,
		       "somebody has changed '%s': look at it, then use "
		       "mailguard rules apply exim --force",
		       f->path);
}

static int put(const struct maps *m, const struct map *f, struct mg_err *err)
{
	char path[PATH_MAX], dir[PATH_MAX];
	int64_t gid = -1;
	int rc = mg_exim_path(&m->x, f->path, path, err);

	if (rc == 0)
		rc = find_group(m->x.host->root, &gid, err);
	if (rc == 0) {
		(void)snprintf(dir, sizeof(dir), "%.*s",
			       (int)(strrchr(path, '/') - path), path);
		rc = mg_file_make_dir(dir, MAPS_MODE, err);
	}
	if (rc == 0)
		rc = mg_replace_file(path, MAP_MODE, gid, mg_buf_slice(&f->new),
				     err);
	return rc;
}

static int drop(const struct mg_exim_host *x, const char *name,
		struct mg_err *err)
{
	char path[PATH_MAX];
	const int rc = mg_exim_path(x, name, path, err);

	return rc == 0 ? mg_file_remove(path, err) : rc;
}

/* --- the back end --- */

static int refresh(const struct mg_backend_host *h, struct mg_err *err)
{
	struct maps m;
	int rc = make(&m, h, err);

	for (size_t i = 0; rc == 0 && i < FILES; i++) {
		const struct map *f = &m.files[i];

		if (is_current(f))
			continue;
		rc = check_foreign(&m, f, err);
		if (rc == 0)
			rc = f->new.len ? put(&m, f, err)
					: drop(&m.x, f->path, err);
	}
	release(&m);
	return rc;
}

static int show(const struct mg_backend_host *h, struct mg_buf *out,
		struct mg_err *err)
{
	struct maps m;
	int rc = make(&m, h, err);

	for (size_t i = 0; rc == 0 && i < FILES; i++) {
		if (m.files[i].new.len)
			mg_buf_add_fmt(out, "# %s\n", m.files[i].path);
		mg_buf_add(out, mg_buf_slice(&m.files[i].new));
	}
	if (rc == 0)
		rc = mg_exim_show_lines(&m.x, out, err);
	release(&m);
	return rc;
}

static bool has_line(struct mg_slice text, struct mg_slice line)
{
	struct mg_slice other;

	while (mg_slice_cut_line(&text, &other))
		if (mg_slice_is(other, line))
			return true;
	return false;
}

static void add_missing(struct mg_buf *out, char mark, struct mg_slice from,
			struct mg_slice in)
{
	struct mg_slice line;

	while (mg_slice_cut_line(&from, &line)) {
		if (has_line(in, line))
			continue;
		mg_buf_add_char(out, mark);
		mg_buf_add_printable(out, line);
		mg_buf_add_char(out, '\n');
	}
}

static int diff(const struct mg_backend_host *h, struct mg_buf *out,
		struct mg_err *err)
{
	struct maps m;
	int rc = make(&m, h, err), of_lines = 0;

	for (size_t i = 0; rc >= 0 && i < FILES; i++) {
		const struct mg_slice old = mg_buf_slice(&m.files[i].old);
		const struct mg_slice new = mg_buf_slice(&m.files[i].new);

		if (is_current(&m.files[i]))
			continue;
		mg_buf_add_fmt(out, "%s:\n", m.files[i].path);
		add_missing(out, '-', old, new);
		add_missing(out, '+', new, old);
		rc = 1;
	}
	if (rc >= 0)
		of_lines = mg_exim_diff_lines(&m.x, out, err);
	release(&m);
	return of_lines ? of_lines : rc;
}

static bool is_read(const struct mg_backend_host *h)
{
	struct mg_exim_host x;
	struct mg_buf text;
	bool is;

	mg_buf_init(&text, MG_EXIM_MAP_MAX);
	is = mg_exim_look(&x, h, NULL) == 0 &&
	     mg_exim_diff_lines(&x, &text, NULL) == 0;
	mg_buf_release(&text);
	return is;
}

static int apply(const struct mg_backend_host *h, bool install,
		 struct mg_err *err)
{
	struct mg_exim_host x;
	char path[PATH_MAX];
	int rc = mg_exim_look(&x, h, err);

	if (rc == 0)
		rc = mg_program_find(h->root, mg_exim_program(&x), path, err);
	if (rc == 0)
		rc = refresh(h, err);
	if (rc == 0 && install)
		rc = mg_exim_install(&x, true, err);
	return rc;
}

static int remove_all(const struct mg_backend_host *h, struct mg_err *err)
{
	struct mg_exim_host x;
	int rc = mg_exim_look(&x, h, err);

	if (rc == 0)
		rc = mg_exim_install(&x, false, err);
	if (rc == 0)
		rc = drop(&x, x.map, err);
	return rc == 0 ? drop(&x, x.limits, err) : rc;
}

const struct mg_backend mg_backend_exim = {
	.name = "exim",
	.summary = "Exim refuses or holds mail of logins, domains and users",
	.keys = MG_FORCE_LOGIN | MG_FORCE_DOMAIN | MG_FORCE_UID,
	.show = show,
	.diff = diff,
	.apply = apply,
	.refresh = refresh,
	.is_read = is_read,
	.remove = remove_all,
};
