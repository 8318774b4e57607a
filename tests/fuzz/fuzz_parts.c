/* SPDX-License-Identifier: MIT */
/*
 * A log that helpers count in parts comes to the state of one process, cell by
 * cell, wherever it is cut.
 *
 * The first byte says how: the bytes behind it are the log itself, or choose
 * the lines of one in which a few ids, Message-IDs and scripts come again and
 * again, at times that lie near the limits of all that is waited for.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../unit/parts.h"

#define LOG_MAX ((size_t)1 << 20)
#define FLIGHTS_MAX 6    /* few, so that the oldest must go */
#define START 1795000000 /* 2026-11-18 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* --- what every counter knows --- */

static struct mg_account accounts[] = {
	{ .name = MG_LIT_INIT("alice"), .home = MG_LIT_INIT("/home/alice") },
};
static struct mg_domain domains[] = {
	{ .name = MG_LIT_INIT("a.example") },
};
static struct mg_accounts tables;
static const struct mg_tz utc;

static void init_tables(void)
{
	tables = (struct mg_accounts){
		.accounts = accounts,
		.n_accounts = 1,
		.domains = domains,
		.n_domains = 1,
	};
	mg_map_add(&tables.by_name,
		   mg_hash_quick(&tables.key, accounts[0].name), 0);
	mg_map_add(&tables.by_domain,
		   mg_hash_quick(&tables.key, domains[0].name), 0);
	mg_map_add(&tables.by_uid, mg_account_uid_hash(5001), 0);
	mg_map_add(&tables.by_home,
		   mg_hash_quick(&tables.key, accounts[0].home), 0);
	tables.home_depths = 1U << 2;
}

/* --- the choice of lines --- */

struct script {
	const uint8_t *at, *end;
	char *log;
	size_t len;
	int64_t now;
};

static unsigned take(struct script *s)
{
	return s->at < s->end ? *s->at++ : 0;
}

static const char *one_of(struct script *s, const char *const *of, size_t n)
{
	return of[take(s) % n];
}

#define ONE_OF(s, table) one_of(s, table, sizeof(table) / sizeof(*(table)))

#define TEN " a@y.t b@y.t c@y.t d@y.t e@y.t f@y.t g@y.t h@y.t i@y.t j@y.t"

static const char *const exim_ids[] = {
	"1vwUE4-000000-01", "1vwUE4-000000-02", "1vwUE4-000000-03",
	"1vwUE4-000000-04", "1vwUE4-000000-05",
};
static const char *const postfix_ids[] = { "A1", "A2", "A3", "A4", "A5" };
static const char *const message_ids[] = { "m1@x", "m2@x", "m3@x" };
static const int steps[] = { 0,   0,     0,          0,          1,   1,
			     2,   10,    59,         61,         119, -2,
			     -70, 86400, 31 * 86400, -40 * 86400 };

static void put(struct script *s, const char *stamp, const char *text)
{
	const int len = snprintf(s->log + s->len, LOG_MAX - s->len, "%s%s\n",
				 stamp, text);

	if (len > 0 && (size_t)len < LOG_MAX - s->len)
		s->len += (size_t)len;
}

/* A text in which %i is an id, %j another, %m a Message-ID. */
static void fill(struct script *s, const char *pattern, char *out, size_t room,
		 const char *const *ids)
{
	size_t n = 0;

	for (; *pattern && n + 40 < room; pattern++) {
		const char *word = NULL;

		if (*pattern != '%') {
			out[n++] = *pattern;
			continue;
		}
		pattern++;
		word = *pattern == 'm' ? ONE_OF(s, message_ids)
				       : ids[take(s) % 5];
		memcpy(out + n, word, strlen(word));
		n += strlen(word);
	}
	out[n] = '\0';
}

