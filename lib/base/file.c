/* SPDX-License-Identifier: MIT */
#include "mailguard/file.h"

#include "file_priv.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

struct mg_file_info mg_file_info_of(const struct stat *st)
{
	return (struct mg_file_info){
		.dev = st->st_dev,
		.ino = st->st_ino,
		.size_bytes = st->st_size,
		.mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 +
			    st->st_mtim.tv_nsec,
		.ctime_ns = (int64_t)st->st_ctim.tv_sec * 1000000000 +
			    st->st_ctim.tv_nsec,
		.n_links = st->st_nlink,
		.is_regular = S_ISREG(st->st_mode),
		.is_directory = S_ISDIR(st->st_mode),
		.uid = st->st_uid,
		.mode = st->st_mode & 07777,
	};
}

int mg_file_look_open(int fd, const char *path, struct mg_file_info *info,
		      struct mg_err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return mg_fail_errno(err, "cannot look at '%s'", path);
	*info = mg_file_info_of(&st);
	return 0;
}

int mg_file_want_regular(const char *path, const struct mg_file_info *info,
			 struct mg_err *err)
{
	if (info->is_regular)
		return 0;
	return mg_fail(err, MG_EIO, "cannot read '%s': %s", path,
		       info->is_directory ? "it is a directory"
					  : "it is not a regular file");
}

int mg_file_read_all(int fd, const char *path, struct mg_buf *out,
		     struct mg_err *err)
{
	char chunk[65536];

	for (;;) {
		const int64_t n = mg_file_read_some(fd, chunk, sizeof(chunk),
						    err);

		if (n < 0) {
			mg_err_prefix(err, "'%s'", path);
			return (int)n;
		}
		if (n == 0)
			return mg_buf_check(out, path, err);
		mg_buf_add(out, mg_slice_of(chunk, (size_t)n));
		if (out->truncated)
			return mg_buf_check(out, path, err);
	}
}

/* Inode numbers are used again at once; with the time of birth they are not. */
static int64_t birth_of(int fd)
{
	struct statx x;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &x) < 0 ||
	    !(x.stx_mask & STATX_BTIME))
		return 0;
	return x.stx_btime.tv_sec * INT64_C(1000000000) + x.stx_btime.tv_nsec;
}

int mg_file_open_log(const char *path, int *fd, struct mg_file_info *info,
		     struct mg_err *err)
{
	struct mg_file_info found;
	int file = open(path, MG_FILE_READ);
	int rc;

	if (file < 0)
		return mg_fail_errno(err, "cannot open '%s'", path);
	rc = mg_file_look_open(file, path, &found, err);
	if (rc == 0)
		rc = mg_file_want_regular(path, &found, err);
	if (rc < 0) {
		mg_file_close(&file);
		return rc;
	}
	found.born_ns = birth_of(file);
	*fd = file;
	*info = found;
	return 0;
}

int64_t mg_file_read_at(int fd, void *to, size_t len, int64_t offset,
			struct mg_err *err)
{
	size_t done = 0;

	while (done < len) {
		const ssize_t n = pread(fd, (char *)to + done, len - done,
					offset + (int64_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return mg_fail_errno(err, "cannot read at byte %lld",
					     (long long)offset);
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (int64_t)done;
}

int64_t mg_file_read_some(int fd, void *to, size_t len, struct mg_err *err)
{
	for (;;) {
		const ssize_t n = read(fd, to, len);

		if (n >= 0)
			return n;
		if (errno != EINTR)
			return mg_fail_errno(err, "cannot read");
	}
}

int mg_file_make_scratch(int *fd, struct mg_err *err)
{
	const int made = memfd_create("mailguard", MFD_CLOEXEC);

	if (made < 0)
		return mg_fail_errno(err, "cannot make a file in memory");
	*fd = made;
	return 0;
}

void mg_file_empty_until(int fd, int64_t offset)
{
	/* Where that cannot be, it is given back when the file is closed. */
	(void)fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			offset);
}

int64_t mg_file_pump(int from, int to, int64_t max, struct mg_err *err)
{
	char bytes[65536];
	int64_t done = 0;

	while (done < max) {
		const size_t want = max - done < (int64_t)sizeof(bytes)
					    ? (size_t)(max - done)
					    : sizeof(bytes);
		const int64_t got = mg_file_read_some(from, bytes, want, err);

		if (got <= 0)
			return got < 0 ? got : done;
		if (mg_file_write_all(to, mg_slice_of(bytes, (size_t)got),
				      err) < 0)
			return -MG_EIO;
		done += got;
	}
	return done;
}

int mg_file_check_program(const char *path, struct mg_err *err)
{
	struct mg_file_info info;
	int fd = open(path, O_PATH | O_CLOEXEC), rc;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 1;
	if (fd < 0)
		return mg_fail_errno(err, "cannot open '%s'", path);
	rc = mg_file_look_open(fd, path, &info, err);
	mg_file_close(&fd);
	if (rc < 0)
		return rc;
	if (!info.is_regular || !(info.mode & 0111) || (info.mode & 022) ||
	    (info.uid != 0 && !mg_file_is_ours(&info)))
		return mg_fail(err, MG_ECONF,
			       "'%s' is no program that root may run (uid %u, "
			       "mode %04o)",
			       path, info.uid, info.mode);
	return 0;
}

int64_t mg_file_size(int fd, struct mg_err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return mg_fail_errno(err, "cannot look at an open file");
	return st.st_size;
}

bool mg_file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

int mg_file_look(const char *path, struct mg_file_info *info)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return 1;
	*info = mg_file_info_of(&st);
	return 0;
}

int mg_file_space(const char *path, struct mg_file_space *out)
{
	struct statfs s;

	if (statfs(path, &s) < 0)
		return 1;
	*out = (struct mg_file_space){
		.free_bytes = (int64_t)s.f_bavail * (int64_t)s.f_bsize,
		.is_remote = s.f_type == NFS_SUPER_MAGIC ||
			     s.f_type == FUSE_SUPER_MAGIC ||
			     s.f_type == SMB2_SUPER_MAGIC,
	};
	return 0;
}

bool mg_file_is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

int mg_file_resolve(const char *path, bool all, struct mg_buf *out)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char dir[PATH_MAX], real[PATH_MAX];

