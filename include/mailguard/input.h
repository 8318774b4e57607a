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
#include "mailguard/unpack.h"

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
	int64_t end; /* byte of the log to stop at; of a plain one */
	enum mg_pack pack;
	struct mg_unpack *unpack; /* owned; of a compressed one */
};

/* A file as it lies on the disk: its bytes [from, end). */
void mg_input_plain(struct mg_input *in, int fd, int64_t from, int64_t end);

/*
 * mg_input_packed - what a compressed file holds, from its start.
 *
 * Returns 0, or -MG_ELIMIT when there is no memory for it.
 */
MG_NODISCARD int mg_input_packed(struct mg_input *in, int fd, enum mg_pack pack,
				 struct mg_err *err);

/* Frees what it holds; the descriptor stays open. Accepts a zeroed one. */
void mg_input_release(struct mg_input *in);

/* From the first byte of the log once more; fails as mg_input_packed. */
MG_NODISCARD int mg_input_rewind(struct mg_input *in, struct mg_err *err);

/* Byte of the file that reading has come to, for messages. */
int64_t mg_input_file_at(const struct mg_input *in);

/*
 * mg_input_read - the next bytes.
 *
 * Returns how many, 1..len; 0 at the end of the log; a negative code, with
 * errno set, and in->at where it failed.
 */
MG_NODISCARD int64_t mg_input_read(struct mg_input *in, void *to, size_t len,
				   struct mg_err *err);

#endif
