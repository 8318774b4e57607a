/* SPDX-License-Identifier: MIT */
/*
 * unpack_priv - what the two ways of unpacking share.
 *
 * gzip goes through zlib itself: the libarchive of Debian 12 (3.6.2) passes
 * over the checksum of gzip, so that a damaged log would be counted in
 * silence. Everything else goes through libarchive.
 */
#ifndef MG_UNPACK_PRIV_H
#define MG_UNPACK_PRIV_H

#include <stdbool.h>
#include <zlib.h>

#include <archive.h>

#include "mailguard/unpack.h"

struct mg_unpack {
	enum mg_pack pack;
	int fd;
	int64_t at;   /* byte of the file behind what was taken in */
	bool is_over; /* nothing more comes */
	int fault;    /* why not; 0 for the end of the file */
	z_stream gzip;
	bool in_member; /* of gzip, which may have several in a row */
	struct archive *archive;
	int read_errno;    /* of archive's callback; 0 for none */
	const char *block; /* of archive; bytes that were not given out yet */
	size_t n_block;
	unsigned char packed[65536];
};

/* More of the file into packed. Returns bytes, 0 at the end, or -MG_EIO. */
int64_t mg_unpack_take(struct mg_unpack *u, struct mg_err *err);

/* Ends it for good; number is ENODATA or EBADMSG. Returns -MG_EPARSE. */
int64_t mg_unpack_fail(struct mg_unpack *u, int number, struct mg_err *err);

int mg_unpack_gzip_init(struct mg_unpack *u, struct mg_err *err);
int64_t mg_unpack_gzip_read(struct mg_unpack *u, void *to, size_t len,
			    struct mg_err *err);

int mg_unpack_archive_init(struct mg_unpack *u, struct mg_err *err);
int64_t mg_unpack_archive_read(struct mg_unpack *u, void *to, size_t len,
			       struct mg_err *err);

#endif
