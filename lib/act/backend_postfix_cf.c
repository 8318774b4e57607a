/* SPDX-License-Identifier: MIT */
/*
 * main.cf and master.cf: staged and checked in a directory of their own, then
 * replaced one after the other, main.cf first, which without the other changes
 * nothing for local mail; put back where Postfix does not go on with them.
 */
#include "backend_postfix.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/acts.h"
#include "mailguard/replace.h"
#include "mailguard/rules_postfix.h"

#define STAGE "stage"
#define INSTALLED MG_LIT("installed") /* the row of it */

enum { MAIN, MASTER, FILES };

static const char *const names[] = { "main.cf", "master.cf" };
static const char *const backups[] = { "main.cf.before-mailguard",
				       "master.cf.before-mailguard" };

struct change {
	const struct mg_postfix_files *p;
	struct mg_buf old[FILES], new[FILES];
	bool is_new[FILES]; /* it differs */
};

static void init(struct change *c, const struct mg_postfix_files *p)
{
	c->p = p;
	for (int i = 0; i < FILES; i++) {
		mg_buf_init(&c->old[i], MG_RULES_POSTFIX_CF_MAX);
		mg_buf_init(&c->new[i], MG_RULES_POSTFIX_CF_MAX);
	}
}

static void release(struct change *c)
{
	for (int i = 0; i < FILES; i++) {
		mg_buf_release(&c->old[i]);
		mg_buf_release(&c->new[i]);
	}
}

static int read_old(struct change *c, struct mg_err *err)
{
	char path[PATH_MAX];
	int rc = 0;

	for (int i = 0; rc == 0 && i < FILES; i++) {
		rc = mg_postfix_path(path, c->p->etc, names[i], err);
		if (rc == 0)
			rc = mg_postfix_read(c->p, path, &c->old[i], err);
		if (rc == 1)
			rc = mg_fail(err, MG_ECONF,
				     "there is no '%s': is Postfix installed?",
				     path);
	}
	return rc;
}

static int make_new(struct change *c, bool install, struct mg_err *err)
{
	const struct mg_slice dir = mg_slice_str(c->p->dir);
	const struct mg_slice main_cf = mg_buf_slice(&c->old[MAIN]);
	const struct mg_slice master_cf = mg_buf_slice(&c->old[MASTER]);
	int rc = 0;

	if (install) {
		rc = mg_rules_postfix_install_main(main_cf, dir, &c->new[MAIN],
						   err);
		if (rc == 0)
			rc = mg_rules_postfix_install_master(master_cf, dir,
							     &c->new[MASTER],
							     err);
	} else {
		mg_rules_postfix_uninstall(main_cf, &c->new[MAIN]);
		mg_rules_postfix_uninstall(master_cf, &c->new[MASTER]);
	}
	for (int i = 0; i < FILES; i++)
		c->is_new[i] = !mg_slice_is(mg_buf_slice(&c->old[i]),
					    mg_buf_slice(&c->new[i]));
	return rc;
}

static int put_one(const char *dir, const char *name, const struct mg_buf *text,
		   struct mg_err *err)
{
	char path[PATH_MAX];
	const int rc = mg_postfix_path(path, dir, name, err);

	return rc < 0 ? rc
		      : mg_replace_file(path, 0644, -1, mg_buf_slice(text),
					err);
}

/* Of those that change, the old or the new ones. */
static int put(const struct change *c, const struct mg_buf texts[FILES],
	       struct mg_err *err)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < FILES; i++)
		if (c->is_new[i])
			rc = put_one(c->p->etc, names[i], &texts[i], err);
	return rc;
}

/* Once: what was there before anything of ours was. */
static int back_up(const struct change *c, struct mg_err *err)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < FILES; i++)
		if (c->is_new[i] && !strstr(c->old[i].ptr, "mailguard"))
			rc = put_one(c->p->etc, backups[i], &c->old[i], err);
	return rc;
}

/* What is as it was before needs no backup any more. */
static int drop_backups(const struct change *c, struct mg_err *err)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < FILES; i++) {
		char path[PATH_MAX];
		struct mg_buf kept;

		mg_buf_init(&kept, MG_RULES_POSTFIX_CF_MAX);
		rc = mg_postfix_path(path, c->p->etc, backups[i], err);
		if (rc == 0)
			rc = mg_postfix_read(c->p, path, &kept, err);
		if (rc == 0 &&
		    mg_slice_is(mg_buf_slice(&kept), mg_buf_slice(&c->new[i])))
			rc = mg_file_remove(path, err);
		rc = rc == 1 ? 0 : rc; /* there is none */
		mg_buf_release(&kept);
	}
	return rc;
}

/* What Postfix says of the new files before they count. */
static int check(const struct change *c, const char *stage, struct mg_err *err)
{
	int rc = mg_postfix_must(c->p,
				 (const char *const[]){ "postconf", "-c", stage,
							"-n", NULL },
				 MG_LIT(""), err);

	if (rc == 0)
		rc = mg_postfix_must(c->p,
				     (const char *const[]){ "postconf", "-c",
							    stage, "-M", NULL },
				     MG_LIT(""), err);
	if (rc == 0)
		rc = mg_postfix_must(c->p,
				     (const char *const[]){ "postfix", "-c",
							    stage, "check",
							    NULL },
				     MG_LIT(""), err);
	if (rc == 0)
		rc = mg_postfix_probe(c->p, stage, err);
	return rc;
}

