/* SPDX-License-Identifier: MIT */
/*
 * form - the incident form (incident.h) that ends a suspension: who demands it,
 * and where it is kept as it was given.
 *
 * The setting enforce.incident demands it of every suspension; a policy of those
 * that followed from it, as its file says now. The strictest wins. What a person
 * began no policy asks about.
 */
#ifndef MAILGUARD_FORM_H
#define MAILGUARD_FORM_H

#include <stddef.h>
#include <stdint.h>

#include "mailguard/acts.h"
#include "mailguard/err.h"
#include "mailguard/policy.h"
#include "mailguard/sha256.h"
#include "mailguard/slice.h"
#include "mailguard/store.h"

/*
 * mg_form_is_asked - whether a policy demands one of a subject.
 *
 * like     in   per and subject; of these each suspension that is in force
 * now      in   Unix seconds
 * policy   out  the name of one that does; borrows from policies
 *
 * Returns 1; 0 where none does; -MG_EIO.
 */
MG_NODISCARD int mg_form_is_asked(struct mg_store *s,
				  const struct mg_policy *policies,
				  size_t n_policies, const struct mg_act *like,
				  int64_t now, struct mg_slice *policy,
				  struct mg_err *err);

/*
 * mg_form_keep - put a form into the state, for root alone: a file
 * "incidents/HASH.txt" that nothing removes. The same form is the same file.
 *
 * text     in   the whole form
 * sha256   out  of its bytes: HASH, in hexadecimal digits
 *
 * Returns 0; -MG_EIO; -MG_ECONF where others can write to the folder;
 * -MG_ELIMIT for a path that is too long.
 */
MG_NODISCARD int mg_form_keep(const char *state, struct mg_slice text,
			      char sha256[MG_SHA256_TEXT_MAX],
			      struct mg_err *err);

#endif
