/* SPDX-License-Identifier: MIT */
#include "act_priv.h"

#include "mailguard/mem.h"
#include "mailguard/vec.h"

/*
 * Bits that one customer of a network of IPv6 is given, who could else use up
 * the blocks of a minute, one by each of his 65,536 networks of 64 bits, while
 * those of others wait. RFC 6177.
 */
#define SITE_PREFIX 48

/* Returns false for what is no site: an address of IPv4, or no address. */
static bool site_of(const struct mg_act *act, struct mg_network *out)
{
	if (!mg_enforce_network_of(act, out) || mg_ip_is_v4(&out->ip))
		return false;
	if (out->prefix > SITE_PREFIX)
		*out = mg_network_of(&out->ip, SITE_PREFIX);
	return true;
}

static bool is_known(const struct mg_cap *c, const struct mg_network *site)
{
	for (size_t i = 0; i < c->n_sites; i++)
		if (mg_network_has(&c->sites[i], &site->ip))
			return true;
	return false;
}

bool mg_cap_allows(const struct mg_cap *c, const struct mg_settings *settings,
		   const struct mg_act *act)
{
	struct mg_network site;

	if (act->verb != MG_ACT_BLOCK)
		return c->throttles < settings->enforce.throttles;
	return c->blocks < settings->enforce.blocks ||
	       (site_of(act, &site) && is_known(c, &site));
}

void mg_cap_count(struct mg_cap *c, const struct mg_act *act)
{
	struct mg_network site;

	if (act->verb != MG_ACT_BLOCK) {
		c->throttles += act->verb == MG_ACT_THROTTLE ||
				act->verb == MG_ACT_HOLD;
		return;
	}
	if (site_of(act, &site)) {
		if (is_known(c, &site))
			return;
		c->sites = mg_vec_room(c->sites, c->n_sites, &c->cap_sites,
				       sizeof(*c->sites));
		c->sites[c->n_sites++] = site;
	}
	c->blocks++;
}

void mg_cap_release(struct mg_cap *c)
{
	mg_mem_free(c->sites);
}
