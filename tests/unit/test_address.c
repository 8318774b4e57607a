/* SPDX-License-Identifier: MIT */
#include "mutate.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mailguard/address.h"

#define N_RANDOM 200000 /* inputs of each property */
#define RANDOM_MAX 24   /* bytes of each */

static uint64_t seed = 1; /* the first argument, to repeat a failure */
static uint64_t random_state;

/* splitmix64, S. Vigna; the same everywhere for one seed. */
static uint64_t next_random(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15U;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
	z = (z ^ z >> 27) * 0x94d049bb133111ebU;
	return z ^ z >> 31;
}

/*
 * Random bytes in memory of their own, so that a read outside is seen. Half of
 * the inputs could be names; in the others one byte in eight is any, the rest
 * mean something to a parser.
 */
static struct mg_slice random_input(void)
{
	static const char alphabet[] = "aBz09.-_@\"\\ \t<>,";
	const size_t n_plain = 9; /* that a domain or mailbox may hold */
	const size_t len = (size_t)(next_random() % (RANDOM_MAX + 1));
	const bool is_plain = next_random() % 2;
	char *text = malloc(len ? len : 1);

	assert_non_null(text);
	for (size_t i = 0; i < len; i++) {
		const uint64_t r = next_random();

		if (is_plain)
			text[i] = alphabet[r % n_plain];
		else if (r % 8)
			text[i] = alphabet[(r >> 8) % (sizeof(alphabet) - 1)];
		else
			text[i] = (char)(r >> 8 & 0xff);
	}
	return mg_slice_of(text, len);
}

static void free_input(struct mg_slice s)
{
	char *text;

	memcpy(&text, &s.ptr, sizeof(text)); /* it was ours to write */
	free(text);
}

/* ---- cutting */

static void test_cut(void **state)
{
	static const struct {
		struct mg_slice s;
		const char *out, *rest; /* NULL: false, nothing changed */
	} rows[] = {
		/* clang-format off */
		{ { NULL, 0 }, NULL, NULL },
		{ MG_LIT_INIT(" a@b"), NULL, NULL },
		{ MG_LIT_INIT("a"), "a", "" },
		{ MG_LIT_INIT("a@b c@d"), "a@b", " c@d" },
		{ MG_LIT_INIT("a@b "), "a@b", " " },
		{ MG_LIT_INIT("<> x"), "<>", " x" },
		{ { "a@bc d", 3 }, "a@b", "" },

		/* Quotes hold blanks and other fields. */
		{ MG_LIT_INIT("\"a b\"@c d"), "\"a b\"@c", " d" },
		{ MG_LIT_INIT("\"a <= x@y U=root\"@c d"),
		  "\"a <= x@y U=root\"@c", " d" },
		{ MG_LIT_INIT("\"\" x"), "\"\"", " x" },
		{ MG_LIT_INIT("a\" \"b\" \"c d"), "a\" \"b\" \"c", " d" },
		{ MG_LIT_INIT("\"a b"), NULL, NULL },
		{ MG_LIT_INIT("\""), NULL, NULL },
		{ MG_LIT_INIT("a@b\" c"), NULL, NULL },
		{ { "\"a b\"", 4 }, NULL, NULL },

		/* A backslash takes the next byte along, where it stands. */
		{ MG_LIT_INIT("\"a\\\" b\"@c d"), "\"a\\\" b\"@c", " d" },
		{ MG_LIT_INIT("\"a\\\\\" b"), "\"a\\\\\"", " b" },
		{ MG_LIT_INIT("\"a\\\""), NULL, NULL },
		{ MG_LIT_INIT("\"a\\"), NULL, NULL },
		{ { "\"\\\"\"", 2 }, NULL, NULL },
		{ MG_LIT_INIT("a\\ b c"), "a\\ b", " c" },
		{ MG_LIT_INIT("a\\\" b"), "a\\\"", " b" },
		{ MG_LIT_INIT("a\\"), NULL, NULL },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct mg_slice before = rows[i].s;
		const struct mg_slice kept = MG_LIT("untouched");
		struct mg_slice s = before, out = kept;

		if (!rows[i].out) {
			assert_false(mg_address_cut(&s, &out));
			assert_ptr_equal(s.ptr, before.ptr);
			assert_int_equal(s.len, before.len);
			assert_ptr_equal(out.ptr, kept.ptr);
			assert_int_equal(out.len, kept.len);
			continue;
		}
		assert_true(mg_address_cut(&s, &out));
		assert_true(mg_slice_is(out, mg_slice_str(rows[i].out)));
		assert_true(mg_slice_is(s, mg_slice_str(rows[i].rest)));
	}
}

