/* SPDX-License-Identifier: MIT */
/*
 * ask - have a jailed child read what strangers wrote.
 *
 * For what a tool of the host printed about somebody's mail, or a file that
 * others fill: this process keeps the bytes without a look at them, a child in
 * the jail of the log parsers (priv.h) reads them in its copy of this memory,
 * and answers in records of one size. A child that was taken over can answer
 * anything: whoever asks checks every value, and looks every name up again.
 */
#ifndef MAILGUARD_ASK_H
#define MAILGUARD_ASK_H

#include <stddef.h>

#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/priv.h"

/* What runs in the child: adds whole records to the answer. */
typedef void (*mg_ask_fn)(const void *arg, struct mg_buf *answer);

struct mg_question {
	mg_ask_fn fn;
	const void *arg; /* and all it points to: as it is at the call */
	size_t record_bytes;
};

/*
 * mg_ask - run a question in a child, and take its records.
 *
 * jail    in   the ids it takes on
 * answer  out  initialised by the caller with the most bytes it takes; whole
 *              records on success, for any type that fits their size
 *
 * Returns 0; -MG_ELIMIT for more than fits; -MG_EPARSE for a part of a record;
 * -MG_EIO where the child could not be started, or jailed, or did not end as it
 * should.
 */
MG_NODISCARD int mg_ask(const struct mg_question *q, const struct mg_jail *jail,
			struct mg_buf *answer, struct mg_err *err);

#endif
