/* SPDX-License-Identifier: MIT */
#include "mailguard/tz.h"

#include "mailguard/mem.h"
#include "mailguard/num.h"

#define HOUR_S 3600
#define DAY_S 86400

/* The first and the last second of the years 1..9999, from 1970. */
#define CIVIL_MIN INT64_C(-62135596800)
#define CIVIL_MAX INT64_C(253402300799)

/* The range of offsets that RFC 9636 section 3.2 tells writers to keep to. */
#define OFFSET_MIN (-(25 * HOUR_S - 1))
#define OFFSET_MAX (26 * HOUR_S - 1)

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

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_days(int year, int month)
{
	static const int days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31,
	};

	return days[month - 1] + (month == 2 && is_leap(year));
}

/*
 * The two conversions count in years that begin in March, so that the leap day
 * is the last of its year and month lengths are a straight line (153 days in
 * five months). Source: H. Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms", 2013.
 */
int64_t mg_civil_days(int year, int month, int day)
{
	const int64_t y = (int64_t)year - (month <= 2);
	const int64_t era = floor_div(y, 400);
	const int64_t of_era = y - era * 400;
	const int64_t of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	       of_year - 719468;
}

int64_t mg_civil_utc(const struct mg_civil *c)
{
	const int second = c->second == 60 ? 59 : c->second;

	return mg_civil_days(c->year, c->month, c->day) * DAY_S +
	       c->hour * HOUR_S + c->minute * 60 + second;
}

bool mg_civil_is_valid(const struct mg_civil *c)
{
	return c->year >= 1 && c->year <= 9999 && c->month >= 1 &&
	       c->month <= 12 && c->day >= 1 &&
	       c->day <= month_days(c->year, c->month) && c->hour >= 0 &&
	       c->hour <= 23 && c->minute >= 0 && c->minute <= 59 &&
	       c->second >= 0 && c->second <= 60;
}

static void set_date(int64_t days, struct mg_civil *out)
{
	const int64_t from_march = days + 719468;
	const int64_t era = floor_div(from_march, 146097);
	const int64_t day = from_march - era * 146097;
	const int64_t year = (day - day / 1460 + day / 36524 - day / 146096) /
			     365;
	const int64_t of_year = day - (365 * year + year / 4 - year / 100);
	const int64_t month = (5 * of_year + 2) / 153;

	out->day = (int)(of_year - (153 * month + 2) / 5 + 1);
	out->month = (int)(month < 10 ? month + 3 : month - 9);
	out->year = (int)(year + era * 400 + (out->month <= 2));
}

void mg_civil_of(int64_t t, int32_t offset_s, struct mg_civil *out)
{
	int64_t local, days, rest;

	if (t < CIVIL_MIN - offset_s)
		local = CIVIL_MIN;
	else if (t > CIVIL_MAX - offset_s)
		local = CIVIL_MAX;
	else
		local = t + offset_s;
	days = floor_div(local, DAY_S);
	rest = local - days * DAY_S;
	set_date(days, out);
	out->hour = (int)(rest / HOUR_S);
	out->minute = (int)(rest / 60 % 60);
	out->second = (int)(rest % 60);
}

