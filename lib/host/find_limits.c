/* SPDX-License-Identifier: MIT */
/*
 * Limits of others, which act on the same mail: a panel's own, csf's, those of
 * fail2ban and rspamd. Where two act, the lower one is the one that customers
 * meet.
 *
 * Source: the programs' own files, as far as their keys are documented.
 */
#include "host_priv.h"

#include <string.h>

#include "mailguard/num.h"

#define CSF "/etc/csf/csf.conf"
#define CPANEL "/var/cpanel/cpanel.config"
#define CUTOFF_DEFAULT 125 /* percent, cPanel's */

static void say(struct mg_look *l, const char *who, const char *text)
{
	mg_say(l, MG_TOPIC_LIMITS, MG_LEVEL_NOTE, who, "%s", text);
}

/* A limit on sending in an hour, however it counts. */
static void note_hourly(struct mg_look *l, const char *who, uint64_t n)
{
	if (n == 0 || (l->limit_n && l->limit_n <= n))
		return;
	l->limit_n = n;
	l->limit_who = who;
}

static bool read_config(struct mg_look *l, const char *path, struct mg_buf *out)
{
	mg_buf_init(out, MG_CONFIG_MAX);
	return mg_config_read(l, path, &mg_syntax_plain, out);
}

/* A file whose first line is a number; 0 for none. */
static uint64_t read_number(struct mg_look *l, const char *path)
{
	struct mg_slice text, line;
	struct mg_buf file;
	uint64_t n = 0;

	(void)read_config(l, path, &file);
	text = mg_buf_slice(&file);
	if (mg_slice_cut_line(&text, &line) &&
	    !mg_num_parse(mg_slice_trim(line), UINT32_MAX, &n))
		n = 0;
	mg_buf_release(&file);
	return n;
}

/* --- cPanel --- */

static void find_cpanel_rate(struct mg_look *l, struct mg_slice text)
{
	uint64_t n, cutoff;

	if (!mg_config_number(text, &mg_syntax_plain, "maxemailsperhour", &n) ||
	    n == 0)
		return;
	if (!mg_config_number(text, &mg_syntax_plain,
			      "email_send_limits_defer_cutoff", &cutoff))
		cutoff = CUTOFF_DEFAULT;
	mg_say(l, MG_TOPIC_LIMITS, MG_LEVEL_NOTE, "cPanel",
	       "%llu recipients of a domain in a clock hour of UTC; up to "
	       "%llu %% of it waits in the queue, the rest is discarded",
	       (unsigned long long)n, (unsigned long long)cutoff);
	note_hourly(l, "cPanel", n);
}

static void find_cpanel(struct mg_look *l)
{
	uint64_t percent, least;
	struct mg_slice text;
	struct mg_buf file;

	(void)read_config(l, CPANEL, &file);
	text = mg_buf_slice(&file);
	find_cpanel_rate(l, text);
	if (mg_config_number(text, &mg_syntax_plain,
			     "email_send_limits_max_defer_fail_percentage",
			     &percent)) {
		if (!mg_config_number(text, &mg_syntax_plain,
				      "email_send_limits_min_defer_fail_to_"
				      "trigger_protection",
				      &least))
			least = 5;
		mg_say(l, MG_TOPIC_LIMITS, MG_LEVEL_NOTE, "cPanel",
		       "a domain of whose mail %llu %% fail or are deferred in "
		       "an hour, and at least %llu, is stopped",
		       (unsigned long long)percent, (unsigned long long)least);
	}
	mg_buf_release(&file);
	if (mg_look_has(l, "/etc/email_send_limits"))
		say(l, "cPanel",
		    "domains may have limits of their own: "
		    "/etc/email_send_limits");
	if (mg_look_has(l, "/var/cpanel/hulkd/enabled"))
		say(l, "cPHulk",
		    "blocks addresses and accounts after failed logins, on all "
		    "ports");
}

