/* SPDX-License-Identifier: MIT */
/*
 * status - whether sweeps run, keep up, and understand what they read.
 *
 * For people, and for what watches a host: silence must not look like health.
 */
#ifndef MAILGUARD_STATUS_H
#define MAILGUARD_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/printer.h"
#include "mailguard/store.h"
#include "mailguard/tz.h"

/* The value of "schema" in JSON; tests/data/schema holds it. */
#define MG_STATUS_SCHEMA "mailguard.status/1"

/* What was sent in some time, and what of it nobody is charged with. */
struct mg_unattributed {
	int64_t all, messages;  /* sent; of those, charged to nobody */
	int64_t cause_messages; /* those of the most frequent cause */
	unsigned kind;          /* enum mg_origin_kind of that */
	char cause[MG_ORIGIN_NAME_MAX + 1];
};

/* In the hours that start at a time or later. */
MG_NODISCARD int mg_unattributed_read(struct mg_store *s, int64_t since,
				      struct mg_unattributed *out,
				      struct mg_err *err);

/* Whether it is so much that counts by account mean little: over a tenth. */
bool mg_unattributed_is_much(const struct mg_unattributed *u);

/* "12 of 840 messages (1 %) ..., most of them because ..."; what helps. */
void mg_unattributed_say(const struct mg_unattributed *u, struct mg_buf *out);
const char *mg_unattributed_mend(const struct mg_unattributed *u);

/* How full a set of a back end is; a full one lets everybody in. */
struct mg_status_set {
	const char *backend, *what; /* "nftables", "blocked4" */
	int64_t n, size;
};

struct mg_status_opts {
	const char *state_dir;
	int64_t now;            /* Unix seconds */
	int64_t max_age_s;      /* of the last good sweep; 0 for any */
	const struct mg_tz *tz; /* zone of times shown; NULL is UTC */
	const struct mg_status_set *sets; /* borrowed */
	size_t n_sets;
	bool is_json;
	int fd;              /* where it goes; stays the caller's */
	struct mg_term term; /* what is behind it */
};

/*
 * mg_status_run - print it, as text or JSON.
 *
 * is_healthy   out  whether nothing needs a person: the last sweep was good,
 *                   not older than max_age_s, and left no mark of drift; no log
 *                   is missing, was replaced unread, or was cut; no set is
 *                   nearly full
 *
 * Returns 0, or a negative code.
 */
MG_NODISCARD int mg_status_run(struct mg_store *s,
			       const struct mg_status_opts *opts,
			       bool *is_healthy, struct mg_err *err);

#endif
