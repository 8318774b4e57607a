/* SPDX-License-Identifier: MIT */
#include "conf_priv.h"

#include <string.h>

#include "mailguard/duration.h"

#define NAME_MAX_COMPARED 32 /* longer names resemble nothing */

const struct mg_conf_field *mg_conf_find(const struct mg_conf_table *table,
					 const char *name)
{
	for (size_t i = 0; i < table->n_fields; i++)
		if (!strcmp(table->fields[i].name, name))
			return &table->fields[i];
	return NULL;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	const unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/*
 * Letters to put in, take out or change, until one is the other.
 *
 * Source: R. A. Wagner, M. J. Fischer, The String-to-String Correction
 * Problem, JACM 21 (1974); one row of its matrix at a time.
 */
static unsigned distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
	unsigned row[NAME_MAX_COMPARED + 1];

	for (unsigned j = 0; j <= n_b; j++)
		row[j] = j;
	for (unsigned i = 1; i <= n_a; i++) {
		unsigned above_left = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= n_b; j++) {
			const unsigned above = row[j];

			row[j] = least(above + 1, row[j - 1] + 1,
				       above_left + (a[i - 1] != b[j - 1]));
			above_left = above;
		}
	}
	return row[n_b];
}

const char *mg_conf_nearest(const struct mg_conf_table *table, const char *name)
{
	const size_t len = strlen(name);
	unsigned best = 1 + (unsigned)len / 3; /* more is another word */
	const char *nearest = NULL;

	for (size_t i = 0; i < table->n_fields; i++) {
		const char *known = table->fields[i].name;
		const size_t n_known = strlen(known);
		unsigned d;

		if (len > NAME_MAX_COMPARED || n_known > NAME_MAX_COMPARED)
			continue;
		d = distance(name, len, known, n_known);
		if (d > best || (nearest && d == best))
			continue;
		best = d;
		nearest = known;
	}
	return nearest;
}

static void add_amount(struct mg_buf *b, const struct mg_conf_field *f,
		       double n)
{
	if (f->type == MG_CONF_DURATION)
		mg_duration_add(b, (int64_t)n);
	else
		mg_buf_add_fmt(b, "%.15g", n);
}

void mg_conf_add_range(struct mg_buf *b, const struct mg_conf_field *f)
{
	add_amount(b, f, f->min);
	mg_buf_add_str(b, " to ");
	add_amount(b, f, f->max);
	if (f->unit)
		mg_buf_add_fmt(b, " %s", f->unit);
}
