/* SPDX-License-Identifier: MIT */
/* Text for nft: whole tables, changes of what is blocked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/force.h"
#include "mailguard/nft.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))
#define TEXT_MAX 65536

static const uint16_t ports[] = { 110, 143 };

static const struct mg_nft_table plain = {
	.ports = ports,
	.n_ports = 2,
	.limit = 30,
	.window_s = 3600,
	.prefix6 = 64,
	.size = 1000,
};

static struct mg_network network_of(const char *text)
{
	struct mg_network n;

	assert_true(mg_network_parse(mg_slice_str(text), &n));
	return n;
}

static void check_has(const struct mg_buf *b, const char *part, bool has)
{
	if (!strstr(b->ptr, part) == has)
		fail_msg("%s: %s in:\n%s", has ? "not there" : "there", part,
			 b->ptr);
}

static void test_only_the_blocked(void **state)
{
	static const char want[] =
		"flush table inet mailguard\n"
		"flush set inet mailguard exempt4\n"
		"flush set inet mailguard exempt6\n"
		"table inet mailguard {\n"
		"	chain checks {\n"
		"		iif \"lo\" accept\n"
		"		fib saddr type local accept\n"
		"		ip saddr @exempt4 accept\n"
		"		ip6 saddr @exempt6 accept\n"
		"		ip saddr @blocked4 counter name refused "
		"reject with tcp reset\n"
		"		ip6 saddr & ffff:ffff:ffff:ffff:: @blocked6 "
		"counter name refused reject with tcp reset\n"
		"	}\n"
		"	chain input {\n"
		"		tcp dport { 110, 143 } tcp flags & "
		"(fin | syn | rst | ack) == syn jump checks\n"
		"	}\n"
		"}\n";
	struct mg_buf b;

	(void)state;
	mg_buf_init(&b, TEXT_MAX);
	mg_nft_add_table(&b, &plain);
	check_has(&b, "set blocked4 { type ipv4_addr; size 1266; ", true);
	check_has(&b, "checks4", false);
	assert_string_equal(strstr(b.ptr, "flush"), want);
	mg_buf_release(&b);
}

static void test_the_kernel_counts(void **state)
{
	struct mg_nft_table t = plain;
	struct mg_buf b;

	(void)state;
	t.counts = true;
	t.limit = 7;
	t.window_s = 60;
	t.prefix6 = 48;
	mg_buf_init(&b, TEXT_MAX);
	mg_nft_add_table(&b, &t);
	check_has(&b,
		  "add @checks6 { ip6 saddr & ffff:ffff:ffff:: timeout 60s "
		  "limit rate over 1/day burst 7 packets }",
		  true);
	check_has(&b,
		  "set checks4 { type ipv4_addr; size 1266; "
		  "flags dynamic,timeout; }",
		  true);
	check_has(&b, "ct mark & 0x40000000 == 0x40000000 jump count", true);
	mg_buf_release(&b);
}

static void test_exempt(void **state)
{
	static const char *const texts[] = {
		"192.0.2.7",      "::1",          "192.0.2.0/24",
		"192.0.2.128/25", "192.0.3.0/24", "2001:db8::/32",
		"2001:db8:1::1",
	};
	struct mg_nft_table t = plain;
	struct mg_force f = { .entries = NULL };
	struct mg_buf b;

	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++) {
		const struct mg_network n = network_of(texts[i]);

		mg_force_add_exempt(&f, &n);
	}
	mg_force_sort(&f);
	t.exempt = f.exempt;
	t.n_exempt = f.n_exempt;
	mg_buf_init(&b, TEXT_MAX);
	mg_nft_add_table(&b, &t);
	check_has(&b, "exempt4 { 192.0.2.0/24, 192.0.3.0/24 }\n", true);
	check_has(&b, "exempt6 { ::1, 2001:db8::/32 }\n", true);
	mg_buf_release(&b);
	mg_force_release(&f);
}

static void test_keys(void **state)
{
	static const struct {
		const char *network;
		unsigned prefix6;
		const char *want; /* NULL: of more than one */
	} rows[] = {
		{ "192.0.2.7", 64, "192.0.2.7" },
		{ "::ffff:192.0.2.7", 64, "192.0.2.7" },
		{ "192.0.2.0/24", 64, NULL },
		{ "192.0.2.6/31", 64, NULL },
		{ "0.0.0.0/0", 64, NULL },
		{ "2001:db8:1:2:3::4", 64, "2001:db8:1:2::" },
		{ "2001:db8:1:2::/64", 64, "2001:db8:1:2::" },
		{ "2001:db8:1:2::/64", 48, "2001:db8:1::" },
		{ "2001:db8:1::/48", 64, NULL },
		{ "::/0", 48, NULL },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct mg_network n = network_of(rows[i].network);
		struct mg_nft_table t = plain;
		char text[MG_IP_TEXT_MAX];
		struct mg_ip ip;

		t.prefix6 = rows[i].prefix6;
		assert_int_equal(mg_nft_key(&t, &n, &ip), rows[i].want != NULL);
		if (!rows[i].want)
			continue;
		mg_ip_format(&ip, text);
		assert_string_equal(text, rows[i].want);
	}
}

