/* SPDX-License-Identifier: MIT */
/*
 * What a helper says of its part, record by record, added to what the first
 * child has counted.
 */
#include "count_priv.h"
#include "merge_priv.h"

#include "mailguard/file.h"

static int take_fact(struct mg_merge *m, struct mg_counter *c,
		     const struct mg_record_fact *f, struct mg_err *err)
{
	uint32_t number = 0;
	const int rc = mg_merge_number(m, c, f->space, f->subject, &number,
				       err);
	struct mg_counts *sum;

	if (rc < 0)
		return rc;
	sum = mg_tally_at(f->space == MG_SPACE_ORIGIN ? &c->by_origin
						      : &c->by_sender,
			  number, f->at);
	for (int i = 0; i < MG_COUNTS; i++)
		sum->n[i] += f->counts.n[i];
	return 0;
}

static int take_large(struct mg_merge *m, struct mg_counter *c,
		      const struct mg_record_large *r, struct mg_err *err)
{
	uint32_t origin = 0;
	const int rc = mg_merge_number(m, c, MG_SPACE_ORIGIN, r->origin,
				       &origin, err);

	if (rc == 0)
		mg_larges_add(&c->larges, origin, &r->large);
	return rc;
}

static int take_check(struct mg_merge *m, struct mg_counter *c,
		      const struct mg_record_check *r, struct mg_err *err)
{
	uint32_t origin = r->origin;
	const int rc = mg_merge_origin(m, c, &origin, err);

	if (rc == 0)
		mg_checks_add(&c->checks, &r->check, origin);
	return rc;
}

static struct mg_flight_entry *find_id(struct mg_counter *c, const char *id)
{
	return mg_flights_find(&c->flights, mg_slice_str(id));
}

static int take_flight(struct mg_merge *m, struct mg_counter *c,
		       const struct mg_flight *f, struct mg_err *err)
{
	struct mg_flight flight = *f;
	const int rc = mg_merge_origin(m, c, &flight.origin, err);

	struct mg_flight_entry *e;

	if (rc < 0)
		return rc;
	e = find_id(c, f->id);
	if (!e) {
		flight.seq += m->base;
		(void)mg_flights_import(&c->flights, &flight);
	} else if (e->flight.origin == MG_ACCOUNT_NONE) {
		/* The line that it is charged by came after others' notes. */
		e->flight.origin = flight.origin;
		mg_flights_touch(&c->flights, e);
	} else {
		return mg_merge_refuse(err, "named a message twice");
	}
	return 0;
}

static int take_tracked(struct mg_counter *c, const struct mg_record_tracked *t,
			struct mg_err *err)
{
	struct mg_flight_entry *e = find_id(c, t->id);

	if (!e)
		return mg_merge_refuse(
			err, "tracked a message that it did not name");
	(void)mg_flights_track(&c->flights, e, t->hash);
	return 0;
}

static int take_caller(struct mg_counter *c, const struct mg_record_caller *r,
		       struct mg_err *err)
{
	const struct mg_slice path = mg_slice_of(r->directory, r->len);
	struct mg_caller *caller;

	if (c->n_callers == MG_CWDS_MAX)
		return mg_merge_refuse(err, "named too many scripts");
	caller = &c->callers[c->n_callers];
	*caller = (struct mg_caller){
		.at = r->at,
		.pid = r->pid,
		.account = mg_accounts_of_path(c->accounts, path),
		.len = (uint16_t)path.len,
	};
	if (caller->account == MG_ACCOUNT_NONE)
		return mg_merge_refuse(err, "named a script of nobody");
	memcpy(caller->directory, path.ptr, path.len);
	c->n_callers++;
	return 0;
}

/* The line that starts at a byte of the log. */
static int read_line(struct mg_merge *m, int64_t byte, struct mg_slice *out,
		     struct mg_err *err)
{
	const struct mg_slice held = mg_slice_of(m->bytes, m->n_bytes);
	int64_t got;

	if (byte >= m->bytes_at && byte - m->bytes_at < (int64_t)m->n_bytes) {
		struct mg_slice rest =
			mg_slice_from(held, (size_t)(byte - m->bytes_at));

		if (mg_slice_cut_at(&rest, '\n', out))
			return 0;
	}
	got = mg_file_read_at(m->log_fd, m->bytes, MG_MERGE_BYTES, byte, err);
	if (got < 0)
		return (int)got;
	m->bytes_at = byte;
	m->n_bytes = (size_t)got;
	*out = mg_slice_of(m->bytes, m->n_bytes);
	if (!mg_slice_cut_at(&(struct mg_slice){ out->ptr, out->len }, '\n',
			     out))
		return mg_merge_refuse(err, "left a line that is not there");
	return 0;
}

/*
 * What the lines before it did to the state from before the part; then the line
 * itself. What comes in order behind it is as much later as it adds messages.
 */
static int take_note(struct mg_merge *m, struct mg_counter *c,
		     const struct mg_record_note *n, struct mg_err *err)
{
	struct mg_slice line;
	uint64_t next_seq;
	int rc;

	if (n->byte < m->part.from || n->byte > m->part.to)
		return mg_merge_refuse(err, "left a line of another part");
	if (n->forget_at != INT64_MIN)
		mg_flights_forget(&c->flights, n->forget_at);
	if (n->caller_at != INT64_MIN)
		mg_count_age_callers(c, n->caller_at);
	next_seq = m->base + n->n_added + 1;
	c->flights.next_seq = next_seq;
	if (n->byte == m->part.to)
		return 0;
	rc = read_line(m, n->byte, &line, err);
	if (rc < 0)
		return rc;
	if (n->last_at > c->last_at)
		c->last_at = n->last_at;
	c->line_byte = n->byte;
	mg_counter_line(c, line);
	m->base += c->flights.next_seq - next_seq;
	return 0;
}

static void take_sums(struct mg_counter *c, const struct mg_record_chunk *r)
{
	for (int i = 0; i < MG_LINE_KINDS; i++) {
		c->n_lines[i] += r->n_lines[i];
		c->n_odd[i] += r->n_odd[i];
	}
	c->n_orphans += r->n_orphans;
	if (r->first_at != INT64_MAX && r->last_at > c->last_at)
		c->last_at = r->last_at;
	/* The line before was another process's. */
	c->line_stamp.year = 0;
	c->quick_stamp = MG_NO_QUICK_STAMP;
}

int mg_merge_take(struct mg_merge *m, struct mg_counter *c,
		  const struct mg_record *r, struct mg_err *err)
{
	const struct mg_shape *shape = &r->body.shape;

	switch (r->type) {
	case MG_RECORD_FACT:
		return take_fact(m, c, &r->body.fact, err);
	case MG_RECORD_LARGE:
		return take_large(m, c, &r->body.large, err);
	case MG_RECORD_CHECK:
		return take_check(m, c, &r->body.check, err);
	case MG_RECORD_FLIGHT:
		return take_flight(m, c, &r->body.flight, err);
	case MG_RECORD_TRACKED:
		return take_tracked(c, &r->body.tracked, err);
	case MG_RECORD_CALLER:
		return take_caller(c, &r->body.caller, err);
	case MG_RECORD_SHAPE:
		mg_shapes_add(&c->shapes, (enum mg_shape_why)shape->why,
			      mg_slice_of(shape->text, shape->len), shape->n,
			      shape->first);
		return 0;
	case MG_RECORD_NOTE:
		return take_note(m, c, &r->body.note, err);
	case MG_RECORD_CHUNK:
		take_sums(c, &r->body.chunk);
		return 0;
	default:
		return mg_merge_refuse(err, "sent a record out of place");
	}
}
