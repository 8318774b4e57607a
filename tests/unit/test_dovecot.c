/* SPDX-License-Identifier: MIT */
/*
 * Texts after the sources of 2.0 to 2.4, logs of 2.3.19 and 2.4.1, and lines
 * that fail2ban, CrowdSec and OSSEC test with. What is expected of one is
 * written as "kind [service ip user{name} n]".
 */
#include "mutate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/dovecot.h"
#include "mailguard/limits.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

#define TAIL                                                                   \
	", method=PLAIN, rip=198.51.100.7, lip=10.99.0.4, TLS, "               \
	"session=<AHS4b9Rg5O0KYwAJ>"
#define JOE "user=<joe@a.example>" TAIL
#define IS_JOE " 198.51.100.7 user{joe@a.example}"
#define FAILED_JOE(n) "failed imap" IS_JOE " " #n

struct row {
	const char *text;
	const char *want;
};

static void show(const struct mg_dovecot_line *l, struct mg_buf *b)
{
	static const char *const services[] = { "imap", "pop3", "submission",
						"sieve", "none" };
	char ip[MG_IP_TEXT_MAX];

	mg_buf_clear(b);
	mg_buf_add_str(b, mg_dovecot_kind_name(l->kind));
	if (l->kind != MG_DOVECOT_LOGIN && l->kind != MG_DOVECOT_OTHER_LOGIN &&
	    l->kind != MG_DOVECOT_FAILED)
		return;
	mg_ip_format(&l->ip, ip);
	mg_buf_add_fmt(b, " %s %s user{", services[l->service], ip);
	mg_buf_add(b, l->user);
	mg_buf_add_char(b, '}');
	if (l->kind == MG_DOVECOT_FAILED)
		mg_buf_add_fmt(b, " %u", l->n_attempts);
}

static void check(const struct row *rows, size_t n)
{
	struct mg_dovecot_line line;
	struct mg_buf got;

	mg_buf_init(&got, 4096);
	for (size_t i = 0; i < n; i++) {
		mg_dovecot_parse(mg_slice_str(rows[i].text), &line);
		show(&line, &got);
		if (strcmp(got.ptr, rows[i].want) != 0)
			fail_msg("%s\n got %s\nwant %s", rows[i].text, got.ptr,
				 rows[i].want);
	}
	mg_buf_release(&got);
}

#define CHECK(rows) check(rows, LENGTH(rows))

static void test_logins(void **state)
{
	static const struct row rows[] = {
		{ "imap-login: Login: user=<joe@a.example>, method=PLAIN, "
		  "rip=198.51.100.7, lip=10.99.0.4, mpid=22188, TLS, "
		  "session=<AHS4b9Rg5O0KYwAJ>",
		  "login imap" IS_JOE },
		{ "pop3-login: Info: Login: " JOE, "login pop3" IS_JOE },
		{ "imap-login: Logged in: " JOE, "login imap" IS_JOE },
		{ "imap-login: Info: Logged in: " JOE, "login imap" IS_JOE },
		{ "Info: imap-login: Login: " JOE, "login imap" IS_JOE },
		{ "submission-login: Login: " JOE,
		  "other-login submission" IS_JOE },
		{ "managesieve-login: Logged in: " JOE,
		  "other-login sieve" IS_JOE },
		/* fields that a setting leaves out, or adds */
		{ "imap-login: Login: user=<joe>, rip=198.51.100.7",
		  "login imap 198.51.100.7 user{joe}" },
		{ "imap-login: Login: user=<joe>, lport=993, method=PLAIN, "
		  "rip=198.51.100.7, rport=1, lip=10.99.0.4, TLS, TLSv1.3 with "
		  "cipher TLS_AES_256_GCM_SHA384 (256/256 bits)",
		  "login imap 198.51.100.7 user{joe}" },
		/* both families, and one as the other */
		{ "imap-login: Login: user=<joe>, method=PLAIN, "
		  "rip=::ffff:198.51.100.7, lip=::ffff:10.99.0.4",
		  "login imap 198.51.100.7 user{joe}" },
		{ "imap-login: Login: user=<joe>, method=PLAIN, "
		  "rip=2001:DB8:0:0:0::7, lip=2001:db8::25, mpid=1, TLS",
		  "login imap 2001:db8::7 user{joe}" },
		{ "imap-login: Login: user=<joe>, method=PLAIN, "
		  "rip=fe80::1%eth0, lip=fe80::2%eth0, mpid=1",
		  "login imap fe80::1 user{joe}" },
		{ "imap-login: Login: user=<joe>, method=PLAIN, rip=::1, "
		  "lip=::1, mpid=408, secured, session=<PD01CdRgNrQAAAAB>",
		  "login imap ::1 user{joe}" },
	};

	(void)state;
	CHECK(rows);
}

