/* SPDX-License-Identifier: MIT */
/*
 * Every statement that a run uses, on one page; the schema is in
 * store_schema.c.
 */
#include "ledger_priv.h"
#include "store_priv.h"

/* The eight counts, each with what is added to it. */
#define ADD(column, what) " " column " = " column " + " what
#define ADD_EXCLUDED                                                                                                                              \
	ADD("messages", "excluded.messages")                                                                                                      \
	"," ADD("recipients", "excluded.recipients") "," ADD("delivered", "excluded.delivered") "," ADD("deferred", "excluded.deferred") "," ADD( \
		"failed",                                                                                                                         \
		"excluded.failed") "," ADD("unknown_recipients",                                                                                  \
					   "excluded.unknown_recipients") "," ADD("forwarded",                                                    \
										  "excluded.forwarded") "," ADD("bytes",                          \
														"excluded.bytes")
#define ADD_BOUND                                                                \
	ADD("messages", "?3")                                                    \
	"," ADD("recipients", "?4") "," ADD("delivered", "?5") "," ADD(          \
		"deferred",                                                      \
		"?6") "," ADD("failed",                                          \
			      "?7") "," ADD("unknown_recipients",                \
					    "?8") "," ADD("forwarded",           \
							  "?9") "," ADD("bytes", \
									"?10")

/* A slot may have been dropped since and be there again with less. */
#define LESSEN(column, what) " " column " = max(0, " column " + " what ")"
#define LESSEN_BOUND                                                                         \
	LESSEN("messages", "?3")                                                             \
	"," LESSEN("recipients", "?4") "," LESSEN("delivered", "?5") "," LESSEN(             \
		"deferred",                                                                  \
		"?6") "," LESSEN("failed",                                                   \
				 "?7") "," LESSEN("unknown_recipients",                      \
						  "?8") "," LESSEN("forwarded",              \
								   "?9") "," LESSEN("bytes", \
										    "?10")

#define LARGE_KEY                                                              \
	" source = ?1 AND at = ?2 AND origin = ?3 AND recipients = ?4"         \
	" AND topic = ?5"

#define CURSOR_COLUMNS                                                         \
	"id, path, dev, ino, head_len, head_hash, anchor_len, anchor_hash,"    \
	" offset, stream, state, quiet, torn, first_at, packed_bytes,"         \
	" packed_hash, seen_at, born"

/* The oldest rows of a table, whole hours, not so many that a sweep would be
   long. */
/* clang-format off */
#define TOO_OLD(table)                                                         \
	" FROM " table                                                         \
	" WHERE hour < min(?1, (SELECT max(hour) FROM " table ")) - ?2"
#define FORGET_HOURS(table)                                                    \
	"DELETE" TOO_OLD(table)                                                \
	" AND hour <= ifnull((SELECT hour" TOO_OLD(table)                      \
	" ORDER BY hour LIMIT 1 OFFSET ?3 - 1), ?1)"
/* clang-format on */

