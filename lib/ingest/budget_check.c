/* SPDX-License-Identifier: MIT */
/*
 * Rows of checks: so many in an hour, and in a crowded hour so many of one
 * network that a customer has alone.
 */
#include "budget_priv.h"

#include <string.h>

#include "mailguard/mem.h"
#include "mailguard/vec.h"

/* An address of IPv6: first the network that its owner has all of. */
#define NET_BYTES 8

static void release_nets(struct mg_budget_nets *nets)
{
	mg_mem_free(nets->items);
	mg_map_release(&nets->by_net);
	*nets = (struct mg_budget_nets){ .items = NULL };
}

void mg_budget_release_checks(struct mg_budget *b)
{
	for (size_t i = 0; i < b->n_checks; i++)
		for (int sort = 0; sort < 2; sort++)
			release_nets(&b->checks[i].nets[sort]);
	mg_mem_free(b->checks);
	b->checks = NULL;
	b->n_checks = b->cap_checks = 0;
}

/* Of one sort: what is placed and not written of the other is not there. */
static int count_checks(struct mg_budget *b, struct mg_budget_checks *c,
			int sort, struct mg_err *err)
{
	int64_t n[2] = { 0, 0 };
	const int rc = mg_store_count_checks(b->store, c->hour, n, err);

	c->room[sort] = (struct mg_budget_room){ .n_rows = n[sort] };
	return rc;
}

static int find_checks(struct mg_budget *b, int64_t hour,
		       struct mg_budget_checks **out, struct mg_err *err)
{
	struct mg_budget_checks found = { .hour = hour };
	int rc = 0;

	for (size_t i = b->n_checks; i-- > 0;) {
		*out = &b->checks[i];
		if (b->checks[i].hour == hour)
			return 0;
	}
	for (int sort = 0; rc == 0 && sort < 2; sort++)
		rc = count_checks(b, &found, sort, err);
	if (rc < 0)
		return rc;
	b->checks = mg_vec_room(b->checks, b->n_checks, &b->cap_checks,
				sizeof(*b->checks));
	b->checks[b->n_checks] = found;
	*out = &b->checks[b->n_checks++];
	return 0;
}

int mg_budget_expect_check(struct mg_budget *b, const struct mg_check *check,
			   struct mg_err *err)
{
	struct mg_budget_checks *hour = NULL;
	const int rc = find_checks(b, check->at, &hour, err);

	if (rc == 0)
		hour->room[check->login != 0].n_coming++;
	return rc;
}

/* --- networks --- */

static bool is_zero(const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i])
			return false;
	return true;
}

/* Addresses of IPv4 are written behind zeroes. */
static bool has_net(const struct mg_ip *ip)
{
	return !is_zero(ip->bytes, NET_BYTES);
}

/* The first address of a network stands for those that have no row. */
static bool is_rest(const struct mg_ip *ip)
{
	return has_net(ip) &&
	       is_zero(ip->bytes + NET_BYTES, sizeof(ip->bytes) - NET_BYTES);
}

/* How many rows the network of a check has, of its sort. */
static int find_net(struct mg_budget *b, struct mg_budget_nets *nets,
		    const struct mg_check *check, struct mg_budget_net **out,
		    struct mg_err *err)
{
	const struct mg_slice net = mg_slice_of((const char *)check->ip.bytes,
						NET_BYTES);
	const uint64_t hash = mg_hash_quick(&b->accounts->key, net);
	int64_t n_rows = 0;
	size_t at;
	int rc;

	for (uint32_t i = mg_map_first(&nets->by_net, hash, &at);
	     i != MG_MAP_NONE; i = mg_map_next(&nets->by_net, hash, &at)) {
		*out = &nets->items[i];
		if (!memcmp((*out)->bytes, check->ip.bytes, NET_BYTES))
			return 0;
	}
	rc = mg_store_count_net_checks(b->store, check, b->max_net_checks,
				       &n_rows, err);
	if (rc < 0)
		return rc;
	nets->items = mg_vec_room(nets->items, nets->n_items, &nets->cap_items,
				  sizeof(*nets->items));
	*out = &nets->items[nets->n_items];
	(*out)->n_rows = n_rows;
	memcpy((*out)->bytes, check->ip.bytes, NET_BYTES);
	mg_map_add(&nets->by_net, hash, (uint32_t)nets->n_items++);
	return 0;
}

/* --- rows --- */

/* A row that is not there yet, in an hour that is crowded or may be. */
static int place(struct mg_budget *b, struct mg_budget_checks *hour,
		 struct mg_check *check, int64_t *origin, struct mg_err *err)
{
	const int sort = check->login != 0;
	struct mg_budget_room *room = &hour->room[sort];
	struct mg_budget_net *net = NULL;
	int rc = 0;

	if (has_net(&check->ip))
		rc = find_net(b, &hour->nets[sort], check, &net, err);
	if (rc < 0)
		return rc;
	if (net && net->n_rows >= b->max_net_checks &&
	    room->n_rows >= b->max_checks / 2) {
		memset(check->ip.bytes + NET_BYTES, 0,
		       sizeof(check->ip.bytes) - NET_BYTES);
		return 0;
	}
	if (room->n_rows < b->max_checks) {
		room->n_rows++;
		if (net)
			net->n_rows++;
		return 0;
	}
	memset(&check->ip, 0, sizeof(check->ip));
	check->login = 0;
	*origin = 0;
	return 0;
}

int mg_budget_check(struct mg_budget *b, struct mg_check *check,
		    int64_t *origin, struct mg_err *err)
{
	const int sort = check->login != 0;
	struct mg_budget_checks *hour = NULL;
	bool has = false, is_first;
	int rc = find_checks(b, check->at, &hour, err);

	if (rc < 0)
		return rc;
	is_first = hour->room[sort].n_coming > 0;
	if (mg_budget_is_free(&hour->room[sort], b->max_checks / 2))
		return 0;
	/* What was placed without a look is not among those of a network. */
	if (is_first)
		release_nets(&hour->nets[sort]);
	if (hour->room[sort].is_loose)
		rc = count_checks(b, hour, sort, err);
	if (rc == 0 && !is_rest(&check->ip))
		rc = mg_store_has_check(b->store, check, &has, err);
	if (rc < 0 || has || is_rest(&check->ip))
		return rc;
	return place(b, hour, check, origin, err);
}
