/* SPDX-License-Identifier: MIT */
/*
 * The schema and every statement that a run uses, on one page.
 *
 * Hashes are 64-bit patterns kept in SQLite's signed integers. Counts can be
 * taken back (a rescinded message, a late identification) but never below
 * zero: the CHECKs make an error of that instead of a wrong bill.
 */
#include "store_priv.h"

#define FACT_COLUMNS                                                           \
	"messages INTEGER NOT NULL CHECK (messages >= 0),"                     \
	"recipients INTEGER NOT NULL CHECK (recipients >= 0),"                 \
	"delivered INTEGER NOT NULL CHECK (delivered >= 0),"                   \
	"deferred INTEGER NOT NULL CHECK (deferred >= 0),"                     \
	"failed INTEGER NOT NULL CHECK (failed >= 0),"                         \
	"unknown_recipients INTEGER NOT NULL CHECK (unknown_recipients >= 0)," \
	"forwarded INTEGER NOT NULL CHECK (forwarded >= 0),"                   \
	"bytes INTEGER NOT NULL CHECK (bytes >= 0)"

const char mg_store_schema[] =
	"CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
	"CREATE TABLE source ("
	"  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
	"  last_at INTEGER, next_seq INTEGER NOT NULL DEFAULT 1);"
	"CREATE TABLE log ("
	"  id INTEGER PRIMARY KEY,"
	"  source INTEGER NOT NULL REFERENCES source,"
	"  path TEXT NOT NULL, dev INTEGER NOT NULL, ino INTEGER NOT NULL,"
	"  head_len INTEGER NOT NULL, head_hash INTEGER NOT NULL,"
	"  anchor_len INTEGER NOT NULL, anchor_hash INTEGER NOT NULL,"
	"  offset INTEGER NOT NULL CHECK (offset >= 0));"
	"CREATE TABLE origin ("
	"  id INTEGER PRIMARY KEY,"
	"  kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 6),"
	"  name TEXT NOT NULL, domain TEXT, account TEXT, owner TEXT);"
	/* NULLs are distinct in an index, so they stand as '' in this one. */
	"CREATE UNIQUE INDEX origin_key ON origin (name, kind,"
	"  ifnull(domain, ''), ifnull(account, ''), ifnull(owner, ''));"
	"CREATE TABLE fact ("
	"  hour INTEGER NOT NULL, origin INTEGER NOT NULL REFERENCES origin," FACT_COLUMNS
	", PRIMARY KEY (hour, origin)) WITHOUT ROWID;"
	"CREATE TABLE sender ("
	"  id INTEGER PRIMARY KEY, domain TEXT NOT NULL UNIQUE);"
	"CREATE TABLE sender_fact ("
	"  hour INTEGER NOT NULL, sender INTEGER NOT NULL REFERENCES sender,"
	"  messages INTEGER NOT NULL CHECK (messages >= 0),"
	"  recipients INTEGER NOT NULL CHECK (recipients >= 0),"
	"  bytes INTEGER NOT NULL CHECK (bytes >= 0),"
	"  PRIMARY KEY (hour, sender)) WITHOUT ROWID;"
	"CREATE TABLE line ("
	"  source INTEGER NOT NULL REFERENCES source, kind TEXT NOT NULL,"
	"  n INTEGER NOT NULL CHECK (n >= 0),"
	"  PRIMARY KEY (source, kind)) WITHOUT ROWID;"
	"CREATE TABLE flight ("
	"  source INTEGER NOT NULL REFERENCES source, id TEXT NOT NULL,"
	"  state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 7),"
	"  flags INTEGER NOT NULL, forwards INTEGER NOT NULL,"
	"  origin INTEGER REFERENCES origin,"
	"  recipients INTEGER NOT NULL CHECK (recipients >= 0),"
	"  hour INTEGER NOT NULL, at INTEGER NOT NULL,"
	"  bytes INTEGER NOT NULL, message_id INTEGER NOT NULL,"
	"  seq INTEGER NOT NULL, PRIMARY KEY (source, id)) WITHOUT ROWID;"
	"CREATE TABLE tracked ("
	"  source INTEGER NOT NULL, id TEXT NOT NULL, hash INTEGER NOT NULL,"
	"  PRIMARY KEY (source, id, hash),"
	"  FOREIGN KEY (source, id) REFERENCES flight ON DELETE CASCADE)"
	"  WITHOUT ROWID;"
	"CREATE TABLE cwd ("
	"  source INTEGER NOT NULL REFERENCES source, at INTEGER NOT NULL,"
	"  pid INTEGER NOT NULL, directory TEXT NOT NULL);";