static void test_failed_tries(void **state)
{
	static const struct row rows[] = {
		/* 2.0 */
		{ "imap-login: Disconnected (auth failed, 2 attempts): " JOE,
		  FAILED_JOE(2) },
		{ "imap-login: Disconnected (auth failed, 1 attempts): "
		  "method=PLAIN, rip=198.51.100.7, lip=113.212.99.194, TLS: "
		  "Disconnected",
		  "failed imap 198.51.100.7 user{} 1" },
		{ "pop3-login: Aborted login (tried to use disabled plaintext "
		  "auth): rip=198.51.100.7, lip=113.212.99.193",
		  "failed pop3 198.51.100.7 user{} 1" },
		/* 2.2 */
		{ "imap-login: Aborted login (auth failed, 3 attempts in 16 "
		  "secs): " JOE,
		  FAILED_JOE(3) },
		{ "imap-login: Disconnected: Inactivity (auth failed, 1 "
		  "attempts in 178 secs): " JOE,
		  FAILED_JOE(1) },
		{ "imap-login: Disconnected (proxy dest auth failed): " JOE,
		  FAILED_JOE(1) },
		{ "imap-login: Disconnected (disconnected while "
		  "authenticating, waited 0 secs): " JOE,
		  FAILED_JOE(1) },
		/* 2.3 */
		{ "imap-login: Disconnected: Aborted login by logging out "
		  "(auth failed, 1 attempts in 2 secs): " JOE,
		  FAILED_JOE(1) },
		{ "imap-login: Disconnected: Connection closed: "
		  "read(size=1003) failed: Connection reset by peer (auth "
		  "failed, 1 attempts in 0 secs): " JOE,
		  FAILED_JOE(1) },
		{ "imap-login: Info: Disconnected: Aborted login by logging "
		  "out (user disabled): " JOE,
		  FAILED_JOE(1) },
		{ "imap-login: Disconnected: Connection closed (authorization "
		  "failed, 4 attempts in 9 secs): " JOE,
		  FAILED_JOE(4) },
		{ "imap-login: Disconnected: Too many invalid commands (tried "
		  "to use disallowed plaintext auth): user=<>, "
		  "rip=198.51.100.7, lip=192.168.1.1",
		  "failed imap 198.51.100.7 user{} 1" },
		{ "submission-login: Client has quit the connection (auth "
		  "failed, 1 attempts in 2 secs): " JOE,
		  "failed submission" IS_JOE " 1" },
		{ "submission-login: Remote closed connection (auth failed, 2 "
		  "attempts in 2 secs): " JOE,
		  "failed submission" IS_JOE " 2" },
		/* 2.4 */
		{ "managesieve-login: Login aborted: Logged out (auth failed, "
		  "1 attempts in 10 secs) (auth_failed): " JOE,
		  "failed sieve" IS_JOE " 1" },
		{ "imap-login: Login aborted: Connection closed (user "
		  "disabled, 2 attempts in 2 secs) (user_disabled): " JOE,
		  FAILED_JOE(2) },
		{ "imap-login: Login aborted: Logged out (client didn't finish "
		  "SASL auth, 5 attempts in 20 secs) "
		  "(auth_waiting_client): " JOE,
		  FAILED_JOE(4) },
		{ "imap-login: Login aborted: Logged out (proxy dest "
		  "authentication failure, 1/3 successful auths in 20 secs) "
		  "(proxy_dest_auth_failed): " JOE,
		  FAILED_JOE(2) },
		{ "imap-login: Login aborted: Logged out (proxy dest "
		  "authentication failure, 1/1 successful auths in 20 secs) "
		  "(proxy_dest_auth_failed): " JOE,
		  FAILED_JOE(1) },
		/* more than one line may stand for */
		{ "imap-login: Aborted login (auth failed, 10000 attempts in 9 "
		  "secs): " JOE,
		  FAILED_JOE(10000) },
		{ "imap-login: Aborted login (auth failed, 10001 attempts in 9 "
		  "secs): " JOE,
		  FAILED_JOE(10000) },
		{ "imap-login: Aborted login (auth failed, "
		  "99999999999999999999 attempts in 9 secs): " JOE,
		  FAILED_JOE(1) },
	};

	(void)state;
	CHECK(rows);
}

