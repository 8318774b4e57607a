/* SPDX-License-Identifier: MIT */
/*
 * record - what the parser child may say to the parent.
 *
 * Fixed layout: a type, then the body of that type, no pointers, strings only
 * in fixed arrays with their length; of a subject's name only that many bytes
 * are sent, since there are many subjects and their names are short. The parent assumes that the child has
 * been taken over by what it read: every field is checked here for what can be
 * checked without the tables, and in admit.h for what needs them. The worst a
 * child can do is to lie about counts of the log that it was given.
 */
#ifndef MAILGUARD_RECORD_H
#define MAILGUARD_RECORD_H

#include <stdint.h>

#include "mailguard/count.h"
#include "mailguard/err.h"
#include "mailguard/identify.h"
#include "mailguard/store.h"

#define MG_RECORD_BUFFER 65536 /* bytes gathered for one read or write */

enum mg_record_type {
	MG_RECORD_SUBJECT = 1, /* the next origin or sender's domain */
	MG_RECORD_FACT,        /* counts to add */
	MG_RECORD_CHECK,       /* checks of an address to add */
	MG_RECORD_LARGE,       /* messages to many to add */
	MG_RECORD_GONE,        /* a message that is no longer in flight */
	MG_RECORD_FLIGHT,      /* a message in flight, new or changed */
	MG_RECORD_TRACKED,     /* a recipient of one, seen */
	MG_RECORD_CALLER,      /* a script that waits for its message */
	MG_RECORD_SHAPE,       /* lines that nobody understood */
	MG_RECORD_ENTRY,       /* the last one of a series of the journal */
	MG_RECORD_CHUNK,       /* all of the above up to here belong together */
	MG_RECORD_FAILED,      /* the log could not be read */
	MG_RECORD_IDENTITY,    /* which known log a compressed one is */
	MG_RECORD_PLACE,       /* what proves the end of the next chunk of it */
	MG_RECORD_END,         /* all of it was read */
	MG_RECORD_PEEK,        /* what the start of a log says */
	/* What a helper says to the first child alone (part.h): */
	MG_RECORD_PART,   /* what follows was counted from these bytes */
	MG_RECORD_ABSENT, /* ids that are taken to be new */
	MG_RECORD_ASKED,  /* Message-IDs that are taken to be in no message
			     from before */
	MG_RECORD_NOTE,   /* a line that was left to the first child */
	MG_RECORD_TYPES
};

/* Which of two number spaces a subject belongs to. */
enum mg_space { MG_SPACE_ORIGIN, MG_SPACE_SENDER, MG_SPACES };

struct mg_record_subject {
	uint32_t space;   /* enum mg_space; numbers follow from the order */
	uint32_t kind;    /* enum mg_origin_kind; 0 for a sender's domain */
	uint32_t domain;  /* in the account tables, or MG_ACCOUNT_NONE */
	uint32_t account; /* in the account tables, or MG_ACCOUNT_NONE */
	uint32_t len;
	char name[MG_ORIGIN_NAME_MAX];
};

struct mg_record_fact {
	uint32_t space;
	uint32_t subject;
	int64_t at; /* start of the slot; of a sender's domain, of the hour */
	struct mg_counts counts;
};

struct mg_record_check {
	struct mg_check check;
	uint32_t origin; /* a number, or MG_ACCOUNT_NONE */
	uint32_t unused; /* 0 */
};

struct mg_record_large {
	struct mg_large large;
	uint32_t origin; /* a number */
	uint32_t unused; /* 0 */
};

struct mg_record_tracked {
	char id[24];
	uint64_t hash;
};

struct mg_record_caller {
	int64_t at;
	uint32_t pid;
	uint32_t len;
	char directory[MG_ORIGIN_NAME_MAX];
};

struct mg_record_chunk {
	int64_t from, to;  /* bytes of the log, both just behind a newline */
	int64_t first_at;  /* stamp of the first line that had one */
	int64_t last_at;   /* the newest stamp of the source */
	uint64_t next_seq; /* of the next message in flight */
	uint64_t n_lines[MG_LINE_KINDS];
	uint64_t n_odd[MG_LINE_KINDS]; /* of those */
	uint64_t n_orphans, n_forgotten;
};

