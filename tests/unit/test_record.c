/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/account.h"
#include "mailguard/record.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define HEAD offsetof(struct mg_record, body)

static struct mg_record_pipe in, out;
static struct mg_err err;

/* One valid record of each type. */
static struct mg_record valid(enum mg_record_type type)
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

static size_t size_of(enum mg_record_type type)
{
	static const size_t sizes[MG_RECORD_TYPES] = {
		[MG_RECORD_SUBJECT] = sizeof(struct mg_record_subject),
		[MG_RECORD_FACT] = sizeof(struct mg_record_fact),
		[MG_RECORD_CHECK] = sizeof(struct mg_record_check),
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

static int check(const struct mg_record *r)
{
	err = (struct mg_err){ 0 };
	return mg_record_check(r, &err);
}

static void accepts(const struct mg_record *r)
{
	if (check(r) != 0)
		fail_msg("type %u: %s", r->type, err.text);
}

static void refuses(const struct mg_record *r)
{
	if (check(r) != -MG_EPARSE || err.code != MG_EPARSE)
		fail_msg("type %u was let through", r->type);
}

static void test_valid_records(void **state)
{
	(void)state;
	for (uint32_t type = 1; type < MG_RECORD_TYPES; type++) {
		struct mg_record r = valid((enum mg_record_type)type);

		accepts(&r);
		r.unused = 1;
		refuses(&r);
	}
}

static void test_types(void **state)
{
	static const uint32_t types[] = { 0, MG_RECORD_TYPES, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < LENGTH(types); i++) {
		struct mg_record r = valid(MG_RECORD_FAILED);

		r.type = types[i];
		refuses(&r);
	}
}

static void test_entries(void **state)
{
	struct mg_record r = valid(MG_RECORD_ENTRY);

	(void)state;
	r.body.entry.seqnum = INT64_MAX;
	accepts(&r);
	r.body.entry.seqnum++;
	refuses(&r);
	r.body.entry.seqnum = 0;
	r.body.entry.at_us = 0;
	accepts(&r);
	r.body.entry.at_us = -1;
	refuses(&r);
}

static void test_identities(void **state)
{
	static const struct {
		struct mg_record_identity identity;
		bool ok;
	} rows[] = {
		{ { MG_MATCH_NONE, 0, 0, 0 }, true },
		{ { MG_MATCH_NONE, 0, 1, 0 }, false },
		{ { MG_MATCH_NONE, 0, 0, 1 }, false },
		{ { MG_MATCH_SHORTER, 0, 1, 1 }, true },
		{ { MG_MATCH_SAME, 0, 0, 1 }, false },
		{ { MG_MATCH_SAME, 0, -1, 1 }, false },
		{ { MG_MATCH_SAME, 0, 1, 0 }, false },
		{ { MG_MATCH_SAME, 0, 1, -1 }, false },
		{ { MG_MATCH_SHORTER + 1, 0, 1, 1 }, false },
		{ { UINT32_MAX, 0, 1, 1 }, false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct mg_record r = valid(MG_RECORD_IDENTITY);

		r.body.identity = rows[i].identity;
		rows[i].ok ? accepts(&r) : refuses(&r);
	}
}

static void test_places(void **state)
{
	static const struct {
		struct mg_place place;
		bool ok;
	} rows[] = {
		{ { 1, 1, 1, 0, 0 }, true },
		{ { 2000, 1024, 256, 0, 0 }, true },
		{ { 2000, 1025, 256, 0, 0 }, false },
		{ { 2000, 1024, 257, 0, 0 }, false },
		{ { 2000, 0, 256, 0, 0 }, false },
		{ { 2000, 1024, 0, 0, 0 }, false },
		{ { 100, 101, 100, 0, 0 }, false },
		{ { 100, 100, 101, 0, 0 }, false },
		{ { 0, 0, 0, 0, 0 }, false },
		{ { -1, 1, 1, 0, 0 }, false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct mg_record r = valid(MG_RECORD_PLACE);

		r.body.place = rows[i].place;
		rows[i].ok ? accepts(&r) : refuses(&r);
	}
}

static void test_parts(void **state)
{
	static const struct {
		struct mg_record_part part;
		bool ok;
	} rows[] = {
		{ { .from = 0, .to = 0, .is_lost = 1 }, true },
		{ { .from = 5, .to = 9, .first_at = INT64_MAX }, true },
		{ { .from = 5, .to = 9, .first_at = ((int64_t)1 << 62) },
		  true },
		{ { .from = 5, .to = 9, .first_at = -((int64_t)1 << 62) },
		  true },
		{ { .from = 5, .to = 9, .first_at = ((int64_t)1 << 62) + 1 },
		  false },
		{ { .from = 5, .to = 9, .first_at = INT64_MIN }, false },
		{ { .from = -1, .to = 9 }, false },
		{ { .from = 5, .to = 4 }, false },
		{ { .from = 5, .to = 9, .is_lost = 2 }, false },
		{ { .from = 5, .to = 9, .is_yearless = 2 }, false },
		{ { .from = 5, .to = 9, .has_forgotten_senders = 2 }, false },
		{ { .from = 5, .to = 9, .unused = { 0, 0, 0, 0, 1 } }, false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct mg_record r = valid(MG_RECORD_PART);

		r.body.part = rows[i].part;
		rows[i].ok ? accepts(&r) : refuses(&r);
	}
}

static void test_notes_and_hashes(void **state)
{
	struct mg_record r = valid(MG_RECORD_NOTE);

	(void)state;
	r.body.note.byte = 0;
	accepts(&r);
	r.body.note.byte = -1;
	refuses(&r);
	r = valid(MG_RECORD_ABSENT);
	r.body.hashes.n = MG_RECORD_HASHES;
	accepts(&r);
	r.body.hashes.n++;
	refuses(&r);
	r.type = MG_RECORD_ASKED;
	refuses(&r);
	r.body.hashes.n = 0;
	accepts(&r);
}

static void test_checks(void **state)
{
	const struct mg_record good = valid(MG_RECORD_CHECK);
	struct mg_record r;

	(void)state;
	for (int i = 0; i < MG_CHECK_COUNTS; i++) {
		r = good;
		r.body.check.check.n[i] = INT64_C(1) << 62;
		accepts(&r);
		r.body.check.check.n[i]++;
		refuses(&r);
		r.body.check.check.n[i] = -1;
		refuses(&r);
	}
	r = good;
	r.body.check.unused = 1;
	refuses(&r);
	r = good; /* without a login nobody logged in, and nobody owns it */
	r.body.check.check.login = 0;
	refuses(&r);
	r.body.check.origin = MG_ACCOUNT_NONE;
	refuses(&r);
	r.body.check.check.n[MG_CHECK_IMAP] = 0;
	accepts(&r);
	r.body.check.check.n[MG_CHECK_POP3] = 1;
	refuses(&r);
	r = good; /* who is too many the parent says */
	memset(&r.body.check.check.ip, 0, sizeof(r.body.check.check.ip));
	refuses(&r);
}

static void test_names(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		const bool ok = c > ' ' && c <= '~' && c != '"' && c != '\\';
		struct mg_record r = valid(MG_RECORD_SUBJECT);

		r.body.subject.name[12] = (char)c;
		ok ? accepts(&r) : refuses(&r);
		r = valid(MG_RECORD_CALLER);
		r.body.caller.directory[10] = (char)c;
		ok ? accepts(&r) : refuses(&r);
	}
}

static void test_lengths(void **state)
{
	static const struct {
		uint32_t len;
		bool subject, caller;
	} rows[] = {
		{ 0, true, false },
		{ 1, true, true },
		{ MG_ORIGIN_NAME_MAX, true, true },
		{ MG_ORIGIN_NAME_MAX + 1, false, false },
		{ UINT32_MAX, false, false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct mg_record r = valid(MG_RECORD_SUBJECT);

		memset(r.body.subject.name, 'x', MG_ORIGIN_NAME_MAX);
		r.body.subject.len = rows[i].len;
		rows[i].subject ? accepts(&r) : refuses(&r);
		r = valid(MG_RECORD_CALLER);
		memset(r.body.caller.directory, 'x', MG_ORIGIN_NAME_MAX);
		r.body.caller.len = rows[i].len;
		rows[i].caller ? accepts(&r) : refuses(&r);
	}
}

static void test_spaces(void **state)
{
	static const struct {
		uint32_t space;
		bool ok;
	} rows[] = {
		{ MG_SPACE_ORIGIN, true },
		{ MG_SPACE_SENDER, true },
		{ MG_SPACES, false },
		{ UINT32_MAX, false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct mg_record r = valid(MG_RECORD_SUBJECT);

		r.body.subject.space = rows[i].space;
		rows[i].ok ? accepts(&r) : refuses(&r);
		r = valid(MG_RECORD_FACT);
		r.body.fact.space = rows[i].space;
		rows[i].ok ? accepts(&r) : refuses(&r);
	}
}

static void test_counts(void **state)
{
	static const struct {
		int64_t n;
		bool ok;
	} rows[] = {
		{ 0, true },
		{ (int64_t)1 << 62, true },
		{ -((int64_t)1 << 62), true },
		{ ((int64_t)1 << 62) + 1, false },
		{ -((int64_t)1 << 62) - 1, false },
		{ INT64_MAX, false },
		{ INT64_MIN, false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		for (int k = 0; k < MG_COUNTS; k++) {
			struct mg_record r = valid(MG_RECORD_FACT);

			r.body.fact.counts.n[k] = rows[i].n;
			rows[i].ok ? accepts(&r) : refuses(&r);
		}
}

static void set_id(struct mg_record *r, const char id[24])
{
	char *to = r->type == MG_RECORD_GONE     ? r->body.gone
		   : r->type == MG_RECORD_FLIGHT ? r->body.flight.id
						 : r->body.tracked.id;

	memcpy(to, id, 24);
}

static void test_ids(void **state)
{
	static const struct {
		char id[25];
		bool ok;
	} rows[] = {
		{ "x", true },
		{ "0-9AZaz", true },
		{ "12345678901234567890123", true },
		{ "123456789012345678901234", false },
		{ "", false },
		{ "\0x", false },
		{ "x\0y", false },
		{ "1234567890123456789012\0x", false },
		{ "a b", false },
		{ "a_b", false },
		{ "a'b", false },
		{ "a/b", false },
		{ "a@b", false },
		{ "\xc3", false },
	};
	static const enum mg_record_type types[] = { MG_RECORD_GONE,
						     MG_RECORD_FLIGHT,
						     MG_RECORD_TRACKED };

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		for (size_t k = 0; k < LENGTH(types); k++) {
			struct mg_record r = valid(types[k]);

			set_id(&r, rows[i].id);
			rows[i].ok ? accepts(&r) : refuses(&r);
		}
}

static void test_flights(void **state)
{
	struct mg_record r;

	(void)state;
	for (unsigned i = 0; i < 256; i++) {
		r = valid(MG_RECORD_FLIGHT);
		r.body.flight.state = (uint8_t)i;
		i >= 1 && i <= 7 ? accepts(&r) : refuses(&r);
		r = valid(MG_RECORD_FLIGHT);
		r.body.flight.flags = (uint8_t)i;
		i <= 31 ? accepts(&r) : refuses(&r);
		r = valid(MG_RECORD_FLIGHT);
		r.body.flight.n_forwards = (uint8_t)i;
		i <= MG_FORWARDS_MAX ? accepts(&r) : refuses(&r);
	}
	r = valid(MG_RECORD_FLIGHT);
	r.body.flight.bytes = -1;
	refuses(&r);
	r.body.flight.bytes = INT64_MAX;
	accepts(&r);
}

static void test_shapes(void **state)
{
	static const struct {
		uint32_t why, len;
		uint64_t n;
		int64_t first;
		bool ok;
	} rows[] = {
		{ MG_SHAPE_ODD, 0, 1, 0, true },
		{ MG_SHAPE_STRANGE, MG_SHAPE_MAX, UINT32_MAX, INT64_MAX, true },
		{ 0, 1, 1, 0, false },
		{ MG_SHAPE_WHYS, 1, 1, 0, false },
		{ UINT32_MAX, 1, 1, 0, false },
		{ MG_SHAPE_ODD, MG_SHAPE_MAX + 1, 1, 0, false },
		{ MG_SHAPE_ODD, UINT32_MAX, 1, 0, false },
		{ MG_SHAPE_ODD, 1, 0, 0, false },
		{ MG_SHAPE_ODD, 1, UINT64_C(1) << 32, 0, false },
		{ MG_SHAPE_ODD, 1, UINT64_MAX, 0, false },
		{ MG_SHAPE_ODD, 1, 1, -1, false },
	};
	struct mg_record r = valid(MG_RECORD_SHAPE);

	(void)state;
	memset(r.body.shape.text, 'x', sizeof(r.body.shape.text));
	for (size_t i = 0; i < LENGTH(rows); i++) {
		r.body.shape.why = rows[i].why;
		r.body.shape.len = rows[i].len;
		r.body.shape.n = rows[i].n;
		r.body.shape.first = rows[i].first;
		rows[i].ok ? accepts(&r) : refuses(&r);
	}
	r = valid(MG_RECORD_SHAPE);
	r.body.shape.text[3] = '\x1b';
	refuses(&r);
	r.body.shape.text[3] = '8';
	refuses(&r);
	r.body.shape.len = 3;
	accepts(&r);
}

static void test_chunks(void **state)
{
	static const struct {
		int64_t from, to;
		uint64_t first, last; /* lines of two kinds */
		bool ok;
	} rows[] = {
		{ 0, 1, 1, 0, true },
		{ 0, 1, 0, 0, true },
		{ 0, 1, 1, 1, false },
		{ 0, 1, 0, 2, false },
		{ 0, 2, 1, 1, true },
		{ 0, 0, 0, 0, false },
		{ 5, 4, 0, 0, false },
		{ -1, 4, 0, 0, false },
		{ 0, INT64_MAX, INT64_MAX, 0, true },
		{ 0, INT64_MAX, UINT64_MAX, 2, false },
		{ 0, INT64_MAX, INT64_MAX, INT64_MAX, false },
		{ INT64_MIN, INT64_MAX, 0, 0, false },
		{ INT64_MAX, INT64_MIN, 0, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct mg_record r = valid(MG_RECORD_CHUNK);

		memset(r.body.chunk.n_lines, 0, sizeof(r.body.chunk.n_lines));
		r.body.chunk.from = rows[i].from;
		r.body.chunk.to = rows[i].to;
		r.body.chunk.n_lines[0] = rows[i].first;
		r.body.chunk.n_lines[MG_EXIM_KINDS - 1] = rows[i].last;
		rows[i].ok ? accepts(&r) : refuses(&r);
	}
}

/* ---- through a file in the place of the pipe */

static void begin(void)
{
	out.fd = memfd_create("records", MFD_CLOEXEC);
	assert_true(out.fd >= 0);
	out.at = out.len = 0;
}

static void turn(void)
{
	assert_int_equal(lseek(out.fd, 0, SEEK_SET), 0);
	in.fd = out.fd;
	in.at = in.len = 0;
}

static void send_bytes(const void *bytes, size_t len)
{
	assert_int_equal(write(out.fd, bytes, len), (ssize_t)len);
}

static void end(void)
{
	assert_int_equal(close(out.fd), 0);
}

static void test_round_trip(void **state)
{
	enum { TURNS = 1000 }; /* many times what the buffer holds */
	struct mg_record got;

	(void)state;
	begin();
	for (int i = 0; i < TURNS; i++)
		for (uint32_t type = 1; type < MG_RECORD_TYPES; type++) {
			const struct mg_record r =
				valid((enum mg_record_type)type);

			assert_int_equal(mg_record_write(&out, &r, &err), 0);
		}
	assert_int_equal(mg_record_flush(&out, &err), 0);
	turn();
	for (int i = 0; i < TURNS; i++)
		for (uint32_t type = 1; type < MG_RECORD_TYPES; type++) {
			const struct mg_record r =
				valid((enum mg_record_type)type);

			assert_int_equal(mg_record_read(&in, &got, &err), 1);
			assert_memory_equal(&got, &r, size_of(r.type));
		}
	assert_int_equal(mg_record_read(&in, &got, &err), 0);
	assert_int_equal(mg_record_read(&in, &got, &err), 0);
	end();
}

static void test_nothing_at_all(void **state)
{
	struct mg_record got;

	(void)state;
	begin();
	assert_int_equal(mg_record_flush(&out, &err), 0);
	turn();
	assert_int_equal(mg_record_read(&in, &got, &err), 0);
	end();
}

static void test_every_truncation(void **state)
{
	(void)state;
	for (uint32_t type = 1; type < MG_RECORD_TYPES; type++) {
		const struct mg_record r = valid((enum mg_record_type)type);

		for (size_t len = 1; len < size_of(r.type); len++) {
			struct mg_record got = { .type = 77 };

			begin();
			send_bytes(&r, len);
			turn();
			err.code = 0;
			assert_int_equal(mg_record_read(&in, &got, &err),
					 -MG_EIO);
			assert_int_equal(err.code, MG_EIO);
			assert_int_equal(got.type, 77);
			end();
		}
	}
}

static void test_a_bad_record_is_not_given_out(void **state)
{
	struct mg_record bad = valid(MG_RECORD_FLIGHT), got = { .type = 77 };

	(void)state;
	bad.body.flight.state = 0;
	begin();
	send_bytes(&bad, size_of(bad.type));
	turn();
	assert_int_equal(mg_record_read(&in, &got, &err), -MG_EPARSE);
	assert_int_equal(got.type, 77);
	end();
	begin();
	bad.type = MG_RECORD_TYPES;
	send_bytes(&bad, sizeof(bad));
	turn();
	assert_int_equal(mg_record_read(&in, &got, &err), -MG_EPARSE);
	end();
}

static void test_a_pipe_that_is_closed(void **state)
{
	const struct mg_record r = valid(MG_RECORD_GONE);
	struct mg_record got;

	(void)state;
	out.fd = in.fd = -1;
	out.at = out.len = in.at = in.len = 0;
	assert_int_equal(mg_record_write(&out, &r, &err), 0);
	assert_int_equal(mg_record_flush(&out, &err), -MG_EIO);
	assert_int_equal(mg_record_read(&in, &got, &err), -MG_EIO);
}

static uint32_t random_next(uint32_t *x)
{
	*x = *x * 1664525 + 1013904223;
	return *x >> 8;
}

/* Whatever the bytes: an answer of the list, and what passes passes again. */
static void read_all(void)
{
	struct mg_record got;
	int rc;

	turn();
	while ((rc = mg_record_read(&in, &got, &err)) == 1)
		accepts(&got);
	assert_true(rc == 0 || rc == -MG_EPARSE || rc == -MG_EIO);
	end();
}

static void test_random_bytes(void **state)
{
	const uint32_t seed = 20261122;
	uint32_t x = seed;

	(void)state;
	print_message("# seed %u\n", seed);
	for (int i = 0; i < 3000; i++) {
		unsigned char bytes[1500];
		const size_t len = random_next(&x) % sizeof(bytes);

		for (size_t k = 0; k < len; k++)
			bytes[k] = (unsigned char)random_next(&x);
		/* Half of them begin like a record. */
		if (i % 2 && len > HEAD) {
			memset(bytes, 0, HEAD);
			bytes[0] = (unsigned char)(random_next(&x) %
						   (MG_RECORD_TYPES + 1));
		}
		begin();
		send_bytes(bytes, len);
		read_all();
	}
}

static void test_changed_bytes(void **state)
{
	const uint32_t seed = 20261123;
	uint32_t x = seed;

	(void)state;
	print_message("# seed %u\n", seed);
	for (int i = 0; i < 20000; i++) {
		struct mg_record r = valid((enum mg_record_type)(
			1 + random_next(&x) % (MG_RECORD_TYPES - 1)));
		const size_t size = size_of(r.type);
		unsigned char bytes[sizeof(r)];

		memcpy(bytes, &r, sizeof(r));
		for (uint32_t n = 1 + random_next(&x) % 3; n > 0; n--)
			bytes[random_next(&x) % size] =
				(unsigned char)random_next(&x);
		begin();
		send_bytes(bytes, size);
		read_all();
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid_records),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_identities),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_notes_and_hashes),
		cmocka_unit_test(test_checks),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_spaces),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_flights),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_nothing_at_all),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_a_bad_record_is_not_given_out),
		cmocka_unit_test(test_a_pipe_that_is_closed),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_changed_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
