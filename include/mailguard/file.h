/* SPDX-License-Identifier: MIT */
/*
 * file - the only door to the file system.
 *
 * Files are opened relative to a directory already held, never through a
 * symbolic link in the last component, without blocking on a FIFO, and are
 * looked at after they are open: a path that was checked and is opened later
 * is a race (CWE-367).
 */
#ifndef MAILGUARD_FILE_H
#define MAILGUARD_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/slice.h"

/* What an open file is; metadata is a hint, never an identity. */
struct mg_file_info {
	uint64_t dev, ino;
	int64_t size_bytes;
	int64_t mtime_ns; /* last change of the content */
	int64_t ctime_ns; /* last change of anything; nobody can set it back */
	int64_t born_ns;  /* 0 where it is not known, or was not asked for */
	bool is_regular;
	bool is_directory;
	uint32_t uid;
	uint32_t mode; /* permission bits */
	uint64_t n_links;
};

/*
 * The host that commands look at: "/", or the tree that --root names. Held as
 * a descriptor, so that built-in paths cannot leave it by a later rename.
 */
struct mg_root {
	int fd;           /* the directory; -1 while not open */
	const char *path; /* for messages; borrowed */
};

/*
 * mg_root_open - hold the directory that is the host's root.
 *
 * path   in   "/" or a directory; borrowed until mg_root_close
 *
 * Returns 0 or -MG_EIO.
 */
MG_NODISCARD int mg_root_open(struct mg_root *root, const char *path,
			      struct mg_err *err);

/* Accepts NULL and one that is not open. */
void mg_root_close(struct mg_root *root);

/*
 * mg_root_read - a whole file of the host into a buffer.
 *
 * root   in   the host
 * path   in   absolute path on the host ("/etc/userdomains")
 * out    out  initialised by the caller with the largest size accepted;
 *             holds the bytes on success
 *
 * Returns 0; 1 when there is no such file (err untouched); -MG_EIO when it is
 * no regular file or cannot be read; -MG_ELIMIT when it is larger than the
 * buffer may be.
 */
MG_NODISCARD int mg_root_read(const struct mg_root *root, const char *path,
			      struct mg_buf *out, struct mg_err *err);

/*
 * mg_root_read_info - the same, and what the file was when it was opened.
 *
 * info   out  written on success only
 */
MG_NODISCARD int mg_root_read_info(const struct mg_root *root, const char *path,
				   struct mg_buf *out,
				   struct mg_file_info *info,
				   struct mg_err *err);

/*
 * mg_root_read_trusted - a whole file of the host that says what root is to
 * do: settings, policies.
 *
 * path   in   absolute path on the host; no link in any component
 * out    out  as in mg_root_read
 *
 * Returns 0; 1 when there is no such file or a directory on the way to it;
 * -MG_ECONF when the file, the host's root or a directory between them belongs
 * to neither root nor who runs this, or can be written by others, naming the
 * path and the mend; -MG_EIO; -MG_ELIMIT.
 */
MG_NODISCARD int mg_root_read_trusted(const struct mg_root *root,
				      const char *path, struct mg_buf *out,
				      struct mg_err *err);

/*
 * mg_file_read_trusted - the same for a path as typed, links followed; it is
 * the directories where the file really lies that are looked at.
 *
 * Returns the same, but -MG_EIO for a file that is not there.
 */
MG_NODISCARD int mg_file_read_trusted(const char *path, struct mg_buf *out,
				      struct mg_err *err);

/*
 * mg_root_open_program - hold an executable file that root is to run, under the
 * conditions of mg_root_read_trusted; what is run is what was looked at.
 *
 * fd   out  for mg_supervise; the caller's (mg_file_close); -1 on failure
 *
 * Returns the same, and -MG_ECONF for a file that is not executable.
 */
MG_NODISCARD int mg_root_open_program(const struct mg_root *root,
				      const char *path, int *fd,
				      struct mg_err *err);

/*
 * mg_root_open_trusted - hold a file of the host under the same conditions, for
 * reading: nobody but root can have put another in its place.
 *
 * fd     out  the caller's (mg_file_close); -1 on failure
 * info   out  on success
 *
 * Returns the same as mg_root_read_trusted.
 */
