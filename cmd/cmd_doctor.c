/* SPDX-License-Identifier: MIT */
/*
 * doctor - what runs on this host, which logs it writes, what is wrong and how
 * to mend it.
 *
 * Changes nothing and runs nothing. Logs are looked at in the same jail in
 * which a sweep reads them.
 */
#include "command.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mailguard/backend.h"
#include "mailguard/clock.h"
#include "mailguard/host.h"
#include "mailguard/log.h"
#include "mailguard/policies.h"
#include "mailguard/status.h"
#include "mailguard/store.h"
#include "mailguard/sweep.h"

struct doctor_opts {
	struct mg_command_place place;
	bool json;
};

#define FIELD(f) offsetof(struct doctor_opts, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "json", 0, MG_OPTION_FLAG, FIELD(json), NULL, "print JSON instead of text" },
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "state directory (default: as set, /var/lib/mailguard below the root)" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

struct run {
	const struct doctor_opts *opts;
	struct mg_command_host set; /* root, settings, state */
	struct mg_host host;
};

/* --- a look into a log --- */

static unsigned server_of(unsigned kind)
{
	const char *name = mg_line_daemon(kind);

	if (!name)
		return 0;
	if (!strcmp(name, "Exim"))
		return MG_SERVER_EXIM;
	return strcmp(name, "Postfix") ? MG_SERVER_DOVECOT : MG_SERVER_POSTFIX;
}

static void sum_up(const struct mg_sweep_result *x, struct mg_taste *out)
{
	*out = (struct mg_taste){ .n_lines = x->n_lines,
				  .n_callers = x->n_kinds[MG_EXIM_CWD] };
	for (unsigned i = 0; i < MG_LINE_KINDS; i++) {
		const enum mg_line_class class = mg_line_class(i);

		if (x->n_kinds[i] && class != MG_LINE_STRANGE &&
		    class != MG_LINE_UNKNOWN)
			out->servers |= server_of(i);
	}
}

/* A sweep of its end, into memory, for nobody's accounts. */
static int taste(void *arg, const char *path, const char *dialect,
		 struct mg_taste *out, struct mg_err *err)
{
	const struct run *r = arg;
	const struct mg_accounts nobody = { .n_accounts = 0 };
	struct mg_sweep_opts opts = {
		.accounts = &nobody,
		.tz = r->set.tz,
		.dialect = !strcmp(dialect, "exim")     ? MG_DIALECT_EXIM
			   : !strcmp(dialect, "syslog") ? MG_DIALECT_SYSLOG
							: MG_DIALECT_DOVECOT,
		.engine = MG_ENGINE_PLAIN,
		.source = MG_LIT("doctor"),
		.now = mg_clock_now(),
		.root = &r->set.root,
	};
	struct mg_sweep_result result;
	struct mg_sweep *sweep = NULL;
	char real[PATH_MAX];
	int rc;

	if (snprintf(real, sizeof(real), "%s%s",
		     strcmp(r->set.root.path, "/") ? r->set.root.path : "",
		     path) >= PATH_MAX)
		return mg_fail(err, MG_ELIMIT, "the path is too long");
	rc = mg_store_open(&opts.store, NULL, MG_STORE_SCRATCH, err);
	if (rc == 0)
		rc = mg_sweep_begin(&sweep, &opts, err);
	if (rc == 0)
		rc = mg_sweep_taste(sweep, real, &result, err);
	if (rc == 0)
		sum_up(&result, out);
	mg_sweep_end(sweep);
	mg_store_close(opts.store);
	return rc;
}

/* --- what the state says --- */

static void add(struct run *r, enum mg_topic topic, enum mg_level level,
		const char *subject, const char *text, const char *mend)
{
	mg_host_add(&r->host, &(struct mg_finding){ .topic = topic,
						    .level = level,
						    .subject = subject,
						    .text = text,
						    .mend = mend });
}

static void add_share(struct run *r, const struct mg_unattributed *u)
{
	struct mg_buf text;
	const bool is_much = mg_unattributed_is_much(u);

	if (u->all == 0)
		return;
	mg_buf_init(&text, MG_ERR_TEXT_MAX);
	mg_unattributed_say(u, &text);
	add(r, MG_TOPIC_ACCOUNTS, is_much ? MG_LEVEL_WARNING : MG_LEVEL_OK,
	    "last day", text.ptr, is_much ? mg_unattributed_mend(u) : NULL);
	mg_buf_release(&text);
}

