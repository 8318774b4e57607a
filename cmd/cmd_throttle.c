/* SPDX-License-Identifier: MIT */
/*
 * throttle, hold, block, exempt - a person decides. The intent is in the ledger
 * before anything outside changes.
 */
#include "act_run.h"
#include "trial.h"

#include <inttypes.h>
#include <stdio.h>

#include "mailguard/buf.h"
#include "mailguard/duration.h"
#include "mailguard/file.h"
#include "mailguard/log.h"
#include "mailguard/network.h"
#include "mailguard/report.h"

#define KEY_MAX 96
#define LINE_MAX_BYTES 4096
#define STDOUT_FD 1

#define V4_CLIENT_BITS 128 /* all: of IPv4 96 more than are written */
#define V6_CLIENT_BITS 64

struct begin_opts {
	struct mg_command_place place;
	const char *time, *until, *reason;
	bool dry_run, confirm;
};

#define FIELD(f) offsetof(struct begin_opts, f)

/* clang-format off */
#define OPTIONS \
	{ "for", 0, MG_OPTION_TEXT, FIELD(time), "TIME", "how long: 30m, 1h (default), 2d" }, \
	{ "until", 0, MG_OPTION_TEXT, FIELD(until), "TIME", "instead: until then, 2026-03-01T23:00" }, \
	{ "reason", 'r', MG_OPTION_TEXT, FIELD(reason), "TEXT", "why, for the ledger and for those who ask; needed" }, \
	{ "dry-run", 'n', MG_OPTION_FLAG, FIELD(dry_run), NULL, "say what would be done, and do nothing" }, \
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG }, \
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "state directory (default: as set, /var/lib/mailguard below the root)" }, \
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" }

static const struct mg_option options[] = {
	OPTIONS,
	{ .type = MG_OPTION_END },
};

static const struct mg_option block_options[] = {
	{ "confirm", 0, MG_OPTION_FLAG, FIELD(confirm), NULL, "for longer than a minute, although you are logged in from there" },
	OPTIONS,
	{ .type = MG_OPTION_END },
};
/* clang-format on */

static int parse_until(const struct begin_opts *o, const struct mg_act_run *r,
		       int64_t *until, struct mg_err *err)
{
	const char *time = o->time ? o->time : "1h";
	const int64_t now = r->enforcer.now;
	int64_t span;
	int rc = 0;

	if (o->until && o->time)
		return mg_fail(err, MG_EUSAGE,
			       "--until and --for: give one of them");
	if (o->until)
		rc = mg_report_time_parse(mg_slice_str(o->until), r->host.tz,
					  now, until, err);
	else if (!mg_duration_parse(mg_slice_str(time), &span) || span == 0)
		rc = mg_fail(err, MG_EUSAGE,
			     "--for: '%s' is no duration: give 30m, 1h, 2d",
			     time);
	else
		*until = now + span;
	if (rc == 0 && *until <= now)
		rc = mg_fail(err, MG_EUSAGE, "--until: '%s' is over", o->until);
	return rc;
}

/* What is typed again a second later is another act. */
static void name_act(struct mg_act *act)
{
	char key[KEY_MAX];

	(void)snprintf(key, sizeof(key), "%.*s %" PRId64 " %" PRId64,
		       MG_SLICE_ARG(act->by), act->since, act->until);
	mg_act_id(act->verb, act->per, act->subject, mg_slice_str(key),
		  act->id);
}

/* No set of a firewall has more than a client in an element, and who means
   everybody does not mean mailguard. */
static int check_width(const struct mg_act *act, struct mg_err *err)
{
	struct mg_network n;

	if (act->verb != MG_ACT_BLOCK || !mg_network_parse(act->subject, &n) ||
	    n.prefix >= (mg_ip_is_v4(&n.ip) ? V4_CLIENT_BITS : V6_CLIENT_BITS))
		return 0;
	return mg_fail(err, MG_EUSAGE,
		       "'%.*s' is more than one client: block an address, or a "
		       "network of 64 bits of IPv6",
		       MG_SLICE_ARG(act->subject));
}

/* Addresses are blocked; everybody else's mail is throttled or held. */
static int check_kind(const struct mg_act *act, struct mg_err *err)
{
	const bool is_ip = mg_slice_is(act->per, MG_LIT("ip")) ||
			   mg_slice_is(act->per, MG_LIT("mailbox-ip"));

	if (act->verb == MG_ACT_EXEMPT || is_ip == (act->verb == MG_ACT_BLOCK))
		return check_width(act, err);
	return is_ip ? mg_fail(err, MG_EUSAGE,
			       "'%.*s' is an address: give it to 'mailguard "
			       "block'",
			       MG_SLICE_ARG(act->subject))
		     : mg_fail(err, MG_EUSAGE,
			       "'%.*s' is no address: give it to 'mailguard "
			       "throttle' or 'mailguard hold'",
			       MG_SLICE_ARG(act->subject));
}

static int describe(struct mg_act_run *r, const struct begin_opts *o,
		    enum mg_act_verb verb, const char *word, struct mg_act *act,
		    struct mg_err *err)
{
	int rc;

	*act = (struct mg_act){
		.verb = verb,
		.since = r->enforcer.now,
		.with_local = true,
		.pace = r->host.settings.enforce.pace,
		.by = mg_act_run_person(),
		.reason = mg_slice_str(o->reason ? o->reason : ""),
	};
	if (act->reason.len == 0)
		return mg_fail(err, MG_EUSAGE,
			       "--reason is needed: it stands in the ledger, "
			       "and answers those who ask");
	rc = parse_until(o, r, &act->until, err);
	if (rc == 0)
		rc = mg_act_run_subject(r, word, act, err);
	if (rc == 0)
		rc = check_kind(act, err);
	name_act(act);
	return rc;
}

