/* SPDX-License-Identifier: MIT */
/*
 * findings - what stands in the ledger as a table, JSON or CSV.
 */
#ifndef MAILGUARD_FINDINGS_H
#define MAILGUARD_FINDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/err.h"
#include "mailguard/ledger.h"
#include "mailguard/printer.h"
#include "mailguard/slice.h"
#include "mailguard/store.h"
#include "mailguard/tz.h"

/* The values of "schema" in JSON; tests/data/schema holds them. */
#define MG_LEDGER_SCHEMA "mailguard.ledger/1"
#define MG_BACKTEST_SCHEMA "mailguard.backtest/1"

enum mg_findings_of {
	MG_FINDINGS_BACKTEST, /* whom a policy would have met, and when */
	MG_FINDINGS_LEDGER,   /* what holds, with where it stands */
	MG_FINDINGS_ROWS,     /* every row of the ledger, by number */
};

struct mg_findings_opts {
	enum mg_findings_of of;
	enum mg_format format;
	const struct mg_tz *tz; /* zone of times shown; NULL is UTC */
	int fd;
	struct mg_term term; /* what is behind it */
	/* Rows of this subject alone ("domain", "a.example"), or this id (or
	   its beginning), or this number; empty and 0 for all. */
	struct mg_slice per, subject, id;
	int64_t seq;
};

/*
 * mg_findings_of_word - what a person asks for.
 *
 * word   in      "domain:a.example", "mailbox:a@b.example", "account:bob",
 *                "ip:192.0.2.1", an id of at least four digits, or a number
 *                behind "#"; borrowed as long as opts
 * opts   in/out  gets what it names
 *
 * A word without a kind is a mailbox with an @, an address, a script with a /, a
 * domain with a dot, else an account; an id where it is one. Returns 0 or
 * -MG_EUSAGE.
 */
MG_NODISCARD int mg_findings_of_word(struct mg_slice word,
				     struct mg_findings_opts *opts,
				     struct mg_err *err);

/* Whether a row is one of those asked for. */
bool mg_findings_match(const struct mg_findings_opts *opts,
		       const struct mg_ledger_row *row);

/* Whether an action is one of those asked for, or of what belongs to it: of a
   domain its mailboxes' too. */
bool mg_findings_match_act(const struct mg_findings_opts *opts,
			   const struct mg_act *act);

/* What is to be done, or was found, in a word: "throttle", "warn". Borrows. */
struct mg_slice mg_findings_verb(const struct mg_ledger_row *row);

/* Prints them. Returns 0 or a negative code. */
MG_NODISCARD int mg_findings_print(struct mg_store *s,
				   const struct mg_findings_opts *opts,
				   uint64_t *n_rows, struct mg_err *err);

#endif
