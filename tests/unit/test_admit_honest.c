/* SPDX-License-Identifier: MIT */
/* An honest child that read a hostile log is never refused. */
#include "admit_fixture.h"
#include "mutate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/admit.h"
#include "mailguard/worker.h"

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

static void add_changed(struct mg_buf *log, uint32_t *x)
{
	static const char likely[] = " \"\\<>()[]:=*@-.\r\t\0\xff/19Ab";
	const char *line = lines[mutate_next(x) % LENGTH(lines)];
	const size_t at = log->len;

	mg_buf_add_str(log, line);
	for (uint32_t n = mutate_next(x) % 3; n > 0; n--) {
		char *byte = log->ptr + at + mutate_next(x) % strlen(line);

		*byte = likely[mutate_next(x) % (sizeof(likely) - 1)];
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
				&hash_key);
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_an_honest_child_is_never_refused),
	};

	return cmocka_run_group_tests(tests, load_accounts, free_accounts);
}