static void test_sessions_without_a_failed_try(void **state)
{
	static const struct row rows[] = {
		{ "imap-login: Disconnected (no auth attempts): "
		  "rip=121.44.24.254, lip=113.212.99.194, TLS: Disconnected",
		  "untried" },
		{ "imap-login: Disconnected: Connection closed (no auth "
		  "attempts in 0 secs): user=<>, rip=127.0.0.1, "
		  "lip=127.0.0.1, secured, session=<Xz0aFdRgjr1/AAAB>",
		  "untried" },
		{ "imap-login: Disconnected: Connection closed: SSL_accept() "
		  "failed: error:1408F10B:SSL "
		  "routines:ssl3_get_record:wrong version number (no auth "
		  "attempts in 0 secs): user=<>, rip=192.0.2.5, "
		  "lip=127.0.0.1, TLS handshaking: SSL_accept() failed: "
		  "error:1408F10B:SSL routines:ssl3_get_record:wrong version",
		  "untried" },
		{ "imap-login: Disconnected (client didn't finish SASL auth, "
		  "waited 2 secs): user=<>, method=PLAIN, rip=192.0.2.6",
		  "untried" },
		{ "imap-login: Aborted login (aborted authentication): " JOE,
		  "untried" },
		{ "imap-login: Disconnected: Connection closed (auth service "
		  "reported temporary failure): " JOE,
		  "untried" },
		{ "imap-login: Login aborted: Connection closed (no auth "
		  "attempts in 0 secs) (no_auth_attempts): user=<>, "
		  "rip=64.62.197.17",
		  "untried" },
		{ "imap-login: Login aborted: Logged out (auth aborted by "
		  "client, 1 attempts in 0 secs) (auth_aborted_by_client): " JOE,
		  "untried" },
		{ "imap-login: Login aborted: Logged out (auth service "
		  "reported temporary failure, 3 attempts in 0 secs) "
		  "(temp_fail): " JOE,
		  "untried" },
		{ "imap-login: Login aborted: Connection closed (disconnected "
		  "during TLS handshake) (tls_handshake_not_finished): "
		  "user=<>, rip=192.0.2.7, lip=192.0.2.1, TLS handshaking: x",
		  "untried" },
		{ "imap-login: Disconnected (auth failed, 0 attempts): " JOE,
		  "untried" },
		{ "imap-login: Disconnected: rip=1.2.3.4, lip=1.2.3.5",
		  "untried" },
		{ "imap-login: Maximum number of connections from user+IP "
		  "exceeded (mail_max_userip_connections=10): " JOE,
		  "untried" },
		{ "imap-login: Internal login failure (pid=7 id=1) (internal "
		  "failure, 1 successful auths): " JOE,
		  "untried" },
	};

	(void)state;
	CHECK(rows);
}

