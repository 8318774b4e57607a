/* SPDX-License-Identifier: MIT */
/* Which records are valid. */
#include "record_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/account.h"
#include "mailguard/record.h"

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

static void test_messages_to_many(void **state)
{
	static const int64_t numbers[] = { 1, -1, UINT32_MAX,
					   -(int64_t)UINT32_MAX };
	const struct mg_record good = valid(MG_RECORD_LARGE);
	struct mg_record r = good;

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		r.body.large.large.n = numbers[i];
		accepts(&r);
	}
	r.body.large.large.n = 0;
	refuses(&r);
	r.body.large.large.n = INT64_C(1) << 32;
	refuses(&r);
	r.body.large.large.n = -(INT64_C(1) << 32);
	refuses(&r);
	r = good;
	r.body.large.large.n_recipients = MG_LARGE_MIN;
	accepts(&r);
	r.body.large.large.n_recipients--;
	refuses(&r);
	r = good;
	r.body.large.unused = 1;
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
		cmocka_unit_test(test_messages_to_many),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_spaces),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_flights),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_chunks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
