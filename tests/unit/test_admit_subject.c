/* SPDX-License-Identifier: MIT */
/* A child that lies about who sent. */
#include "admit_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_origins),
		TEST(test_senders),
	};

	return cmocka_run_group_tests(tests, load_accounts, free_accounts);
}
