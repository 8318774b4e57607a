/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mailguard/log.h"
#include "mailguard/mem.h"
#include "mailguard/zone.h"

const struct mg_command *const mg_commands[] = {
	/* clang-format off */
	&mg_cmd_sweep,
	&mg_cmd_watch,
	&mg_cmd_report,
	&mg_cmd_status,
	&mg_cmd_why,
	&mg_cmd_ledger,
	&mg_cmd_warn,
	&mg_cmd_throttle,
	&mg_cmd_hold,
	&mg_cmd_suspend,
	&mg_cmd_unsuspend,
	&mg_cmd_contain,
	&mg_cmd_terminate,
	&mg_cmd_release,
	&mg_cmd_block,
	&mg_cmd_unblock,
	&mg_cmd_exempt,
	&mg_cmd_approve,
	&mg_cmd_appeal,
	&mg_cmd_undo,
	&mg_cmd_offence,
	&mg_cmd_notice,
	&mg_cmd_rules,
	&mg_cmd_investigate, &mg_cmd_evidence,
	&mg_cmd_backtest,
	&mg_cmd_panel,
	&mg_cmd_hook,
	&mg_cmd_hook_test,
	&mg_cmd_doctor,
	&mg_cmd_config,
	&mg_cmd_help,
	NULL,
	/* clang-format on */
};

const struct mg_command *mg_command_find(const char *name)
{
	for (const struct mg_command *const *c = mg_commands; *c; c++)
		if (!strcmp((*c)->name, name))
			return *c;
	return NULL;
}

void mg_command_print_help(const struct mg_command *command)
{
	printf("usage: mailguard %s [options]%s%s\n\n%s\n\noptions:\n",
	       command->name, *command->operands ? " " : "", command->operands,
	       command->summary);
	mg_options_print(command->options);
}

void mg_command_print_list(void)
{
	printf("usage: mailguard COMMAND [options]\n"
	       "       mailguard --version\n\n"
	       "Counts who sends how much mail on a shared mail server, and "
	       "carries limits out.\n\ncommands:\n");
	for (const struct mg_command *const *c = mg_commands; *c; c++)
		printf("  %-11s %s\n", (*c)->name, (*c)->summary);
	printf("\n'mailguard COMMAND --help' tells the options of a command.\n");
}

int mg_command_fail(const struct mg_err *err)
{
	mg_log(MG_LOG_ERROR, "%s", err->text);
	return err->code;
}

void mg_command_warn_unread(void *arg, const char *backend)
{
	(void)arg;
	mg_log(MG_LOG_WARNING,
	       "%s may not know of it: its lines were not put in by 'mailguard "
	       "rules apply %s --install'",
	       backend, backend);
}

static int read_settings(struct mg_command_host *host, const char *config,
			 struct mg_err *err)
{
	struct mg_settings *s = &host->settings;
	const int rc = mg_settings_read(s, &host->root, config, err);
	const size_t n = rc < 0 ? mg_conf_n_mistakes(s->conf) : 0;

	if (n < 2)
		return rc; /* one is what the error says */
	for (size_t i = 0; i < n; i++)
		mg_log(MG_LOG_ERROR, "%s", mg_conf_mistake(s->conf, i));
	return mg_fail(err, MG_ECONF,
		       "the settings are wrong, so nothing was done");
}

static int place_state(struct mg_command_host *host,
		       const struct mg_command_place *place, struct mg_err *err)
{
	const struct mg_slice *dir = &host->settings.state;
	const bool is_preset = !mg_conf_place(host->settings.conf, dir).file;
	const char *top = strcmp(place->root, "/") ? place->root : "";
	int n;

	if (!place->state && is_preset && geteuid() != 0)
		return mg_fail(err, MG_EUSAGE,
			       "the state of a host (%s) is root's: name a "
			       "directory of yours with --state",
			       dir->ptr);
	n = snprintf(host->state, sizeof(host->state), "%s%s",
		     place->state ? "" : top,
		     place->state ? place->state : dir->ptr);
	if (n < 0 || (size_t)n >= sizeof(host->state))
		return mg_fail(err, MG_EUSAGE,
			       "the name of the state directory is too long");
	return 0;
}

static int load_zone(struct mg_command_host *host, bool is_utc,
		     struct mg_err *err)
{
	host->tz = mg_mem_zalloc(1, sizeof(*host->tz));
	if (!is_utc)
		host->shown_tz = host->tz;
	return mg_zone_load(&host->root, host->tz, err);
}

int mg_command_open_host(struct mg_command_host *host,
			 const struct mg_command_place *place,
			 struct mg_err *err)
{
	int rc;

	*host = (struct mg_command_host){ .root = { .fd = -1 } };
	rc = mg_root_open(&host->root, place->root, err);
	if (rc == 0)
		rc = read_settings(host, place->config, err);
	if (rc == 0)
		rc = place_state(host, place, err);
	if (rc == 0)
		rc = load_zone(host, place->utc, err);
	return rc;
}

void mg_command_close_host(struct mg_command_host *host)
{
	mg_mem_free(host->tz);
	mg_settings_release(&host->settings);
	mg_root_close(&host->root);
}

int mg_command_load_accounts(const struct mg_command_host *host,
			     const char *word, struct mg_accounts *out,
			     struct mg_err *err)
{
	const struct mg_slice name = word ? mg_slice_str(word)
					  : host->settings.accounts;
	enum mg_account_source source;
	unsigned char raw[MG_HASH_KEY_LEN];
	struct mg_hash_key key;
	const int rc = mg_hash_key_random(raw, err);

	if (rc < 0)
		return rc;
	if (!mg_account_source_parse(name, &source))
		source = mg_accounts_detect(&host->root);
	key = mg_hash_key_of(raw);
	return mg_accounts_load(out, source, &host->root, &key, err);
}

int mg_command_read_policies(struct mg_policies *p,
			     const struct mg_command_host *host,
			     const char *file, struct mg_err *err)
{
	const int rc = file ? mg_policies_read_path(p, file, host->tz, err)
			    : mg_policies_read_folder(p, &host->root,
						      MG_POLICIES_FOLDER,
						      host->tz, err);

	for (size_t i = 1; i < p->n_mistakes; i++)
		mg_log(MG_LOG_ERROR, "%s", p->mistakes[i]);
	if (p->n_mistakes)
		(void)mg_fail(err, MG_ECONF, "%s", p->mistakes[0]);
	return rc;
}

struct mg_term mg_command_terminal(void)
{
	const struct mg_term_env env = {
		.term = secure_getenv("TERM"),
		.no_color = secure_getenv("NO_COLOR"),
		.lc_all = secure_getenv("LC_ALL"),
		.lc_ctype = secure_getenv("LC_CTYPE"),
		.lang = secure_getenv("LANG"),
	};

	return mg_term_look(STDOUT_FILENO, &env);
}
