/* SPDX-License-Identifier: MIT */
/*
 * hook - what the control panel calls when it does something, with JSON on
 * standard input; and what it asks about us.
 *
 * It answers in the panel's protocol, and never stands in its way: where
 * something goes wrong here, the panel goes on. The one exception is a removal
 * that an action of ours is in force against, whose evidence cannot be kept.
 */
#include "act_run.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mailguard/clock.h"
#include "mailguard/file.h"
#include "mailguard/gather.h"
#include "mailguard/json_pick.h"
#include "mailguard/log.h"
#include "mailguard/panel.h"
#include "mailguard/panel_events.h"
#include "mailguard/panel_queue.h"
#include "mailguard/priv.h"

/* Where cPanel wants hooks to be; etc/hooks/for-cpanel is put there. */
#define CPANEL_HOOK "/usr/local/cpanel/3rdparty/bin/mailguard_hook"

struct hook_opts {
	struct mg_command_place place;
};

#define FIELD(f) offsetof(struct hook_opts, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "state directory (default: as set, /var/lib/mailguard below the root)" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ .type = MG_OPTION_END },
};

/* The events of cPanel that are asked for. */
static const struct event {
	const char *word, *category, *name, *stage;
	enum mg_panel_event_kind kind;
} events[] = {
	{ "created", "Whostmgr", "Accounts::Create", "post", MG_PANEL_CREATED },
	{ "modified", "Whostmgr", "Accounts::Modify", "post", MG_PANEL_RENAMED },
	{ "suspended", "Whostmgr", "Accounts::suspendacct", "post", MG_PANEL_SUSPENDED },
	{ "unsuspended", "Whostmgr", "Accounts::unsuspendacct", "post", MG_PANEL_UNSUSPENDED },
	{ "removing", "Whostmgr", "Accounts::Remove", "pre", MG_PANEL_REMOVING },
	{ "removed", "Whostmgr", "Accounts::Remove", "post", MG_PANEL_REMOVED },
	{ "password", "Passwd", "ChangePasswd", "post", MG_PANEL_PASSWORD },
};

/* Of the whole payload no more: that of a password has the password. */
enum { NAME, STAGE, USER, NEW_USER, OWNER, REASON, N_VALUES };
static const char *const paths[N_VALUES] = { "context.event", "context.stage", "data.user", "data.newuser", "data.owner", "data.reason" };
/* clang-format on */

#define N_EVENTS (sizeof(events) / sizeof(*events))

static int describe(void)
{
	for (size_t i = 0; i < N_EVENTS; i++)
		printf("%s{\"category\":\"%s\",\"event\":\"%s\",\"stage\":"
		       "\"%s\",\"hook\":\"" CPANEL_HOOK " %s\",\"exectype\":"
		       "\"script\"%s}",
		       i ? ",\n " : "[", events[i].category, events[i].name,
		       events[i].stage, events[i].word,
		       events[i].kind == MG_PANEL_REMOVING ? ",\"blocking\":1"
							   : "");
	printf("]\n");
	return MG_OK;
}

/* --- one event --- */

struct happened {
	const struct event *event;
	struct mg_json_picked v[N_VALUES];
	bool is_veto;         /* must be stopped */
	struct mg_buf bundle; /* the name of what was kept; or empty */
};

static struct mg_slice value(const struct happened *x, int i)
{
	return mg_slice_of(x->v[i].text, x->v[i].len);
}

static int read_event(struct happened *x, struct mg_err *err)
{
	struct mg_root root = { .fd = -1 };
	struct mg_jail jail;
	struct mg_buf text;
	int rc = mg_root_open(&root, "/", err);

	mg_buf_init(&text, MG_JSON_BYTES_MAX);
	if (rc == 0)
		rc = mg_file_read_all(STDIN_FILENO, "standard input", &text,
				      err);
	if (rc == 0) {
		jail = mg_priv_jail(&root);
		rc = mg_json_pick(&jail, mg_buf_slice(&text), paths, N_VALUES,
				  x->v, err);
	}
	mg_buf_release(&text);
	mg_root_close(&root);
	if (rc == 0 && (strcmp(x->v[NAME].text, x->event->name) != 0 ||
			strcmp(x->v[STAGE].text, x->event->stage) != 0))
		rc = mg_fail(err, MG_EPARSE, "it is of another event");
	if (rc == 0 && !mg_account_name_is_valid(value(x, USER)))
		rc = mg_fail(err, MG_EPARSE, "it names no account");
	return rc;
}

