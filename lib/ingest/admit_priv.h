/* SPDX-License-Identifier: MIT */
/*
 * admit_priv - what the files of the boundary share.
 */
#ifndef MG_ADMIT_PRIV_H
#define MG_ADMIT_PRIV_H

#include "mailguard/admit.h"

/* -MG_EPARSE: the child named something that the tables do not have. */
int mg_admit_refuse(struct mg_err *err, const char *what);

/* Whether name, domain and account belong together. 0 or -MG_EPARSE. */
MG_NODISCARD int mg_admit_check_subject(const struct mg_accounts *accounts,
					const struct mg_record_subject *s,
					struct mg_err *err);

#endif
