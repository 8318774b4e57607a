/* SPDX-License-Identifier: MIT */
/*
 * host - what runs on this machine, which logs it writes, what is wrong.
 *
 * Looks only: at files, their owners and their text, below the host's root.
 * Nothing is run and nothing is changed, so a fake tree, a chroot and a real
 * host are looked at in the same way. Logs are hostile and are not read here:
 * whoever asks lends a function that has them read in a jail.
 */
#ifndef MAILGUARD_HOST_H
#define MAILGUARD_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/account.h"
#include "mailguard/arena.h"
#include "mailguard/err.h"
#include "mailguard/file.h"
#include "mailguard/settings.h"

/* How bad a finding is; the worst of a host is the answer of doctor. */
enum mg_level {
	MG_LEVEL_OK,
	MG_LEVEL_NOTE,    /* nothing is wrong, but one should know it */
	MG_LEVEL_WARNING, /* something is missed or lost sooner or later */
	MG_LEVEL_TROUBLE, /* something is missed or lost now */
};

/* What a finding is about; findings are kept in this order. */
enum mg_topic {
	MG_TOPIC_SERVERS,
	MG_TOPIC_ACCOUNTS,
	MG_TOPIC_LOGS,
	MG_TOPIC_ROTATION,
	MG_TOPIC_LIMITS,  /* of others, which act beside ours */
	MG_TOPIC_CLIENTS, /* lists, webmail, proxies, smarthosts */
	MG_TOPIC_SWEEPS,  /* what to run, and how often it is */
	MG_TOPIC_ACTIONS, /* what is found, and who carries it out */
	MG_TOPIC_STATE,
	MG_TOPICS
};

/* Words for people and for JSON: "warning"; "mail servers", "servers". */
const char *mg_level_name(enum mg_level level);
const char *mg_topic_heading(enum mg_topic topic);
const char *mg_topic_name(enum mg_topic topic);

/*
 * A finding. Texts are the host's (mg_host_release) and may hold what others
 * wrote: to be escaped where they go.
 */
struct mg_finding {
	enum mg_topic topic;
	enum mg_level level;
	const char *subject; /* what it is about: "Exim", "/var/log/maillog" */
	const char *text;    /* one sentence without a full stop */
	const char *mend;    /* a command or a line of configuration, or what
				else to do; NULL where nothing is to be done */
};

/* Who can write a line into a log (mailguard-doctor(8)). */
enum mg_trust {
	MG_TRUST_DAEMON, /* only the server, or root */
	MG_TRUST_SHARED, /* any local user */
};

/* What reading the end of a log came to. */
struct mg_taste {
	uint64_t n_lines;
	uint64_t n_callers; /* cwd= lines of Exim, which users can shape */
	unsigned servers;   /* a bit for each enum mg_account_server of which
			       a line of a known kind was seen */
};

/* A log that a server writes, or may be writing. */
struct mg_host_log {
	const char *path;    /* on the host; "journal" for systemd's */
	const char *dialect; /* for sweep --dialect: "exim", "syslog",
				"dovecot", "journal" */
	unsigned writers;    /* a bit for each enum mg_account_server */
	enum mg_trust trust;
	const char *why;     /* of MG_TRUST_SHARED, who else can write */
	const char *mend;    /* how to raise its trust; NULL */
	const char *old_dir; /* where it is rotated to; NULL for beside it */
	bool is_there;
	struct mg_file_info info; /* where it is there */
};

/*
 * mg_taste_fn - have the last lines of a log read by a process that may do no
 * harm.
 *
 * path      in   on the host
 * dialect   in   "exim", "syslog" or "dovecot"
 *
 * Returns 0 with out filled, or a negative code.
 */
typedef int (*mg_taste_fn)(void *arg, const char *path, const char *dialect,
			   struct mg_taste *out, struct mg_err *err);

struct mg_host_opts {
	const struct mg_root *root;         /* borrowed */
	const struct mg_settings *settings; /* borrowed; NULL for none */
	const char *state_dir;              /* as commands resolve it */
	mg_taste_fn taste;                  /* NULL: logs are not looked into */
	void *taste_arg;
};

/* All that was found. Zeroed it is empty. */
struct mg_host {
	struct mg_finding *findings; /* owned; by topic */
	size_t n_findings, cap_findings;
	size_t last;              /* the one that was added last */
	struct mg_host_log *logs; /* owned */
	size_t n_logs, cap_logs;
	unsigned servers; /* a bit for each enum mg_account_server */
	enum mg_account_source panel;
	struct mg_arena text;
};

/*
 * mg_host_examine - look at everything.
 *
 * What cannot be read is a finding, never an error.
 */
void mg_host_examine(struct mg_host *host, const struct mg_host_opts *opts);

/* Adds a finding of the caller's own; texts are copied, mend may be NULL. */
void mg_host_add(struct mg_host *host, const struct mg_finding *finding);

/* The worst level among the findings. */
enum mg_level mg_host_worst(const struct mg_host *host);

/* The value of "schema" in JSON; tests/data/schema holds it. */
#define MG_DOCTOR_SCHEMA "mailguard.doctor/1"

/*
 * mg_host_print - what was found, by topic, as text for people or as JSON.
 *
 * fd   in   where it goes; stays the caller's
 *
 * Texts are made printable. Returns 0 or a negative code.
 */
MG_NODISCARD int mg_host_print(const struct mg_host *host, bool is_json, int fd,
			       struct mg_err *err);

/* Frees what it holds; accepts a zeroed one. */
void mg_host_release(struct mg_host *host);

#endif
