/* SPDX-License-Identifier: MIT */
#include "mailguard/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mailguard/file.h"

#define BEGINNING ".mailguard-"
#define END ".new"

static int open_directory(struct mg_replace *r, struct mg_err *err)
{
	const char *slash = strrchr(r->path, '/');
	char dir[PATH_MAX] = ".";

	r->name = slash ? slash + 1 : r->path;
	/* With its slash, so that "/file" is in "/". */
	if (slash &&
	    snprintf(dir, sizeof(dir), "%.*s", (int)(r->name - r->path),
		     r->path) >= (int)sizeof(dir))
		return mg_fail(err, MG_EIO, "'%.64s...' is too long a path",
			       r->path);
	r->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return r->dir < 0
		       ? mg_fail_errno(err, "cannot open directory '%s'", dir)
		       : 0;
}

/* What is there may be replaced, and what mode it has. */
static int look_at_old(struct mg_replace *r, struct mg_err *err)
{
	struct stat st;

	if (fstatat(r->dir, r->name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT && *r->name)
			return 0;
		return mg_fail_errno(err, "cannot write '%s'", r->path);
	}
	if (!S_ISREG(st.st_mode))
		return mg_fail(err, MG_EIO,
			       "cannot write '%s': it is not a regular file",
			       r->path);
	r->mode = st.st_mode & 0777;
	r->uid = st.st_uid;
	r->gid = st.st_gid;
	return 0;
}

static int make_temporary(struct mg_replace *r, struct mg_err *err)
{
	(void)snprintf(r->temporary, sizeof(r->temporary), BEGINNING "%d" END,
		       (int)getpid());
	/* Left by a dead process of our number; O_EXCL settles the rest. */
	(void)unlinkat(r->dir, r->temporary, 0);
	r->fd = openat(r->dir, r->temporary,
		       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		       0600);
	if (r->fd >= 0)
		return 0;
	r->temporary[0] = '\0';
	return mg_fail_errno(err, "cannot write '%s'", r->path);
}

int mg_replace_begin(struct mg_replace *r, const char *path, uint32_t mode,
		     struct mg_err *err)
{
	int rc;

	*r = (struct mg_replace){ .fd = -1,
				  .dir = -1,
				  .path = path,
				  .mode = mode,
				  .is_lasting = true,
				  .uid = -1,
				  .gid = -1 };
	rc = open_directory(r, err);
	if (rc == 0)
		rc = look_at_old(r, err);
	if (rc == 0)
		rc = make_temporary(r, err);
	return rc;
}

/* Who may not give a file away has not got one of somebody else, or must not
   replace it. */
static int give(const struct mg_replace *r)
{
	struct stat st;

	if (fstat(r->fd, &st) < 0)
		return -1;
	if ((r->uid < 0 || r->uid == st.st_uid) &&
	    (r->gid < 0 || r->gid == st.st_gid))
		return 0;
	return fchown(r->fd, r->uid < 0 ? (uid_t)-1 : (uid_t)r->uid,
		      r->gid < 0 ? (gid_t)-1 : (gid_t)r->gid);
}

int mg_replace_commit(struct mg_replace *r, struct mg_err *err)
{
	if (give(r) < 0 || fchmod(r->fd, r->mode) < 0 ||
	    (r->is_lasting && fsync(r->fd) < 0) ||
	    renameat(r->dir, r->temporary, r->dir, r->name) < 0)
		return mg_fail_errno(err, "cannot write '%s'", r->path);
	r->temporary[0] = '\0';
	/* Only a power cut now could bring the old file back. */
	if (r->is_lasting && fsync(r->dir) < 0)
		return mg_fail_errno(err, "cannot sync the directory of '%s'",
				     r->path);
	return 0;
}

void mg_replace_release(struct mg_replace *r)
{
	if (r->temporary[0])
		(void)unlinkat(r->dir, r->temporary, 0); /* best effort */
	r->temporary[0] = '\0';
	mg_file_close(&r->fd);
	mg_file_close(&r->dir);
}

int mg_replace_file(const char *path, uint32_t mode, int64_t gid,
		    struct mg_slice text, struct mg_err *err)
{
	struct mg_replace r;
	int rc = mg_replace_begin(&r, path, mode, err);

	if (rc == 0 && r.gid < 0)
		r.gid = gid;
	if (rc == 0)
		rc = mg_file_write_all(r.fd, text, err);
	if (rc == 0)
		rc = mg_replace_commit(&r, err);
	mg_replace_release(&r);
	return rc;
}

bool mg_replace_is_temporary(struct mg_slice name)
{
	const size_t ends = sizeof(BEGINNING END) - 1;

	return name.len > ends &&
	       mg_slice_has_prefix(name, MG_LIT(BEGINNING)) &&
	       mg_slice_is(mg_slice_from(name, name.len - (sizeof(END) - 1)),
			   MG_LIT(END));
}
