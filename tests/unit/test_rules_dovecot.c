/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "mailguard/rules_dovecot.h"

#define N(rows) (sizeof(rows) / sizeof(*(rows)))
#define MAP MG_LIT("/etc/mailguard/maps/dovecot.sqlite")
#define QUERY MG_LIT("/etc/dovecot/mailguard.conf.ext")

static void test_versions(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		enum mg_dovecot_version version;
	} rows[] = {
		{ "2.3.19.1 (9b53102964)\n", true, MG_DOVECOT_2_3 },
		{ "2.2.36 (1f10bfa63)\n", true, MG_DOVECOT_2_3 },
		{ "2.4.1-4 (7d8c0e5759)\n", true, MG_DOVECOT_2_4 },
		{ "2.10.0\n", true, MG_DOVECOT_2_4 },
		{ "3.1.0\n", false, 0 },
		{ "2.\n", false, 0 },
		{ "2.x", false, 0 },
		{ "", false, 0 },
		{ "Segmentation fault", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		enum mg_dovecot_version v = MG_DOVECOT_2_4;

		assert_int_equal(mg_rules_dovecot_version(
					 mg_slice_str(rows[i].text), &v),
				 rows[i].ok);
		if (rows[i].ok)
			assert_int_equal(v, rows[i].version);
	}
}

static struct mg_network network(const char *text)
{
	struct mg_network n;

	assert_true(mg_network_parse(mg_slice_str(text), &n));
	return n;
}

static void test_keys(void **state)
{
	static const struct {
		const char *network, *key; /* NULL for none */
	} rows[] = {
		{ "192.0.2.9", "192.0.2.9" },
		{ "2001:db8::7", "2001:db8::7" },
		{ "2001:db8::/64", "2001:db8:0:0" },
		{ "2001:db8:1:2::/64", "2001:db8:1:2" },
		{ "100::/64", MG_RULES_DOVECOT_PROBE_KEY },
		{ "192.0.2.0/24", NULL },
		{ "2001:db8::/48", NULL },
		{ "2001:db8::/65", NULL },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		const struct mg_network n = network(rows[i].network);
		struct mg_buf out;

		mg_buf_init(&out, MG_NETWORK_TEXT_MAX);
		assert_int_equal(mg_rules_dovecot_add_key(
					 &out,
					 &(struct mg_force_entry){
						 .key = MG_FORCE_ADDRESS,
						 .network = n }),
				 rows[i].key != NULL);
		assert_string_equal(out.ptr, rows[i].key ? rows[i].key : "");
		mg_buf_release(&out);
	}
}

static void test_keys_of_logins(void **state)
{
	struct mg_force_entry e = { .key = MG_FORCE_CLOSED,
				    .name = MG_LIT("joe@a.example"),
				    .network = network("192.0.2.9") };
	struct mg_buf out;

	(void)state;
	mg_buf_init(&out, 320);
	assert_true(mg_rules_dovecot_add_key(&out, &e));
	assert_string_equal(out.ptr, "login:joe@a.example");
	mg_buf_clear(&out);
	e.key = MG_FORCE_LOGIN_FROM;
	assert_true(mg_rules_dovecot_add_key(&out, &e));
	assert_string_equal(out.ptr, "from:joe@a.example/192.0.2.9");
	mg_buf_clear(&out);
	e.network = network("2001:db8:1:2::/64");
	assert_true(mg_rules_dovecot_add_key(&out, &e));
	assert_string_equal(out.ptr, "from:joe@a.example/2001:db8:1:2");
	e.network = network("192.0.2.0/24");
	assert_false(mg_rules_dovecot_add_key(&out, &e));
	mg_buf_release(&out);
}

static void assert_text(const struct mg_force_entry *e, const char *want)
{
	struct mg_buf out;

	mg_buf_init(&out, 250);
	mg_rules_dovecot_add_text(&out, e, NULL);
	assert_string_equal(out.ptr, want);
	mg_buf_release(&out);
}

