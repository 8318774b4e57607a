/* SPDX-License-Identifier: MIT */
/*
 * firewall_rows N DIR - N blocked addresses in the kernel of this network
 * namespace, by the back end "nftables" with its state in DIR: what it takes to
 * load them, to add a hundred, to add one, and to see that nothing changed.
 * Prints the four in milliseconds.
 */
#include <stdio.h>
#include <stdlib.h>

#include "mailguard/backend.h"
#include "mailguard/clock.h"

#define FIRST 0x14000000U /* 20.0.0.0 */
#define FEW 100

static struct mg_err err;

static void must(int rc)
{
	if (rc >= 0)
		return;
	fprintf(stderr, "firewall_rows: %s\n", err.text);
	exit(1);
}

static void block(struct mg_force *force, uint32_t n, int64_t now)
{
	const uint32_t at = FIRST + n;
	struct mg_force_entry e = {
		.key = MG_FORCE_ADDRESS,
		.verb = MG_FORCE_BLOCK,
		.since = now,
		.until = now + 3600,
		.act = MG_LIT("0123456789abcdef"),
	};
	struct mg_ip ip = { .bytes = { [10] = 0xff,
				       [11] = 0xff,
				       [12] = (unsigned char)(at >> 24),
				       [13] = (unsigned char)(at >> 16),
				       [14] = (unsigned char)(at >> 8),
				       [15] = (unsigned char)at } };

	e.network = mg_network_of(&ip, 128);
	if (!mg_force_add(force, &e))
		exit(1);
}

/* Milliseconds of a call as a sweep makes it: in a transaction. */
static int64_t refresh(const struct mg_backend_host *h)
{
	const int64_t start = mg_clock_mono_ms();

	must(mg_store_begin(h->store, &err));
	must(mg_backend_nftables.refresh(h, &err));
	must(mg_store_commit(h->store, &err));
	return mg_clock_mono_ms() - start;
}

int main(int argc, char **argv)
{
	const uint32_t n = argc == 3 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
	struct mg_settings settings = { .conf = NULL };
	struct mg_force force = { .entries = NULL };
	struct mg_root root;
	struct mg_backend_host h = { .root = &root,
				     .settings = &settings,
				     .force = &force,
				     .now = mg_clock_now() };
	int64_t all, few, one, none;

	if (n == 0)
		return 2;
	must(mg_root_open(&root, "/", &err));
	must(mg_store_open(&h.store, argv[2], MG_STORE_WRITE, &err));
	settings.firewall.size = n + FEW + 1;
	settings.firewall.prefix6 = 64;
	for (uint32_t i = 0; i < n; i++)
		block(&force, i, h.now);
	all = refresh(&h);
	for (uint32_t i = n; i < n + FEW; i++)
		block(&force, i, h.now);
	few = refresh(&h);
	block(&force, n + FEW, h.now);
	one = refresh(&h);
	none = refresh(&h);
	printf("%lld %lld %lld %lld\n", (long long)all, (long long)few,
	       (long long)one, (long long)none);
	mg_store_close(h.store);
	mg_force_release(&force);
	mg_root_close(&root);
	return 0;
}