/* [+-]hh[:mm[:ss]], of which offsets and times of day are made. */
static bool cut_hms(struct mg_slice *s, uint64_t hours_max, int32_t *out)
{
	const bool is_negative = mg_slice_cut_lit(s, MG_LIT("-"));
	uint64_t hours, minutes = 0, seconds = 0;
	int32_t value;

	if (!is_negative)
		(void)mg_slice_cut_lit(s, MG_LIT("+")); /* may stand there */
	if (!mg_num_cut(s, hours_max, &hours))
		return false;
	if (mg_slice_cut_lit(s, MG_LIT(":"))) {
		if (!mg_num_cut(s, 59, &minutes))
			return false;
		if (mg_slice_cut_lit(s, MG_LIT(":")) &&
		    !mg_num_cut(s, 59, &seconds))
			return false;
	}
	value = (int32_t)(hours * HOUR_S + minutes * 60 + seconds);
	*out = is_negative ? -value : value;
	return true;
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* "CET" or "<+0330>"; what it says is of no use here. */
static bool cut_name(struct mg_slice *s)
{
	struct mg_slice name;
	size_t n = 0;

	if (mg_slice_cut_lit(s, MG_LIT("<")))
		return mg_slice_cut_at(s, '>', &name) && name.len >= 3;
	while (n < s->len && is_letter(s->ptr[n]))
		n++;
	*s = mg_slice_from(*s, n);
	return n >= 3;
}

static bool cut_int(struct mg_slice *s, int min, int max, int *out)
{
	uint64_t value;

	if (!mg_num_cut(s, (uint64_t)max, &value) || value < (uint64_t)min)
		return false;
	*out = (int)value;
	return true;
}

/* Mm.w.d, Jn or n, each with an optional /time. */
static bool cut_rule(struct mg_slice *s, struct mg_tz_rule *rule)
{
	bool ok;

	rule->at_s = 2 * HOUR_S;
	if (mg_slice_cut_lit(s, MG_LIT("M"))) {
		rule->kind = MG_TZ_MONTH;
		ok = cut_int(s, 1, 12, &rule->month) &&
		     mg_slice_cut_lit(s, MG_LIT(".")) &&
		     cut_int(s, 1, 5, &rule->week) &&
		     mg_slice_cut_lit(s, MG_LIT(".")) &&
		     cut_int(s, 0, 6, &rule->day);
	} else if (mg_slice_cut_lit(s, MG_LIT("J"))) {
		rule->kind = MG_TZ_JULIAN1;
		ok = cut_int(s, 1, 365, &rule->day);
	} else {
		rule->kind = MG_TZ_JULIAN0;
		ok = cut_int(s, 0, 365, &rule->day);
	}
	if (!ok || !mg_slice_cut_lit(s, MG_LIT("/")))
		return ok;
	return cut_hms(s, 167, &rule->at_s);
}

static bool parse_posix(struct mg_slice s, struct mg_tz_posix *out)
{
	int32_t west;

	if (!cut_name(&s) || !cut_hms(&s, 24, &west))
		return false;
	*out = (struct mg_tz_posix){ .std_offset = -west };
	if (s.len == 0)
		return true;
	out->has_dst = true;
	out->dst_offset = out->std_offset + HOUR_S;
	if (!cut_name(&s))
		return false;
	if (s.len && s.ptr[0] != ',') {
		if (!cut_hms(&s, 24, &west))
			return false;
		out->dst_offset = -west;
	}
	return mg_slice_cut_lit(&s, MG_LIT(",")) &&
	       cut_rule(&s, &out->to_dst) &&
	       mg_slice_cut_lit(&s, MG_LIT(",")) &&
	       cut_rule(&s, &out->to_std) && s.len == 0;
}

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
	if (text.len && !parse_posix(text, &tz->later))
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

/* Local seconds from 1970 of a change in a year. */
static int64_t rule_local(const struct mg_tz_rule *rule, int year)
{
	int64_t day;

	if (rule->kind == MG_TZ_MONTH) {
		const int64_t first = mg_civil_days(year, rule->month, 1);
		const int64_t weekday = (first + 4) -
					floor_div(first + 4, 7) * 7;

		day = (rule->day - weekday + 7) % 7 + 7 * (rule->week - 1);
		if (day >= month_days(year, rule->month))
			day -= 7;
		return (first + day) * DAY_S + rule->at_s;
	}
	day = mg_civil_days(year, 1, 1) + rule->day;
	/* Jn never counts the leap day: J60 is always March 1. */
	if (rule->kind == MG_TZ_JULIAN1 && !(is_leap(year) && rule->day >= 60))
		day--;
	return day * DAY_S + rule->at_s;
}

/*
 * The latest change up to t decides. The years around are asked too, since a
 * time of change may lie a week outside its year. Where an end and a start
 * coincide the start wins: "EST5EDT,0/0,J365/25" is how RFC 9636 section 3.3
 * writes daylight saving time that never ends.
 */
static int32_t posix_offset(const struct mg_tz_posix *posix, int64_t t)
{
	int64_t latest = INT64_MIN;
	bool is_dst = false;
	struct mg_civil c;

	if (!posix->has_dst)
		return posix->std_offset;
	mg_civil_of(t, posix->std_offset, &c);
	for (int year = c.year - 1; year <= c.year + 1; year++) {
		const int64_t end = rule_local(&posix->to_std, year) -
				    posix->dst_offset;
		const int64_t start = rule_local(&posix->to_dst, year) -
				      posix->std_offset;

		if (end <= t && end > latest) {
			latest = end;
			is_dst = false;
		}
		if (start <= t && start >= latest) {
			latest = start;
			is_dst = true;
		}
	}
	return is_dst ? posix->dst_offset : posix->std_offset;
}

int32_t mg_tz_offset(const struct mg_tz *tz, int64_t t)
{
	unsigned low = 0, high = tz->n_transitions;

	if (high == 0 || t >= tz->at[high - 1])
		return posix_offset(&tz->later, t);
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
	const int32_t before = mg_tz_offset(tz, local - DAY_S);
	const int32_t after = mg_tz_offset(tz, local + DAY_S);
	const int64_t early = local - before, late = local - after;

	if (before == after || mg_tz_offset(tz, late) != after)
		return early; /* no change, not yet changed, or skipped */
	if (mg_tz_offset(tz, early) != before)
		return late;
	return early + MG_TZ_OUT_OF_ORDER_S >= not_before ? early : late;
}