MG_NODISCARD int mg_root_open_trusted(const struct mg_root *root,
				      const char *path, int *fd,
				      struct mg_file_info *info,
				      struct mg_err *err);

/*
 * mg_root_list - the names in a directory of the host, in the order of bytes.
 *
 * path   in   absolute path on the host; no link in its last component
 * out    out  initialised by the caller; each name with a NUL behind it,
 *             without "." and ".."
 * info   out  the directory, before its names were read
 *
 * Returns 0; 1 when there is no such directory (err untouched); -MG_EIO;
 * -MG_ELIMIT when the names do not fit into the buffer.
 */
MG_NODISCARD int mg_root_list(const struct mg_root *root, const char *path,
			      struct mg_buf *out, struct mg_file_info *info,
			      struct mg_err *err);

/* When what is at a path of the host was made, without following a link: Unix
   seconds; 0 where it is not there, or the file system does not know. */
int64_t mg_root_born(const struct mg_root *root, const char *path);

/*
 * mg_root_look - what is at a path of the host, without following a link.
 *
 * Returns 0; 1 when nothing is there (err untouched); -MG_EIO.
 */
MG_NODISCARD int mg_root_look(const struct mg_root *root, const char *path,
			      struct mg_file_info *info, struct mg_err *err);

/* Whether the host has something of that path; a broken link counts. */
bool mg_root_has(const struct mg_root *root, const char *path);

/*
 * mg_root_readlink - what a symbolic link of the host says, without following
 * it. Returns 0, or 1 when it is missing or no link.
 */
MG_NODISCARD int mg_root_readlink(const struct mg_root *root, const char *path,
				  struct mg_buf *out);

/*
 * mg_file_open_log - open a file the user named, for reading.
 *
 * path   in   as typed; a symbolic link is followed, since the person at the
 *             shell named it
 * fd     out  the descriptor, close-on-exec; the caller's (mg_file_close)
 * info   out  what it is; a regular file, nothing else
 *
 * Returns 0, or -MG_EIO: missing, unreadable, a directory, a FIFO (opened
 * without waiting), a device.
 */
MG_NODISCARD int mg_file_open_log(const char *path, int *fd,
				  struct mg_file_info *info,
				  struct mg_err *err);

/*
 * mg_file_read_at - read exactly len bytes at an offset.
 *
 * Returns the bytes read: fewer than len only at the end of the file; or
 * -MG_EIO.
 */
MG_NODISCARD int64_t mg_file_read_at(int fd, void *to, size_t len,
				     int64_t offset, struct mg_err *err);

/*
 * mg_file_make_scratch - a file in memory, without a name, empty; the caller's.
 * Returns 0 or -MG_EIO.
 */
MG_NODISCARD int mg_file_make_scratch(int *fd, struct mg_err *err);

/* Gives back the memory of such a file's bytes before an offset; they are zero
   from then on. */
void mg_file_empty_until(int fd, int64_t offset);

/*
 * mg_file_pump - bytes from one descriptor to another, without a look at them.
 *
 * from   in   read from where it stands until max bytes came or it ends
 *
 * Returns the bytes that were moved, fewer than max only at the end, or
 * -MG_EIO.
 */
MG_NODISCARD int64_t mg_file_pump(int from, int to, int64_t max,
				  struct mg_err *err);

/*
 * mg_file_check_program - whether a file may be run as root: regular,
 * executable, of root or of who runs this, and not writable by others.
 *
 * Returns 0; 1 when there is no such file; -MG_ECONF or -MG_EIO.
 */
MG_NODISCARD int mg_file_check_program(const char *path, struct mg_err *err);

/* Size now, or -MG_EIO. */
MG_NODISCARD int64_t mg_file_size(int fd, struct mg_err *err);

/*
 * mg_file_make_private_dir - make a directory of ours with mode 0700 if it is
 * missing, and refuse one that is not ours or that others can write to.
 *
 * path   in   the directory; its parent must exist
 * fd     out  the directory, open; the caller's
 *
 * Returns 0, -MG_EIO, or -MG_ECONF for a wrong owner or mode: others
 * could plant a database or a journal.
 */
MG_NODISCARD int mg_file_make_private_dir(const char *path, int *fd,
					  struct mg_err *err);

