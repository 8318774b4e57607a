/* SPDX-License-Identifier: MIT */
/*
 * supervise_priv - what the two sides of supervising agree on.
 */
#ifndef MG_SUPERVISE_PRIV_H
#define MG_SUPERVISE_PRIV_H

#include <stdint.h>

#include "mailguard/supervise.h"

/* What the supervisor writes once the program has ended; the output follows. */
struct mg_supervise_answer {
	enum mg_end how;
	int code;
	bool is_cut, has_left;
	uint32_t out_len, errors_len;
};

/*
 * mg_supervise_run - be the supervisor: run the program, write the answer, end.
 *
 * answer_fd   in   where to
 */
_Noreturn void mg_supervise_run(const struct mg_supervised *p, int in_fd,
				int answer_fd);

#endif
