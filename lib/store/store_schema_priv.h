/* SPDX-License-Identifier: MIT */
/*
 * store_schema_priv - the schema, by steps and at once.
 */
#ifndef MG_STORE_SCHEMA_PRIV_H
#define MG_STORE_SCHEMA_PRIV_H

#include "mailguard/store.h"

/* The columns of every table that counts mail. */
#define FACT_COLUMNS                                                           \
	"messages INTEGER NOT NULL CHECK (messages >= 0),"                     \
	"recipients INTEGER NOT NULL CHECK (recipients >= 0),"                 \
	"delivered INTEGER NOT NULL CHECK (delivered >= 0),"                   \
	"deferred INTEGER NOT NULL CHECK (deferred >= 0),"                     \
	"failed INTEGER NOT NULL CHECK (failed >= 0),"                         \
	"unknown_recipients INTEGER NOT NULL CHECK (unknown_recipients >= 0)," \
	"forwarded INTEGER NOT NULL CHECK (forwarded >= 0),"                   \
	"bytes INTEGER NOT NULL CHECK (bytes >= 0)"

/* A table that no statement changes by mistake. */
#define APPEND_ONLY(table)                                                     \
	"CREATE TRIGGER " table "_stands BEFORE UPDATE ON " table              \
	" BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;"        \
	"CREATE TRIGGER " table "_stays BEFORE DELETE ON " table               \
	" BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;"

/*
 * What makes a state of version i one of version i + 1 (PRAGMA user_version).
 * A step that was released is never changed; what is new is a new step, and
 * stands in mg_store_schema as well.
 */
extern const char *const mg_store_steps[MG_STORE_SCHEMA];

/*
 * What all steps together make of an empty file, table by table and column by
 * column (test_store_schema.c), in a sixth of the time.
 */
#define MG_STORE_SCHEMA_PARTS 4
extern const char *const mg_store_schema[MG_STORE_SCHEMA_PARTS];

#endif