/*
 * mg_file_make_dir - make a directory of ours that others may look into, or
 * accept the one that is there; refused as the private one is.
 *
 * mode   in   of a new one: 0711, 0755
 */
MG_NODISCARD int mg_file_make_dir(const char *path, uint32_t mode,
				  struct mg_err *err);

/* Removes a file, or a link itself; one that is not there is fine. Returns 0 or
   -MG_EIO. */
MG_NODISCARD int mg_file_remove(const char *path, struct mg_err *err);

/* Removes a directory of ours that is empty, and leaves any other. */
void mg_file_drop_dir(const char *path);

/* Whether something of that name is there; a broken link is not. */
bool mg_file_exists(const char *path);

/*
 * mg_file_look - what a path leads to just now; a hint, since it may be
 * another file when it is opened. Returns 0, or 1 when there is nothing.
 */
MG_NODISCARD int mg_file_look(const char *path, struct mg_file_info *info);

/* The file system that a path is on. */
struct mg_file_space {
	int64_t free_bytes; /* for who runs this */
	bool is_remote;     /* of a network, or of a program (FUSE) */
};

/* Returns 0, or 1 when nothing is there. Source: statfs(2). */
MG_NODISCARD int mg_file_space(const char *path, struct mg_file_space *out);

/* Whether the name itself is a symbolic link, broken or not. */
bool mg_file_is_link(const char *path);

/*
 * mg_file_resolve - the directory of a path without links, "..", and the like,
 * as it is named from the root; the last component as typed, or, where `all`
 * is set, resolved too.
 *
 * Returns 0, or 1 when there is no such directory (or file).
 */
MG_NODISCARD int mg_file_resolve(const char *path, bool all,
				 struct mg_buf *out);

/*
 * mg_file_each - the names in a directory, in no order, without "." and "..",
 * until fn returns non-zero.
 *
 * Returns 0, what fn returned, or -MG_EIO.
 */
typedef int (*mg_file_name_fn)(void *arg, const char *name);

int mg_file_each(const char *dir, mg_file_name_fn fn, void *arg,
		 struct mg_err *err);

/*
 * mg_file_open_lock - open or create the file in a held directory that says who
 * has locked it. Returns 0 with the descriptor in fd, or -MG_EIO.
 */
MG_NODISCARD int mg_file_open_lock(int dirfd, const char *name, int *fd,
				   struct mg_err *err);

/* A held directory opened once more: with a lock of its own (flock(2)). Returns 0
   or -MG_EIO. */
MG_NODISCARD int mg_file_open_again(int dirfd, int *fd, struct mg_err *err);

/* Replaces the whole content of a small open file; no atomicity is promised. */
MG_NODISCARD int mg_file_rewrite(int fd, struct mg_slice text,
				 struct mg_err *err);

/* Writes everything, however many calls it takes. Returns 0 or -MG_EIO. */
MG_NODISCARD int mg_file_write_all(int fd, struct mg_slice bytes,
				   struct mg_err *err);

/*
 * mg_file_read_some - one read(2), repeated when interrupted.
 *
 * Returns the bytes read, 0 at the end, or -MG_EIO.
 */
MG_NODISCARD int64_t mg_file_read_some(int fd, void *to, size_t len,
				       struct mg_err *err);

/*
 * mg_file_read_all - from where a descriptor stands to the end of its file.
 *
 * path   in   what it is called in messages
 * out    out  initialised by the caller with the largest size accepted
 *
 * Returns 0, -MG_EIO, or -MG_ELIMIT.
 */
MG_NODISCARD int mg_file_read_all(int fd, const char *path, struct mg_buf *out,
				  struct mg_err *err);

/* /dev/null, for reading. Returns 0 with the descriptor, or -MG_EIO. */
MG_NODISCARD int mg_file_open_nothing(int *fd, struct mg_err *err);

/*
 * mg_file_open_standard - put /dev/null where a standard descriptor is closed,
 * so that no file that is opened later becomes one. Returns 0 or -MG_EIO.
 */
MG_NODISCARD int mg_file_open_standard(struct mg_err *err);

/* Whether a file belongs to the user that this process runs as. */
bool mg_file_is_ours(const struct mg_file_info *info);

/* Closes and sets *fd to -1; -1 is accepted. */
void mg_file_close(int *fd);

#endif
