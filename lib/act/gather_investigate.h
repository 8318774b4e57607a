/* SPDX-License-Identifier: MIT */
/*
 * gather_investigate - what was found of how mail was sent, and how it is shown.
 */
#ifndef MG_GATHER_INVESTIGATE_H
#define MG_GATHER_INVESTIGATE_H

#include "gather_priv.h"

/* How mail is sent; all texts are ours. */
struct mg_mechanism {
	const char *word, *text;
	const char *next[4]; /* what to do; ended by NULL */
};

struct mg_investigation {
	const struct mg_mechanism *mechanism; /* what sent most */
	size_t n_addresses, n_networks;
};

/* Appends to a buffer of the caller's; facts are sorted. */
void mg_investigation_json(const struct mg_gathering *g,
			   const struct mg_investigation *i,
			   struct mg_buf *out);
void mg_investigation_text(const struct mg_gathering *g,
			   const struct mg_investigation *i,
			   struct mg_buf *out);

#endif
