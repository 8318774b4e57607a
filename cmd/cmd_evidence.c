/* SPDX-License-Identifier: MIT */
/*
 * evidence - make, list, show and verify bundles of evidence.
 *
 * What it writes is its own shelf and the ledger, and nothing else of the host.
 * Only create, export, expire, hold and release wait for a sweep to end.
 */
#include "act_run.h"
#include "evidence_export.h"
#include "evidence_look.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mailguard/clock.h"
#include "mailguard/gather.h"
#include "mailguard/log.h"
#include "mailguard/printer.h"
#include "mailguard/shelf.h"

/* The value of "schema" in JSON; tests/data/schema holds it. */
#define LIST_SCHEMA "mailguard.bundles/1"

struct evidence_opts {
	struct mg_command_place place;
	const char *since, *until, *reason, *pubkey, *redact, *output;
	bool json, force, dry_run, bodies, quiet;
};

#define FIELD(f) offsetof(struct evidence_opts, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "since", 0, MG_OPTION_TEXT, FIELD(since), "TIME", "of create: lines and counts from then on, as in mailguard-report(8) (default 24h)" },
	{ "until", 0, MG_OPTION_TEXT, FIELD(until), "TIME", "of create: and before then (default now)" },
	{ "reason", 'r', MG_OPTION_TEXT, FIELD(reason), "TEXT", "why, for the ledger; needed for hold and release" },
	{ "bodies", 0, MG_OPTION_FLAG, FIELD(bodies), NULL, "of create: whole messages of the queue, not their headers alone" },
	{ "pubkey", 'p', MG_OPTION_TEXT, FIELD(pubkey), "KEY", "of verify and show: a file with a public key, or the key, instead of this host's" },
	{ "redact", 0, MG_OPTION_TEXT, FIELD(redact), "WHAT", "of export: recipients: local parts of addresses that are not the subject's" },
	{ "output", 'o', MG_OPTION_TEXT, FIELD(output), "FILE", "of export: write a copy there, its signature beside it" },
	{ "dry-run", 'n', MG_OPTION_FLAG, FIELD(dry_run), NULL, "of expire: say what would be removed, and remove nothing" },
	{ "force", 0, MG_OPTION_FLAG, FIELD(force), NULL, "of keygen: also where there is a key" },
	{ "json", 0, MG_OPTION_FLAG, FIELD(json), NULL, "JSON, for programs" },
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "utc", 0, MG_OPTION_FLAG, FIELD(place.utc), NULL, "times in UTC, not in the zone of the host" },
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "state directory (default: as set, /var/lib/mailguard below the root)" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ "quiet", 'q', MG_OPTION_FLAG, FIELD(quiet), NULL, "no remarks on standard error" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

/* --- create --- */

static void say_made(const struct mg_gather_made *made, bool json)
{
	char sha256[MG_SHA256_TEXT_MAX];

	mg_sha256_format(made->sha256, MG_SHA256_LEN, sha256);
	if (json)
		printf("{\"name\":\"%s\",\"sha256\":\"%s\",\"bytes\":%lld,"
		       "\"cuts\":%zu,\"was_there\":%s}\n",
		       made->name, sha256, (long long)made->n_bytes,
		       made->n_cuts, made->was_there ? "true" : "false");
	else
		printf("%s  %s\n", sha256, made->path);
	if (made->n_cuts)
		mg_log(MG_LOG_INFO,
		       "something is not in it: 'mailguard evidence show %s' "
		       "says what",
		       made->name);
}

static int create(const struct evidence_opts *o, const char *word,
		  struct mg_err *err)
{
	struct mg_act about = { .id = "" };
	struct mg_gather_ask ask = { .act = &about,
				     .by = mg_act_run_person(),
				     .reason = mg_slice_str(o->reason),
				     .with_bodies = o->bodies };
	struct mg_gather_made made;
	struct mg_act_run r;
	int rc = mg_act_run_open(&r, &o->place, "evidence", err);

	if (rc == 0)
		rc = mg_act_run_subject(&r, word, &about, err);
	if (rc == 0)
		rc = mg_act_run_times(&r, o->since, o->until, &ask, err);
	if (rc == 0)
		rc = mg_gather_evidence(&r.enforcer, &ask, &made, err);
	if (rc == 0)
		say_made(&made, o->json);
	mg_act_run_close(&r);
	return rc;
}

/* --- list --- */

static const char *const states[] = {
	[MG_GATHER_KEPT] = "kept",       [MG_GATHER_DUE] = "due",
	[MG_GATHER_NEEDED] = "needed",   [MG_GATHER_HELD] = "held",
	[MG_GATHER_EXPIRED] = "expired",
};

