/* SPDX-License-Identifier: MIT */
/*
 * checks - logins per hour, address and login, gathered in memory between two
 * commits.
 *
 * Strangers choose their address, and with IPv6 they have more of them than a
 * state can hold. So an hour has room for so many rows in one sweep; what comes
 * above counts in full under no address, and no innocent one pays for it. Rows
 * of logins have room of their own: who cannot log in crowds out nobody who can.
 */
#ifndef MAILGUARD_CHECKS_H
#define MAILGUARD_CHECKS_H

#include <stddef.h>
#include <stdint.h>

#include "mailguard/hash.h"
#include "mailguard/map.h"
#include "mailguard/store.h"

struct mg_checks_cell {
	struct mg_check check;
	uint32_t origin; /* whose login it is, MG_ACCOUNT_NONE for none */
};

struct mg_checks_hour {
	int64_t hour;
	uint32_t n_rows[2]; /* of failed logins, of logins */
};

struct mg_checks {
	struct mg_checks_cell *cells; /* owned; in order of first touch */
	size_t n_cells, cap_cells;
	struct mg_map by_key;
	struct mg_checks_hour *hours; /* owned; those of the cells */
	size_t n_hours, cap_hours;
	struct mg_map by_hour;
	struct mg_hash_key key; /* addresses are chosen by strangers */
	uint32_t max;           /* rows of an hour, of each sort */
};

void mg_checks_init(struct mg_checks *c, const struct mg_hash_key *key,
		    uint32_t max);
void mg_checks_release(struct mg_checks *c);

/*
 * mg_checks_add - add counts to a row.
 *
 * check    in   the row, and what to add to it
 * origin   in   number of an origin, MG_ACCOUNT_NONE for none; that of the
 *               first call for a row stands
 */
void mg_checks_add(struct mg_checks *c, const struct mg_check *check,
		   uint32_t origin);

/*
 * Makes all counts zero: the parent has them. Rows of the latest hours stay
 * known, so that they are not taken for new ones in the next chunk.
 */
void mg_checks_settle(struct mg_checks *c);

#endif
