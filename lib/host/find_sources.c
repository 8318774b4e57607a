/* SPDX-License-Identifier: MIT */
/*
 * Whether what is set to be swept is what there is.
 */
#include "host_priv.h"

#include <fnmatch.h>
#include <string.h>

static bool is_journal(const struct mg_settings_source *x)
{
	return x->log.len == 0;
}

/* Whether a source reads a log that was found. */
static bool reads(const struct mg_settings_source *x,
		  const struct mg_host_log *log)
{
	if (is_journal(x))
		return !strcmp(log->dialect, "journal");
	return mg_slice_is(x->log, mg_slice_str(log->path)) ||
	       fnmatch(x->log.ptr, log->path, FNM_PATHNAME) == 0;
}

/* The text that sets a log as a source. */
static void add_source(struct mg_buf *out, const struct mg_host_log *log)
{
	mg_buf_add_fmt(out, "{ dialect = \"%s\"; ", log->dialect);
	if (strcmp(log->dialect, "journal") != 0)
		mg_buf_add_fmt(out, "log = \"%s\"; ", log->path);
	if (log->old_dir)
		mg_buf_add_fmt(out, "old_dir = \"%s\"; ", log->old_dir);
	mg_buf_add_str(out, "}");
}

static void say_none_set(struct mg_look *l)
{
	struct mg_buf all;

	mg_buf_init(&all, MG_SAY_MAX / 2);
	for (size_t i = 0; i < l->host->n_logs; i++) {
		if (!l->host->logs[i].is_there)
			continue;
		mg_buf_add_str(&all, all.len ? ", " : "");
		add_source(&all, &l->host->logs[i]);
	}
	if (all.len && !all.truncated) {
		mg_say(l, MG_TOPIC_SWEEPS, MG_LEVEL_NOTE, "settings",
		       "no sources are set; with them mailguard sweep alone "
		       "reads all logs");
		mg_mend(l, "echo 'sources = ( %s );' >>" MG_SETTINGS_PATH,
			all.ptr);
	}
	mg_buf_release(&all);
}

/* One that is in place, but of which nobody would take notice. */
static void check_log(struct mg_look *l, const struct mg_host_log *log)
{
	const struct mg_conf_groups *sources = &l->opts->settings->sources;
	struct mg_buf text;

	for (size_t i = 0; i < sources->n; i++)
		if (reads(sources->items[i], log))
			return;
	mg_buf_init(&text, MG_SAY_MAX / 2);
	add_source(&text, log);
	mg_say(l, MG_TOPIC_SWEEPS, MG_LEVEL_WARNING, log->path,
	       "is not among the sources that are set, so nobody reads it");
	mg_mend(l, "add %s to sources in " MG_SETTINGS_PATH, text.ptr);
	mg_buf_release(&text);
}

static void check_source(struct mg_look *l, const struct mg_settings_source *x)
{
	struct mg_host_log set = { .dialect = "" };

	set.path = x->log.ptr;
	if (is_journal(x) || mg_log_is_there(l, &set))
		return;
	mg_say(l, MG_TOPIC_SWEEPS, MG_LEVEL_TROUBLE, set.path,
	       "is set as a source, and not there");
	mg_mend(l, "take it out of sources in " MG_SETTINGS_PATH
		   ", or look where the server logs");
}

bool mg_find_sources(struct mg_look *l)
{
	const struct mg_settings *set = l->opts->settings;

	if (!set || set->sources.n == 0) {
		say_none_set(l);
		return false;
	}
	mg_say(l, MG_TOPIC_SWEEPS, MG_LEVEL_OK, "to be read",
	       "mailguard sweep");
	for (size_t i = 0; i < set->sources.n; i++)
		check_source(l, set->sources.items[i]);
	for (size_t i = 0; i < l->host->n_logs; i++)
		if (l->host->logs[i].is_there)
			check_log(l, &l->host->logs[i]);
	return true;
}
