/* SPDX-License-Identifier: MIT */
/*
 * session - where whoever types this is logged in from.
 */
#ifndef MG_SESSION_H
#define MG_SESSION_H

#include <stdbool.h>

#include "mailguard/file.h"
#include "mailguard/network.h"

struct mg_session {
	struct mg_ip peer; /* the other end */
	uint16_t port;     /* of this end; 0 where it is not told */
};

/*
 * mg_session_find - the ssh session that this is run in.
 *
 * root   in   the host, for what its processes are
 *
 * Asks the environment, and where sudo or su has emptied that, the processes
 * above this one. A hint: who runs mailguard can say anything here. Returns
 * false where nothing tells.
 */
bool mg_session_find(const struct mg_root *root, struct mg_session *out);

#endif
