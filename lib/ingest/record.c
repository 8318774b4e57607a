/* SPDX-License-Identifier: MIT */
#include "mailguard/record.h"

#include <assert.h>

#include "mailguard/file.h"

#define FLIGHT_FLAGS                                                           \
	(MG_FLIGHT_TRACKED | MG_FLIGHT_LOCAL | MG_FLIGHT_QUEUED |              \
	 MG_FLIGHT_FILTERED | MG_FLIGHT_DIRECT)

#define HEAD offsetof(struct mg_record, body)

/*
 * No single count of a chunk can be larger: MG_MESSAGE_BYTES_MAX a line, and
 * fewer than 2^22 such lines in a chunk of MG_CHUNK_BYTES.
 */
#define COUNT_MAX ((int64_t)1 << 62)

/* Of a subject all but its name, which is as long as it says. */
static const size_t body_sizes[MG_RECORD_TYPES] = {
	[MG_RECORD_SUBJECT] = offsetof(struct mg_record_subject, name),
	[MG_RECORD_FACT] = sizeof(struct mg_record_fact),
	[MG_RECORD_CHECK] = sizeof(struct mg_record_check),
	[MG_RECORD_LARGE] = sizeof(struct mg_record_large),
	[MG_RECORD_GONE] = sizeof(((struct mg_record *)0)->body.gone),
	[MG_RECORD_FLIGHT] = sizeof(struct mg_flight),
	[MG_RECORD_TRACKED] = sizeof(struct mg_record_tracked),
	[MG_RECORD_CALLER] = sizeof(struct mg_record_caller),
	[MG_RECORD_SHAPE] = sizeof(struct mg_shape),
	[MG_RECORD_ENTRY] = sizeof(struct mg_entry),
	[MG_RECORD_CHUNK] = sizeof(struct mg_record_chunk),
	[MG_RECORD_FAILED] = sizeof(struct mg_record_failed),
	[MG_RECORD_IDENTITY] = sizeof(struct mg_record_identity),
	[MG_RECORD_PLACE] = sizeof(struct mg_place),
	[MG_RECORD_END] = sizeof(struct mg_record_end),
	[MG_RECORD_PEEK] = sizeof(struct mg_record_peek),
	[MG_RECORD_PART] = sizeof(struct mg_record_part),
	[MG_RECORD_ABSENT] = sizeof(struct mg_record_hashes),
	[MG_RECORD_ASKED] = sizeof(struct mg_record_hashes),
	[MG_RECORD_NOTE] = sizeof(struct mg_record_note),
};

/* Bytes behind those, of a record of which they are known; -code for too many. */
static int name_bytes(const struct mg_record *r, struct mg_err *err)
{
	if (r->type != MG_RECORD_SUBJECT)
		return 0;
	if (r->body.subject.len > MG_ORIGIN_NAME_MAX)
		return mg_fail(err, MG_EPARSE,
			       "the parser sent a name of %u bytes",
			       r->body.subject.len);
	return (int)r->body.subject.len;
}

int mg_record_flush(struct mg_record_pipe *p, struct mg_err *err)
{
	const size_t len = p->len;

	p->len = 0;
	return mg_file_write_all(p->fd, mg_slice_of(p->bytes, len), err);
}

int mg_record_write(struct mg_record_pipe *p, const struct mg_record *record,
		    struct mg_err *err)
{
	const int more = name_bytes(record, NULL);
	const size_t size = HEAD + body_sizes[record->type] + (size_t)more;

	assert(more >= 0);
	if (p->len + size > sizeof(p->bytes)) {
		const int rc = mg_record_flush(p, err);

		if (rc < 0)
			return rc;
	}
	memcpy(p->bytes + p->len, record, size);
	p->len += size;
	return 0;
}

/* At least n bytes held. Returns 1, 0 at a clean end, or a negative code. */
static int hold(struct mg_record_pipe *p, size_t n, struct mg_err *err)
{
	if (p->len - p->at >= n)
		return 1;
	memmove(p->bytes, p->bytes + p->at, p->len - p->at);
	p->len -= p->at;
	p->at = 0;
	while (p->len < n) {
		const int64_t got = mg_file_read_some(p->fd, p->bytes + p->len,
						      sizeof(p->bytes) - p->len,
						      err);

		if (got < 0)
			return (int)got;
		if (got == 0 && p->len == 0)
			return 0;
		if (got == 0)
			return mg_fail(err, MG_EIO,
				       "the parser stopped within a record");
		p->len += (size_t)got;
	}
	return 1;
}

