/* SPDX-License-Identifier: MIT */
/*
 * Lines are read some ahead of being counted.
 *
 * Most of the time of counting a line is spent waiting for the memory: what is
 * known of its login and its sender lies anywhere in some megabytes. A line that
 * was read knows what it will ask for, and while others are read the memory
 * brings it: a sixth of the time of a log. Counting goes by the order of the
 * lines; only what was learned of stamps and tags since makes a reading void,
 * and that is rare.
 */
#include "count_priv.h"

#include "mailguard/mem.h"

struct mg_reading *mg_count_new_ahead(void)
{
	return mg_mem_zalloc(MG_AHEAD, sizeof(struct mg_reading));
}

static void read_line(const struct mg_counter *c, struct mg_slice line,
		      struct mg_reading *out)
{
	out->n_learned = c->n_learned;
	out->login = out->domain = NULL;
	if (c->dialect == MG_DIALECT_EXIM)
		mg_count_read_exim(c, line, out);
}

static void count_line(struct mg_counter *c, struct mg_slice line,
		       const struct mg_reading *r)
{
	if (c->dialect == MG_DIALECT_SYSLOG)
		mg_count_syslog_line(c, line);
	else if (c->dialect == MG_DIALECT_DOVECOT)
		mg_count_dovecot_line(c, line);
	else
		mg_count_exim_line(c, line, r);
}

void mg_counter_line(struct mg_counter *c, struct mg_slice line)
{
	static const struct mg_reading nothing;

	if (c->engine == MG_ENGINE_PLAIN) {
		count_line(c, line, &nothing);
		return;
	}
	read_line(c, line, &c->ahead[0]);
	count_line(c, line, &c->ahead[0]);
}

static void read_some(struct mg_counter *c, const struct mg_lines *l,
		      size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		read_line(c, mg_count_line_of(l, i), &c->ahead[i - from]);
}

/*
 * What is known of a name says where its counts are, and that is asked for in
 * two steps more. A name that was not there, or another in its place, costs a
 * question in vain.
 */
static void ask_subjects(const struct mg_counter *c, const struct mg_reading *r,
			 size_t n)
{
	for (; n; n--, r++) {
		if (r->domain && r->domain->other)
			mg_tally_prefetch(&c->by_sender, r->domain->other - 1);
		if (!r->login)
			continue;
		mg_tally_prefetch(&c->by_origin, r->login->number);
		if (r->login->number < c->n_login_hashes)
			__builtin_prefetch(&c->login_hashes[r->login->number]);
	}
}

static void ask_cells(const struct mg_counter *c, const struct mg_reading *r,
		      size_t n)
{
	for (; n; n--, r++) {
		if (r->domain && r->domain->other)
			mg_tally_prefetch_cell(&c->by_sender,
					       r->domain->other - 1);
		if (r->login)
			mg_tally_prefetch_cell(&c->by_origin, r->login->number);
	}
}

void mg_count_expect_counts(const struct mg_counter *c,
			    const struct mg_reading *r, size_t n)
{
	ask_subjects(c, r, n);
	ask_cells(c, r, n);
}

static void count_some(struct mg_counter *c, const struct mg_lines *l,
		       size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		const struct mg_slice line = mg_count_line_of(l, i);
		struct mg_reading *r = &c->ahead[i - from];

		c->line_byte = l->byte + (line.ptr - l->bytes);
		if (line.len > MG_LINE_MAX) {
			mg_counter_overlong(c);
			continue;
		}
		if (r->n_learned != c->n_learned)
			read_line(c, line, r);
		count_line(c, line, r);
	}
}

static void count_plainly(struct mg_counter *c, const struct mg_lines *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct mg_slice line = mg_count_line_of(l, i);

		c->line_byte = l->byte + (line.ptr - l->bytes);
		if (line.len > MG_LINE_MAX)
			mg_counter_overlong(c);
		else
			mg_counter_line(c, line);
	}
}

/* Lines from..to, some at a time. */
static void count_ahead(struct mg_counter *c, const struct mg_lines *l,
			size_t from, size_t to)
{
	for (size_t i = from, end; i < to; i = end) {
		end = to - i < MG_AHEAD ? to : i + MG_AHEAD;
		read_some(c, l, i, end);
		mg_count_expect_counts(c, c->ahead, end - i);
		count_some(c, l, i, end);
	}
}

/* All but the last ones, behind which there is too little to be looked at. */
static size_t n_in_batches(const struct mg_lines *l)
{
	size_t n = l->n;

	while (n && mg_count_line_of(l, n - 1).ptr + MG_GLANCE_BYTES >
			    l->bytes + l->ends[l->n - 1])
		n--;
	return n;
}

static void count_exim(struct mg_counter *c, const struct mg_lines *l, size_t n)
{
	for (size_t i = 0, to; i < n; i = to) {
		to = n - i < MG_EXIM_BATCH ? n : i + MG_EXIM_BATCH;
		if (!mg_count_exim_batch(c, l, i, to))
			count_ahead(c, l, i, to);
	}
}

/* Lines to learn from are counted by themselves. */
static void count_enveloped(struct mg_counter *c, const struct mg_lines *l,
			    size_t n)
{
	for (size_t i = 0, to; i < n;) {
		to = n - i < MG_AHEAD ? n : i + MG_AHEAD;
		i += mg_count_enveloped_batch(c, l, i, to);
		if (i < to) {
			count_ahead(c, l, i, i + 1);
			i++;
		}
	}
}

void mg_counter_lines(struct mg_counter *c, const struct mg_lines *lines)
{
	size_t n;

	if (c->engine == MG_ENGINE_PLAIN) {
		count_plainly(c, lines);
		return;
	}
	n = n_in_batches(lines);
	if (c->dialect == MG_DIALECT_EXIM)
		count_exim(c, lines, n);
	else
		count_enveloped(c, lines, n);
	count_ahead(c, lines, n, lines->n);
}