static void test_texts(void **state)
{
	struct mg_force_entry e = {
		.key = MG_FORCE_ADDRESS,
		.network = network("2001:db8::/64"),
		.until = 1795358100,
		.n = 31,
		.limit = 30,
		.window_s = 3600,
		.act = MG_LIT("3f9a0c1d22e45b76"),
	};

	(void)state;
	assert_text(&e, "mailguard: 31 logins from 2001:db8::/64 in 60 minutes,"
			" 30 are allowed; try again after 2026-11-22 14:35:00 "
			"+0000 (3f9a0c1d22e45b76)");
	e.network = network("192.0.2.9");
	e.n = e.limit = 0;
	assert_text(&e, "mailguard: 192.0.2.9 is blocked for now; try again "
			"after 2026-11-22 14:35:00 +0000 (3f9a0c1d22e45b76)");
	e.key = MG_FORCE_LOGIN_FROM;
	assert_text(&e, "mailguard: 192.0.2.9 is blocked for this mailbox for "
			"now; try again after 2026-11-22 14:35:00 +0000 "
			"(3f9a0c1d22e45b76)");
	e.n = e.limit = 30;
	assert_text(&e, "mailguard: 30 logins of this mailbox from 192.0.2.9 "
			"in 60 minutes, 30 are allowed; try again after "
			"2026-11-22 14:35:00 +0000 (3f9a0c1d22e45b76)");
}

/* --- the question, as Dovecot asks it --- */

struct map {
	sqlite3 *db;
	sqlite3_stmt *question;
};

/* What stands behind "password_query = ", with the variables put in: as they
   are numbered ones, quotes fall away. */
