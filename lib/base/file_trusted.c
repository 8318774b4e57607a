/* SPDX-License-Identifier: MIT */
/*
 * Files that say what root is to do. Whoever can write to one, or to a
 * directory on the way to it, decides that: each is looked at while it is held,
 * and the next one is opened below it, so that nothing can be swapped between
 * the look and the use (CWE-367).
 */
#include "file_priv.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mailguard/file.h"

#define OTHERS_WRITE (S_IWGRP | S_IWOTH)

/* How far a path was followed. */
struct walk {
	int fd;                 /* the directory that is held */
	char shown[PATH_MAX];   /* and its name */
	const char *rest;       /* of the path below it, no slash in front */
	struct mg_err distrust; /* the first; of no account without a file */
};

/*
 * In a sticky directory (/tmp) others can make files, but not replace those
 * of root or of who runs this.
 */
static int trust(struct walk *w, struct mg_err *err)
{
	struct stat st;

	if (fstat(w->fd, &st) < 0)
		return mg_fail_errno(err, "cannot look at '%s'", w->shown);
	if (w->distrust.code != MG_OK)
		return 0;
	if (st.st_uid != 0 && st.st_uid != geteuid())
		(void)mg_fail(&w->distrust, MG_ECONF,
			      "'%s' belongs to uid %u, who could change what "
			      "is read: chown %u '%s'",
			      w->shown, st.st_uid, geteuid(), w->shown);
	else if ((st.st_mode & OTHERS_WRITE) &&
		 !(S_ISDIR(st.st_mode) && (st.st_mode & S_ISVTX)))
		(void)mg_fail(&w->distrust, MG_ECONF,
			      "'%s' can be written by others (mode %04o): "
			      "chmod go-w '%s'",
			      w->shown, st.st_mode & 07777, w->shown);
	return 0;
}

/* 1 where the path has no more slash: its last component is left. */
static int cut_component(struct walk *w, char *name, size_t size)
{
	const size_t len = strcspn(w->rest, "/");

	if (w->rest[len] == '\0' || len >= size)
		return 1;
	memcpy(name, w->rest, len);
	name[len] = '\0';
	w->rest += len;
	w->rest += strspn(w->rest, "/");
	return 0;
}

/* Opens what stands below; the walk's name becomes that of what is opened. */
static int open_below(struct walk *w, const char *name, int flags,
		      struct mg_err *err)
{
	const size_t len = strlen(w->shown);
	const char *slash = len && w->shown[len - 1] == '/' ? "" : "/";
	int fd;

	if (snprintf(w->shown + len, sizeof(w->shown) - len, "%s%s", slash,
		     name) >= (int)(sizeof(w->shown) - len))
		return mg_fail(err, MG_EIO, "the path '%s' is too long",
			       w->shown);
	fd = openat(w->fd, name, flags | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno != ENOENT)
		return mg_fail_errno(err, "cannot open '%s'", w->shown);
	mg_file_close(&w->fd);
	w->fd = fd;
	if (fd < 0)
		return 1;
	return trust(w, err);
}

static int walk_to(struct walk *w, int start, const char *path,
		   struct mg_err *err)
{
	char name[NAME_MAX + 1];
	int rc;

	w->rest = path + strspn(path, "/");
	w->fd = openat(start, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w->fd < 0)
		return mg_fail_errno(err, "cannot open '%s'", w->shown);
	rc = trust(w, err);
	while (rc == 0 && !cut_component(w, name, sizeof(name)))
		rc = open_below(w, name, O_PATH | O_DIRECTORY, err);
	if (rc == 0)
		rc = open_below(w, w->rest, MG_FILE_READ, err);
	return rc;
}

/* What was found on the way, and whether there is a file at its end. */
static int want_trusted(const struct walk *w, struct stat *st,
			struct mg_err *err)
{
	if (w->distrust.code != MG_OK) {
		if (err)
			*err = w->distrust;
		return -w->distrust.code;
	}
	if (fstat(w->fd, st) < 0)
		return mg_fail_errno(err, "cannot look at '%s'", w->shown);
	if (!S_ISREG(st->st_mode))
		return mg_fail(err, MG_EIO,
			       "cannot read '%s': it is not a regular file",
			       w->shown);
	return 0;
}

/* Holds the file; 1 where there is none. */
static int hold(struct walk *w, const struct mg_root *root, const char *path,
		struct stat *st, struct mg_err *err)
{
	int rc;

	*w = (struct walk){ .fd = -1 };
	(void)snprintf(w->shown, sizeof(w->shown), "%s", root->path);
	rc = walk_to(w, root->fd, path, err);
	return rc == 0 ? want_trusted(w, st, err) : rc;
}

int mg_root_read_trusted(const struct mg_root *root, const char *path,
			 struct mg_buf *out, struct mg_err *err)
{
	struct walk w;
	struct stat st;
	int rc = hold(&w, root, path, &st, err);

	if (rc == 0)
		rc = mg_file_read_all(w.fd, w.shown, out, err);
	mg_file_close(&w.fd);
	return rc;
}

int mg_root_open_program(const struct mg_root *root, const char *path, int *fd,
			 struct mg_err *err)
{
	struct walk w;
	struct stat st;
	int rc = hold(&w, root, path, &st, err);

	if (rc == 0 && !(st.st_mode & S_IXUSR))
		rc = mg_fail(err, MG_ECONF,
			     "'%s' is not executable: chmod u+x '%s'", w.shown,
			     w.shown);
	*fd = rc == 0 ? w.fd : -1;
	if (rc != 0)
		mg_file_close(&w.fd);
	return rc;
}

int mg_root_open_trusted(const struct mg_root *root, const char *path, int *fd,
			 struct mg_file_info *info, struct mg_err *err)
{
	struct walk w;
	struct stat st;
	const int rc = hold(&w, root, path, &st, err);

	*fd = rc == 0 ? w.fd : -1;
	if (rc == 0)
		*info = mg_file_info_of(&st);
	else
		mg_file_close(&w.fd);
	return rc;
}

int mg_file_read_trusted(const char *path, struct mg_buf *out,
			 struct mg_err *err)
{
	struct mg_root root = { .fd = -1 };
	struct mg_buf real;
	int rc;

	mg_buf_init(&real, PATH_MAX);
	if (mg_file_resolve(path, true, &real) != 0)
		rc = mg_fail_errno(err, "cannot open '%s'", path);
	else
		rc = mg_root_open(&root, "/", err);
	if (rc == 0)
		rc = mg_root_read_trusted(&root, real.ptr, out, err);
	if (rc == 1)
		rc = mg_fail(err, MG_EIO, "'%s' went away", path);
	mg_root_close(&root);
	mg_buf_release(&real);
	return rc;
}
