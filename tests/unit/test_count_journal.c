/* SPDX-License-Identifier: MIT */
/*
 * Which entries of the journal are believed, and what they come to. Rows are
 * fields of one entry; what is counted is the name of its kind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/count.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

#define AT_US 1795313974000000
#define HAS(f) (1U << MG_JOURNAL_##f)
#define USUAL                                                                  \
	(HAS(CURSOR) | HAS(AT) | HAS(UID) | HAS(PID) | HAS(IDENTIFIER) |       \
	 HAS(MESSAGE))
#define CLIENT                                                                 \
	"3A1B2C4D5E: client=x[192.0.2.7], sasl_method=PLAIN, "                 \
	"sasl_username=joe@a.example"
#define LOGIN                                                                  \
	"imap-login: Login: user=<joe@a.example>, method=PLAIN, "              \
	"rip=192.0.2.7, lip=192.0.2.1, mpid=7, TLS, session=<x>"
#define ARRIVAL "1xUxB0-00000000CXd-0nge <= joe@a.example U=alice P=local S=9"
#define DROPPED "a596d6fe7bfa4994828e72309e95d61e"

enum {
	ROOT = 0,
	MAIL = 8,
	EXIM = 101,
	POSTFIX = 106,
	DOVECOT = 107,
	WWW = 33,
	ALICE = 1001
};

static struct mg_account account = { .name = MG_LIT_INIT("alice") };
static struct mg_domain domain = { .name = MG_LIT_INIT("a.example") };
static struct mg_accounts tables;
static const struct mg_hash_key key = { 1, 2 };
static const struct mg_tz utc;
static struct mg_counter counter;

static int begin(void **state)
{
	(void)state;
	tables = (struct mg_accounts){ .accounts = &account,
				       .n_accounts = 1,
				       .domains = &domain,
				       .n_domains = 1,
				       .key = key };
	mg_map_add(&tables.by_name, mg_hash_quick(&key, account.name), 0);
	mg_map_add(&tables.by_domain, mg_hash_quick(&key, domain.name), 0);
	mg_map_add(&tables.by_uid, mg_account_uid_hash(ALICE), 0);
	mg_map_add(&tables.servers, mg_account_uid_hash(EXIM), MG_SERVER_EXIM);
	mg_map_add(&tables.servers, mg_account_uid_hash(MAIL), MG_SERVER_EXIM);
	mg_map_add(&tables.servers, mg_account_uid_hash(POSTFIX),
		   MG_SERVER_POSTFIX);
	mg_map_add(&tables.servers, mg_account_uid_hash(DOVECOT),
		   MG_SERVER_DOVECOT);
	/* A customer who has the number of a server is a customer. */
	mg_map_add(&tables.servers, mg_account_uid_hash(ALICE),
		   MG_SERVER_POSTFIX);
	mg_counter_init(&counter, &tables, &utc, 0, &key);
	counter.dialect = MG_DIALECT_JOURNAL;
	return 0;
}

static int end(void **state)
{
	(void)state;
	mg_counter_release(&counter);
	mg_map_release(&tables.by_name);
	mg_map_release(&tables.by_domain);
	mg_map_release(&tables.by_uid);
	mg_map_release(&tables.servers);
	return 0;
}

static struct mg_journal_line line_of(const char *identifier, uint32_t uid,
				      const char *text)
{
	return (struct mg_journal_line){
		.has = USUAL,
		.place = { .seqnum = 1, .at_us = AT_US },
		.uid = uid,
		.pid = 7,
		.identifier = mg_slice_str(identifier),
		.text = mg_slice_str(text),
	};
}

/* The one kind that the counter has seen. */
static const char *kind(void)
{
	const char *found = "none";

	for (unsigned i = 0; i < MG_LINE_KINDS; i++) {
		if (counter.n_lines[i])
			found = mg_line_kind_name(i);
		assert_true(counter.n_lines[i] <= 1);
		counter.n_lines[i] = 0;
	}
	return found;
}

