/* SPDX-License-Identifier: MIT */
#include "mailguard/zone.h"

#define LOCALTIME "/etc/localtime"
#define PATH_BYTES_MAX 4096

/* Where the zone is read from: mostly /etc/localtime is a link. */
static int find_file(const struct mg_root *root, struct mg_buf *path,
		     struct mg_err *err)
{
	struct mg_buf target;

	mg_buf_init(&target, PATH_BYTES_MAX);
	if (mg_root_readlink(root, LOCALTIME, &target) != 0)
		mg_buf_add_str(path, LOCALTIME);
	else if (target.ptr[0] != '/')
		mg_buf_add_fmt(path, "/etc/%s", target.ptr);
	else
		mg_buf_add(path, mg_buf_slice(&target));
	mg_buf_release(&target);
	return mg_buf_check(path, "the path of the time zone", err);
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