static const struct mg_column columns[] = {
	{ .key = "made_at", .heading = "MADE", .type = MG_COLUMN_TIME },
	{ .key = "name", .heading = "NAME", .type = MG_COLUMN_TEXT },
	{ .key = "state", .heading = "STATE", .type = MG_COLUMN_TEXT },
	{ .key = "bytes", .heading = "BYTES", .type = MG_COLUMN_BYTES },
	{ .key = "per", .type = MG_COLUMN_TEXT },
	{ .key = "subject", .type = MG_COLUMN_TEXT },
	{ .key = "act", .heading = "ACTION", .type = MG_COLUMN_TEXT },
	{ .key = "by", .heading = "BY", .type = MG_COLUMN_TEXT, .rank = 1 },
	{ .key = "reason", .type = MG_COLUMN_TEXT },
	{ .key = "sha256", .type = MG_COLUMN_TEXT },
};

static void print_text(struct mg_printer *p, struct mg_slice text)
{
	if (text.len)
		mg_printer_text(p, text);
	else
		mg_printer_null(p);
}

static int print_bundle(void *arg, const struct mg_bundle *b,
			enum mg_gather_state state)
{
	struct mg_printer *p = arg;
	char sha256[MG_SHA256_TEXT_MAX];

	mg_sha256_format(b->sha256, MG_SHA256_LEN, sha256);
	mg_printer_row(p);
	mg_printer_time(p, b->made_at);
	mg_printer_text(p, b->name);
	mg_printer_text(p, mg_slice_str(states[state]));
	mg_printer_number(p, b->n_bytes);
	print_text(p, b->per);
	print_text(p, b->subject);
	print_text(p, b->act);
	print_text(p, b->by);
	print_text(p, b->reason);
	mg_printer_text(p, mg_slice_str(sha256));
	return 0;
}

static int print_list(struct mg_enforcer *e, const struct mg_tz *tz, bool json,
		      struct mg_err *err)
{
	const struct mg_term term = mg_command_terminal();
	const struct mg_printer_field schema = {
		.key = "schema",
		.type = MG_FIELD_TEXT,
		.text = MG_LIT(LIST_SCHEMA),
	};
	struct mg_printer p;
	int rc, ended;

	mg_printer_begin(
		&p, &(struct mg_printer_opts){
			    .format = json ? MG_FORMAT_JSON : MG_FORMAT_TABLE,
			    .fd = STDOUT_FILENO,
			    .columns = columns,
			    .n_columns = sizeof(columns) / sizeof(*columns),
			    .fields = &schema,
			    .n_fields = 1,
			    .tz = tz,
			    .term = &term,
		    });
	rc = mg_gather_each(e, print_bundle, &p, err);
	ended = mg_printer_end(&p, rc == 0 ? err : NULL);
	return rc ? rc : ended;
}

static int list(const struct evidence_opts *o, struct mg_err *err)
{
	struct mg_command_host host = { .root = { .fd = -1 } };
	struct mg_enforcer e = { .settings = &host.settings,
				 .now = mg_clock_now() };
	int rc = mg_command_open_host(&host, &o->place, err);

	if (rc == 0)
		rc = mg_store_open(&e.store, host.state, MG_STORE_READ, err);
	if (rc == 0)
		rc = print_list(&e, host.shown_tz, o->json, err);
	mg_store_close(e.store);
	mg_command_close_host(&host);
	return rc;
}

static int look(const struct evidence_opts *o, const char *word, bool is_shown,
		struct mg_err *err)
{
	const struct mg_evidence_look look = { &o->place, word, o->pubkey,
					       is_shown, o->json };

	return mg_evidence_look(&look, err);
}

static int export_copy(const struct evidence_opts *o, const char *name,
		       struct mg_err *err)
{
	const struct mg_evidence_export ask = { .place = &o->place,
						.name = name,
						.redact = o->redact,
						.output = o->output,
						.reason = o->reason,
						.json = o->json };

	return mg_evidence_export(&ask, err);
}

/* --- keys --- */

static void say_key(const struct mg_seal_public *key)
{
	struct mg_buf text;

	mg_buf_init(&text, MG_SEAL_FILE_MAX);
	mg_seal_add_public(&text, key);
	printf("%s", text.ptr);
	mg_buf_release(&text);
}

static int keygen(const struct evidence_opts *o, struct mg_err *err)
{
	struct mg_seal_public key;
	struct mg_act_run r;
	int rc = mg_act_run_open(&r, &o->place, "evidence", err);

	if (rc == 0)
		rc = mg_shelf_keygen(r.host.state, o->force, &key, err);
	if (rc == 0)
		say_key(&key);
	mg_act_run_close(&r);
	return rc;
}

static int print_key(const struct evidence_opts *o, struct mg_err *err)
{
	struct mg_command_host host = { .root = { .fd = -1 } };
	struct mg_seal_public key;
	int rc = mg_command_open_host(&host, &o->place, err);

	if (rc == 0)
		rc = mg_shelf_public(host.state, &key, err);
	if (rc == 0)
		say_key(&key);
	mg_command_close_host(&host);
	return rc;
}

/* --- expire, hold, release --- */

static int say_expired(void *arg, const struct mg_bundle *b,
		       enum mg_gather_state state)
{
	(void)state;
	printf("%s %.*s\n", (const char *)arg, MG_SLICE_ARG(b->name));
	return 0;
}

