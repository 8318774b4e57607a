/* SPDX-License-Identifier: MIT */
#include "mailguard/generation.h"

#include <string.h>

#include "mailguard/slice.h"

static const char separators[] = ".-_";

static bool is_one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

static struct mg_slice without_packer(struct mg_slice name)
{
	static const struct mg_slice endings[] = {
		MG_LIT_INIT(".gz"),
		MG_LIT_INIT(".bz2"),
		MG_LIT_INIT(".xz"),
		MG_LIT_INIT(".zst"),
	};

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
		if (mg_slice_has_suffix(name, endings[i]))
			return mg_slice_of(name.ptr, name.len - endings[i].len);
	return name;
}

size_t mg_generation_unpacked(const char *name)
{
	return without_packer(mg_slice_str(name)).len;
}

/* A number, a date, a date and a time: digits in groups. */
static bool is_number(struct mg_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.ptr[i] < '0' || s.ptr[i] > '9') &&
		    (i == 0 || !is_one_of(s.ptr[i], ".-_T:")))
			return false;
	return s.len > 0 && s.ptr[s.len - 1] >= '0' && s.ptr[s.len - 1] <= '9';
}

/* mail-20261122.log beside mail.log (logrotate's "extension"). */
static bool is_before_extension(struct mg_slice log, struct mg_slice name)
{
	const size_t dot = mg_slice_rfind(log, '.');
	struct mg_slice extension;

	if (dot == 0 || dot >= log.len)
		return false;
	extension = mg_slice_from(log, dot);
	return name.len > log.len + 1 && !memcmp(name.ptr, log.ptr, dot) &&
	       mg_slice_has_suffix(name, extension) &&
	       is_one_of(name.ptr[dot], separators) &&
	       is_number(
		       mg_slice_of(name.ptr + dot + 1, name.len - log.len - 1));
}

enum mg_generation mg_generation_of(const char *log, const char *name)
{
	const struct mg_slice base = mg_slice_str(log);
	const struct mg_slice full = mg_slice_str(name);
	const struct mg_slice plain = without_packer(full);
	struct mg_slice rest;

	if (is_before_extension(base, plain))
		return MG_GENERATION_SURE;
	if (!mg_slice_has_prefix(full, base) || full.len < base.len + 2 ||
	    !is_one_of(full.ptr[base.len], separators))
		return MG_GENERATION_NONE;
	if (plain.len <= base.len + 1)
		return MG_GENERATION_MAYBE;
	rest = mg_slice_from(plain, base.len + 1);
	return is_number(rest) ? MG_GENERATION_SURE : MG_GENERATION_MAYBE;
}

bool mg_generation_is_any(const char *name)
{
	const struct mg_slice full = mg_slice_str(name);
	const struct mg_slice plain = without_packer(full);
	size_t n = plain.len;

	if (plain.len < full.len)
		return true;
	while (n > 0 && plain.ptr[n - 1] >= '0' && plain.ptr[n - 1] <= '9')
		n--;
	return n < plain.len && n > 1 &&
	       is_one_of(plain.ptr[n - 1], separators);
}