/* What this event is a row of; none of what we did ourselves, which the ledger
   has, and whose process has the lock. */
static bool row_of(const struct happened *x, struct mg_panel_event *out)
{
	*out = (struct mg_panel_event){ .kind = x->event->kind,
					.panel = MG_LIT("cpanel"),
					.account = value(x, USER) };
	if (out->kind == MG_PANEL_SUSPENDED) {
		out->reason = value(x, REASON);
		return !mg_slice_has_prefix(out->reason, MG_LIT("mailguard "));
	}
	if (out->kind == MG_PANEL_CREATED)
		out->other = value(x, OWNER);
	if (out->kind != MG_PANEL_RENAMED)
		return true;
	out->other = value(x, NEW_USER);
	if (out->other.len && !mg_slice_is(out->other, out->account))
		return true;
	out->kind = MG_PANEL_OWNER;
	out->other = value(x, OWNER);
	return out->other.len > 0;
}

/* --- before an account is removed --- */

/* What is in force against it. */
struct against {
	struct mg_store *store;
	struct mg_slice account;
	bool is_there;         /* a suspension, or a termination */
	bool is_ours;          /* the removal is that termination's hook */
	struct mg_buf *bundle; /* the name of the last one made for any */
	struct mg_err *err;
};

/* "SHA-256 path", of which the name is the last part without its endings. */
static int take_bundle(void *arg, int64_t made_at, enum mg_act_mark mark,
		       struct mg_slice by, struct mg_slice detail)
{
	const struct against *a = arg;
	const size_t at = mg_slice_rfind(detail, '/');
	struct mg_slice name;

	(void)made_at;
	(void)by;
	if (mark != MG_MARK_EVIDENCE || at == detail.len)
		return 0;
	name = mg_slice_from(detail, at + 1);
	name.len = mg_slice_search(name, MG_LIT(".tar"));
	mg_buf_clear(a->bundle);
	mg_buf_add(a->bundle, name);
	return 0;
}

static int take_act(void *arg, const struct mg_act *act)
{
	struct against *a = arg;

	if ((act->verb != MG_ACT_SUSPEND && act->verb != MG_ACT_TERMINATE) ||
	    !mg_slice_is(act->account, a->account))
		return 0;
	a->is_there = true;
	if (act->verb == MG_ACT_TERMINATE) {
		const int rc = mg_acts_has_mark(a->store, act->id,
						MG_MARK_STARTED, MG_LIT(""),
						&a->is_ours, a->err);
		if (rc < 0)
			return rc;
	}
	return mg_acts_each_mark(a->store, act->id, take_bundle, a, a->err);
}

/* Without the lock, which a sweep may have. */
static int look_up(const char *state, struct against *a, struct mg_err *err)
{
	int rc = mg_file_exists(state)
			 ? mg_store_open(&a->store, state, MG_STORE_READ, err)
			 : 0;

	a->err = err;
	if (rc == 0 && a->store)
		rc = mg_acts_each(a->store, MG_ACTS_IN_FORCE, mg_clock_now(),
				  take_act, a, err);
	mg_store_close(a->store);
	a->store = NULL;
	return rc;
}

static int gather(const struct hook_opts *o, struct mg_slice account,
		  struct mg_buf *bundle, struct mg_err *err)
{
	const struct mg_act about = { .per = MG_LIT("account"),
				      .subject = account,
				      .account = account };
	struct mg_gather_made made;
	struct mg_act_run r;
	int rc = mg_act_run_open(&r, &o->place, "hook", err);
	const struct mg_gather_ask ask = {
		.act = &about,
		.since = r.enforcer.now - MG_GATHER_SINCE_S,
		.until = r.enforcer.now,
		.by = MG_LIT("cpanel"),
		.reason = MG_LIT("the account is being removed"),
	};

	if (rc == 0)
		rc = mg_gather_evidence(&r.enforcer, &ask, &made, err);
	if (rc == 0) {
		mg_buf_clear(bundle);
		mg_buf_add_str(bundle, made.name);
	}
	mg_act_run_close(&r);
	return rc;
}

/*
 * What an action of ours stands on. A removal that a termination runs has its
 * own; where a sweep has the state for long, that of the suspension stands.
 */
static int keep_evidence(const struct hook_opts *o, const char *state,
			 struct happened *x, struct mg_err *err)
{
	struct against a = { .account = value(x, USER), .bundle = &x->bundle };
	int rc = look_up(state, &a, err);

