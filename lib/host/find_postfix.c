/* SPDX-License-Identifier: MIT */
/*
 * Postfix: whether it is there, and where it logs.
 *
 * Source: postconf(5), maillog_file; postlog(1), which is set-gid from 3.7 on.
 */
#include "host_priv.h"

static const char *const programs[] = { "/usr/sbin/postfix",
					"/usr/libexec/postfix/master",
					"/usr/lib/postfix/sbin/master", NULL };

static const char *const postlogs[] = { "/usr/sbin/postlog", "/usr/bin/postlog",
					NULL };

#define CONFIGURATION "/etc/postfix/main.cf"

static bool is_set_gid(const struct mg_look *l, const char *path)
{
	struct mg_file_info info;

	return path && mg_root_look(l->opts->root, path, &info, NULL) == 0 &&
	       (info.mode & 02000);
}

static void find_logs(struct mg_look *l, struct mg_slice text)
{
	const char *postlog = mg_look_first(l, postlogs);
	struct mg_host_log *log;
	struct mg_buf path;

	mg_buf_init(&path, MG_PANEL_PATH_MAX);
	if (!mg_config_get(text, &mg_syntax_postfix, "maillog_file", &path) ||
	    path.len == 0) {
		mg_find_syslog(l, MG_SERVER_POSTFIX, "mail");
		goto out;
	}
	log = mg_logs_add(l, path.ptr, "syslog", MG_SERVER_POSTFIX);
	if (is_set_gid(l, postlog))
		mg_logs_share(
			log,
			"postlog is set-gid, so that every local user can "
			"write lines into it",
			"postconf -X maillog_file && postfix reload; then "
			"mailguard sweep --journal, which proves who "
			"wrote a line");
out:
	mg_buf_release(&path);
}

void mg_find_postfix(struct mg_look *l)
{
	const char *program = mg_look_first(l, programs);
	struct mg_buf text;

	if (!program && !mg_look_has(l, CONFIGURATION))
		return;
	l->host->servers |= MG_SERVER_POSTFIX;
	mg_say(l, MG_TOPIC_SERVERS, MG_LEVEL_OK, "Postfix",
	       "%s, configured in %s", program ? program : "(no program)",
	       CONFIGURATION);
	mg_buf_init(&text, MG_CONFIG_MAX);
	(void)mg_config_read(l, CONFIGURATION, &mg_syntax_postfix, &text);
	find_logs(l, mg_buf_slice(&text));
	mg_buf_release(&text);
}
