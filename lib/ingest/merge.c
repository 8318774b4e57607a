/* SPDX-License-Identifier: MIT */
#include "mailguard/merge.h"

#include "count_priv.h"
#include "merge_priv.h"

#include "mailguard/mem.h"
#include "mailguard/part.h"
#include "mailguard/vec.h"

int mg_merge_refuse(struct mg_err *err, const char *what)
{
	return mg_fail(err, MG_EPARSE, "a helper of the parser %s", what);
}

/* --- subjects --- */

static void add_subject(struct mg_merge_subjects *s,
			const struct mg_subject *subject, uint32_t number)
{
	s->items = mg_vec_room(s->items, s->n, &s->cap, sizeof(*s->items));
	s->items[s->n].subject = *subject;
	s->items[s->n].subject.name = mg_arena_copy(&s->names, subject->name);
	s->items[s->n++].number = number;
}

void mg_merge_init(struct mg_merge *m, int from_fd, int log_fd,
		   const struct mg_counter *c)
{
	*m = (struct mg_merge){ .pipe.fd = from_fd, .log_fd = log_fd };
	m->bytes = mg_mem_zalloc(MG_MERGE_BYTES, 1);
	/* Of sender domains none is restored. */
	for (size_t i = 0; i < c->origins.n_items; i++)
		add_subject(&m->subjects[MG_SPACE_ORIGIN],
			    &(struct mg_subject){ .kind = 0 }, (uint32_t)i);
	m->n_remembered = m->subjects[MG_SPACE_ORIGIN].n;
}

void mg_merge_release(struct mg_merge *m)
{
	for (int i = 0; i < MG_SPACES; i++) {
		mg_mem_free(m->subjects[i].items);
		mg_arena_release(&m->subjects[i].names);
	}
	mg_mem_free(m->bytes);
	m->bytes = NULL;
}

static struct mg_subject subject_of(const struct mg_record_subject *r)
{
	return (struct mg_subject){
		.kind = r->kind,
		.domain = r->domain,
		.account = r->account,
		.name = mg_slice_of(r->name, r->len),
	};
}

static struct mg_subjects *space_of(struct mg_counter *c, uint32_t space)
{
	return space == MG_SPACE_ORIGIN ? &c->origins : &c->senders;
}

int mg_merge_number(struct mg_merge *m, struct mg_counter *c, uint32_t space,
		    uint32_t number, uint32_t *out, struct mg_err *err)
{
	struct mg_merge_subject *s;

	if (number >= m->subjects[space].n)
		return mg_merge_refuse(err,
				       "used a number that it did not name");
	s = &m->subjects[space].items[number];
	if (s->number == MG_MAP_NONE)
		s->number = mg_subjects_number(space_of(c, space), &s->subject);
	*out = s->number;
	return 0;
}

int mg_merge_origin(struct mg_merge *m, struct mg_counter *c, uint32_t *origin,
		    struct mg_err *err)
{
	if (*origin == MG_ACCOUNT_NONE)
		return 0;
	return mg_merge_number(m, c, MG_SPACE_ORIGIN, *origin, origin, err);
}

/* Sender domains have other numbers when the counter forgot them. */
static void follow_senders(struct mg_merge *m, const struct mg_counter *c)
{
	struct mg_merge_subjects *s = &m->subjects[MG_SPACE_SENDER];

	if (m->n_forgets == c->n_forgets)
		return;
	m->n_forgets = c->n_forgets;
	for (size_t i = 0; i < s->n; i++)
		s->items[i].number = MG_MAP_NONE;
}

/*
 * What it numbered although no line says so, because it knew too little, it
 * would not name a second time: from then on nothing can be taken from it.
 */
void mg_merge_settle(struct mg_merge *m, const struct mg_counter *c)
{
	struct mg_merge_subjects *s = &m->subjects[MG_SPACE_ORIGIN];

	for (; m->n_remembered < s->n; m->n_remembered++) {
		struct mg_merge_subject *one = &s->items[m->n_remembered];

		one->number = mg_subjects_find(&c->origins, &one->subject);
		if (one->number == MG_MAP_NONE)
			m->is_astray = true;
	}
}

/* --- whether a part can be taken --- */

static bool fits_stamps(const struct mg_counter *c,
			const struct mg_record_part *p)
{
	if (p->first_at == INT64_MAX || !p->is_yearless)
		return true;
	return c->last_at != INT64_MIN &&
	       p->first_at <= c->last_at + MG_PART_NEAR_S &&
	       p->first_at >= c->last_at - MG_PART_NEAR_S;
}

/*
 * Scripts that wait from before the part: older than those in it, so that they
 * come second and go first, and too old for what was not left (MG_PART_ZONE_S).
 */
static bool fits_callers(const struct mg_counter *c,
			 const struct mg_record_part *p)
{
	if (p->first_at == INT64_MAX)
		return true;
	if (c->n_callers + p->n_callers > MG_CWDS_MAX)
		return false;
	for (size_t i = 0; i < c->n_callers; i++)
		if (c->callers[i].at > p->caller_min ||
		    c->callers[i].at >
			    p->first_at + MG_PART_ZONE_S - MG_CWD_AGE_S)
			return false;
	return true;
}