	if (rc < 0 || !a.is_there || (a.is_ours && x->bundle.len))
		return rc;
	rc = gather(o, a.account, &x->bundle, err);
	if (rc == -MG_EBUSY && x->bundle.len)
		return 0;
	x->is_veto = rc < 0;
	return rc;
}

/* --- recorded --- */

/* Who let it go: a suspension of ours is noted until its unsuspendacct came
   back. Returns false where it is our own doing, which is no news. */
static bool is_by_others(const struct mg_command_host *host,
			 struct mg_panel_event *row)
{
	const struct mg_hook_call call = { .verb = MG_HOOK_SUSPEND,
					   .per = MG_LIT("account"),
					   .subject = row->account };
	const struct mg_panel_host h = { .root = &host->root,
					 .state = host->state };
	struct mg_panel_note note;

	if (mg_panel_note_read(&h, &mg_panel_cpanel, &call, &note, NULL) != 0)
		return true;
	if (!strcmp(note.was, MG_PANEL_CPANEL_ENDING))
		return false;
	if (host->settings.cpanel.suspend != MG_CPANEL_ACCOUNT)
		return true;
	row->other = MG_LIT(MG_PANEL_OURS);
	mg_log(MG_LOG_ERROR,
	       "%.*s was let go in the panel while a suspension of ours is in "
	       "force: its mail stays stopped, and the next sweep looks into it",
	       MG_SLICE_ARG(row->account));
	return true;
}

/* Nobody waits for who has the lock: the next sweep takes it in. */
static int take_in(const struct hook_opts *o, struct mg_err *err)
{
	struct mg_act_run r;
	int rc = mg_act_run_try(&r, &o->place, "hook", err);

	if (rc == 0)
		rc = mg_panel_queue_take(r.store, r.host.state, err);
	mg_act_run_close(&r);
	return rc == -MG_EBUSY ? 0 : rc;
}

static int record(const struct hook_opts *o, struct happened *x,
		  struct mg_err *err)
{
	struct mg_command_host host;
	struct mg_panel_event row;
	bool is_news;
	int rc;

	if (!row_of(x, &row))
		return 0;
	rc = mg_command_open_host(&host, &o->place, err);
	is_news = rc < 0 || row.kind != MG_PANEL_UNSUSPENDED ||
		  is_by_others(&host, &row);
	if (rc == 0 && row.kind == MG_PANEL_REMOVING) {
		rc = keep_evidence(o, host.state, x, err);
		row.other = mg_buf_slice(&x->bundle);
	}
	if (rc == 0 && is_news)
		rc = mg_panel_queue_put(host.state, mg_clock_now(), &row, err);
	mg_command_close_host(&host);
	return rc == 0 && is_news ? take_in(o, err) : rc;
}

/*
 * One line, and status 0 whatever happened: cPanel takes anything else for its
 * own failure. BAILOUT is the word that stops it.
 */
static int answer(const struct hook_opts *o, const struct event *event)
{
	struct happened x = { .event = event };
	struct mg_err err = { 0 };
	int rc = read_event(&x, &err);

	mg_buf_init(&x.bundle, PATH_MAX);
	if (rc == 0)
		rc = record(o, &x, &err);
	mg_buf_release(&x.bundle);
	if (rc < 0)
		mg_log(MG_LOG_ERROR, "%s, continuing", err.text);
	if (x.is_veto)
		printf("0 BAILOUT mailguard: an action against the account is "
		       "in force, and its evidence cannot be kept\n");
	else
		printf("1 mailguard: %s\n", rc < 0 ? "not recorded" : "ok");
	return MG_OK;
}

static int run(const void *opts, int argc, char **argv)
{
	struct mg_err err = { 0 };

	if (argc == 3 && !strcmp(argv[1], "describe") &&
	    !strcmp(argv[2], "cpanel"))
		return describe();
	for (size_t i = 0; argc == 3 && i < N_EVENTS; i++)
		if (!strcmp(argv[1], "cpanel") &&
		    !strcmp(argv[2], events[i].word))
			return answer(opts, &events[i]);
	(void)mg_fail(&err, MG_EUSAGE,
		      "which panel, and which event? see mailguard-hook(8)");
	return mg_command_fail(&err);
}

static const struct hook_opts defaults = {
	.place.root = "/",
};

const struct mg_command mg_cmd_hook = {
	.name = "hook",
	.operands = "PANEL EVENT | describe PANEL",
	.summary = "called by the control panel when it does something",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
