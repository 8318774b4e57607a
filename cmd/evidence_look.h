/* SPDX-License-Identifier: MIT */
/*
 * evidence_look - the part of the command evidence that reads bundles.
 */
#ifndef MG_EVIDENCE_LOOK_H
#define MG_EVIDENCE_LOOK_H

#include "command.h"

/* What to look at, and how. */
struct mg_evidence_look {
	const struct mg_command_place *place;
	const char *word;   /* a name on the shelf, or a path */
	const char *pubkey; /* a file, or a key; NULL: this host's */
	bool is_shown;      /* the bundle's page, or its manifest as JSON */
	bool json;
};

/*
 * mg_evidence_look - verify a bundle, and say so or show what it is. With a
 * path and a key neither state nor settings are looked for.
 *
 * Returns 0; -MG_EFOUND for one that is not as it was sealed; else as
 * mg_shelf_verify and mg_command_open_host.
 */
MG_NODISCARD int mg_evidence_look(const struct mg_evidence_look *look,
				  struct mg_err *err);

#endif
