/* SPDX-License-Identifier: MIT */
/*
 * config - look at the settings and the policies: whether they are good, what
 * they are and mean, what could be set.
 *
 * Changes nothing. The same words as in the settings' table make the shipped
 * file and the list in the manual.
 */
#include "command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mailguard/enforce.h"
#include "mailguard/file.h"
#include "mailguard/limits.h"
#include "mailguard/log.h"
#include "mailguard/policy.h"
#include "mailguard/printer.h"

struct config_opts {
	struct mg_command_place place;
	const char *policy;
	bool json, quiet;
};

#define FIELD(f) offsetof(struct config_opts, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "json", 0, MG_OPTION_FLAG, FIELD(json), NULL, "show: as JSON" },
	{ "policy", 0, MG_OPTION_TEXT, FIELD(policy), "FILE", "check: a policy instead of those of the host" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ "quiet", 'q', MG_OPTION_FLAG, FIELD(quiet), NULL, "no remarks on standard error" },
	{ .type = MG_OPTION_END },
};

static const struct mg_column columns[] = {
	{ "setting", "SETTING", MG_COLUMN_TEXT, 0, NULL },
	{ "value", "VALUE", MG_COLUMN_TEXT, 0, NULL },
	{ "unit", "UNIT", MG_COLUMN_TEXT, 0, NULL },
	{ "from", "FROM", MG_COLUMN_TEXT, 0, NULL },
};
/* clang-format on */

static const char heading[] =
	"# Settings of mailguard, see mailguard.conf(5).\n"
	"#\n"
	"# All of them are here with what they are without being set, or an\n"
	"# example. To set one, take away the '#' in front of it, and of the\n"
	"# lines with the brackets around it. Then: mailguard config check\n";

static void print_row(void *arg, const struct mg_conf_setting *s)
{
	struct mg_printer *p = arg;
	char from[PATH_MAX + 16];

	mg_printer_row(p);
	mg_printer_text(p, mg_slice_str(s->path));
	if (s->value.len)
		mg_printer_text(p, s->value);
	else
		mg_printer_null(p);
	if (s->unit)
		mg_printer_text(p, mg_slice_str(s->unit));
	else
		mg_printer_null(p);
	(void)snprintf(from, sizeof(from), "%s:%u", s->place.file,
		       s->place.line);
	mg_printer_text(p, mg_slice_str(s->place.file ? from : "preset"));
}

static int show(const struct config_opts *o, const struct mg_command_host *h,
		struct mg_err *err)
{
	const struct mg_printer_field schema = {
		.key = "schema",
		.type = MG_FIELD_TEXT,
		.text = MG_LIT("mailguard.config/1"),
	};
	struct mg_printer p;

	mg_printer_begin(&p, &(struct mg_printer_opts){
				     .format = o->json ? MG_FORMAT_JSON
						       : MG_FORMAT_TABLE,
				     .fd = STDOUT_FILENO,
				     .columns = columns,
				     .n_columns = sizeof(columns) /
						  sizeof(*columns),
				     .fields = &schema,
				     .n_fields = 1,
			     });
	mg_conf_each(h->settings.conf, print_row, &p);
	return mg_printer_end(&p, err);
}

static void say_files(const struct mg_settings *s)
{
	const char *file;

	if (!mg_conf_file(s->conf, 0))
		mg_log(MG_LOG_INFO, "there is no %s: everything is as preset",
		       MG_SETTINGS_PATH);
	for (size_t i = 0; (file = mg_conf_file(s->conf, i)); i++)
		mg_log(MG_LOG_INFO, "%s is good", file);
}

static void add_ladder(const struct mg_policy *p, struct mg_buf *out)
{
	struct mg_slice rest, line;
	struct mg_buf text;

	mg_buf_init(&text, MG_CONF_BYTES_MAX);
	mg_ladder_explain(p, &text);
	rest = mg_buf_slice(&text);
	while (mg_slice_cut_line(&rest, &line)) {
		mg_buf_add_str(out, "  ");
		mg_buf_add(out, line);
		mg_buf_add_char(out, '\n');
	}
	mg_buf_release(&text);
}

/* Who raised a limit may have left the text that customers read. */
static void check_texts(const struct mg_policy *p)
{
	for (size_t i = 0; i < p->n_clauses; i++) {
		const struct mg_clause *c = &p->clauses[i];

		if (!mg_clause_text_fits(c))
			mg_log(MG_LOG_WARNING,
			       "policy '%.*s', clause '%.*s': the limit is "
			       "%lld, of which its text for customers says "
			       "nothing, but other numbers",
			       MG_SLICE_ARG(p->name), MG_SLICE_ARG(c->id),
			       (long long)c->limit);
	}
}

/* What was set cannot do it, and so it is only found. */
static void check_enforced(const struct mg_policy *p,
			   const struct mg_settings *s)
{
	if (s->enforce.by.n == 0 || mg_enforce_keys(s) & MG_FORCE_LOGIN_FROM)
		return;
	for (size_t i = 0; i < p->n_clauses; i++) {
		const struct mg_clause *c = &p->clauses[i];

		if (c->per == MG_PER_MAILBOX_IP && c->action == MG_ACTION_BLOCK)
			mg_log(MG_LOG_WARNING,
			       "policy '%.*s', clause '%.*s': nothing that "
			       "enforce.by names can tell the mailboxes of an "
			       "address apart, as 'dovecot' can and no "
			       "firewall, so it is only found",
			       MG_SLICE_ARG(p->name), MG_SLICE_ARG(c->id));
	}
}

