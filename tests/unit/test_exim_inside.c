/* SPDX-License-Identifier: MIT */
/* Slices stay inside their line. */
#include "exim_fixture.h"
#include "mutate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/exim.h"

/* Lines that reach every part of the grammar. */
static const char *const seeds[] = {
	HEAD "<= \"a b\"@example.com DS" LAPTOP
	     " I=[192.0.2.10]:587 TFO* U=ident Ci=4f7K P=esmtpsa L* X=T:A:1*"
	     " CV=yes DN=\"CN=\\\"x\\\"\" SNI=\"m\" A=login:joe@example.com:x"
	     " PRDR PRX=192.0.2.3 K S=2312 M8S=8 DKIM=d ARC DMARC=p SPF=p"
	     " RT=1s Q=q id=\"9 f\"@example.com T=\"In \\\"M\\\" \\\\\""
	     " from <\"a > b\"@c> for a@example.net \"b c\"@d x@y<trunc>",
	"2026-11-22 02:19:34.567 +0545 [48213] 1xUxB0-000CXd-35 <= <>"
	" R=1xUxCV-00000000CZD-1gZs U=mailnull P=local S=2044 for x" OVERFLOW,
	HEAD "=> x@y (p@a.example) <\"o >\"@a.example> F=<\"x> R\"@e> Q=q"
	     " P=<p@q> SRS=<s@t> R=r T=**b** S=1 H=mx (h) [2001:db8::1]:25*"
	     " X=c CV=yes C=\"250 \\\"ok\\\"\" QT=2s DT=1s",
	HEAD "=> |/bin/x -y <z@a.example> R=p T=address_pipe",
	"[1/2] " HEAD "<= a@b U=u P=local S=1 id=\"x y",
	HEAD "** x@y: SMTP error from remote: 550 5.1.10 user unknown DT=1s",
	HEAD "** x@y R=r T=t H=mx [203.0.113.40] X=a CV=no : SMTP : 550 5.1.1",
	HEAD "== x@y <o@p> routing defer (-52): retry time not reached",
	HEAD "Sender identification U=joe D=example.com S=joe@example.com",
	HEAD "Completed QT=3m12s",
	STAMP "cwd=/home/joe/public_html 4 args: /usr/sbin/sendmail -t",
	STAMP "PLAIN authenticator failed for mx ([192.0.2.77])"
	      " [203.0.113.66]:25: 535 Incorrect (set_id=x) [192.0.2.66])",
	STAMP "login authenticator failed for H=(a) [::1]:25: 535",
	STAMP "H=(x) [203.0.113.9]:4013 F=<a@b> rejected RCPT <c@d>: no",
};

static void inside(struct mg_slice line, struct mg_slice s, const char *what)
{
	if (s.len == 0)
		return;
	if (s.ptr < line.ptr || s.len > line.len ||
	    (size_t)(s.ptr - line.ptr) > line.len - s.len)
		fail_msg("%s is outside '%.*s'", what, MG_SLICE_ARG(line));
}

/* The line in memory of exactly its size, so that a read outside is seen. */
static void check_inside(const char *bytes, size_t len)
{
	char *copy = malloc(len ? len : 1);
	const struct mg_slice line = mg_slice_of(copy, len);
	struct mg_slice rest, address;
	struct mg_exim_line l;

	assert_non_null(copy);
	if (len)
		memcpy(copy, bytes, len);
	mg_exim_parse(line, &l);
	assert_true(l.kind < MG_EXIM_KINDS);
	inside(line, l.id, "id");
	inside(line, l.sender, "sender");
	inside(line, l.reference, "reference");
	inside(line, l.host.name, "name");
	inside(line, l.host.helo, "helo");
	inside(line, l.host.ip, "ip");
	inside(line, l.user, "user");
	inside(line, l.protocol, "protocol");
	inside(line, l.driver, "driver");
	inside(line, l.login, "login");
	inside(line, l.mailauth, "mailauth");
	inside(line, l.message_id, "message id");
	inside(line, l.recipients, "recipients");
	inside(line, l.address, "address");
	inside(line, l.original, "original");
	inside(line, l.router, "router");
	inside(line, l.transport, "transport");
	inside(line, l.text, "text");
	inside(line, l.directory, "directory");
	inside(line, l.domain, "domain");
	for (rest = l.recipients; mg_exim_recipient_cut(&rest, &address);) {
		assert_true(address.len > 0);
		inside(line, address, "recipient");
		inside(line, rest, "rest");
	}
	(void)mg_exim_is_unknown_recipient(l.text);
	free(copy);
}

static void test_every_prefix(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(seeds); i++)
		for (size_t len = 0; len <= strlen(seeds[i]); len++)
			check_inside(seeds[i], len);
}

static void test_random_changes(void **state)
{
	/* Bytes that the grammar looks at, more often than others. */
	static const char likely[] = " \"\\<>()[]:=*@-.\r\n\t\0\xff"
				     "LKUAS59";
	uint32_t x = MUTATE_SEED;

	(void)state;
	print_message("# seed %u\n", MUTATE_SEED);
	for (unsigned n = 0; n < MUTATE_RUNS; n++) {
		char bytes[MUTATE_MAX];
		const size_t len = mutate(seeds[n % LENGTH(seeds)], bytes,
					  likely, sizeof(likely) - 1, &x);

		check_inside(bytes, len);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_random_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