const char *const mg_store_sql[MG_SQL_STATEMENTS] = {
	[MG_SQL_BEGIN] = "BEGIN IMMEDIATE",
	[MG_SQL_COMMIT] = "COMMIT",
	[MG_SQL_ROLLBACK] = "ROLLBACK",
	[MG_SQL_GET_META] = "SELECT value FROM meta WHERE name = ?",
	[MG_SQL_PUT_META] = "INSERT INTO meta (name, value) VALUES (?, ?)",
	[MG_SQL_ADD_SOURCE] = "INSERT OR IGNORE INTO source (name) VALUES (?)",
	[MG_SQL_GET_SOURCE] =
		"SELECT id, last_at, next_seq FROM source WHERE name = ?",
	[MG_SQL_PUT_SOURCE] =
		"UPDATE source SET last_at = ?2, next_seq = ?3 WHERE id = ?1",
	[MG_SQL_ADD_ORIGIN] =
		"INSERT OR IGNORE INTO origin"
		" (kind, name, domain, account, owner) VALUES (?, ?, ?, ?, ?)",
	[MG_SQL_GET_ORIGIN] =
		"SELECT id FROM origin WHERE kind = ?1 AND name = ?2"
		" AND ifnull(domain, '') = ifnull(?3, '')"
		" AND ifnull(account, '') = ifnull(?4, '')"
		" AND ifnull(owner, '') = ifnull(?5, '')",
	[MG_SQL_ADD_SENDER] =
		"INSERT OR IGNORE INTO sender (domain) VALUES (?)",
	[MG_SQL_GET_SENDER] = "SELECT id FROM sender WHERE domain = ?",
	[MG_SQL_ADD_FACT] =
		"INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
		" ON CONFLICT DO UPDATE SET"
		" messages = messages + excluded.messages,"
		" recipients = recipients + excluded.recipients,"
		" delivered = delivered + excluded.delivered,"
		" deferred = deferred + excluded.deferred,"
		" failed = failed + excluded.failed,"
		" unknown_recipients ="
		"  unknown_recipients + excluded.unknown_recipients,"
		" forwarded = forwarded + excluded.forwarded,"
		" bytes = bytes + excluded.bytes",
	/* The CHECKs of an upsert look at what is added, not at the sum, so
	   what takes back needs a statement of its own. */
	[MG_SQL_TAKE_FACT] =
		"UPDATE fact SET messages = messages + ?3,"
		" recipients = recipients + ?4, delivered = delivered + ?5,"
		" deferred = deferred + ?6, failed = failed + ?7,"
		" unknown_recipients = unknown_recipients + ?8,"
		" forwarded = forwarded + ?9, bytes = bytes + ?10"
		" WHERE hour = ?1 AND origin = ?2",
	[MG_SQL_ADD_SENDER_FACT] =
		"INSERT INTO sender_fact VALUES (?, ?, ?, ?, ?)"
		" ON CONFLICT DO UPDATE SET"
		" messages = messages + excluded.messages,"
		" recipients = recipients + excluded.recipients,"
		" bytes = bytes + excluded.bytes",
	[MG_SQL_ADD_LINES] = "INSERT INTO line VALUES (?, ?, ?)"
			     " ON CONFLICT DO UPDATE SET n = n + excluded.n",
	[MG_SQL_PUT_FLIGHT] =
		"INSERT INTO flight VALUES"
		" (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
		" ON CONFLICT DO UPDATE SET state = ?3, flags = ?4,"
		" forwards = ?5, origin = ?6, recipients = ?7, hour = ?8,"
		" at = ?9, bytes = ?10, message_id = ?11, seq = ?12",
	[MG_SQL_DELETE_FLIGHT] =
		"DELETE FROM flight WHERE source = ? AND id = ?",
	[MG_SQL_ADD_TRACKED] = "INSERT OR IGNORE INTO tracked VALUES (?, ?, ?)",
	[MG_SQL_CLEAR_CWDS] = "DELETE FROM cwd WHERE source = ?",
	[MG_SQL_ADD_CWD] = "INSERT INTO cwd VALUES (?, ?, ?, ?)",
	[MG_SQL_ADD_CURSOR] =
		"INSERT INTO log (source, path, dev, ino, head_len, head_hash,"
		" anchor_len, anchor_hash, offset)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[MG_SQL_PUT_CURSOR] =
		"UPDATE log SET source = ?1, path = ?2, dev = ?3, ino = ?4,"
		" head_len = ?5, head_hash = ?6, anchor_len = ?7,"
		" anchor_hash = ?8, offset = ?9 WHERE id = ?10",
	[MG_SQL_EACH_FLIGHT] =
		"SELECT f.id, f.state, f.flags, f.forwards, f.recipients,"
		" f.hour, f.at, f.bytes, f.message_id, f.seq, f.origin,"
		" o.kind, o.name, o.domain, o.account, o.owner"
		" FROM flight f LEFT JOIN origin o ON o.id = f.origin"
		" WHERE f.source = ? ORDER BY f.seq",
	[MG_SQL_EACH_TRACKED] = "SELECT id, hash FROM tracked WHERE source = ?",
	[MG_SQL_EACH_CWD] = "SELECT at, pid, directory FROM cwd"
			    " WHERE source = ? ORDER BY rowid",
	[MG_SQL_EACH_CURSOR] =
		"SELECT id, path, dev, ino, head_len, head_hash, anchor_len,"
		" anchor_hash, offset FROM log WHERE source = ?"
		" ORDER BY id DESC",
};
