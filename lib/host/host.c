/* SPDX-License-Identifier: MIT */
#include "host_priv.h"

#include <stdarg.h>
#include <stdio.h>

#include "mailguard/vec.h"

#define DIRECTORY_BYTES_MAX 65536 /* of names in one directory */

const char *mg_level_name(enum mg_level level)
{
	static const char *const names[] = { "ok", "note", "warning",
					     "trouble" };

	return names[level];
}

static const struct {
	const char *name, *heading;
} topics[MG_TOPICS] = {
	[MG_TOPIC_SERVERS] = { "servers", "mail servers" },
	[MG_TOPIC_ACCOUNTS] = { "accounts", "accounts" },
	[MG_TOPIC_LOGS] = { "logs", "logs" },
	[MG_TOPIC_ROTATION] = { "rotation", "rotation of the logs" },
	[MG_TOPIC_LIMITS] = { "limits", "limits of others, which act too" },
	[MG_TOPIC_CLIENTS] = { "clients",
			       "lists, webmail, proxies, smarthosts" },
	[MG_TOPIC_SWEEPS] = { "sweeps", "sweeps" },
	[MG_TOPIC_ACTIONS] = { "actions", "limits of ours" },
	[MG_TOPIC_STATE] = { "state", "state" },
};

const char *mg_topic_name(enum mg_topic topic)
{
	return topics[topic].name;
}

const char *mg_topic_heading(enum mg_topic topic)
{
	return topics[topic].heading;
}

const char *mg_keep(struct mg_look *l, struct mg_slice text)
{
	return mg_arena_copy_text(&l->host->text, text);
}

static const char *keep(struct mg_host *host, const char *text)
{
	return text ? mg_arena_copy_text(&host->text, mg_slice_str(text))
		    : NULL;
}

/* Behind the last one of its topic. */
void mg_host_add(struct mg_host *host, const struct mg_finding *f)
{
	size_t at = host->n_findings;

	host->findings = mg_vec_room(host->findings, host->n_findings,
				     &host->cap_findings,
				     sizeof(*host->findings));
	for (; at > 0 && host->findings[at - 1].topic > f->topic; at--)
		host->findings[at] = host->findings[at - 1];
	host->findings[at] = (struct mg_finding){
		.topic = f->topic,
		.level = f->level,
		.subject = keep(host, f->subject),
		.text = keep(host, f->text),
		.mend = keep(host, f->mend),
	};
	host->n_findings++;
	host->last = at;
}

void mg_say(struct mg_look *l, enum mg_topic topic, enum mg_level level,
	    const char *subject, const char *fmt, ...)
{
	char text[MG_SAY_MAX];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	mg_host_add(l->host, &(struct mg_finding){ .topic = topic,
						   .level = level,
						   .subject = subject,
						   .text = text });
}

void mg_mend(struct mg_look *l, const char *fmt, ...)
{
	char text[MG_SAY_MAX];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	l->host->findings[l->host->last].mend = mg_keep(l, mg_slice_str(text));
}

bool mg_look_has(const struct mg_look *l, const char *path)
{
	return mg_root_has(l->opts->root, path);
}

const char *mg_look_first(const struct mg_look *l, const char *const *paths)
{
	for (; *paths; paths++)
		if (mg_look_has(l, *paths))
			return *paths;
	return NULL;
}

void mg_look_each(struct mg_look *l, const char *dir, const char *suffix,
		  mg_look_file_fn fn, void *arg)
{
	struct mg_file_info info;
	struct mg_slice names, name;
	struct mg_buf list, path;

	mg_buf_init(&list, DIRECTORY_BYTES_MAX);
	mg_buf_init(&path, MG_PANEL_PATH_MAX);
	if (mg_root_list(l->opts->root, dir, &list, &info, NULL) != 0)
		mg_buf_clear(&list);
	for (names = mg_buf_slice(&list);
	     mg_slice_cut_at(&names, '\0', &name);) {
		if (name.ptr[0] == '.' ||
		    !mg_slice_has_suffix(name, mg_slice_str(suffix)))
			continue;
		mg_buf_clear(&path);
		mg_buf_add_fmt(&path, "%s/%s", dir, name.ptr);
		if (!path.truncated)
			fn(l, path.ptr, arg);
	}
	mg_buf_release(&path);
	mg_buf_release(&list);
}

void mg_host_examine(struct mg_host *host, const struct mg_host_opts *opts)
{
	struct mg_look l = { .host = host, .opts = opts };

	mg_find_accounts(&l);
	mg_find_exim(&l);
	mg_find_postfix(&l);
	mg_find_dovecot(&l);
	if (!(host->servers & (MG_SERVER_EXIM | MG_SERVER_POSTFIX))) {
		mg_say(&l, MG_TOPIC_SERVERS, MG_LEVEL_TROUBLE, "mail server",
		       "neither Exim nor Postfix is installed below '%s'",
		       opts->root->path);
		mg_mend(&l, "name the host's root with --root, or the log "
			    "itself: mailguard sweep LOG");
	}
	mg_find_logs(&l);
	mg_find_schedule(&l);
	mg_find_rotation(&l);
	mg_find_limits(&l);
	mg_find_clients(&l);
	mg_find_sweeps(&l);
	mg_find_state(&l);
	mg_accounts_release(&l.accounts);
}

enum mg_level mg_host_worst(const struct mg_host *host)
{
	enum mg_level worst = MG_LEVEL_OK;

	for (size_t i = 0; i < host->n_findings; i++)
		if (host->findings[i].level > worst)
			worst = host->findings[i].level;
	return worst;
}

void mg_host_release(struct mg_host *host)
{
	mg_mem_free(host->findings);
	mg_mem_free(host->logs);
	mg_arena_release(&host->text);
	*host = (struct mg_host){ .n_logs = 0 };
}
