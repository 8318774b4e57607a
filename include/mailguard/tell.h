/* SPDX-License-Identifier: MIT */
/*
 * tell - what the parser child has counted, put into records (record.h).
 *
 * The child's side of the boundary; admit.h is the other.
 */
#ifndef MAILGUARD_TELL_H
#define MAILGUARD_TELL_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/count.h"
#include "mailguard/err.h"
#include "mailguard/record.h"
#include "mailguard/seen.h"

struct mg_tell {
	struct mg_record_pipe pipe; /* fd is the caller's to set */
	struct mg_err *err;         /* of the call that runs */
	bool is_brief; /* nobody asks for counts but those of lines: facts,
			  checks, large messages and sender domains are not said */
};

/*
 * mg_tell_chunk - say everything that was counted since the last chunk.
 *
 * from, to   in   the bytes of the log that it was counted from
 *
 * What was said is no longer told the next time. Returns 0 or -MG_EIO.
 */
MG_NODISCARD int mg_tell_chunk(struct mg_tell *t, struct mg_counter *c,
			       int64_t from, int64_t to, struct mg_err *err);

/*
 * mg_tell_failed - say that the log could not be read.
 *
 * at        in   byte of the log
 * file_at   in   byte of the file that holds it
 * number    in   errno
 */
MG_NODISCARD int mg_tell_failed(struct mg_tell *t, int64_t at, int64_t file_at,
				int number, struct mg_err *err);

/* Of the journal: the last entry of each series that has a new one. */
MG_NODISCARD int mg_tell_seen(struct mg_tell *t, struct mg_seen *seen,
			      struct mg_err *err);

/* Of a compressed log: which one it is, where the next chunk ends, its end. */
MG_NODISCARD int mg_tell_identity(struct mg_tell *t,
				  const struct mg_identity *identity,
				  struct mg_err *err);
MG_NODISCARD int mg_tell_place(struct mg_tell *t, const struct mg_place *place,
			       struct mg_err *err);
MG_NODISCARD int mg_tell_end(struct mg_tell *t, int64_t at, struct mg_err *err);

/* What the start of a log says. */
MG_NODISCARD int mg_tell_peek(struct mg_tell *t,
			      const struct mg_record_peek *peek,
			      struct mg_err *err);

#endif