int mg_record_read(struct mg_record_pipe *p, struct mg_record *out,
		   struct mg_err *err)
{
	struct mg_record record; /* large: only what it says is copied */
	int rc = hold(p, HEAD, err);
	size_t size;

	if (rc <= 0)
		return rc;
	memcpy(&record, p->bytes + p->at, HEAD);
	if (record.type == 0 || record.type >= MG_RECORD_TYPES)
		return mg_fail(err, MG_EPARSE,
			       "the parser sent a record of "
			       "unknown type");
	size = HEAD + body_sizes[record.type];
	rc = hold(p, size, err);
	if (rc < 0)
		return rc;
	memcpy(&record, p->bytes + p->at, size);
	rc = name_bytes(&record, err);
	if (rc > 0) {
		const size_t more = (size_t)rc;

		rc = hold(p, size + more, err);
		if (rc >= 0)
			memcpy((char *)&record + size, p->bytes + p->at + size,
			       more);
		size += more;
	}
	if (rc < 0)
		return rc;
	p->at += size;
	rc = mg_record_check(&record, err);
	if (rc < 0)
		return rc;
	memcpy(out, &record, size);
	return 1;
}

/* The characters of Exim's ids, zero padded, at least one. */
static bool is_id(const char id[24])
{
	size_t n = 0;

	for (; n < 24 && id[n]; n++) {
		const char c = id[n];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		      (c >= 'a' && c <= 'z') || c == '-'))
			return false;
	}
	if (n == 0 || n == 24)
		return false;
	for (; n < 24; n++)
		if (id[n])
			return false;
	return true;
}

/* Printable ASCII without blank, quote and backslash. */
static bool is_name(const char *name, uint32_t len)
{
	if (len > MG_ORIGIN_NAME_MAX)
		return false;
	for (uint32_t i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '"' ||
		    name[i] == '\\')
			return false;
	return true;
}

static bool is_fact(const struct mg_record_fact *f)
{
	if (f->space >= MG_SPACES)
		return false;
	for (int i = 0; i < MG_COUNTS; i++)
		if (f->counts.n[i] > COUNT_MAX || f->counts.n[i] < -COUNT_MAX)
			return false;
	return true;
}

/* Without a login nobody has succeeded, and no address is all zero. */
static bool is_check(const struct mg_record_check *r)
{
	const struct mg_check *c = &r->check;

	if (r->unused || mg_ip_is_nobody(&c->ip) ||
	    (c->login == 0 && (r->origin != MG_ACCOUNT_NONE ||
			       c->n[MG_CHECK_IMAP] || c->n[MG_CHECK_POP3])))
		return false;
	for (int i = 0; i < MG_CHECK_COUNTS; i++)
		if (c->n[i] < 0 || c->n[i] > COUNT_MAX)
			return false;
	return true;
}

/* A chunk has fewer lines than that, of a message each. */
static bool is_large(const struct mg_record_large *r)
{
	const struct mg_large *l = &r->large;

	return r->unused == 0 && l->n_recipients >= MG_LARGE_MIN && l->n &&
	       l->n <= UINT32_MAX && l->n >= -(int64_t)UINT32_MAX;
}

static bool is_flight(const struct mg_flight *f)
{
	return is_id(f->id) && f->state >= MG_FLIGHT_PENDING &&
	       f->state <= MG_FLIGHT_AGAIN && (f->flags & ~FLIGHT_FLAGS) == 0 &&
	       f->n_forwards <= MG_FORWARDS_MAX && f->bytes >= 0;
}

static bool is_shape(const struct mg_shape *s)
{
	return s->why > 0 && s->why < MG_SHAPE_WHYS && s->len <= MG_SHAPE_MAX &&
	       s->n > 0 && s->n <= UINT32_MAX && s->first >= 0 &&
	       mg_shape_is_valid(mg_slice_of(s->text, s->len));
}

