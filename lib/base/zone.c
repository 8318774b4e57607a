/* SPDX-License-Identifier: MIT */
#include "mailguard/zone.h"

#define LOCALTIME "/etc/localtime"
#define PATH_BYTES_MAX 4096
#define LINKS_MAX 8 /* more is a loop */

/* Where a link leads: from its own directory, or from the host's root. */
static void join(struct mg_buf *path, struct mg_slice target)
{
	const struct mg_slice old = mg_buf_slice(path);

	if (target.len && target.ptr[0] == '/')
		mg_buf_clear(path);
	else
		path->len = mg_slice_rfind(old, '/') + 1;
	mg_buf_add(path, target);
}

/*
 * The file that /etc/localtime stands for. Mostly it is a link into the zone
 * database, where many names are links themselves (US/Eastern). Each link is
 * followed here, so that none leads out of the host's root.
 */
static int find_file(const struct mg_root *root, struct mg_buf *path,
		     struct mg_err *err)
{
	struct mg_buf target;
	int n_links = 0, rc = 0;

	mg_buf_init(&target, PATH_BYTES_MAX);
	mg_buf_add_str(path, LOCALTIME);
	while (rc == 0 && mg_root_readlink(root, path->ptr, &target) == 0) {
		if (++n_links > LINKS_MAX)
			rc = mg_fail(err, MG_EIO,
				     "'" LOCALTIME "' leads through too many "
				     "links");
		join(path, mg_buf_slice(&target));
		mg_buf_clear(&target);
	}
	mg_buf_release(&target);
	return rc < 0 ? rc
		      : mg_buf_check(path, "the path of the time zone", err);
}

int mg_zone_load(const struct mg_root *root, struct mg_tz *tz,
		 struct mg_err *err)
{
	struct mg_buf path, data;
	int rc;

	mg_buf_init(&path, PATH_BYTES_MAX);
	mg_buf_init(&data, MG_TZ_FILE_MAX);
	rc = find_file(root, &path, err);
	if (rc < 0)
		goto out;
	rc = mg_root_read(root, path.ptr, &data, err);
	if (rc == 1) {
		memset(tz, 0, sizeof(*tz)); /* UTC */
		rc = 0;
		goto out;
	}
	if (rc == 0)
		rc = mg_tz_parse(mg_buf_slice(&data), tz, err);
	if (rc < 0)
		mg_err_prefix(err, "time zone '%s'", path.ptr);
out:
	mg_buf_release(&data);
	mg_buf_release(&path);
	return rc;
}
