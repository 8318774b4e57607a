/* SPDX-License-Identifier: MIT */
/* Which addresses are never blocked, of a host that is some files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <utmp.h>

#include <cmocka.h>

#include "mailguard/exempt.h"

#define NOW INT64_C(1790000000)
#define DAY_S 86400

static char top[] = "/tmp/mailguard-exempt-XXXXXX";
static struct mg_root root = { .fd = -1 };
static struct mg_settings settings;
static struct mg_err err;

static void put(const char *path, const void *bytes, size_t len)
{
	char full[256];
	FILE *f;

	for (const char *at = path; (at = strchr(at + 1, '/'));) {
		(void)snprintf(full, sizeof(full), "%s%.*s", top,
			       (int)(at - path), path);
		(void)mkdir(full, 0755);
	}
	(void)snprintf(full, sizeof(full), "%s%s", top, path);
	f = fopen(full, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void put_text(const char *path, const char *text)
{
	put(path, text, strlen(text));
}

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(top));
	assert_int_equal(mg_root_open(&root, top, &err), 0);
	return 0;
}

static int tear_down(void **state)
{
	char command[64];

	(void)state;
	mg_root_close(&root);
	(void)snprintf(command, sizeof(command), "rm -r '%s'", top);
	return system(command);
}

static bool is_exempt(const char *text)
{
	struct mg_force force = { .entries = NULL };
	struct mg_network n;
	bool is;

	assert_true(mg_network_parse(mg_slice_str(text), &n));
	mg_exempt_collect(&root, &settings, NOW, &force);
	mg_force_sort(&force);
	is = mg_force_is_exempt(&force, &n);
	mg_force_release(&force);
	return is;
}

static void check(const char *text, bool want)
{
	if (is_exempt(text) != want)
		fail_msg("%s is%s exempt", text, want ? " not" : "");
}

static void test_known(void **state)
{
	(void)state;
	check("127.1.2.3", true);
	check("::1", true);
	check("fe80::1", true);
	check("169.254.1.1", true);
	check("192.0.2.1", false);
	check("2001:db8::1", false);
	settings.exempt_private = true;
	check("10.1.2.3", true);
	check("172.31.0.1", true);
	check("172.32.0.1", false);
	check("100.64.0.1", true);
	check("fd00::1", true);
	settings.exempt_private = false;
	check("10.1.2.3", false);
	check("fd00::1", false);
}

static void test_own_and_gateways(void **state)
{
	(void)state;
	check("192.0.2.5", false);
	put_text("/proc/net/fib_trie",
		 "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n"
		 "        /0 universe UNICAST\n"
		 "Local:\n  |-- 192.0.2.5\n     /32 host LOCAL\n"
		 "  |-- 192.0.2.255\n     /32 link BROADCAST\n");
	put_text("/proc/net/if_inet6",
		 "20010db8000000000000000000000005 02 40 00 80     eth0\n");
	put_text("/proc/net/route", "Iface\tDestination\tGateway \tFlags\n"
				    "eth0\t00000000\t010200C0\t0003\n"
				    "eth0\t000200C0\t00000000\t0001\n");
	put_text("/proc/net/ipv6_route",
		 "00000000000000000000000000000000 00 "
		 "00000000000000000000000000000000 00 "
		 "20010db8000000000000000000000001 00000400 00000001 00000000 "
		 "00000003     eth0\n");
	check("192.0.2.5", true);
	check("192.0.2.255", false);
	check("2001:db8::5", true);
	check("192.0.2.1", true);
	check("2001:db8::1", true);
	check("192.0.2.2", false);
	check("2001:db8::2", false);
}

static void test_resolvers(void **state)
{
	(void)state;
	put_text("/etc/resolv.conf", "# nameserver 192.0.2.51\n"
				     "nameserver 192.0.2.53\n"
				     "nameserver fe80::1%eth0\n"
				     "nameserver 2001:db8::53");
	check("192.0.2.53", true);
	check("2001:db8::53", true);
	check("192.0.2.51", false);
}

static void test_settings(void **state)
{
	struct mg_slice items[] = { MG_LIT("198.51.100.0/24"),
				    MG_LIT("2001:db8:7::/48") };

	(void)state;
	settings.exempt = (struct mg_conf_texts){ items, 2 };
	check("198.51.100.7", true);
	check("2001:db8:7:1::1", true);
	settings.exempt.n = 0;
	check("198.51.100.7", false);
}

static struct utmp record(short type, const char *user, int64_t at,
			  const unsigned char *address, size_t len)
{
	struct utmp u = { .ut_type = type };

	(void)snprintf(u.ut_user, sizeof(u.ut_user), "%s", user);
	u.ut_tv.tv_sec = (int32_t)at;
	memcpy(u.ut_addr_v6, address, len);
	return u;
}

static void test_logins(void **state)
{
	static const unsigned char v6[16] = { 0x20, 0x01, 0x0d,
					      0xb8, [15] = 9 };
#define V4(last) ((const unsigned char[]){ 203, 0, 113, last }), 4
	const struct utmp now[] = {
		record(USER_PROCESS, "root", 0, V4(1)),
		record(USER_PROCESS, "customer", 0, V4(2)),
		record(DEAD_PROCESS, "root", 0, V4(3)),
		record(USER_PROCESS, "alice", 0, v6, 16),
		record(USER_PROCESS, "root", 0, (const unsigned char[4]){ 0 },
		       4),
	};
	const struct utmp once[] = {
		record(USER_PROCESS, "root", NOW - 89 * DAY_S, V4(4)),
		record(USER_PROCESS, "root", NOW - 91 * DAY_S, V4(5)),
	};

	(void)state;
	put_text("/etc/group", "root:x:0:\nsudo:x:27:bob,alice\n"
			       "users:x:100:customer\n");
	put("/run/utmp", now, sizeof(now));
	put("/var/log/wtmp", once, sizeof(once) - 1); /* the last is cut off */
	put_text("/run/systemd/sessions/4",
		 "UID=0\nUSER=root\nREMOTE_HOST=203.0.113.6\n");
	put_text("/run/systemd/sessions/5",
		 "UID=1001\nUSER=customer\nREMOTE_HOST=203.0.113.7\n");
	check("203.0.113.1", true);
	check("203.0.113.2", false);
	check("203.0.113.3", false);
	check("2001:db8::9", true);
	check("203.0.113.4", true);
	check("203.0.113.5", false);
	check("203.0.113.6", true);
	check("203.0.113.7", false);
	put("/var/log/wtmp", once, sizeof(once));
	check("203.0.113.5", false);
	check("0.0.0.0", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_own_and_gateways),
		cmocka_unit_test(test_resolvers),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_logins),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
