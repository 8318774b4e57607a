/* SPDX-License-Identifier: MIT */
#include "mailguard/tar.h"

#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "mailguard/buf.h"
#include "mailguard/file.h"
#include "mailguard/mem.h"

struct mg_tar {
	struct archive *archive; /* owned */
	int64_t mtime;
	int fd;
	struct mg_err err; /* of a write */
};

/*
 * What the writer of tar says of a file that tar cannot hold. libarchive's own
 * stands beside the list of all its formats, and would link every one of them,
 * with libxml2 and a library of ciphers. Only regular files are written here,
 * so nobody calls it.
 */
void __archive_write_entry_filetype_unsupported(struct archive *a,
						struct archive_entry *e,
						const char *format);

void __archive_write_entry_filetype_unsupported(struct archive *a,
						struct archive_entry *e,
						const char *format)
{
	(void)e;
	archive_set_error(a, -1, "%s holds regular files only", format);
}

/* libarchive's words for what went wrong, or ours where it was the disk. */
static int fail(struct mg_tar *t, struct mg_err *err)
{
	const char *text = archive_error_string(t->archive);

	if (t->err.code)
		return mg_fail(err, MG_EIO, "%s", t->err.text);
	return mg_fail(err, MG_EIO, "cannot write an archive: %s",
		       text ? text : "no reason was given");
}

static la_ssize_t write_some(struct archive *a, void *arg, const void *bytes,
			     size_t len)
{
	struct mg_tar *t = arg;

	(void)a;
	if (mg_file_write_all(t->fd, mg_slice_of(bytes, len), &t->err) < 0)
		return -1;
	return (la_ssize_t)len;
}

/* Neither the time nor padding after the end, which say nothing. */
static bool set_up(struct mg_tar *t)
{
	struct archive *a = t->archive;

	return a && archive_write_set_format_pax_restricted(a) == ARCHIVE_OK &&
	       archive_write_add_filter_gzip(a) == ARCHIVE_OK &&
	       archive_write_set_filter_option(a, "gzip", "timestamp", NULL) ==
		       ARCHIVE_OK &&
	       archive_write_set_bytes_in_last_block(a, 1) == ARCHIVE_OK &&
	       archive_write_open(a, t, NULL, write_some, NULL) == ARCHIVE_OK;
}

int mg_tar_begin(struct mg_tar **out, int fd, int64_t mtime, struct mg_err *err)
{
	struct mg_tar *t = mg_mem_zalloc(1, sizeof(*t));

	t->archive = archive_write_new();
	t->mtime = mtime;
	t->fd = fd;
	if (!set_up(t)) {
		(void)archive_write_free(t->archive);
		mg_mem_free(t);
		return mg_fail(err, MG_ELIMIT, "no memory for an archive");
	}
	*out = t;
	return 0;
}

int mg_tar_add(struct mg_tar *t, const char *name, struct mg_slice bytes,
	       struct mg_err *err)
{
	struct archive_entry *e = archive_entry_new();
	int rc = 0;

	if (!e)
		return mg_fail(err, MG_EIO, "no memory for an archive");
	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_size(e, (la_int64_t)bytes.len);
	archive_entry_set_mtime(e, t->mtime, 0);
	if (archive_write_header(t->archive, e) != ARCHIVE_OK ||
	    archive_write_data(t->archive, bytes.ptr, bytes.len) !=
		    (la_ssize_t)bytes.len)
		rc = fail(t, err);
	archive_entry_free(e);
	return rc;
}

int mg_tar_end(struct mg_tar *t, struct mg_err *err)
{
	int rc = 0;

	if (!t)
		return 0;
	if (archive_write_close(t->archive) != ARCHIVE_OK)
		rc = fail(t, err);
	(void)archive_write_free(t->archive);
	mg_mem_free(t);
	return rc;
}

static int read_member(struct archive *a, struct mg_buf *out,
		       struct mg_err *err)
{
	char bytes[16384];
	la_ssize_t n;

	mg_buf_clear(out);
	while ((n = archive_read_data(a, bytes, sizeof(bytes))) > 0) {
		mg_buf_add(out, mg_slice_of(bytes, (size_t)n));
		if (out->truncated)
			return mg_buf_check(out, "a file of an archive", err);
	}
	if (n < 0)
		return mg_fail(err, MG_EPARSE, "a file of the archive is torn");
	return 0;
}

static int each(struct archive *a, struct mg_buf *bytes, mg_tar_fn fn,
		void *arg, struct mg_err *err)
{
	struct archive_entry *e;
	int rc;

	while ((rc = archive_read_next_header(a, &e)) == ARCHIVE_OK) {
		const char *name = archive_entry_pathname(e);

		if (!name || archive_entry_filetype(e) != AE_IFREG ||
		    archive_entry_hardlink(e))
			return mg_fail(err, MG_EPARSE,
				       "the archive holds something that is no "
				       "regular file");
		rc = read_member(a, bytes, err);
		if (rc == 0)
			rc = fn(arg, name, mg_buf_slice(bytes));
		if (rc)
			return rc;
	}
	return rc == ARCHIVE_EOF
		       ? 0
		       : mg_fail(err, MG_EPARSE, "this is no such archive");
}

int mg_tar_each(struct mg_slice archive, size_t max, mg_tar_fn fn, void *arg,
		struct mg_err *err)
{
	struct archive *a = archive_read_new();
	struct mg_buf bytes;
	int rc;

	mg_buf_init(&bytes, max);
	if (!a || archive_read_support_filter_gzip(a) != ARCHIVE_OK ||
	    archive_read_support_format_tar(a) != ARCHIVE_OK)
		rc = mg_fail(err, MG_ELIMIT, "no memory for an archive");
	else if (archive_read_open_memory(a, archive.ptr, archive.len) !=
		 ARCHIVE_OK)
		rc = mg_fail(err, MG_EPARSE, "this is no such archive");
	else
		rc = each(a, &bytes, fn, arg, err);
	(void)archive_read_free(a);
	mg_buf_release(&bytes);
	return rc;
}
