/* SPDX-License-Identifier: MIT */
#include "watch_eyes.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "mailguard/file.h"
#include "mailguard/glob.h"
#include "mailguard/log.h"
#include "mailguard/notify.h"

/* The directory that a path lies in. */
static bool look_at_names(int fd, const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	size_t len = slash ? (size_t)(slash - path) : 0;

	if (!slash)
		return mg_notify_add_names(fd, ".");
	if (len == 0) /* of the root */
		len = 1;
	if (len >= sizeof(dir))
		return false;
	memcpy(dir, path, len);
	dir[len] = '\0';
	return mg_notify_add_names(fd, dir);
}

/* A link to a log: the directories of both, since either may change. */
static bool look_at_target(int fd, const char *path)
{
	struct mg_buf real;
	bool is_seen = true;

	mg_buf_init(&real, PATH_MAX - 1);
	if (mg_file_is_link(path) && mg_file_resolve(path, true, &real) == 0 &&
	    !real.truncated)
		is_seen = look_at_names(fd, real.ptr);
	mg_buf_release(&real);
	return is_seen;
}

static void look_at(struct mg_watch_eyes *eyes, const char *path)
{
	/* The names first: a log that comes in between is not missed. */
	const bool has_names = look_at_names(eyes->fd, path) &&
			       look_at_target(eyes->fd, path);

	/* One that is not there yet will be a new name. */
	if (!mg_notify_add_file(eyes->fd, path) && mg_file_exists(path))
		eyes->is_blind = true;
	if (!has_names)
		eyes->is_blind = true;
}

struct journals {
	struct mg_watch_eyes *eyes;
	size_t n;
};

static int look_at_journal(void *arg, const char *path)
{
	struct journals *j = arg;

	look_at(j->eyes, path);
	j->n++;
	return 0;
}

/*
 * Where journald keeps it. It sets the size of the file to what it is, so that
 * others hear that there is something new in it.
 */
static void look_at_journals(struct mg_watch_eyes *eyes, const char *root_path)
{
	static const char *const patterns[] = {
		"/var/log/journal/*/system.journal",
		"/run/log/journal/*/system.journal",
	};
	const char *top = strcmp(root_path, "/") ? root_path : "";
	struct journals j = { .eyes = eyes };
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++)
		if (snprintf(path, sizeof(path), "%s%s", top, patterns[i]) <
			    PATH_MAX &&
		    mg_glob_each(path, look_at_journal, &j, NULL) < 0)
			eyes->is_blind = true;
	eyes->is_blind = eyes->is_blind || j.n == 0;
}

static void look(struct mg_watch_eyes *eyes, const struct mg_sweep_plan *plan,
		 const char *root_path)
{
	eyes->is_blind = false;
	for (size_t i = 0; i < plan->n_batches; i++) {
		const struct mg_sweep_batch *b = &plan->batches[i];

		for (size_t k = 0; k < b->n_paths; k++)
			look_at(eyes, b->paths[k]);
		if (b->is_journal)
			look_at_journals(eyes, root_path);
	}
}

void mg_watch_eyes_open(struct mg_watch_eyes *eyes,
			const struct mg_sweep_plan *plan, const char *root_path)
{
	struct mg_err err = { 0 };

	*eyes = (struct mg_watch_eyes){ .fd = mg_notify_open(&err) };
	look(eyes, plan, root_path);
	if (eyes->fd < 0)
		mg_log(MG_LOG_WARNING,
		       "%s: the logs are looked at every second", err.text);
}

void mg_watch_eyes_close(struct mg_watch_eyes *eyes)
{
	mg_file_close(&eyes->fd);
}

bool mg_watch_eyes_see(struct mg_watch_eyes *eyes,
		       const struct mg_sweep_plan *plan, const char *root_path)
{
	const unsigned notices = mg_notify_take(eyes->fd);

	if (eyes->is_blind || (notices & MG_NOTICE_NAMES))
		look(eyes, plan, root_path);
	return notices != 0;
}
