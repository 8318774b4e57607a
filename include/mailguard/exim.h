/* SPDX-License-Identifier: MIT */
/*
 * exim - what a line of Exim's main log says.
 *
 * A line is hostile: its sender, HELO, login, Message-ID, subject, recipients
 * and replies of remote servers were chosen by customers and strangers, and
 * may imitate any field. Exim writes its fields in one order, so the grammar
 * walks that order from the left, each field cut as the unit that Exim writes
 * (quotes included), and takes a field only at its place. A line of known kind
 * that departs from the order is marked is_odd: it still counts, but no login is
 * charged for it (the user of a local submission stands before all free text).
 *
 * Source: Exim specification, chapter 53 "Log files", and the order in which
 * receive.c (receive_msg), deliver.c (delivery_log, deferral_log, failure_log)
 * and exim.c (the cwd= line) of 4.96 to 4.99 append the fields.
 */
#ifndef MAILGUARD_EXIM_H
#define MAILGUARD_EXIM_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/scan.h"
#include "mailguard/slice.h"
#include "mailguard/tz.h"

/*
 * Bytes of an arrival line from which its `for` list may be cut. Exim writes
 * at most LOG_BUFFER_SIZE (8192 as shipped) and up to 4.96 leaves no mark where
 * it stops. Half of that costs the tracking of some lists that are whole.
 */
#define MG_EXIM_LIST_DOUBT 4096

#define MG_EXIM_ID_MAX 23 /* bytes: 6-6-2 up to 4.96, 6-11-4 from 4.97 */

enum mg_exim_kind {
	/* Lines that change a count. */
	MG_EXIM_ARRIVAL,  /* <= and (= */
	MG_EXIM_DELIVERY, /* => and -> and >> */
	MG_EXIM_DEFERRAL, /* == */
	MG_EXIM_FAILURE,  /* ** */
	MG_EXIM_COMPLETED,
	MG_EXIM_RESCINDED,      /* the <= before it did not happen (4.98) */
	MG_EXIM_OVERFLOWED,     /* a line that Exim could not write */
	MG_EXIM_CWD,            /* cwd=DIR N args: ... */
	MG_EXIM_IDENTIFICATION, /* cPanel's "Sender identification" */
	/* Lines that are known and change none. */
	MG_EXIM_SUPPRESSED,  /* *> nothing was sent (-N) */
	MG_EXIM_NOTE,        /* anything else about one message */
	MG_EXIM_AUTH_FAILED, /* a failed SMTP login */
	MG_EXIM_REJECTED,    /* refused or incomplete SMTP */
	MG_EXIM_CONNECTION,  /* connections opened, closed, lost */
	MG_EXIM_DAEMON,      /* queue runs, start, stop, warnings */
	MG_EXIM_OTHER,       /* a stamp, then words of no known shape */
	/* Lines that Exim's main log does not have. */
	MG_EXIM_BLANK,
	MG_EXIM_CONTINUATION, /* indented: more of the line before */
	MG_EXIM_UNSTAMPED,    /* no date at the start */
	MG_EXIM_OVERLONG,     /* longer than MG_LINE_MAX; made by the reader */
	MG_EXIM_KINDS         /* how many there are */
};

/* A remote host as Exim writes it: [NAME ][(HELO) ][IP][:PORT]. */
struct mg_exim_host {
	struct mg_slice name; /* verified by DNS; empty when there is none */
	struct mg_slice helo; /* what the client said; hostile */
	struct mg_slice ip;   /* a valid address */
	unsigned port;        /* 0 when the line has none */
};

/*
 * A line. Slices point into it and are empty where the field is missing; only
 * the fields of its kind are set.
 */
struct mg_exim_line {
	enum mg_exim_kind kind;
	struct mg_civil at;
	bool has_zone;
	int32_t zone_s;       /* seconds east of UTC, where has_zone */
	uint32_t pid;         /* of the writer; 0 where the line has none */
	struct mg_slice id;   /* message id; empty where the line has none */
	bool is_odd;          /* the order of fields was broken */
	bool is_piece;        /* syslog had no room for the rest of it */
	struct mg_slice body; /* what stands behind stamp and pid */

	/* ARRIVAL */
	struct mg_slice sender;    /* "<>" for a bounce */
	struct mg_slice reference; /* R=: message this one answers */
	bool has_host;
	struct mg_exim_host host;   /* also of DELIVERY, FAILURE, AUTH_FAILED */
	struct mg_slice user;       /* U=: local user, or ident of the host */
	struct mg_slice protocol;   /* P= */
	struct mg_slice driver;     /* A=DRIVER:login */
	struct mg_slice login;      /* A=driver:LOGIN */
	struct mg_slice mailauth;   /* A=driver:login:MAILAUTH */
	uint64_t size_bytes;        /* S=; 0 where it is no number */
	struct mg_slice message_id; /* id=, without angle brackets */
	struct mg_slice subject;    /* T=, between the quotes, as it stands */
	bool has_recipients;        /* a `for` list stands at the end */
	bool is_cut;                /* the list is, or may be, cut short */
	struct mg_slice recipients; /* for mg_exim_recipient_cut */
	uint32_t n_recipients;      /* in the list; 0 where not counted yet */

