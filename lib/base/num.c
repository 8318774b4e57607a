/* SPDX-License-Identifier: MIT */
#include "mailguard/num.h"

#define DIGITS_MAX 20 /* as many as UINT64_MAX has */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool mg_num_cut(struct mg_slice *s, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;
	size_t n = 0;

	/* So many digits are no overflow. */
	for (; n < DIGITS_MAX - 1 && n < s->len && is_digit(s->ptr[n]); n++)
		value = value * 10 + (uint64_t)(s->ptr[n] - '0');
	if (value > max)
		return false;
	for (; n < s->len && is_digit(s->ptr[n]); n++) {
		const uint64_t digit = (uint64_t)(s->ptr[n] - '0');

		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, digit, &value) || value > max)
			return false;
	}
	if (n == 0)
		return false;
	*s = mg_slice_from(*s, n);
	*out = value;
	return true;
}

bool mg_num_parse(struct mg_slice s, uint64_t max, uint64_t *out)
{
	uint64_t value;

	if (s.len > DIGITS_MAX || !mg_num_cut(&s, max, &value) || s.len)
		return false;
	*out = value;
	return true;
}

bool mg_num_cut_fixed(struct mg_slice *s, unsigned n, unsigned *out)
{
	unsigned value = 0;

	if (n == 0 || n > 9 || s->len < n)
		return false;
	for (unsigned i = 0; i < n; i++) {
		if (!is_digit(s->ptr[i]))
			return false;
		value = value * 10 + (unsigned)(s->ptr[i] - '0');
	}
	*s = mg_slice_from(*s, n);
	*out = value;
	return true;
}