static int expire(const struct evidence_opts *o, struct mg_err *err)
{
	char word[] = "removed", would[] = "would remove";
	struct mg_act_run r;
	int rc = mg_act_run_open(&r, &o->place, "evidence", err);

	if (rc == 0)
		rc = mg_gather_expire(&r.enforcer, o->dry_run, say_expired,
				      o->dry_run ? would : word, err);
	mg_act_run_close(&r);
	return rc;
}

/* A hold or a release, of a bundle that is there. */
struct holding {
	struct mg_act_run *run;
	const struct evidence_opts *opts;
	const char *name;
	enum mg_bundle_event event;
	struct mg_err *err;
	bool is_found;
};

static int hold_one(void *arg, const struct mg_bundle *b,
		    enum mg_gather_state state)
{
	struct holding *h = arg;
	struct mg_store *s = h->run->store;
	struct mg_bundle row = *b;
	int rc;

	if (!mg_slice_is(b->name, mg_slice_str(h->name)) ||
	    state == MG_GATHER_EXPIRED)
		return 0;
	h->is_found = true;
	row.event = h->event;
	row.by = mg_act_run_person();
	row.reason = mg_slice_str(h->opts->reason);
	rc = mg_store_begin(s, h->err);
	if (rc == 0)
		rc = mg_bundles_add(s, h->run->enforcer.now, &row, h->err);
	if (rc == 0)
		rc = mg_store_commit(s, h->err);
	if (rc < 0)
		mg_store_rollback(s);
	return rc;
}

static int hold(const struct evidence_opts *o, const char *name,
		enum mg_bundle_event event, struct mg_err *err)
{
	struct mg_act_run r;
	struct holding h = { &r, o, name, event, err, false };
	int rc;

	if (!o->reason || !*o->reason)
		return mg_fail(err, MG_EUSAGE,
			       "--reason is needed: it stands in the ledger");
	rc = mg_act_run_open(&r, &o->place, "evidence", err);
	if (rc == 0)
		rc = mg_gather_each(&r.enforcer, hold_one, &h, err);
	if (rc == 0 && !h.is_found)
		rc = mg_fail(err, MG_EUSAGE, "there is no bundle '%s'", name);
	if (rc == 0)
		printf("%s %s\n", mg_bundle_words[event], name);
	mg_act_run_close(&r);
	return rc;
}

/* --- which of them --- */

static const struct {
	const char *verb, *operand; /* NULL for none */
} verbs[] = {
	{ "create", "subject" }, { "list", NULL },   { "show", "bundle" },
	{ "verify", "bundle" },  { "expire", NULL }, { "hold", "bundle" },
	{ "release", "bundle" }, { "keygen", NULL }, { "key", NULL },
	{ "export", "bundle" },
};

static int check_words(int argc, char **argv, struct mg_err *err)
{
	const char *verb = argc > 1 ? argv[1] : "list";

	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		const int n = verbs[i].operand ? 3 : 2;

		if (strcmp(verb, verbs[i].verb) != 0)
			continue;
		if (argc > n)
			return mg_fail(err, MG_EUSAGE, "'%s' is not expected",
				       argv[n]);
		if (verbs[i].operand && argc < n)
			return mg_fail(err, MG_EUSAGE, "%s which %s?", verb,
				       verbs[i].operand);
		return 0;
	}
	return mg_fail(err, MG_EUSAGE,
		       "'%s' is none of create, list, show, verify, expire, "
		       "hold, release, export, keygen, key",
		       verb);
}

static int run_verb(const struct evidence_opts *o, int argc, char **argv,
		    struct mg_err *err)
{
	const char *verb = argc > 1 ? argv[1] : "list";

	if (!strcmp(verb, "create"))
		return create(o, argv[2], err);
	if (!strcmp(verb, "show") || !strcmp(verb, "verify"))
		return look(o, argv[2], verb[0] == 's', err);
	if (!strcmp(verb, "expire"))
		return expire(o, err);
	if (!strcmp(verb, "hold"))
		return hold(o, argv[2], MG_BUNDLE_HELD, err);
	if (!strcmp(verb, "release"))
		return hold(o, argv[2], MG_BUNDLE_RELEASED, err);
	if (!strcmp(verb, "export"))
		return export_copy(o, argv[2], err);
	if (!strcmp(verb, "keygen"))
		return keygen(o, err);
	return !strcmp(verb, "key") ? print_key(o, err) : list(o, err);
}

static int run(const void *opts, int argc, char **argv)
{
	const struct evidence_opts *o = opts;
	struct mg_err err = { 0 };
	int rc;

	mg_log_set_quiet(o->quiet);
	rc = check_words(argc, argv, &err);
	if (rc == 0)
		rc = run_verb(o, argc, argv, &err);
	return rc < 0 ? mg_command_fail(&err) : MG_OK;
}

static const struct evidence_opts defaults = {
	.place.root = "/",
	.since = "24h",
};

const struct mg_command mg_cmd_evidence = {
	.name = "evidence",
	.operands = "create SUBJECT | list | show BUNDLE | verify BUNDLE | ...",
	.summary = "gather, seal and verify what proves a finding",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
