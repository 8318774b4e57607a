/* SPDX-License-Identifier: MIT */
/*
 * warn - a person warns the customer of a mailbox, a domain or an account: in
 * the ledger, by a notice, and by hooks. It stops nothing, and is no strike.
 */
#include "act_run.h"

#include "mailguard/effect.h"
#include "mailguard/file.h"
#include "mailguard/log.h"

#define DAY_S 86400 /* for which hooks are tried again */
#define PLAN_MAX (4U << 20)
#define STDOUT_FD 1

struct warn_opts {
	struct mg_command_place place;
	const char *reason;
	bool dry_run;
};

#define FIELD(f) offsetof(struct warn_opts, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "reason", 'r', MG_OPTION_TEXT, FIELD(reason), "TEXT", "why: the customer reads it, and it stands in the ledger; needed" },
	{ "dry-run", 'n', MG_OPTION_FLAG, FIELD(dry_run), NULL, "print what hooks would be told, and do nothing" },
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "state directory (default: as set, /var/lib/mailguard below the root)" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

static int describe(struct mg_act_run *r, const struct warn_opts *o,
		    const char *word, char identity[MG_EFFECT_IDENTITY_MAX],
		    struct mg_act *act, struct mg_err *err)
{
	*act = (struct mg_act){
		.verb = MG_ACT_WARN,
		.since = r->enforcer.now,
		.until = r->enforcer.now + DAY_S,
		.by = mg_act_run_person(),
		.reason = mg_slice_str(o->reason),
	};
	return mg_act_run_customer(r, word, identity, act, err);
}

static int add(struct mg_act_run *r, const struct mg_act *act,
	       struct mg_err *err)
{
	int rc = mg_store_begin(r->store, err);

	if (rc == 0)
		rc = mg_acts_add(r->store, r->enforcer.now, act, err);
	if (rc >= 0)
		rc = mg_store_commit(r->store, err);
	if (rc < 0)
		mg_store_rollback(r->store);
	return rc < 0 ? rc : mg_act_run_carry_out(r, err);
}

static void say(const struct mg_act *act, bool is_dry, struct mg_buf *out)
{
	mg_buf_add_fmt(out, "%swarn %.*s:", is_dry ? "would " : "",
		       MG_SLICE_ARG(act->per));
	mg_buf_add_printable(out, act->subject);
	if (!is_dry)
		mg_buf_add_fmt(out, " (%.8s)", act->id);
	mg_buf_add_char(out, '\n');
}

static int warn(struct mg_act_run *r, const struct warn_opts *o,
		const char *word, struct mg_err *err)
{
	char identity[MG_EFFECT_IDENTITY_MAX];
	struct mg_buf out;
	struct mg_act act;
	size_t n_hooks = 0;
	int rc = describe(r, o, word, identity, &act, err);

	mg_buf_init(&out, PLAN_MAX);
	if (rc == 0) {
		say(&act, o->dry_run, &out);
		rc = mg_effects_plan(&r->enforcer, &act, &out, &n_hooks, err);
	}
	if (rc == 0 && !o->dry_run) {
		mg_buf_clear(&out);
		say(&act, false, &out);
		rc = add(r, &act, err);
	}
	if (rc == 0)
		rc = mg_file_write_all(STDOUT_FD, mg_buf_slice(&out), err);
	if (rc == 0 && n_hooks == 0 && !r->host.settings.notices.customers)
		mg_log(MG_LOG_WARNING,
		       "nobody tells the customer: 'notices.customers' is "
		       "off, and there is no hook");
	mg_buf_release(&out);
	return rc;
}

static int run_warn(const void *opts, int argc, char **argv)
{
	const struct warn_opts *o = opts;
	struct mg_act_run r;
	struct mg_err err = { 0 };
	int rc = mg_act_run_words(argc, "warn whom? give one subject",
				  o->reason, &err);

	if (rc < 0)
		return mg_command_fail(&err);
	rc = mg_act_run_open(&r, &o->place, "warn", &err);
	if (rc == 0)
		rc = warn(&r, o, argv[1], &err);
	mg_act_run_close(&r);
	return rc < 0 ? mg_command_fail(&err) : MG_OK;
}

static const struct warn_opts defaults = {
	.place.root = "/",
};

const struct mg_command mg_cmd_warn = MG_COMMAND_OF_WORD(
	warn, "SUBJECT", "warn a customer, and stop nothing");
