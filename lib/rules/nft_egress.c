/* SPDX-License-Identifier: MIT */
#include "nft_priv.h"

#define TABLE "inet " MG_NFT_EGRESS_TABLE

static void add_frame(struct mg_buf *out)
{
	mg_buf_add_fmt(out,
		       "table " TABLE " {\n"
		       "\tset users { type uid; }\n"
		       "\tset seen { type uid; size %d; flags dynamic; "
		       "counter; }\n"
		       "\tchain output { type filter hook output priority 0; "
		       "policy accept; }\n"
		       "}\n"
		       "flush table " TABLE "\n"
		       "flush set " TABLE " users\n",
		       MG_NFT_EGRESS_SIZE);
}

void mg_nft_add_egress(struct mg_buf *out, const struct mg_nft_egress *e)
{
	add_frame(out);
	mg_buf_add_str(out, "table " TABLE " {\n"
			    "\tchain output {\n"
			    "\t\toif \"lo\" accept\n\t\t");
	mg_nft_add_ports(out, e->ports, e->n_ports);
	mg_buf_add_str(out, " " MG_NFT_FIRST " meta skuid != @users "
			    "update @seen { meta skuid counter }");
	if (e->refuses)
		mg_buf_add_str(out, " reject with icmpx admin-prohibited");
	mg_buf_add_str(out, "\n\t}\n}\n");
	for (size_t i = 0; i < e->n_users; i++)
		mg_buf_add_fmt(out, "%s%u",
			       i ? ", " : "add element " TABLE " users { ",
			       e->users[i]);
	if (e->n_users)
		mg_buf_add_str(out, " }\n");
}