/* The piece and the rest are the input, parted at a blank. */
static void test_cut_of_random_bytes(void **state)
{
	unsigned n_cut = 0;

	(void)state;
	for (unsigned i = 0; i < N_RANDOM; i++) {
		const struct mg_slice in = random_input();
		struct mg_slice s = in, out;

		if (mg_address_cut(&s, &out)) {
			assert_ptr_equal(out.ptr, in.ptr);
			assert_true(out.len > 0);
			assert_ptr_equal(s.ptr, in.ptr + out.len);
			assert_int_equal(out.len + s.len, in.len);
			assert_true(s.len == 0 || s.ptr[0] == ' ');
			assert_true(mg_address_domain(out).len < out.len);
			n_cut++;
		} else {
			assert_ptr_equal(s.ptr, in.ptr);
			assert_int_equal(s.len, in.len);
		}
		free_input(in);
	}
	assert_in_range(n_cut, N_RANDOM / 10, N_RANDOM);
}

static void test_domain_of_an_address(void **state)
{
	static const struct {
		struct mg_slice in;
		const char *want;
	} rows[] = {
		/* clang-format off */
		{ { NULL, 0 }, "" },
		{ MG_LIT_INIT("a"), "" },
		{ MG_LIT_INIT("@"), "" },
		{ MG_LIT_INIT("a@"), "" },
		{ MG_LIT_INIT("@b"), "b" },
		{ MG_LIT_INIT("a@b.example"), "b.example" },
		{ MG_LIT_INIT("a@b@c"), "c" },
		{ MG_LIT_INIT("\"a@b\"@C"), "C" },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(mg_slice_is(mg_address_domain(rows[i].in),
					mg_slice_str(rows[i].want)));
}

/* ---- canonical forms */

typedef size_t (*canonical_fn)(struct mg_slice in, char *out);

static size_t domain_canonical(struct mg_slice in, char *out)
{
	return mg_domain_canonical(in, out);
}

static size_t mailbox_canonical(struct mg_slice in, char *out)
{
	return mg_mailbox_canonical(in, out);
}

struct row {
	struct mg_slice in;
	const char *want; /* NULL: it names none */
};

static void check_rows(const struct row *rows, size_t n, canonical_fn canonical)
{
	for (size_t i = 0; i < n; i++) {
		char out[MG_MAILBOX_MAX];
		const size_t len = canonical(rows[i].in, out);
		const struct mg_slice want = mg_slice_str(rows[i].want);

		if (!mg_slice_is(mg_slice_of(out, len), want))
			fail_msg("'%.*s' became '%.*s'",
				 MG_SLICE_ARG(rows[i].in), (int)len, out);
	}
}

/* Each byte at each place of names of each length, which are read by blocks. */
static void test_domain_canonical_looks_at_every_byte(void **state)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	char in[40], out[MG_DOMAIN_MAX];

	(void)state;
	for (size_t n = 1; n <= sizeof(in); n++) {
		memset(in, 'x', n);
		for (size_t i = 0; i < n * 255; i++) {
			const char c = (char)(i % 255 + 1);
			const bool is_dot = c == '.' && i / 255 > 0;
			const bool is_good = is_dot || strchr(allowed, c);
			const size_t want = !is_good                     ? 0
					    : is_dot && i / 255 == n - 1 ? n - 1
									 : n;

			in[i / 255] = c;
			assert_int_equal(mg_domain_canonical(mg_slice_of(in, n),
							     out),
					 want);
			for (size_t at = 0; at < want; at++)
				assert_int_equal(out[at],
						 at == i / 255 && c >= 'A' &&
								 c <= 'Z'
							 ? c | 0x20
							 : in[at]);
			in[i / 255] = 'x';
		}
	}
}

