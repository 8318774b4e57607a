/* SPDX-License-Identifier: MIT */
#include "mailguard/seen.h"

#include <string.h>

#include "mailguard/limits.h"
#include "mailguard/vec.h"

static bool is_of(const struct mg_seen_series *s, const struct mg_entry *place)
{
	return !memcmp(s->last.id, place->id, sizeof(place->id));
}

/* Where the series is; n_series for a new one. */
static size_t find(const struct mg_seen *s, const struct mg_entry *place)
{
	if (s->at < s->n_series && is_of(&s->series[s->at], place))
		return s->at;
	for (size_t i = 0; i < s->n_series; i++)
		if (is_of(&s->series[i], place))
			return i;
	return s->n_series;
}

static size_t oldest(const struct mg_seen *s)
{
	size_t at = 0;

	for (size_t i = 1; i < s->n_series; i++)
		if (s->series[i].last.at_us < s->series[at].last.at_us)
			at = i;
	return at;
}

static void put(struct mg_seen *s, const struct mg_entry *place, bool is_told)
{
	size_t at = find(s, place);

	if (at == s->n_series && at == MG_JOURNAL_SERIES_MAX)
		at = oldest(s);
	if (at == s->n_series) {
		s->series = mg_vec_room(s->series, s->n_series, &s->cap_series,
					sizeof(*s->series));
		s->n_series++;
	}
	s->series[at] = (struct mg_seen_series){ .last = *place,
						 .is_told = is_told };
	s->at = at;
}

void mg_seen_restore(struct mg_seen *s, const struct mg_entry *last)
{
	put(s, last, true);
}

bool mg_seen_pass(struct mg_seen *s, const struct mg_entry *place)
{
	const size_t at = find(s, place);

	if (at < s->n_series && s->series[at].last.seqnum >= place->seqnum)
		return false;
	put(s, place, false);
	return true;
}

void mg_seen_release(struct mg_seen *s)
{
	mg_mem_free(s->series);
	*s = (struct mg_seen){ .n_series = 0 };
}
