/* SPDX-License-Identifier: MIT */
/* The host that commands look at: paths below a root that is held. */
#include "file_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mailguard/file.h"
#include "mailguard/mem.h"

int mg_root_open(struct mg_root *root, const char *path, struct mg_err *err)
{
	const int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return mg_fail_errno(err, "cannot open host root '%s'", path);
	*root = (struct mg_root){ .fd = fd, .path = path };
	return 0;
}

void mg_root_close(struct mg_root *root)
{
	if (root)
		mg_file_close(&root->fd);
}

/* A path of the host relative to the root that is held. */
static const char *below_root(const char *path)
{
	while (*path == '/')
		path++;
	return *path ? path : ".";
}

int mg_root_read(const struct mg_root *root, const char *path,
		 struct mg_buf *out, struct mg_err *err)
{
	struct mg_file_info unused;

	return mg_root_read_info(root, path, out, &unused, err);
}

int mg_root_read_info(const struct mg_root *root, const char *path,
		      struct mg_buf *out, struct mg_file_info *info,
		      struct mg_err *err)
{
	struct mg_file_info found;
	int fd = openat(root->fd, below_root(path), MG_FILE_READ | O_NOFOLLOW);
	int rc;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 1;
	if (fd < 0)
		return mg_fail_errno(err, "cannot open '%s'", path);
	rc = mg_file_look_open(fd, path, &found, err);
	if (rc == 0)
		rc = mg_file_want_regular(path, &found, err);
	if (rc == 0)
		rc = mg_file_read_all(fd, path, out, err);
	if (rc == 0)
		*info = found;
	mg_file_close(&fd);
	return rc;
}

static int is_name(const struct dirent *e)
{
	return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int list_names(int fd, const char *path, struct mg_buf *out,
		      struct mg_err *err)
{
	struct dirent **names = NULL;
	const int n = scandirat(fd, ".", &names, is_name, by_bytes);

	if (n < 0)
		return mg_fail_errno(err, "cannot list '%s'", path);
	for (int i = 0; i < n; i++) {
		mg_buf_add(out, mg_slice_of(names[i]->d_name,
					    strlen(names[i]->d_name) + 1));
		mg_mem_free(names[i]);
	}
	mg_mem_free(names);
	return mg_buf_check(out, path, err);
}

int mg_root_list(const struct mg_root *root, const char *path,
		 struct mg_buf *out, struct mg_file_info *info,
		 struct mg_err *err)
{
	int fd = openat(root->fd, below_root(path),
			MG_FILE_READ | O_DIRECTORY | O_NOFOLLOW);
	int rc;

	if (fd < 0 && errno == ENOENT)
		return 1;
	if (fd < 0)
		return mg_fail_errno(err, "cannot open '%s'", path);
	rc = mg_file_look_open(fd, path, info, err);
	if (rc == 0)
		rc = list_names(fd, path, out, err);
	mg_file_close(&fd);
	return rc;
}

int mg_root_look(const struct mg_root *root, const char *path,
		 struct mg_file_info *info, struct mg_err *err)
{
	struct stat st;

	if (fstatat(root->fd, below_root(path), &st, AT_SYMLINK_NOFOLLOW) ==
	    0) {
		*info = mg_file_info_of(&st);
		return 0;
	}
	if (errno == ENOENT || errno == ENOTDIR)
		return 1;
	return mg_fail_errno(err, "cannot look at '%s'", path);
}

int64_t mg_root_born(const struct mg_root *root, const char *path)
{
	struct statx x;

	if (statx(root->fd, below_root(path), AT_SYMLINK_NOFOLLOW, STATX_BTIME,
		  &x) < 0 ||
	    !(x.stx_mask & STATX_BTIME))
		return 0;
	return x.stx_btime.tv_sec;
}

bool mg_root_has(const struct mg_root *root, const char *path)
{
	struct stat st;

	return fstatat(root->fd, below_root(path), &st, AT_SYMLINK_NOFOLLOW) ==
	       0;
}

int mg_root_readlink(const struct mg_root *root, const char *path,
		     struct mg_buf *out)
{
	char target[PATH_MAX];
	const ssize_t n = readlinkat(root->fd, below_root(path), target,
				     sizeof(target));

	if (n < 0)
		return 1;
	mg_buf_add(out, mg_slice_of(target, (size_t)n));
	return 0;
}
