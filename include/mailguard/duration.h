/* SPDX-License-Identifier: MIT */
/*
 * duration - a length of time as people write it: 90s, 5m, 1h, 14d, 2w; and a
 * time of the day: 07:00.
 */
#ifndef MAILGUARD_DURATION_H
#define MAILGUARD_DURATION_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/buf.h"
#include "mailguard/slice.h"

/* Longer is none; a hundred years, so that sums of times cannot overflow. */
#define MG_DURATION_MAX ((int64_t)36525 * 86400)

/*
 * mg_duration_parse - the whole slice as one number and one unit.
 *
 * s     in   digits and one of s, m, h, d, w; "0s" is none at all
 * out   out  seconds, 0..MG_DURATION_MAX; written on success only
 *
 * Returns false for anything else. A number without a unit is not taken:
 * people mean minutes as often as seconds.
 */
bool mg_duration_parse(struct mg_slice s, int64_t *out);

/* The largest unit up to days that says the same: "1h", "14d", "86401s". */
void mg_duration_add(struct mg_buf *b, int64_t seconds);

/* "07:00", "23:59" as seconds since midnight; all of the slice. */
bool mg_time_of_day_parse(struct mg_slice s, int64_t *out);

#endif