static bool fits_flights(const struct mg_flights *f,
			 const struct mg_record_part *p)
{
	if (p->n_added >= f->max - f->n_live)
		return false;
	if (p->n_alike + f->most_alike < MG_SAME_MESSAGE_ID_MAX)
		return true;
	return p->n_alike == 0 ||
	       p->n_alike + mg_flights_count_alike(f) < MG_SAME_MESSAGE_ID_MAX;
}

static bool fits_subjects(const struct mg_subjects *s, uint32_t n_new)
{
	return n_new < s->max && s->n_items < s->max - n_new;
}

static bool fits(const struct mg_merge *m, const struct mg_counter *c)
{
	const struct mg_record_part *p = &m->part;

	return !p->is_lost && !m->is_astray && fits_stamps(c, p) &&
	       fits_callers(c, p) && fits_flights(&c->flights, p) &&
	       fits_subjects(&c->origins, p->n_new[MG_SPACE_ORIGIN]) &&
	       fits_subjects(&c->senders, p->n_new[MG_SPACE_SENDER]);
}

static bool is_granted(struct mg_counter *c, const struct mg_record *r)
{
	const struct mg_record_hashes *h = &r->body.hashes;

	for (size_t i = 0; i < h->n; i++)
		if (r->type == MG_RECORD_ABSENT
			    ? mg_flights_may_have(&c->flights, h->hashes[i])
			    : mg_flights_any_alike(&c->flights, h->hashes[i]) !=
				      NULL)
			return false;
	return true;
}

/* --- taking it --- */

/* A name counts from the first line on that needs it, and is kept anyway. */
static int take_subject(struct mg_merge *m, struct mg_counter *c,
			const struct mg_record_subject *r, bool is_taken,
			struct mg_err *err)
{
	const struct mg_subject subject = subject_of(r);
	uint32_t number = MG_MAP_NONE;

	if (m->part.n_new[r->space]-- == 0)
		return mg_merge_refuse(err, "named more than it said");
	if (is_taken)
		number = mg_subjects_number(space_of(c, r->space), &subject);
	add_subject(&m->subjects[r->space], &subject, number);
	if (is_taken && r->space == MG_SPACE_ORIGIN)
		m->n_remembered++;
	return 0;
}

/* The next record, which must be there. */
static int read_record(struct mg_merge *m, struct mg_record *out,
		       struct mg_err *err)
{
	const int rc = mg_record_read(&m->pipe, out, err);

	if (rc == 0)
		return mg_fail(err, MG_EIO, "a helper of the parser ended");
	return rc < 0 ? rc : 0;
}

static int take_head(struct mg_merge *m, int64_t from, int64_t to,
		     struct mg_err *err)
{
	struct mg_record record;
	const int rc = read_record(m, &record, err);

	if (rc < 0)
		return rc;
	m->part = record.body.part;
	if (record.type != MG_RECORD_PART || m->part.from != from ||
	    m->part.to > to)
		return mg_merge_refuse(err, "counted another part");
	if (m->part.has_forgotten_senders)
		m->subjects[MG_SPACE_SENDER].n = 0;
	return 0;
}

/* Whether the helper has said all of the part. */
static bool is_last(const struct mg_merge *m, const struct mg_record *r)
{
	if (m->part.is_lost)
		return m->part.n_new[MG_SPACE_ORIGIN] == 0 &&
		       m->part.n_new[MG_SPACE_SENDER] == 0;
	return r->type == MG_RECORD_CHUNK;
}

/* What a part takes for granted comes before anything that is taken of it. */
static int take_body(struct mg_merge *m, struct mg_counter *c, bool *is_taken,
		     struct mg_err *err)
{
	struct mg_record record = { .type = MG_RECORD_PART };
	bool has_begun = false;
	int rc = 0;

	while (rc == 0 && !is_last(m, &record)) {
		rc = read_record(m, &record, err);
		if (rc < 0)
			return rc;
		if (record.type == MG_RECORD_ABSENT ||
		    record.type == MG_RECORD_ASKED) {
			if (has_begun)
				return mg_merge_refuse(err, "was too late");
			*is_taken = *is_taken && is_granted(c, &record);
			continue;
		}
		if (!has_begun && *is_taken && c->first_at == INT64_MAX)
			c->first_at = m->part.first_at;
		has_begun = true;
		if (record.type == MG_RECORD_SUBJECT)
			rc = take_subject(m, c, &record.body.subject, *is_taken,
					  err);
		else if (*is_taken)
			rc = mg_merge_take(m, c, &record, err);
	}
	return rc;
}

int mg_merge_part(struct mg_merge *m, struct mg_counter *c, int64_t from,
		  int64_t to, int64_t *reached, struct mg_err *err)
{
	bool is_taken;
	int rc = take_head(m, from, to, err);

	if (rc < 0)
		return rc;
	follow_senders(m, c);
	is_taken = fits(m, c);
	m->base = c->flights.next_seq - 1;
	*reached = m->part.to;
	rc = take_body(m, c, &is_taken, err);
	if (rc < 0)
		return rc;
	m->n_parts++;
	m->n_again += !is_taken;
	return is_taken;
}
