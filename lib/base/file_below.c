/* SPDX-License-Identifier: MIT */
#include "mailguard/file_below.h"

#include "file_priv.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel asks to try again where a directory was moved meanwhile; somebody
   who goes on moving it is not waited for. */
#define TRIES_MAX 16

static int open_in_one(int dirfd, const char *path, enum mg_below how)
{
	static const uint64_t resolves[] = {
		[MG_BELOW_STRICT] = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
				    RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
		[MG_BELOW_AS_ROOT] = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	const struct open_how h = { .flags = MG_FILE_READ,
				    .resolve = resolves[how] };
	long fd = -1;

	for (int i = 0; i < TRIES_MAX; i++) {
		fd = syscall(SYS_openat2, dirfd, path, &h, sizeof(h));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return (int)fd;
}

/* One component; a link is an error, and so is what leads up. */
static int open_name(int dirfd, struct mg_slice name, int flags)
{
	char text[NAME_MAX + 1] = ".";

	if (name.len > NAME_MAX || mg_slice_is(name, MG_LIT(".."))) {
		errno = name.len > NAME_MAX ? ENAMETOOLONG : EXDEV;
		return -1;
	}
	memcpy(text, name.ptr, name.len);
	return openat(dirfd, text, flags | O_NOFOLLOW | O_CLOEXEC);
}

static bool is_elsewhere(int fd, int top)
{
	struct stat a, b;

	return fstat(fd, &a) < 0 || fstat(top, &b) < 0 || a.st_dev != b.st_dev;
}

int mg_file_walk_below(int dirfd, const char *path, enum mg_below how)
{
	struct mg_slice rest = mg_slice_str(path), name;
	bool is_last = false;
	int at = -1, next;

	while (!is_last) {
		is_last = !mg_slice_cut_at(&rest, '/', &name);
		if (is_last)
			name = rest;
		else if (name.len == 0)
			continue;
		next = open_name(at < 0 ? dirfd : at, name,
				 is_last ? MG_FILE_READ : O_PATH | O_DIRECTORY);
		mg_file_close(&at);
		if (next < 0)
			return -1;
		at = next;
		if (how == MG_BELOW_STRICT && is_elsewhere(at, dirfd)) {
			mg_file_close(&at);
			errno = EXDEV;
			return -1;
		}
	}
	return at;
}

int mg_file_open_below(int dirfd, const char *path, enum mg_below how, int *fd,
		       struct mg_file_info *info, struct mg_err *err)
{
	const char *shown = path;
	int rc;

	while (*path == '/')
		path++;
	if (!*path)
		path = ".";
	*fd = open_in_one(dirfd, path, how);
	/* Too old a kernel, or a container that forbids what it does not know.
	   The other way is no weaker, so being sent there gains nobody any
	   thing. */
	if (*fd < 0 && (errno == ENOSYS || errno == EPERM))
		*fd = mg_file_walk_below(dirfd, path, how);
	if (*fd < 0 && errno == ENOENT)
		return 1;
	if (*fd < 0)
		return mg_fail_errno(err, "cannot open '%s'", shown);
	rc = mg_file_look_open(*fd, shown, info, err);
	if (rc < 0)
		mg_file_close(fd);
	return rc;
}

int mg_file_look_at(int fd, struct mg_file_info *info)
{
	return mg_file_look_open(fd, "", info, NULL);
}

int mg_file_each_of(int fd, mg_file_name_fn fn, void *arg, struct mg_err *err)
{
	return mg_file_each_in(fdopendir(fd), "a directory", fn, arg, err);
}
