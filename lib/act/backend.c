/* SPDX-License-Identifier: MIT */
#include "mailguard/backend.h"

const struct mg_backend *const mg_backends[] = {
	&mg_backend_exim,     &mg_backend_postfix,
	&mg_backend_dovecot,  &mg_backend_nftables,
	&mg_backend_iptables, &mg_backend_csf,
	&mg_backend_egress,   NULL,
};

const struct mg_backend *mg_backend_find(struct mg_slice name)
{
	for (const struct mg_backend *const *b = mg_backends; *b; b++)
		if (mg_slice_is(mg_slice_str((*b)->name), name))
			return *b;
	return NULL;
}
