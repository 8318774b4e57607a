/* SPDX-License-Identifier: MIT */
/*
 * tool - a program of the host that is given a text, and takes all of it or
 * nothing: nft, ipset, iptables-restore.
 */
#ifndef MG_ACT_TOOL_H
#define MG_ACT_TOOL_H

#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/file.h"

struct mg_tool {
	const char *const *argv; /* with its name first, NULL last */
	const char *what;        /* it is about: "the table 'mailguard'" */
	struct mg_slice input;
	int64_t seconds;    /* that it may take */
	struct mg_buf *out; /* what it prints is added; NULL: dropped */
};

/*
 * mg_tool_run - run it.
 *
 * Returns 0; -MG_ECONF where it is not on the host, or refuses, with the first
 * line of what it said; -MG_EIO where it was ended by a signal or took too long.
 */
MG_NODISCARD int mg_tool_run(const struct mg_root *root,
			     const struct mg_tool *tool, struct mg_err *err);

#endif
