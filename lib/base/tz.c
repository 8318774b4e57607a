/* SPDX-License-Identifier: MIT */
/* Zones, as TZif files have them. */
#include "tz_priv.h"

#include "mailguard/mem.h"

/* The range of offsets that RFC 9636 section 3.2 tells writers to keep to. */
#define OFFSET_MIN (-(25 * MG_TZ_HOUR_S - 1))
#define OFFSET_MAX (26 * MG_TZ_HOUR_S - 1)

#define HEADER_BYTES 44
#define TYPE_BYTES 6

/* The counts of a header, RFC 9636 section 3.1. */
struct header {
	char version; /* NUL is 1, then '2' to '4' */
	uint64_t n_isut, n_isstd, n_leaps, n_transitions, n_types;
	uint64_t n_name_bytes;
};

/* The arrays of a data block that are of use, RFC 9636 section 3.2. */
struct block {
	struct mg_slice times;   /* n_transitions of time_bytes */
	struct mg_slice indexes; /* n_transitions, into types */
	struct mg_slice types;   /* n_types of TYPE_BYTES */
	size_t time_bytes;       /* 4, or 8 from version 2 on */
};

static bool cut_bytes(struct mg_slice *s, uint64_t n, struct mg_slice *out)
{
	if (n > s->len)
		return false;
	*out = mg_slice_of(s->ptr, (size_t)n);
	*s = mg_slice_from(*s, (size_t)n);
	return true;
}

/* The big-endian number that the n bytes at the front are. */
static uint64_t take_number(struct mg_slice *s, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | (unsigned char)s->ptr[i];
	*s = mg_slice_from(*s, n);
	return value;
}

static bool cut_header(struct mg_slice *s, struct header *h)
{
	struct mg_slice head;

	if (!cut_bytes(s, HEADER_BYTES, &head) ||
	    !mg_slice_cut_lit(&head, MG_LIT("TZif")))
		return false;
	h->version = head.ptr[0];
	if (h->version && (h->version < '2' || h->version > '4'))
		return false;
	head = mg_slice_from(head, 16); /* with 15 bytes kept for later */
	h->n_isut = take_number(&head, 4);
	h->n_isstd = take_number(&head, 4);
	h->n_leaps = take_number(&head, 4);
	h->n_transitions = take_number(&head, 4);
	h->n_types = take_number(&head, 4);
	h->n_name_bytes = take_number(&head, 4);
	return true;
}

/* The products cannot wrap: the counts have 32 bits, no factor is over 12. */
static bool cut_block(struct mg_slice *s, const struct header *h,
		      size_t time_bytes, struct block *b)
{
	struct mg_slice unused;

	b->time_bytes = time_bytes;
	return cut_bytes(s, h->n_transitions * time_bytes, &b->times) &&
	       cut_bytes(s, h->n_transitions, &b->indexes) &&
	       cut_bytes(s, h->n_types * TYPE_BYTES, &b->types) &&
	       cut_bytes(s, h->n_name_bytes, &unused) &&
	       cut_bytes(s, h->n_leaps * (time_bytes + 4), &unused) &&
	       cut_bytes(s, h->n_isstd, &unused) &&
	       cut_bytes(s, h->n_isut, &unused);
}

static int check_counts(const struct header *h, struct mg_err *err)
{
	if (h->n_leaps)
		return mg_fail(
			err, MG_EPARSE,
			"zone data counts leap seconds, which POSIX time "
			"does not have");
	if (h->n_transitions > MG_TZ_TRANSITIONS_MAX)
		return mg_fail(err, MG_ELIMIT,
			       "zone data has more than %d transitions",
			       MG_TZ_TRANSITIONS_MAX);
	if (h->n_types > MG_TZ_TYPES_MAX)
		return mg_fail(err, MG_ELIMIT,
			       "zone data has more than %d types",
			       MG_TZ_TYPES_MAX);
	if (h->n_types == 0 || (h->n_isstd && h->n_isstd != h->n_types) ||
	    (h->n_isut && h->n_isut != h->n_types))
		return mg_fail(err, MG_EPARSE,
			       "zone data has counts that contradict each "
			       "other (RFC 9636 section 3.1)");
	return 0;
}

/* The offset of each type, by the order of the file. */
static int read_types(const struct header *h, struct mg_slice types,
		      int32_t *offsets, struct mg_err *err)
{
	for (uint64_t i = 0; i < h->n_types; i++) {
		const int32_t offset = (int32_t)take_number(&types, 4);
		const uint64_t is_dst = take_number(&types, 1);
		const uint64_t name_at = take_number(&types, 1);

		if (offset < OFFSET_MIN || offset > OFFSET_MAX || is_dst > 1 ||
		    name_at >= h->n_name_bytes)
			return mg_fail(err, MG_EPARSE,
				       "zone data has a malformed local time "
				       "type (RFC 9636 section 3.2)");
		offsets[i] = offset;
	}
	return 0;
}

