/* SPDX-License-Identifier: MIT */
/*
 * ledger_priv - the hash that chains the rows.
 */
#ifndef MG_LEDGER_PRIV_H
#define MG_LEDGER_PRIV_H

#include "mailguard/ledger.h"

/* Over the row before, and everything that this one says. */
void mg_ledger_hash(const unsigned char before[MG_SHA256_LEN],
		    const struct mg_ledger_row *row,
		    unsigned char out[MG_SHA256_LEN]);

#endif
