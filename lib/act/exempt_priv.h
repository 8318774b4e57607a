/* SPDX-License-Identifier: MIT */
#ifndef MAILGUARD_EXEMPT_PRIV_H
#define MAILGUARD_EXEMPT_PRIV_H

#include <stdbool.h>

#include "mailguard/exempt.h"

/* A file of the host as far as it can be had; "" where it cannot. */
void mg_exempt_read(const struct mg_root *root, const char *path,
		    struct mg_buf *out);

/* Adds one address; nobody's (all zero) is left out. */
void mg_exempt_add_ip(struct mg_force *force, const struct mg_ip *ip);

/* The next word of a line, behind blanks; empty at its end. */
struct mg_slice mg_exempt_cut_word(struct mg_slice *line);

/* Where administrators log in from. */
void mg_exempt_add_logins(const struct mg_root *root, int64_t now,
			  struct mg_force *force);

#endif
