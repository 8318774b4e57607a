/* SPDX-License-Identifier: MIT */
/*
 * count_priv - what the files of count share.
 */
#ifndef MG_COUNT_PRIV_H
#define MG_COUNT_PRIV_H

#include "mailguard/count.h"

/* The start of the hour that an instant lies in. */
int64_t mg_count_hour(const struct mg_counter *c, int64_t at);

/* An instant's line, by kind. */
void mg_count_arrival(struct mg_counter *c, const struct mg_exim_line *line,
		      int64_t at);
void mg_count_identification(struct mg_counter *c,
			     const struct mg_exim_line *line, int64_t at);
void mg_count_rescinded(struct mg_counter *c, const struct mg_exim_line *line);
void mg_count_delivery(struct mg_counter *c, const struct mg_exim_line *line,
		       int64_t at);
void mg_count_cwd(struct mg_counter *c, const struct mg_exim_line *line,
		  int64_t at);

/*
 * Takes the newest script of an account (any account for MG_ACCOUNT_NONE) that
 * fits a local submission; by process id where the log has them. Returns
 * whether there was one.
 */
bool mg_count_take_caller(struct mg_counter *c, uint32_t account,
			  const struct mg_exim_line *line, int64_t at,
			  struct mg_caller *out);

/* The number of an origin. */
uint32_t mg_count_origin(struct mg_counter *c, enum mg_origin_kind kind,
			 struct mg_slice name, uint32_t domain,
			 uint32_t account);

/* The hosted domain of an address, or MG_ACCOUNT_NONE. */
uint32_t mg_count_hosted(const struct mg_counter *c, struct mg_slice address);

#endif
