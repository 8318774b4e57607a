/* SPDX-License-Identifier: MIT */
#include "mailguard/mailing_list.h"

#include <stddef.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool begins(struct mg_slice s, struct mg_slice with)
{
	return s.len >= with.len &&
	       mg_slice_is_nocase(mg_slice_of(s.ptr, with.len), with);
}

/* Where a word stands with something before it; s.len for nowhere. */
static size_t find_behind(struct mg_slice s, struct mg_slice word)
{
	for (size_t i = 1; i + word.len <= s.len; i++)
		if (begins(mg_slice_from(s, i), word))
			return i;
	return s.len;
}

/* NAME, the word, and nothing more or what one of these begins. */
static size_t with_word(struct mg_slice local, struct mg_slice word, char next)
{
	const size_t at = find_behind(local, word), end = at + word.len;

	return at < local.len && (end == local.len ||
				  (next && local.ptr[end] == next))
		       ? at
		       : 0;
}

/* NAME-return-NUMBER-REST */
static size_t with_number(struct mg_slice local)
{
	const struct mg_slice word = MG_LIT("-return-");
	const size_t at = find_behind(local, word);
	size_t i = at + word.len;

	while (i < local.len && is_digit(local.ptr[i]))
		i++;
	return at < local.len && i > at + word.len && i + 1 < local.len &&
			       local.ptr[i] == '-'
		       ? at
		       : 0;
}

bool mg_mailing_list_of(struct mg_slice sender, struct mg_slice *name)
{
	const struct mg_slice owner = MG_LIT("owner-");
	const size_t at = mg_slice_rfind(sender, '@');
	struct mg_slice local = mg_slice_of(sender.ptr, at);
	size_t len;

	if (at + 1 >= sender.len || local.len == 0 || local.ptr[0] == '"')
		return false;
	if (begins(local, owner)) {
		local = mg_slice_from(local, owner.len);
		len = mg_slice_find(local, '+');
	} else if (!(len = with_word(local, MG_LIT("-bounces"), '+')) &&
		   !(len = with_word(local, MG_LIT("+bounces"), '-')) &&
		   !(len = with_word(local, MG_LIT("-owner"), '\0'))) {
		len = with_number(local);
	}
	if (len)
		*name = mg_slice_of(local.ptr, len);
	return len > 0;
}
