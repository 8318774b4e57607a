/* SPDX-License-Identifier: MIT */
/* Records through a file in the place of the pipe. */
#include "mutate.h"
#include "record_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/record.h"

static struct mg_record_pipe in, out;

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

/* As many bytes as it says, and never more than there is room for. */
static void test_names_of_subjects(void **state)
{
	struct mg_record bad = valid(MG_RECORD_SUBJECT), got;

	(void)state;
	for (uint32_t len = 0; len <= MG_ORIGIN_NAME_MAX; len++) {
		struct mg_record r = valid(MG_RECORD_SUBJECT);

		memset(r.body.subject.name, 'x', len);
		r.body.subject.len = len;
		begin();
		assert_int_equal(mg_record_write(&out, &r, &err), 0);
		assert_int_equal(
			out.len,
			HEAD + offsetof(struct mg_record_subject, name) + len);
		assert_int_equal(mg_record_write(&out, &r, &err), 0);
		assert_int_equal(mg_record_flush(&out, &err), 0);
		turn();
		for (int i = 0; i < 2; i++) {
			assert_int_equal(mg_record_read(&in, &got, &err), 1);
			assert_int_equal(got.body.subject.len, len);
			assert_memory_equal(got.body.subject.name,
					    r.body.subject.name, len);
		}
		assert_int_equal(mg_record_read(&in, &got, &err), 0);
		end();
	}
	bad.body.subject.len = MG_ORIGIN_NAME_MAX + 1;
	got.type = 77;
	begin();
	send_bytes(&bad, sizeof(bad));
	turn();
	assert_int_equal(mg_record_read(&in, &got, &err), -MG_EPARSE);
	assert_int_equal(got.type, 77);
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
		const size_t len = mutate_next(&x) % sizeof(bytes);

		for (size_t k = 0; k < len; k++)
			bytes[k] = (unsigned char)mutate_next(&x);
		/* Half of them begin like a record. */
		if (i % 2 && len > HEAD) {
			memset(bytes, 0, HEAD);
			bytes[0] = (unsigned char)(mutate_next(&x) %
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
			1 + mutate_next(&x) % (MG_RECORD_TYPES - 1)));
		const size_t size = size_of(r.type);
		unsigned char bytes[sizeof(r)];

		memcpy(bytes, &r, sizeof(r));
		for (uint32_t n = 1 + mutate_next(&x) % 3; n > 0; n--)
			bytes[mutate_next(&x) % size] =
				(unsigned char)mutate_next(&x);
		begin();
		send_bytes(bytes, size);
		read_all();
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_nothing_at_all),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_a_bad_record_is_not_given_out),
		cmocka_unit_test(test_names_of_subjects),
		cmocka_unit_test(test_a_pipe_that_is_closed),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_changed_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