const char *const mg_store_sql[MG_SQL_STATEMENTS] = {
	[MG_SQL_BEGIN] = "BEGIN IMMEDIATE",
	[MG_SQL_COMMIT] = "COMMIT",
	[MG_SQL_ROLLBACK] = "ROLLBACK",
	[MG_SQL_GET_META] = "SELECT value FROM meta WHERE name = ?",
	[MG_SQL_PUT_META] =
		"INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)",
	[MG_SQL_ADD_SOURCE] = "INSERT OR IGNORE INTO source (name) VALUES (?)",
	[MG_SQL_GET_SOURCE] =
		"SELECT id, last_at, next_seq FROM source WHERE name = ?",
	[MG_SQL_PUT_SOURCE] =
		"UPDATE source SET last_at = ?2, next_seq = ?3 WHERE id = ?1",
	[MG_SQL_EACH_SOURCE] =
		"SELECT id, name, last_at FROM source ORDER BY id",
	/* Kind 0 is everything that a domain or an account is charged with. */
	[MG_SQL_EACH_CHARGE] =
		"SELECT iif(ifnull(domain, account) IS NULL, kind, 0) AS k,"
		" iif(ifnull(domain, account) IS NULL, name, '') AS n,"
		" sum(messages) AS m FROM fact JOIN origin"
		" ON origin.id = fact.origin WHERE hour >= ?"
		" GROUP BY k, n HAVING m > 0 ORDER BY m DESC, n",
	[MG_SQL_ADD_ORIGIN] =
		"INSERT OR IGNORE INTO origin"
		" (kind, name, domain, account, owner) VALUES (?, ?, ?, ?, ?)",
	[MG_SQL_GET_ORIGIN] =
		"SELECT id FROM origin WHERE kind = ?1 AND name = ?2"
		" AND ifnull(domain, '') = ifnull(?3, '')"
		" AND ifnull(account, '') = ifnull(?4, '')"
		" AND ifnull(owner, '') = ifnull(?5, '')",
	[MG_SQL_LAST_ORIGIN] = "SELECT ifnull(max(id), 0) FROM origin",
	[MG_SQL_COUNT_ORIGINS] =
		"SELECT kind, ifnull(account, ''), count(*) FROM origin"
		" WHERE name <> '*' GROUP BY 1, 2",
	[MG_SQL_ADD_SENDER] =
		"INSERT OR IGNORE INTO sender (domain) VALUES (?)",
	[MG_SQL_GET_SENDER] = "SELECT id FROM sender WHERE domain = ?",
	[MG_SQL_ADD_FACT] = "INSERT INTO fact SELECT * FROM batch WHERE true"
			    " ON CONFLICT DO UPDATE SET" ADD_EXCLUDED,
	/* The CHECKs of an upsert look at what is added, not at the sum, so
	   what takes back needs a statement of its own. */
	[MG_SQL_TAKE_FACT] = "UPDATE fact SET" ADD_BOUND
			     " WHERE hour = ?1 AND origin = ?2",
	[MG_SQL_ADD_SLOT] =
		"INSERT INTO slot SELECT ?11, * FROM batch WHERE true"
		" ON CONFLICT DO UPDATE SET" ADD_EXCLUDED,
	[MG_SQL_TAKE_SLOT] = "UPDATE slot SET" LESSEN_BOUND
			     " WHERE source = ?11 AND at = ?1 AND origin = ?2",
	[MG_SQL_DROP_SLOTS] = "DELETE FROM slot WHERE source = ? AND at < ?",
	[MG_SQL_ADD_SENDER_FACT] =
		"INSERT INTO sender_fact SELECT c0, c1, c2, c3, c4"
		" FROM batch WHERE true"
		" ON CONFLICT DO UPDATE SET"
		" messages = messages + excluded.messages,"
		" recipients = recipients + excluded.recipients,"
		" bytes = bytes + excluded.bytes",
	[MG_SQL_HAS_SENDER_FACT] =
		"SELECT 1 FROM sender_fact WHERE hour = ? AND sender = ?",
	[MG_SQL_COUNT_SENDERS] =
		"SELECT count(*) FROM sender_fact WHERE hour = ? AND sender"
		" NOT IN (SELECT id FROM sender WHERE domain = '*')",
	[MG_SQL_ADD_CHECK] =
		"INSERT INTO checks SELECT c0, c1, c2, c3, c4, c5, c6, c7"
		" FROM batch WHERE true"
		" ON CONFLICT DO UPDATE SET"
		" imap = imap + excluded.imap, pop3 = pop3 + excluded.pop3,"
		" failed_logins = failed_logins + excluded.failed_logins,"
		" failed_sessions = failed_sessions + excluded.failed_sessions",
	[MG_SQL_HAS_CHECK] = "SELECT 1 FROM checks"
			     " WHERE hour = ? AND ip = ? AND login = ?",
	[MG_SQL_COUNT_CHECKS] =
		"SELECT count(*) FILTER (WHERE login = 0),"
		" count(*) FILTER (WHERE login <> 0) FROM checks"
		" WHERE hour = ? AND substr(ip, 9) <> zeroblob(8)",
	[MG_SQL_COUNT_NET_CHECKS] =
		"SELECT count(*) FROM (SELECT 1 FROM checks WHERE hour = ?1"
		" AND ip > ?2 AND ip <= ?3 AND (login <> 0) = ?4 LIMIT ?5)",
	[MG_SQL_ADD_LINES] = "INSERT INTO line VALUES (?, ?, ?)"
			     " ON CONFLICT DO UPDATE SET n = n + excluded.n",
	/* A shape that is there, or that finds room; else the one without
	   text, which the caller tries next. */
	[MG_SQL_ADD_SHAPE] =
		"INSERT INTO shape SELECT ?1, ?2, ?3, ?4 WHERE ?3 = '' OR"
		" EXISTS (SELECT 1 FROM shape WHERE source = ?1 AND why = ?2"
		"  AND shape = ?3)"
		" OR (SELECT count(*) FROM shape WHERE source = ?1) < ?5"
		" ON CONFLICT DO UPDATE SET n = n + excluded.n",
	[MG_SQL_PUT_DRIFT] =
		"INSERT INTO drift VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
		" ON CONFLICT DO UPDATE SET at = ?2, lines = ?3, unknown = ?4,"
		" odd = ?5, alarm = ?6, alarm_at = ifnull(?7, alarm_at)",
	[MG_SQL_GET_DRIFT] =
		"SELECT at, lines, unknown, odd, alarm, alarm_at FROM drift"
		" WHERE source = ?",
	[MG_SQL_PUT_FLIGHT] =
		"INSERT INTO flight VALUES"
		" (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
		" ON CONFLICT DO UPDATE SET state = ?3, flags = ?4,"
		" forwards = ?5, origin = ?6, recipients = ?7, slot = ?8,"
		" at = ?9, bytes = ?10, message_id = ?11, seq = ?12,"
		" topic = ?13",
	[MG_SQL_DELETE_FLIGHT] =
		"DELETE FROM flight WHERE source = ? AND id = ?",
	[MG_SQL_DELETE_TRACKED] =
		"DELETE FROM tracked WHERE source = ? AND id = ?",
	[MG_SQL_ADD_TRACKED] = "INSERT OR IGNORE INTO tracked VALUES (?, ?, ?)",
	[MG_SQL_CLEAR_CWDS] = "DELETE FROM cwd WHERE source = ?",
	[MG_SQL_ADD_CWD] = "INSERT INTO cwd VALUES (?, ?, ?, ?)",
	[MG_SQL_PUT_ENTRY] = "INSERT OR REPLACE INTO entry"
			     " (source, id, seqnum, at_us) VALUES (?, ?, ?, ?)",
	[MG_SQL_FORGET_ENTRIES] =
		"DELETE FROM entry WHERE source = ?1 AND rowid NOT IN"
		" (SELECT rowid FROM entry WHERE source = ?1"
		"  ORDER BY rowid DESC LIMIT ?2)",
	[MG_SQL_ADD_CURSOR] =
		"INSERT INTO log (source, path, dev, ino, head_len, head_hash,"
		" anchor_len, anchor_hash, offset, stream, state, quiet, torn,"
		" first_at, packed_bytes, packed_hash, seen_at, born) VALUES"
		" (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[MG_SQL_PUT_CURSOR] =
		"UPDATE log SET source = ?1, path = ?2, dev = ?3, ino = ?4,"
		" head_len = ?5, head_hash = ?6, anchor_len = ?7,"
		" anchor_hash = ?8, offset = ?9, stream = ?10, state = ?11,"
		" quiet = ?12, torn = ?13, first_at = ?14, packed_bytes = ?15,"
		" packed_hash = ?16, seen_at = ?17,"
		" born = ?18 WHERE id = ?19",
	[MG_SQL_EACH_FLIGHT] =
		"SELECT f.id, f.state, f.flags, f.forwards, f.recipients,"
		" f.slot, f.at, f.bytes, f.message_id, f.seq, f.topic, f.origin,"
		" o.kind, o.name, o.domain, o.account, o.owner"
		" FROM flight f LEFT JOIN origin o ON o.id = f.origin"
		" WHERE f.source = ? ORDER BY f.seq",
	[MG_SQL_EACH_QUEUED] =
		"SELECT f.id FROM origin o JOIN flight f ON f.origin = o.id"
		" WHERE o.kind IN (1, 2, 3) AND ?2 = CASE ?1"
		"  WHEN 'domain' THEN o.domain WHEN 'account' THEN o.account"
		"  WHEN 'owner' THEN o.owner"
		"  WHEN 'mailbox' THEN CASE o.kind WHEN 1 THEN o.name END"
		"  WHEN 'script' THEN CASE o.kind WHEN 2 THEN o.name END END"
		" ORDER BY f.at, f.id",
	[MG_SQL_EACH_TRACKED] = "SELECT id, hash FROM tracked WHERE source = ?",
	[MG_SQL_EACH_CWD] = "SELECT at, pid, directory FROM cwd"
			    " WHERE source = ? ORDER BY rowid",
	[MG_SQL_EACH_CURSOR] = "SELECT " CURSOR_COLUMNS
			       " FROM log WHERE source = ? ORDER BY id DESC",
	[MG_SQL_EACH_LIVE] =
		"SELECT " CURSOR_COLUMNS " FROM log"
		" WHERE source = ? AND stream = ? AND state < 2 ORDER BY id",
	[MG_SQL_FORGET_LOGS] =
		"DELETE FROM log WHERE id IN (SELECT id FROM log"
		" WHERE source = ? ORDER BY seen_at DESC, id DESC"
		" LIMIT -1 OFFSET ?)",
	[MG_SQL_FORGET_FACTS] = FORGET_HOURS("fact"),
	[MG_SQL_FORGET_SENDER_FACTS] = FORGET_HOURS("sender_fact"),
	[MG_SQL_FORGET_CHECKS] = FORGET_HOURS("checks"),
	[MG_SQL_EACH_ENTRY] = "SELECT id, seqnum, at_us FROM entry"
			      " WHERE source = ? ORDER BY rowid DESC",
	[MG_SQL_LEDGER_HEAD] =
		"SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1",
	[MG_SQL_ADD_LEDGER] = "INSERT INTO ledger VALUES (?, ?, ?, ?, ?)",
	[MG_SQL_GET_CLAUSE] =
		"SELECT seq FROM clause WHERE policy_hash = ? AND clause = ?",
	[MG_SQL_ADD_CLAUSE] = "INSERT INTO clause VALUES"
			      " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[MG_SQL_ADD_FINDING] =
		"INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
		" ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[MG_SQL_HAS_INTENT] = "SELECT 1 FROM intent WHERE id = ?",
	[MG_SQL_GET_INTENT] = "SELECT l.made_at, " MG_INTENT_COLUMNS
			      " FROM intent i JOIN ledger l ON l.seq = i.seq"
			      " WHERE i.id = ?",
	[MG_SQL_ADD_INTENT] = "INSERT INTO intent VALUES (?, ?, ?, ?, ?, ?, ?,"
			      " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
			      " ?, ?, ?, ?, ?, ?)",
	[MG_SQL_ADD_MARK] = "INSERT INTO mark VALUES (?, ?, ?, ?, ?)",
	[MG_SQL_HAS_MARK] = "SELECT 1 FROM mark WHERE act = ?1 AND mark = ?2"
			    " AND (?3 = '' OR by = ?3) LIMIT 1",
	[MG_SQL_EACH_MARK] = "SELECT l.made_at, m.mark, m.by, m.detail"
			     " FROM mark m JOIN ledger l ON l.seq = m.seq"
			     " WHERE m.act = ? ORDER BY m.seq",
	[MG_SQL_FIND_INTENT] = "SELECT id FROM intent WHERE id >= ?1"
			       " AND id < ?1 || 'g' ORDER BY id LIMIT 2",
	[MG_SQL_WAS_RELEASED] =
		"SELECT 1 FROM intent i JOIN mark m ON m.act = i.id"
		" AND m.mark = 4 AND m.by <> 'policy'"
		" JOIN ledger l ON l.seq = m.seq WHERE i.subject = ? AND i.per = ? AND i.verb = ?"
		" AND l.made_at >= ? LIMIT 1",
	[MG_SQL_ADD_PANEL_EVENT] =
		"INSERT INTO panel_event VALUES (?, ?, ?, ?, ?, ?)",
	[MG_SQL_ADD_OFFENCE] =
		"INSERT INTO offence VALUES"
		" (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[MG_SQL_HAS_OFFENCE] = "SELECT 1 FROM offence WHERE finding = ?1"
			       " AND event <= 2 LIMIT 1",
	[MG_SQL_OFFENCES] =
		"SELECT l.seq, l.made_at, " MG_OFFENCE_COLUMNS
		" FROM offence o JOIN ledger l ON l.seq = o.seq ORDER BY o.seq",
	[MG_SQL_OFFENCES_OF] = "SELECT l.seq, l.made_at, " MG_OFFENCE_COLUMNS
			       " FROM offence o JOIN ledger l ON l.seq = o.seq"
			       " WHERE o.uid = ?1 ORDER BY o.seq",
	[MG_SQL_ADD_BUNDLE] = "INSERT INTO bundle VALUES"
			      " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[MG_SQL_EACH_BUNDLE] =
		"SELECT l.seq, l.made_at, " MG_BUNDLE_COLUMNS
		" FROM bundle b JOIN ledger l ON l.seq = b.seq ORDER BY b.seq",
	[MG_SQL_PUT_APPLIED] =
		"INSERT OR REPLACE INTO applied VALUES (?, ?, ?, ?)",
	[MG_SQL_DROP_APPLIED] =
		"DELETE FROM applied WHERE backend = ? AND key = ?",
	[MG_SQL_DROP_ALL_APPLIED] = "DELETE FROM applied WHERE backend = ?",
	[MG_SQL_EACH_APPLIED] = "SELECT key, until_at, value FROM applied"
				" WHERE backend = ? ORDER BY key",
	[MG_SQL_LAST_FINDING] =
		"SELECT clause, state, is_warning, per, subject, domain,"
		" account, owner, from_at, until_at, n, of_n, limit_n,"
		" override, waiver, source, log_class, log, log_from, log_to,"
		" log_hash, main_per, main, main_n, n_local FROM finding WHERE id = ? ORDER BY seq DESC LIMIT 1",
	[MG_SQL_EACH_SLOT] =
		"SELECT origin, at, messages, recipients, delivered, deferred,"
		" failed, unknown_recipients, forwarded, bytes FROM slot"
		" WHERE source IN (SELECT id FROM source) AND at >= ?"
		" AND at <= ?",
	[MG_SQL_ADD_CHECK_SLOT] =
		"INSERT INTO check_slot VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
		" ON CONFLICT DO UPDATE SET"
		" imap = imap + excluded.imap, pop3 = pop3 + excluded.pop3,"
		" failed_logins = failed_logins + excluded.failed_logins,"
		" failed_sessions = failed_sessions + excluded.failed_sessions",
	[MG_SQL_DROP_CHECK_SLOTS] =
		"DELETE FROM check_slot WHERE source = ? AND at < ?",
	[MG_SQL_EACH_CHECK_SLOT] =
		"SELECT at, ip, login, origin, imap, pop3, failed_logins,"
		" failed_sessions FROM check_slot"
		" WHERE source IN (SELECT id FROM source) AND at >= ?"
		" AND at <= ?",
	/* A row stands for a message at least. */
	[MG_SQL_ADD_LARGE] =
		"INSERT INTO large_slot VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
		" ON CONFLICT DO UPDATE SET messages = messages + ?6",
	[MG_SQL_TAKE_LARGE] = "UPDATE large_slot SET messages = messages + ?6"
			      " WHERE" LARGE_KEY " AND messages + ?6 > 0",
	[MG_SQL_DELETE_LARGE] = "DELETE FROM large_slot WHERE" LARGE_KEY,
	[MG_SQL_DROP_LARGE] =
		"DELETE FROM large_slot WHERE source = ? AND at < ?",
	[MG_SQL_HAS_LARGE] = "SELECT 1 FROM large_slot WHERE" LARGE_KEY,
	[MG_SQL_COUNT_LARGE] = "SELECT count(*) FROM large_slot"
			       " WHERE source = ?1 AND at = ?2 AND origin = ?3",
	[MG_SQL_EACH_LARGE] =
		"SELECT at, origin, recipients, topic, messages FROM large_slot"
		" WHERE source IN (SELECT id FROM source) AND at >= ?"
		" AND at <= ?",
	[MG_SQL_GET_ORIGIN_BY_ID] =
		"SELECT kind, name, domain, account, owner FROM origin"
		" WHERE id = ?",
	[MG_SQL_LAST_AT] = "SELECT max(last_at) FROM source",
};
