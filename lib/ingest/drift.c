/* SPDX-License-Identifier: MIT */
#include "mailguard/drift.h"

#include <stdio.h>
#include <string.h>

void mg_drift_add_lines(struct mg_drift_tally *t,
			const uint64_t n_lines[MG_LINE_KINDS],
			const uint64_t n_odd[MG_LINE_KINDS])
{
	for (unsigned i = 0; i < MG_LINE_KINDS; i++) {
		t->n_lines[i] += n_lines[i];
		t->n_odd[i] += n_odd[i];
	}
}

void mg_drift_add_shape(struct mg_drift_tally *t, const struct mg_shape *shape,
			const char *path)
{
	const size_t before = t->shapes.n_items;

	mg_shapes_add(&t->shapes, (enum mg_shape_why)shape->why,
		      mg_slice_of(shape->text, shape->len), shape->n,
		      shape->first);
	/* A longer path is cut: it is a hint for a person. */
	if (t->shapes.n_items > before)
		(void)snprintf(t->paths[before], sizeof(t->paths[before]), "%s",
			       path);
}

/* Whether a kind is one of a daemon, by name: the numbers are in rows. */
static bool is_of(unsigned kind, const char *daemon)
{
	const char *name = mg_line_daemon(kind);

	return name && !strcmp(name, daemon);
}

static struct mg_drift_share share_of(const struct mg_drift_tally *t,
				      const char *daemon)
{
	struct mg_drift_share share = { .daemon = daemon };

	for (unsigned i = 0; i < MG_LINE_KINDS; i++) {
		if (!is_of(i, daemon))
			continue;
		share.n_lines += t->n_lines[i];
		if (mg_line_class(i) == MG_LINE_UNKNOWN)
			share.n_unknown += t->n_lines[i];
	}
	return share;
}

bool mg_drift_unknown(const struct mg_drift_tally *t, unsigned *at,
		      struct mg_drift_share *out)
{
	while (*at < MG_LINE_KINDS) {
		const unsigned kind = (*at)++;

		/* Each daemon has one such kind. */
		if (mg_line_class(kind) != MG_LINE_UNKNOWN ||
		    t->n_lines[kind] == 0)
			continue;
		*out = share_of(t, mg_line_daemon(kind));
		if (mg_drift_is_over(out->n_unknown, out->n_lines,
				     t->unknown_ppm ? t->unknown_ppm
						    : MG_DRIFT_PPM))
			return true;
	}
	return false;
}

/* Lines that would be of this kind if each were in order. */
static uint64_t n_alike(const struct mg_drift_tally *t, unsigned kind)
{
	if (kind != MG_LINE_DOVECOT + MG_DOVECOT_ODD)
		return t->n_lines[kind];
	return t->n_lines[kind] +
	       t->n_lines[MG_LINE_DOVECOT + MG_DOVECOT_LOGIN] +
	       t->n_lines[MG_LINE_DOVECOT + MG_DOVECOT_FAILED];
}

bool mg_drift_odd(const struct mg_drift_tally *t, unsigned *at, unsigned *kind)
{
	while (*at < MG_LINE_KINDS) {
		const unsigned i = (*at)++;

		if (t->n_odd[i] >= MG_DRIFT_ODD_MIN &&
		    t->n_odd[i] * MG_DRIFT_ODD > n_alike(t, i)) {
			*kind = i;
			return true;
		}
	}
	return false;
}

/* Whether a comes before b: more lines, then sooner met. */
static bool is_before(const struct mg_shape *a, const struct mg_shape *b)
{
	return a->n != b->n ? a->n > b->n : a < b;
}

const struct mg_shape *mg_drift_shape(const struct mg_drift_tally *t,
				      enum mg_shape_why why, unsigned rank)
{
	const struct mg_shape *items = t->shapes.items;

	for (size_t i = 0; i < t->shapes.n_items; i++) {
		unsigned n_before = 0;

		if (items[i].why != why)
			continue;
		for (size_t j = 0; j < t->shapes.n_items; j++)
			n_before += items[j].why == why &&
				    is_before(&items[j], &items[i]);
		if (n_before == rank)
			return &items[i];
	}
	return NULL;
}

struct mg_drift mg_drift_mark(const struct mg_drift_tally *t, int64_t at)
{
	struct mg_drift mark = { .at = at, .alarm_at = INT64_MIN };
	struct mg_drift_share unused;
	uint64_t n_strange = 0;
	unsigned from = 0;

	for (unsigned i = 0; i < MG_LINE_KINDS; i++) {
		const enum mg_line_class class = mg_line_class(i);

		mark.n_lines += t->n_lines[i];
		mark.n_odd += t->n_odd[i];
		if (class == MG_LINE_UNKNOWN)
			mark.n_unknown += t->n_lines[i];
		else if (class == MG_LINE_STRANGE)
			n_strange += t->n_lines[i];
	}
	mark.n_unknown += n_strange;
	mark.is_alarm = mg_drift_unknown(t, &from, &unused) ||
			mg_drift_is_over(n_strange, mark.n_lines, MG_DRIFT_PPM);
	if (mark.is_alarm)
		mark.alarm_at = at;
	return mark;
}
