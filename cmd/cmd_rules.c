/* SPDX-License-Identifier: MIT */
/*
 * rules - what back ends have on this host: shown, compared, put in place,
 * taken off.
 */
#include "act_run.h"
#include "trial.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/buf.h"
#include "mailguard/file.h"
#include "mailguard/log.h"

#define TEXT_MAX (256U << 20) /* bytes; a million addresses are 50 MB */
#define STDOUT_FD 1

struct rules_opts {
	struct mg_command_place place;
	bool install, force, dry_run, confirm;
};

#define FIELD(f) offsetof(struct rules_opts, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "install", 0, MG_OPTION_FLAG, FIELD(install), NULL, "apply: add the lines to the daemon's configuration, too, with a backup" },
	{ "force", 0, MG_OPTION_FLAG, FIELD(force), NULL, "apply, remove: replace what somebody else has changed" },
	{ "confirm", 0, MG_OPTION_FLAG, FIELD(confirm), NULL, "apply: for longer than a minute, although it covers where you are logged in from" },
	{ "dry-run", 'n', MG_OPTION_FLAG, FIELD(dry_run), NULL, "apply: only say what differs, as diff does" },
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "state directory (default: as set, /var/lib/mailguard below the root)" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

enum verb { SHOW, DIFF, APPLY, REMOVE, VERBS };

static const char *const verbs[] = { "show", "diff", "apply", "remove" };

struct run {
	struct mg_act_run act;
	const struct rules_opts *opts;
	enum verb verb;
	bool differs;
	bool needs_trial; /* of whoever is logged in from there: */
	struct mg_ip peer;
};

static int print(const struct mg_buf *text, struct mg_err *err)
{
	const int rc = mg_buf_check(text, "what a back end has", err);

	return rc < 0 ? rc
		      : mg_file_write_all(STDOUT_FD, mg_buf_slice(text), err);
}

static int look(struct run *r, const struct mg_backend *b,
		const struct mg_backend_host *host, struct mg_err *err)
{
	struct mg_buf text;
	int rc, printed;

	mg_buf_init(&text, TEXT_MAX);
	rc = r->verb == SHOW ? b->show(host, &text, err)
			     : b->diff(host, &text, err);
	if (r->verb != SHOW && rc == 1)
		r->differs = true;
	else if (r->verb != SHOW && rc == 0 &&
		 mg_command_terminal().is_terminal)
		mg_log(MG_LOG_INFO, "%s: all is as it should be", b->name);
	printed = rc < 0 ? rc : print(&text, err);
	mg_buf_release(&text);
	return printed;
}

static int change(struct run *r, const struct mg_backend *b,
		  const struct mg_backend_host *host, struct mg_err *err)
{
	struct mg_store *s = r->act.store;
	int rc = mg_store_begin(s, err);

	/* A daemon's own checks take seconds. */
	if (mg_command_terminal().is_terminal)
		mg_log(MG_LOG_INFO,
		       "%s: %s; the daemon's own checks may take "
		       "some seconds",
		       b->name,
		       r->verb == APPLY ? "is put in place, and tried"
					: "is taken off");
	if (rc == 0)
		rc = r->verb == APPLY ? b->apply(host, r->opts->install, err)
				      : b->remove(host, err);
	if (rc == 0)
		rc = mg_store_commit(s, err);
	if (rc < 0)
		mg_store_rollback(s);
	else
		printf("%s: %s\n", b->name,
		       r->verb == APPLY ? "applied" : "removed");
	return rc;
}

static int run_one(struct run *r, const struct mg_backend *b,
		   const struct mg_force *force, struct mg_err *err)
{
	struct mg_backend_host host = mg_enforce_host(&r->act.enforcer, force);

	host.is_forced = r->opts->force;
	return r->verb == SHOW || r->verb == DIFF ? look(r, b, &host, err)
						  : change(r, b, &host, err);
}

/* The one that was named, or all that are set. The others go on after a
   failure, of which the last is told by the caller. */
