/* SPDX-License-Identifier: MIT */
#include "mailguard/notify.h"

#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

/* Some events at a time; one has a name of up to 255 bytes. */
#define EVENTS_BYTES 4096

#define NAMES                                                                  \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |                 \
	 IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)

/* A file that nobody has open is gone with its last name; of one that a daemon
   still writes to, the number of names changes. */
#define FILE_NAMES (IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB)

int mg_notify_open(struct mg_err *err)
{
	const int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	return fd < 0 ? mg_fail_errno(err, "cannot use inotify") : fd;
}

bool mg_notify_add_file(int fd, const char *path)
{
	return inotify_add_watch(fd, path, IN_MODIFY | FILE_NAMES) >= 0;
}

bool mg_notify_add_names(int fd, const char *path)
{
	return inotify_add_watch(fd, path, NAMES | IN_ONLYDIR) >= 0;
}

static unsigned notice_of(uint32_t mask)
{
	if (mask & IN_Q_OVERFLOW)
		return MG_NOTICE_CONTENT | MG_NOTICE_NAMES;
	return mask & (NAMES | FILE_NAMES) ? MG_NOTICE_NAMES
					   : MG_NOTICE_CONTENT;
}

unsigned mg_notify_take(int fd)
{
	char bytes[EVENTS_BYTES];
	struct inotify_event event;
	unsigned notices = 0;
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
		for (ssize_t at = 0; at < n;
		     at += (ssize_t)(sizeof(event) + event.len)) {
			memcpy(&event, bytes + at, sizeof(event));
			notices |= notice_of(event.mask);
		}
	}
	return notices;
}
