/* SPDX-License-Identifier: MIT */
/* Text for ipset and iptables: sets whole, changes, the chain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/ipset.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define TEXT_MAX 65536

static const uint16_t ports[] = { 110, 143 };

static const struct mg_nft_table plain = {
	.ports = ports,
	.n_ports = 2,
	.prefix6 = 64,
	.size = 1000,
};

static struct mg_network network_of(const char *text)
{
	struct mg_network n;

	assert_true(mg_network_parse(mg_slice_str(text), &n));
	return n;
}

/* One of IPv4, one of IPv6, one that goes, and one that lasts too long. */
static size_t take_changes(struct mg_nft_change out[4])
{
	static const struct {
		const char *text;
		int64_t seconds;
	} rows[] = {
		{ "192.0.2.7", 60 },
		{ "2001:db8:1:2::/64", 70 },
		{ "192.0.2.8", 0 },
		{ "192.0.2.9", INT64_C(9999999999) },
	};

	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct mg_network n = network_of(rows[i].text);

		out[i].seconds = rows[i].seconds;
		assert_true(mg_nft_key(&plain, &n, &out[i].ip));
	}
	return LENGTH(rows);
}

static void test_a_set_is_made(void **state)
{
	struct mg_nft_change changes[4];
	const size_t n = take_changes(changes);
	struct mg_buf b;

	(void)state;
	mg_buf_init(&b, TEXT_MAX);
	mg_ipset_add_blocked(&b, &plain, MG_IPSET_BLOCKED4, changes, n, false);
	mg_ipset_add_blocked(&b, &plain, MG_IPSET_BLOCKED6, changes, n, true);
	assert_string_equal(
		b.ptr,
		"create mailguard-blocked4 hash:ip family inet hashsize 1024 "
		"maxelem 1266 timeout 0\n"
		"add mailguard-blocked4 192.0.2.7 timeout 60\n"
		"add mailguard-blocked4 192.0.2.9 timeout 2147483\n"
		"create mailguard-new hash:ip family inet6 hashsize 1024 "
		"maxelem 1266 timeout 0 netmask 64\n"
		"add mailguard-new 2001:db8:1:2:: timeout 70\n"
		"swap mailguard-new mailguard-blocked6\n"
		"destroy mailguard-new\n");
	mg_buf_release(&b);
}

static void test_changes(void **state)
{
	struct mg_nft_change changes[4];
	const size_t n = take_changes(changes);
	struct mg_buf b;

	(void)state;
	mg_buf_init(&b, TEXT_MAX);
	mg_ipset_add_changes(&b, changes, n);
	assert_string_equal(
		b.ptr, "del mailguard-blocked4 192.0.2.8\n"
		       "add mailguard-blocked4 192.0.2.7 timeout 60\n"
		       "add mailguard-blocked6 2001:db8:1:2:: timeout 70\n"
		       "add mailguard-blocked4 192.0.2.9 timeout 2147483\n");
	mg_buf_release(&b);
}

static void test_everybody_is_two_halves(void **state)
{
	const struct mg_network exempt[] = { network_of("0.0.0.0/0"),
					     network_of("192.0.2.0/24"),
					     network_of("::/0"),
					     network_of("2001:db8::1") };
	struct mg_nft_table t = plain;
	struct mg_buf b;

	(void)state;
	t.exempt = exempt;
	t.n_exempt = LENGTH(exempt);
	mg_buf_init(&b, TEXT_MAX);
	mg_ipset_add_exempt(&b, &t, MG_IPSET_EXEMPT4, false);
	mg_ipset_add_exempt(&b, &t, MG_IPSET_EXEMPT6, false);
	assert_string_equal(
		b.ptr,
		"create mailguard-exempt4 hash:net family inet maxelem 1032\n"
		"add mailguard-exempt4 0.0.0.0/1\n"
		"add mailguard-exempt4 128.0.0.0/1\n"
		"add mailguard-exempt4 192.0.2.0/24\n"
		"create mailguard-exempt6 hash:net family inet6 maxelem 1032\n"
		"add mailguard-exempt6 ::/1\n"
		"add mailguard-exempt6 8000::/1\n"
		"add mailguard-exempt6 2001:db8::1\n");
	mg_buf_release(&b);
}

static void test_the_chain(void **state)
{
	struct mg_buf b;

	(void)state;
	mg_buf_init(&b, TEXT_MAX);
	mg_iptables_add_chain(&b, &plain, false);
	assert_string_equal(
		b.ptr,
		"-A MAILGUARD -p tcp -m multiport ! --dports 110,143 "
		"-j RETURN\n"
		"-A MAILGUARD -i lo -j RETURN\n"
		"-A MAILGUARD -m addrtype --src-type LOCAL -j RETURN\n"
		"-A MAILGUARD -m set --match-set mailguard-exempt6 src "
		"-j RETURN\n"
		"-A MAILGUARD -p tcp -m set --match-set mailguard-blocked6 src "
		"-j REJECT --reject-with tcp-reset\n");
	mg_buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_set_is_made),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_everybody_is_two_halves),
		cmocka_unit_test(test_the_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
