/* SPDX-License-Identifier: MIT */
/* Ranges of addresses: what is one, and what lies in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/network.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

static struct mg_ip ip_of(const char *text)
{
	struct mg_ip ip;

	assert_true(mg_ip_parse(mg_slice_str(text), &ip));
	return ip;
}

static void test_parse(void **state)
{
	static const struct {
		const char *text, *want; /* NULL: refused */
	} rows[] = {
		{ "192.0.2.7", "192.0.2.7" },
		{ "192.0.2.0/24", "192.0.2.0/24" },
		{ "192.0.2.7/32", "192.0.2.7" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "::ffff:192.0.2.0/24", "192.0.2.0/24" },
		{ "2001:DB8::/32", "2001:db8::/32" },
		{ "2001:db8::1/128", "2001:db8::1" },
		{ "::/0", "::/0" },
		{ "192.0.2.7/24", NULL },
		{ "192.0.2.0/33", NULL },
		{ "2001:db8::/129", NULL },
		{ "2001:db8::1/64", NULL },
		{ "192.0.2.0/", NULL },
		{ "192.0.2.0/24/24", NULL },
		{ "192.0.2/24", NULL },
		{ "192.0.2.0/+24", NULL },
		{ "192.0.2.0/0x18", NULL },
		{ "192.0.2.0 /24", NULL },
		{ "/24", NULL },
		{ "", NULL },
		{ "host.example", NULL },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char text[MG_NETWORK_TEXT_MAX];
		struct mg_network n;

		assert_int_equal(mg_network_parse(mg_slice_str(rows[i].text),
						  &n),
				 rows[i].want != NULL);
		if (!rows[i].want)
			continue;
		mg_network_format(&n, text);
		assert_string_equal(text, rows[i].want);
	}
}

static void test_has(void **state)
{
	static const struct {
		const char *network, *ip;
		bool want;
	} rows[] = {
		{ "192.0.2.0/24", "192.0.2.0", true },
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.128/25", "192.0.2.127", false },
		{ "192.0.2.128/25", "192.0.2.128", true },
		{ "192.0.2.7", "192.0.2.7", true },
		{ "192.0.2.7", "192.0.2.6", false },
		{ "0.0.0.0/0", "203.0.113.9", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "::/0", "192.0.2.7", true },
		{ "2001:db8::/32", "2001:db8:ffff::1", true },
		{ "2001:db8::/32", "2001:db9::1", false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct mg_ip ip = ip_of(rows[i].ip);
		struct mg_network n;

		assert_true(
			mg_network_parse(mg_slice_str(rows[i].network), &n));
		assert_int_equal(mg_network_has(&n, &ip), rows[i].want);
	}
}

static void test_of(void **state)
{
	const struct mg_ip ip = ip_of("2001:db8:1:2:3:4:5:6");
	const struct mg_network n = mg_network_of(&ip, 64);
	char text[MG_NETWORK_TEXT_MAX];

	(void)state;
	mg_network_format(&n, text);
	assert_string_equal(text, "2001:db8:1:2::/64");
	assert_true(mg_network_has(&n, &ip));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_has),
		cmocka_unit_test(test_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
