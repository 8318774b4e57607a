/* SPDX-License-Identifier: MIT */
/*
 * The logs that the finders named: whether they are there, who can write them,
 * and whether what stands in them is what it should be.
 */
#include "host_priv.h"

#include <string.h>

#include "mailguard/glob.h"
#include "mailguard/vec.h"

struct mg_host_log *mg_logs_add(struct mg_look *l, const char *path,
				const char *dialect, unsigned writer)
{
	struct mg_host *h = l->host;
	struct mg_host_log *log;

	for (size_t i = 0; i < h->n_logs; i++) {
		if (!strcmp(h->logs[i].path, path)) {
			h->logs[i].writers |= writer;
			/* Two servers in one file: the tags tell them apart. */
			if (strcmp(h->logs[i].dialect, dialect) != 0)
				h->logs[i].dialect = "syslog";
			return &h->logs[i];
		}
	}
	h->logs = mg_vec_room(h->logs, h->n_logs, &h->cap_logs,
			      sizeof(*h->logs));
	log = &h->logs[h->n_logs++];
	*log = (struct mg_host_log){ .path = mg_keep(l, mg_slice_str(path)),
				     .dialect = dialect,
				     .writers = writer };
	return log;
}

void mg_logs_share(struct mg_host_log *log, const char *why, const char *mend)
{
	if (log->trust == MG_TRUST_SHARED)
		return;
	log->trust = MG_TRUST_SHARED;
	log->why = why;
	log->mend = mend;
}

static bool is_journal(const struct mg_host_log *log)
{
	return !strcmp(log->dialect, "journal");
}

static const char *servers_of(unsigned writers)
{
	static const char *const names[] = {
		"nobody",
		"Exim",
		"Postfix",
		"Exim and Postfix",
		"Dovecot",
		"Exim and Dovecot",
		"Postfix and Dovecot",
		"Exim, Postfix and Dovecot",
	};

	return names[writers & 7];
}

/* Whoever may write into the file writes any line. */
static void check_owner(struct mg_look *l, struct mg_host_log *log)
{
	const uint32_t account = mg_accounts_uid(&l->accounts, log->info.uid);
	const char *who = NULL;

	if (account != MG_ACCOUNT_NONE)
		who = "it belongs to a customer";
	else if (log->info.mode & 002)
		who = "every user can write it";
	else if (log->info.mode & 020)
		who = "a group can write it";
	if (!who)
		return;
	log->trust = MG_TRUST_SHARED;
	log->why = who;
	mg_say(l, MG_TOPIC_LOGS,
	       log->info.mode & 002 || account != MG_ACCOUNT_NONE
		       ? MG_LEVEL_TROUBLE
		       : MG_LEVEL_WARNING,
	       log->path, "%s (uid %u, mode %04o), and so invent any line", who,
	       log->info.uid, log->info.mode);
	if (account == MG_ACCOUNT_NONE)
		mg_mend(l, "chmod go-w %s", log->path);
	else
		mg_mend(l,
			"chown root %s, and look why it is not the "
			"server's",
			log->path);
	log->mend = l->host->findings[l->host->last].mend;
}

/* Has it read as a dialect. Returns whether one of its servers is in it. */
static bool taste(struct mg_look *l, struct mg_host_log *log,
		  const char *dialect, struct mg_taste *out, struct mg_err *err)
{
	*out = (struct mg_taste){ .n_lines = 0 };
	return l->opts->taste(l->opts->taste_arg, log->path, dialect, out,
			      err) == 0 &&
	       (out->servers & log->writers);
}

