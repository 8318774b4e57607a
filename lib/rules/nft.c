/* SPDX-License-Identifier: MIT */
#include "nft_priv.h"

#include <stdio.h>
#include <string.h>

#define V4_FRONT 96 /* bits in front of an address of IPv4 */

#define TABLE "inet " MG_NFT_TABLE

/*
 * Set on a connection while nobody knows whether its client is there, and taken
 * off again: a bit that marks of others, which count from 1, do not reach.
 */
#define MARK "0x40000000"
#define NO_MARK "0xbfffffff"

/* An element is there for so long between its addition and its removal. */
#define PASSING "1h"

#define CLIENT_MAX (MG_IP_TEXT_MAX + 16) /* bytes of "ip6 saddr & ffff::" */

/* What differs between the two families. */
struct family {
	bool is_v4;
	char digit;              /* of the names of its sets */
	const char *type;        /* of their elements */
	char client[CLIENT_MAX]; /* by which a packet is looked up */
};

static struct family family_of(const struct mg_nft_table *t, bool is_v4)
{
	struct family f = { is_v4, is_v4 ? '4' : '6',
			    is_v4 ? "ipv4_addr" : "ipv6_addr", "ip saddr" };
	char mask[MG_IP_TEXT_MAX];
	struct mg_ip ones;

	if (is_v4)
		return f;
	memset(&ones, 0xff, sizeof(ones));
	ones = mg_network_of(&ones, t->prefix6).ip;
	mg_ip_format(&ones, mask);
	(void)snprintf(f.client, sizeof(f.client), "ip6 saddr & %s", mask);
	return f;
}

/*
 * Expired elements take room until the kernel sweeps them out, and those of a
 * change are there twice for its time.
 */
static long long with_headroom(int64_t size)
{
	return size + size / 4 + 16;
}

static void add_sets(struct mg_buf *out, const struct mg_nft_table *t,
		     const struct family *f)
{
	static const char *const counting[] = { "checks", "over", NULL };

	mg_buf_add_fmt(
		out,
		"\tset exempt%c { type %s; flags interval; auto-merge; }\n"
		"\tset blocked%c { type %s; size %lld; flags timeout; }\n",
		f->digit, f->type, f->digit, f->type, with_headroom(t->size));
	for (size_t i = 0; t->counts && counting[i]; i++)
		mg_buf_add_fmt(out,
			       "\tset %s%c { type %s; size %lld; "
			       "flags dynamic,timeout; }\n",
			       counting[i], f->digit, f->type,
			       with_headroom(t->size));
}

/* Rules that are replaced, and sets and a counter that stay. */
static void add_frame(struct mg_buf *out, const struct mg_nft_table *t,
		      const struct family family[2])
{
	mg_buf_add_str(out, "table " TABLE " {\n"
			    "\tcounter refused { }\n");
	for (int i = 0; i < 2; i++)
		add_sets(out, t, &family[i]);
	mg_buf_add_str(out,
		       "\tchain count { }\n"
		       "\tchain checks { }\n"
		       "\tchain input { type filter hook input priority -5; "
		       "policy accept; }\n"
		       "}\n"
		       "flush table " TABLE "\n"
		       "flush set " TABLE " exempt4\n"
		       "flush set " TABLE " exempt6\n");
}

static void add_checks(struct mg_buf *out, const struct mg_nft_table *t,
		       const struct family family[2])
{
	mg_buf_add_str(out, "\tchain checks {\n"
			    "\t\tiif \"lo\" accept\n"
			    "\t\tfib saddr type local accept\n"
			    "\t\tip saddr @exempt4 accept\n"
			    "\t\tip6 saddr @exempt6 accept\n");
	for (int i = 0; i < 2; i++)
		mg_buf_add_fmt(out,
			       "\t\t%s @blocked%c counter name refused "
			       "reject with tcp reset\n",
			       family[i].client, family[i].digit);
	if (t->counts)
		mg_buf_add_str(out, "\t\tct mark set ct mark | " MARK "\n");
	mg_buf_add_str(out, "\t}\n");
}

/*
 * An element of checks lasts from the first connection to the end of its
 * window, since adding it again does not touch it; its limit has so many tokens
 * and gets none back.
 */
static void add_count(struct mg_buf *out, const struct mg_nft_table *t,
		      const struct family family[2])
{
	mg_buf_add_str(out, "\tchain count {\n"
			    "\t\tct mark set ct mark & " NO_MARK "\n");
	for (int i = 0; i < 2; i++)
		mg_buf_add_fmt(
			out,
			"\t\tmeta nfproto %s add @checks%c { %s timeout %llds "
			"limit rate over 1/day burst %lld packets } "
			"update @over%c { %s timeout %llds } "
			"counter name refused reject with tcp reset\n",
			family[i].is_v4 ? "ipv4" : "ipv6", family[i].digit,
			family[i].client, (long long)t->window_s,
			(long long)t->limit, family[i].digit, family[i].client,
			(long long)t->window_s);
	mg_buf_add_str(out, "\t}\n");
}