static void test_who_is_believed(void **state)
{
	static const struct {
		const char *identifier;
		uint32_t uid;
		const char *text;
		const char *kind;
	} rows[] = {
		{ "postfix/smtpd", POSTFIX, CLIENT, "postfix/client" },
		{ "postfix/smtpd", ROOT, CLIENT, "postfix/client" },
		{ "postfix-out/smtpd", POSTFIX, CLIENT, "postfix/client" },
		{ "postfix/smtpd", ALICE, CLIENT, "journal/forged" },
		{ "postfix/smtpd", WWW, CLIENT, "journal/forged" },
		{ "postfix/smtpd", UINT32_MAX, CLIENT, "journal/forged" },
		/* One server does not speak for another. */
		{ "postfix/smtpd", DOVECOT, CLIENT, "journal/forged" },
		{ "postfix/smtpd", EXIM, CLIENT, "journal/forged" },
		{ "dovecot", POSTFIX, LOGIN, "journal/forged" },
		{ "dovecot", DOVECOT, LOGIN, "dovecot/login" },
		{ "dovecot", ROOT, LOGIN, "dovecot/login" },
		{ "exim", EXIM, ARRIVAL, "arrival" },
		{ "exim", MAIL, ARRIVAL, "arrival" },
		{ "exim", ALICE, ARRIVAL, "journal/forged" },
		/* What says nothing of a server is nobody's business. */
		{ "sshd", ROOT, CLIENT, "foreign" },
		{ "sshd", ALICE, CLIENT, "foreign" },
		{ "", POSTFIX, CLIENT, "foreign" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const struct mg_journal_line l =
			line_of(rows[i].identifier, rows[i].uid, rows[i].text);

		mg_counter_journal(&counter, &l);
		assert_string_equal(kind(), rows[i].kind);
		if (!strcmp(rows[i].kind, "journal/forged")) {
			assert_int_equal(counter.by_origin.n_cells, 0);
			assert_int_equal(counter.flights.n_live, 0);
		}
		(void)end(NULL);
		(void)begin(NULL);
	}
}

static void test_what_an_entry_needs(void **state)
{
	static const struct {
		unsigned has;
		int64_t at_us;
		bool is_malformed, is_overlong;
		const char *kind;
	} rows[] = {
		{ USUAL, AT_US, false, false, "postfix/client" },
		{ USUAL & ~HAS(UID), AT_US, false, false, "journal/forged" },
		{ USUAL & ~HAS(AT), AT_US, false, false, "unstamped" },
		{ USUAL & ~HAS(CURSOR), AT_US, false, false, "unstamped" },
		{ USUAL & ~HAS(PID), AT_US, false, false, "postfix/client" },
		{ USUAL, AT_US, true, false, "unstamped" },
		{ USUAL, AT_US, false, true, "overlong" },
		{ USUAL, 788918400000000, false, false, "postfix/client" },
		{ USUAL, 788918399999999, false, false, "unstamped" },
		{ USUAL, 7226582399999999, false, false, "postfix/client" },
		{ USUAL, 7226582400000000, false, false, "unstamped" },
		{ USUAL, INT64_MAX, false, false, "unstamped" },
		{ USUAL, 0, false, false, "unstamped" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct mg_journal_line l = line_of("postfix/smtpd", POSTFIX,
						   CLIENT);

		l.has = rows[i].has;
		l.place.at_us = rows[i].at_us;
		l.is_malformed = rows[i].is_malformed;
		l.is_overlong = rows[i].is_overlong;
		mg_counter_journal(&counter, &l);
		assert_string_equal(kind(), rows[i].kind);
		(void)end(NULL);
		(void)begin(NULL);
	}
}

/* journald's own word that it dropped some; others cannot say so. */
static void test_dropped_messages(void **state)
{
	struct mg_journal_line l = line_of("systemd-journald", ROOT,
					   "Suppressed 9 messages from x");

	(void)state;
	l.message_id = MG_LIT(DROPPED);
	l.has |= HAS(MESSAGE_ID);
	mg_counter_journal(&counter, &l);
	assert_string_equal(kind(), "journal/suppressed");
	l.uid = ALICE;
	mg_counter_journal(&counter, &l);
	assert_string_equal(kind(), "foreign");
	l.uid = ROOT;
	l.has &= ~HAS(UID);
	mg_counter_journal(&counter, &l);
	assert_string_equal(kind(), "foreign");
}

/* The hour is that of the stamp that journald took. */
static void test_the_hour(void **state)
{
	struct mg_journal_line l = line_of("exim", EXIM, ARRIVAL " for r@y");

	(void)state;
	mg_counter_journal(&counter, &l);
	assert_int_equal(counter.by_origin.n_cells, 1);
	assert_int_equal(counter.by_origin.cells[0].at / 3600,
			 AT_US / 1000000 / 3600);
	assert_int_equal(counter.last_at, AT_US / 1000000);
	assert_int_equal(counter.by_origin.cells[0].counts.n[MG_RECIPIENTS], 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

/* A field that is there twice is its sender's doing, and alarms nobody. */
static void test_twice_is_not_the_journals_fault(void **state)
{
	static const struct {
		uint32_t uid;
		uint32_t has;
		const char *kind;
	} rows[] = {
		{ ALICE, USUAL, "journal/forged" },
		{ WWW, USUAL, "journal/forged" },
		{ ROOT, USUAL, "unstamped" },
		{ POSTFIX, USUAL, "unstamped" },
		{ ALICE, USUAL & ~HAS(UID), "unstamped" },
		{ ALICE, USUAL & ~HAS(AT), "unstamped" },
		{ ALICE, USUAL & ~HAS(CURSOR), "unstamped" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct mg_journal_line l = line_of("dovecot", rows[i].uid, "x");

		l.is_malformed = true;
		l.has = rows[i].has;
		mg_counter_journal(&counter, &l);
		assert_string_equal(kind(), rows[i].kind);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_who_is_believed),
		TEST(test_twice_is_not_the_journals_fault),
		TEST(test_what_an_entry_needs),
		TEST(test_dropped_messages),
		TEST(test_the_hour),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
