/* SPDX-License-Identifier: MIT */
/*
 * zone - the time zone of a host: what its daemons write their stamps in.
 */
#ifndef MAILGUARD_ZONE_H
#define MAILGUARD_ZONE_H

#include "mailguard/err.h"
#include "mailguard/file.h"
#include "mailguard/tz.h"

/*
 * mg_zone_load - the zone that /etc/localtime of a host says.
 *
 * root   in   the host; a link to an absolute path stays below it
 * tz     out  the zone; UTC where the host has no such file
 *
 * Returns 0, or a negative code for a file that is no zone.
 *
 * Source: localtime(5).
 */
MG_NODISCARD int mg_zone_load(const struct mg_root *root, struct mg_tz *tz,
			      struct mg_err *err);

#endif
