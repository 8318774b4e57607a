/* SPDX-License-Identifier: MIT */
/*
 * shelf - where sealed bundles of evidence stand, and the key that seals them:
 * below the state directory, of root alone.
 *
 *     evidence/NAME.tar.gz, evidence/NAME.tar.gz.minisig
 *     evidence.key, evidence.pub
 */
#ifndef MAILGUARD_SHELF_H
#define MAILGUARD_SHELF_H

#include <limits.h>
#include <stdbool.h>

#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/seal.h"
#include "mailguard/sha256.h"
#include "mailguard/slice.h"

/* Behind the path of a bundle. */
#define MG_SHELF_SIGNATURE ".minisig"

/* The path of a bundle of a name. Returns 0 or -MG_ELIMIT. */
MG_NODISCARD int mg_shelf_path(const char *state, const char *name,
			       char out[PATH_MAX], struct mg_err *err);

/*
 * mg_shelf_keygen - make the pair of keys.
 *
 * force   in   also where there is one: bundles that it sealed can then be
 *              verified only by who kept its public key
 *
 * Returns 0; -MG_EUSAGE where there is one; -MG_EIO.
 */
MG_NODISCARD int mg_shelf_keygen(const char *state, bool force,
				 struct mg_seal_public *out,
				 struct mg_err *err);

/* The public key of a state. Returns 0; -MG_ECONF where there is none; ... */
MG_NODISCARD int mg_shelf_public(const char *state, struct mg_seal_public *out,
				 struct mg_err *err);

/*
 * mg_shelf_derive - a key for one purpose and one bundle, which says nothing of
 * the key that seals and is known only to who has that.
 *
 * Returns 0; -MG_ECONF where there is none, or others can reach it; -MG_EIO.
 */
MG_NODISCARD int mg_shelf_derive(const char *state, const char *purpose,
				 struct mg_slice name,
				 unsigned char out[MG_SHA256_LEN],
				 struct mg_err *err);

/*
 * mg_shelf_put - seal a bundle and put it on the shelf, which is made where it
 * is missing; the key, too.
 *
 * bytes    in   of the archive
 * sha256   out  of it
 *
 * The signature is there before the bundle is, so a bundle is never without.
 * Returns 0, -MG_ECONF for a shelf or a key that others can reach, -MG_EIO.
 */
MG_NODISCARD int mg_shelf_put(const char *state, const char *name,
			      struct mg_slice bytes,
			      unsigned char sha256[MG_SHA256_LEN],
			      struct mg_err *err);

/* Removes a bundle with its signature; gone already is fine. */
MG_NODISCARD int mg_shelf_remove(const char *state, const char *name,
				 struct mg_err *err);

/*
 * mg_shelf_tidy - remove what writers that were killed have left in the state
 * directory and on the shelf: temporary files, signatures of nothing. Bundles
 * stay. The caller holds the lock, so that nobody writes there.
 *
 * Returns 0 or -MG_EIO.
 */
MG_NODISCARD int mg_shelf_tidy(const char *state, struct mg_err *err);

/* What a verified bundle is. */
struct mg_shelf_proof {
	unsigned char sha256[MG_SHA256_LEN]; /* of the archive */
	size_t n_bytes, n_files;
	char key[MG_SEAL_ID_MAX];
};

/*
 * mg_shelf_verify - whether a bundle is as it was sealed, and holds what its
 * manifest says.
 *
 * path      in   of the archive; its signature lies beside it
 * archive   out  initialised by the caller; its bytes, which nobody reads
 *                before the signature was found right
 *
 * Returns 0; -MG_EFOUND where it is not, in words; -MG_EPARSE, -MG_EIO,
 * -MG_ELIMIT.
 */
MG_NODISCARD int mg_shelf_verify(const char *path,
				 const struct mg_seal_public *key,
				 struct mg_buf *archive,
				 struct mg_shelf_proof *out,
				 struct mg_err *err);

/* A whole file as typed, of at most the bytes that the buffer takes. */
MG_NODISCARD int mg_shelf_read(const char *path, struct mg_buf *out,
			       struct mg_err *err);

#endif
