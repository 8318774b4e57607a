/* SPDX-License-Identifier: MIT */
/*
 * incident - the form that a customer fills in before his mail goes again: how it
 * was sent, what was done about it, and how he mails from now on.
 *
 * A text that people write: a heading at the beginning of a line, and behind it or
 * on the lines below what they say. Lines that begin with '#' are for them alone.
 */
#ifndef MAILGUARD_INCIDENT_H
#define MAILGUARD_INCIDENT_H

#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/slice.h"

/* Bytes of a form. Half would cut a mailing policy that somebody pastes; the ledger
   holds each, for ever. */
#define MG_INCIDENT_MAX 65536

/* Appends one that is not filled in. */
void mg_incident_add_form(struct mg_buf *out);

/*
 * mg_incident_parse - what a form says, as one line.
 *
 * text   in   at most MG_INCIDENT_MAX bytes, any bytes
 * out    out  initialised by the caller; "Mechanism: ...; Steps taken: ...; ..."
 *             with blanks and lines run together is appended
 *
 * Returns 0; -MG_EPARSE where a heading is missing, twice there or has nothing
 * behind it, naming it; or for a NUL byte.
 */
MG_NODISCARD int mg_incident_parse(struct mg_slice text, struct mg_buf *out,
				   struct mg_err *err);

#endif
