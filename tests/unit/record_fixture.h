/* SPDX-License-Identifier: MIT */
/*
 * record_fixture - one valid record of each type.
 */
#ifndef MG_TEST_RECORD_FIXTURE_H
#define MG_TEST_RECORD_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/record.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define HEAD offsetof(struct mg_record, body)

static struct mg_err err;

/* One valid record of each type. */
static inline struct mg_record valid(enum mg_record_type type)
{
	struct mg_record r;

	memset(&r, 0, sizeof(r));
	r.type = type;
	switch (type) {
	case MG_RECORD_SUBJECT:
		r.body.subject.kind = MG_ORIGIN_MAILBOX;
		r.body.subject.len = 13;
		memcpy(r.body.subject.name, "joe@a.example", 13);
		break;
	case MG_RECORD_FACT:
		r.body.fact.space = MG_SPACE_SENDER;
		r.body.fact.at = 1795312800;
		r.body.fact.counts.n[MG_MESSAGES] = -1;
		break;
	case MG_RECORD_CHECK:
		r.body.check.check.at = 1795312800;
		r.body.check.check.ip.bytes[15] = 1;
		r.body.check.check.login = UINT64_MAX;
		r.body.check.check.n[MG_CHECK_IMAP] = 3;
		r.body.check.origin = 7;
		break;
	case MG_RECORD_LARGE:
		r.body.large.large = (struct mg_large){ 1795312800, 200, 7,
							-1 };
		break;
	case MG_RECORD_GONE:
		memcpy(r.body.gone, "1xUxB0-000CXd-35", 16);
		break;
	case MG_RECORD_FLIGHT:
		memcpy(r.body.flight.id, "1xUxB0-00000000CXd-0nge", 23);
		r.body.flight.state = MG_FLIGHT_CHARGED;
		break;
	case MG_RECORD_TRACKED:
		memcpy(r.body.tracked.id, "x", 1);
		r.body.tracked.hash = UINT64_MAX;
		break;
	case MG_RECORD_CALLER:
		r.body.caller.len = 11;
		memcpy(r.body.caller.directory, "/home/alice", 11);
		break;
	case MG_RECORD_SHAPE:
		r.body.shape.why = MG_SHAPE_UNKNOWN;
		r.body.shape.len = 4;
		r.body.shape.n = 1;
		memcpy(r.body.shape.text, "<= 9", 4);
		break;
	case MG_RECORD_CHUNK:
		r.body.chunk.from = 100;
		r.body.chunk.to = 110;
		r.body.chunk.n_lines[MG_EXIM_NOTE] = 10;
		break;
	case MG_RECORD_IDENTITY:
		r.body.identity.match = MG_MATCH_SAME;
		r.body.identity.log = 3;
		r.body.identity.offset = 2000;
		break;
	case MG_RECORD_PLACE:
		r.body.place.at = 2000;
		r.body.place.head_len = MG_FOLLOW_HEAD;
		r.body.place.anchor_len = MG_FOLLOW_ANCHOR;
		break;
	case MG_RECORD_END:
		r.body.end.at = 2000;
		break;
	case MG_RECORD_PEEK:
		r.body.peek.first_at = INT64_MIN;
		break;
	case MG_RECORD_ENTRY:
		r.body.entry.seqnum = 7;
		r.body.entry.at_us = 1795313974000000;
		break;
	case MG_RECORD_PART:
		r.body.part.from = 100;
		r.body.part.to = 200;
		break;
	case MG_RECORD_ABSENT:
	case MG_RECORD_ASKED:
		r.body.hashes.n = 2;
		break;
	case MG_RECORD_NOTE:
		r.body.note.byte = 150;
		break;
	default:
		r.body.failed.at = 7;
		r.body.failed.number = 5;
		break;
	}
	return r;
}

static inline size_t size_of(enum mg_record_type type)
{
	static const size_t sizes[MG_RECORD_TYPES] = {
		[MG_RECORD_SUBJECT] = offsetof(struct mg_record_subject, name) +
				      13,
		[MG_RECORD_FACT] = sizeof(struct mg_record_fact),
		[MG_RECORD_CHECK] = sizeof(struct mg_record_check),
		[MG_RECORD_LARGE] = sizeof(struct mg_record_large),
		[MG_RECORD_GONE] = 24,
		[MG_RECORD_FLIGHT] = sizeof(struct mg_flight),
		[MG_RECORD_TRACKED] = sizeof(struct mg_record_tracked),
		[MG_RECORD_CALLER] = sizeof(struct mg_record_caller),
		[MG_RECORD_SHAPE] = sizeof(struct mg_shape),
		[MG_RECORD_ENTRY] = sizeof(struct mg_entry),
		[MG_RECORD_CHUNK] = sizeof(struct mg_record_chunk),
		[MG_RECORD_FAILED] = sizeof(struct mg_record_failed),
		[MG_RECORD_IDENTITY] = sizeof(struct mg_record_identity),
		[MG_RECORD_PLACE] = sizeof(struct mg_place),
		[MG_RECORD_END] = sizeof(struct mg_record_end),
		[MG_RECORD_PEEK] = sizeof(struct mg_record_peek),
		[MG_RECORD_PART] = sizeof(struct mg_record_part),
		[MG_RECORD_ABSENT] = sizeof(struct mg_record_hashes),
		[MG_RECORD_ASKED] = sizeof(struct mg_record_hashes),
		[MG_RECORD_NOTE] = sizeof(struct mg_record_note),
	};

	return HEAD + sizes[type];
}

static inline int check(const struct mg_record *r)
{
	err = (struct mg_err){ 0 };
	return mg_record_check(r, &err);
}

static inline void accepts(const struct mg_record *r)
{
	if (check(r) != 0)
		fail_msg("type %u: %s", r->type, err.text);
}

static inline void refuses(const struct mg_record *r)
{
	if (check(r) != -MG_EPARSE || err.code != MG_EPARSE)
		fail_msg("type %u was let through", r->type);
}

#endif
