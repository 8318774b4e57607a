/* SPDX-License-Identifier: MIT */
/*
 * Texts are composed after the sources and logs of 3.7 and 3.10. What
 * is expected of one is written as "kind field{value} ...", every field that
 * is set and no other. The rows of the corpora are read where they are.
 */
#include "mutate.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/envelope.h"
#include "mailguard/limits.h"
#include "mailguard/postfix.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

#define ID "1E24018009D"
#define HAS_ID " id{" ID "}"
#define LONG "4jXCSk0sf8zCqlX"
#define CLIENT ID ": client=laptop.example.net[198.51.100.23]"
#define IS_CLIENT                                                              \
	"client" HAS_ID " host name{laptop.example.net} ip{198.51.100.23}"

struct row {
	const char *service;
	const char *text;
	const char *want;
};

static void add(struct mg_buf *b, const char *field, struct mg_slice value)
{
	if (value.len == 0)
		return;
	mg_buf_add_fmt(b, " %s{", field);
	mg_buf_add(b, value);
	mg_buf_add_char(b, '}');
}

static void add_number(struct mg_buf *b, const char *field, uint64_t n)
{
	if (n)
		mg_buf_add_fmt(b, " %s{%llu}", field, (unsigned long long)n);
}

static void show(const struct mg_postfix_line *l, struct mg_buf *b)
{
	mg_buf_clear(b);
	mg_buf_add_str(b, mg_postfix_kind_name(l->kind));
	if (l->is_odd)
		mg_buf_add_str(b, " odd");
	if (l->is_noqueue)
		mg_buf_add_str(b, " noqueue");
	add(b, "id", l->id);
	if (l->has_host)
		mg_buf_add_str(b, " host");
	add(b, "name", l->host.name);
	add(b, "ip", l->host.ip);
	add_number(b, "port", l->host.port);
	add(b, "method", l->method);
	add(b, "login", l->login);
	add(b, "mailauth", l->mailauth);
	add(b, "from", l->original_id);
	if (l->has_original_host)
		mg_buf_add_str(b, " client");
	add(b, "name", l->original_host.name);
	add(b, "ip", l->original_host.ip);
	add_number(b, "port", l->original_host.port);
	add_number(b, "uid", l->uid);
	add(b, "sender", l->sender);
	add_number(b, "size", l->size_bytes);
	add_number(b, "nrcpt", l->n_recipients);
	if (l->is_resent)
		mg_buf_add_str(b, " resent");
	add(b, "mid", l->message_id);
	add(b, "to", l->address);
	add(b, "orig", l->original);
	add(b, "relay", l->relay);
	add(b, "dsn", l->dsn);
	add(b, "status", l->status);
	add(b, "text", l->text);
	add(b, "next", l->next_id);
}

static void check(const struct row *rows, size_t n)
{
	struct mg_postfix_line line;
	struct mg_buf got;

	mg_buf_init(&got, 4 * MG_LINE_MAX);
	for (size_t i = 0; i < n; i++) {
		mg_postfix_parse(mg_postfix_role(mg_slice_str(rows[i].service)),
				 mg_slice_str(rows[i].text), &line);
		show(&line, &got);
		if (strcmp(got.ptr, rows[i].want) != 0)
			fail_msg("%s: %s\n got: %s\nwant: %s", rows[i].service,
				 rows[i].text, got.ptr, rows[i].want);
	}
	mg_buf_release(&got);
}

/* ---- ids */

