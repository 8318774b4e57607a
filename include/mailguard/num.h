/* SPDX-License-Identifier: MIT */
/*
 * num - numbers out of text, without the surprises of strtol: no leading
 * blanks, no sign unless asked, no locale, no silent overflow.
 */
#ifndef MAILGUARD_NUM_H
#define MAILGUARD_NUM_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/slice.h"

/*
 * mg_num_parse - the whole slice as an unsigned decimal number.
 *
 * s      in   1..20 digits, nothing else
 * max    in   the largest value accepted
 * out    out  the value; written on success only
 *
 * Returns false for an empty slice, any other byte, or a value above max.
 */
bool mg_num_parse(struct mg_slice s, uint64_t max, uint64_t *out);

/*
 * mg_num_cut - take the digits at the front off.
 *
 * s      in/out  moved behind the digits on success, else untouched
 *
 * Returns false when no digit stands there or the value exceeds max.
 */
bool mg_num_cut(struct mg_slice *s, uint64_t max, uint64_t *out);

/*
 * mg_num_cut_fixed - take exactly n digits off the front (n at most 9), as in
 * the fields of a time stamp.
 */
bool mg_num_cut_fixed(struct mg_slice *s, unsigned n, unsigned *out);

#endif
