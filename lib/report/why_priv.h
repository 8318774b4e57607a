/* SPDX-License-Identifier: MIT */
/*
 * why_priv - a finding with its counts, and the two ways to say it.
 */
#ifndef MG_WHY_PRIV_H
#define MG_WHY_PRIV_H

#include "mailguard/arena.h"
#include "mailguard/buf.h"
#include "mailguard/why.h"

/* One row of counts that belongs to the subject. */
struct mg_why_count {
	int64_t at;
	int64_t messages, recipients, delivered, failed, unknown;
	int64_t checks, failed_logins, mailboxes;
};

struct mg_why {
	const struct mg_ledger_row *row;
	const struct mg_tz *tz;
	struct mg_why_count *slots, *hours; /* owned */
	size_t n_slots, cap_slots, n_hours, cap_hours;
};

/* The same of an action, with what became of it. Returns 0 or -MG_EIO. */
MG_NODISCARD int mg_why_add_act(struct mg_store *s, const struct mg_act *act,
				const struct mg_tz *tz, int64_t now,
				struct mg_buf *out, struct mg_err *err);
MG_NODISCARD int mg_why_add_json_act(struct mg_store *s,
				     const struct mg_act *act,
				     struct mg_buf *out, struct mg_err *err);

/* Accounts of what was explained. Zeroed it is empty. */
struct mg_why_seen {
	struct mg_slice *accounts; /* owned */
	size_t n, cap;
	struct mg_arena text;
};

void mg_why_see(struct mg_why_seen *seen, struct mg_slice account);
bool mg_why_has_seen(const struct mg_why_seen *seen, struct mg_slice account);
void mg_why_seen_release(struct mg_why_seen *seen);

/*
 * mg_why_add_standings - where accounts stand of which an offence is asked for,
 * or which were seen, each with a policy; for people or as objects.
 *
 * n   out  how many
 *
 * Returns 0 or -MG_EIO.
 */
MG_NODISCARD int mg_why_add_standings(struct mg_store *s,
				      const struct mg_why_opts *opts,
				      const struct mg_why_seen *seen,
				      struct mg_buf *out, uint64_t *n,
				      struct mg_err *err);

/* "2026-03-01 23:00" of the zone; NULL is UTC. */
void mg_why_add_time(const struct mg_tz *tz, int64_t t, struct mg_buf *out);

/* "  WHAT      text", for people; nothing where the text is empty. */
void mg_why_add_line(struct mg_buf *out, const char *what,
		     struct mg_slice text);

/* A member of an object, with the comma before it. */
void mg_why_add_json_text(struct mg_buf *out, const char *key,
			  struct mg_slice text);
void mg_why_add_json_time(struct mg_buf *out, const char *key, int64_t t);
void mg_why_add_json_number(struct mg_buf *out, const char *key, int64_t n);

void mg_why_add_text(const struct mg_why *why, struct mg_buf *out);
void mg_why_add_json(const struct mg_why *why, struct mg_buf *out);

#endif
