/* SPDX-License-Identifier: MIT */
/*
 * postfix_fixture - texts of Postfix, composed after the sources and logs of
 * 3.7 and 3.10. What is expected of one is written as "kind field{value} ...",
 * every field that is set and no other.
 */
#ifndef MG_TEST_POSTFIX_FIXTURE_H
#define MG_TEST_POSTFIX_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "mailguard/buf.h"
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

static inline void add(struct mg_buf *b, const char *field,
		       struct mg_slice value)
{
	if (value.len == 0)
		return;
	mg_buf_add_fmt(b, " %s{", field);
	mg_buf_add(b, value);
	mg_buf_add_char(b, '}');
}

static inline void add_number(struct mg_buf *b, const char *field, uint64_t n)
{
	if (n)
		mg_buf_add_fmt(b, " %s{%llu}", field, (unsigned long long)n);
}

static inline void show(const struct mg_postfix_line *l, struct mg_buf *b)
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

static inline void check(const struct row *rows, size_t n)
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

#endif
