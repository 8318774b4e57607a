/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a compressed log: whatever sizes are asked for, the same comes
 * out up to a fault, and it ends the same way. And any bytes packed by gzip, then cut off or
 * changed in one place: what comes out is a part of them, and all of it only
 * where nothing was amiss.
 */
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "mailguard/unpack.h"

#define OUT_MAX (4U << 20) /* a bomb is read up to here */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What came out of a file, and how that ended. */
struct outcome {
	char *bytes;
	size_t n;
	int64_t last; /* what the last read returned */
	int number;   /* its errno */
	int64_t at;
};

static int fd = -1;

static void set_file(const void *bytes, size_t n)
{
	if (fd < 0)
		fd = memfd_create("packed", 0);
	assert(fd >= 0 && ftruncate(fd, 0) == 0);
	assert(pwrite(fd, bytes, n, 0) == (ssize_t)n);
}

static struct outcome unpack(enum mg_pack pack, size_t piece, char *to)
{
	struct outcome o = { .bytes = to };
	struct mg_unpack *u = NULL;
	struct mg_err err;

	assert(mg_unpack_new(&u, pack, fd, &err) == 0);
	do {
		const size_t room = OUT_MAX - o.n;

		errno = 0;
		o.last = mg_unpack_read(u, o.bytes + o.n,
					piece < room ? piece : room, &err);
		o.number = errno;
		if (o.last > 0)
			o.n += (size_t)o.last;
	} while (o.last > 0 && o.n < OUT_MAX);
	o.at = mg_unpack_at(u);
	if (o.last < 0) {
		assert(o.number == ENODATA || o.number == EBADMSG);
		assert(mg_unpack_read(u, o.bytes, 1, &err) < 0);
	}
	mg_unpack_free(u);
	return o;
}

static void try_any(const uint8_t *data, size_t size, enum mg_pack pack)
{
	static char one[OUT_MAX], two[OUT_MAX];
	struct outcome a, b;

	set_file(data, size);
	a = unpack(pack, 65536, one);
	b = unpack(pack, 1 + data[size - 1] * 7U, two);
	/* How much comes out before a fault depends on how it is asked for. */
	assert(!memcmp(a.bytes, b.bytes, a.n < b.n ? a.n : b.n));
	if (a.n < OUT_MAX && b.n < OUT_MAX) {
		assert(a.last == b.last && (a.last < 0 || a.n == b.n));
		assert(a.at <= (int64_t)size && b.at <= (int64_t)size);
	}
}

/* Packs data; returns how many bytes it takes. */
static size_t pack_gzip(const uint8_t *data, size_t size, uint8_t *to,
			size_t room)
{
	z_stream z = { 0 };

	assert(deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8,
			    Z_DEFAULT_STRATEGY) == Z_OK);
	z.next_in = (Bytef *)(uintptr_t)data;
	z.avail_in = (uInt)size;
	z.next_out = to;
	z.avail_out = (uInt)room;
	assert(deflate(&z, Z_FINISH) == Z_STREAM_END);
	assert(deflateEnd(&z) == Z_OK);
	return room - z.avail_out;
}

/* The first three bytes say what goes wrong. */
static void try_gzip(const uint8_t *data, size_t size)
{
	static char out[OUT_MAX];
	const unsigned what = data[0] % 3;
	const size_t where = data[1] * 256U + data[2];
	const size_t room = size + size / 8 + 1024;
	uint8_t *packed = malloc(room);
	struct outcome o;
	size_t n;

	assert(packed);
	data += 3;
	size -= 3;
	n = pack_gzip(data, size, packed, room);
	if (what == 1)
		packed[where % n] ^= (uint8_t)(1 + data[-3] / 3);
	set_file(packed, what == 2 ? where % n : n);
	o = unpack(MG_PACK_GZIP, 1 + where, out);
	if (what != 1)
		assert(o.n <= size && !memcmp(o.bytes, data, o.n));
	if (what == 2)
		assert(o.last < 0 && o.number == ENODATA);
	else if (what == 0 || o.last == 0)
		assert(o.last == 0 && o.n == size &&
		       !memcmp(o.bytes, data, size));
	free(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mg_slice magic[] = {
		[MG_PACK_GZIP] = MG_LIT_INIT("\x1f\x8b"),
		[MG_PACK_BZIP2] = MG_LIT_INIT("BZh"),
		[MG_PACK_XZ] = MG_LIT_INIT("\xfd"
					   "7zXZ"),
		[MG_PACK_ZSTD] = MG_LIT_INIT("\x28\xb5\x2f\xfd"),
	};
	const enum mg_pack pack =
		mg_pack_of(mg_slice_of((const char *)data, size));
	uint8_t *made;

	if (size < 4 || size > OUT_MAX / 2)
		return 0;
	if (pack != MG_PACK_NONE) {
		try_any(data, size, pack);
		return 0;
	}
	try_gzip(data, size);
	/* Behind each packer's magic, which is hard to come by. */
	made = malloc(size + 8);
	assert(made);
	for (unsigned i = MG_PACK_GZIP; i <= MG_PACK_ZSTD; i++) {
		memcpy(made, magic[i].ptr, magic[i].len);
		memcpy(made + magic[i].len, data, size);
		try_any(made, magic[i].len + size, (enum mg_pack)i);
	}
	free(made);
	return 0;
}
