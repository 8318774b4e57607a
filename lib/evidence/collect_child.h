/* SPDX-License-Identifier: MIT */
/*
 * collect_child - what the child of collect does and says.
 */
#ifndef MG_COLLECT_CHILD_H
#define MG_COLLECT_CHILD_H

#include "mailguard/collect.h"

/* How it ended. */
enum mg_collect_end {
	MG_COLLECT_DONE,
	MG_COLLECT_NO_HOME,      /* it cannot be opened */
	MG_COLLECT_FOREIGN_HOME, /* another's than the account's or root's */
	MG_COLLECT_NO_DIRECTORY,
	MG_COLLECT_UNREADABLE,
	MG_COLLECT_ENDS
};

enum mg_collect_kind { MG_COLLECT_FILE = 1, MG_COLLECT_END };

/* Before the bytes of a name and those of a copy; or the last. */
struct mg_collect_record {
	uint32_t kind;          /* enum mg_collect_kind */
	uint32_t why;           /* enum mg_collect_why, or mg_collect_end */
	uint32_t name_len, len; /* bytes that follow */
	uint32_t uid, mode;
	int64_t n_links, size_bytes, mtime, ctime;
	int64_t n_left; /* of the last */
};

/* A worker's function; arg is the ask, in_fd the root of the host. */
int mg_collect_child(void *arg, int in_fd, int out_fd);

#endif