/* What it does, in a sentence for each clause and each rung. */
static int print_policy(const struct mg_policy *p, struct mg_err *err)
{
	struct mg_buf text;
	int rc;

	mg_buf_init(&text, MG_CONF_BYTES_MAX);
	mg_buf_add_printable(&text, p->name);
	mg_buf_add_str(&text, ", version ");
	mg_buf_add_printable(&text, p->version);
	mg_buf_add_fmt(&text, "; overrides: %zu, waivers: %zu\n",
		       p->n_overrides, p->n_waivers);
	for (size_t i = 0; i < p->n_clauses; i++) {
		mg_buf_add_str(&text, "  ");
		mg_clause_explain(&p->clauses[i], &text);
		mg_buf_add_char(&text, '\n');
	}
	add_ladder(p, &text);
	rc = mg_buf_check(&text, "what a policy says", err);
	if (rc == 0)
		rc = mg_file_write_all(STDOUT_FILENO, mg_buf_slice(&text), err);
	mg_buf_release(&text);
	return rc;
}

static int check(const struct config_opts *o, const struct mg_command_host *h,
		 struct mg_err *err)
{
	struct mg_policies policies = { .n_items = 0 };
	int rc;

	say_files(&h->settings);
	rc = mg_command_read_policies(&policies, h, o->policy, err);
	for (size_t i = 0; rc == 0 && i < policies.n_items; i++) {
		rc = print_policy(&policies.items[i], err);
		check_texts(&policies.items[i]);
		check_enforced(&policies.items[i], &h->settings);
	}
	mg_policies_release(&policies);
	return rc;
}

static int print_text(void (*add)(struct mg_buf *,
				  const struct mg_conf_table *),
		      const char *before, struct mg_err *err)
{
	struct mg_buf text;
	int rc;

	mg_buf_init(&text, MG_CONF_BYTES_MAX);
	mg_buf_add_str(&text, before);
	add(&text, &mg_settings_table);
	rc = mg_file_write_all(STDOUT_FILENO, mg_buf_slice(&text), err);
	mg_buf_release(&text);
	return rc;
}

/* Of a host: what is said of the settings that were read without mistake. */
static int look(const struct config_opts *o, const char *file,
		int (*say)(const struct config_opts *,
			   const struct mg_command_host *, struct mg_err *),
		struct mg_err *err)
{
	struct mg_command_host host;
	struct mg_command_place place = o->place;
	int rc;

	place.config = file;
	place.state = ""; /* none is needed */
	rc = mg_command_open_host(&host, &place, err);

	if (rc == 0)
		rc = say(o, &host, err);
	mg_command_close_host(&host);
	return rc;
}

/* Of a file that was named and is no good, whether it is of the other kind. */
static int look_at(const struct config_opts *o, const char *file,
		   struct mg_err *err)
{
	const int rc = look(o, file ? file : o->place.config, check, err);
	const struct mg_slice said = mg_slice_str(rc < 0 ? err->text : "");

	if (file && mg_slice_search(said, MG_LIT("'policy' is no")) < said.len)
		mg_log(MG_LOG_INFO,
		       "settings are expected; a policy is checked by "
		       "'mailguard config check --policy %s'",
		       file);
	return rc;
}

static int run(const void *opts, int argc, char **argv)
{
	const struct config_opts *o = opts;
	const char *verb = argc > 1 ? argv[1] : "";
	const bool is_check = !strcmp(verb, "check");
	struct mg_err err = { 0 };
	int rc;

	mg_log_set_quiet(o->quiet);
	if (o->policy && !is_check)
		rc = mg_fail(&err, MG_EUSAGE,
			     "--policy: it is for 'config check'");
	else if (argc > 2 + is_check ||
		 (is_check && argc > 2 && o->place.config))
		rc = mg_fail(&err, MG_EUSAGE, "config: '%s' is not expected",
			     argv[argc - 1]);
	else if (is_check)
		rc = look_at(o, argc > 2 ? argv[2] : NULL, &err);
	else if (!strcmp(verb, "show"))
		rc = look(o, o->place.config, show, &err);
	else if (!strcmp(verb, "example"))
		rc = print_text(mg_conf_add_example, heading, &err);
	else if (!strcmp(verb, "manual"))
		rc = print_text(mg_conf_add_manual, "", &err);
	else
		rc = mg_fail(&err, MG_EUSAGE,
			     "config: '%s' is none of check, show, example, "
			     "manual",
			     verb);
	return rc < 0 ? mg_command_fail(&err) : MG_OK;
}

static const struct config_opts defaults = {
	.place.root = "/",
};

const struct mg_command mg_cmd_config = {
	.name = "config",
	.operands = "check [FILE] | show | example | manual",
	.summary =
		"check settings and policies, show them, tell what can be set",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
