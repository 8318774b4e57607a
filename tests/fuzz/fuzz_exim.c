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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mg_slice rest = mg_slice_of((const char *)data, size), line;

	while (mg_slice_cut_line(&rest, &line))
		check_line(line);
	return 0;
}
