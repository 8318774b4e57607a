/* SPDX-License-Identifier: MIT */
#include "unpack_priv.h"

#include <errno.h>
#include <string.h>

/* Filters by what they take off; none of them starts a program. */
static int (*const filters[])(struct archive *) = {
	[MG_PACK_BZIP2] = archive_read_support_filter_bzip2,
	[MG_PACK_XZ] = archive_read_support_filter_xz,
	[MG_PACK_ZSTD] = archive_read_support_filter_zstd,
};

static la_ssize_t take(struct archive *a, void *arg, const void **bytes)
{
	struct mg_unpack *u = arg;
	const int64_t got = mg_unpack_take(u, NULL);

	*bytes = u->packed;
	if (got < 0) {
		u->read_errno = errno;
		archive_set_error(a, errno, "cannot read");
	}
	return (la_ssize_t)(got < 0 ? ARCHIVE_FATAL : got);
}

int mg_unpack_archive_init(struct mg_unpack *u, struct mg_err *err)
{
	struct archive *a = archive_read_new();

	u->archive = a;
	/* "raw" is a stream without names; one of nothing is "empty". */
	if (!a || archive_read_support_format_raw(a) != ARCHIVE_OK ||
	    archive_read_support_format_empty(a) != ARCHIVE_OK ||
	    filters[u->pack](a) != ARCHIVE_OK ||
	    archive_read_set_read_callback(a, take) != ARCHIVE_OK ||
	    archive_read_set_callback_data(a, u) != ARCHIVE_OK)
		return mg_fail(err, MG_ELIMIT, "no memory to unpack a log");
	return 0;
}

/*
 * libarchive says that data end early in words only, each format in its own
 * (3.6, 3.7). Other words only make another message of ours.
 */
static int fault(struct archive *a)
{
	static const char *const words[] = { "runcated", "No progress" };
	const char *text = archive_error_string(a);

	for (size_t i = 0; text && i < sizeof(words) / sizeof(*words); i++)
		if (strstr(text, words[i]))
			return ENODATA;
	return EBADMSG;
}

static int64_t fail(struct mg_unpack *u, struct mg_err *err)
{
	if (u->read_errno) {
		errno = u->read_errno;
		return mg_fail_errno(err, "cannot read a compressed log");
	}
	return mg_unpack_fail(u, fault(u->archive), err);
}

/* The stream begins with the first bytes that are asked for. */
static int begin(struct mg_unpack *u)
{
	struct archive_entry *entry;
	int rc = archive_read_open1(u->archive);

	if (rc == ARCHIVE_OK)
		rc = archive_read_next_header(u->archive, &entry);
	u->in_member = true;
	return rc;
}

/* A block of what is packed; copied out by the caller piece by piece. */
static int64_t next_block(struct mg_unpack *u, struct mg_err *err)
{
	const void *block = NULL;
	la_int64_t offset;
	int rc = u->in_member ? ARCHIVE_OK : begin(u);

	while (rc == ARCHIVE_OK && u->n_block == 0) {
		rc = archive_read_data_block(u->archive, &block, &u->n_block,
					     &offset);
		u->block = block;
	}
	if (rc == ARCHIVE_EOF) {
		u->is_over = true;
		return 0;
	}
	return rc == ARCHIVE_OK ? 1 : fail(u, err);
}

int64_t mg_unpack_archive_read(struct mg_unpack *u, void *to, size_t len,
			       struct mg_err *err)
{
	if (u->n_block == 0) {
		const int64_t rc = next_block(u, err);

		if (rc <= 0)
			return rc;
	}
	if (len > u->n_block)
		len = u->n_block;
	memcpy(to, u->block, len);
	u->block += len;
	u->n_block -= len;
	return (int64_t)len;
}