	/* DELIVERY, DEFERRAL, FAILURE */
	bool is_cutthrough;        /* >>, which may precede its arrival */
	struct mg_slice address;   /* may be a path, a pipe or a user */
	struct mg_slice original;  /* <ADDR> before redirection, without <> */
	struct mg_slice router;    /* R= */
	struct mg_slice transport; /* T= */
	struct mg_slice text;      /* what stands behind the fields */

	/* CWD: directory. IDENTIFICATION: user above and domain. */
	struct mg_slice directory;
	struct mg_slice domain;
};

/* What a kind is called in output: "arrival", "auth-failed". */
const char *mg_exim_kind_name(enum mg_exim_kind kind);

/*
 * mg_exim_parse - what a line says.
 *
 * line   in   without its newline, 0..MG_LINE_MAX bytes, any bytes
 * out    out  always filled; slices point into line
 *
 * Never fails: a line that is not understood is one of the last kinds. Of a
 * line in pieces the first, "[1/3] ", is the line as far as it goes, without the word
 * that may be cut; the others are continuations.
 * Cost: linear in the line.
 */
void mg_exim_parse(struct mg_slice line, struct mg_exim_line *out);

/*
 * mg_exim_parse_text - the same for a line that came through syslog without a
 * stamp of its own (syslog_timestamp = false): it starts with the pid, the
 * message id or the text. The stamp in out is not set.
 */
void mg_exim_parse_text(struct mg_slice text, struct mg_exim_line *out);

/* The same for what stands behind the message id and its blank. */
void mg_exim_parse_message(struct mg_slice id, struct mg_slice text,
			   struct mg_exim_line *out);

/*
 * mg_exim_quick_arrival - the same of an arrival line ("<= ...") of the usual
 * shape, sooner. Returns false, and out is of no use, for any other.
 */
bool mg_exim_quick_arrival(struct mg_slice id, struct mg_slice text,
			   struct mg_exim_line *out);

/* Bits of n bytes from one on. */
#define MG_EXIM_BITS(from, n) (((1U << (n)) - 1) << (from))

/* XXXXXX-XXXXXX-XX up to 4.96. */
static inline bool mg_exim_is_short_id(struct mg_slice s)
{
	const unsigned digits = MG_EXIM_BITS(0, 6) | MG_EXIM_BITS(7, 6) |
				MG_EXIM_BITS(14, 2);

	return s.len > 16 && s.ptr[6] == '-' && s.ptr[13] == '-' &&
	       s.ptr[16] == ' ' && (mg_scan_alnum16(s.ptr) & digits) == digits;
}

/* XXXXXX-XXXXXXXXXXX-XXXX from 4.97 on. */
static inline bool mg_exim_is_long_id(struct mg_slice s)
{
	const unsigned first = MG_EXIM_BITS(0, 6) | MG_EXIM_BITS(7, 9);
	/* Of those from 7 on. */
	const unsigned last = MG_EXIM_BITS(0, 11) | MG_EXIM_BITS(12, 4);

	return s.len > 23 && s.ptr[6] == '-' && s.ptr[18] == '-' &&
	       s.ptr[23] == ' ' && (mg_scan_alnum16(s.ptr) & first) == first &&
	       (mg_scan_alnum16(s.ptr + 7) & last) == last;
}

/*
 * mg_exim_id_len - bytes of the message id that a text begins with: 16 or 23
 * with a blank behind it, or 0. Each line is asked.
 */
static inline size_t mg_exim_id_len(struct mg_slice text)
{
	return mg_exim_is_short_id(text)  ? 16
	       : mg_exim_is_long_id(text) ? 23
					  : 0;
}

/*
 * mg_exim_recipient_cut - the next address of a `for` list.
 *
 * rest   in/out  starts as line.recipients; moved behind the address
 *
 * Returns false at the end of the list, and where it stops being one.
 */
bool mg_exim_recipient_cut(struct mg_slice *rest, struct mg_slice *out);

/*
 * mg_exim_is_unknown_recipient - whether the text of a failure says that the
 * address does not exist: enhanced status X.1.1, X.1.2, X.1.6 or X.1.10 (RFC
 * 3463 3.2, RFC 7505), or the words of Exim's and cPanel's own routers. The
 * text comes from a remote server, so this is a figure and never a proof.
 */
bool mg_exim_is_unknown_recipient(struct mg_slice text);

#endif
