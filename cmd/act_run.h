/* SPDX-License-Identifier: MIT */
/*
 * act_run - what commands share that change what is in force: the host, its
 * account tables, the state under its lock, and what carries an act out.
 */
#ifndef MG_ACT_RUN_H
#define MG_ACT_RUN_H

#include "command.h"

#include <stdbool.h>

#include "mailguard/account.h"
#include "mailguard/acts.h"
#include "mailguard/buf.h"
#include "mailguard/effect.h"
#include "mailguard/enforce.h"
#include "mailguard/gather.h"

struct mg_act_run {
	struct mg_command_host host;
	struct mg_accounts accounts; /* empty until they are asked for */
	bool has_accounts, has_failed;
	int state_fd, lock_fd;
	struct mg_store *store;
	struct mg_enforcer enforcer;
};

/*
 * mg_act_run_open - hold all of it.
 *
 * r     out  the caller's (mg_act_run_close), also on failure
 * who   in   the command, for others that wait
 *
 * Waits some seconds for a sweep to end. Returns 0; -MG_EBUSY; else as
 * mg_command_open_host and mg_store_open.
 */
MG_NODISCARD int mg_act_run_open(struct mg_act_run *r,
				 const struct mg_command_place *place,
				 const char *who, struct mg_err *err);

/* The same without waiting: -MG_EBUSY where anybody has the lock. */
MG_NODISCARD int mg_act_run_try(struct mg_act_run *r,
				const struct mg_command_place *place,
				const char *who, struct mg_err *err);

void mg_act_run_close(struct mg_act_run *r);

/* Whoever typed it, for the ledger; stands for the run of the program. */
struct mg_slice mg_act_run_person(void);

/*
 * mg_act_run_subject - the kind and the name that a word means, with what it
 * belongs to: "domain:a.example", "info@a.example", "192.0.2.1".
 *
 * act   in/out  gets per, subject, domain, account, owner; they stand as long
 *               as the run and the word
 *
 * Returns 0; -MG_EUSAGE for a word that means nothing, or what is not here;
 * -MG_ECONF where the account tables cannot be read.
 */
MG_NODISCARD int mg_act_run_subject(struct mg_act_run *r, const char *word,
				    struct mg_act *act, struct mg_err *err);

/*
 * mg_act_run_times - the time that is asked about.
 *
 * since, until   in   as typed (mg_report_time_parse); until NULL for now
 * ask            out  gets both
 *
 * Returns 0; -MG_EUSAGE for words that mean no time, and for none between them.
 */
MG_NODISCARD int mg_act_run_times(const struct mg_act_run *r, const char *since,
				  const char *until, struct mg_gather_ask *ask,
				  struct mg_err *err);

/*
 * mg_act_run_words - whether a command was given what it needs.
 *
 * argc     in   of the command and its operands
 * missing  in   what is said where there is not one operand
 * reason   in   as typed behind --reason, or NULL
 *
 * Returns 0 or -MG_EUSAGE.
 */
MG_NODISCARD int mg_act_run_words(int argc, const char *missing,
				  const char *reason, struct mg_err *err);

/*
 * mg_act_run_customer - who an act is against, and its id.
 *
 * act       in/out  has verb and since; gets what mg_act_run_subject sets,
 *                   identity and id. Typed again a second later it is another
 * identity  out     stands as long as the act
 *
 * Returns 0; -MG_EUSAGE for what is no mailbox, domain or account here;
 * -MG_ECONF where the account tables cannot be read.
 */
MG_NODISCARD int mg_act_run_customer(struct mg_act_run *r, const char *word,
				     char identity[MG_EFFECT_IDENTITY_MAX],
				     struct mg_act *act, struct mg_err *err);

/*
 * mg_act_run_until - when an act ends.
 *
 * time    in   as typed behind --for, "2d"; NULL: not by itself
 * until   out  Unix seconds, or MG_ACT_NO_END
 *
 * Returns 0; -MG_EUSAGE for what is no duration.
 */
MG_NODISCARD int mg_act_run_until(const char *time, int64_t now, int64_t *until,
				  struct mg_err *err);

/* Adds a mark by a person, in a transaction of its own. Returns 0 or -MG_EIO. */
MG_NODISCARD int mg_act_run_mark(struct mg_act_run *r, const char *id,
				 enum mg_act_mark mark, struct mg_slice by,
				 struct mg_slice detail, struct mg_err *err);

/*
 * mg_act_run_add - an act as a person decided it: its intent, and the end of all
 * that an exemption spares; in a transaction of its own.
 *
 * act   in   with its id
 *
 * Returns 0 or -MG_EIO.
 */
MG_NODISCARD int mg_act_run_add(struct mg_act_run *r, const struct mg_act *act,
				struct mg_err *err);

/*
 * mg_act_run_carry_out - bring the back ends that are set in line.
 *
 * Returns 0, or the failure; that of a back end was said.
 */
MG_NODISCARD int mg_act_run_carry_out(struct mg_act_run *r, struct mg_err *err);

/*
 * mg_act_run_plan - append what the back ends would write with what is in force;
 * in a transaction that is not kept, with what is not there yet.
 */
MG_NODISCARD int mg_act_run_plan(struct mg_act_run *r, struct mg_buf *out,
				 struct mg_err *err);

#endif