/* --- csf --- */

/* "RT_LOCALRELAY_LIMIT" and its kin. */
static void find_csf_relays(struct mg_look *l, struct mg_slice text)
{
	struct mg_slice rest = text, line, key;
	struct mg_buf room, name;
	uint64_t n;

	mg_buf_init(&room, MG_CONFIG_MAX);
	mg_buf_init(&name, MG_PANEL_PATH_MAX);
	while (mg_config_line(&rest, &mg_syntax_plain, &room, &line)) {
		if (!mg_slice_cut_at(&line, '=', &key))
			continue;
		key = mg_slice_trim(key);
		if (!mg_slice_has_prefix(key, MG_LIT("RT_")) ||
		    !mg_slice_has_suffix(key, MG_LIT("_LIMIT")))
			continue;
		mg_buf_clear(&name);
		mg_buf_add(&name, key);
		if (!mg_config_number(text, &mg_syntax_plain, name.ptr, &n) ||
		    n == 0)
			continue;
		mg_say(l, MG_TOPIC_LIMITS, MG_LEVEL_NOTE, "csf",
		       "%s: lfd warns, and may act, at %llu messages an hour",
		       name.ptr, (unsigned long long)n);
		note_hourly(l, "csf", n);
	}
	mg_buf_release(&name);
	mg_buf_release(&room);
}

static void find_csf_logins(struct mg_look *l, struct mg_slice text,
			    const char *key, const char *protocol)
{
	uint64_t n;

	if (!mg_config_number(text, &mg_syntax_plain, key, &n) || n == 0)
		return;
	mg_say(l, MG_TOPIC_LIMITS, MG_LEVEL_NOTE, "csf",
	       "%s: an address with more than %llu %s logins of an account in "
	       "an hour is blocked for the rest of it",
	       key, (unsigned long long)n, protocol);
}

static void find_csf(struct mg_look *l)
{
	struct mg_slice text;
	struct mg_buf file;
	uint64_t n;

	if (read_config(l, CSF, &file)) {
		text = mg_buf_slice(&file);
		find_csf_logins(l, text, "LT_POP3D", "POP3");
		find_csf_logins(l, text, "LT_IMAPD", "IMAP");
		find_csf_relays(l, text);
		if (mg_config_number(text, &mg_syntax_plain, "SMTP_BLOCK",
				     &n) &&
		    n)
			say(l, "csf",
			    "SMTP_BLOCK: only the mail server may connect to "
			    "the SMTP ports of other hosts");
	}
	mg_buf_release(&file);
}

/* --- fail2ban --- */

