/* SPDX-License-Identifier: MIT */
/*
 * queue - what lies in the queue of a mail server, and whose it is.
 *
 * What its tools print of that is full of what strangers chose: senders,
 * recipients, headers. No process with privilege parses it; a jailed child does
 * (ask.h), in the words of the server, and says ids, times, and numbers of a
 * list that it was given. All of that is checked here.
 */
#ifndef MAILGUARD_QUEUE_H
#define MAILGUARD_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/force.h"
#include "mailguard/priv.h"
#include "mailguard/slice.h"

#define MG_QUEUE_ID_MAX 32   /* bytes of a queue id, terminated */
#define MG_QUEUE_KEY_MAX 272 /* bytes of a key, terminated */
#define MG_QUEUE_TEXTS 2     /* that are printed of one message, at most */
#define MG_QUEUE_NOBODY UINT32_MAX
#define MG_QUEUE_MAX (64 << 20) /* bytes that a queue's listing may have */

struct mg_queued {
	char id[MG_QUEUE_ID_MAX]; /* letters, digits and "-", terminated */
	int64_t arrived;          /* Unix seconds, not before 1970 */
};

/* What is printed of one message; borrowed. */
struct mg_queue_texts {
	struct mg_slice of[MG_QUEUE_TEXTS];
};

/* Whose keys a message has, by their number in the list; or
   MG_QUEUE_NOBODY. */
struct mg_queue_owner {
	uint32_t own;    /* of the system user, or of the login */
	uint32_t domain; /* of the login's domain */
};

/* How a mail server prints its queue. Only a child calls these; none may keep a
   state or ask for memory beyond its own. */
struct mg_queue_words {
	/* Whether a line of the listing is a message that is meant. */
	bool (*message)(struct mg_slice line, struct mg_queued *out);
	/* Who handed it in: a key UID with its uid, or LOGIN with its name. */
	bool (*sender)(const struct mg_queue_texts *texts,
		       struct mg_force_entry *out);
	/* The text of a key, in lower case where its name is. */
	void (*key)(const struct mg_force_entry *entry,
		    char out[MG_QUEUE_KEY_MAX]);
};

/*
 * mg_queue_list - the messages of a listing.
 *
 * out   out  initialised by the caller with the most bytes it may take; on
 *            success an array of struct mg_queued, in the order of the listing
 *
 * Returns 0; -MG_EPARSE where the child says what cannot be; else as mg_ask.
 */
MG_NODISCARD int mg_queue_list(const struct mg_queue_words *words,
			       const struct mg_jail *jail,
			       struct mg_slice listing, struct mg_buf *out,
			       struct mg_err *err);

/*
 * mg_queue_owners - whose messages are.
 *
 * texts   in   of n messages
 * keys    in   texts of the keys that are asked for
 * out     out  initialised by the caller; on success an array of n struct
 *              mg_queue_owner
 *
 * Returns as mg_queue_list.
 */
MG_NODISCARD int mg_queue_owners(const struct mg_queue_words *words,
				 const struct mg_jail *jail,
				 const struct mg_queue_texts *texts, size_t n,
				 const struct mg_slice *keys, size_t n_keys,
				 struct mg_buf *out, struct mg_err *err);

#endif
