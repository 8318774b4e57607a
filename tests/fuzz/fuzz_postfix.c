/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as lines of a mail log with their envelope, and as bare texts of
 * each daemon: every slice that comes out lies inside the line, and the quick
 * way says what the grammar says, or nothing.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/envelope.h"
#include "mailguard/postfix.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct mg_slice s, struct mg_slice line)
{
	assert(s.len <= line.len);
	if (s.len)
		assert(s.ptr >= line.ptr &&
		       s.ptr + s.len <= line.ptr + line.len);
}

static void check_quick_delivery(const struct mg_postfix_line *q,
				 const struct mg_postfix_line *l)
{
	if (l->kind != MG_POSTFIX_DELIVERY && l->kind != MG_POSTFIX_DEFERRAL &&
	    l->kind != MG_POSTFIX_FAILURE)
		return;
	assert(mg_slice_is(q->host.ip, l->host.ip));
	assert(mg_slice_is(q->address, l->address));
	assert(mg_slice_is(q->original, l->original));
	assert(mg_slice_is(q->dsn, l->dsn) && mg_slice_is(q->text, l->text));
}

/* All that is counted of a kind; other fields are not set. */
static void check_quick(enum mg_postfix_role role, struct mg_slice text,
			const struct mg_postfix_line *l)
{
	struct mg_postfix_line q;

	if (!mg_postfix_quick(role, text, &q))
		return;
	assert(q.kind == l->kind && !q.is_odd && !l->is_odd);
	assert(mg_slice_is(q.id, l->id));
	if (l->id.len == 0)
		return;
	switch (l->kind) {
	case MG_POSTFIX_CLIENT:
		assert(mg_slice_is(q.host.ip, l->host.ip));
		assert(mg_slice_is(q.method, l->method));
		assert(mg_slice_is(q.login, l->login));
		assert(mg_slice_is(q.original_id, l->original_id));
		break;
	case MG_POSTFIX_PICKUP:
		assert(mg_slice_is(q.original_id, l->original_id));
		assert(q.uid == l->uid);
		break;
	case MG_POSTFIX_MESSAGE_ID:
		assert(mg_slice_is(q.message_id, l->message_id));
		assert(q.is_resent == l->is_resent);
		break;
	case MG_POSTFIX_QUEUED:
		assert(mg_slice_is(q.sender, l->sender));
		assert(q.size_bytes == l->size_bytes);
		assert(q.n_recipients == l->n_recipients);
		break;
	default:
		check_quick_delivery(&q, l);
	}
}

static void check_text(struct mg_slice service, struct mg_slice text)
{
	const enum mg_postfix_role role = mg_postfix_role(service);
	struct mg_postfix_line l;

	mg_postfix_parse(role, text, &l);
	check_quick(role, text, &l);
	assert(l.kind < MG_POSTFIX_KINDS);
	assert(l.id.len == 0 || mg_postfix_id_is_valid(l.id));
	assert(l.next_id.len == 0 || mg_postfix_id_is_valid(l.next_id));
	assert(!(l.id.len && l.is_noqueue));
	assert(l.host.port <= 65535 && l.original_host.port <= 65535);
	/* What a charge needs is whole, or the line is odd. */
	if (l.kind == MG_POSTFIX_CLIENT && !l.is_odd) {
		assert(l.has_host);
		assert(mg_slice_find(l.login, ' ') == l.login.len);
		assert(mg_slice_find(l.login, ',') == l.login.len);
		assert(l.original_id.len == 0 ||
		       mg_postfix_id_is_valid(l.original_id));
	}
	const struct mg_slice all[] = {
		l.id,         l.host.name,   l.host.ip,
		l.method,     l.login,       l.mailauth,
		l.sender,     l.original_id, l.original_host.name,
		l.message_id, l.address,     l.original_host.ip,
		l.original,   l.relay,       l.dsn,
		l.status,     l.text,        l.next_id,
	};
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		check_inside(all[i], text);
}

static void check_line(struct mg_slice line)
{
	static const struct mg_slice services[] = {
		MG_LIT_INIT("smtpd"),   MG_LIT_INIT("pickup"),
		MG_LIT_INIT("cleanup"), MG_LIT_INIT("qmgr"),
		MG_LIT_INIT("bounce"),  MG_LIT_INIT("smtp"),
		MG_LIT_INIT("local"),
	};
	struct mg_envelope e = { .pid = 0 };
	struct mg_slice service, text = line;
	uint32_t n;

	if (mg_envelope_parse(line, &e)) {
		check_inside(e.host, line);
		check_inside(e.tag, line);
		check_inside(e.text, line);
		if (mg_envelope_daemon(e.tag, &service) != MG_DAEMON_POSTFIX)
			assert(service.len == 0);
		check_inside(service, line);
		text = e.text;
		n = mg_envelope_unrepeat(&text);
		assert(n >= 1 && n <= MG_ENVELOPE_REPEAT_MAX);
		check_inside(text, line);
		check_text(service, text);
	}
	for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++)
		check_text(services[i], text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mg_slice rest = mg_slice_of((const char *)data, size), line;

	while (mg_slice_cut_line(&rest, &line))
		check_line(line);
	return 0;
}
