/* SPDX-License-Identifier: MIT */
#include "mailguard/ipset.h"

#define V4_FRONT 96     /* bits in front of an address of IPv4 */
#define HASH_MIN 1024   /* buckets, as ipset takes by itself */
#define EXEMPT_MIN 1024 /* networks that there is room for */

const char *const mg_ipset_names[MG_IPSETS] = {
	[MG_IPSET_BLOCKED4] = "mailguard-blocked4",
	[MG_IPSET_BLOCKED6] = "mailguard-blocked6",
	[MG_IPSET_EXEMPT4] = "mailguard-exempt4",
	[MG_IPSET_EXEMPT6] = "mailguard-exempt6",
	[MG_IPSET_NEW] = "mailguard-new",
};

static bool is_of_v4(enum mg_ipset set)
{
	return set == MG_IPSET_BLOCKED4 || set == MG_IPSET_EXEMPT4;
}

/* The name under which a set is made. */
static const char *made_as(enum mg_ipset set, bool is_there)
{
	return mg_ipset_names[is_there ? MG_IPSET_NEW : set];
}

static void end_set(struct mg_buf *out, enum mg_ipset set, bool is_there)
{
	const char *made = mg_ipset_names[MG_IPSET_NEW];

	if (is_there)
		mg_buf_add_fmt(out, "swap %s %s\ndestroy %s\n", made,
			       mg_ipset_names[set], made);
}

/* Expired elements take room until the kernel sweeps them out. */
static long long with_headroom(int64_t size)
{
	return size + size / 4 + 16;
}

static void add_element(struct mg_buf *out, const char *set,
			const struct mg_nft_change *c)
{
	char text[MG_IP_TEXT_MAX];

	mg_ip_format(&c->ip, text);
	mg_buf_add_str(out, c->seconds > 0 ? "add " : "del ");
	mg_buf_add_str(out, set);
	mg_buf_add_char(out, ' ');
	mg_buf_add_str(out, text);
	if (c->seconds > 0)
		mg_buf_add_fmt(out, " timeout %lld",
			       (long long)(c->seconds < MG_IPSET_SECONDS_MAX
						   ? c->seconds
						   : MG_IPSET_SECONDS_MAX));
	mg_buf_add_char(out, '\n');
}

void mg_ipset_add_blocked(struct mg_buf *out, const struct mg_nft_table *t,
			  enum mg_ipset set,
			  const struct mg_nft_change *changes, size_t n,
			  bool is_there)
{
	const bool is_v4 = is_of_v4(set);
	const char *made = made_as(set, is_there);

	mg_buf_add_fmt(out, "create %s hash:ip family inet%s hashsize %zu",
		       made, is_v4 ? "" : "6",
		       n / 4 > HASH_MIN ? n / 4 : HASH_MIN);
	mg_buf_add_fmt(out, " maxelem %lld timeout 0", with_headroom(t->size));
	if (!is_v4)
		mg_buf_add_fmt(out, " netmask %u", t->prefix6);
	mg_buf_add_char(out, '\n');
	for (size_t i = 0; i < n; i++)
		if (mg_ip_is_v4(&changes[i].ip) == is_v4 &&
		    changes[i].seconds > 0)
			add_element(out, made, &changes[i]);
	end_set(out, set, is_there);
}

/* A set takes no network of everybody, but both halves of one. */
static void add_network(struct mg_buf *out, const char *set,
			const struct mg_network *n, bool is_v4)
{
	char text[MG_NETWORK_TEXT_MAX];

	mg_network_format(n, text);
	if (n->prefix > (is_v4 ? V4_FRONT : 0))
		mg_buf_add_fmt(out, "add %s %s\n", set, text);
	else
		mg_buf_add_fmt(out, "add %s %s/1\nadd %s %s/1\n", set,
			       is_v4 ? "0.0.0.0" : "::", set,
			       is_v4 ? "128.0.0.0" : "8000::");
}

void mg_ipset_add_exempt(struct mg_buf *out, const struct mg_nft_table *t,
			 enum mg_ipset set, bool is_there)
{
	const bool is_v4 = is_of_v4(set);
	const char *made = made_as(set, is_there);

	mg_buf_add_fmt(out, "create %s hash:net family inet%s maxelem %zu\n",
		       made, is_v4 ? "" : "6", 2 * t->n_exempt + EXEMPT_MIN);
	for (size_t i = 0; i < t->n_exempt; i++) {
		const struct mg_network *n = &t->exempt[i];

		if ((mg_ip_is_v4(&n->ip) && n->prefix >= V4_FRONT) == is_v4)
			add_network(out, made, n, is_v4);
	}
	end_set(out, set, is_there);
}

static void add_some(struct mg_buf *out, const struct mg_nft_change *changes,
		     size_t n, bool goes)
{
	for (size_t i = 0; i < n; i++)
		if ((changes[i].seconds <= 0) == goes)
			add_element(out,
				    mg_ipset_names[mg_ip_is_v4(&changes[i].ip)
							   ? MG_IPSET_BLOCKED4
							   : MG_IPSET_BLOCKED6],
				    &changes[i]);
}

/* What goes is first: in a set that is full there is no room before. */
void mg_ipset_add_changes(struct mg_buf *out,
			  const struct mg_nft_change *changes, size_t n)
{
	add_some(out, changes, n, true);
	add_some(out, changes, n, false);
}

void mg_iptables_add_chain(struct mg_buf *out, const struct mg_nft_table *t,
			   bool is_v4)
{
	const char *const chain = "-A " MG_IPTABLES_CHAIN;
	const char digit = is_v4 ? '4' : '6';

	mg_buf_add_fmt(out, "%s -p tcp -m multiport ! --dports ", chain);
	for (size_t i = 0; i < t->n_ports; i++)
		mg_buf_add_fmt(out, "%s%u", i ? "," : "", t->ports[i]);
	mg_buf_add_fmt(out,
		       " -j RETURN\n"
		       "%s -i lo -j RETURN\n"
		       "%s -m addrtype --src-type LOCAL -j RETURN\n"
		       "%s -m set --match-set mailguard-exempt%c src "
		       "-j RETURN\n"
		       "%s -p tcp -m set --match-set mailguard-blocked%c src "
		       "-j REJECT --reject-with tcp-reset\n",
		       chain, chain, chain, digit, chain, digit);
}