static int read_transitions(const struct header *h, struct block b,
			    const int32_t *offsets, struct mg_tz *tz,
			    struct mg_err *err)
{
	tz->first_offset = offsets[0];
	for (; tz->n_transitions < h->n_transitions; tz->n_transitions++) {
		const unsigned i = tz->n_transitions;
		const uint64_t bits = take_number(&b.times, b.time_bytes);
		const int64_t at = b.time_bytes == 4 ? (int32_t)bits
						     : (int64_t)bits;
		const uint64_t type = take_number(&b.indexes, 1);

		if (type >= h->n_types || (i && at <= tz->at[i - 1]))
			return mg_fail(err, MG_EPARSE,
				       "zone data has a malformed transition "
				       "(RFC 9636 section 3.2)");
		tz->at[i] = at;
		tz->offset[i] = offsets[type];
	}
	return 0;
}

/*
 * What holds after the last transition. Version 1 has no footer, and an empty
 * one promises nothing: then the last known offset stays.
 */
static int read_footer(struct mg_slice s, char version, struct mg_tz *tz,
		       struct mg_err *err)
{
	const unsigned n = tz->n_transitions;
	struct mg_slice text = { NULL, 0 };

	if (version && !(mg_slice_cut_lit(&s, MG_LIT("\n")) &&
			 mg_slice_cut_at(&s, '\n', &text)))
		return mg_fail(err, MG_EPARSE,
			       "zone data ends before its footer does "
			       "(RFC 9636 section 3.3)");
	tz->later = (struct mg_tz_posix){
		.std_offset = n ? tz->offset[n - 1] : tz->first_offset,
	};
	if (text.len && !mg_tz_posix_parse(text, &tz->later))
		return mg_fail(err, MG_EPARSE,
			       "zone data has a malformed footer "
			       "(RFC 9636 section 3.3)");
	return 0;
}

/* The header and block that count: from version 2 on there is a second pair. */
static int cut_data(struct mg_slice *s, struct header *h, struct block *b,
		    struct mg_err *err)
{
	char version;

	if (!cut_header(s, h))
		return mg_fail(err, MG_EPARSE,
			       "zone data has no TZif header of version 1 to 4 "
			       "(RFC 9636 section 3.1)");
	if (!cut_block(s, h, 4, b))
		return mg_fail(err, MG_EPARSE, "zone data ends too early");
	version = h->version;
	if (version && (!cut_header(s, h) || h->version != version ||
			!cut_block(s, h, 8, b)))
		return mg_fail(err, MG_EPARSE,
			       "zone data has no second block of its version "
			       "(RFC 9636 section 3)");
	return check_counts(h, err);
}

int mg_tz_parse(struct mg_slice data, struct mg_tz *tz, struct mg_err *err)
{
	int32_t offsets[MG_TZ_TYPES_MAX] = { 0 };
	struct mg_tz *zone; /* too large for the stack */
	struct header h = { 0 };
	struct block b = { 0 };
	int rc;

	if (data.len > MG_TZ_FILE_MAX)
		return mg_fail(err, MG_ELIMIT,
			       "zone data is longer than %d bytes",
			       MG_TZ_FILE_MAX);
	rc = cut_data(&data, &h, &b, err);
	if (rc < 0)
		return rc;
	zone = mg_mem_zalloc(1, sizeof(*zone));
	rc = read_types(&h, b.types, offsets, err);
	if (rc == 0)
		rc = read_transitions(&h, b, offsets, zone, err);
	if (rc == 0)
		rc = read_footer(data, h.version, zone, err);
	if (rc == 0)
		*tz = *zone;
	mg_mem_free(zone);
	return rc;
}

int32_t mg_tz_offset(const struct mg_tz *tz, int64_t t)
{
	unsigned low = 0, high = tz->n_transitions;

	if (high == 0 || t >= tz->at[high - 1])
		return mg_tz_posix_offset(&tz->later, t);
	if (t < tz->at[0])
		return tz->first_offset;
	while (high - low > 1) {
		const unsigned middle = low + (high - low) / 2;

		if (tz->at[middle] <= t)
			low = middle;
		else
			high = middle;
	}
	return tz->offset[low];
}

int64_t mg_tz_to_utc(const struct mg_tz *tz, const struct mg_civil *c,
		     int64_t not_before)
{
	const int64_t local = mg_civil_utc(c);
	/* No zone is a day from UTC, so a change near c lies between these. */
	const int32_t before = mg_tz_offset(tz, local - MG_TZ_DAY_S);
	const int32_t after = mg_tz_offset(tz, local + MG_TZ_DAY_S);
	const int64_t early = local - before, late = local - after;

	if (before == after || mg_tz_offset(tz, late) != after)
		return early; /* no change, not yet changed, or skipped */
	if (mg_tz_offset(tz, early) != before)
		return late;
	return early + MG_TZ_OUT_OF_ORDER_S >= not_before ? early : late;
}
