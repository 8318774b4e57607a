/* SPDX-License-Identifier: MIT */
/*
 * tz - civil time and Unix seconds, by the system's TZif files.
 *
 * A static binary cannot lean on libc's locale and zone machinery, and the
 * zone of a log need not be the zone of this process, so the zone is a value
 * that is loaded once and passed in. Leap seconds do not exist here, as in
 * POSIX time.
 */
#ifndef MAILGUARD_TZ_H
#define MAILGUARD_TZ_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/slice.h"

/* The largest of tzdata 2025, all transitions up to 2037 in it (zic -b fat). */
#define MG_TZ_FILE_MAX (256 * 1024) /* bytes; 3.8 KiB there */
#define MG_TZ_TRANSITIONS_MAX 2000  /* 310 there */
#define MG_TZ_TYPES_MAX 256         /* an index into them is one byte */

/*
 * Seconds by which a stamp may lie before the one above it in the same log.
 * Twice as much, and after a quiet hour more stamps of the repeated hour are
 * taken for the first time round; half, and slow writers are put an hour late.
 */
#define MG_TZ_OUT_OF_ORDER_S 300

/* A date and a time of day in the proleptic Gregorian calendar. */
struct mg_civil {
	int year;   /* 1..9999 */
	int month;  /* 1..12 */
	int day;    /* 1..31, valid for the month */
	int hour;   /* 0..23 */
	int minute; /* 0..59 */
	int second; /* 0..60; 60 is counted as 59 (POSIX has no leap second) */
};

/* One day and time of change of a POSIX TZ string. */
struct mg_tz_rule {
	enum { MG_TZ_JULIAN1, MG_TZ_JULIAN0, MG_TZ_MONTH } kind;
	int day;      /* Jn 1..365, n 0..365, or weekday 0 (Sunday)..6 */
	int week;     /* 1..5, 5 is the last; MG_TZ_MONTH only */
	int month;    /* 1..12; MG_TZ_MONTH only */
	int32_t at_s; /* seconds after local midnight, within 168 h of it */
};

/* What a POSIX TZ string says of every year. Zeroed it is UTC. */
struct mg_tz_posix {
	int32_t std_offset; /* seconds east of UTC */
	bool has_dst;       /* the rest is set */
	int32_t dst_offset; /* may be less than std_offset (Dublin) */
	struct mg_tz_rule to_dst, to_std;
};

/* A zone. Zeroed it is UTC. Owns nothing outside itself. */
struct mg_tz {
	unsigned n_transitions;
	int64_t at[MG_TZ_TRANSITIONS_MAX];     /* Unix seconds, rising */
	int32_t offset[MG_TZ_TRANSITIONS_MAX]; /* seconds east from at[i] on */
	int32_t first_offset;                  /* before at[0] */
	struct mg_tz_posix later;              /* from the last one on */
};

/* Days from 1970-01-01 to a civil date, and seconds taken as UTC. */
int64_t mg_civil_days(int year, int month, int day);
int64_t mg_civil_utc(const struct mg_civil *c);

/* Whether every field is in its range, the day for its month and year too. */
bool mg_civil_is_valid(const struct mg_civil *c);

/*
 * mg_civil_parse - a date and perhaps a time as a person writes them:
 * "2026-03-01", "2026-03-01 12:00", "2026-03-01T12:00:00Z".
 *
 * is_utc   out  whether a Z stands behind it; else it is of some zone
 *
 * Returns whether all of it is a valid one; the outputs are scratch if not.
 */
bool mg_civil_parse(struct mg_slice s, struct mg_civil *out, bool *is_utc);

/*
 * The civil time that is `offset_s` east of UTC at `t`. Always a valid one: a
 * t outside the years 1..9999 gives the first or the last second of them.
 */
void mg_civil_of(int64_t t, int32_t offset_s, struct mg_civil *out);

/*
 * mg_tz_parse - a zone from the bytes of a TZif file, version 1 to 4.
 *
 * data   in   the whole file; what follows the footer is ignored
 * tz     out  filled on success only
 * err    out  filled on failure only
 *
 * Returns 0, -MG_EPARSE for anything malformed and for a file that counts leap
 * seconds (the "right" tree of tzdata), -MG_ELIMIT for more than the maxima
 * above.
 *
 * Source: RFC 9636 (TZif); section 3.3 for the footer, which is a POSIX TZ
 * string whose hours may be signed and up to 167.
 */
MG_NODISCARD int mg_tz_parse(struct mg_slice data, struct mg_tz *tz,
			     struct mg_err *err);

/*
 * Seconds east of UTC in force at t: before the first transition those of the
 * first type, from the last one on what the footer says, where there is one.
 */
int32_t mg_tz_offset(const struct mg_tz *tz, int64_t t);

/*
 * mg_tz_to_utc - the Unix second of a wall-clock time in a zone.
 *
 * tz          in   the zone
 * c           in   a valid civil time
 * not_before  in   the previous stamp of the same log, or INT64_MIN
 *
 * A time that the clock shows twice (autumn) is the first of the two, unless
 * that lies more than MG_TZ_OUT_OF_ORDER_S before `not_before` (lines that
 * several processes wrote are a little out of order): then it is the second.
 * A time that the clock skips (spring) is taken with the offset in force
 * before the change, as mktime(3) does when tm_isdst is that of the day before.
 *
 * Exact when no two changes of the zone are within two days; no zone of tzdata
 * has such since 1970 (tests/unit/test_tz.c asks them all).
 */
int64_t mg_tz_to_utc(const struct mg_tz *tz, const struct mg_civil *c,
		     int64_t not_before);

/* Appends "2026-03-01 12:00:00 +0100"; tz NULL is UTC. */
void mg_tz_add(struct mg_buf *out, int64_t t, const struct mg_tz *tz);

#endif
