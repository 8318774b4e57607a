/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as lines of a log: every slice that comes out lies inside the line.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/exim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct mg_slice s, struct mg_slice line)
{
	assert(s.len <= line.len);
	if (s.len)
		assert(s.ptr >= line.ptr &&
		       s.ptr + s.len <= line.ptr + line.len);
}

static void check_line(struct mg_slice text)
{
	struct mg_exim_line line;
	struct mg_slice rest, recipient;

	mg_exim_parse(text, &line);
	assert(line.kind < MG_EXIM_KINDS);
	assert(line.id.len <= MG_EXIM_ID_MAX);
	const struct mg_slice all[] = {
		line.id,         line.sender,  line.reference, line.host.name,
		line.host.helo,  line.host.ip, line.user,      line.protocol,
		line.driver,     line.login,   line.mailauth,  line.message_id,
		line.recipients, line.address, line.original,  line.router,
		line.transport,  line.text,    line.directory, line.domain,
	};
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		check_inside(all[i], text);
	rest = line.recipients;
	while (mg_exim_recipient_cut(&rest, &recipient)) {
		assert(recipient.len > 0);
		check_inside(recipient, text);
		check_inside(rest, text);
	}
	(void)mg_exim_is_unknown_recipient(line.text);
}

static void check_same(struct mg_slice a, struct mg_slice b)
{
	assert(a.len == b.len && (a.len == 0 || a.ptr == b.ptr));
}

/* The quick way gives up or says what the grammar says. */
static void check_quick(struct mg_slice line)
{
	const size_t id_len = mg_exim_id_len(line);
	struct mg_exim_line want, got;
	struct mg_slice id, text, rest, recipient;
	uint32_t n = 0;

	if (id_len == 0)
		return;
	id = mg_slice_of(line.ptr, id_len);
	text = mg_slice_from(line, id_len + 1);
	if (!mg_exim_quick_arrival(id, text, &got))
		return;
	mg_exim_parse_message(id, text, &want);
	assert(got.kind == want.kind && got.is_odd == want.is_odd);
	assert(got.has_host == want.has_host && got.is_cut == want.is_cut);
	assert(got.size_bytes == want.size_bytes && got.pid == want.pid);
	assert(got.has_recipients == want.has_recipients);
	assert(got.host.port == want.host.port);
	check_same(got.id, want.id);
	check_same(got.body, want.body);
	check_same(got.sender, want.sender);
	check_same(got.reference, want.reference);
	check_same(got.host.name, want.host.name);
	check_same(got.host.helo, want.host.helo);
	check_same(got.host.ip, want.host.ip);
	check_same(got.user, want.user);
	check_same(got.protocol, want.protocol);
	check_same(got.driver, want.driver);
	check_same(got.login, want.login);
	check_same(got.mailauth, want.mailauth);
	check_same(got.message_id, want.message_id);
	check_same(got.recipients, want.recipients);
	rest = got.recipients;
	while (mg_exim_recipient_cut(&rest, &recipient))
		n++;
	assert(got.n_recipients == 0 || (got.n_recipients == n && !rest.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mg_slice rest = mg_slice_of((const char *)data, size), line;

	while (mg_slice_cut_line(&rest, &line)) {
		check_line(line);
		check_quick(line);
		if (line.len > 20) /* behind a stamp */
			check_quick(mg_slice_from(line, 20));
	}
	return 0;
}
