/* SPDX-License-Identifier: MIT */
/*
 * Dovecot: whether it is there, and where it logs logins, which are lines of
 * level info.
 *
 * Source: Dovecot's manual, "Logging": log_path, info_log_path,
 * syslog_facility.
 */
#include "host_priv.h"

#define CONFIGURATION "/etc/dovecot/dovecot.conf"

static const char *const programs[] = { "/usr/sbin/dovecot",
					"/usr/local/sbin/dovecot", NULL };

static void find_logs(struct mg_look *l, struct mg_slice text)
{
	struct mg_buf path, facility;

	mg_buf_init(&path, MG_PANEL_PATH_MAX);
	mg_buf_init(&facility, MG_PANEL_PATH_MAX);
	if (!mg_config_get(text, &mg_syntax_dovecot, "syslog_facility",
			   &facility))
		mg_buf_add_str(&facility, "mail");
	if ((!mg_config_get(text, &mg_syntax_dovecot, "info_log_path", &path) ||
	     path.len == 0) &&
	    !mg_config_get(text, &mg_syntax_dovecot, "log_path", &path))
		mg_buf_add_str(&path, "syslog");
	if (path.ptr[0] == '/' &&
	    !mg_slice_is(mg_buf_slice(&path), MG_LIT("/dev/stderr")))
		(void)mg_logs_add(l, path.ptr, "dovecot", MG_SERVER_DOVECOT);
	else
		mg_find_syslog(l, MG_SERVER_DOVECOT, facility.ptr);
	mg_buf_release(&facility);
	mg_buf_release(&path);
}

void mg_find_dovecot(struct mg_look *l)
{
	const char *program = mg_look_first(l, programs);
	struct mg_buf text;

	if (!program && !mg_look_has(l, CONFIGURATION)) {
		mg_say(l, MG_TOPIC_SERVERS, MG_LEVEL_NOTE, "Dovecot",
		       "not there, so checks of mail are not counted");
		return;
	}
	l->host->servers |= MG_SERVER_DOVECOT;
	mg_say(l, MG_TOPIC_SERVERS, MG_LEVEL_OK, "Dovecot",
	       "%s, configured in %s", program ? program : "(no program)",
	       CONFIGURATION);
	mg_buf_init(&text, MG_CONFIG_MAX);
	(void)mg_config_read(l, CONFIGURATION, &mg_syntax_dovecot, &text);
	find_logs(l, mg_buf_slice(&text));
	mg_buf_release(&text);
}
