/* SPDX-License-Identifier: MIT */
/*
 * input - the bytes of a log, one after the other, wherever they come from.
 *
 * Runs in the parser child, so it reads what is open already and asks the
 * system for nothing else. Each kind of log has a function that sets an input
 * up, and one that gets bytes; whoever reads lines does not see which.
 */
#ifndef MAILGUARD_INPUT_H
#define MAILGUARD_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "mailguard/err.h"

struct mg_input;

/*
 * Gets the bytes at in->at, at most len. Returns how many, 0 at the end, or a
 * negative code with errno set.
 */
typedef int64_t (*mg_input_fn)(struct mg_input *in, void *to, size_t len,
			       struct mg_err *err);

struct mg_input {
	mg_input_fn read;
	int64_t at; /* byte of the log that comes next */
	int fd;
	int64_t end; /* byte of the log to stop at */
};

/* A file as it lies on the disk: its bytes [from, end). */
void mg_input_plain(struct mg_input *in, int fd, int64_t from, int64_t end);

/*
 * mg_input_read - the next bytes.
 *
 * Returns how many, 1..len; 0 at the end of the log; a negative code, with
 * errno set, and in->at where it failed.
 */
MG_NODISCARD int64_t mg_input_read(struct mg_input *in, void *to, size_t len,
				   struct mg_err *err);

#endif
