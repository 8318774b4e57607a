/* SPDX-License-Identifier: MIT */
/* The corpora, read where they are: one YAML a line shape, with its fields. */
#include "postfix_fixture.h"

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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grok_corpus),
		cmocka_unit_test(test_log_corpora),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
