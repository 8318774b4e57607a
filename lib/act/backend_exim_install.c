/* SPDX-License-Identifier: MIT */
/*
 * Our lines in Exim's configuration.
 *
 * What Exim reads is changed last, once Exim has accepted it: on Debian and
 * cPanel it is made of other files, which are put back where it does not. At
 * any moment, what is named by a file that was written stands in one that was
 * written before.
 */
#include "backend_exim_plan.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "mailguard/acts.h"
#include "mailguard/replace.h"

#define NAME mg_backend_exim.name
#define INSTALLED MG_LIT("installed") /* the row of it */
#define BACKUP ".before-mailguard"
#define STAGE ".mailguard-check"
#define SETTLE_TRIES 10 /* a daemon that cannot go on is gone by then, */
#define SETTLE_MS 100   /* each */
#define FILE_MODE 0644

/* --- files --- */

static int path_with(const struct mg_exim_host *x, const char *path,
		     const char *end, char out[PATH_MAX], struct mg_err *err)
{
	const int rc = mg_exim_path(x, path, out, err);
	const size_t len = rc == 0 ? strlen(out) : 0;

	if (rc == 0 && len + strlen(end) >= PATH_MAX)
		return mg_fail(err, MG_ECONF, "'%s' is too long a path", path);
	if (rc == 0)
		(void)snprintf(out + len, PATH_MAX - len, "%s", end);
	return rc;
}

static int put(const struct mg_exim_host *x, const char *path, const char *end,
	       struct mg_slice text, struct mg_err *err)
{
	char full[PATH_MAX];
	const int rc = path_with(x, path, end, full, err);

	return rc == 0 ? mg_replace_file(full, FILE_MODE, -1, text, err) : rc;
}

static int drop(const struct mg_exim_host *x, const char *path, const char *end,
		struct mg_err *err)
{
	char full[PATH_MAX];
	const int rc = path_with(x, path, end, full, err);

	return rc == 0 ? mg_file_remove(full, err) : rc;
}

static bool has_backup(const struct mg_exim_changes *cs,
		       const struct mg_exim_change *c)
{
	return cs->install && mg_exim_is_changed(c) && !c->target->is_ours &&
	       !mg_rules_exim_has_block(mg_buf_slice(&c->old));
}

/* What stood there before our lines did is kept as long as they do. */
static int write_change(const struct mg_exim_changes *cs,
			const struct mg_exim_change *c, struct mg_err *err)
{
	const struct mg_exim_target *t = c->target;
	int rc = 0;

	if (!mg_exim_is_changed(c))
		return 0;
	if (has_backup(cs, c))
		rc = put(cs->x, t->path, BACKUP, mg_buf_slice(&c->old), err);
	if (rc == 0 && t->is_ours && c->new.len == 0)
		return drop(cs->x, t->path, "", err);
	if (rc == 0)
		rc = put(cs->x, t->path, "", mg_buf_slice(&c->new), err);
	return rc;
}

/* Best effort: what went wrong before is what is told. */
static void put_back(const struct mg_exim_changes *cs,
		     const struct mg_exim_change *c)
{
	const char *path = c->target->path;

	if (mg_exim_is_changed(c) && c->was_there)
		(void)put(cs->x, path, "", mg_buf_slice(&c->old), NULL);
	else if (mg_exim_is_changed(c))
		(void)drop(cs->x, path, "", NULL);
	if (has_backup(cs, c))
		(void)drop(cs->x, path, BACKUP, NULL);
}

/* In order, or, taken out, against it. */
static int write_all(const struct mg_exim_changes *cs, struct mg_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < cs->n; i++)
		rc = write_change(cs, &cs->all[cs->install ? i : cs->n - 1 - i],
				  err);
	return rc;
}

static void restore_all(const struct mg_exim_changes *cs)
{
	for (size_t i = cs->n; i-- > 0;)
		put_back(cs, &cs->all[cs->install ? i : cs->n - 1 - i]);
}

/* --- the daemon --- */

/* What the service manager says to a word. */
static int service(const struct mg_exim_host *x, const char *word,
		   struct mg_buf *out, struct mg_err *err)
{
	const char *name = mg_exim_program(x);
	const char *const new[] = { "systemctl", word, name, NULL };
	const char *const old[] = { "service", name, word, NULL };

	return mg_exim_run(x,
			   mg_root_has(x->host->root, "/run/systemd/system")
				   ? new
				   : old,
			   out, err);
}

static bool is_running(const struct mg_exim_host *x)
{
	return service(x, "status", NULL, NULL) == 0;
}

static int generate(const struct mg_exim_host *x, struct mg_err *err)
{
	const char *const argv[] = { x->layout->generator, NULL };

	return x->layout->generator ? mg_exim_must(x, argv, err) : 0;
}

