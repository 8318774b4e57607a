/* SPDX-License-Identifier: MIT */
/*
 * backend_postfix_held - mail on hold: whose it is, and since when.
 */
#ifndef MG_BACKEND_POSTFIX_HELD_H
#define MG_BACKEND_POSTFIX_HELD_H

#include "backend_postfix.h"

#include "mailguard/arena.h"

/* Somebody whose mail is held, or was until then. */
struct mg_postfix_subject {
	struct mg_slice key;
	int64_t since, until, pace;
	int64_t from; /* since when messages have been due */
	int64_t due;  /* now */
	int64_t until_was;
	struct mg_slice was; /* its row; empty: it has none */
	bool in_force, has_mail;
};

struct mg_postfix_message {
	struct mg_slice id, key; /* key: as in its row; ptr NULL: not known */
	int64_t arrived;
	bool has_row, is_queued, is_released;
};

struct mg_postfix_held {
	const struct mg_postfix_files *p;
	struct mg_postfix_subject *subjects; /* owned */
	size_t n_subjects, cap_subjects;
	struct mg_postfix_message *messages; /* owned; by arrival once they are
						read */
	size_t n_messages, cap_messages;
	size_t n_known; /* of them, which were there before; by id at first */
	struct mg_arena text;
};

/* The one of a key, or NULL. */
struct mg_postfix_subject *mg_postfix_held_subject(struct mg_postfix_held *h,
						   struct mg_slice key);

struct mg_postfix_subject *
mg_postfix_held_add_subject(struct mg_postfix_held *h, struct mg_slice key);

struct mg_postfix_message *
mg_postfix_held_add_message(struct mg_postfix_held *h, struct mg_slice id);

/* Whether a message is one that was held for somebody; s may be NULL. */
bool mg_postfix_held_for(const struct mg_postfix_subject *s,
			 const struct mg_postfix_message *m);

void mg_postfix_held_release(struct mg_postfix_held *h);

/* What is known of the last time. Returns 0 or -MG_EIO. */
MG_NODISCARD int mg_postfix_held_recall(struct mg_postfix_held *h,
					struct mg_err *err);

/* And what is known now, for the next. Returns 0 or -MG_EIO. */
MG_NODISCARD int mg_postfix_held_remember(const struct mg_postfix_held *h,
					  struct mg_err *err);

/*
 * mg_postfix_held_list - what is on hold now, marked is_queued; all by arrival.
 *
 * Returns 0, a failure, or the status of a postqueue that would not say.
 */
MG_NODISCARD int mg_postfix_held_list(struct mg_postfix_held *h,
				      struct mg_err *err);

/*
 * mg_postfix_held_know - finds whose the oldest messages are that are not known
 * yet, from their queue files; a message that is gone is nobody's.
 *
 * all   out  false: there were more than are looked at in one go
 *
 * Returns 0 or a failure.
 */
MG_NODISCARD int mg_postfix_held_know(struct mg_postfix_held *h, bool *all,
				      struct mg_err *err);

#endif