/* What a stranger gives as a name names no address, and hides none. */
static void test_hostile_names(void **state)
{
#define FORGED                                                                 \
	"x>, method=PLAIN, rip=192.0.2.66, lip=10.99.0.4, TLS, session=<a"
	static const struct row rows[] = {
		{ "imap-login: Disconnected: Connection closed (auth failed, 1 "
		  "attempts in 2 secs): user=<" FORGED ">" TAIL,
		  "failed imap 198.51.100.7 user{" FORGED "} 1" },
		{ "imap-login: Login: user=<" FORGED ">" TAIL,
		  "login imap 198.51.100.7 user{" FORGED "}" },
		{ "imap-login: Aborted login (auth failed, 2 attempts in 2 "
		  "secs): user=<x, rip=192.0.2.66>" TAIL,
		  "failed imap 198.51.100.7 user{x, rip=192.0.2.66} 2" },
		/* a reason, a message, another user */
		{ "imap-login: Aborted login (no auth attempts in 2 secs): "
		  "user=<x (auth failed, 9 attempts in 1 secs): user=<y>" TAIL,
		  "untried" },
		{ "imap-login: Aborted login (auth failed, 1 attempts in 2 "
		  "secs): user=<: user=<Login: user=<y>" TAIL,
		  "failed imap 198.51.100.7 user{: user=<Login: user=<y} 1" },
		/* cut after 80 bytes, within what it spells */
		{ "imap-login: Aborted login (auth failed, 1 attempts in 2 "
		  "secs): user=<x>, method=PLAIN, rip=192.0.2.66, lip=10...>" TAIL,
		  "failed imap 198.51.100.7 user{x>, method=PLAIN, "
		  "rip=192.0.2.66, lip=10...} 1" },
		/* the name of a mechanism, in capitals */
		{ "imap-login: Aborted login (tried to use unsupported auth "
		  "mechanism): user=<>, method=X>, RIP=192.0.2.66, "
		  "rip=198.51.100.7, lip=10.99.0.4",
		  "failed imap 198.51.100.7 user{>, method=X} 1" },
		/* IMAP ID, and the other processes */
		{ "imap-login: ID sent: name=x (auth failed, 9 attempts in 1 "
		  "secs): " JOE ": " JOE,
		  "session" },
		{ "auth: passwd-file(imap-login: Login: " JOE ",192.0.2.1): "
		  "unknown user",
		  "auth" },
		{ "imap(imap-login: Login: " JOE ")<1><2>: Disconnected",
		  "session" },
		{ "imap-login: proxy(x: " JOE "): started proxying to x: " JOE,
		  "proxy" },
	};

	(void)state;
	CHECK(rows);
}

static void test_odd_lines(void **state)
{
	static const struct row rows[] = {
		{ "imap-login: Login: user=<joe>, method=PLAIN", "odd" },
		{ "imap-login: Login: user=<joe>, rip=host, lip=1.2.3.4",
		  "odd" },
		{ "imap-login: Login: user=<joe>, rip=1.2.3.4 lip=1.2.3.4",
		  "odd" },
		{ "imap-login: Login: user=<joe>, rip=1.2.3.4, lip=x", "odd" },
		{ "imap-login: Login: user=<joe>, rip=", "odd" },
		{ "imap-login: Login: user=<joe>, rip=::", "odd" },
		{ "imap-login: Login: user=<joe, rip=1.2.3.4", "odd" },
		{ "imap-login: Login: user=<joe>x, rip=1.2.3.4", "odd" },
		{ "imap-login: Login: user=<>, rip=1.2.3.4", "odd" },
		{ "imap-login: Login: rip=1.2.3.4, user=<joe>", "odd" },
		{ "imap-login: Login: rip=1.2.3.4, user=<x, rip=192.0.2.1>",
		  "odd" },
		{ "imap-login: Login: ", "odd" },
		{ "imap-login: Aborted login (auth failed, 1 attempts in 2 "
		  "secs)",
		  "odd" },
		{ "imap-login: Aborted login (auth failed, 1 attempts in 2 "
		  "secs): method=<x>, rip=1.2.3.4",
		  "odd" },
	};

	(void)state;
	CHECK(rows);
}