static int reload(const struct mg_exim_host *x, struct mg_err *err)
{
	const char *const argv[] = { x->layout->reloader, NULL };
	int rc;

	if (x->layout->reloader)
		return mg_exim_must(x, argv, err);
	rc = service(x, "reload", NULL, err);
	if (rc > 0)
		rc = mg_fail(err, MG_ECONF,
			     "the service '%s' does not reload (status %d)",
			     mg_exim_program(x), rc);
	return rc;
}

/* Makes Exim read what was written. One that did not run is not started. */
static int activate(const struct mg_exim_changes *cs, struct mg_err *err)
{
	const bool was_running = is_running(cs->x);
	int rc = generate(cs->x, err);

	if (rc == 0)
		rc = mg_exim_check(cs->x, NULL, cs->install, err);
	if (rc == 0 && was_running)
		rc = reload(cs->x, err);
	for (int i = 0; rc == 0 && was_running && i < SETTLE_TRIES; i++) {
		(void)poll(NULL, 0, SETTLE_MS);
		if (!is_running(cs->x))
			rc = mg_fail(err, MG_ECONF,
				     "Exim has ended after it was reloaded");
	}
	return rc;
}

static void activate_again(const struct mg_exim_changes *cs)
{
	if (generate(cs->x, NULL) == 0)
		(void)reload(cs->x, NULL);
}

/* --- before it counts --- */

/* Debian's generator writes elsewhere, too. */
static int stage_generated(const struct mg_exim_host *x, const char *to,
			   struct mg_err *err)
{
	const char *const argv[] = { x->layout->generator, "--keepcomments",
				     "-o", to, NULL };

	return mg_exim_must(x, argv, err);
}

/* A configuration that Exim does not read yet, of what was or is to be
   written. */
static int check_staged(const struct mg_exim_changes *cs, struct mg_err *err)
{
	const struct mg_exim_layout *l = cs->x->layout;
	char stage[PATH_MAX];
	int rc = path_with(cs->x, l->live, STAGE, stage, err);

	if (rc == 0 && l->generator)
		rc = stage_generated(cs->x, stage, err);
	else if (rc == 0)
		rc = put(cs->x, l->live, STAGE, mg_buf_slice(&cs->all[0].new),
			 err);
	if (rc == 0)
		rc = mg_exim_check(cs->x, stage, cs->install, err);
	(void)drop(cs->x, l->live, STAGE, NULL); /* whatever came of it */
	return rc;
}

/* cPanel's generator has no other place to write to, and checks by itself. */
static int carry_out(const struct mg_exim_changes *cs, struct mg_err *err)
{
	const struct mg_exim_layout *l = cs->x->layout;
	bool is_active = false;
	int rc = 0;

	if (!l->generator)
		rc = check_staged(cs, err);
	if (rc == 0)
		rc = write_all(cs, err);
	if (rc == 0 && l->generator && !l->reloader)
		rc = check_staged(cs, err);
	if (rc == 0) {
		is_active = true;
		rc = activate(cs, err);
	}
	if (rc < 0)
		restore_all(cs);
	if (rc < 0 && is_active)
		activate_again(cs);
	return rc;
}

/* A crash takes the note back: what is not noted may not have been read. */
static int is_current(const struct mg_exim_changes *cs, struct mg_err *err)
{
	const int noted = mg_applied_has(cs->x->host->store, NAME, INSTALLED,
					 err);

	return noted < 0
		       ? noted
		       : !mg_exim_any_change(cs) && (noted == 1) == cs->install;
}

static int note(const struct mg_exim_changes *cs, struct mg_err *err)
{
	const struct mg_applied row = { .key = INSTALLED };
	struct mg_store *store = cs->x->host->store;

	return cs->install ? mg_applied_put(store, NAME, &row, err)
			   : mg_applied_drop(store, NAME, INSTALLED, err);
}

static void drop_backups(const struct mg_exim_changes *cs)
{
	for (size_t i = 0; i < cs->n; i++)
		if (!cs->all[i].target->is_ours)
			(void)drop(cs->x, cs->all[i].target->path, BACKUP,
				   NULL);
}

int mg_exim_install(const struct mg_exim_host *x, bool install,
		    struct mg_err *err)
{
	struct mg_exim_changes cs;
	int rc;

	if (!x->layout)
		return install ? mg_fail(err, MG_ECONF,
					 "no configuration of Exim is in any "
					 "of the usual places")
			       : 0;
	rc = mg_exim_plan(&cs, x, install, err);
	if (rc == 0)
		rc = is_current(&cs, err);
	if (rc == 0)
		rc = carry_out(&cs, err);
	rc = rc == 1 ? 0 : rc;
	if (rc == 0)
		rc = note(&cs, err);
	if (rc == 0 && !install)
		drop_backups(&cs);
	mg_exim_release(&cs);
	return rc;
}
