/* SPDX-License-Identifier: MIT */
/* How a message comes. */
#include "postfix_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clients),
		cmocka_unit_test(test_hostile_clients),
		cmocka_unit_test(test_pickups),
		cmocka_unit_test(test_cleanup),
		cmocka_unit_test(test_queue_manager),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
