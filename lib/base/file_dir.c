/* SPDX-License-Identifier: MIT */
/* Directories of ours, and what is removed from them. */
#include "file_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mailguard/file.h"

#define OTHERS_WRITE (S_IWGRP | S_IWOTH)

/* A directory that is to be ours. */
struct ours {
	const char *what, *path;
	mode_t mode; /* of a new one */
};

static int want_ours(const struct ours *o, int fd, struct mg_err *err)
{
	struct mg_file_info info;
	const int rc = mg_file_look_open(fd, o->path, &info, err);

	if (rc < 0)
		return rc;
	if (!mg_file_is_ours(&info))
		return mg_fail(err, MG_ECONF,
			       "%s '%s' belongs to uid %u, not to uid %u",
			       o->what, o->path, info.uid, geteuid());
	if (info.mode & OTHERS_WRITE)
		return mg_fail(err, MG_ECONF,
			       "%s '%s' can be written by others (mode %04o); "
			       "chmod %o it",
			       o->what, o->path, info.mode, o->mode);
	return 0;
}

/*
 * With its mode from the first moment on, whatever the umask is: who is killed
 * before he changes it leaves one that a mail server cannot look into, and which
 * the next one takes for what somebody wanted.
 */
static int make_new(const struct ours *o)
{
	const mode_t mask = umask(0);
	const int rc = mkdir(o->path, o->mode), error = errno;

	(void)umask(mask);
	errno = error;
	return rc;
}

static int make(const struct ours *o, int *fd, struct mg_err *err)
{
	int dir, rc;

	if (make_new(o) < 0 && errno != EEXIST)
		return mg_fail_errno(err, "cannot make %s '%s'", o->what,
				     o->path);
	dir = open(o->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (dir < 0)
		return mg_fail_errno(err, "cannot open %s '%s'", o->what,
				     o->path);
	rc = want_ours(o, dir, err);
	if (rc == 0)
		*fd = dir;
	else
		mg_file_close(&dir);
	return rc;
}

int mg_file_make_private_dir(const char *path, int *fd, struct mg_err *err)
{
	return make(&(struct ours){ "state directory", path, 0700 }, fd, err);
}

int mg_file_make_dir(const char *path, uint32_t mode, struct mg_err *err)
{
	int fd = -1;
	const int rc = make(&(struct ours){ "directory", path, mode }, &fd,
			    err);

	mg_file_close(&fd);
	return rc;
}

int mg_file_remove(const char *path, struct mg_err *err)
{
	if (unlink(path) < 0 && errno != ENOENT && errno != ENOTDIR)
		return mg_fail_errno(err, "cannot remove '%s'", path);
	return 0;
}

void mg_file_drop_dir(const char *path)
{
	(void)rmdir(path); /* it is in nobody's way */
}
