/* SPDX-License-Identifier: MIT */
/*
 * evidence_priv - the files of a bundle that tell of the others.
 */
#ifndef MG_EVIDENCE_PRIV_H
#define MG_EVIDENCE_PRIV_H

#include "mailguard/evidence.h"

/* For programs: each file with its hash and where it came from. */
void mg_evidence_add_manifest(const struct mg_evidence *e, struct mg_buf *out);

/* For sha256sum -c. */
void mg_evidence_add_sums(const struct mg_evidence *e, struct mg_buf *out);

/* For people. */
void mg_evidence_add_readme(const struct mg_evidence *e, struct mg_buf *out);

#endif
