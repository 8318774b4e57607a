/* SPDX-License-Identifier: MIT */
/*
 * exempt - addresses that are never blocked, whatever they do.
 *
 * Loopback and link-local addresses, the host's own, its gateways and
 * resolvers, private networks unless the settings say otherwise, the networks
 * of the settings, and where administrators are logged in from, or were within
 * the last 90 days: root and the members of wheel, sudo and admin.
 *
 * Read from files below the root, so that a fake tree can say all of it. What
 * is not there or cannot be read adds nothing: a host need not have a resolver.
 */
#ifndef MAILGUARD_EXEMPT_H
#define MAILGUARD_EXEMPT_H

#include <stdint.h>

#include "mailguard/file.h"
#include "mailguard/force.h"
#include "mailguard/settings.h"

/*
 * mg_exempt_collect - add them all to what is in force; mg_force_sort is the
 * caller's.
 *
 * now   in   Unix seconds
 *
 * Source: proc(5) (net/fib_trie, net/if_inet6, net/route, net/ipv6_route),
 * resolv.conf(5), utmp(5), sd_session_get_remote_host(3).
 */
void mg_exempt_collect(const struct mg_root *root,
		       const struct mg_settings *settings, int64_t now,
		       struct mg_force *force);

#endif