/* Of a state that is there; what it is worth is another matter (status). */
static void look_into_state(struct run *r)
{
	struct mg_unattributed share;
	struct mg_store *store = NULL;
	struct mg_err err = { 0 };
	char path[PATH_MAX + sizeof(MG_STORE_NAME) + 1];

	(void)snprintf(path, sizeof(path), "%s/%s", r->set.state,
		       MG_STORE_NAME);
	if (!mg_file_exists(path))
		return;
	if (mg_store_open(&store, r->set.state, MG_STORE_READ, &err) == 0 &&
	    mg_unattributed_read(store, mg_clock_now() - 86400, &share, &err) ==
		    0)
		add_share(r, &share);
	else if (err.code == MG_ECONF) /* of another version */
		add(r, MG_TOPIC_STATE, MG_LEVEL_WARNING, path, err.text,
		    "sweep with the newest mailguard that was used here");
	else
		add(r, MG_TOPIC_STATE, MG_LEVEL_TROUBLE, path, err.text,
		    "keep a copy, remove it, and sweep the logs that are left "
		    "again");
	mg_store_close(store);
}

/* --- what is found, and who carries it out --- */

static void look_at_policies(struct run *r)
{
	const bool is_needed = r->set.settings.enforce.by.n > 0;
	struct mg_policies p = { .n_items = 0 };
	struct mg_err err = { 0 };
	const int rc = mg_policies_read_folder(&p, &r->set.root,
					       MG_POLICIES_FOLDER, r->set.tz,
					       &err);

	if (rc < 0)
		add(r, MG_TOPIC_ACTIONS, MG_LEVEL_TROUBLE, MG_POLICIES_FOLDER,
		    p.n_mistakes ? p.mistakes[0] : err.text,
		    "mailguard config check");
	else if (p.n_items == 0)
		add(r, MG_TOPIC_ACTIONS,
		    is_needed ? MG_LEVEL_WARNING : MG_LEVEL_NOTE,
		    MG_POLICIES_FOLDER,
		    "has no policy, so mail is counted and no limit is looked "
		    "for",
		    "cp /usr/local/share/mailguard/policies/hourly-limits.conf " MG_POLICIES_FOLDER
		    "/");
	mg_policies_release(&p);
}

/* A map that no daemon reads stops nobody. */
static void look_at_backend(struct run *r, const struct mg_backend *b)
{
	const struct mg_backend_host host = { .root = &r->set.root,
					      .settings = &r->set.settings,
					      .tz = r->set.tz,
					      .now = mg_clock_now() };
	char mend[128];

	if (!b->is_read || b->asks_daemon)
		return;
	(void)snprintf(mend, sizeof(mend), "mailguard rules apply %s --install",
		       b->name);
	if (b->is_read(&host))
		add(r, MG_TOPIC_ACTIONS, MG_LEVEL_OK, b->name,
		    "its daemon was set up to read what mailguard writes",
		    NULL);
	else
		add(r, MG_TOPIC_ACTIONS, MG_LEVEL_WARNING, b->name,
		    "is set in 'enforce.by', and its daemon was not set up to "
		    "read what mailguard writes: nobody is stopped by it",
		    mend);
}

static void look_at_actions(struct run *r)
{
	const struct mg_conf_texts *by = &r->set.settings.enforce.by;

	look_at_policies(r);
	for (size_t i = 0; i < by->n; i++) {
		const struct mg_backend *b = mg_backend_find(by->items[i]);

		if (b)
			look_at_backend(r, b);
	}
}

static int examine(struct run *r, struct mg_err *err)
{
	const int rc = mg_command_open_host(&r->set, &r->opts->place, err);

	if (rc < 0)
		return rc;
	mg_host_examine(&r->host, &(struct mg_host_opts){
					  .root = &r->set.root,
					  .settings = &r->set.settings,
					  .state_dir = r->set.state,
					  .taste = taste,
					  .taste_arg = r,
				  });
	look_at_actions(r);
	look_into_state(r);
	return 0;
}

static int run(const void *opts, int argc, char **argv)
{
	static struct run r; /* a zone is 20 KiB, too large for a stack frame */
	struct mg_err err = { 0 };
	int rc = 0;

	r = (struct run){ .opts = opts, .set.root.fd = -1 };
	if (argc > 1)
		rc = mg_fail(&err, MG_EUSAGE, "doctor: '%s' is not expected",
			     argv[1]);
	if (rc == 0)
		rc = examine(&r, &err);
	if (rc == 0)
		rc = mg_host_print(&r.host, r.opts->json, STDOUT_FILENO, &err);
	if (rc < 0)
		rc = mg_command_fail(&err);
	else
		rc = mg_host_worst(&r.host) >= MG_LEVEL_WARNING ? MG_EFOUND
								: MG_OK;
	mg_host_release(&r.host);
	mg_command_close_host(&r.set);
	return rc;
}

static const struct doctor_opts defaults = { .place.root = "/" };

const struct mg_command mg_cmd_doctor = {
	.name = "doctor",
	.operands = "",
	.summary = "tell what runs here, what is wrong, and how to mend it",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
