/* SPDX-License-Identifier: MIT */
/*
 * The parent against a child that lies, and against an honest one that read a
 * hostile log: the first is refused, the second never.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/admit.h"
#include "mailguard/rollup.h"
#include "mailguard/worker.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define NONE MG_ACCOUNT_NONE
#define HOUR INT64_C(1795312800)

/* Numbers in the tables below. */
enum { A_EXAMPLE, B_EXAMPLE, C_EXAMPLE, DOMAINS };
enum { ALICE, BOB, ACCOUNTS };

static struct mg_accounts accounts;
static const struct mg_hash_key key = { 1, 2 };
static const struct mg_tz utc;
static struct mg_store *store;
static struct mg_admit admit;
static struct mg_err err;

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void remove_tree(const char *dir)
{
	static const char *const names[] = { "etc/mailguard/domains",
					     "etc/mailguard/document-roots",
					     "etc/passwd",
					     "etc/mailguard",
					     "etc",
					     "" };

	for (size_t i = 0; i < LENGTH(names); i++) {
		char path[256];

		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		assert_int_equal(remove(path), 0);
	}
}

static int load_accounts(void **state)
{
	char dir[] = "/tmp/mailguard-admit-XXXXXX", path[256];
	struct mg_root root = { .fd = -1 };

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/etc", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/etc/mailguard", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	write_file(dir, "etc/mailguard/domains",
		   "a.example: alice\nb.example: alice\nc.example: bob\n");
	write_file(dir, "etc/mailguard/document-roots",
		   "b.example: /home/alice/b\n");
	write_file(dir, "etc/passwd",
		   "alice:x:1001:1001::/home/alice:/bin/sh\n"
		   "bob:x:1002:1002::/home/bob:/bin/sh\n");
	assert_int_equal(mg_root_open(&root, dir, &err), 0);
	assert_int_equal(mg_accounts_load(&accounts, MG_ACCOUNTS_PLAIN, &root,
					  &key, &err),
			 0);
	mg_root_close(&root);
	remove_tree(dir);
	assert_int_equal(accounts.n_domains, DOMAINS);
	assert_int_equal(accounts.n_accounts, ACCOUNTS);
	return 0;
}

static int free_accounts(void **state)
{
	(void)state;
	mg_accounts_release(&accounts);
	return 0;
}

