/* SPDX-License-Identifier: MIT */
/*
 * What a sweep would read here, and whether anything runs one.
 */
#include "host_priv.h"

#include <string.h>

#include "mailguard/glob.h"

static const char *const programs[] = { "/usr/sbin/mailguard",
					"/usr/local/sbin/mailguard", NULL };

/* One for each dialect, since a sweep has one. */
static const char *const dialects[] = { "exim", "syslog", "dovecot",
					"journal" };

/* The command, without the program; empty where there is no such log. */
static void add_command(const struct mg_look *l, const char *dialect,
			struct mg_buf *out)
{
	const char *old_dir = NULL;

	if (!strcmp(dialect, "journal"))
		mg_buf_add_str(out, " --journal");
	else if (strcmp(dialect, "exim") != 0)
		mg_buf_add_fmt(out, " --dialect %s", dialect);
	for (size_t i = 0; i < l->host->n_logs; i++) {
		const struct mg_host_log *log = &l->host->logs[i];

		if (!log->is_there || strcmp(log->dialect, dialect) != 0 ||
		    !strcmp(dialect, "journal"))
			continue;
		if (log->old_dir && !old_dir) {
			old_dir = log->old_dir;
			mg_buf_add_fmt(out, " --old-dir %s", old_dir);
		}
		mg_buf_add_fmt(out,
			       mg_glob_is_pattern(log->path) ? " '%s'" : " %s",
			       log->path);
	}
}

static bool has_log(const struct mg_look *l, const char *dialect)
{
	for (size_t i = 0; i < l->host->n_logs; i++)
		if (l->host->logs[i].is_there &&
		    !strcmp(l->host->logs[i].dialect, dialect))
			return true;
	return false;
}

/* All of them one after the other, since two at once wait for nobody. */
static bool say_commands(struct mg_look *l, const char *program,
			 struct mg_buf *all)
{
	struct mg_buf command;

	mg_buf_init(&command, MG_SAY_MAX - 1);
	for (size_t i = 0; i < sizeof(dialects) / sizeof(*dialects); i++) {
		if (!has_log(l, dialects[i]))
			continue;
		mg_buf_clear(&command);
		add_command(l, dialects[i], &command);
		mg_say(l, MG_TOPIC_SWEEPS, MG_LEVEL_OK, "to be read",
		       "mailguard sweep%s", command.ptr);
		mg_buf_add_fmt(all, "%s%s sweep%s", all->len ? "; " : "",
			       program, command.ptr);
	}
	mg_buf_release(&command);
	return all->len > 0;
}

static void say_schedule(struct mg_look *l, const char *commands)
{
	if (l->sweep_period_s == 1)
		mg_say(l, MG_TOPIC_SWEEPS, MG_LEVEL_OK, "schedule",
		       "as soon as something is logged (%s)", l->sweep_where);
	else if (l->sweep_period_s && l->sweep_period_s <= 60)
		mg_say(l, MG_TOPIC_SWEEPS, MG_LEVEL_OK, "schedule",
		       "every minute (%s)", l->sweep_where);
	else if (l->sweep_period_s)
		mg_say(l, MG_TOPIC_SWEEPS, MG_LEVEL_OK, "schedule",
		       "every %lld minutes (%s)",
		       (long long)(l->sweep_period_s + 59) / 60,
		       l->sweep_where);
	if (l->sweep_period_s)
		return;
	mg_say(l, MG_TOPIC_SWEEPS, MG_LEVEL_WARNING, "schedule",
	       "neither cron nor a timer runs mailguard sweep");
	mg_mend(l, "echo \"* * * * * root %s\" >/etc/cron.d/mailguard",
		commands);
}

void mg_find_sweeps(struct mg_look *l)
{
	const char *found = mg_look_first(l, programs);
	const char *program = found ? found : programs[1];
	struct mg_buf all;

	mg_buf_init(&all, MG_SAY_MAX - 1);
	if (mg_find_sources(l)) {
		mg_buf_add_fmt(&all, "%s sweep", program);
		say_schedule(l, all.ptr);
	} else if (say_commands(l, program, &all)) {
		say_schedule(l, all.ptr);
	} else {
		mg_say(l, MG_TOPIC_SWEEPS, MG_LEVEL_TROUBLE, "to be read",
		       "no log was found");
		mg_mend(l, "mailguard sweep LOG, with the log of your server");
	}
	mg_buf_release(&all);
}
