/* SPDX-License-Identifier: MIT */
#include "unpack_priv.h"

#include <errno.h>

/* zlib: the largest window, and the header and trailer of gzip (RFC 1952). */
#define GZIP_BITS (MAX_WBITS + 16)

int mg_unpack_gzip_init(struct mg_unpack *u, struct mg_err *err)
{
	u->in_member = true;
	if (inflateInit2(&u->gzip, GZIP_BITS) != Z_OK)
		return mg_fail(err, MG_ELIMIT, "no memory to unpack a log");
	return 0;
}

/* More of the file. Returns 1, 0 at its end, or a negative code. */
static int take(struct mg_unpack *u, struct mg_err *err)
{
	const int64_t got = mg_unpack_take(u, err);

	if (got <= 0)
		return (int)got;
	u->gzip.next_in = u->packed;
	u->gzip.avail_in = (uInt)got;
	return 1;
}

/*
 * Between members: the next one, or zeros to fill a block of a tape, or the
 * end. Returns 1 for another member, 0 for the end, or a negative code.
 */
static int next_member(struct mg_unpack *u, struct mg_err *err)
{
	int rc = 1;

	for (;;) {
		if (u->gzip.avail_in == 0)
			rc = take(u, err);
		if (rc <= 0)
			return rc;
		if (*u->gzip.next_in)
			break;
		u->gzip.next_in++;
		u->gzip.avail_in--;
	}
	if (*u->gzip.next_in != 0x1f)
		return (int)mg_unpack_fail(u, EBADMSG, err);
	(void)inflateReset(&u->gzip); /* fails for a broken stream only */
	u->in_member = true;
	return 1;
}

/* Returns 1 to go on, 0 at the end of the file, or a negative code. */
static int step(struct mg_unpack *u, struct mg_err *err)
{
	int rc = 1;

	if (!u->in_member)
		return next_member(u, err);
	if (u->gzip.avail_in == 0)
		rc = take(u, err);
	if (rc < 0)
		return rc;
	if (rc == 0)
		return (int)mg_unpack_fail(u, ENODATA, err);
	rc = inflate(&u->gzip, Z_NO_FLUSH);
	if (rc == Z_STREAM_END)
		u->in_member = false; /* length and checksum were right */
	else if (rc != Z_OK && rc != Z_BUF_ERROR)
		return (int)mg_unpack_fail(u, EBADMSG, err);
	return 1;
}

int64_t mg_unpack_gzip_read(struct mg_unpack *u, void *to, size_t len,
			    struct mg_err *err)
{
	int rc = 1;

	if (len > UINT32_MAX)
		len = UINT32_MAX;
	u->gzip.next_out = to;
	u->gzip.avail_out = (uInt)len;
	while (rc == 1 && u->gzip.avail_out == len)
		rc = step(u, err);
	if (rc == 0)
		u->is_over = true;
	/* What came out before a fault is given out before it. */
	return u->gzip.avail_out < len ? (int64_t)(len - u->gzip.avail_out)
				       : rc;
}
