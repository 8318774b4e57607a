/* SPDX-License-Identifier: MIT */
/*
 * notify - the only door to inotify(7): hear of changes of files at once.
 *
 * What is heard is a hint, never a fact: that something may have changed. Who
 * hears it looks at the files, and looks now and then without having heard
 * anything: file systems of other machines tell nothing, and a queue may
 * overflow.
 */
#ifndef MAILGUARD_NOTIFY_H
#define MAILGUARD_NOTIFY_H

#include <stdbool.h>

#include "mailguard/err.h"

/* What there was to hear; bits. */
enum mg_notice {
	MG_NOTICE_CONTENT = 1, /* a file was written to, or cut */
	MG_NOTICE_NAMES = 2,   /* a name came or went, or moved: what is watched
				  may be another file now */
};

/* Returns a descriptor that can be waited for, close-on-exec; -MG_EIO where the
   system has no more of them. */
MG_NODISCARD int mg_notify_open(struct mg_err *err);

/*
 * mg_notify_add_file, mg_notify_add_names - watch the content of a file; the
 * names in a directory. Links are followed. Twice is as good as once.
 *
 * Returns whether it is watched: not what is not there, nor more than the
 * system allows (fs.inotify.max_user_watches).
 */
bool mg_notify_add_file(int fd, const char *path);
bool mg_notify_add_names(int fd, const char *path);

/* Takes all that was heard so far: bits of enum mg_notice, 0 for nothing. */
unsigned mg_notify_take(int fd);

#endif