static int run_all(struct run *r, const char *name, struct mg_err *err)
{
	const struct mg_conf_texts *by = &r->act.host.settings.enforce.by;
	const struct mg_slice typed = mg_slice_str(name ? name : "");
	struct mg_force force;
	int failed = 0;
	int rc = mg_enforce_gather(&r->act.enforcer, &force, err);

	for (size_t i = 0; rc == 0 && i < (name ? 1 : by->n); i++) {
		const struct mg_backend *b =
			mg_backend_find(name ? typed : by->items[i]);

		if (failed)
			mg_log(MG_LOG_ERROR, "%s", err->text);
		if (b && run_one(r, b, &force, err) < 0)
			failed = -err->code;
		else if (b && b->keys & MG_FORCE_ADDRESS)
			r->needs_trial = mg_trial_is_needed(&r->act, &force,
							    &r->peer);
	}
	mg_force_release(&force);
	return rc < 0 ? rc : failed;
}

static void add_names(struct mg_buf *out)
{
	for (const struct mg_backend *const *b = mg_backends; *b; b++)
		mg_buf_add_fmt(out, "%s%s", b == mg_backends ? "" : ", ",
			       (*b)->name);
}

static int check_words(struct run *r, int argc, char **argv, struct mg_err *err)
{
	struct mg_buf names;
	int rc = 0;

	for (r->verb = SHOW; r->verb < VERBS; r->verb++)
		if (argc > 1 && !strcmp(argv[1], verbs[r->verb]))
			break;
	if (r->verb == VERBS || argc > 3)
		return mg_fail(err, MG_EUSAGE,
			       "rules: give one of show, diff, apply, remove, "
			       "and perhaps a back end");
	if (r->verb == APPLY && r->opts->dry_run)
		r->verb = DIFF;
	mg_buf_init(&names, 1024);
	add_names(&names);
	if (argc > 2 && !mg_backend_find(mg_slice_str(argv[2])))
		rc = mg_fail(err, MG_EUSAGE, "'%s' is none of %s", argv[2],
			     names.ptr);
	mg_buf_release(&names);
	return rc;
}

/* What covers whoever typed it stays if he says so. The state is not held while
   he is asked. */
static int try(struct run *r, const char *name, struct mg_err *err)
{
	int rc;

	if (mg_trial_ask(&r->peer))
		return 0;
	rc = mg_act_run_open(&r->act, &r->opts->place, "rules", err);
	if (rc == 0)
		rc = mg_trial_open(&r->act, &r->peer, err);
	if (rc == 0)
		rc = run_all(r, name, err);
	mg_act_run_close(&r->act);
	return rc;
}

static int run(const void *opts, int argc, char **argv)
{
	struct run r = { .opts = opts };
	struct mg_err err = { 0 };
	int rc = check_words(&r, argc, argv, &err);
	const char *name = argc > 2 ? argv[2] : NULL;

	if (rc < 0)
		return mg_command_fail(&err);
	rc = mg_act_run_open(&r.act, &r.opts->place, "rules", &err);
	if (rc == 0 && !name && r.act.host.settings.enforce.by.n == 0)
		rc = mg_fail(&err, MG_ECONF,
			     "no back end is set in 'enforce.by': name one, "
			     "or see mailguard.conf(5)");
	if (rc == 0)
		rc = run_all(&r, name, &err);
	mg_act_run_close(&r.act);
	if (r.needs_trial && r.verb == APPLY && !r.opts->confirm &&
	    try(&r, name, &err) < 0)
		rc = -err.code;
	if (rc < 0)
		return mg_command_fail(&err);
	return r.differs ? MG_EFOUND : MG_OK;
}

static const struct rules_opts defaults = {
	.place.root = "/",
};

const struct mg_command mg_cmd_rules = {
	.name = "rules",
	.operands = "show | diff | apply | remove [BACKEND]",
	.summary = "show and change what carries out limits on this host",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
