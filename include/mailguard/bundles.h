/* SPDX-License-Identifier: MIT */
/*
 * bundles - what the ledger says of evidence bundles: that one was made, with
 * its hash, that it was taken away when its time was over, that a person keeps
 * it beyond that.
 *
 * The bundles themselves are files (shelf.h). Calls that add run inside a
 * transaction of the store.
 */
#ifndef MAILGUARD_BUNDLES_H
#define MAILGUARD_BUNDLES_H

#include <stdint.h>

#include "mailguard/err.h"
#include "mailguard/sha256.h"
#include "mailguard/slice.h"
#include "mailguard/store.h"

/* What became of a bundle. The numbers stand in the file. */
enum mg_bundle_event {
	MG_BUNDLE_MADE = 1,
	MG_BUNDLE_EXPIRED = 2,  /* its file was removed */
	MG_BUNDLE_HELD = 3,     /* it stays until it is released */
	MG_BUNDLE_RELEASED = 4, /* from now on it expires as others do */
};

extern const char *const mg_bundle_words[]; /* by the numbers; [0] is "" */

struct mg_bundle {
	int64_t seq;     /* row of the ledger; set when it is read */
	int64_t made_at; /* Unix seconds; likewise */
	enum mg_bundle_event event;
	struct mg_slice name; /* of its file, without folder and endings */
	unsigned char sha256[MG_SHA256_LEN]; /* of that file */
	int64_t n_bytes;                     /* likewise */
	struct mg_slice per, subject;        /* "mailbox", its name */
	struct mg_slice act;    /* the id of what it was made for; or empty */
	struct mg_slice by;     /* "policy", or who typed it */
	struct mg_slice reason; /* in words; may be empty */
};

/* Adds a row. Returns 0 or -MG_EIO. */
MG_NODISCARD int mg_bundles_add(struct mg_store *s, int64_t made_at,
				const struct mg_bundle *bundle,
				struct mg_err *err);

/* Slices of the bundle stand for the call. Ends early with what is not 0. */
typedef int (*mg_bundle_fn)(void *arg, const struct mg_bundle *bundle);

/* All rows by number. Returns 0, what fn returned, or -MG_EIO. */
MG_NODISCARD int mg_bundles_each(struct mg_store *s, mg_bundle_fn fn, void *arg,
				 struct mg_err *err);

#endif