static int begin(void **state)
{
	struct mg_source source;

	(void)state;
	assert_int_equal(mg_store_open(&store, NULL, MG_STORE_SCRATCH, &err),
			 0);
	assert_int_equal(mg_store_begin(store, &err), 0);
	assert_int_equal(mg_store_source(store, MG_LIT("test"), &source, &err),
			 0);
	mg_admit_init(&admit, store, &accounts, source.id, 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	mg_admit_release(&admit);
	mg_admit_release(&admit);
	mg_store_close(store);
	return 0;
}

static int say(const struct mg_record *r)
{
	struct mg_err unused;

	/* Whatever is asked here came through the first check. */
	assert_int_equal(mg_record_check(r, &unused), 0);
	err = (struct mg_err){ 0 };
	return mg_admit_record(&admit, r, &err);
}

static struct mg_record subject(enum mg_space space, uint32_t kind,
				uint32_t domain, uint32_t account,
				const char *name)
{
	struct mg_record r;

	memset(&r, 0, sizeof(r));
	r.type = MG_RECORD_SUBJECT;
	r.body.subject.space = space;
	r.body.subject.kind = kind;
	r.body.subject.domain = domain;
	r.body.subject.account = account;
	r.body.subject.len = (uint32_t)strlen(name);
	memcpy(r.body.subject.name, name, strlen(name));
	return r;
}

/* ---- subjects */

static void test_origins(void **state)
{
	static const struct {
		uint32_t kind, domain, account;
		const char *name;
		bool ok;
	} rows[] = {
		/* clang-format off */
		{ MG_ORIGIN_MAILBOX, A_EXAMPLE, ALICE, "joe@a.example", true },
		{ MG_ORIGIN_MAILBOX, B_EXAMPLE, ALICE, "joe@b.example", true },
		{ MG_ORIGIN_MAILBOX, A_EXAMPLE, ALICE, "alice", true },
		/* A mailbox of another domain, of another account, of none. */
		{ MG_ORIGIN_MAILBOX, A_EXAMPLE, ALICE, "joe@b.example", false },
		{ MG_ORIGIN_MAILBOX, C_EXAMPLE, BOB, "joe@a.example", false },
		{ MG_ORIGIN_MAILBOX, A_EXAMPLE, BOB, "joe@a.example", false },
		{ MG_ORIGIN_MAILBOX, A_EXAMPLE, ALICE, "bob", false },
		{ MG_ORIGIN_MAILBOX, A_EXAMPLE, ALICE, "joe", false },
		{ MG_ORIGIN_MAILBOX, A_EXAMPLE, ALICE, "@a.example", false },
		{ MG_ORIGIN_MAILBOX, A_EXAMPLE, ALICE, "joe@c.example@a.example", false },
		/* Two spellings would be two senders. */
		{ MG_ORIGIN_MAILBOX, A_EXAMPLE, ALICE, "JOE@a.example", false },
		{ MG_ORIGIN_MAILBOX, A_EXAMPLE, ALICE, "joe@A.example", false },
		{ MG_ORIGIN_MAILBOX, A_EXAMPLE, ALICE, "joe@a.example.", false },
		{ MG_ORIGIN_MAILBOX, NONE, NONE, "joe@a.example", false },
		{ MG_ORIGIN_SCRIPT, A_EXAMPLE, ALICE, "/home/alice", true },
		{ MG_ORIGIN_SCRIPT, B_EXAMPLE, ALICE, "/home/alice/blog", true },
		/* A document root says which domain of the account it is. */
		{ MG_ORIGIN_SCRIPT, B_EXAMPLE, ALICE, "/home/alice/b/blog", true },
		{ MG_ORIGIN_SCRIPT, A_EXAMPLE, ALICE, "/home/alice/b/blog", false },
		{ MG_ORIGIN_SCRIPT, A_EXAMPLE, ALICE, "/home/alice/b", false },
		{ MG_ORIGIN_SCRIPT, C_EXAMPLE, BOB, "/home/alice/b", false },
		{ MG_ORIGIN_SCRIPT, A_EXAMPLE, ALICE, "/home/bob/blog", false },
		{ MG_ORIGIN_SCRIPT, A_EXAMPLE, ALICE, "/home/alice/../bob", false },
		{ MG_ORIGIN_SCRIPT, A_EXAMPLE, ALICE, "/home/alicex", false },
		{ MG_ORIGIN_SCRIPT, A_EXAMPLE, ALICE, "/", false },
		{ MG_ORIGIN_SCRIPT, A_EXAMPLE, ALICE, "alice", false },
		{ MG_ORIGIN_SCRIPT, C_EXAMPLE, BOB, "/home/alice", false },
		{ MG_ORIGIN_SCRIPT, NONE, NONE, "/home/alice", false },
		{ MG_ORIGIN_USER, A_EXAMPLE, ALICE, "alice", true },
		{ MG_ORIGIN_USER, B_EXAMPLE, ALICE, "alice", true },
		{ MG_ORIGIN_USER, A_EXAMPLE, ALICE, "bob", false },
		{ MG_ORIGIN_USER, NONE, NONE, "nobody", true },
		{ MG_ORIGIN_RELAY, C_EXAMPLE, BOB, "c.example", true },
		{ MG_ORIGIN_RELAY, C_EXAMPLE, BOB, "a.example", false },
		{ MG_ORIGIN_RELAY, NONE, NONE, "c.example", false },
		{ MG_ORIGIN_FORWARDER, A_EXAMPLE, ALICE, "sales@a.example", true },
		{ MG_ORIGIN_FORWARDER, A_EXAMPLE, ALICE, "a.example", true },
		{ MG_ORIGIN_FORWARDER, A_EXAMPLE, ALICE, "sales@c.example", false },
		{ MG_ORIGIN_FORWARDER, NONE, NONE, "a.example", false },
		{ MG_ORIGIN_UNKNOWN, NONE, NONE, "odd-line", true },
		{ MG_ORIGIN_UNKNOWN, A_EXAMPLE, ALICE, "odd-line", false },
		/* Numbers that the tables do not have, and halves. */
		{ MG_ORIGIN_USER, DOMAINS, ALICE, "alice", false },
		{ MG_ORIGIN_USER, A_EXAMPLE, ACCOUNTS, "alice", false },
		{ MG_ORIGIN_USER, NONE, ALICE, "alice", false },
		{ MG_ORIGIN_USER, A_EXAMPLE, NONE, "alice", false },
		{ MG_ORIGIN_USER, NONE - 1, NONE - 1, "alice", false },
		/* A domain of another account. */
		{ MG_ORIGIN_USER, C_EXAMPLE, ALICE, "alice", false },
		{ MG_ORIGIN_USER, A_EXAMPLE, BOB, "bob", false },
		{ 0, A_EXAMPLE, ALICE, "alice", false },
		{ 7, A_EXAMPLE, ALICE, "alice", false },
		{ UINT32_MAX, A_EXAMPLE, ALICE, "alice", false },
		{ 0, NONE, NONE, "alice", false },
		{ MG_ORIGIN_USER, NONE, NONE, "", false },
		{ MG_ORIGIN_MAILBOX, A_EXAMPLE, ALICE, "", false },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct mg_record r =
			subject(MG_SPACE_ORIGIN, rows[i].kind, rows[i].domain,
				rows[i].account, rows[i].name);
		const size_t n = admit.n_subjects[MG_SPACE_ORIGIN];
		const int rc = say(&r);

		if (rc != (rows[i].ok ? 0 : -MG_EPARSE))
			fail_msg("kind %u '%s': %d %s", rows[i].kind,
				 rows[i].name, rc, err.text);
		assert_int_equal(err.code, rows[i].ok ? 0 : MG_EPARSE);
		assert_int_equal(admit.n_subjects[MG_SPACE_ORIGIN],
				 n + rows[i].ok);
	}
}

static void test_senders(void **state)
{
	static const struct {
		const char *name;
		bool ok;
	} rows[] = {
		{ "a.example", true },
		{ "far.test", true },
		{ "", true },
		{ "*", true },
		{ "**", false },
		{ "A.example", false },
		{ "a.example.", false },
		{ "a..example", false },
		{ "joe@a.example", false },
		{ "(x)", false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct mg_record r = subject(MG_SPACE_SENDER, 0, NONE,
						   NONE, rows[i].name);

		if (say(&r) != (rows[i].ok ? 0 : -MG_EPARSE))
			fail_msg("'%s'", rows[i].name);
	}
}

/* ---- what names subjects by number */

static void know(enum mg_space space)
{
	const struct mg_record r = space == MG_SPACE_ORIGIN
					   ? subject(space, MG_ORIGIN_USER,
						     A_EXAMPLE, ALICE, "alice")
					   : subject(space, 0, NONE, NONE,
						     "far.test");

	assert_int_equal(say(&r), 0);
}

static struct mg_record fact(enum mg_space space, uint32_t number, int64_t hour)
{
	struct mg_record r;

	memset(&r, 0, sizeof(r));
	r.type = MG_RECORD_FACT;
	r.body.fact.space = space;
	r.body.fact.subject = number;
	r.body.fact.at = hour;
	r.body.fact.counts.n[MG_MESSAGES] = 1;
	return r;
}

static void test_facts(void **state)
{
	static const struct {
		int32_t hour_offset_s;
		uint32_t number;
		int64_t hour;
		bool ok;
	} rows[] = {
		{ 0, 0, HOUR, true },
		{ 0, 1, HOUR, false },
		{ 0, UINT32_MAX, HOUR, false },
		{ 0, 0, HOUR + 1, false },
		{ 0, 0, HOUR + 299, false },
		{ 900, 0, HOUR + 900, true },
		{ 900, 0, HOUR + 1, false },
		{ 0, 0, INT64_C(631152000), true },
		{ 0, 0, INT64_C(631152000) - 3600, false },
		{ 0, 0, INT64_C(7258118400), true },
		{ 0, 0, INT64_C(7258118400) + 3600, false },
		{ 0, 0, 0, false },
		{ 900, 0, INT64_MIN, false },
		{ 900, 0, INT64_MAX, false },
	};

	struct mg_record r;

	(void)state;
	know(MG_SPACE_ORIGIN);
	know(MG_SPACE_SENDER);
	admit.hour_offset_s = 0;
	/* Slots of origins, hours of senders' domains. */
	r = fact(MG_SPACE_ORIGIN, 0, HOUR + 300);
	assert_int_equal(say(&r), 0);
	r = fact(MG_SPACE_SENDER, 0, HOUR + 300);
	assert_int_equal(say(&r), -MG_EPARSE);
	for (int space = 0; space < MG_SPACES; space++)
		for (size_t i = 0; i < LENGTH(rows); i++) {
			r = fact((enum mg_space)space, rows[i].number,
				 rows[i].hour);
			admit.hour_offset_s = rows[i].hour_offset_s;
			if (say(&r) != (rows[i].ok ? 0 : -MG_EPARSE))
				fail_msg("number %u hour %lld", rows[i].number,
					 (long long)rows[i].hour);
		}
}

static struct mg_record check(uint32_t origin, int64_t hour)
{
	struct mg_record r;

	memset(&r, 0, sizeof(r));
	r.type = MG_RECORD_CHECK;
	r.body.check.check.at = hour;
	r.body.check.check.ip.bytes[15] = 1;
	r.body.check.origin = origin;
	if (origin != NONE) {
		r.body.check.check.login = 7;
		r.body.check.check.n[MG_CHECK_IMAP] = 1;
	}
	return r;
}

static void test_checks(void **state)
{
	static const struct {
		uint32_t number;
		int64_t hour;
		bool ok;
	} rows[] = {
		{ 0, HOUR, true },          { NONE, HOUR, true },
		{ 1, HOUR, false },         { NONE - 1, HOUR, false },
		{ 0, HOUR + 1, false },     { NONE, HOUR + 901, false },
		{ NONE, INT64_MIN, false }, { NONE, INT64_MAX, false },
	};

	(void)state;
	know(MG_SPACE_ORIGIN);
	know(MG_SPACE_SENDER);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct mg_record r = check(rows[i].number, rows[i].hour);

		if (say(&r) != (rows[i].ok ? 0 : -MG_EPARSE))
			fail_msg("number %u hour %lld", rows[i].number,
				 (long long)rows[i].hour);
	}
}

struct sums {
	unsigned n_rows;
	int64_t n_checks;
};

static int sum_checks(void *arg, const struct mg_report_row *row)
{
	struct sums *s = arg;

	s->n_rows++;
	s->n_checks += row->checks[MG_CHECK_IMAP];
	return 0;
}

/* More than are gathered at a time, and each address twice. */
static void test_many_checks(void **state)
{
	enum { N = MG_ADMIT_CHECKS + 100 };
	const struct mg_report_query query = { .by = MG_BY_IP,
					       .since = INT64_MIN,
					       .until = INT64_MAX };
	struct sums sums = { 0 };
	uint64_t n_left;

	(void)state;
	know(MG_SPACE_ORIGIN);
	for (uint32_t i = 0; i < 2 * N; i++) {
		struct mg_record r = check(0, HOUR);

		r.body.check.check.ip.bytes[14] = (unsigned char)(i % N);
		r.body.check.check.ip.bytes[13] = (unsigned char)(i % N >> 8);
		assert_int_equal(say(&r), 0);
	}
	assert_int_equal(mg_admit_chunk(&admit, HOUR, &err), 0);
	assert_int_equal(mg_store_report(store, &query, sum_checks, &sums,
					 &n_left, &err),
			 0);
	assert_int_equal(sums.n_rows, N);
	assert_int_equal(sums.n_checks, 2 * N);
}

/* The spaces are apart: what is known of one says nothing of the other. */
static void test_spaces_are_apart(void **state)
{
	const struct mg_record r = fact(MG_SPACE_ORIGIN, 0, HOUR);

	(void)state;
	know(MG_SPACE_SENDER);
	assert_int_equal(say(&r), -MG_EPARSE);
}

static void test_counts_never_go_below_zero(void **state)
{
	struct mg_record r = fact(MG_SPACE_ORIGIN, 0, HOUR);

	(void)state;
	know(MG_SPACE_ORIGIN);
	assert_int_equal(say(&r), 0);
	assert_int_equal(mg_admit_chunk(&admit, HOUR, &err), 0);
	r.body.fact.counts.n[MG_MESSAGES] = -1;
	assert_int_equal(say(&r), 0);
	assert_int_equal(mg_admit_chunk(&admit, HOUR, &err), 0);
	assert_int_equal(say(&r), 0);
	assert_int_equal(mg_admit_chunk(&admit, HOUR, &err), -MG_EIO);
}

/* A log of which no line had a stamp. */
static void test_no_time_was_reached(void **state)
{
	const struct mg_record r = fact(MG_SPACE_ORIGIN, 0, HOUR);

	(void)state;
	know(MG_SPACE_ORIGIN);
	assert_int_equal(say(&r), 0);
	assert_int_equal(mg_admit_chunk(&admit, INT64_MIN, &err), 0);
}

static struct mg_record flight(const char *id, uint32_t origin)
{
	struct mg_record r;

	memset(&r, 0, sizeof(r));
	r.type = MG_RECORD_FLIGHT;
	memcpy(r.body.flight.id, id, strlen(id));
	r.body.flight.state = MG_FLIGHT_CHARGED;
	r.body.flight.origin = origin;
	r.body.flight.n_recipients = 3;
	return r;
}

static int note_flight(void *arg, const struct mg_flight_row *row)
{
	int64_t *origin = arg;

	*origin = row->origin_id;
	return 1;
}

static void test_flights(void **state)
{
	struct mg_record r = flight("x", 1);
	int64_t origin = -1;

	(void)state;
	mg_admit_know(&admit, MG_SPACE_ORIGIN, 12345);
	know(MG_SPACE_ORIGIN);
	assert_int_equal(say(&r), 0);
	assert_int_equal(mg_store_each_flight(store, admit.source, note_flight,
					      &origin, &err),
			 1);
	assert_int_equal(origin, admit.subjects[MG_SPACE_ORIGIN][1].row);
	r = flight("y", 2);
	assert_int_equal(say(&r), -MG_EPARSE);
	r = flight("y", NONE - 1);
	assert_int_equal(say(&r), -MG_EPARSE);
	r = flight("x", NONE); /* charged to nobody so far */
	assert_int_equal(say(&r), 0);
	assert_int_equal(mg_store_each_flight(store, admit.source, note_flight,
					      &origin, &err),
			 1);
	assert_int_equal(origin, 0);
}

static int count_calls(void *arg, const char *id, uint64_t hash)
{
	int *n = arg;

	(void)id;
	(void)hash;
	(*n)++;
	return 0;
}

static void test_tracked_and_gone(void **state)
{
	struct mg_record tracked, gone, r = flight("x", NONE);
	int n = 0;

	(void)state;
	memset(&tracked, 0, sizeof(tracked));
	tracked.type = MG_RECORD_TRACKED;
	tracked.body.tracked.id[0] = 'x';
	tracked.body.tracked.hash = UINT64_MAX;
	assert_int_equal(say(&tracked), -MG_EPARSE); /* of no message */
	assert_int_equal(say(&r), 0);
	assert_int_equal(say(&tracked), 0);
	assert_int_equal(say(&tracked), 0);
	assert_int_equal(mg_store_each_tracked(store, admit.source, count_calls,
					       &n, &err),
			 0);
	assert_int_equal(n, 1);
	r = flight("y", NONE);
	assert_int_equal(say(&r), 0);
	assert_int_equal(say(&tracked), -MG_EPARSE); /* not of the last one */
	memset(&gone, 0, sizeof(gone));
	gone.type = MG_RECORD_GONE;
	gone.body.gone[0] = 'x';
	assert_int_equal(say(&gone), 0);
	assert_int_equal(say(&gone), 0); /* gone is gone */
	n = 0;
	assert_int_equal(mg_store_each_tracked(store, admit.source, count_calls,
					       &n, &err),
			 0);
	assert_int_equal(n, 0);
}

static void test_shapes(void **state)
{
	struct mg_record r;

	(void)state;
	memset(&r, 0, sizeof(r));
	r.type = MG_RECORD_SHAPE;
	r.body.shape.why = MG_SHAPE_ODD;
	r.body.shape.n = 3;
	r.body.shape.len = 1;
	r.body.shape.text[0] = 'x';
	assert_int_equal(say(&r), 0);
	assert_int_equal(say(&r), 0);
}

static void test_records_of_the_sweep_are_out_of_place(void **state)
{
	struct mg_record r;

	(void)state;
	memset(&r, 0, sizeof(r));
	r.type = MG_RECORD_FAILED;
	assert_int_equal(say(&r), -MG_EPARSE);
	r.type = MG_RECORD_CHUNK;
	r.body.chunk.to = 1;
	assert_int_equal(say(&r), -MG_EPARSE);
}

/* ---- an honest child and a hostile log */

#define HEAD "2026-11-22 02:19:34 [7] 1xUxB0-00000000CXd-0nge "

static const char *const lines[] = {
	HEAD "<= \"a b\"@a.example H=([1.2.3.4]) [198.51.100.7]:5 P=esmtpsa"
	     " A=login:joe@a.example S=2312 id=m@x T=\"x\" for a@far.test b@y",
	HEAD "<= x@far.test H=(x) [127.0.0.1] P=esmtp S=9 id=m@x for j@y",
	HEAD "<= shop@b.example H=(x) [203.0.113.7] P=esmtp S=9 id=m@x",
	HEAD "<= \"x@c.example U=nobody P=local S=9 for <trunc>",
	HEAD "<= x@y U=nobody P=local S=2147483647",
	HEAD "<= <> R=1xUxB0-00000000CXd-0nge U=alice P=local S=9 id=m@x",
	HEAD "=> team@far.test <sales@a.example> R=r T=t H=mx [203.0.113.9]",
	HEAD ">> r@far.test R=r T=t H=mx [203.0.113.9]",
	HEAD "== r@far.test <i@c.example> R=r T=t defer (-44): x",
	HEAD "** r@far.test R=r T=t H=mx [203.0.113.9]: 550 5.1.1 x",
	HEAD "Sender identification U=bob D=c.example S=x@y",
	HEAD "Sender identification U=alice D=b.example S=x@y",
	HEAD "rescind the above message-accept",
	HEAD "Completed",
	"2026-11-22 02:19:34 [7] cwd=/home/bob/w/x@y%z 3 args: sendmail",
	"0001-01-01 00:00:00 1xUxB0-00000000CXd-0nge <= x@y U=bob P=local S=1",
	"9999-12-31 23:59:59 -2659 1xUxB0-00000000CXd-0nge <= x@y U=bob P=local"
	" S=1",
	"1995-01-01 00:00:00 +2659 1xUxB0-00000000CXd-0nge <= x@y U=bob P=local"
	" S=1",
	"2198-12-31 23:59:59 -2659 1xUxB0-00000000CXd-0nge <= x@y U=bob P=local"
	" S=1",
	"2026-11-22 02:19:34 [7] cwd=/home/alice/a\\b\"c 3 args: sendmail",
};

static uint32_t random_next(uint32_t *x)
{
	*x = *x * 1664525 + 1013904223;
	return *x >> 8;
}

static void add_changed(struct mg_buf *log, uint32_t *x)
{
	static const char likely[] = " \"\\<>()[]:=*@-.\r\t\0\xff/19Ab";
	const char *line = lines[random_next(x) % LENGTH(lines)];
	const size_t at = log->len;

	mg_buf_add_str(log, line);
	for (uint32_t n = random_next(x) % 3; n > 0; n--) {
		char *byte = log->ptr + at + random_next(x) % strlen(line);

		*byte = likely[random_next(x) % (sizeof(likely) - 1)];
	}
	mg_buf_add_char(log, '\n');
}

/* One run of the child over [from, log->len), and all it says admitted. */
static void sweep(struct mg_counter *counter, const struct mg_buf *log,
		  size_t from)
{
	struct mg_parse_job job = { .counter = counter,
				    .from = (int64_t)from,
				    .end = (int64_t)log->len,
				    .chunk_bytes = 1 };
	static struct mg_record_pipe in;
	const int fd = memfd_create("log", MFD_CLOEXEC);
	struct mg_record r;
	int rc;

	assert_int_equal(write(fd, log->ptr, log->len), (ssize_t)log->len);
	in = (struct mg_record_pipe){ .fd = memfd_create("said", MFD_CLOEXEC) };
	assert_int_equal(mg_parse_run(&job, fd, in.fd), 0);
	assert_int_equal(lseek(in.fd, 0, SEEK_SET), 0);
	while ((rc = mg_record_read(&in, &r, &err)) == 1) {
		if (r.type == MG_RECORD_CHUNK
			    ? mg_admit_chunk(&admit, r.body.chunk.last_at, &err)
			    : say(&r))
			fail_msg("type %u: %s\n%s", r.type, err.text, log->ptr);
	}
	if (rc != 0)
		fail_msg("%s\n%s", err.text, log->ptr);
	assert_int_equal(close(in.fd), 0);
	assert_int_equal(close(fd), 0);
}

/* A log that could make it refuse would never be swept again. */
static void test_an_honest_child_is_never_refused(void **state)
{
	static const int32_t offsets[] = { 0, 900, 1800 };
	const uint32_t seed = 20261122;
	uint32_t x = seed;

	print_message("# seed %u\n", seed);
	for (unsigned i = 0; i < 150; i++) {
		struct mg_counter counter;
		struct mg_buf log;
		size_t from;

		mg_buf_init(&log, 1 << 20);
		admit.hour_offset_s = offsets[i % LENGTH(offsets)];
		mg_counter_init(&counter, &accounts, &utc, admit.hour_offset_s,
				&key);
		for (unsigned turn = 0; turn < 4; turn++) {
			from = log.len;
			for (unsigned n = 0; n < 10; n++)
				add_changed(&log, &x);
			sweep(&counter, &log, from);
		}
		mg_counter_release(&counter);
		mg_buf_release(&log);
		assert_int_equal(end(state), 0);
		assert_int_equal(begin(state), 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_origins),
		TEST(test_senders),
		TEST(test_facts),
		TEST(test_checks),
		TEST(test_many_checks),
		TEST(test_spaces_are_apart),
		TEST(test_counts_never_go_below_zero),
		TEST(test_no_time_was_reached),
		TEST(test_flights),
		TEST(test_tracked_and_gone),
		TEST(test_shapes),
		TEST(test_records_of_the_sweep_are_out_of_place),
		TEST(test_an_honest_child_is_never_refused),
	};

	return cmocka_run_group_tests(tests, load_accounts, free_accounts);
}
