/* SPDX-License-Identifier: MIT */
#include "unpack_priv.h"

#include <errno.h>

#include "mailguard/file.h"
#include "mailguard/mem.h"

/* How compressed files begin (file(1)). */
static const struct {
	struct mg_slice magic;
	enum mg_pack pack;
} packers[] = {
	{ MG_LIT_INIT("\x1f\x8b"), MG_PACK_GZIP },
	{ MG_LIT_INIT("BZh"), MG_PACK_BZIP2 },
	{ MG_LIT_INIT("\xfd"
		      "7zXZ"),
	  MG_PACK_XZ },
	{ MG_LIT_INIT("\x28\xb5\x2f\xfd"), MG_PACK_ZSTD },
};

enum mg_pack mg_pack_of(struct mg_slice head)
{
	for (size_t i = 0; i < sizeof(packers) / sizeof(*packers); i++)
		if (mg_slice_has_prefix(head, packers[i].magic))
			return packers[i].pack;
	return MG_PACK_NONE;
}

int64_t mg_unpack_take(struct mg_unpack *u, struct mg_err *err)
{
	const int64_t got = mg_file_read_at(u->fd, u->packed, sizeof(u->packed),
					    u->at, err);

	if (got > 0)
		u->at += got;
	return got;
}

int64_t mg_unpack_fail(struct mg_unpack *u, int number, struct mg_err *err)
{
	const int rc = mg_fail(err, MG_EPARSE, "the compressed data %s",
			       number == ENODATA ? "end early" : "are damaged");

	u->is_over = true;
	u->fault = number;
	errno = number; /* for whoever can pass on no more than a number */
	return rc;
}

int mg_unpack_new(struct mg_unpack **out, enum mg_pack pack, int fd,
		  struct mg_err *err)
{
	struct mg_unpack *u = mg_mem_zalloc(1, sizeof(*u));
	int rc;

	u->fd = fd;
	u->pack = pack;
	rc = pack == MG_PACK_GZIP ? mg_unpack_gzip_init(u, err)
				  : mg_unpack_archive_init(u, err);
	if (rc < 0) {
		mg_unpack_free(u);
		return rc;
	}
	*out = u;
	return 0;
}

int64_t mg_unpack_read(struct mg_unpack *u, void *to, size_t len,
		       struct mg_err *err)
{
	if (u->fault)
		return mg_unpack_fail(u, u->fault, err);
	if (u->is_over || len == 0)
		return 0;
	return u->pack == MG_PACK_GZIP
		       ? mg_unpack_gzip_read(u, to, len, err)
		       : mg_unpack_archive_read(u, to, len, err);
}

int64_t mg_unpack_at(const struct mg_unpack *u)
{
	return u->at;
}

void mg_unpack_free(struct mg_unpack *u)
{
	if (!u)
		return;
	if (u->pack == MG_PACK_GZIP)
		(void)inflateEnd(&u->gzip);
	else
		(void)archive_read_free(u->archive); /* accepts NULL */
	mg_mem_free(u);
}
