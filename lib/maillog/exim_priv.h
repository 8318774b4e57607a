/* SPDX-License-Identifier: MIT */
/*
 * exim_priv - how the fields of an Exim line are cut, shared by the files of
 * the grammar. Each call takes one field off the front when it stands there
 * and leaves everything untouched otherwise, so a grammar is a row of calls.
 */
#ifndef MG_EXIM_PRIV_H
#define MG_EXIM_PRIV_H

#include "mailguard/exim.h"

/* " TAG=value": the value reaches to the next blank and is not empty. */
bool mg_exim_cut_word(struct mg_slice *s, struct mg_slice tag,
		      struct mg_slice *out);

/* " TAG=name": letters, digits and "_-*." only; a colon may follow at once. */
bool mg_exim_cut_name(struct mg_slice *s, struct mg_slice tag,
		      struct mg_slice *out);

/* ` TAG="text"`: up to the quote that no backslash precedes. */
bool mg_exim_cut_quoted(struct mg_slice *s, struct mg_slice tag,
			struct mg_slice *out);

/* " TAG<address>": up to the > outside quotes; tag ends with <. */
bool mg_exim_cut_angle(struct mg_slice *s, struct mg_slice tag,
		       struct mg_slice *out);

/* A word that stands alone, with a blank or the end behind it. */
bool mg_exim_cut_flag(struct mg_slice *s, struct mg_slice flag);

/* " H=" and a host, or with another tag the bare host behind it. */
bool mg_exim_cut_host(struct mg_slice *s, struct mg_slice tag,
		      struct mg_exim_host *out);

/* The kinds of line; rest is what stands behind the flag. */
void mg_exim_parse_arrival(struct mg_slice rest, struct mg_exim_line *out);
void mg_exim_parse_delivery(struct mg_slice rest, struct mg_exim_line *out);
void mg_exim_parse_plain(struct mg_slice text, struct mg_exim_line *out);

#endif