static void test_changes(void **state)
{
	const struct mg_nft_change changes[] = {
		{ network_of("192.0.2.7").ip, 600 },
		{ network_of("192.0.2.8").ip, 0 },
		{ network_of("2001:db8::").ip, 1 },
	};
	struct mg_buf b;

	(void)state;
	mg_buf_init(&b, TEXT_MAX);
	mg_nft_add_changes(&b, &plain, changes, LENGTH(changes), false);
	assert_string_equal(
		b.ptr,
		"add element inet mailguard blocked4 { 192.0.2.8 timeout 1h }\n"
		"delete element inet mailguard blocked4 { 192.0.2.8 }\n"
		"add element inet mailguard blocked4 { 192.0.2.7 timeout 1h }\n"
		"delete element inet mailguard blocked4 { 192.0.2.7 }\n"
		"add element inet mailguard blocked4 { 192.0.2.7 timeout 600s "
		"}\n"
		"add element inet mailguard blocked6 { 2001:db8:: timeout 1h "
		"}\n"
		"delete element inet mailguard blocked6 { 2001:db8:: }\n"
		"add element inet mailguard blocked6 { 2001:db8:: timeout 1s "
		"}\n");
	mg_buf_clear(&b);
	mg_nft_add_changes(&b, &plain, changes, LENGTH(changes), true);
	assert_string_equal(
		b.ptr,
		"add element inet mailguard blocked4 { 192.0.2.7 timeout 600s "
		"}\n"
		"add element inet mailguard blocked6 { 2001:db8:: timeout 1s "
		"}\n");
	mg_buf_clear(&b);
	mg_nft_add_changes(&b, &plain, changes, 0, false);
	assert_string_equal(b.ptr, "");
	mg_buf_release(&b);
}

static void test_egress(void **state)
{
	const uint32_t users[] = { 0, 106 };
	struct mg_nft_egress e = { ports, 2, users, 2, false };
	struct mg_buf b;

	(void)state;
	mg_buf_init(&b, TEXT_MAX);
	mg_nft_add_egress(&b, &e);
	check_has(&b, "users { 0, 106 }\n", true);
	check_has(&b, "reject", false);
	mg_buf_clear(&b);
	e.refuses = true;
	e.n_users = 0;
	mg_nft_add_egress(&b, &e);
	check_has(&b, "add element", false);
	check_has(&b,
		  "tcp dport { 110, 143 } tcp flags & (fin | syn | rst | ack) "
		  "== syn meta skuid != @users "
		  "update @seen { meta skuid counter } reject with icmpx "
		  "admin-prohibited\n",
		  true);
	mg_buf_release(&b);
}

static void test_removal(void **state)
{
	struct mg_buf b;

	(void)state;
	mg_buf_init(&b, TEXT_MAX);
	mg_nft_add_removal(&b, MG_NFT_TABLE);
	assert_string_equal(b.ptr, "table inet mailguard { }\n"
				   "delete table inet mailguard\n");
	mg_buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_the_blocked),
		cmocka_unit_test(test_the_kernel_counts),
		cmocka_unit_test(test_exempt),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_egress),
		cmocka_unit_test(test_removal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
