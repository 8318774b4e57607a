/* SPDX-License-Identifier: MIT */
/*
 * findings_priv - what the rows of the ledger have in common.
 */
#ifndef MG_FINDINGS_PRIV_H
#define MG_FINDINGS_PRIV_H

#include "mailguard/findings.h"

/* Empty where a kind of row has it not. */
struct mg_findings_about {
	struct mg_slice id, per, subject, account, owner;
	struct mg_slice by, detail; /* whose doing, and what they say of it */
};

/* Borrows the row. */
struct mg_findings_about mg_findings_about(const struct mg_ledger_row *row);

#endif