struct mg_record_failed {
	int64_t at;      /* byte of the log */
	int64_t file_at; /* byte of the file that holds it */
	int32_t number;  /* errno; EBADMSG, ENODATA: see unpack.h */
	uint32_t unused;
};

struct mg_record_identity {
	uint32_t match; /* enum mg_match */
	uint32_t unused;
	int64_t log;    /* row, one of those handed in; 0 for a new one */
	int64_t offset; /* its offset */
};

struct mg_record_peek {
	int64_t first_at; /* its first stamp; INT64_MIN for none */
	int64_t log;      /* row of a known one that starts alike; 0 */
};

struct mg_record_end {
	int64_t at; /* bytes of the log */
};

struct mg_record_part {
	int64_t from, to;   /* bytes of the log, both just behind a newline */
	int64_t first_at;   /* its first stamp; INT64_MAX for none */
	int64_t caller_min; /* the earliest script; INT64_MAX for none */
	uint64_t n_added;   /* messages in flight, at most */
	uint32_t n_callers; /* scripts that waited, at most */
	uint32_t n_alike;   /* messages that a Message-ID found, at most */
	uint32_t n_new[MG_SPACES];     /* subjects that it names */
	uint8_t is_lost;               /* none of it can be used */
	uint8_t is_yearless;           /* stamps have no year */
	uint8_t has_forgotten_senders; /* their numbers start anew */
	uint8_t unused[5];             /* 0 */
};

#define MG_RECORD_HASHES 64

struct mg_record_hashes {
	uint64_t n;
	uint64_t hashes[MG_RECORD_HASHES];
};

/* Times are of what happened since the last note; INT64_MIN for nothing. */
struct mg_record_note {
	int64_t byte;      /* at which the line starts */
	int64_t last_at;   /* the newest stamp, with that line's */
	int64_t forget_at; /* a message came */
	int64_t caller_at; /* a script called */
	uint64_t n_added;  /* messages of the part that came before the line */
};

struct mg_record {
	uint32_t type;
	uint32_t unused; /* 0; keeps the body aligned */
	union {
		struct mg_record_subject subject;
		struct mg_record_fact fact;
		struct mg_record_check check;
		struct mg_record_large large;
		char gone[24];
		struct mg_flight flight;
		struct mg_record_tracked tracked;
		struct mg_record_caller caller;
		struct mg_shape shape;
		struct mg_entry entry;
		struct mg_record_chunk chunk;
		struct mg_record_failed failed;
		struct mg_record_identity identity;
		struct mg_place place;
		struct mg_record_end end;
		struct mg_record_peek peek;
		struct mg_record_part part;
		struct mg_record_hashes hashes; /* of ABSENT and ASKED */
		struct mg_record_note note;
	} body;
};

/* One end of the pipe. */
struct mg_record_pipe {
	int fd;
	size_t at, len; /* bytes taken and held */
	char bytes[MG_RECORD_BUFFER];
};

/* Says a record; body of its type must be filled. Returns 0 or -MG_EIO. */
MG_NODISCARD int mg_record_write(struct mg_record_pipe *p,
				 const struct mg_record *record,
				 struct mg_err *err);

/* Sends what is gathered. Returns 0 or -MG_EIO. */
MG_NODISCARD int mg_record_flush(struct mg_record_pipe *p, struct mg_err *err);

/*
 * mg_record_read - the next record, checked.
 *
 * Returns 1 with a record in out, of which only the members of its type are
 * set; 0 at the end; -MG_EPARSE for bytes that are no record; -MG_EIO, also for
 * an end within one: the child was killed.
 */
MG_NODISCARD int mg_record_read(struct mg_record_pipe *p, struct mg_record *out,
				struct mg_err *err);

/*
 * mg_record_check - whether every field is in its range: types, lengths, the
 * shape of ids, alphabets, counts. Returns 0 or -MG_EPARSE.
 */
MG_NODISCARD int mg_record_check(const struct mg_record *record,
				 struct mg_err *err);

#endif
