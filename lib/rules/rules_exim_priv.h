/* SPDX-License-Identifier: MIT */
/* rules_exim_priv - blocks, which the map and the configuration share. */
#ifndef MAILGUARD_RULES_EXIM_PRIV_H
#define MAILGUARD_RULES_EXIM_PRIV_H

#include "mailguard/rules_exim.h"

/*
 * mg_rules_exim_add_block - append a block.
 *
 * instead   in   the line that it stands for, without its end; empty for none
 * content   in   whole lines
 */
void mg_rules_exim_add_block(struct mg_buf *out, struct mg_slice instead,
			     struct mg_slice content);

#endif
