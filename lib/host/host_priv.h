/* SPDX-License-Identifier: MIT */
/*
 * host_priv - what the finders share: the host, its configuration files, and
 * how they say what they have found.
 */
#ifndef MG_HOST_PRIV_H
#define MG_HOST_PRIV_H

#include "mailguard/buf.h"
#include "mailguard/host.h"
#include "mailguard/limits.h"

struct mg_look {
	struct mg_host *host;
	const struct mg_host_opts *opts;
	struct mg_accounts accounts; /* empty where they cannot be read */
	const char *limit_who;       /* the lowest limit of an hour so far */
	uint64_t limit_n;            /* that limit; 0 while there is none */
	int64_t sweep_period_s;  /* 0 where nothing is known to run sweeps */
	const char *sweep_where; /* the file that says so */
};

/* --- saying --- */

/*
 * mg_say - add a finding; mg_mend says how to mend the one just added. Texts
 * of any length are cut at MG_SAY_MAX.
 */
#define MG_SAY_MAX 1024
void mg_say(struct mg_look *l, enum mg_topic topic, enum mg_level level,
	    const char *subject, const char *fmt, ...) MG_PRINTF(5, 6);
void mg_mend(struct mg_look *l, const char *fmt, ...) MG_PRINTF(2, 3);

/* A copy that stands as long as the host. */
const char *mg_keep(struct mg_look *l, struct mg_slice text);

/* --- files of the host --- */

bool mg_look_has(const struct mg_look *l, const char *path);

/* The first of some paths that the host has; NULL for none. Ends with NULL. */
const char *mg_look_first(const struct mg_look *l, const char *const *paths);

/*
 * mg_look_each - each file of a directory whose name ends in a suffix, in the
 * order of bytes; those of a leading dot left out.
 */
typedef void (*mg_look_file_fn)(struct mg_look *l, const char *path, void *arg);
void mg_look_each(struct mg_look *l, const char *dir, const char *suffix,
		  mg_look_file_fn fn, void *arg);

/* --- configuration.c: text that administrators write --- */

#define MG_CONFIG_MAX (4 * 1024 * 1024) /* bytes of a file and its includes */

/* How a program's files are written. */
struct mg_syntax {
	const char *const *includes; /* words before the path of one; or NULL */
	bool is_indent_more; /* an indented line goes on with the one before */
	bool is_backslash_more; /* so does one behind a backslash */
};

extern const struct mg_syntax mg_syntax_exim, mg_syntax_postfix,
	mg_syntax_dovecot, mg_syntax_plain;

/*
 * mg_config_read - a file with what it includes, added to out. A file that is
 * there and cannot be read is said to be so.
 *
 * Returns whether it was read.
 */
bool mg_config_read(struct mg_look *l, const char *path,
		    const struct mg_syntax *syntax, struct mg_buf *out);

/*
 * mg_config_line - the next line that says something: comments (#) and blanks
 * are passed over, lines that belong together are put together in room.
 */
bool mg_config_line(struct mg_slice *rest, const struct mg_syntax *syntax,
		    struct mg_buf *room, struct mg_slice *line);

/*
 * mg_config_get - the last value of a key, "key = value", without blanks and a
 * pair of quotes around it. Written where the key is there.
 */
bool mg_config_get(struct mg_slice text, const struct mg_syntax *syntax,
		   const char *key, struct mg_buf *value);

/* The same as a number; false also where it is none. */
bool mg_config_number(struct mg_slice text, const struct mg_syntax *syntax,
		      const char *key, uint64_t *out);

/* The next word, between blanks, commas and the bytes in more. */
bool mg_cut_word(struct mg_slice *rest, const char *more,
		 struct mg_slice *word);

/* --- logs.c --- */

/*
 * mg_logs_add - a log that a server writes; one that is known already gets one
 * more writer.
 */
struct mg_host_log *mg_logs_add(struct mg_look *l, const char *path,
				const char *dialect, unsigned writer);

/* Whether a log, or one of a name that is a pattern, is on the host. */
bool mg_log_is_there(const struct mg_look *l, const struct mg_host_log *log);

/* Others can write it, too; the first reason stands. */
void mg_logs_share(struct mg_host_log *log, const char *why, const char *mend);

/* Why +arguments makes a log shared (mailguard-sweep(8)), and what helps. */
#define MG_WHY_ARGUMENTS                                                        \
	"log_selector +arguments writes the directories of users as they are, " \
	"newlines included"
#define MG_MEND_ARGUMENTS                                                       \
	"add -arguments to log_selector; scripts are then known by their user " \
	"alone"

/* --- one file each --- */

void mg_find_exim(struct mg_look *l);
void mg_find_postfix(struct mg_look *l);
void mg_find_dovecot(struct mg_look *l);
void mg_find_syslog(struct mg_look *l, unsigned writer, const char *facility);
void mg_find_accounts(struct mg_look *l);
void mg_find_logs(struct mg_look *l); /* says what was added */
void mg_find_limits(struct mg_look *l);
void mg_find_clients(struct mg_look *l);
void mg_find_schedule(struct mg_look *l); /* cron and timers */
void mg_find_rotation(struct mg_look *l); /* behind schedule and logs */
void mg_find_sweeps(struct mg_look *l);
bool mg_find_sources(struct mg_look *l); /* whether any are set */
void mg_find_state(struct mg_look *l);

#endif
