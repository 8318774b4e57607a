/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a log of each dialect, and of a web server, out of which the child
 * of pick takes the lines of a subject: what it says is whole lines of the log, each once and in
 * their order, within the limit, and facts are printable.
 */
#include "tables.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../lib/ingest/pick_child.h"
#include "../unit/zones.h"

#define BYTES_MAX 4096 /* of picked lines: a long log goes beyond it */

/* Behind the days of the corpus. */
#define UNTIL 1795392000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct said {
	struct mg_slice log, rest;
	int64_t at, n_lines, n_bytes;
	bool is_journal; /* its lines are entries */
};

static void check_line(struct said *s, const struct mg_pick_record *r)
{
	const struct mg_slice line = mg_slice_of(s->rest.ptr, r->len);
	const size_t at = (size_t)r->at;

	assert(s->rest.len >= r->len && r->len > 0 && r->at >= s->at);
	assert(at + r->len <= s->log.len);
	assert(mg_slice_is(line, mg_slice_of(s->log.ptr + at, r->len)));
	assert(at == 0 || s->log.ptr[at - 1] == '\n');
	assert(s->is_journal ? line.ptr[line.len - 1] == '\n'
			     : mg_slice_find(line, '\n') == line.len - 1);
	s->at = r->at + r->len;
	s->n_lines++;
	s->n_bytes += r->len;
	s->rest = mg_slice_from(s->rest, r->len);
}

static void check_fact(struct said *s)
{
	struct mg_pick_fact fact;

	assert(s->rest.len >= sizeof(fact));
	memcpy(&fact, s->rest.ptr, sizeof(fact));
	assert(fact.kind < MG_FACT_KINDS && fact.len <= MG_PICK_FACT_MAX &&
	       fact.n > 0 && fact.first <= fact.last);
	for (size_t i = 0; i < fact.len; i++)
		assert(fact.text[i] >= ' ' && fact.text[i] <= '~');
	s->rest = mg_slice_from(s->rest, sizeof(fact));
}

static void check_sent(struct said *s)
{
	assert(s->rest.len >= sizeof(struct mg_pick_minutes));
	s->rest = mg_slice_from(s->rest, sizeof(struct mg_pick_minutes));
}

static void check_said(struct said *s)
{
	struct mg_pick_record r;

	do {
		assert(s->rest.len >= sizeof(r));
		memcpy(&r, s->rest.ptr, sizeof(r));
		s->rest = mg_slice_from(s->rest, sizeof(r));
		if (r.kind == MG_PICK_RECORD_LINE)
			check_line(s, &r);
		else if (r.kind == MG_PICK_RECORD_FACT)
			check_fact(s);
		else if (r.kind == MG_PICK_RECORD_SENT)
			check_sent(s);
		else
			assert(r.kind == MG_PICK_RECORD_END);
	} while (r.kind != MG_PICK_RECORD_END);
	assert(s->rest.len == 0 && r.n_broken == 0);
	assert(r.sum.n_lines == s->n_lines && r.sum.n_bytes == s->n_bytes);
	assert(s->n_bytes <= BYTES_MAX);
}

static void pick(struct mg_slice log, const struct mg_accounts *tables,
		 enum mg_dialect dialect, const struct mg_pick_subject *subject,
		 const struct mg_pick_minutes *near)
{
	static char bytes[1U << 20];
	static int out = -1;
	const struct mg_hash_key key = { 1, 2 };
	const struct mg_tz *tz = &berlin;
	struct mg_counter counter;
	struct mg_pick_file file;
	struct said said = { .log = log,
			     .is_journal = dialect == MG_DIALECT_JOURNAL };
	ssize_t n;

	if (out < 0) {
		out = memfd_create("said", 0);
		assert(out >= 0 && dup2(memfd_create("log", 0), 0) == 0);
	}
	assert(ftruncate(0, 0) == 0 && ftruncate(out, 0) == 0 &&
	       lseek(out, 0, SEEK_SET) == 0);
	assert(pwrite(0, log.ptr, log.len, 0) == (ssize_t)log.len);
	mg_counter_init(&counter, tables, tz, 0, &key);
	counter.dialect = dialect;
	counter.latest = UNTIL;
	/* The child has it as descriptor 0. */
	file = (struct mg_pick_file){ .fd = 0, .end = (int64_t)log.len };
	assert(mg_pick_child(&(struct mg_pick_job){ .counter = &counter,
						    .subject = *subject,
						    .near = near,
						    .since = INT64_MIN,
						    .until = near ? UNTIL
								  : INT64_MAX,
						    .files = &file,
						    .n_files = 1,
						    .max_bytes = BYTES_MAX },
			     0, out) == 0);
	n = pread(out, bytes, sizeof(bytes), 0);
	assert(n > 0 && (size_t)n < sizeof(bytes));
	said.rest = mg_slice_of(bytes, (size_t)n);
	check_said(&said);
	mg_counter_release(&counter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mg_pick_subject subjects[] = {
		{ .kind = MG_PICK_DOMAIN, .domain = 0, .account = 0 },
		{ .kind = MG_PICK_ACCOUNT,
		  .domain = MG_ACCOUNT_NONE,
		  .account = 0 },
		{ .kind = MG_PICK_MAILBOX,
		  .name = MG_LIT_INIT("joe@a.example"),
		  .domain = MG_ACCOUNT_NONE,
		  .account = 0 },
	};
	const struct mg_slice log = mg_slice_of((const char *)data, size);
	static struct mg_accounts tables;
	struct mg_pick_minutes near;

	if (!tables.n_accounts)
		init_tables(&tables);
	pick(log, &tables, MG_DIALECT_EXIM, &subjects[size % 3], NULL);
	pick(log, &tables, MG_DIALECT_SYSLOG, &subjects[size % 3], NULL);
	pick(log, &tables, MG_DIALECT_DOVECOT, &subjects[size % 3], NULL);
	pick(log, &tables, MG_DIALECT_JOURNAL, &subjects[size % 3], NULL);
	memset(&near, (int)(size % 256), sizeof(near));
	pick(log, &tables, MG_DIALECT_EXIM, &subjects[0], &near);
	return 0;
}
