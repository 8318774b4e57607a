/* SPDX-License-Identifier: MIT */
#include "mailguard/lock.h"

#include <errno.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "mailguard/file.h"

#define HOLDER_MAX 128 /* bytes: a process number and the name of a command */

static int busy(int fd, struct mg_err *err)
{
	char holder[HOLDER_MAX + 1] = "";
	int64_t n = mg_file_read_at(fd, holder, HOLDER_MAX, 0, NULL);

	if (n <= 0)
		return mg_fail(err, MG_EBUSY, "another mailguard is at work");
	while (n > 0 && holder[n - 1] == '\n')
		n--;
	return mg_fail(err, MG_EBUSY, "another mailguard is at work: %.*s",
		       (int)n, holder);
}

int mg_lock_take(int dirfd, const char *who, int *fd, struct mg_err *err)
{
	char holder[HOLDER_MAX];
	int lock = -1;
	int rc = mg_file_open_lock(dirfd, MG_LOCK_NAME, &lock, err);

	if (rc < 0)
		return rc;
	if (flock(lock, LOCK_EX | LOCK_NB) < 0) {
		rc = errno == EWOULDBLOCK
			     ? busy(lock, err)
			     : mg_fail_errno(err, "cannot lock the state");
		goto out;
	}
	(void)snprintf(holder, sizeof(holder), "process %ld, %s\n",
		       (long)getpid(), who);
	rc = mg_file_rewrite(lock, mg_slice_str(holder), err);
	if (rc < 0)
		goto out;
	*fd = lock;
	lock = -1;
out:
	mg_file_close(&lock);
	return rc;
}