static void test_domain_canonical(void **state)
{
	static const struct row rows[] = {
		/* clang-format off */
		{ { NULL, 0 }, NULL },
		{ MG_LIT_INIT("a"), "a" },
		{ MG_LIT_INIT("Example.COM"), "example.com" },
		{ MG_LIT_INIT("AZ.az.09-_"), "az.az.09-_" },
		{ MG_LIT_INIT("example.com."), "example.com" },
		{ MG_LIT_INIT("example.com.."), NULL },
		{ MG_LIT_INIT("."), NULL },
		{ MG_LIT_INIT(".."), NULL },
		{ MG_LIT_INIT(".a"), NULL },
		{ MG_LIT_INIT("a..b"), NULL },
		{ MG_LIT_INIT("a b"), NULL },
		{ MG_LIT_INIT("a\0"), NULL },
		{ MG_LIT_INIT("a@b"), NULL },
		{ MG_LIT_INIT("a/../b"), NULL },
		{ MG_LIT_INIT("[192.0.2.1]"), NULL },
		{ MG_LIT_INIT("a:b"), NULL },
		/* The neighbours of the ranges. */
		{ MG_LIT_INIT("/"), NULL },
		{ MG_LIT_INIT("`"), NULL },
		{ MG_LIT_INIT("{"), NULL },
		{ MG_LIT_INIT("["), NULL },
		{ MG_LIT_INIT("m\xc3\xbcller.example"), NULL },
		{ { "ab", 1 }, "a" },
		/* clang-format on */
	};

	(void)state;
	check_rows(rows, sizeof(rows) / sizeof(rows[0]), domain_canonical);
}