void mg_nft_add_ports(struct mg_buf *out, const uint16_t *ports, size_t n)
{
	mg_buf_add_str(out, "tcp dport {");
	for (size_t i = 0; i < n; i++)
		mg_buf_add_fmt(out, "%s %u", i ? "," : "", ports[i]);
	mg_buf_add_str(out, " }");
}

static void add_input(struct mg_buf *out, const struct mg_nft_table *t)
{
	mg_buf_add_str(out, "\tchain input {\n\t\t");
	mg_nft_add_ports(out, t->ports, t->n_ports);
	mg_buf_add_str(out, " " MG_NFT_FIRST " jump checks\n");
	if (t->counts) {
		mg_buf_add_str(out, "\t\t");
		mg_nft_add_ports(out, t->ports, t->n_ports);
		mg_buf_add_str(out, " ct state established ct direction "
				    "original ct mark & " MARK " == " MARK
				    " jump count\n");
	}
	mg_buf_add_str(out, "\t}\n");
}

/* Those that lie in one before them are left out: nft takes no overlaps. */
static void add_exempt(struct mg_buf *out, const struct mg_nft_table *t,
		       const struct family *f)
{
	const struct mg_network *last = NULL;

	for (size_t i = 0; i < t->n_exempt; i++) {
		const struct mg_network *n = &t->exempt[i];
		char text[MG_NETWORK_TEXT_MAX];

		if ((mg_ip_is_v4(&n->ip) && n->prefix >= V4_FRONT) !=
			    f->is_v4 ||
		    (last && mg_network_has(last, &n->ip)))
			continue;
		mg_network_format(n, text);
		if (last)
			mg_buf_add_str(out, ", ");
		else
			mg_buf_add_fmt(out, "add element " TABLE " exempt%c { ",
				       f->digit);
		mg_buf_add_str(out, text);
		last = n;
	}
	if (last)
		mg_buf_add_str(out, " }\n");
}

void mg_nft_add_table(struct mg_buf *out, const struct mg_nft_table *t)
{
	const struct family family[] = { family_of(t, true),
					 family_of(t, false) };

	add_frame(out, t, family);
	mg_buf_add_str(out, "table " TABLE " {\n");
	if (t->counts)
		add_count(out, t, family);
	add_checks(out, t, family);
	add_input(out, t);
	mg_buf_add_str(out, "}\n");
	for (int i = 0; i < 2; i++)
		add_exempt(out, t, &family[i]);
}

bool mg_nft_key(const struct mg_nft_table *t, const struct mg_network *network,
		struct mg_ip *out)
{
	const bool is_v4 = mg_ip_is_v4(&network->ip);

	if (network->prefix < (is_v4 ? V4_FRONT + 32 : t->prefix6))
		return false;
	*out = is_v4 ? network->ip : mg_network_of(&network->ip, t->prefix6).ip;
	return true;
}

/* How elements are written: with which time. */
enum with { WITH_NONE, WITH_PASSING, WITH_TIME };

/* Changes of one family, to what goes or to what has a time. */
struct part {
	const struct family *f;
	const struct mg_nft_change *changes;
	size_t n;
	bool goes;
};

static void add_elements(struct mg_buf *out, const char *verb,
			 const struct part *p, enum with with)
{
	const struct family *f = p->f;
	size_t n_said = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct mg_nft_change *c = &p->changes[i];
		char text[MG_IP_TEXT_MAX];

		if (mg_ip_is_v4(&c->ip) != f->is_v4 ||
		    (c->seconds <= 0) != p->goes)
			continue;
		if (n_said++)
			mg_buf_add_str(out, ", ");
		else
			mg_buf_add_fmt(out, "%s element " TABLE " blocked%c { ",
				       verb, f->digit);
		mg_ip_format(&c->ip, text);
		mg_buf_add_str(out, text);
		if (with == WITH_PASSING)
			mg_buf_add_str(out, " timeout " PASSING);
		else if (with == WITH_TIME)
			mg_buf_add_fmt(out, " timeout %llds",
				       (long long)c->seconds);
	}
	if (n_said)
		mg_buf_add_str(out, " }\n");
}

static void add_passing(struct mg_buf *out, const struct part *p)
{
	add_elements(out, "add", p, WITH_PASSING);
	add_elements(out, "delete", p, WITH_NONE);
}

/* What goes is first: in a set that is full there is no room before. */
void mg_nft_add_changes(struct mg_buf *out, const struct mg_nft_table *t,
			const struct mg_nft_change *changes, size_t n,
			bool is_empty)
{
	for (int i = 0; i < 2; i++) {
		const struct family f = family_of(t, i == 0);
		const struct part going = { &f, changes, n, true };
		const struct part coming = { &f, changes, n, false };

		if (!is_empty) {
			add_passing(out, &going);
			add_passing(out, &coming);
		}
		add_elements(out, "add", &coming, WITH_TIME);
	}
}

void mg_nft_add_removal(struct mg_buf *out, const char *table)
{
	mg_buf_add_fmt(out, "table inet %s { }\ndelete table inet %s\n", table,
		       table);
}
