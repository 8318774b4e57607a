/* SPDX-License-Identifier: MIT */
/*
 * unpack - what a compressed file holds, as a stream of bytes.
 *
 * Runs in the parser child, since what it reads may be made to break it:
 * memory is bounded by the formats' own limits below and by the jail, time by
 * the jail. It needs pread and memory, nothing else; no external program is
 * ever asked. Nothing of it is set up before a compressed file is met.
 */
#ifndef MAILGUARD_UNPACK_H
#define MAILGUARD_UNPACK_H

#include <stddef.h>
#include <stdint.h>

#include "mailguard/err.h"
#include "mailguard/slice.h"

enum mg_pack {
	MG_PACK_NONE, /* not compressed, or by nothing known here */
	MG_PACK_GZIP,
	MG_PACK_BZIP2,
	MG_PACK_XZ,
	MG_PACK_ZSTD,
};

/* Bytes at the start of a file that tell. */
#define MG_PACK_HEAD 6

/* What a file is packed with, by its first bytes; none can begin a log. */
enum mg_pack mg_pack_of(struct mg_slice head);

struct mg_unpack;

/*
 * mg_unpack_new - get ready to unpack a file from its start.
 *
 * out    out  the caller's (mg_unpack_free); on success only
 * fd     in   the file; borrowed until mg_unpack_free, its position unused
 *
 * Returns 0, or -MG_ELIMIT when there is no memory for it.
 */
MG_NODISCARD int mg_unpack_new(struct mg_unpack **out, enum mg_pack pack,
			       int fd, struct mg_err *err);

/*
 * mg_unpack_read - the next bytes of what is packed.
 *
 * Returns how many, 1..len; 0 at the end, when every checksum of the format
 * was right; or, with errno set, -MG_EIO when the file cannot be read, or
 * -MG_EPARSE: ENODATA for a file that ends early, EBADMSG for a damaged one.
 * What came before a fault may have been given out already, and is right as
 * far as the format can tell; after one nothing more comes.
 */
MG_NODISCARD int64_t mg_unpack_read(struct mg_unpack *u, void *to, size_t len,
				    struct mg_err *err);

/* Bytes of the file that were taken in so far; a fault lies before that. */
int64_t mg_unpack_at(const struct mg_unpack *u);

/* Accepts NULL. */
void mg_unpack_free(struct mg_unpack *u);

#endif
