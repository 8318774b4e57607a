/* SPDX-License-Identifier: MIT */
/*
 * shape - what a line looks like that nobody understood.
 *
 * Its words stay, what varies goes: numbers become 9, identifiers, addresses,
 * names of hosts and quoted texts x, and what is repeated stands once:
 *
 *     a <= joe@a.example CLIENT=mx.test [192.0.2.7] N=12 for a@b.test c@d.test
 *     a <= x@x CLIENT=x [9.9.9.9] N=9 for x@x
 *
 * So lines of one statement in a daemon's source share a shape, and a person
 * sees what changed without a customer's address being copied out of the log.
 * A line is hostile: a shape is short and of few characters, whatever the line.
 */
#ifndef MAILGUARD_SHAPE_H
#define MAILGUARD_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/limits.h"
#include "mailguard/slice.h"

#define MG_SHAPE_MAX 96 /* bytes: about what fits on a line of a terminal */

/* Why lines are kept by their shape. The numbers stand in the store. */
enum mg_shape_why {
	MG_SHAPE_UNKNOWN = 1, /* of a daemon, but not of any known kind */
	MG_SHAPE_ODD = 2,     /* of a known kind, not understood to its end */
	MG_SHAPE_STRANGE = 3, /* no line of such a log at all */
	MG_SHAPE_WHYS
};

/* A shape, how often it came, and where it came first. */
struct mg_shape {
	uint32_t why;  /* enum mg_shape_why */
	uint32_t len;  /* 0: all the shapes that found no room */
	uint64_t n;    /* lines */
	int64_t first; /* byte of the log at which the first one starts */
	char text[MG_SHAPE_MAX];
};

/* And for each reason one for the shapes that found no room. */
#define MG_SHAPES_ROOM (MG_SHAPES_MAX + MG_SHAPE_WHYS - 1)

/* Distinct shapes; zeroed it is empty. */
struct mg_shapes {
	size_t n_items;
	struct mg_shape items[MG_SHAPES_ROOM];
};

/*
 * mg_shape_of - the shape of what a daemon said.
 *
 * service  in   which part of it, said first; empty for none
 * text     in   any bytes, any length
 * out      out  not terminated
 *
 * Returns its length, 1..MG_SHAPE_MAX; a text without any has the shape "x".
 * Cost: of the first 1024 bytes, behind which nothing is looked at.
 */
size_t mg_shape_of(struct mg_slice service, struct mg_slice text,
		   char out[MG_SHAPE_MAX]);

/* Whether every byte may stand in a shape; it may be empty. */
bool mg_shape_is_valid(struct mg_slice shape);

/*
 * mg_shapes_add - count n lines of a shape, the first one at a byte.
 *
 * Where MG_SHAPES_MAX others are there, they go to an item without text, one
 * for each reason.
 */
void mg_shapes_add(struct mg_shapes *s, enum mg_shape_why why,
		   struct mg_slice shape, uint64_t n, int64_t first);

#endif
