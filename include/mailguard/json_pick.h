/* SPDX-License-Identifier: MIT */
/*
 * json_pick - a few values out of a JSON text that somebody else wrote.
 *
 * A panel's JSON holds what its customers chose: names, reasons, contacts. It is
 * parsed in a jailed child (priv.h), which hands back texts of a limited length;
 * whoever asked looks at those, never at the JSON.
 */
#ifndef MAILGUARD_JSON_PICK_H
#define MAILGUARD_JSON_PICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/err.h"
#include "mailguard/priv.h"
#include "mailguard/slice.h"

#define MG_JSON_BYTES_MAX (4U << 20) /* every account of a host, suspended */
#define MG_JSON_DEPTH_MAX 16
#define MG_JSON_TEXT_MAX 1024 /* bytes of a value, terminated; cut there */
#define MG_JSON_PICKS_MAX 16  /* values of a call */

struct mg_json_picked {
	bool is_there; /* and not null */
	uint32_t len;
	char text[MG_JSON_TEXT_MAX]; /* of a string; a number or a bool as it is
					written; of others "" */
};

/*
 * mg_json_pick - values by their paths.
 *
 * jail    in   of the child
 * text    in   an object; whatever other members it has is of no account
 * paths   in   "metadata.result", "data.acct[0].user", and of an array's
 *              objects the first that has a value:
 *              "data.account[user=joe].reason"
 * n       in   up to MG_JSON_PICKS_MAX
 * out     out  n of them; a value that holds a NUL is not there
 *
 * Returns 0; -MG_EPARSE for what is no object in JSON (RFC 8259), is nested too
 * deep, or has a member twice (which of the two is meant is not for us to say);
 * -MG_ELIMIT for a text that is too long; -MG_EIO for a child that could not
 * run, or did not end as it should (ask.h).
 */
MG_NODISCARD int mg_json_pick(const struct mg_jail *jail, struct mg_slice text,
			      const char *const *paths, size_t n,
			      struct mg_json_picked *out, struct mg_err *err);

/*
 * mg_json_pick_here - the same in this process: for a text of this program's
 * own, and for the tests.
 */
MG_NODISCARD int mg_json_pick_here(struct mg_slice text,
				   const char *const *paths, size_t n,
				   struct mg_json_picked *out,
				   struct mg_err *err);

#endif
