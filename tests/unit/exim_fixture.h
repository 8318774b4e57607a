/* SPDX-License-Identifier: MIT */
/*
 * exim_fixture - lines of Exim, composed after its specification and the logs
 * in tests/data. What is expected of one is written as "kind field{value} ...",
 * every field that is set and no other.
 */
#ifndef MG_TEST_EXIM_FIXTURE_H
#define MG_TEST_EXIM_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/buf.h"
#include "mailguard/exim.h"
#include "mailguard/limits.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

#define STAMP "2026-11-22 02:19:34 "
#define ID "1xUxB0-00000000CXd-0nge"
#define HEAD STAMP ID " "
#define LAPTOP " H=(laptop) [198.51.100.23]:50112"
#define OVERFLOW "**** log string overflowed log buffer ****"

struct row {
	const char *line;
	const char *want;
};

static inline void add(struct mg_buf *b, const char *field,
		       struct mg_slice value)
{
	if (value.len == 0)
		return;
	mg_buf_add_fmt(b, " %s{", field);
	mg_buf_add(b, value);
	mg_buf_add_char(b, '}');
}

static inline void add_recipients(struct mg_buf *b, struct mg_slice rest)
{
	struct mg_slice address;

	while (mg_exim_recipient_cut(&rest, &address))
		add(b, "to", address);
	add(b, "left", rest);
}

/* Everything but the stamp, the zone, the process and the message id. */
static inline void show(const struct mg_exim_line *l, struct mg_buf *b)
{
	mg_buf_clear(b);
	mg_buf_add_str(b, mg_exim_kind_name(l->kind));
	if (l->is_odd)
		mg_buf_add_str(b, " odd");
	if (l->is_cutthrough)
		mg_buf_add_str(b, " early");
	add(b, "sender", l->sender);
	add(b, "reference", l->reference);
	if (l->has_host)
		mg_buf_add_str(b, " host");
	add(b, "name", l->host.name);
	add(b, "helo", l->host.helo);
	add(b, "ip", l->host.ip);
	if (l->host.port)
		mg_buf_add_fmt(b, " port{%u}", l->host.port);
	add(b, "user", l->user);
	add(b, "protocol", l->protocol);
	add(b, "driver", l->driver);
	add(b, "login", l->login);
	add(b, "mailauth", l->mailauth);
	if (l->size_bytes)
		mg_buf_add_fmt(b, " size{%llu}",
			       (unsigned long long)l->size_bytes);
	add(b, "id", l->message_id);
	if (l->has_recipients)
		mg_buf_add_str(b, " list");
	if (l->is_cut)
		mg_buf_add_str(b, " cut");
	add_recipients(b, l->recipients);
	add(b, "address", l->address);
	add(b, "original", l->original);
	add(b, "router", l->router);
	add(b, "transport", l->transport);
	add(b, "text", l->text);
	add(b, "directory", l->directory);
	add(b, "domain", l->domain);
}

static inline void check(const struct row *rows, size_t n)
{
	struct mg_exim_line line;
	struct mg_buf got;

	mg_buf_init(&got, 4 * MG_LINE_MAX);
	for (size_t i = 0; i < n; i++) {
		mg_exim_parse(mg_slice_str(rows[i].line), &line);
		show(&line, &got);
		if (strcmp(got.ptr, rows[i].want) != 0)
			fail_msg("%s\n got: %s\nwant: %s", rows[i].line,
				 got.ptr, rows[i].want);
	}
	mg_buf_release(&got);
}

#endif