static void test_ids(void **state)
{
	static const struct {
		const char *id;
		bool want;
	} rows[] = {
		{ "1E24018009D", true },
		{ "012345", true },
		{ "ED06590130AA1C9D6D862", true },   /* 21 */
		{ "ED06590130AA1C9D6D8620", false }, /* 22 */
		{ "01234", false },
		{ "", false },
		{ "1e24018009d", false },
		{ "1E24018009G", false },
		{ "NOQUEUE", false },
		{ "4jXCSk0sf8zCqlX", true },
		{ "48rT2v1hQrz1J0N", true },
		/* The time may have a z too: the last one parts. */
		{ "4jzCSk0szzzCqlX", true },
		{ "4jXCSk0sfzCqlX", false }, /* 9 before it */
		{ "4jXCSk0sf8z", false },    /* nothing behind it */
		{ "4jXCSk0sf8z1", true },
		{ "4jXCSk0sf8Cqlz", false },
		{ "4jXCSk0sf8yCqlX", false },
		{ "4jACSk0sf8zCqlX", false }, /* a vowel */
		{ "4jXCSk0sf8zCqlU", false },
		{ "4jXCSk0sf8zCq-X", false },
		{ "4jXCSk0sf8z123456789012", true },   /* 23 */
		{ "4jXCSk0sf8z1234567890123", false }, /* 24 */
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		if (mg_postfix_id_is_valid(mg_slice_str(rows[i].id)) !=
		    rows[i].want)
			fail_msg("%s", rows[i].id);
	assert_false(mg_postfix_id_is_valid(MG_LIT("1E2401\0009D")));
}

static void test_fronts(void **state)
{
	static const struct row rows[] = {
		{ "qmgr", ID ": removed", "removed" HAS_ID },
		{ "qmgr", LONG ": removed", "removed id{" LONG "}" },
		{ "qmgr", "NOQUEUE: removed", "removed noqueue" },
		{ "qmgr", "1E240: removed", "other" },
		{ "qmgr", "1E24018009G: removed", "other" },
		{ "qmgr", ID ":removed", "other" },
		{ "qmgr", ID " removed", "other" },
		{ "qmgr", ID, "other" },
		{ "qmgr", ID ": ", "other" HAS_ID },
		{ "qmgr", "NOQUEUE:", "other" },
		{ "qmgr", " " ID ": removed", "other" },
		{ "qmgr", "", "other" },
		{ "qmgr", "something new", "other" },
		/* Each shape counts from its own daemon only. */
		{ "smtp", CLIENT, "other" HAS_ID },
		{ "smtpd", ID ": uid=1 from=<a>", "other" HAS_ID },
		{ "pickup", ID ": message-id=<a>", "other" HAS_ID },
		{ "cleanup", ID ": removed", "other" HAS_ID },
		{ "smtp", ID ": removed", "other" HAS_ID },
		{ "smtpd", ID ": from=<a>, size=1, nrcpt=1 (queue active)",
		  "other" HAS_ID },
		{ "smtpd", ID ": to=<a>, relay=none, status=sent (x)",
		  "other" HAS_ID },
		{ "anvil", ID ": to=<a>, relay=none, status=sent (x)",
		  "other" HAS_ID },
		{ "postsuper", ID ": removed", "removed" HAS_ID },
		{ "policy-spf", CLIENT, "foreign" },
		{ "", CLIENT, "foreign" },
		{ "smtpdx", CLIENT, "foreign" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

/* ---- how a message comes */

static void test_clients(void **state)
{
	static const struct row rows[] = {
		{ "smtpd", CLIENT, IS_CLIENT },
		{ "smtpd", LONG ": client=unknown[2001:db8::7]",
		  "client id{" LONG "} host ip{2001:db8::7}" },
		{ "smtpd", ID ": client=unknown[unknown]",
		  "client" HAS_ID " host" },
		{ "smtpd", ID ": client=a.example[192.0.2.1]:65535",
		  "client" HAS_ID
		  " host name{a.example} ip{192.0.2.1} port{65535}" },
		{ "smtpd",
		  CLIENT ", sasl_method=PLAIN, sasl_username=joe@example.com",
		  IS_CLIENT " method{PLAIN} login{joe@example.com}" },
		{ "smtpd",
		  ID ": client=a[192.0.2.1]:5, sasl_method=LOGIN,"
		     " sasl_username=joe",
		  "client" HAS_ID
		  " host name{a} ip{192.0.2.1} port{5} method{LOGIN}"
		  " login{joe}" },
		{ "smtpd",
		  CLIENT ", sasl_method=PLAIN, sasl_username=joe@example.com,"
			 " sasl_sender=bob@example.com",
		  IS_CLIENT " method{PLAIN} login{joe@example.com}"
			    " mailauth{bob@example.com}" },
		{ "smtpd",
		  ID ": client=localhost[127.0.0.1], orig_queue_id=" LONG
		     ", orig_client=laptop.example.net[198.51.100.23]",
		  "client" HAS_ID
		  " host name{localhost} ip{127.0.0.1} from{" LONG "} client"
		  " name{laptop.example.net} ip{198.51.100.23}" },
		{ "smtpd",
		  ID ": client=localhost[127.0.0.1], orig_queue_id=9B2FE1",
		  "client" HAS_ID
		  " host name{localhost} ip{127.0.0.1} from{9B2FE1}" },
		{ "smtpd",
		  ID ": client=localhost[127.0.0.1],"
		     " orig_client=unknown[::1]:9",
		  "client" HAS_ID
		  " host name{localhost} ip{127.0.0.1} client ip{::1}"
		  " port{9}" },
		/* smtpd_proxy_filter: the login, and no id yet. */
		{ "smtpd",
		  "NOQUEUE: client=unknown[192.0.2.1], sasl_method=PLAIN,"
		  " sasl_username=joe@example.com",
		  "client noqueue host ip{192.0.2.1} method{PLAIN}"
		  " login{joe@example.com}" },
		{ "smtpd", CLIENT ", sasl_username=joe",
		  IS_CLIENT " login{joe}" },
		{ "smtpd",
		  CLIENT ", sasl_method=PLAIN, sasl_username=joe,"
			 " orig_queue_id=9B2FE1, orig_client=a[192.0.2.1]",
		  IS_CLIENT " method{PLAIN} login{joe} from{9B2FE1} client"
			    " name{a} ip{192.0.2.1}" },
		/* Another order, or fields that are none. */
		{ "smtpd", ID ": client=", "client odd" HAS_ID },
		{ "smtpd", ID ": client=joe@localhost", "client odd" HAS_ID },
		{ "smtpd", ID ": client=a[192.0.2.256]", "client odd" HAS_ID },
		{ "smtpd", ID ": client=a[]", "client" HAS_ID " host name{a}" },
		{ "smtpd", ID ": client=a[192.0.2.1", "client odd" HAS_ID },
		{ "smtpd", ID ": client=a b[192.0.2.1]", "client odd" HAS_ID },
		{ "smtpd", ID ": client=a,b[192.0.2.1]", "client odd" HAS_ID },
		{ "smtpd", ID ": client=a[192.0.2.1]:65536",
		  "client odd" HAS_ID },
		{ "smtpd", CLIENT " ",
		  "client odd" HAS_ID " host name{laptop.example.net}"
		  " ip{198.51.100.23}" },
		{ "smtpd", CLIENT ", sasl_method=",
		  "client odd" HAS_ID " host name{laptop.example.net}"
		  " ip{198.51.100.23}" },
		{ "smtpd", CLIENT ", sasl_username=",
		  "client odd" HAS_ID " host name{laptop.example.net}"
		  " ip{198.51.100.23}" },
		{ "smtpd", CLIENT ", orig_queue_id=1xUxB0-000CXd-35",
		  "client odd" HAS_ID " host name{laptop.example.net}"
		  " ip{198.51.100.23} from{1xUxB0-000CXd-35}" },
		{ "smtpd", CLIENT ", orig_client=x",
		  "client odd" HAS_ID " host name{laptop.example.net}"
		  " ip{198.51.100.23}" },
		{ "smtpd", CLIENT ", tls=yes",
		  "client odd" HAS_ID " host name{laptop.example.net}"
		  " ip{198.51.100.23}" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

/* Logins and AUTH= are written raw (A05 and kin). */
static void test_hostile_clients(void **state)
{
#define ODD_CLIENT                                                             \
	"client odd" HAS_ID " host name{laptop.example.net} ip{198.51.100.23}"
#define PLAIN ", sasl_method=PLAIN, sasl_username="
#define VICTIM "victim@c.example"
	static const struct row rows[] = {
		/* A login that brings fields of its own. */
		{ "smtpd", CLIENT PLAIN "joe, sasl_username=" VICTIM,
		  ODD_CLIENT " method{PLAIN} login{joe, sasl_username=" VICTIM
			     "}" },
		{ "smtpd", CLIENT PLAIN VICTIM ", x",
		  ODD_CLIENT " method{PLAIN} login{" VICTIM ", x}" },
		{ "smtpd", CLIENT PLAIN VICTIM ",x",
		  ODD_CLIENT " method{PLAIN} login{" VICTIM ",x}" },
		{ "smtpd", CLIENT PLAIN VICTIM " x",
		  ODD_CLIENT " method{PLAIN} login{" VICTIM " x}" },
		{ "smtpd", CLIENT PLAIN "x " VICTIM,
		  ODD_CLIENT " method{PLAIN} login{x " VICTIM "}" },
		{ "smtpd", CLIENT PLAIN VICTIM ", orig_queue_id=x y",
		  ODD_CLIENT " method{PLAIN} login{" VICTIM "} from{x}" },
		{ "smtpd", CLIENT PLAIN VICTIM ", orig_client=x",
		  ODD_CLIENT " method{PLAIN} login{" VICTIM "}" },
		{ "smtpd",
		  CLIENT PLAIN VICTIM
		  ", orig_client=a[192.0.2.1], orig_queue_id=9B2FE1",
		  ODD_CLIENT " method{PLAIN} login{" VICTIM
			     "} client name{a} ip{192.0.2.1}" },
		/* AUTH= spells the rest: only the login before it counts. */
		{ "smtpd",
		  CLIENT PLAIN "joe, sasl_sender=\"x, orig_queue_id=9B2FE1\"",
		  IS_CLIENT " method{PLAIN} login{joe}"
			    " mailauth{\"x, orig_queue_id=9B2FE1\"}" },
		{ "smtpd",
		  CLIENT PLAIN "joe, sasl_sender=<x, sasl_username=" VICTIM
			       ">, orig_queue_id=9B2FE1",
		  IS_CLIENT " method{PLAIN} login{joe}"
			    " mailauth{<x, sasl_username=" VICTIM
			    ">, orig_queue_id=9B2FE1}" },
		{ "smtpd", CLIENT PLAIN "joe, sasl_sender=",
		  IS_CLIENT " method{PLAIN} login{joe}" },
		/* A method is a word. */
		{ "smtpd", CLIENT ", sasl_method=X Y, sasl_username=" VICTIM,
		  ODD_CLIENT " method{X}" },
		/* Elsewhere client= is somebody's words. */
		{ "smtpd",
		  "NOQUEUE: reject: RCPT from a[192.0.2.1]: 504 5.5.2 <x>:"
		  " Helo command rejected: no; from=<a@b> to=<c@d> proto=ESMTP"
		  " helo=<" CLIENT PLAIN VICTIM ">",
		  "rejected noqueue host name{a} ip{192.0.2.1}"
		  " text{504 5.5.2 <x>: Helo command rejected: no; from=<a@b>"
		  " to=<c@d> proto=ESMTP helo=<" CLIENT PLAIN VICTIM ">}" },
		{ "cleanup", ID ": message-id=<" CLIENT PLAIN VICTIM ">",
		  "message-id" HAS_ID " mid{" CLIENT PLAIN VICTIM "}" },
		{ "cleanup", ID ": info: header Subject: " CLIENT PLAIN VICTIM,
		  "note" HAS_ID },
		{ "cleanup", ID ": message-id=" VICTIM ", client=a[192.0.2.1]",
		  "message-id" HAS_ID " mid{" VICTIM ", client=a[192.0.2.1]}" },
		/* A header is no stage of SMTP. */
		{ "cleanup",
		  ID ": reject: header from evil[192.0.2.1]: x from b[::1];",
		  "rejected" HAS_ID },
		{ "cleanup", ID ": reject: body from evil[192.0.2.1]: x",
		  "rejected" HAS_ID },
	};

	(void)state;
	check(rows, LENGTH(rows));
#undef VICTIM
#undef PLAIN
#undef ODD_CLIENT
}

static void test_pickups(void **state)
{
	static const struct row rows[] = {
		{ "pickup", ID ": uid=1001 from=<joe>",
		  "pickup" HAS_ID " uid{1001} sender{joe}" },
		{ "pickup", ID ": uid=0 from=<root>",
		  "pickup" HAS_ID " sender{root}" },
		{ "pickup", ID ": uid=33 from=<>", "pickup" HAS_ID " uid{33}" },
		{ "pickup", ID ": uid=4294967295 from=<a>",
		  "pickup" HAS_ID " uid{4294967295} sender{a}" },
		{ "pickup", ID ": uid=89 from=<> orig_id=" LONG,
		  "pickup" HAS_ID " from{" LONG "} uid{89}" },
		/* A06: the sender is what the user says, the uid is not. */
		{ "pickup", ID ": uid=1001 from=<a uid=0 from=<b>",
		  "pickup" HAS_ID " uid{1001} sender{a uid=0 from=<b}" },
		{ "pickup", ID ": uid=1001 from=<a> orig_id=9B2FE1>",
		  "pickup" HAS_ID " uid{1001} sender{a> orig_id=9B2FE1}" },
		{ "pickup", ID ": uid=1001 from=<a> orig_id=1> orig_id=9B2FE1",
		  "pickup" HAS_ID
		  " from{9B2FE1} uid{1001} sender{a> orig_id=1}" },
		{ "pickup", ID ": uid=1001 from=<a> orig_id=x",
		  "pickup odd" HAS_ID " uid{1001} sender{a}" },
		{ "pickup", ID ": uid=1001 from=<a",
		  "pickup odd" HAS_ID " uid{1001}" },
		{ "pickup", ID ": uid=1001 from=<", "pickup odd" HAS_ID },
		{ "pickup", ID ": uid=1001", "pickup odd" HAS_ID },
		{ "pickup", ID ": uid=4294967296 from=<a>",
		  "pickup odd" HAS_ID },
		{ "pickup", ID ": uid=-1 from=<a>", "pickup odd" HAS_ID },
		{ "pickup", ID ": uid= from=<a>", "pickup odd" HAS_ID },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_cleanup(void **state)
{
	static const struct row rows[] = {
		{ "cleanup", ID ": message-id=<9f1c@example.com>",
		  "message-id" HAS_ID " mid{9f1c@example.com}" },
		{ "cleanup", ID ": message-id=<>", "message-id" HAS_ID },
		{ "cleanup", ID ": message-id=", "message-id" HAS_ID },
		{ "cleanup", ID ": message-id=<",
		  "message-id" HAS_ID " mid{<}" },
		{ "cleanup", ID ": message-id==?UTF-8?B?PDE5?=? x",
		  "message-id" HAS_ID " mid{=?UTF-8?B?PDE5?=? x}" },
		{ "cleanup", ID ": resent-message-id=<a@b>",
		  "message-id" HAS_ID " resent mid{a@b}" },
		{ "cleanup", ID ": canceled", "canceled" HAS_ID },
		{ "cleanup", ID ": canceled x", "other" HAS_ID },
		{ "cleanup",
		  ID ": milter-reject: END-OF-MESSAGE from a[192.0.2.1]: 5.7.1"
		     " no; from=<b> to=<c> proto=ESMTP helo=<d>",
		  "rejected" HAS_ID " host name{a} ip{192.0.2.1} text{5.7.1 no;"
		  " from=<b> to=<c> proto=ESMTP helo=<d>}" },
		{ "cleanup",
		  ID ": hold: header Subject: x from a[192.0.2.1]; from=<b>",
		  "note" HAS_ID },
		{ "cleanup",
		  ID ": warning: header Subject: x from a[192.0.2.1]; from=<b>",
		  "note" HAS_ID },
		{ "cleanup",
		  ID ": to=<a@b>, relay=none, delay=1, delays=1/0/0/0,"
		     " dsn=5.4.6, status=bounced (too many hops)",
		  "failure" HAS_ID " to{a@b} relay{none} dsn{5.4.6}"
		  " status{bounced} text{too many hops}" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_queue_manager(void **state)
{
#define TAIL ", size=2312, nrcpt=2 (queue active)"
#define IS_TAIL " size{2312} nrcpt{2}"
	static const struct row rows[] = {
		{ "qmgr", ID ": from=<joe@example.com>" TAIL,
		  "queued" HAS_ID " sender{joe@example.com}" IS_TAIL },
		{ "oqmgr", ID ": from=<>" TAIL, "queued" HAS_ID IS_TAIL },
		{ "qmgr",
		  ID ": from=<a>, size=1099511627776,"
		     " nrcpt=1000000 (queue active)",
		  "queued" HAS_ID " sender{a} size{1099511627776}"
		  " nrcpt{1000000}" },
		/* More than anybody sends: sums would leave their range. */
		{ "qmgr",
		  ID ": from=<a>, size=1099511627777, nrcpt=1 (queue active)",
		  "queued odd" HAS_ID " sender{a}" },
		{ "qmgr", ID ": from=<a>, size=1, nrcpt=1000001 (queue active)",
		  "queued odd" HAS_ID " sender{a}" },
		/* The sender spells the tail; the last one is Postfix's. */
		{ "qmgr",
		  ID ": from=<\"x>, size=1, nrcpt=1 (queue active)\"@b>" TAIL,
		  "queued" HAS_ID
		  " sender{\"x>, size=1, nrcpt=1 (queue active)\"@b}" IS_TAIL },
		{ "qmgr",
		  ID ": from=<x>, size=1, nrcpt=1 (queue active)@b>" TAIL,
		  "queued" HAS_ID
		  " sender{x>, size=1, nrcpt=1 (queue active)@b}" IS_TAIL },
		{ "qmgr",
		  ID ": from=<x>, status=expired, returned to sender@b>" TAIL,
		  "queued" HAS_ID
		  " sender{x>, status=expired, returned to sender@b}" IS_TAIL },
		{ "qmgr", ID ": from=<a@b>, status=expired, returned to sender",
		  "expired" HAS_ID " sender{a@b}" },
		{ "qmgr", ID ": from=<>, status=expired, returned to sender",
		  "expired" HAS_ID },
		{ "qmgr",
		  ID ": from=<a>, status=force-expired, returned to sender",
		  "expired" HAS_ID " sender{a}" },
		{ "qmgr",
		  ID ": from=<a>" TAIL "@b>, status=expired, returned to"
		     " sender",
		  "expired" HAS_ID
		  " sender{a>, size=2312, nrcpt=2 (queue active)@b}" },
		{ "qmgr", ID ": removed", "removed" HAS_ID },
		{ "qmgr", ID ": removed x", "other" HAS_ID },
		{ "qmgr", ID ": skipped, still being delivered",
		  "note" HAS_ID },
		{ "qmgr",
		  ID ": to=<a@b>, relay=none, delay=1, delays=1/0/0/0,"
		     " dsn=4.3.0, status=deferred (mail transport"
		     " unavailable)",
		  "deferral" HAS_ID " to{a@b} relay{none} dsn{4.3.0}"
		  " status{deferred} text{mail transport unavailable}" },
		/* Cut by syslog, or not of this shape. */
		{ "qmgr", ID ": from=<joe@example.com>, size=23",
		  "queued odd" HAS_ID },
		{ "qmgr", ID ": from=<", "queued odd" HAS_ID },
		{ "qmgr", ID ": from=<a>, size=x, nrcpt=1 (queue active)",
		  "queued odd" HAS_ID " sender{a}" },
		{ "qmgr",
		  ID ": from=<a>, size=1, nrcpt=4294967296 (queue active)",
		  "queued odd" HAS_ID " sender{a}" },
		{ "qmgr",
		  ID ": from=<a>, size=9223372036854775808, nrcpt=1"
		     " (queue active)",
		  "queued odd" HAS_ID " sender{a}" },
		{ "qmgr", ID ": from=<a>, size=1, nrcpt=1 (queue active)x)",
		  "queued odd" HAS_ID " sender{a}" },
		{ "qmgr", ID ": from=<a>, nrcpt=1 (queue active)",
		  "queued odd" HAS_ID },
		{ "qmgr", ID ": from=<a>, status=expired",
		  "expired odd" HAS_ID " sender{a}" },
		{ "qmgr", "NOQUEUE: from=<a>" TAIL,
		  "queued noqueue sender{a}" IS_TAIL },
	};

	(void)state;
	check(rows, LENGTH(rows));
#undef IS_TAIL
#undef TAIL
}

/* ---- what becomes of a recipient */

static void test_deliveries(void **state)
{
#define MX ", relay=mx.example.net[203.0.113.25]:25"
#define IS_MX " host name{mx.example.net} ip{203.0.113.25} port{25}"
#define RELAY_MX " relay{mx.example.net[203.0.113.25]:25}"
#define TIMES ", delay=1.2, delays=0.1/0.01/0.4/0.7"
	static const struct row rows[] = {
		{ "smtp",
		  ID ": to=<a@example.net>" MX TIMES ", dsn=2.0.0, status=sent"
		     " (250 2.0.0 Ok: queued as " LONG ")",
		  "delivery" HAS_ID IS_MX " to{a@example.net}" RELAY_MX
		  " dsn{2.0.0} status{sent} text{250 2.0.0 Ok: queued as " LONG
		  "} next{" LONG "}" },
		{ "smtp",
		  ID ": to=<b@example.org>, orig_to=<info@example.com>,"
		     " relay=none, delay=1.3, delays=0.1/0.02/1.2/0, dsn=4.4.1,"
		     " status=deferred (connect to mx[203.0.113.40]:25:"
		     " Connection timed out)",
		  "deferral" HAS_ID " to{b@example.org} orig{info@example.com}"
		  " relay{none} dsn{4.4.1} status{deferred} text{connect to"
		  " mx[203.0.113.40]:25: Connection timed out}" },
		{ "smtp",
		  ID ": to=<c@example.org>" MX ", conn_use=2" TIMES
		     ", dsn=5.1.1, status=bounced (host mx said: 550 5.1.1 No"
		     " such user (in reply to RCPT TO command))",
		  "failure" HAS_ID IS_MX " to{c@example.org}" RELAY_MX
		  " dsn{5.1.1} status{bounced} text{host mx said: 550 5.1.1 No"
		  " such user (in reply to RCPT TO command)}" },
		{ "smtp",
		  ID ": to=<a@b>" MX TIMES ", tls=dane/!requiretls:nocertmatch,"
		     " dsn=2.1.5, status=sent (ok)",
		  "delivery" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{2.1.5} status{sent} text{ok}" },
		/* 2.2 and before had neither delays nor a code. */
		{ "smtp", ID ": to=<a@b>" MX ", delay=1, status=sent (ok)",
		  "delivery" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " status{sent} text{ok}" },
		{ "lmtp",
		  ID ": to=<a@b>, relay=mail[private/dovecot-lmtp]" TIMES
		     ", dsn=2.0.0, status=sent (250 2.0.0 <a@b> Saved)",
		  "delivery" HAS_ID " to{a@b}"
		  " relay{mail[private/dovecot-lmtp]} dsn{2.0.0} status{sent}"
		  " text{250 2.0.0 <a@b> Saved}" },
		{ "lmtp",
		  ID ": to=<a@b>, relay=127.0.0.1[127.0.0.1]:10024" TIMES
		     ", dsn=2.0.0, status=sent (250 2.0.0 from"
		     " MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as"
		     " 1E24018009F)",
		  "delivery" HAS_ID
		  " host name{127.0.0.1} ip{127.0.0.1} port{10024} to{a@b}"
		  " relay{127.0.0.1[127.0.0.1]:10024} dsn{2.0.0} status{sent}"
		  " text{250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0"
		  " Ok: queued as 1E24018009F} next{1E24018009F}" },
		{ "local",
		  ID ": to=<a@b>, relay=local" TIMES
		     ", dsn=2.0.0, status=sent (forwarded as 9B2FE1)",
		  "delivery" HAS_ID " to{a@b} relay{local} dsn{2.0.0}"
		  " status{sent} text{forwarded as 9B2FE1} next{9B2FE1}" },
		{ "smtp",
		  ID ": to=<a@b>" MX TIMES
		     ", dsn=2.0.0, status=sent (forwarded as 9B2FE1)",
		  "delivery" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{2.0.0} status{sent} text{forwarded as 9B2FE1}" },
		{ "local",
		  ID ": to=<a@b>, relay=local" TIMES ", dsn=2.0.0, status=sent"
		     " (delivered to command: x -a \"$E\")",
		  "delivery" HAS_ID " to{a@b} relay{local} dsn{2.0.0}"
		  " status{sent} text{delivered to command: x -a \"$E\"}" },
		{ "virtual",
		  ID ": to=<a@b>, relay=virtual" TIMES
		     ", dsn=2.0.0, status=sent (delivered to maildir)",
		  "delivery" HAS_ID " to{a@b} relay{virtual} dsn{2.0.0}"
		  " status{sent} text{delivered to maildir}" },
		{ "pipe",
		  ID ": to=<a@b>, relay=dovecot" TIMES
		     ", dsn=5.1.1, status=bounced (user unknown)",
		  "failure" HAS_ID " to{a@b} relay{dovecot} dsn{5.1.1}"
		  " status{bounced} text{user unknown}" },
		{ "discard",
		  ID ": to=<a@b>, relay=none" TIMES
		     ", dsn=2.0.0, status=sent (b)",
		  "delivery" HAS_ID " to{a@b} relay{none} dsn{2.0.0}"
		  " status{sent} text{b}" },
		{ "error",
		  ID ": to=<a@b>, relay=none" TIMES ", dsn=5.1.1,"
		     " status=undeliverable-but-not-cached (x)",
		  "probe" HAS_ID " to{a@b} relay{none} dsn{5.1.1}"
		  " status{undeliverable-but-not-cached} text{x}" },
		{ "smtp",
		  ID ": to=<a@b>" MX TIMES
		     ", dsn=5.1.1, status=undeliverable (x)",
		  "probe" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{5.1.1} status{undeliverable} text{x}" },
		{ "smtp",
		  ID ": to=<a@b>" MX TIMES
		     ", dsn=2.0.0, status=deliverable (x)",
		  "probe" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{2.0.0} status{deliverable} text{x}" },
		{ "smtp",
		  ID ": to=<a@b>" MX TIMES ", dsn=4.1.1, status=expired",
		  "failure" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{4.1.1} status{expired}" },
		{ "smtp",
		  ID ": to=<a@b>" MX TIMES ", dsn=5.1.1, status=SOFTBOUNCE (x)",
		  "deferral" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{5.1.1} status{SOFTBOUNCE} text{x}" },
		{ "local",
		  ID ": to=a@b, orig_to=root@c, relay=local" TIMES
		     ", dsn=2.0.0, status=sent (x)",
		  "delivery" HAS_ID " to{a@b} orig{root@c} relay{local}"
		  " dsn{2.0.0} status{sent} text{x}" },
		/* Cut by syslog in its text: the status is known. */
		{ "smtp",
		  ID ": to=<a@b>" MX TIMES
		     ", dsn=5.1.1, status=bounced (host mx said: 550 5.1",
		  "failure" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{5.1.1} status{bounced} text{host mx said: 550 5.1}" },
		/* Before it: nothing is known. */
		{ "smtp", ID ": to=<a@b>" MX TIMES ", dsn=5.1.1, stat",
		  "note odd" HAS_ID IS_MX " to{a@b}" RELAY_MX " dsn{5.1.1}" },
		{ "smtp",
		  ID ": to=<a@b>" MX TIMES ", dsn=5.1.1, status=new (x)",
		  "note odd" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{5.1.1} status{new}" },
		{ "smtp", ID ": to=<a@b>", "note odd" HAS_ID },
		{ "smtp", ID ": to=<a@b", "note odd" HAS_ID },
		{ "smtp", ID ": to=", "note odd" HAS_ID },
		{ "smtp",
		  ID ": to=<a@b>, relay=", "note odd" HAS_ID " to{a@b}" },
		{ "smtp", ID ": to=<a@b>, status=sent (x), relay=none",
		  "note odd" HAS_ID },
		{ "smtp", ID ": to=<a@b>" MX ", status=sent (x), dsn=2.0.0",
		  "delivery" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " status{sent} text{x), dsn=2.0.0}" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_hostile_deliveries(void **state)
{
#define SENT ", dsn=2.0.0, status=sent (250 ok)"
#define BOUNCED ", dsn=5.1.1, status=bounced (no)"
	static const struct row rows[] = {
		/* Quoted local parts are a unit. */
		{ "smtp", ID ": to=<\"a, status=sent (x)\"@b>" MX TIMES BOUNCED,
		  "failure" HAS_ID IS_MX
		  " to{\"a, status=sent (x)\"@b}" RELAY_MX
		  " dsn{5.1.1} status{bounced} text{no}" },
		{ "smtp",
		  ID ": to=<\"a>, status=sent (x)\\\" >\"@b>" MX TIMES BOUNCED,
		  "failure" HAS_ID IS_MX
		  " to{\"a>, status=sent (x)\\\" >\"@b}" RELAY_MX
		  " dsn{5.1.1} status{bounced} text{no}" },
		{ "smtp",
		  ID
		  ": to=<\"a>, orig_to=<v@d\"@b>, orig_to=<\"> \"@c>" MX TIMES
			  BOUNCED,
		  "failure" HAS_ID IS_MX
		  " to{\"a>, orig_to=<v@d\"@b} orig{\"> \"@c}" RELAY_MX
		  " dsn{5.1.1} status{bounced} text{no}" },
		/* The whole line in a recipient: its quotes hold it. */
		{ "smtp",
		  ID ": to=<\"a@b>" MX TIMES SENT "\"@c>" MX TIMES BOUNCED,
		  "failure" HAS_ID IS_MX " to{\"a@b>" MX TIMES SENT
		  "\"@c}" RELAY_MX " dsn{5.1.1} status{bounced} text{no}" },
		/* Without quotes (3.4) it is the reply's for all we know. */
		{ "smtp", ID ": to=<a@b>" MX TIMES SENT "@c>" MX TIMES BOUNCED,
		  "delivery" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{2.0.0} status{sent} text{250 ok)@c>" MX TIMES
		  ", dsn=5.1.1, status=bounced (no}" },
		/* Postfix writes no address without its domain. */
		{ "smtp", ID ": to=<a>" MX TIMES SENT "@c>" MX TIMES BOUNCED,
		  "note odd" HAS_ID },
		/* An open quote would take the text into the address. */
		{ "smtp",
		  ID ": to=<\"a@b>" MX TIMES ", dsn=5.1.1, status=bounced"
		     " (host said: \"x>" MX TIMES SENT,
		  "note odd" HAS_ID },
		{ "smtp", ID ": to=<\"a@b>" MX TIMES BOUNCED,
		  "note odd" HAS_ID },
		/* Texts of remote servers. */
		{ "smtp",
		  ID ": to=<a@b>" MX TIMES ", dsn=5.1.1, status=bounced (host"
		     " said: 550 User unknown, status=sent (250 ok))",
		  "failure" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{5.1.1} status{bounced} text{host said: 550 User"
		  " unknown, status=sent (250 ok)}" },
		{ "smtp",
		  ID ": to=<a@b>" MX TIMES ", dsn=2.0.0, status=sent (250 ok:"
		     " queued as 9B2FE1 queued as 1E24018009F)",
		  "delivery" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{2.0.0} status{sent} text{250 ok: queued as 9B2FE1"
		  " queued as 1E24018009F} next{1E24018009F}" },
		{ "smtp",
		  ID ": to=<a@b>" MX TIMES ", dsn=2.0.0, status=sent (250 ok:"
		     " queued as 9B2FE1.)",
		  "delivery" HAS_ID IS_MX " to{a@b}" RELAY_MX
		  " dsn{2.0.0} status{sent} text{250 ok: queued as"
		  " 9B2FE1.}" },
		{ "smtp",
		  ID ": host mx[203.0.113.25] said: 450 to=<a@b>" MX SENT,
		  "note" HAS_ID },
	};

	(void)state;
	check(rows, LENGTH(rows));
#undef BOUNCED
#undef SENT
#undef TIMES
#undef RELAY_MX
#undef IS_MX
#undef MX
}

static void test_notifications(void **state)
{
	static const struct row rows[] = {
		{ "bounce", ID ": sender non-delivery notification: " LONG,
		  "notification" HAS_ID " next{" LONG "}" },
		{ "bounce", ID ": sender delivery status notification: 1DF359",
		  "notification" HAS_ID " next{1DF359}" },
		{ "bounce", ID ": sender delay notification: 0A87A1",
		  "notification" HAS_ID " next{0A87A1}" },
		{ "bounce", ID ": postmaster non-delivery notification: 47335A",
		  "notification" HAS_ID " next{47335A}" },
		{ "bounce", ID ": sender non-delivery notification: x",
		  "notification odd" HAS_ID },
		{ "bounce", ID ": sender non-delivery notification: ",
		  "notification odd" HAS_ID },
		{ "bounce", ID ": sender non-delivery notification",
		  "note" HAS_ID },
		{ "smtp", ID ": sender non-delivery notification: 47335A",
		  "note" HAS_ID },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

/* ---- lines about no message */

static void test_failed_logins(void **state)
{
#define FRONT "warning: unknown[203.0.113.9]: SASL "
#define IS " host ip{203.0.113.9}"
#define TEN "0123456789"
#define NINETY TEN TEN TEN TEN TEN TEN TEN TEN TEN
	static const struct row rows[] = {
		{ "smtpd", FRONT "LOGIN authentication failed: UGFzc3dvcmQ6",
		  "auth-failed" IS " method{LOGIN}" },
		{ "smtpd",
		  "warning: a.example[2001:db8::1]:4711: SASL CRAM-MD5"
		  " authentication failed: no, sasl_username=joe@example.com",
		  "auth-failed host name{a.example} ip{2001:db8::1} port{4711}"
		  " method{CRAM-MD5} login{joe@example.com}" },
		{ "smtpd",
		  FRONT "PLAIN authentication failed: (reason unavailable),"
			" sasl_username=(unavailable)",
		  "auth-failed" IS " method{PLAIN}" },
		{ "smtpd", FRONT "PLAIN authentication failed: ",
		  "auth-failed" IS " method{PLAIN}" },
		/* The login is the client's, to the end. */
		{ "smtpd",
		  FRONT "PLAIN authentication failed: no, sasl_username=x,"
			" sasl_username=victim@c.example",
		  "auth-failed" IS " method{PLAIN}"
		  " login{x, sasl_username=victim@c.example}" },
		{ "smtpd",
		  FRONT "PLAIN authentication failed: no, sasl_username=" NINETY
			"012345678",
		  "auth-failed" IS " method{PLAIN} login{" NINETY
		  "012345678}" },
		{ "smtpd",
		  FRONT
		  "PLAIN authentication failed: no, sasl_username=" NINETY TEN,
		  "auth-failed odd" IS " method{PLAIN} login{" NINETY TEN "}" },
		/* So is the method. */
		{ "smtpd",
		  FRONT "\"X authentication failed: y,"
			" sasl_username=victim@c.example\" authentication"
			" failed: Invalid authentication mechanism",
		  "auth-failed odd" IS },
		{ "smtpd",
		  FRONT "X\\ authentication failed: y,"
			" sasl_username=v authentication failed: z",
		  "auth-failed odd" IS },
		{ "smtpd", FRONT "PLAIN authentication aborted", "daemon" },
		{ "smtpd",
		  "warning: header evil[192.0.2.1]: SASL PLAIN authentication"
		  " failed: x",
		  "daemon" },
		{ "smtpd",
		  "warning: SASL authentication failure: Password"
		  " verification failed",
		  "daemon" },
		{ "smtpd", ID ": " FRONT "PLAIN authentication failed: x",
		  "note" HAS_ID },
		{ "smtp", FRONT "PLAIN authentication failed: x", "daemon" },
		{ "smtp",
		  ID ": SASL authentication failed; server a[192.0.2.1] said:"
		     " 535 no",
		  "note" HAS_ID },
	};

	(void)state;
	check(rows, LENGTH(rows));
#undef NINETY
#undef TEN
#undef IS
#undef FRONT
}

static void test_rejections(void **state)
{
	static const struct row rows[] = {
		{ "smtpd",
		  "NOQUEUE: reject: RCPT from unknown[203.0.113.9]: 554 5.7.1"
		  " <b@d>: Relay access denied; from=<a@c> to=<b@d> proto=ESMTP"
		  " helo=<x>",
		  "rejected noqueue host ip{203.0.113.9} text{554 5.7.1 <b@d>:"
		  " Relay access denied; from=<a@c> to=<b@d> proto=ESMTP"
		  " helo=<x>}" },
		{ "smtpd",
		  ID ": reject: DATA from a[192.0.2.1]:99: 550 no; from=<a>",
		  "rejected" HAS_ID " host name{a} ip{192.0.2.1} port{99}"
		  " text{550 no; from=<a>}" },
		{ "smtpd", "NOQUEUE: milter-reject: RCPT from a[192.0.2.1]: x",
		  "rejected noqueue host name{a} ip{192.0.2.1} text{x}" },
		{ "smtpd", "NOQUEUE: discard: MAIL from a[192.0.2.1]: x",
		  "rejected noqueue host name{a} ip{192.0.2.1} text{x}" },
		{ "smtpd", "NOQUEUE: hangup: EHLO from a[192.0.2.1]: x",
		  "rejected noqueue host name{a} ip{192.0.2.1} text{x}" },
		{ "smtpd", "proxy-reject: END-OF-MESSAGE: 554 no; from=<a>",
		  "rejected" },
		{ "smtpd", "NOQUEUE: reject: RCPT from a b[192.0.2.1]: x",
		  "rejected noqueue" },
		{ "smtpd", "NOQUEUE: reject: RCPT from a", "rejected noqueue" },
		{ "smtpd", "NOQUEUE: reject:", "other noqueue" },
		{ "postscreen",
		  "NOQUEUE: reject: RCPT from [192.0.2.1]:2413: 550 5.5.1"
		  " Protocol error; from=<a@b>, to=<c@d>, proto=SMTP, helo=<e>",
		  "rejected noqueue host ip{192.0.2.1} port{2413} text{550"
		  " 5.5.1 Protocol error; from=<a@b>, to=<c@d>, proto=SMTP,"
		  " helo=<e>}" },
		{ "postscreen",
		  "NOQUEUE: reject: CONNECT from [192.0.2.1]:1337: too many"
		  " connections",
		  "rejected noqueue host ip{192.0.2.1} port{1337}"
		  " text{too many connections}" },
		/* Lines of one shape that refuse nothing. */
		{ "smtpd", ID ": hold: RCPT from a[192.0.2.1]: x",
		  "note" HAS_ID },
		{ "smtpd", ID ": filter: RCPT from a[192.0.2.1]: x",
		  "note" HAS_ID },
		{ "smtpd", ID ": redirect: RCPT from a[192.0.2.1]: x",
		  "note" HAS_ID },
		{ "smtpd", "NOQUEUE: warn: RCPT from a[192.0.2.1]: x",
		  "note noqueue" },
		{ "smtpd", "NOQUEUE: permit: RCPT from a[192.0.2.1]: x",
		  "note noqueue" },
		{ "smtpd", "NOQUEUE: reject_warning: RCPT from a[192.0.2.1]: x",
		  "note noqueue" },
		{ "smtpd", "proxy-accept: END-OF-MESSAGE: 250 ok; from=<a>",
		  "note" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_connections(void **state)
{
	static const struct row rows[] = {
		{ "smtpd", "connect from laptop.example.net[198.51.100.23]",
		  "connection host name{laptop.example.net}"
		  " ip{198.51.100.23}" },
		{ "smtpd", "disconnect from unknown[192.0.2.1] ehlo=1 auth=0/1",
		  "connection host ip{192.0.2.1}" },
		{ "smtpd", "disconnect from unknown[unknown] commands=0/0",
		  "connection host" },
		{ "smtpd",
		  "lost connection after DATA (0 bytes) from a[192.0.2.1]",
		  "connection host name{a} ip{192.0.2.1}" },
		{ "smtpd", ID ": lost connection after DATA from a[192.0.2.1]",
		  "connection" HAS_ID " host name{a} ip{192.0.2.1}" },
		{ "smtpd", "NOQUEUE: timeout after CONNECT from a[192.0.2.1]",
		  "connection noqueue host name{a} ip{192.0.2.1}" },
		{ "smtpd", "too many errors after AUTH from a[192.0.2.1]",
		  "connection host name{a} ip{192.0.2.1}" },
		{ "smtpd",
		  "improper command pipelining after EHLO from a[192.0.2.1]:"
		  " MAIL from b[192.0.2.2]",
		  "connection host name{a} ip{192.0.2.1}" },
		{ "smtpd", "SSL_accept error from a[192.0.2.1]: -1",
		  "connection host name{a} ip{192.0.2.1}" },
		{ "smtp", "connect to mx[192.0.2.1]:25: No route to host",
		  "connection" },
		{ "postscreen",
		  "CONNECT from [192.0.2.1]:53024 to [192.0.2.2]:25",
		  "connection host ip{192.0.2.1} port{53024}" },
		{ "postscreen", "PASS OLD [192.0.2.1]:53024", "connection" },
		{ "postscreen", "DISCONNECT [192.0.2.1]:4", "connection" },
		{ "postscreen", "DNSBL rank 3 for [192.0.2.1]:4",
		  "connection" },
		{ "postscreen",
		  "PREGREET 6 after 1.2 from [192.0.2.1]:434: RSET from b[::1]",
		  "connection host ip{192.0.2.1} port{434}" },
		{ "anvil",
		  "statistics: max connection rate 3/60s for (smtp:192.0.2.1)"
		  " at Nov 22 02:19:34",
		  "statistics" },
		{ "scache", "statistics: start interval Dec  6 21:20:35",
		  "statistics" },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_daemons(void **state)
{
	static const struct row rows[] = {
		{ "master",
		  "daemon started -- version 3.7.11, configuration /etc/postfix",
		  "daemon" },
		{ "master", "reload -- version 3.7.11, configuration x",
		  "daemon" },
		{ "master", "terminating on signal 15", "daemon" },
		{ "postfix-script", "starting the Postfix mail system",
		  "daemon" },
		{ "postfix-script", "refreshing the Postfix mail system",
		  "daemon" },
		{ "postmap", "fatal: unsupported dictionary type: cdb",
		  "daemon" },
		{ "smtpd", "error: unsupported dictionary type: cdb",
		  "daemon" },
		{ "smtpd", "table hash:/x(0,lock) has changed -- restarting",
		  "daemon" },
		{ "cleanup",
		  "warning: 9BECF3F19D: sender_canonical_maps map lookup"
		  " problem for a@b",
		  "daemon" },
		{ "postsuper", "Deleted: 115 messages", "daemon" },
		{ "postsuper", ID ": requeued", "note" HAS_ID },
		{ "postsuper", ID ": placed on hold", "note" HAS_ID },
	};

	(void)state;
	check(rows, LENGTH(rows));
}

static void test_kinds_have_names(void **state)
{
	(void)state;
	for (int i = 0; i < MG_POSTFIX_KINDS; i++) {
		const char *name =
			mg_postfix_kind_name((enum mg_postfix_kind)i);

		assert_non_null(name);
		assert_string_not_equal(name, "?");
		for (int k = 0; k < i; k++)
			assert_string_not_equal(
				name,
				mg_postfix_kind_name((enum mg_postfix_kind)k));
	}
	assert_string_equal(mg_postfix_kind_name(MG_POSTFIX_KINDS), "?");
}

/* ---- logs of real daemons, whole lines (3.7 and 3.10, rsyslog, postlogd) */

static void test_whole_lines(void **state)
{
#define R "2026-11-22T02:42:16.229697+00:00 t13 postfix/"
#define P "Nov 22 01:58:49 mx2 postfix/"
	static const struct {
		const char *line;
		const char *want;
	} rows[] = {
		{ R "submission/smtpd[21837]: 380F81DA4: client=unknown"
		    "[10.99.0.9], sasl_method=PLAIN,"
		    " sasl_username=alice@shop.example",
		  "client id{380F81DA4} host ip{10.99.0.9} method{PLAIN}"
		  " login{alice@shop.example}" },
		{ R "cleanup[21841]: 380F81DA4:"
		    " message-id=<20261122024216.021830@cl.hoster.test>",
		  "message-id id{380F81DA4}"
		  " mid{20261122024216.021830@cl.hoster.test}" },
		{ R "qmgr[21810]: 380F81DA4: from=<alice@shop.example>,"
		    " size=435, nrcpt=2 (queue active)",
		  "queued id{380F81DA4} sender{alice@shop.example} size{435}"
		  " nrcpt{2}" },
		{ R "smtp[21842]: 380F81DA4: to=<a@remote.test>,"
		    " relay=10.99.0.9[10.99.0.9]:25, delay=0.05,"
		    " delays=0.03/0.02/0/0, dsn=2.0.0, status=sent"
		    " (250 2.0.0 Ok)",
		  "delivery id{380F81DA4} host name{10.99.0.9} ip{10.99.0.9}"
		  " port{25} to{a@remote.test} relay{10.99.0.9[10.99.0.9]:25}"
		  " dsn{2.0.0} status{sent} text{250 2.0.0 Ok}" },
		{ R "pickup[21809]: 89B141DAB: uid=5001"
		    " from=<alice@shop.example>",
		  "pickup id{89B141DAB} uid{5001}"
		  " sender{alice@shop.example}" },
		{ R "submission/smtpd[21837]: disconnect from"
		    " unknown[10.99.0.9] ehlo=1 auth=1 mail=1 rcpt=2 data=1"
		    " quit=1 commands=7",
		  "connection host ip{10.99.0.9}" },
		{ P "smtpd[548]: connect from unknown[127.0.0.7]",
		  "connection host ip{127.0.0.7}" },
		{ P "smtpd[548]: NOQUEUE: reject: RCPT from unknown[127.0.0.7]:"
		    " 450 4.7.1 <u4@remote.test>: Recipient address rejected:"
		    " Domain shop.example exceeded 3 messages per hour;"
		    " from=<alice@shop.example> to=<u4@remote.test>"
		    " proto=ESMTP helo=<vm>",
		  "rejected noqueue host ip{127.0.0.7} text{450 4.7.1"
		  " <u4@remote.test>: Recipient address rejected: Domain"
		  " shop.example exceeded 3 messages per hour;"
		  " from=<alice@shop.example> to=<u4@remote.test> proto=ESMTP"
		  " helo=<vm>}" },
		{ P "anvil[549]: statistics: max connection count 1 for"
		    " (127.0.0.1:3525:127.0.0.7) at Nov 22 01:58:49",
		  "statistics" },
		{ P "master[31180]: reload -- version 3.7.11, configuration"
		    " /p/conf",
		  "daemon" },
		{ P "smtpd[548]: message repeated 2 times: [ warning:"
		    " unknown[127.0.0.7]: SASL LOGIN authentication failed:"
		    " UGFzc3dvcmQ6]",
		  "auth-failed host ip{127.0.0.7} method{LOGIN}" },
		{ "<22>1 2026-11-22T02:19:34.123456+00:00 mx1 postfix/qmgr 4811"
		  " - - 0F5383D: removed",
		  "removed id{0F5383D}" },
	};
	struct mg_buf got;

	(void)state;
	mg_buf_init(&got, MG_LINE_MAX);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct mg_postfix_line line;
		struct mg_slice service;
		struct mg_envelope e;

		assert_true(mg_envelope_parse(mg_slice_str(rows[i].line), &e));
		assert_int_equal(mg_envelope_daemon(e.tag, &service),
				 MG_DAEMON_POSTFIX);
		(void)mg_envelope_unrepeat(&e.text);
		mg_postfix_parse(mg_postfix_role(service), e.text, &line);
		show(&line, &got);
		if (strcmp(got.ptr, rows[i].want) != 0)
			fail_msg("%s\n got: %s\nwant: %s", rows[i].line,
				 got.ptr, rows[i].want);
	}
	mg_buf_release(&got);
#undef P
#undef R
}

/* ---- the corpora: one YAML a line shape, with its fields */

#define FIELDS_MAX 32

struct sample {
	char service[64];
	char data[4096];
	unsigned n_fields;
	struct {
		char name[64];
		char value[4096];
	} fields[FIELDS_MAX];
};

/* A scalar, in double quotes or without. */
static void unquote(struct mg_slice in, char *out, size_t size)
{
	size_t n = 0;

	in = mg_slice_trim(in);
	if (in.len < 2 || in.ptr[0] != '"' || in.ptr[in.len - 1] != '"') {
		assert_true(in.len < size);
		memcpy(out, in.ptr, in.len);
		out[in.len] = '\0';
		return;
	}
	in = mg_slice_of(in.ptr + 1, in.len - 2);
	for (size_t i = 0; i < in.len; i++) {
		char c = in.ptr[i];

		if (c == '\\' && i + 1 < in.len) {
			c = in.ptr[++i];
			c = c == 'n' ? '\n' : c == 'r' ? '\r' : c;
		}
		assert_true(n + 1 < size);
		out[n++] = c;
	}
	out[n] = '\0';
}

/* "^%{POSTFIX_TRIVIAL_REWRITE}$" is trivial-rewrite. */
static void service_of(const char *pattern, char *out)
{
	const char *p = strstr(pattern, "%{POSTFIX_");
	size_t n = 0;

	*out = '\0';
	if (!p)
		return;
	for (p += strlen("%{POSTFIX_"); *p && *p != '}' && n < 63; p++)
		out[n++] = *p == '_' ? '-' : (char)(*p | 0x20);
	out[n] = '\0';
}

static void read_sample(const char *path, struct sample *out)
{
	static char line[8192];
	FILE *f = fopen(path, "r");

	if (!f)
		fail_msg("cannot open %s", path);
	memset(out, 0, sizeof(*out));
	while (fgets(line, sizeof(line), f)) {
		struct mg_slice rest = mg_slice_str(line), key;
		char pattern[128];

		if (rest.len && line[rest.len - 1] == '\n')
			rest.len--;
		if (line[0] == '#' || !mg_slice_cut_at(&rest, ':', &key))
			continue;
		if (mg_slice_is(key, MG_LIT("pattern"))) {
			unquote(rest, pattern, sizeof(pattern));
			service_of(pattern, out->service);
		} else if (mg_slice_is(key, MG_LIT("data"))) {
			unquote(rest, out->data, sizeof(out->data));
		} else if (line[0] == ' ') {
			assert_true(out->n_fields < FIELDS_MAX);
			unquote(key, out->fields[out->n_fields].name, 64);
			unquote(rest, out->fields[out->n_fields].value, 4096);
			out->n_fields++;
		}
	}
	assert_false(ferror(f));
	(void)fclose(f);
}

/* "unknown" is nothing here. */
static bool same_host(struct mg_slice got, struct mg_slice want)
{
	return mg_slice_is(want, MG_LIT("unknown")) ? got.len == 0
						    : mg_slice_is(got, want);
}

static bool has_pair(struct mg_slice all, const char *format,
		     struct mg_slice value)
{
	struct mg_buf b;
	bool found;

	if (value.len == 0)
		return true;
	mg_buf_init(&b, MG_LINE_MAX);
	mg_buf_add_str(&b, format);
	mg_buf_add(&b, value);
	found = mg_slice_search(all, mg_buf_slice(&b)) != all.len;
	mg_buf_release(&b);
	return found;
}

/* Whether a field of the source is what was found; unknown ones are. */
static bool agrees(const struct mg_postfix_line *l, const char *name,
		   struct mg_slice want)
{
	const bool is_delivery = l->kind == MG_POSTFIX_DELIVERY ||
				 l->kind == MG_POSTFIX_DEFERRAL ||
				 l->kind == MG_POSTFIX_FAILURE ||
				 l->kind == MG_POSTFIX_PROBE;
	const bool has_client = l->has_host && !is_delivery;

	if (!strcmp(name, "postfix_queueid")) {
		if (mg_slice_is(want, MG_LIT("NOQUEUE")))
			return l->is_noqueue;
		return l->kind == MG_POSTFIX_DAEMON || mg_slice_is(l->id, want);
	}
	if (!strcmp(name, "postfix_client_hostname"))
		return l->kind == MG_POSTFIX_NOTE ||
		       (has_client && same_host(l->host.name, want));
	if (!strcmp(name, "postfix_client_ip"))
		return !has_client || same_host(l->host.ip, want);
	if (!strcmp(name, "postfix_client_port") && has_client)
		return l->host.port == (unsigned)atoi(want.ptr);
	if (!strcmp(name, "postfix_message-id"))
		return mg_slice_is(l->message_id, want);
	if (!strcmp(name, "postfix_bounce_queueid"))
		return mg_slice_is(l->next_id, want);
	if (!strcmp(name, "postfix_from"))
		return mg_slice_is(l->sender, want);
	if (!strcmp(name, "postfix_status"))
		return l->kind == MG_POSTFIX_EXPIRED ||
		       mg_slice_is(l->status, want);
	if (strstr(name, "_response") && is_delivery)
		return mg_slice_is(l->text, want);
	if (!strcmp(name, "postfix_keyvalue_data") && is_delivery)
		return l->address.len && l->relay.len &&
		       (has_pair(want, "to=<", l->address) ||
			has_pair(want, "to=", l->address)) &&
		       (has_pair(want, "orig_to=<", l->original) ||
			has_pair(want, "orig_to=", l->original)) &&
		       has_pair(want, " relay=", l->relay) &&
		       has_pair(want, " dsn=", l->dsn);
	if (!strcmp(name, "postfix_keyvalue_data") &&
	    l->kind == MG_POSTFIX_QUEUED)
		return l->n_recipients && has_pair(want, "from=<", l->sender);
	return true;
}

static void check_sample(const char *path, const struct sample *s)
{
	const struct mg_slice service = mg_slice_str(s->service);
	struct mg_postfix_line l;

	/* Pieces of lines have patterns too. */
	if (mg_slice_is(service, MG_LIT("delays")) ||
	    mg_slice_is(service, MG_LIT("relay")) ||
	    mg_slice_is(service, MG_LIT("command-counter-data")) ||
	    mg_slice_is(service, MG_LIT("tls-features")))
		return;
	mg_postfix_parse(mg_postfix_role(mg_slice_is(service, MG_LIT("script"))
						 ? MG_LIT("postfix-script")
						 : service),
			 mg_slice_str(s->data), &l);
	if (l.kind == MG_POSTFIX_OTHER || l.kind == MG_POSTFIX_FOREIGN ||
	    l.is_odd)
		fail_msg("%s: %s: %s%s", path, s->data,
			 mg_postfix_kind_name(l.kind), l.is_odd ? " odd" : "");
	for (unsigned i = 0; i < s->n_fields; i++)
		if (!agrees(&l, s->fields[i].name,
			    mg_slice_str(s->fields[i].value)))
			fail_msg("%s: %s: %s is not %s", path, s->data,
				 s->fields[i].name, s->fields[i].value);
}

static void test_grok_corpus(void **state)
{
	static struct sample sample;
	const char *corpora = getenv("MAILGUARD_CORPORA");
	char dir[512], path[1024];
	unsigned n = 0;
	struct dirent *entry;
	DIR *d;

	(void)state;
	if (!corpora || !*corpora) {
		print_message("# MAILGUARD_CORPORA is not set\n");
		skip();
	}
	(void)snprintf(dir, sizeof(dir), "%s/postfix-grok/test", corpora);
	d = opendir(dir);
	if (!d)
		fail_msg("cannot open %s", dir);
	while ((entry = readdir(d)) != NULL) {
		if (!strstr(entry->d_name, ".yaml"))
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		read_sample(path, &sample);
		assert_true(sample.service[0] && sample.data[0]);
		check_sample(path, &sample);
		n++;
	}
	(void)closedir(d);
	assert_in_range(n, 100, 10000);
}

/* Whole logs: each line of Postfix is of a kind with a name, none is odd. */
static void test_log_corpora(void **state)
{
	static const char *const files[] = {
		"digineo-postfix-exporter/testdata/mail.log",
		"crowdsec-hub/.tests/postfix-logs/postfix-logs.log",
	};
	const char *corpora = getenv("MAILGUARD_CORPORA");
	char line[8192], path[1024];

	(void)state;
	if (!corpora || !*corpora) {
		print_message("# MAILGUARD_CORPORA is not set\n");
		skip();
	}
	for (size_t i = 0; i < LENGTH(files); i++) {
		unsigned n = 0;
		FILE *f;

		(void)snprintf(path, sizeof(path), "%s/%s", corpora, files[i]);
		f = fopen(path, "r");
		if (!f)
			fail_msg("cannot open %s", path);
		while (fgets(line, sizeof(line), f)) {
			struct mg_postfix_line l;
			struct mg_slice service = { .len = 0 };
			struct mg_envelope e;

			line[strcspn(line, "\n")] = '\0';
			if (!line[0])
				continue;
			n++;
			if (!mg_envelope_parse(mg_slice_str(line), &e) ||
			    mg_envelope_daemon(e.tag, &service) !=
				    MG_DAEMON_POSTFIX)
				fail_msg("%s: %s", path, line);
			mg_postfix_parse(mg_postfix_role(service), e.text, &l);
			if (l.kind == MG_POSTFIX_OTHER ||
			    l.kind == MG_POSTFIX_FOREIGN || l.is_odd)
				fail_msg("%s: %s: %s", path, line,
					 mg_postfix_kind_name(l.kind));
		}
		(void)fclose(f);
		assert_in_range(n, 5, 100000);
	}
}

/* ---- slices stay inside their text */

/* Texts that reach every part of the grammar. */
static const struct {
	const char *service;
	const char *text;
} seeds[] = {
	{ "smtpd", LONG ": client=a.example[2001:db8::1]:25, sasl_method=PLAIN,"
			" sasl_username=joe@example.com, sasl_sender=b@c" },
	{ "smtpd", CLIENT ", sasl_username=joe, orig_queue_id=" LONG
			  ", orig_client=b[192.0.2.1]:9" },
	{ "smtpd", "NOQUEUE: reject: RCPT from a[192.0.2.1]: 554 5.7.1 <x>" },
	{ "smtpd", "warning: a[192.0.2.1]: SASL PLAIN authentication failed: no"
		   ", sasl_username=(unavailable)" },
	{ "smtpd", "lost connection after DATA (0 bytes) from a[192.0.2.1]:9" },
	{ "pickup", ID ": uid=1001 from=<a> orig_id=" LONG },
	{ "cleanup", ID ": resent-message-id=<9f1c@example.com>" },
	{ "qmgr",
	  ID ": from=<\"a > b\"@c>, size=2312, nrcpt=2 (queue active)" },
	{ "qmgr", ID ": from=<a@b>, status=force-expired, returned to sender" },
	{ "qmgr", ID ": removed" },
	{ "bounce", ID ": sender non-delivery notification: " LONG },
	{ "smtp", ID ": to=<\"a \\\" >\"@b>, orig_to=<c@d>, relay=mx[::1]:25,"
		     " conn_use=2, delay=1, delays=1/0/0/0, tls=may, dsn=2.0.0,"
		     " status=sent (250 2.0.0 Ok: queued as " LONG ")" },
	{ "local", ID ": to=<a@b>, relay=local, delay=1, dsn=2.0.0, status=sent"
		      " (forwarded as 9B2FE1)" },
};

static void inside(struct mg_slice line, struct mg_slice s, const char *what)
{
	if (s.len == 0)
		return;
	if (s.ptr < line.ptr || s.len > line.len ||
	    (size_t)(s.ptr - line.ptr) > line.len - s.len)
		fail_msg("%s is outside '%.*s'", what, MG_SLICE_ARG(line));
}

/* The text in memory of exactly its size, so that a read outside is seen. */
static void check_inside(const char *service, const char *bytes, size_t len)
{
	char *copy = malloc(len ? len : 1);
	const struct mg_slice text = mg_slice_of(copy, len);
	struct mg_postfix_line l;

	assert_non_null(copy);
	if (len)
		memcpy(copy, bytes, len);
	mg_postfix_parse(mg_postfix_role(mg_slice_str(service)), text, &l);
	assert_true(l.kind < MG_POSTFIX_KINDS);
	assert_true(l.id.len <= MG_POSTFIX_ID_MAX);
	assert_true(l.next_id.len <= MG_POSTFIX_ID_MAX);
	inside(text, l.id, "id");
	inside(text, l.host.name, "name");
	inside(text, l.host.ip, "ip");
	inside(text, l.method, "method");
	inside(text, l.login, "login");
	inside(text, l.mailauth, "mailauth");
	inside(text, l.original_host.name, "original name");
	inside(text, l.original_host.ip, "original ip");
	inside(text, l.original_id, "original id");
	inside(text, l.sender, "sender");
	inside(text, l.message_id, "message id");
	inside(text, l.address, "address");
	inside(text, l.original, "original");
	inside(text, l.relay, "relay");
	inside(text, l.dsn, "dsn");
	inside(text, l.status, "status");
	inside(text, l.text, "text");
	inside(text, l.next_id, "next id");
	free(copy);
}

static void test_every_prefix(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(seeds); i++)
		for (size_t len = 0; len <= strlen(seeds[i].text); len++)
			check_inside(seeds[i].service, seeds[i].text, len);
}

static void test_random_changes(void **state)
{
	/* Bytes that the grammar looks at, more often than others. */
	static const char likely[] = " \"\\<>()[]:=,z\r\n\t\0\xff"
				     "AF059";
	uint32_t x = MUTATE_SEED;

	(void)state;
	print_message("# seed %u\n", MUTATE_SEED);
	for (unsigned n = 0; n < MUTATE_RUNS; n++) {
		char bytes[MUTATE_MAX];
		const size_t len = mutate(seeds[n % LENGTH(seeds)].text, bytes,
					  likely, sizeof(likely) - 1, &x);

		check_inside(seeds[n % LENGTH(seeds)].service, bytes, len);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_fronts),
		cmocka_unit_test(test_clients),
		cmocka_unit_test(test_hostile_clients),
		cmocka_unit_test(test_pickups),
		cmocka_unit_test(test_cleanup),
		cmocka_unit_test(test_queue_manager),
		cmocka_unit_test(test_deliveries),
		cmocka_unit_test(test_hostile_deliveries),
		cmocka_unit_test(test_notifications),
		cmocka_unit_test(test_failed_logins),
		cmocka_unit_test(test_rejections),
		cmocka_unit_test(test_connections),
		cmocka_unit_test(test_daemons),
		cmocka_unit_test(test_kinds_have_names),
		cmocka_unit_test(test_whole_lines),
		cmocka_unit_test(test_grok_corpus),
		cmocka_unit_test(test_log_corpora),
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_random_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