static void test_domain_length(void **state)
{
	static const struct {
		size_t len;
		bool dot;
		size_t want;
	} rows[] = {
		{ 1, false, 1 },
		{ MG_DOMAIN_MAX, false, MG_DOMAIN_MAX },
		{ MG_DOMAIN_MAX, true, MG_DOMAIN_MAX },
		{ MG_DOMAIN_MAX + 1, false, 0 },
		{ MG_DOMAIN_MAX + 1, true, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *out = malloc(MG_DOMAIN_MAX);
		struct mg_buf in;

		assert_non_null(out);
		mg_buf_init(&in, 1000);
		mg_buf_add_fill(&in, 'A', rows[i].len);
		if (rows[i].dot)
			mg_buf_add_char(&in, '.');
		assert_int_equal(mg_domain_canonical(mg_buf_slice(&in), out),
				 rows[i].want);
		for (size_t at = 0; at < rows[i].want; at++)
			assert_int_equal(out[at], 'a');
		mg_buf_release(&in);
		free(out);
	}
}

static void test_mailbox_canonical(void **state)
{
	static const struct row rows[] = {
		/* clang-format off */
		{ { NULL, 0 }, NULL },
		{ MG_LIT_INIT("a"), NULL },
		{ MG_LIT_INIT("@"), NULL },
		{ MG_LIT_INIT("a@"), NULL },
		{ MG_LIT_INIT("@b"), NULL },
		{ MG_LIT_INIT("a@b"), "a@b" },
		{ MG_LIT_INIT("Info@Example.COM"), "info@example.com" },
		{ MG_LIT_INIT("a.b+c@example.com."), "a.b+c@example.com" },
		{ MG_LIT_INIT("!#$%&'*+-/=?^_`{|}~.Z9@b"),
		  "!#$%&'*+-/=?^_`{|}~.z9@b" },
		{ MG_LIT_INIT("a@b@c"), NULL },
		{ MG_LIT_INIT("a b@c"), NULL },
		{ MG_LIT_INIT("\"a\"@c"), NULL },
		{ MG_LIT_INIT("a\\@c"), NULL },
		{ MG_LIT_INIT("a\0@c"), NULL },
		{ MG_LIT_INIT("a,b@c"), NULL },
		{ MG_LIT_INIT("a:b@c"), NULL },
		{ MG_LIT_INIT("a;b@c"), NULL },
		{ MG_LIT_INIT("<a@c"), NULL },
		{ MG_LIT_INIT("(a)@c"), NULL },
		{ MG_LIT_INIT("[a]@c"), NULL },
		{ MG_LIT_INIT("a\x7f@c"), NULL },
		{ MG_LIT_INIT("j\xc3\xb6rg@c"), NULL },
		{ MG_LIT_INIT("a@.c"), NULL },
		{ MG_LIT_INIT("a@c.."), NULL },
		{ MG_LIT_INIT("a@[192.0.2.1]"), NULL },
		/* clang-format on */
	};

	(void)state;
	check_rows(rows, sizeof(rows) / sizeof(rows[0]), mailbox_canonical);
}

static void test_mailbox_length(void **state)
{
	static const struct {
		size_t local, domain, want;
	} rows[] = {
		{ 1, 1, 3 },
		{ 64, MG_DOMAIN_MAX, 65 + MG_DOMAIN_MAX },
		{ 64, MG_DOMAIN_MAX + 1, 0 },
		/* What the buffer holds is the limit, not RFC 5321's 64. */
		{ 66, MG_DOMAIN_MAX, MG_MAILBOX_MAX },
		{ 67, MG_DOMAIN_MAX, 0 },
		{ 67, 1, 0 },
		{ 1000, 1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *out = malloc(MG_MAILBOX_MAX);
		struct mg_buf in;

		assert_non_null(out);
		mg_buf_init(&in, 2000);
		mg_buf_add_fill(&in, 'L', rows[i].local);
		mg_buf_add_char(&in, '@');
		mg_buf_add_fill(&in, 'D', rows[i].domain);
		assert_int_equal(mg_mailbox_canonical(mg_buf_slice(&in), out),
				 rows[i].want);
		if (rows[i].want) {
			assert_true(mg_slice_is_nocase(
				mg_slice_of(out, rows[i].want),
				mg_buf_slice(&in)));
			assert_int_equal(out[0], 'l');
			assert_int_equal(out[rows[i].want - 1], 'd');
		}
		mg_buf_release(&in);
		free(out);
	}
}

/* canonical(canonical(x)) is canonical(x), and differs from x by case only. */
static void check_property(canonical_fn canonical, unsigned n_valid_min)
{
	unsigned n_valid = 0;

	for (unsigned i = 0; i < N_RANDOM; i++) {
		const struct mg_slice in = random_input();
		char once[MG_MAILBOX_MAX], twice[MG_MAILBOX_MAX];
		const size_t len = canonical(in, once);

		assert_true(len == in.len || len == 0 ||
			    (len + 1 == in.len && in.ptr[len] == '.'));
		if (len) {
			const struct mg_slice want = mg_slice_of(once, len);

			assert_int_equal(canonical(want, twice), len);
			assert_memory_equal(twice, once, len);
			assert_true(mg_slice_is_nocase(want, mg_slice_of(in.ptr,
									 len)));
			for (size_t at = 0; at < len; at++)
				assert_false(once[at] >= 'A' &&
					     once[at] <= 'Z');
			n_valid++;
		}
		free_input(in);
	}
	/* That the property was tested at all. */
	assert_true(n_valid >= n_valid_min);
}

static void test_canonical_is_canonical(void **state)
{
	(void)state;
	check_property(domain_canonical, 1000);
	check_property(mailbox_canonical, 500);
}

/* ---- addresses of hosts */

static void test_mailbox_with_an_address(void **state)
{
	static const struct {
		const char *text, *mailbox, *ip; /* NULL: it is none */
	} rows[] = {
		{ "joe@a.example/192.0.2.9", "joe@a.example", "192.0.2.9" },
		{ "joe@a.example/2001:db8::", "joe@a.example", "2001:db8::" },
		{ "a/b@c.example/::1", "a/b@c.example", "::1" },
		{ "24/192.0.2.9", "24", "192.0.2.9" },
		{ "192.0.2.0/24", NULL, NULL },
		{ "2001:db8::/64", NULL, NULL },
		{ "/192.0.2.9", NULL, NULL },
		{ "/home/joe/192.0.2.9", NULL, NULL },
		{ "joe@a.example/", NULL, NULL },
		{ "joe@a.example", NULL, NULL },
		{ "", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct mg_slice mailbox, ip;
		const bool is = mg_mailbox_ip_cut(mg_slice_str(rows[i].text),
						  &mailbox, &ip);

		assert_int_equal(is, rows[i].mailbox != NULL);
		if (!is)
			continue;
		assert_true(
			mg_slice_is(mailbox, mg_slice_str(rows[i].mailbox)));
		assert_true(mg_slice_is(ip, mg_slice_str(rows[i].ip)));
	}
}

static void test_ip(void **state)
{
	static const struct {
		struct mg_slice in;
		bool valid, loopback;
	} rows[] = {
		/* clang-format off */
		{ { NULL, 0 }, false, false },
		{ MG_LIT_INIT("192.0.2.1"), true, false },
		{ MG_LIT_INIT("0.0.0.0"), true, false },
		{ MG_LIT_INIT("255.255.255.255"), true, false },
		{ MG_LIT_INIT("256.0.2.1"), false, false },
		{ MG_LIT_INIT("192.0.2"), false, false },
		{ MG_LIT_INIT("192.0.2.1.1"), false, false },
		{ MG_LIT_INIT("192.0.2.1 "), false, false },
		{ MG_LIT_INIT(" 192.0.2.1"), false, false },
		{ MG_LIT_INIT("192.0.2.1\0"), false, false },
		{ MG_LIT_INIT("192.0.2.01"), false, false },
		{ MG_LIT_INIT("0x7f.0.0.1"), false, false },
		{ MG_LIT_INIT("[192.0.2.1]"), false, false },
		{ MG_LIT_INIT("192.0.2.1:25"), false, false },
		{ { "192.0.2.12", 9 }, true, false },
		{ MG_LIT_INIT("example.com"), false, false },

		{ MG_LIT_INIT("126.255.255.255"), true, false },
		{ MG_LIT_INIT("127.0.0.0"), true, true },
		{ MG_LIT_INIT("127.0.0.1"), true, true },
		{ MG_LIT_INIT("127.255.255.255"), true, true },
		{ MG_LIT_INIT("128.0.0.1"), true, false },
		{ MG_LIT_INIT("127.1"), false, false },
		{ MG_LIT_INIT("2130706433"), false, false },

		{ MG_LIT_INIT("::"), true, false },
		{ MG_LIT_INIT("::1"), true, true },
		{ MG_LIT_INIT("::2"), true, false },
		{ MG_LIT_INIT("0:0:0:0:0:0:0:1"), true, true },
		{ MG_LIT_INIT("1::1"), true, false },
		{ MG_LIT_INIT("2001:DB8::1"), true, false },
		{ MG_LIT_INIT("2001:db8:::1"), false, false },
		{ MG_LIT_INIT("fe80::1%eth0"), false, false },
		{ MG_LIT_INIT(":"), false, false },
		{ MG_LIT_INIT("1:2:3:4:5:6:7"), false, false },
		{ MG_LIT_INIT("1:2:3:4:5:6:7:8:9"), false, false },
		{ MG_LIT_INIT("::ffff:127.0.0.1"), true, true },
		{ MG_LIT_INIT("::ffff:7f12:3456"), true, true },
		{ MG_LIT_INIT("::ffff:128.0.0.1"), true, false },
		{ MG_LIT_INIT("::fffe:127.0.0.1"), true, false },
		{ MG_LIT_INIT("::127.0.0.1"), true, false },

		/* The longest there is, 45 bytes, and one more. */
		{ MG_LIT_INIT("0000:0000:0000:0000:0000:ffff:127.100.100.100"),
		  true, true },
		{ MG_LIT_INIT("0000:0000:0000:0000:0000:ffff:127.100.100.1000"),
		  false, false },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (mg_ip_is_valid(rows[i].in) != rows[i].valid ||
		    mg_ip_is_loopback(rows[i].in) != rows[i].loopback)
			fail_msg("'%.*s'", MG_SLICE_ARG(rows[i].in));
	}
}

/* Whatever the text, the same as inet_pton(3). */
static void test_ip_is_what_the_system_takes(void **state)
{
	static const char *const seeds[] = {
		"192.0.2.1",
		"255.249.30.9",
		"1.1.1.1",
		"100.200.250.199",
		"2001:db8::7:a",
		"1:2:3:4:5:6:7:8",
		"::1",
		"fe80::",
		"::ffff:192.0.2.1",
	};
	static const char likely[] = "0123456789afAFg.:/";
	uint32_t x = MUTATE_SEED;

	(void)state;
	for (size_t run = 0; run < 20 * MUTATE_RUNS; run++) {
		char text[MUTATE_MAX + 1];
		unsigned char raw[16];
		const size_t len = mutate(seeds[run % 9], text, likely,
					  sizeof(likely) - 1, &x);
		bool want;

		text[len] = '\0';
		want = strlen(text) == len &&
		       (inet_pton(AF_INET, text, raw) == 1 ||
			inet_pton(AF_INET6, text, raw) == 1);
		if (mg_ip_is_valid(mg_slice_of(text, len)) != want)
			fail_msg("'%s'", text);
	}
}

static void test_ip_bytes(void **state)
{
	static const struct {
		const char *text;
		const char *canonical; /* NULL: no address */
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "::FFFF:c000:201", "192.0.2.1" },
		{ "2001:DB8:0:0:0:0:0:7", "2001:db8::7" },
		{ "2001:db8:0:1::", "2001:db8:0:1::" },
		{ "::1", "::1" },
		{ "::", "::" },
		{ "fe80::1%eth0", NULL },
		{ "192.0.2.1 ", NULL },
		{ "192.0.2.256", NULL },
		{ "192.0.2", NULL },
		{ "", NULL },
	};
	char text[MG_IP_TEXT_MAX];
	struct mg_ip ip, again;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const bool ok = mg_ip_parse(mg_slice_str(rows[i].text), &ip);

		assert_int_equal(ok, rows[i].canonical != NULL);
		if (!ok)
			continue;
		mg_ip_format(&ip, text);
		assert_string_equal(text, rows[i].canonical);
		assert_true(mg_ip_parse(mg_slice_str(text), &again));
		assert_memory_equal(&ip, &again, sizeof(ip));
	}
}

static void test_ip_is_written_as_the_system_does_and_read(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 256 * 4; n++) {
		struct mg_ip ip = { .bytes = { [10] = 0xff, [11] = 0xff } };
		char want[INET_ADDRSTRLEN], text[MG_IP_TEXT_MAX];
		struct mg_ip again;

		ip.bytes[12 + n % 4] = (unsigned char)(n / 4);
		assert_non_null(
			inet_ntop(AF_INET, ip.bytes + 12, want, sizeof(want)));
		mg_ip_format(&ip, text);
		assert_string_equal(text, want);
		assert_true(mg_ip_parse(mg_slice_str(text), &again));
		assert_memory_equal(&again, &ip, sizeof(ip));
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_cut_of_random_bytes),
		cmocka_unit_test(test_domain_of_an_address),
		cmocka_unit_test(test_domain_canonical),
		cmocka_unit_test(test_domain_canonical_looks_at_every_byte),
		cmocka_unit_test(test_domain_length),
		cmocka_unit_test(test_mailbox_canonical),
		cmocka_unit_test(test_mailbox_length),
		cmocka_unit_test(test_canonical_is_canonical),
		cmocka_unit_test(test_mailbox_with_an_address),
		cmocka_unit_test(test_ip),
		cmocka_unit_test(test_ip_is_what_the_system_takes),
		cmocka_unit_test(test_ip_bytes),
		cmocka_unit_test(
			test_ip_is_written_as_the_system_does_and_read),
	};

	if (argc > 1)
		seed = strtoull(argv[1], NULL, 10);
	random_state = seed;
	printf("# seed %" PRIu64 "\n", seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
