/* SPDX-License-Identifier: MIT */
/*
 * log - talk to people, on stderr, through the one exit that makes text safe.
 *
 * Library code never logs; commands do, once per failure, where it is handled.
 * Control bytes are replaced and overlong text is cut here, whatever went in.
 */
#ifndef MAILGUARD_LOG_H
#define MAILGUARD_LOG_H

#include <stdbool.h>

#include "mailguard/err.h"

#define MG_LOG_LINE_MAX 2048 /* bytes of one message */

enum mg_log_level { MG_LOG_ERROR, MG_LOG_WARNING, MG_LOG_INFO };

/* A piece of work begins: from here on mg_log_first is of it alone. */
void mg_log_begin(void);

/*
 * mg_log_spare - say nothing twice that was said less than an hour ago, whatever
 * the numbers in it are: for who tries again and again. Called again, it forgets
 * what was said.
 */
void mg_log_spare(void);

/* Silences MG_LOG_INFO; errors and warnings are never silenced. */
void mg_log_set_quiet(bool quiet);

/* "mailguard: TEXT", with "warning: " before the text of a warning. */
void mg_log(enum mg_log_level level, const char *fmt, ...) MG_PRINTF(2, 3);

/* The first warning or error of this piece of work, said or spared, before it was
   made safe; "" for none. */
const char *mg_log_first(void);

#endif
