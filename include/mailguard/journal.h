/* SPDX-License-Identifier: MIT */
/*
 * journal - entries of systemd's journal, in its export format.
 *
 * A stream of entries with an empty line between two. A field is a line
 * "NAME=value", or, where the value holds a newline or a control character, a
 * line "NAME", 64 bits of length, little end first, so many bytes and a newline.
 *
 * Every field without an underscore in front is what the client chose, the
 * identifier (postfix/smtpd) and the text too: whoever may log may choose any.
 * What has one is written by journald itself, from what the kernel says of the
 * client: who believes an identifier asks the user id (count_journal.c).
 *
 * The reader is handed the stream in pieces of any size and keeps what it needs
 * of an entry in room of its own. Whatever it is handed, it comes back at the
 * next empty line.
 *
 * Source: systemd.io, "Journal Export Formats"; systemd.journal-fields(7).
 */
#ifndef MAILGUARD_JOURNAL_H
#define MAILGUARD_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/entry.h"
#include "mailguard/slice.h"

/*
 * The longest value that a stream may announce; journald itself keeps none
 * that is longer (systemd, DATA_SIZE_MAX). A larger number is no length, and
 * believing it would take the rest of the stream for one value. Bytes.
 */
#define MG_JOURNAL_VALUE_MAX ((uint64_t)768 << 20)

/* What a field may be only once, or nobody knows which one is meant. */
enum mg_journal_field {
	MG_JOURNAL_CURSOR,     /* __CURSOR */
	MG_JOURNAL_AT,         /* __REALTIME_TIMESTAMP */
	MG_JOURNAL_UID,        /* _UID */
	MG_JOURNAL_PID,        /* _PID */
	MG_JOURNAL_IDENTIFIER, /* SYSLOG_IDENTIFIER */
	MG_JOURNAL_MESSAGE,    /* MESSAGE */
	MG_JOURNAL_MESSAGE_ID, /* MESSAGE_ID */
	MG_JOURNAL_FIELDS
};

/* Slices stand until the next call of mg_journal_next. */
struct mg_journal_line {
	unsigned has;      /* a bit for each enum mg_journal_field */
	bool is_malformed; /* or has a field twice, or one of no known shape */
	bool is_overlong;  /* its text is longer than MG_LINE_MAX */
	struct mg_entry place; /* from CURSOR and AT */
	uint32_t uid, pid;
	struct mg_slice identifier; /* as the client chose */
	struct mg_slice text;       /* its first line */
	struct mg_slice message_id; /* 32 hexadecimal digits, or none */
};

struct mg_journal;

/* A reader at the start of a stream; the caller's (mg_journal_free). */
struct mg_journal *mg_journal_new(void);
void mg_journal_free(struct mg_journal *j);

/*
 * mg_journal_next - read on to the end of an entry.
 *
 * rest   in/out  bytes of the stream; moved behind what was read
 *
 * Returns 1 with an entry, 0 when the bytes are used up. Empty lines without
 * an entry before them are passed over.
 */
int mg_journal_next(struct mg_journal *j, struct mg_slice *rest);

/* The entry that mg_journal_next just gave. */
const struct mg_journal_line *mg_journal_line(const struct mg_journal *j);

#endif
