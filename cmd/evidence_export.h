/* SPDX-License-Identifier: MIT */
/*
 * evidence_export - a copy of a bundle for others, without their addresses.
 */
#ifndef MG_EVIDENCE_EXPORT_H
#define MG_EVIDENCE_EXPORT_H

#include "command.h"

/* What to copy, and where to. */
struct mg_evidence_export {
	const struct mg_command_place *place;
	const char *name;   /* on the shelf */
	const char *redact; /* "recipients" */
	const char *output; /* a file; NULL: the shelf alone has it */
	const char *reason; /* for the ledger; may be NULL */
	bool json;
};

/*
 * mg_evidence_export - make the copy, and say where it is.
 *
 * Returns 0; -MG_EUSAGE for other words; -MG_EFOUND for a bundle that is not as
 * it was sealed; else as mg_gather_redact.
 */
MG_NODISCARD int mg_evidence_export(const struct mg_evidence_export *o,
				    struct mg_err *err);

#endif
