/* SPDX-License-Identifier: MIT */
#include "mailguard/lock.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "mailguard/file.h"

#define HOLDER_MAX 128 /* bytes: a process number and the name of a command */

#define TRY_AGAIN_MS 10

/* "process N, WHO"; empty where that is not known. */
static void read_holder(int fd, char out[HOLDER_MAX + 1])
{
	int64_t n = mg_file_read_at(fd, out, HOLDER_MAX, 0, NULL);

	while (n > 0 && out[n - 1] == '\n')
		n--;
	out[n > 0 ? n : 0] = '\0';
}

static int busy(int fd, struct mg_err *err)
{
	char holder[HOLDER_MAX + 1];

	read_holder(fd, holder);
	return mg_fail(err, MG_EBUSY, "another mailguard is at work%s%s",
		       *holder ? ": " : "", holder);
}

/* Returns 0; -MG_EBUSY, of which nothing is said yet; -MG_EIO. */
static int lock(int fd, struct mg_err *err)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return errno == EWOULDBLOCK
		       ? -MG_EBUSY
		       : mg_fail_errno(err, "cannot lock the state");
}

static bool is_watch(int fd)
{
	char holder[HOLDER_MAX + 1];
	const char *blank;

	read_holder(fd, holder);
	blank = strrchr(holder, ' ');
	return blank && !strcmp(blank + 1, MG_LOCK_WATCH);
}

/* A look that comes before the holder has signed sees who held it before: the
   first one decides nothing. */
static int lock_in_time(int fd, int text_fd, int wait_ms, struct mg_err *err)
{
	int rc = lock(fd, err);

	for (int ms = 0;
	     rc == -MG_EBUSY && ms < wait_ms && (ms == 0 || is_watch(text_fd));
	     ms += TRY_AGAIN_MS) {
		(void)poll(NULL, 0, TRY_AGAIN_MS);
		rc = lock(fd, err);
	}
	return rc;
}

/* Also signs it. Returns 0, or -code with nothing held. */
static int take_open(int lock_fd, int text_fd, const char *who, int wait_ms,
		     struct mg_err *err)
{
	char holder[HOLDER_MAX];
	const int rc = lock_in_time(lock_fd, text_fd, wait_ms, err);

	if (rc == -MG_EBUSY)
		return busy(text_fd, err);
	if (rc < 0)
		return rc;
	(void)snprintf(holder, sizeof(holder), "process %ld, %s\n",
		       (long)getpid(), who);
	return mg_file_rewrite(text_fd, mg_slice_str(holder), err);
}

static int take(int dirfd, const char *who, int wait_ms, int *fd,
		struct mg_err *err)
{
	int lock_fd = -1, text_fd = -1;
	int rc = mg_file_open_lock(dirfd, MG_LOCK_NAME, &text_fd, err);

	if (rc == 0)
		rc = mg_file_open_again(dirfd, &lock_fd, err);
	if (rc == 0)
		rc = take_open(lock_fd, text_fd, who, wait_ms, err);
	mg_file_close(&text_fd);
	if (rc < 0) {
		mg_file_close(&lock_fd);
		return rc;
	}
	*fd = lock_fd;
	return 0;
}

int mg_lock_take(int dirfd, const char *who, int *fd, struct mg_err *err)
{
	return take(dirfd, who, MG_LOCK_WAIT_MS, fd, err);
}

int mg_lock_try(int dirfd, const char *who, int *fd, struct mg_err *err)
{
	return take(dirfd, who, 0, fd, err);
}
