/* SPDX-License-Identifier: MIT */
/*
 * zones.h - zones of tests, written as a host's file says them.
 */
#ifndef MG_TEST_ZONES_H
#define MG_TEST_ZONES_H

#include "mailguard/tz.h"

/* The rules of Berlin, without its history. */
static const struct mg_tz berlin = {
	.later = { .std_offset = 3600,
		   .has_dst = true,
		   .dst_offset = 7200,
		   .to_dst = { .kind = MG_TZ_MONTH,
			       .month = 3,
			       .week = 5,
			       .at_s = 7200 },
		   .to_std = { .kind = MG_TZ_MONTH,
			       .month = 10,
			       .week = 5,
			       .at_s = 10800 } },
};

#endif