static bool is_about_mail(struct mg_slice name)
{
	static const char *const parts[] = { "dovecot",   "postfix", "exim",
					     "roundcube", "sasl",    "sieve" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (mg_slice_search(name, mg_slice_str(parts[i])) < name.len)
			return true;
	return false;
}

/* The list without a jail, and, where it is enabled, with it at the end. */
static void set_jail(struct mg_buf *list, struct mg_slice name, bool is_enabled)
{
	struct mg_slice rest = mg_buf_slice(list), word;
	struct mg_buf fresh;

	mg_buf_init(&fresh, list->max);
	while (mg_cut_word(&rest, "", &word)) {
		if (mg_slice_is(word, name))
			continue;
		mg_buf_add_str(&fresh, fresh.len ? ", " : "");
		mg_buf_add(&fresh, word);
	}
	if (is_enabled) {
		mg_buf_add_str(&fresh, fresh.len ? ", " : "");
		mg_buf_add(&fresh, name);
	}
	mg_buf_release(list);
	*list = fresh;
}

static void find_jails_in(struct mg_look *l, const char *path, void *arg)
{
	struct mg_slice text, line, key, section = MG_LIT("");
	struct mg_buf file, room, name;

	mg_buf_init(&room, MG_CONFIG_MAX);
	mg_buf_init(&name, MG_PANEL_PATH_MAX);
	(void)read_config(l, path, &file);
	text = mg_buf_slice(&file);
	while (mg_config_line(&text, &mg_syntax_plain, &room, &line)) {
		if (line.ptr[0] == '[') {
			mg_buf_clear(&name);
			mg_buf_add(&name,
				   mg_slice_of(line.ptr + 1,
					       mg_slice_find(line, ']') - 1));
			section = mg_buf_slice(&name);
		} else if (mg_slice_cut_at(&line, '=', &key) &&
			   mg_slice_is(mg_slice_trim(key), MG_LIT("enabled")) &&
			   is_about_mail(section)) {
			set_jail(arg, section,
				 mg_slice_is_nocase(mg_slice_trim(line),
						    MG_LIT("true")));
		}
	}
	mg_buf_release(&name);
	mg_buf_release(&room);
	mg_buf_release(&file);
}

static void find_fail2ban(struct mg_look *l)
{
	struct mg_buf list;

	if (!mg_look_has(l, "/etc/fail2ban"))
		return;
	mg_buf_init(&list, MG_SAY_MAX / 2);
	find_jails_in(l, "/etc/fail2ban/jail.conf", &list);
	mg_look_each(l, "/etc/fail2ban/jail.d", ".conf", find_jails_in, &list);
	find_jails_in(l, "/etc/fail2ban/jail.local", &list);
	mg_look_each(l, "/etc/fail2ban/jail.d", ".local", find_jails_in, &list);
	if (list.len)
		mg_say(l, MG_TOPIC_LIMITS, MG_LEVEL_NOTE, "fail2ban",
		       "blocks addresses after failed logins: %s", list.ptr);
	mg_buf_release(&list);
}

/* --- others --- */

static void find_panels(struct mg_look *l)
{
	uint64_t n = 0;

	if (l->host->panel == MG_ACCOUNTS_DIRECTADMIN)
		n = read_number(l, "/etc/virtual/limit");
	if (n)
		mg_say(l, MG_TOPIC_LIMITS, MG_LEVEL_NOTE, "DirectAdmin",
		       "%llu messages of an account a day (/etc/virtual/limit)",
		       (unsigned long long)n);
	n = 0;
	if (l->host->panel == MG_ACCOUNTS_HESTIA)
		n = read_number(l, "/etc/exim4/limit.conf");
	if (n) {
		mg_say(l, MG_TOPIC_LIMITS, MG_LEVEL_NOTE, "Hestia",
		       "%llu messages of a mailbox an hour "
		       "(/etc/exim4/limit.conf)",
		       (unsigned long long)n);
		note_hourly(l, "Hestia", n);
	}
	if (l->host->panel == MG_ACCOUNTS_PLESK)
		say(l, "Plesk",
		    "may limit what a mailbox, domain or subscription sends in "
		    "an hour; those limits are in its database, which is not "
		    "looked at");
}

static void find_rspamd(struct mg_look *l)
{
	static const char *const paths[] = {
		"/etc/rspamd/local.d/ratelimit.conf",
		"/etc/rspamd/override.d/ratelimit.conf", NULL
	};
	const char *path = mg_look_first(l, paths);

	if (path)
		mg_say(l, MG_TOPIC_LIMITS, MG_LEVEL_NOTE, "rspamd",
		       "limits rates, too: %s", path);
}

void mg_find_limits(struct mg_look *l)
{
	if (l->host->panel == MG_ACCOUNTS_CPANEL)
		find_cpanel(l);
	find_panels(l);
	find_csf(l);
	find_fail2ban(l);
	find_rspamd(l);
	if (l->limit_n)
		mg_say(l, MG_TOPIC_LIMITS, MG_LEVEL_NOTE, "lowest",
		       "%s, at %llu an hour, comes before every higher limit",
		       l->limit_who, (unsigned long long)l->limit_n);
}