static bool is_chunk(const struct mg_record_chunk *c)
{
	uint64_t n_lines = 0;

	if (c->from < 0 || c->to <= c->from)
		return false;
	/* Each line has at least its newline. */
	for (int i = 0; i < MG_LINE_KINDS; i++) {
		if (c->n_lines[i] > (uint64_t)(c->to - c->from) - n_lines)
			return false;
		if (c->n_odd[i] > c->n_lines[i])
			return false;
		n_lines += c->n_lines[i];
	}
	return true;
}

static bool is_identity(const struct mg_record_identity *i)
{
	if (i->match == MG_MATCH_NONE)
		return i->log == 0 && i->offset == 0;
	return i->match <= MG_MATCH_SHORTER && i->log > 0 && i->offset > 0;
}

/* Without a head or an anchor it would fit any log. */
static bool is_place(const struct mg_place *p)
{
	return p->head_len > 0 && p->head_len <= MG_FOLLOW_HEAD &&
	       p->head_len <= p->at && p->anchor_len > 0 &&
	       p->anchor_len <= MG_FOLLOW_ANCHOR && p->anchor_len <= p->at;
}

static bool is_part(const struct mg_record_part *p)
{
	static const uint8_t none[sizeof(p->unused)];

	/* So that some days can be added to a stamp. */
	if (p->first_at != INT64_MAX &&
	    (p->first_at > COUNT_MAX || p->first_at < -COUNT_MAX))
		return false;
	return p->from >= 0 && p->to >= p->from && p->is_lost <= 1 &&
	       p->is_yearless <= 1 && p->has_forgotten_senders <= 1 &&
	       !memcmp(p->unused, none, sizeof(none));
}

int mg_record_check(const struct mg_record *record, struct mg_err *err)
{
	bool ok = record->unused == 0;

	switch (record->type) {
	case MG_RECORD_SUBJECT:
		ok = ok && record->body.subject.space < MG_SPACES &&
		     is_name(record->body.subject.name,
			     record->body.subject.len);
		break;
	case MG_RECORD_FACT:
		ok = ok && is_fact(&record->body.fact);
		break;
	case MG_RECORD_CHECK:
		ok = ok && is_check(&record->body.check);
		break;
	case MG_RECORD_LARGE:
		ok = ok && is_large(&record->body.large);
		break;
	case MG_RECORD_GONE:
		ok = ok && is_id(record->body.gone);
		break;
	case MG_RECORD_FLIGHT:
		ok = ok && is_flight(&record->body.flight);
		break;
	case MG_RECORD_TRACKED:
		ok = ok && is_id(record->body.tracked.id);
		break;
	case MG_RECORD_CALLER:
		ok = ok && record->body.caller.len > 0 &&
		     is_name(record->body.caller.directory,
			     record->body.caller.len);
		break;
	case MG_RECORD_SHAPE:
		ok = ok && is_shape(&record->body.shape);
		break;
	case MG_RECORD_ENTRY:
		ok = ok && record->body.entry.seqnum <= INT64_MAX &&
		     record->body.entry.at_us >= 0;
		break;
	case MG_RECORD_CHUNK:
		ok = ok && is_chunk(&record->body.chunk);
		break;
	case MG_RECORD_FAILED:
		break;
	case MG_RECORD_IDENTITY:
		ok = ok && is_identity(&record->body.identity);
		break;
	case MG_RECORD_PLACE:
		ok = ok && is_place(&record->body.place);
		break;
	case MG_RECORD_END:
		ok = ok && record->body.end.at >= 0;
		break;
	case MG_RECORD_PEEK:
		ok = ok && record->body.peek.log >= 0;
		break;
	case MG_RECORD_PART:
		ok = ok && is_part(&record->body.part);
		break;
	case MG_RECORD_ABSENT:
	case MG_RECORD_ASKED:
		ok = ok && record->body.hashes.n <= MG_RECORD_HASHES;
		break;
	case MG_RECORD_NOTE:
		ok = ok && record->body.note.byte >= 0;
		break;
	default:
		ok = false;
	}
	if (ok)
		return 0;
	return mg_fail(err, MG_EPARSE,
		       "the parser sent a record of type %u that breaks its "
		       "rules",
		       record->type);
}