static void put_exim(struct script *s)
{
	static const char *const lines[] = {
		"%i <= joe@a.example H=h [192.0.2.1] P=esmtpa "
		"A=login:joe@a.example S=100 id=%m for x@y.test",
		"%i <= s@y.test H=h [192.0.2.1] P=esmtp S=100 id=%m for "
		"joe@a.example",
		"%i <= s@y.test H=h [192.0.2.1] P=esmtp S=100 id=%m for "
		"joe@a.example",
		"%i <= t@z.test H=h [127.0.0.1] P=esmtp S=100 id=%m for "
		"q@r.test",
		"%i <= alice@a.example U=alice P=local S=50 id=%m for x@y.test",
		"%i <= alice@a.example U=alice P=local S=50 for x@y.test",
		"%i <= alice@a.example U=alice P=local S=50 id=%m",
		"%i <= www@h.test U=nobody P=local S=50 id=%m for x@y.test",
		"%i <= <> R=%j U=mail P=local S=50 id=%m for x@y.test",
		"%i <= joe@a.example H=h [192.0.2.1] P=esmtpa "
		"A=login:joe@a.example S=100 id=%m T=\"%m\" for" TEN,
		"%i <= alice@a.example U=alice P=local S=50 T=\"%m\" for" TEN,
		"%i <= www@h.test U=nobody P=local S=50 T=\"%m\" for" TEN,
		"%i => x@y.test R=r T=t H=h [192.0.2.9]",
		"%i => x@y.test <joe@a.example> R=r T=t H=h [192.0.2.9]",
		"%i -> joe@a.example R=r T=t",
		"%i == x@y.test R=r T=t defer (-1): x",
		"%i ** w@y.test R=r T=t H=h [192.0.2.9]: 550 5.1.1 User "
		"unknown",
		"%i >> x@y.test R=r T=t H=h [192.0.2.9]",
		"%i Completed",
		"%i Completed",
		"%i Sender identification U=alice D=a.example S=s@a.example",
		"cwd=/home/alice/one 3 args: /usr/sbin/sendmail -t -i",
		"cwd=/home/alice/two 3 args: /usr/sbin/sendmail -t -i",
		"%i **** log string overflowed ****",
		"%i rescind the above message-accept",
		"something else %i",
		"joe@a.example what is it",
	};
	struct mg_civil c;
	char stamp[64], text[512];

	mg_civil_of(s->now, 0, &c);
	(void)snprintf(stamp, sizeof(stamp), "%04d-%02d-%02d %02d:%02d:%02d ",
		       c.year, c.month, c.day, c.hour, c.minute, c.second);
	fill(s, ONE_OF(s, lines), text, sizeof(text), exim_ids);
	put(s, stamp, text);
}

static void put_syslog(struct script *s)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr",
					      "May", "Jun", "Jul", "Aug",
					      "Sep", "Oct", "Nov", "Dec" };
	static const char *const lines[] = {
		"postfix/smtpd[1]: %i: client=h[192.0.2.1]",
		"postfix/smtpd[1]: %i: client=localhost[127.0.0.1]",
		"postfix/smtpd[1]: %i: client=localhost[127.0.0.1], "
		"orig_queue_id=%j, orig_client=h[192.0.2.1]",
		"postfix/smtpd[1]: %i: client=h[192.0.2.1], "
		"sasl_method=PLAIN, sasl_username=joe@a.example",
		"postfix/pickup[1]: %i: uid=5001 from=<alice>",
		"postfix/pickup[1]: %i: uid=33 from=<www-data> "
		"orig_id=%j",
		"postfix/cleanup[1]: %i: message-id=<%m>",
		"postfix/cleanup[1]: %i: message-id=<%m>",
		"postfix/cleanup[1]: %i: resent-message-id=<%m>",
		"postfix/qmgr[1]: %i: from=<joe@a.example>, size=100, nrcpt=1 "
		"(queue active)",
		"postfix/qmgr[1]: %i: from=<s@y.test>, size=100, nrcpt=3 "
		"(queue active)",
		"postfix/qmgr[1]: %i: from=<joe@a.example>, size=100, nrcpt=12 "
		"(queue active)",
		"postfix/smtp[1]: %i: to=<x@y.test>, relay=h[192.0.2.9]:25, "
		"delay=1, delays=0/0/0/0, dsn=2.0.0, status=sent (250 ok)",
		"postfix/smtp[1]: %i: to=<x@y.test>, orig_to=<joe@a.example>, "
		"relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0/0/0/0, "
		"dsn=2.0.0, status=sent (250 ok)",
		"postfix/smtp[1]: %i: to=<x@y.test>, relay=none, delay=1, "
		"delays=0/0/0/0, dsn=4.4.1, status=deferred (x)",
		"postfix/smtp[1]: %i: to=<x@y.test>, relay=h[192.0.2.9]:25, "
		"delay=1, delays=0/0/0/0, dsn=5.1.1, status=bounced (x)",
		"postfix/qmgr[1]: %i: removed",
		"postfix/qmgr[1]: %i: removed",
		"postfix/cleanup[1]: %i: canceled",
		"exim[7]: %i is no id",
		"dovecot: imap-login: Login: user=<joe@a.example>, "
		"method=PLAIN, rip=192.0.2.7, lip=192.0.2.8, mpid=1, TLS",
		"dovecot: what is %i",
		"postfix/smtpd[1]: what is %i",
	};
	struct mg_civil c;
	char stamp[64], text[512];

	mg_civil_of(s->now, 0, &c);
	(void)snprintf(stamp, sizeof(stamp), "%s %2d %02d:%02d:%02d host ",
		       months[c.month - 1], c.day, c.hour, c.minute, c.second);
	fill(s, ONE_OF(s, lines), text, sizeof(text), postfix_ids);
	put(s, stamp, text);
}