/* What stands in it, as far as a look can tell. */
static void check_text(struct mg_look *l, struct mg_host_log *log)
{
	static const char *const dialects[] = { "exim", "syslog", "dovecot" };
	struct mg_taste found;
	struct mg_err err = { 0 };
	bool is_known;

	if (!l->opts->taste || log->info.size_bytes == 0)
		return;
	is_known = taste(l, log, log->dialect, &found, &err);
	for (size_t i = 0; err.code == 0 && !is_known && i < 3; i++) {
		is_known = taste(l, log, dialects[i], &found, &err);
		if (is_known)
			log->dialect = dialects[i];
	}
	if (found.n_callers)
		mg_logs_share(log, MG_WHY_ARGUMENTS, MG_MEND_ARGUMENTS);
	if (err.code) {
		mg_say(l, MG_TOPIC_LOGS, MG_LEVEL_TROUBLE, log->path, "%s",
		       err.text);
	} else if (!is_known) {
		mg_say(l, MG_TOPIC_LOGS, MG_LEVEL_WARNING, log->path,
		       "none of its last %llu lines is one of %s",
		       (unsigned long long)found.n_lines,
		       servers_of(log->writers));
		mg_mend(l, "tail -n 3 %s, and look where the server logs",
			log->path);
	}
}

/* How a log that syslog writes comes to prove more. */
static const char *raise_of(unsigned writers)
{
	if (writers == MG_SERVER_DOVECOT)
		return "log_path = /var/log/dovecot.log in "
		       "/etc/dovecot/dovecot.conf";
	if (writers == MG_SERVER_EXIM)
		return "take syslog out of log_file_path, so that Exim writes "
		       "a log of its own";
	return "mkdir -p /var/log/journal && systemctl restart "
	       "systemd-journald; then mailguard sweep --journal, which proves "
	       "who wrote a line";
}

static void say_class(struct mg_look *l, const struct mg_host_log *log)
{
	const bool is_shared = log->trust == MG_TRUST_SHARED;

	mg_say(l, MG_TOPIC_LOGS, is_shared ? MG_LEVEL_NOTE : MG_LEVEL_OK,
	       log->path, "%s of %s; %s%s",
	       is_journal(log)                   ? "systemd's journal"
	       : !strcmp(log->dialect, "syslog") ? "syslog lines"
						 : "log",
	       servers_of(log->writers),
	       is_shared ? "shared: " : "daemon: nobody else can write it",
	       is_shared ? log->why : "");
	if (is_shared)
		mg_mend(l, "%s",
			log->mend ? log->mend : raise_of(log->writers));
}

static int stop(void *arg, const char *path)
{
	(void)arg;
	(void)path;
	return 1;
}

bool mg_log_is_there(const struct mg_look *l, const struct mg_host_log *log)
{
	const char *root = l->opts->root->path;
	struct mg_buf b;
	bool is_there;

	if (is_journal(log) || !mg_glob_is_pattern(log->path))
		return is_journal(log) || mg_look_has(l, log->path);
	mg_buf_init(&b, (size_t)2 * MG_PANEL_PATH_MAX);
	mg_buf_add_fmt(&b, "%s%s", strcmp(root, "/") ? root : "", log->path);
	is_there = mg_glob_each(b.ptr, stop, NULL, NULL) == 1;
	mg_buf_release(&b);
	return is_there;
}

static void check_journal(struct mg_look *l, const struct mg_host_log *log)
{
	static const char *const programs[] = { "/usr/bin/journalctl",
						"/bin/journalctl", NULL };

	if (mg_look_first(l, programs))
		return;
	mg_say(l, MG_TOPIC_LOGS, MG_LEVEL_TROUBLE, log->path,
	       "there is no journalctl to read it with");
	mg_mend(l, "apt-get install systemd");
}

static void find(struct mg_look *l, struct mg_host_log *log)
{
	const int rc = mg_root_look(l->opts->root, log->path, &log->info, NULL);

	log->is_there = mg_log_is_there(l, log);
	if (!log->is_there) {
		mg_say(l, MG_TOPIC_LOGS, MG_LEVEL_WARNING, log->path,
		       "not there, though %s should write it",
		       servers_of(log->writers));
		mg_mend(l, "look whether the server runs, and where it logs");
		return;
	}
	if (is_journal(log))
		check_journal(l, log);
	if (rc == 0 && log->info.is_regular) {
		check_owner(l, log);
		check_text(l, log);
	}
	say_class(l, log);
}

void mg_find_logs(struct mg_look *l)
{
	for (size_t i = 0; i < l->host->n_logs; i++)
		find(l, &l->host->logs[i]);
}
