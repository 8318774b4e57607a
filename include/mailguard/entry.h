/* SPDX-License-Identifier: MIT */
/*
 * entry - where an entry of systemd's journal stands in it.
 */
#ifndef MAILGUARD_ENTRY_H
#define MAILGUARD_ENTRY_H

#include <stdint.h>

#define MG_ENTRY_ID_LEN 16 /* bytes of the id of a series */

struct mg_entry {
	uint8_t id[MG_ENTRY_ID_LEN]; /* of a series of numbers */
	uint64_t seqnum;             /* rising within the series */
	int64_t at_us;               /* Unix microseconds */
};

#endif
