/* SPDX-License-Identifier: MIT */
/*
 * mail - a message of our own, as text.
 *
 * Names that strangers chose stand in its body alone, which is encoded; the
 * header holds what we made or what passed mg_address_is_safe. Lines end
 * with a newline, as sendmail(8) wants them.
 *
 * Source: RFC 5322 (header), RFC 2047 (a subject that is long, or no ASCII), RFC
 * 2045 section 6.7 (quoted-printable), RFC 3834 section 5 (Auto-Submitted).
 */
#ifndef MAILGUARD_MAIL_H
#define MAILGUARD_MAIL_H

#include <stdint.h>

#include "mailguard/buf.h"
#include "mailguard/slice.h"

struct mg_mail {
	struct mg_slice from, to; /* addresses, mg_address_is_safe */
	struct mg_slice subject;  /* one line of UTF-8, not empty */
	struct mg_slice language; /* of the body (RFC 5646), "en" */
	struct mg_slice id;       /* letters and digits that are this message's,
				     the same when it is sent again */
	struct mg_slice host;     /* whose message it is, where the sender has
				     no domain; empty for none known */
	int64_t date;             /* Unix seconds */
	int offset_s;             /* of the zone that it is shown in */
	struct mg_slice body;     /* text in UTF-8, lines ended by a newline */
};

/* mg_mail_write - the message, added to a buffer. */
void mg_mail_write(const struct mg_mail *mail, struct mg_buf *out);

#endif