static void test_other_processes(void **state)
{
	static const struct row rows[] = {
		{ "auth: passwd-file(joe@a.example,203.0.113.7,<S>): unknown "
		  "user",
		  "auth" },
		{ "auth(joe,203.0.113.7,sasl:plain)<S>: Info: sql: Password "
		  "mismatch",
		  "auth" },
		{ "auth-worker(2231): conn unix:auth-worker (pid=1,uid=9): "
		  "auth-worker<5>: sql(x,192.0.2.7): unknown user",
		  "auth" },
		{ "imap(joe@a.example)<3620><Hw7OFNRgAAAB>: Disconnected: "
		  "Logged out in=8 out=468",
		  "session" },
		{ "pop3(joe): Disconnected: Logged out top=0/0", "session" },
		{ "lmtp(joe@a.example)<1><S>: sieve: msgid=<x>: stored mail "
		  "into mailbox 'INBOX'",
		  "delivery" },
		{ "lda(joe): msgid=<x>: saved mail to INBOX", "delivery" },
		{ "master: Dovecot v2.3.19.1 (9b53102964) starting up for imap "
		  "(core dumps disabled)",
		  "daemon" },
		{ "Dovecot v1.2.rc3 starting up (core dumps disabled)",
		  "daemon" },
		{ "Warning: Killed with signal 15 (by pid=1 uid=0 code=kill)",
		  "daemon" },
		{ "imap-login: Error: Internal login failure (pid=1 id=2)",
		  "daemon" },
		{ "anvil: Warning: x", "daemon" },
		{ "imap-login: proxy(joe): started proxying to 10.0.0.9:143: " JOE,
		  "proxy" },
		{ "imap-login: A new word: " JOE, "other" },
		{ "imap-login: Disconnected (a new reason, 3 attempts in 2 "
		  "secs): " JOE,
		  "other" },
		{ "imap-login: Disconnected: x (auth_failed): " JOE, "other" },
		{ "imap-login Login: " JOE, "other" },
		{ "imap-login:Login: " JOE, "other" },
		{ "imap-login", "other" },
		{ "newdaemon: text", "other" },
		{ "", "other" },
	};

	(void)state;
	CHECK(rows);
}

static void test_own_lines(void **state)
{
	static const struct {
		const char *text;
		bool is_own;
	} rows[] = {
		{ "imap-login: Info: x", true },
		{ "imap(joe doe)<1><S>: Info: x", true },
		{ "Info: imap-login: x", true },
		{ "Dovecot v2.3 starting up", true },
		{ "web7 dovecot[1]: imap-login: x", false },
		{ "web7 dovecot: imap-login: x", false },
		{ "joe doe", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_int_equal(mg_dovecot_is_own(mg_slice_str(rows[i].text)),
				 rows[i].is_own);
}

static void test_kind_names(void **state)
{
	(void)state;
	for (int i = 0; i < MG_DOVECOT_KINDS; i++)
		for (int k = 0; k < i; k++)
			assert_string_not_equal(
				mg_dovecot_kind_name((enum mg_dovecot_kind)i),
				mg_dovecot_kind_name((enum mg_dovecot_kind)k));
	assert_string_equal(mg_dovecot_kind_name(MG_DOVECOT_KINDS), "?");
}

/* Whatever the line, the name lies in it and the address is no unset one. */
static void test_damaged_lines(void **state)
{
	static const char from[] =
		"imap-login: Disconnected: Logged out (auth failed, 1 attempts "
		"in 2 secs) (auth_failed): user=<x>, rip=192.0.2.1, lip=1.2.3.4"
		">, method=PLAIN, rip=198.51.100.7, lip=10.99.0.4, session=<a>";
	static const char likely[] = "<>=,: ()1.%";
	uint32_t x = MUTATE_SEED;
	char bytes[MUTATE_MAX];

	(void)state;
	for (int i = 0; i < MUTATE_RUNS; i++) {
		const size_t len = mutate(from, bytes, likely,
					  sizeof(likely) - 1, &x);
		struct mg_dovecot_line l;

		mg_dovecot_parse(mg_slice_of(bytes, len), &l);
		assert_true(l.kind < MG_DOVECOT_KINDS);
		assert_true(l.n_attempts <= MG_DOVECOT_ATTEMPTS_MAX);
		if (l.user.len)
			assert_true(l.user.ptr >= bytes &&
				    l.user.ptr + l.user.len <= bytes + len);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logins),
		cmocka_unit_test(test_failed_tries),
		cmocka_unit_test(test_sessions_without_a_failed_try),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_odd_lines),
		cmocka_unit_test(test_other_processes),
		cmocka_unit_test(test_own_lines),
		cmocka_unit_test(test_kind_names),
		cmocka_unit_test(test_damaged_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
