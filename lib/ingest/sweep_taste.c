/* SPDX-License-Identifier: MIT */
#include "sweep_priv.h"

/* The end of a file, copied without a look at it. */
static int copy_end(const char *path, int to, struct mg_file_info *info,
		    struct mg_err *err)
{
	char bytes[65536];
	int64_t at, got = 0;
	int fd = -1;
	int rc = mg_file_open_log(path, &fd, info, err);

	if (rc < 0)
		return rc;
	at = info->size_bytes > MG_TASTE_BYTES
		     ? info->size_bytes - MG_TASTE_BYTES
		     : 0;
	for (; rc == 0 && at < info->size_bytes; at += got) {
		got = mg_file_read_at(fd, bytes, sizeof(bytes), at, err);
		if (got <= 0)
			break;
		rc = mg_file_write_all(to, mg_slice_of(bytes, (size_t)got),
				       err);
	}
	mg_file_close(&fd);
	return got < 0 ? (int)got : rc;
}

int mg_sweep_taste(struct mg_sweep *s, const char *path,
		   struct mg_sweep_result *result, struct mg_err *err)
{
	struct mg_log log = { .path = path, .fd = -1, .is_piece = true };
	int64_t size;
	int rc = mg_file_make_scratch(&log.fd, err);

	*result = (struct mg_sweep_result){ .from = 0 };
	if (rc < 0)
		return rc;
	rc = copy_end(path, log.fd, &log.info, err);
	size = rc < 0 ? rc : mg_file_size(log.fd, err);
	log.info.size_bytes = size;
	rc = size < 0 ? (int)size : mg_log_read(s, &log, result, err);
	mg_file_close(&log.fd);
	return rc;
}