static int say(const struct mg_act_run *r, const struct mg_act *act,
	       bool is_dry, struct mg_err *err)
{
	struct mg_buf line;
	int rc;

	mg_buf_init(&line, LINE_MAX_BYTES);
	mg_buf_add_fmt(&line, "%s%s %.*s:", is_dry ? "would " : "",
		       mg_act_words[act->verb], MG_SLICE_ARG(act->per));
	mg_buf_add_printable(&line, act->subject);
	mg_buf_add_str(&line, " until ");
	mg_tz_add(&line, act->until, r->host.tz);
	if (!is_dry)
		mg_buf_add_fmt(&line, "; 'mailguard undo %.8s' ends it",
			       act->id);
	mg_buf_add_char(&line, '\n');
	rc = mg_file_write_all(STDOUT_FD, mg_buf_slice(&line), err);
	mg_buf_release(&line);
	return rc;
}

/* What is never blocked is told to who tries. */
static int check_exempt(struct mg_act_run *r, const struct mg_act *act,
			struct mg_err *err)
{
	struct mg_network network;
	struct mg_force force;
	int rc;

	if (act->verb != MG_ACT_BLOCK || !mg_enforce_network_of(act, &network))
		return 0;
	rc = mg_enforce_gather(&r->enforcer, &force, err);
	if (rc == 0 && mg_force_is_exempt(&force, &network))
		rc = mg_fail(err, MG_EUSAGE,
			     "'%.*s' is never blocked: it is this host's, an "
			     "administrator's, exempt, or of a private network "
			     "(exempt_private in mailguard.conf(5))",
			     MG_SLICE_ARG(act->subject));
	mg_force_release(&force);
	return rc;
}

/* Such a block is tried: its end is in the firewall with it, so that it comes
   also where the session is cut off. */
static void shorten_own(const struct mg_act_run *r, const struct begin_opts *o,
			struct mg_act *act)
{
	const int64_t trial_s = mg_trial_seconds();
	struct mg_network network;

	if (o->confirm || act->until - act->since <= trial_s ||
	    act->verb != MG_ACT_BLOCK ||
	    !mg_enforce_network(act->subject, &network) ||
	    !mg_trial_has_own(&r->host.root, &network))
		return;
	act->until = act->since + trial_s;
	name_act(act);
	mg_log(MG_LOG_WARNING,
	       "you are logged in from there: this block ends in %lld s; with "
	       "--confirm it lasts as long as you said",
	       (long long)trial_s);
}

static int act_on(struct mg_act_run *r, const struct begin_opts *o,
		  enum mg_act_verb verb, const char *word, struct mg_err *err)
{
	struct mg_act act;
	int rc = describe(r, o, verb, word, &act, err);

	if (rc == 0 && verb != MG_ACT_EXEMPT &&
	    !(mg_enforce_keys(&r->host.settings) & mg_enforce_keys_of(&act)))
		rc = mg_fail(err, MG_ECONF,
			     "nothing here carries it out: name back ends in "
			     "'enforce.by', see mailguard.conf(5)");
	if (rc == 0)
		rc = check_exempt(r, &act, err);
	if (rc == 0)
		shorten_own(r, o, &act);
	if (rc == 0 && !o->dry_run)
		rc = mg_act_run_add(r, &act, err);
	if (rc == 0 && !o->dry_run)
		rc = mg_act_run_carry_out(r, err);
	return rc < 0 ? rc : say(r, &act, o->dry_run, err);
}

static int run(const struct begin_opts *o, enum mg_act_verb verb, int argc,
	       char **argv)
{
	struct mg_act_run r;
	struct mg_err err = { 0 };
	int rc;

	if (argc != 2) {
		(void)mg_fail(&err, MG_EUSAGE, "%s what? give one %s",
			      mg_act_words[verb],
			      verb == MG_ACT_BLOCK ? "address" : "subject");
		return mg_command_fail(&err);
	}
	rc = mg_act_run_open(&r, &o->place, mg_act_words[verb], &err);
	if (rc == 0)
		rc = act_on(&r, o, verb, argv[1], &err);
	mg_act_run_close(&r);
	return rc < 0 ? mg_command_fail(&err) : MG_OK;
}

static int run_throttle(const void *opts, int argc, char **argv)
{
	return run(opts, MG_ACT_THROTTLE, argc, argv);
}

static int run_hold(const void *opts, int argc, char **argv)
{
	return run(opts, MG_ACT_HOLD, argc, argv);
}

static int run_block(const void *opts, int argc, char **argv)
{
	return run(opts, MG_ACT_BLOCK, argc, argv);
}

static int run_exempt(const void *opts, int argc, char **argv)
{
	return run(opts, MG_ACT_EXEMPT, argc, argv);
}

static const struct begin_opts defaults = {
	.place.root = "/",
};

const struct mg_command mg_cmd_throttle = MG_COMMAND_OF_WORD(
	throttle, "SUBJECT",
	"refuse mail of a subject for a time, hold its local mail");
const struct mg_command mg_cmd_hold = MG_COMMAND_OF_WORD(
	hold, "SUBJECT", "accept mail of a subject, and hold it for a time");
const struct mg_command mg_cmd_block = {
	.name = "block",
	.operands = "IP",
	.summary = "keep an address from checking mail for a time",
	.options = block_options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run_block,
};
const struct mg_command mg_cmd_exempt = MG_COMMAND_OF_WORD(
	exempt, "SUBJECT | IP",
	"let nothing touch a subject or an address for a time");