static int try_in_stage(const struct change *c, struct mg_err *err)
{
	char stage[PATH_MAX], path[PATH_MAX];
	struct mg_err ignored;
	int rc = mg_postfix_path(stage, c->p->dir, STAGE, err);

	if (rc == 0)
		rc = mg_file_make_dir(stage, 0700, err);
	for (int i = 0; rc == 0 && i < FILES; i++)
		rc = put_one(stage, names[i], &c->new[i], err);
	if (rc == 0)
		rc = check(c, stage, err);
	for (int i = 0; i < FILES; i++)
		if (mg_postfix_path(path, stage, names[i], &ignored) == 0 &&
		    mg_file_remove(path, &ignored) < 0)
			break; /* replaced the next time */
	mg_file_drop_dir(stage);
	return rc;
}

static int is_running(const struct change *c, struct mg_err *err)
{
	const int rc = mg_postfix_run(
		c->p, (const char *const[]){ "postfix", "status", NULL },
		MG_LIT(""), NULL, err);

	return rc < 0 ? rc : rc == 0;
}

/* Postfix reads what is there, and still runs; one that does not run is left
   alone. */
static int reload(const struct change *c, struct mg_err *err)
{
	int rc = is_running(c, err);

	if (rc <= 0)
		return rc;
	rc = mg_postfix_must(c->p,
			     (const char *const[]){ "postfix", "reload", NULL },
			     MG_LIT(""), err);
	if (rc == 0)
		rc = is_running(c, err);
	if (rc == 0)
		return mg_fail(err, MG_ECONF,
			       "Postfix does not run any more after its "
			       "reload");
	return rc < 0 ? rc : 0;
}

/* Nobody else changed them while ours were tried. */
static int check_old(const struct change *c, struct mg_err *err)
{
	struct change now;
	int rc;

	init(&now, c->p);
	rc = read_old(&now, err);
	for (int i = 0; rc == 0 && i < FILES; i++)
		if (!mg_slice_is(mg_buf_slice(&c->old[i]),
				 mg_buf_slice(&now.old[i])))
			rc = mg_fail(
				err, MG_EBUSY,
				"'%s/%s' was changed by somebody else just "
				"now: try again",
				c->p->etc, names[i]);
	release(&now);
	return rc;
}

static int activate(const struct change *c, struct mg_err *err)
{
	struct mg_err second;
	int rc = put(c, c->new, err);

	if (rc == 0)
		rc = reload(c, err);
	if (rc < 0 && (put(c, c->old, &second) < 0 || reload(c, &second) < 0))
		mg_err_prefix(err, "%s, and then", second.text);
	return rc;
}

static int note(const struct mg_postfix_files *p, bool install,
		struct mg_err *err)
{
	const struct mg_applied row = { .key = INSTALLED };

	return install ? mg_applied_put(p->host->store, MG_POSTFIX_NAME, &row,
					err)
		       : mg_applied_drop(p->host->store, MG_POSTFIX_NAME,
					 INSTALLED, err);
}

/* What is not noted may not have been read: a crash takes the note back. */
static int is_current(const struct change *c, bool install, struct mg_err *err)
{
	const int noted = mg_applied_has(c->p->host->store, MG_POSTFIX_NAME,
					 INSTALLED, err);

	return noted < 0 ? noted
			 : !c->is_new[MAIN] && !c->is_new[MASTER] &&
				   (noted == 1) == install;
}

static int carry_out(const struct change *c, bool install, struct mg_err *err)
{
	int rc = install ? try_in_stage(c, err) : 0;

	if (rc == 0 && install)
		rc = back_up(c, err);
	if (rc == 0)
		rc = check_old(c, err);
	return rc == 0 ? activate(c, err) : rc;
}

int mg_postfix_install(const struct mg_postfix_files *p, bool install,
		       struct mg_err *err)
{
	struct change c;
	int rc;

	init(&c, p);
	rc = read_old(&c, err);
	if (rc == 0)
		rc = make_new(&c, install, err);
	if (rc == 0)
		rc = is_current(&c, install, err);
	if (rc == 0)
		rc = carry_out(&c, install, err);
	rc = rc == 1 ? 0 : rc;
	if (rc == 0)
		rc = note(p, install, err);
	if (rc == 0 && !install)
		rc = drop_backups(&c, err);
	release(&c);
	return rc;
}

bool mg_postfix_is_installed(const struct mg_postfix_files *p)
{
	struct mg_buf map;
	struct change c;
	bool is;

	init(&c, p);
	mg_buf_init(&map, 2L * PATH_MAX);
	mg_buf_add_fmt(&map, "lmdb:%s/" MG_RULES_POSTFIX_MAP, p->dir);
	is = read_old(&c, NULL) == 0 &&
	     strstr(c.old[MAIN].ptr, map.ptr) != NULL;
	mg_buf_release(&map);
	release(&c);
	return is;
}

int mg_postfix_diff_lines(const struct mg_postfix_files *p, struct mg_buf *out,
			  struct mg_err *err)
{
	struct change c;
	int rc = mg_applied_has(p->host->store, MG_POSTFIX_NAME, INSTALLED,
				err);
	int found = 0;

	if (rc <= 0)
		return rc;
	init(&c, p);
	rc = read_old(&c, err);
	if (rc == 0)
		rc = make_new(&c, true, err);
	for (int i = 0; rc == 0 && i < FILES; i++)
		if (c.is_new[i]) {
			mg_buf_add_fmt(out,
				       "%s/%s is not as 'rules apply postfix "
				       "--install' makes it\n",
				       p->etc, names[i]);
			found = 1;
		}
	release(&c);
	return rc < 0 ? rc : found;
}