static struct mg_slice make_log(const uint8_t *data, size_t size, char *log,
				enum mg_dialect dialect)
{
	struct script s = {
		.at = data, .end = data + size, .log = log, .now = START
	};

	while (s.at < s.end) {
		s.now += steps[take(&s) % (sizeof(steps) / sizeof(*steps))];
		if (dialect == MG_DIALECT_EXIM)
			put_exim(&s);
		else
			put_syslog(&s);
	}
	return mg_slice_of(log, s.len);
}

/* The line that a byte is in is the last one before the cut. */
static size_t cut_at(struct mg_slice log, size_t at)
{
	size_t end;

	if (at >= log.len)
		return log.len;
	end = at + mg_slice_find(mg_slice_from(log, at), '\n');
	return end < log.len ? end + 1 : log.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[LOG_MAX];
	static size_t cuts[256];
	struct parts_how how = { .accounts = &tables,
				 .tz = &utc,
				 .latest = START + 365 * 86400 };
	struct mg_counter one, many;
	struct mg_slice log;
	size_t n_cuts = 0, part;

	if (size < 4)
		return 0;
	if (!tables.n_accounts)
		init_tables();
	how.dialect = data[0] & 1 ? MG_DIALECT_EXIM : MG_DIALECT_SYSLOG;
	how.flights_max = data[0] & 4 ? FLIGHTS_MAX : 0;
	/* What it remembers takes time to set up. */
	how.engine = data[0] % 7 == 0 ? MG_ENGINE_QUICK : MG_ENGINE_PLAIN;
	how.n_helpers = 1 + data[2] % PARTS_HELPERS_MAX;
	how.is_cut_short = data[0] & 8 && data[2] % 5 == 0;
	log = data[0] & 2 ? mg_slice_of((const char *)data + 3, size - 3)
			  : make_log(data + 3, size - 3, text, how.dialect);
	/* A last line without its end is left for the next sweep. */
	while (log.len && log.ptr[log.len - 1] != '\n')
		log.len--;
	part = 1 + data[1] * (log.len / 256 + 1);
	for (size_t at = 0; at < log.len && n_cuts < 255; n_cuts++)
		at = cuts[n_cuts] = cut_at(log, at + part);
	cuts[n_cuts++] = log.len;
	parts_init(&how, &one);
	parts_init(&how, &many);
	parts_count(&one, log, 0, log.len);
	(void)parts_deal_out(&how, &many, log, cuts, n_cuts);
	parts_same(&one, &many);
	mg_counter_release(&one);
	mg_counter_release(&many);
	return 0;
}