static void prepare(struct map *m)
{
	struct mg_buf text, sql;
	struct mg_slice rest;

	mg_buf_init(&text, 4096);
	mg_buf_init(&sql, 4096);
	mg_rules_dovecot_add_query(&text, MAP);
	rest = mg_buf_slice(&text);
	rest = mg_slice_from(rest, mg_slice_search(rest, MG_LIT("WITH")));
	while (rest.len) {
		if (mg_slice_cut_lit(&rest, MG_LIT("'%r'")))
			mg_buf_add_str(&sql, "?1");
		else if (mg_slice_cut_lit(&rest, MG_LIT("'%s'")))
			mg_buf_add_str(&sql, "?2");
		else if (mg_slice_cut_lit(&rest, MG_LIT("'%u'")))
			mg_buf_add_str(&sql, "?3");
		else if (mg_slice_cut_lit(&rest, MG_LIT("'%d'")))
			mg_buf_add_str(&sql, "?4");
		else if (mg_slice_cut_lit(&rest, MG_LIT("\\\n")))
			mg_buf_add_char(&sql, ' ');
		else {
			mg_buf_add_char(&sql, *rest.ptr);
			rest = mg_slice_from(rest, 1);
		}
	}
	assert_int_equal(sqlite3_open(":memory:", &m->db), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(m->db,
			     "CREATE TABLE expiring (key TEXT PRIMARY "
			     "KEY, until INTEGER, text TEXT);"
			     "INSERT INTO expiring VALUES"
			     " ('192.0.2.9', 9999999999, 'nine'),"
			     " ('192.0.2.8', 1, 'over'),"
			     " ('2001:db8:0:0', 9999999999, 'six'),"
			     " ('2001:0:0:1', 9999999999, 'gap'),"
			     " ('2001:db8:5::7', 9999999999, 'one'),"
			     " ('login:joe@a.example', 9999999999, 'joe'),"
			     " ('login:ann@a.example', 1, 'over'),"
			     " ('login:@b.example', 9999999999, 'all'),"
			     " ('from:eve@d.example/192.0.2.9', 1, 'over'),"
			     " ('from:bob@d.example/192.0.2.7', 9999999999, "
			     "'bob'),"
			     " ('from:bob@d.example/2001:db8:7:0', "
			     "9999999999, 'bob')",
			     NULL, NULL, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(m->db, sql.ptr, -1, &m->question,
					    NULL),
			 SQLITE_OK);
	mg_buf_release(&sql);
	mg_buf_release(&text);
}

static void finish(struct map *m)
{
	assert_int_equal(sqlite3_finalize(m->question), SQLITE_OK);
	assert_int_equal(sqlite3_close(m->db), SQLITE_OK);
}

static bool asks(struct map *m, const char *ip, const char *protocol,
		 const char *user)
{
	const char *at = strchr(user, '@');
	int rc;

	assert_int_equal(sqlite3_reset(m->question), SQLITE_OK);
	(void)sqlite3_bind_text(m->question, 1, ip, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(m->question, 2, protocol, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(m->question, 3, user, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(m->question, 4, at ? at + 1 : "", -1,
				SQLITE_STATIC);
	rc = sqlite3_step(m->question);
	assert_true(rc == SQLITE_ROW || rc == SQLITE_DONE);
	return rc == SQLITE_ROW;
}

static bool is_refused(struct map *m, const char *ip, const char *protocol)
{
	return asks(m, ip, protocol, "eve@c.example");
}

/* A login that is closed is so from everywhere and for everything. */
static void test_who_is_closed(void **state)
{
	static const struct {
		const char *user;
		bool yes;
	} rows[] = {
		{ "joe@a.example", true },
		{ "Joe@A.Example", true },
		{ "ann@a.example", false },
		{ "jo@a.example", false },
		{ "joe@xa.example", false },
		{ "x@b.example", true },
		{ "joe", false },
		{ "192.0.2.9", false },
		{ "", false },
	};
	struct map m;

	(void)state;
	prepare(&m);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(asks(&m, "198.51.100.1", "imap", rows[i].user),
				 rows[i].yes);
		assert_int_equal(asks(&m, "198.51.100.1", "smtp", rows[i].user),
				 rows[i].yes);
	}
	finish(&m);
}

/* From there alone, and to read mail. */
static void test_who_may_not_come_from_where(void **state)
{
	static const struct {
		const char *ip, *protocol, *user;
		bool yes;
	} rows[] = {
		{ "192.0.2.7", "imap", "bob@d.example", true },
		{ "192.0.2.7", "pop3", "Bob@D.example", true },
		{ "192.0.2.7", "smtp", "bob@d.example", false },
		{ "192.0.2.7", "imap", "eve@d.example", false },
		{ "192.0.2.8", "imap", "bob@d.example", false },
		{ "2001:db8:7::1", "imap", "bob@d.example", true },
		{ "2001:db8:7:0:1::1", "imap", "bob@d.example", true },
		{ "2001:db8:7:1::1", "imap", "bob@d.example", false },
		{ "2001:db8:7::1", "imap", "eve@d.example", false },
		{ "198.51.100.9", "imap", "bob@d.example/192.0.2.7", false },
	};
	struct map m;

	(void)state;
	prepare(&m);
	for (size_t i = 0; i < N(rows); i++)
		if (asks(&m, rows[i].ip, rows[i].protocol, rows[i].user) !=
		    rows[i].yes)
			fail_msg("%s %s %s", rows[i].ip, rows[i].protocol,
				 rows[i].user);
	finish(&m);
}

static void test_who_is_refused(void **state)
{
	static const struct {
		const char *ip, *protocol;
		bool yes;
	} rows[] = {
		{ "192.0.2.9", "imap", true },
		{ "192.0.2.9", "pop3", true },
		{ "192.0.2.9", "smtp", false },
		{ "192.0.2.9", "doveadm", false },
		{ "192.0.2.9", "", false },
		{ "192.0.2.90", "imap", false },
		{ "192.0.2.8", "imap", false }, /* its time is over */
		{ "2001:db8::", "imap", true },
		{ "2001:db8::7", "imap", true },
		{ "2001:db8::1:2:3:4", "imap", true },
		{ "2001:db8:0:0:1::4", "imap", true },
		{ "2001:db8:0:1::7", "imap", false },
		{ "2001:db8::1:2:3:4:5", "imap", false },
		{ "2001::1:2:3:4:5", "imap", true },
		{ "2001:0:0:1::", "imap", true },
		{ "2001::1:0:0:1", "imap", false },
		{ "2001:db8:5::7", "imap", true },
		{ "2001:db8:5::8", "imap", false },
		{ "::1", "imap", false },
		{ "::", "imap", false },
		{ "", "imap", false },
	};
	struct map m;

	(void)state;
	prepare(&m);
	for (size_t i = 0; i < N(rows); i++)
		if (is_refused(&m, rows[i].ip, rows[i].protocol) != rows[i].yes)
			fail_msg("%s %s", rows[i].ip, rows[i].protocol);
	finish(&m);
}

/* Every pattern of zeros: an address is refused exactly by its 64 bits. */
static void test_every_form_of_an_address(void **state)
{
	struct map m;

	(void)state;
	prepare(&m);
	for (unsigned bits = 0; bits < 256; bits++) {
		char text[INET6_ADDRSTRLEN];
		unsigned char ip[16] = { 0 };

		for (unsigned i = 0; i < 8; i++)
			ip[2 * i + 1] = bits >> i & 1 ? (unsigned char)(i + 1)
						      : 0;
		ip[0] = 0x20;
		ip[1] = 0x01;
		ip[2] = bits & 1 ? 0x0d : 0;
		ip[3] = bits & 1 ? 0xb8 : 0;
		assert_non_null(inet_ntop(AF_INET6, ip, text, sizeof(text)));
		assert_int_equal(is_refused(&m, text, "imap"),
				 !memcmp(ip, "\x20\x01\x0d\xb8\0\0\0", 8));
	}
	finish(&m);
}

/* --- the lines --- */

static void test_lines(void **state)
{
	struct mg_buf a, b, q;

	(void)state;
	mg_buf_init(&a, 4096);
	mg_buf_init(&b, 4096);
	mg_buf_init(&q, 4096);
	mg_rules_dovecot_add_passdb(&a, MG_DOVECOT_2_3, MAP, QUERY);
	mg_rules_dovecot_add_passdb(&b, MG_DOVECOT_2_4, MAP, QUERY);
	mg_rules_dovecot_add_query(&q, MAP);
	assert_non_null(strstr(a.ptr, "\n  args = /etc/dovecot/mailguard.conf"
				      ".ext\n"));
	assert_null(strstr(a.ptr, "sqlite"));
	assert_non_null(strstr(q.ptr, "\nconnect = /etc/mailguard/maps/dovecot"
				      ".sqlite\n"));
	assert_non_null(strstr(b.ptr, "\n  sqlite_path = /etc/mailguard/maps/"
				      "dovecot.sqlite\n"));
	assert_null(strstr(b.ptr, "%r"));
	/* What is wrong with the map keeps nobody out, in both. */
	assert_non_null(strstr(a.ptr, "\n  result_internalfail = continue\n"));
	assert_non_null(strstr(b.ptr, "\n  result_internalfail = continue\n"));
	mg_buf_release(&q);
	mg_buf_release(&b);
	mg_buf_release(&a);
}

static void test_paths(void **state)
{
	(void)state;
	assert_true(mg_rules_dovecot_path_is_safe(MAP));
	assert_false(mg_rules_dovecot_path_is_safe(MG_LIT("")));
	assert_false(mg_rules_dovecot_path_is_safe(MG_LIT("/a b")));
	assert_false(mg_rules_dovecot_path_is_safe(MG_LIT("/a\nb")));
	assert_false(mg_rules_dovecot_path_is_safe(MG_LIT("/%d")));
	assert_false(mg_rules_dovecot_path_is_safe(MG_LIT("/a#")));
}

static void test_which_passdb_is_first(void **state)
{
	static const struct {
		const char *doveconf;
		bool yes;
	} rows[] = {
		{ "passdb {\n  args = /etc/dovecot/mailguard.conf.ext\n"
		  "  driver = sql\n}\npassdb {\n  driver = pam\n}\n",
		  true },
		{ "passdb {\n  driver = pam\n}\npassdb {\n"
		  "  args = /etc/dovecot/mailguard.conf.ext\n}\n",
		  false },
		{ "passdb mailguard {\n  sqlite_path = "
		  "/etc/mailguard/maps/dovecot.sqlite\n}\npassdb pam {\n}\n",
		  true },
		{ "passdb pam {\n}\npassdb mailguard {\n  sqlite_path = "
		  "/etc/mailguard/maps/dovecot.sqlite\n}\n",
		  false },
		{ "args = /etc/dovecot/mailguard.conf.ext\n", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++)
		assert_int_equal(mg_rules_dovecot_is_first(
					 mg_slice_str(rows[i].doveconf), MAP,
					 QUERY),
				 rows[i].yes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_keys_of_logins),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_who_is_closed),
		cmocka_unit_test(test_who_may_not_come_from_where),
		cmocka_unit_test(test_who_is_refused),
		cmocka_unit_test(test_every_form_of_an_address),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_which_passdb_is_first),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