	if (all || !*name || !strcmp(name, ".") || !strcmp(name, "..")) {
		if (!realpath(path, real))
			return 1;
		mg_buf_add_str(out, real);
		return 0;
	}
	if (!slash)
		(void)snprintf(dir, sizeof(dir), ".");
	else if (snprintf(dir, sizeof(dir), "%.*s/", (int)(slash - path),
			  path) >= (int)sizeof(dir))
		return 1;
	if (!realpath(dir, real))
		return 1;
	mg_buf_add_fmt(out, "%s/%s", strcmp(real, "/") ? real : "", name);
	return 0;
}

int mg_file_each_in(DIR *d, const char *path, mg_file_name_fn fn, void *arg,
		    struct mg_err *err)
{
	const struct dirent *entry;
	int rc = 0;

	if (!d)
		return mg_fail_errno(err, "cannot open directory '%s'", path);
	while (errno = 0, rc == 0 && (entry = readdir(d)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			rc = fn(arg, entry->d_name);
	if (rc == 0 && errno)
		rc = mg_fail_errno(err, "cannot read directory '%s'", path);
	(void)closedir(d); /* it was only read */
	return rc;
}

int mg_file_each(const char *dir, mg_file_name_fn fn, void *arg,
		 struct mg_err *err)
{
	return mg_file_each_in(opendir(dir), dir, fn, arg, err);
}

int mg_file_open_lock(int dirfd, const char *name, int *fd, struct mg_err *err)
{
	const int file = openat(dirfd, name,
				O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
					O_NONBLOCK,
				0600);

	if (file < 0)
		return mg_fail_errno(err, "cannot open lock file '%s'", name);
	*fd = file;
	return 0;
}

int mg_file_open_again(int dirfd, int *fd, struct mg_err *err)
{
	const int dir = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return mg_fail_errno(err, "cannot open a directory");
	*fd = dir;
	return 0;
}

int mg_file_rewrite(int fd, struct mg_slice text, struct mg_err *err)
{
	if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return mg_fail_errno(err, "cannot empty a file");
	return mg_file_write_all(fd, text, err);
}

int mg_file_write_all(int fd, struct mg_slice bytes, struct mg_err *err)
{
	while (bytes.len) {
		const ssize_t n = write(fd, bytes.ptr, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return mg_fail_errno(err, "cannot write");
		bytes = mg_slice_from(bytes, (size_t)n);
	}
	return 0;
}

int mg_file_open_nothing(int *fd, struct mg_err *err)
{
	const int opened = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (opened < 0)
		return mg_fail_errno(err, "cannot open '/dev/null'");
	*fd = opened;
	return 0;
}

int mg_file_open_standard(struct mg_err *err)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* All below are open, so this number is the one given. */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return mg_fail_errno(err, "cannot open '/dev/null'");
	}
	return 0;
}

bool mg_file_is_ours(const struct mg_file_info *info)
{
	return info->uid == geteuid();
}

void mg_file_close(int *fd)
{
	assert(fd);
	if (*fd >= 0)
		(void)close(*fd); /* nothing is lost: syncs are explicit */
	*fd = -1;
}
