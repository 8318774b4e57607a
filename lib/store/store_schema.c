/* SPDX-License-Identifier: MIT */
/*
 * The schema, as the steps that lead to it from an empty file. Only old states
 * take them: a new one is made by store_schema_new.c, at once.
 *
 * Hashes are 64-bit patterns kept in SQLite's signed integers. Counts can be
 * taken back (a rescinded message, a late identification) but never below
 * zero: the CHECKs make an error of that instead of a wrong bill.
 *
 * References are not enforced as rows are written, which took a third of the
 * time: a number of an origin, a sender or a source is always one that the same
 * transaction read or made, no such row is ever deleted, and what belongs to a
 * message in flight is deleted with it by name. PRAGMA foreign_key_check finds
 * nothing, as the tests that kill sweeps make sure.
 */
#include "store_schema_priv.h"

static const char first[] =
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

/*
 * What is known of a log beyond how far it was read: the log it is a
 * generation of (follow.h), its first stamp, and the compressed copy that was
 * read to its end.
 */
static const char generations[] =
	"ALTER TABLE log ADD COLUMN stream TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE log ADD COLUMN state INTEGER NOT NULL DEFAULT 0"
	"  CHECK (state BETWEEN 0 AND 2);"
	"ALTER TABLE log ADD COLUMN quiet INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE log ADD COLUMN torn INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE log ADD COLUMN first_at INTEGER;"
	"ALTER TABLE log ADD COLUMN packed_bytes INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE log ADD COLUMN packed_hash INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE log ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0;"
	"UPDATE log SET stream = path;"
	"CREATE INDEX log_stream ON log (source, stream, state);"
	"CREATE INDEX log_seen ON log (source, seen_at);";

/*
 * Checks of mail: POP3 and IMAP logins by address. The login is told apart by
 * a hash, so that those of domains which the tables do not know count as well.
 * An address is 16 bytes, one of IPv4 ::ffff:a.b.c.d.
 */
static const char checks[] =
	"CREATE TABLE checks ("
	"  hour INTEGER NOT NULL,"
	"  ip BLOB NOT NULL CHECK (length(ip) = 16),"
	"  login INTEGER NOT NULL, origin INTEGER REFERENCES origin,"
	"  imap INTEGER NOT NULL CHECK (imap >= 0),"
	"  pop3 INTEGER NOT NULL CHECK (pop3 >= 0),"
	"  failed_logins INTEGER NOT NULL CHECK (failed_logins >= 0),"
	"  failed_sessions INTEGER NOT NULL CHECK (failed_sessions >= 0),"
	"  PRIMARY KEY (hour, ip, login)) WITHOUT ROWID;";

/* What nobody understood (shape.h), and the last sweep of each source. */
static const char drift[] =
	"CREATE TABLE shape ("
	"  source INTEGER NOT NULL REFERENCES source,"
	"  why INTEGER NOT NULL CHECK (why BETWEEN 1 AND 3),"
	"  shape TEXT NOT NULL, n INTEGER NOT NULL CHECK (n > 0),"
	"  PRIMARY KEY (source, why, shape)) WITHOUT ROWID;"
	"CREATE TABLE drift ("
	"  source INTEGER PRIMARY KEY REFERENCES source,"
	"  at INTEGER NOT NULL, lines INTEGER NOT NULL CHECK (lines >= 0),"
	"  unknown INTEGER NOT NULL CHECK (unknown >= 0),"
	"  odd INTEGER NOT NULL CHECK (odd >= 0),"
	"  alarm INTEGER NOT NULL CHECK (alarm IN (0, 1)), alarm_at INTEGER);";

/*
 * Counts of the last two hours by five minutes. What is in flight was to be
 * credited to an hour; its first slot is as good.
 */
static const char slots[] =
	"ALTER TABLE flight RENAME COLUMN hour TO slot;"
	"CREATE TABLE slot ("
	"  source INTEGER NOT NULL REFERENCES source, at INTEGER NOT NULL,"
	"  origin INTEGER NOT NULL REFERENCES origin," FACT_COLUMNS
	", PRIMARY KEY (source, at, origin)) WITHOUT ROWID;";

/* Inode numbers are used again; the time of birth tells one from the next. */
static const char births[] =
	"ALTER TABLE log ADD COLUMN born INTEGER NOT NULL DEFAULT 0;";

/*
 * How far the journal was read: of each series of numbers the last entry. What
 * was written last has the highest rowid.
 */
static const char entries[] = "CREATE TABLE entry ("
			      "  source INTEGER NOT NULL REFERENCES source,"
			      "  id BLOB NOT NULL CHECK (length(id) = 16),"
			      "  seqnum INTEGER NOT NULL CHECK (seqnum >= 0),"
			      "  at_us INTEGER NOT NULL, UNIQUE (source, id));";

/*
 * The ledger (ledger.h): of every kind of row a table of its own, beside the
 * one that numbers and chains them. None of them can be changed by mistake.
 */
static const char ledger[] =
	"CREATE TABLE ledger ("
	"  seq INTEGER PRIMARY KEY CHECK (seq > 0),"
	"  kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 2),"
	"  made_at INTEGER NOT NULL, binary TEXT NOT NULL,"
	"  hash BLOB NOT NULL CHECK (length(hash) = 32));"
	"CREATE TABLE clause ("
	"  seq INTEGER PRIMARY KEY REFERENCES ledger,"
	"  policy TEXT NOT NULL, version TEXT NOT NULL,"
	"  policy_hash BLOB NOT NULL CHECK (length(policy_hash) = 32),"
	"  clause TEXT NOT NULL, rule TEXT NOT NULL, per TEXT NOT NULL,"
	"  measure TEXT NOT NULL, action TEXT NOT NULL,"
	"  sentence TEXT NOT NULL, text TEXT NOT NULL,"
	"  UNIQUE (policy_hash, clause));"
	"CREATE TABLE finding ("
	"  seq INTEGER PRIMARY KEY REFERENCES ledger,"
	"  id TEXT NOT NULL, clause INTEGER NOT NULL REFERENCES clause,"
	"  state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 3),"
	"  is_warning INTEGER NOT NULL CHECK (is_warning IN (0, 1)),"
	"  per TEXT NOT NULL, subject TEXT NOT NULL,"
	"  domain TEXT, account TEXT, owner TEXT,"
	"  from_at INTEGER NOT NULL, until_at INTEGER NOT NULL,"
	"  n INTEGER NOT NULL, of_n INTEGER NOT NULL, limit_n INTEGER NOT NULL,"
	"  override TEXT, waiver TEXT, source INTEGER NOT NULL,"
	"  log_class INTEGER NOT NULL CHECK (log_class BETWEEN 1 AND 2),"
	"  log INTEGER NOT NULL, log_from INTEGER NOT NULL,"
	"  log_to INTEGER NOT NULL, log_hash INTEGER NOT NULL);"
	"CREATE INDEX finding_id ON finding (id, seq);" APPEND_ONLY("ledger")
		APPEND_ONLY("clause") APPEND_ONLY("finding");

/* Checks of the last two hours by five minutes, where a policy asks. */
static const char check_slots[] =
	"CREATE TABLE check_slot ("
	"  source INTEGER NOT NULL REFERENCES source, at INTEGER NOT NULL,"
	"  ip BLOB NOT NULL CHECK (length(ip) = 16),"
	"  login INTEGER NOT NULL, origin INTEGER REFERENCES origin,"
	"  imap INTEGER NOT NULL CHECK (imap >= 0),"
	"  pop3 INTEGER NOT NULL CHECK (pop3 >= 0),"
	"  failed_logins INTEGER NOT NULL CHECK (failed_logins >= 0),"
	"  failed_sessions INTEGER NOT NULL CHECK (failed_sessions >= 0),"
	"  PRIMARY KEY (source, at, ip, login)) WITHOUT ROWID;";

/*
 * What is done about what was found (acts.h): intents and what became of them.
 * A table's CHECK cannot be changed, so the ledger is copied into a new one.
 */
static const char acts[] =
	"ALTER TABLE finding ADD COLUMN main_per TEXT;"
	"ALTER TABLE finding ADD COLUMN main TEXT;"
	"ALTER TABLE finding ADD COLUMN main_n INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE finding ADD COLUMN n_local INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE new_ledger ("
	"  seq INTEGER PRIMARY KEY CHECK (seq > 0),"
	"  kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 4),"
	"  made_at INTEGER NOT NULL, binary TEXT NOT NULL,"
	"  hash BLOB NOT NULL CHECK (length(hash) = 32));"
	"INSERT INTO new_ledger SELECT * FROM ledger;"
	"DROP TABLE ledger;"
	"ALTER TABLE new_ledger RENAME TO ledger;"
	"CREATE TABLE intent ("
	"  seq INTEGER PRIMARY KEY REFERENCES ledger,"
	"  id TEXT NOT NULL UNIQUE, verb INTEGER NOT NULL"
	"  CHECK (verb BETWEEN 1 AND 5),"
	"  is_waiting INTEGER NOT NULL CHECK (is_waiting IN (0, 1)),"
	"  per TEXT NOT NULL, subject TEXT NOT NULL,"
	"  domain TEXT, account TEXT, owner TEXT,"
	"  since_at INTEGER NOT NULL, until_at INTEGER NOT NULL,"
	"  finding TEXT, clause INTEGER NOT NULL,"
	"  n INTEGER NOT NULL, limit_n INTEGER NOT NULL,"
	"  window_s INTEGER NOT NULL,"
	"  with_local INTEGER NOT NULL CHECK (with_local IN (0, 1)),"
	"  pace INTEGER NOT NULL, by TEXT NOT NULL, reason TEXT NOT NULL);"
	"CREATE INDEX intent_until ON intent (until_at);"
	"CREATE INDEX intent_subject ON intent (subject);"
	"CREATE TABLE mark ("
	"  seq INTEGER PRIMARY KEY REFERENCES ledger,"
	"  act TEXT NOT NULL, mark INTEGER NOT NULL"
	"  CHECK (mark BETWEEN 1 AND 4),"
	"  by TEXT NOT NULL, detail TEXT NOT NULL);"
	"CREATE INDEX mark_act ON mark (act, mark);"
	"CREATE TABLE applied ("
	"  backend TEXT NOT NULL, key BLOB NOT NULL, until_at INTEGER NOT NULL,"
	"  value BLOB NOT NULL, PRIMARY KEY (backend, key)) WITHOUT ROWID;" APPEND_ONLY(
		"ledger") APPEND_ONLY("intent") APPEND_ONLY("mark");

/*
 * Evidence (bundles.h). The kinds leave room, so that the next one need not
 * copy the ledger.
 */
static const char bundles[] =
	"CREATE TABLE new_ledger ("
	"  seq INTEGER PRIMARY KEY CHECK (seq > 0),"
	"  kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 15),"
	"  made_at INTEGER NOT NULL, binary TEXT NOT NULL,"
	"  hash BLOB NOT NULL CHECK (length(hash) = 32));"
	"INSERT INTO new_ledger SELECT * FROM ledger;"
	"DROP TABLE ledger;"
	"ALTER TABLE new_ledger RENAME TO ledger;"
	"CREATE TABLE bundle ("
	"  seq INTEGER PRIMARY KEY REFERENCES ledger,"
	"  event INTEGER NOT NULL CHECK (event BETWEEN 1 AND 4),"
	"  name TEXT NOT NULL,"
	"  sha256 BLOB NOT NULL CHECK (length(sha256) = 32),"
	"  bytes INTEGER NOT NULL CHECK (bytes >= 0),"
	"  per TEXT NOT NULL, subject TEXT NOT NULL, act TEXT NOT NULL,"
	"  by TEXT NOT NULL, reason TEXT NOT NULL);" APPEND_ONLY("ledger")
		APPEND_ONLY("bundle");

/*
 * Messages to many (larges.h) of the last two hours, by five minutes. Those in
 * flight know their subject line, should one of them turn out to be larger.
 */
static const char larges[] =
	"ALTER TABLE flight ADD COLUMN topic INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE large_slot ("
	"  source INTEGER NOT NULL REFERENCES source, at INTEGER NOT NULL,"
	"  origin INTEGER NOT NULL REFERENCES origin,"
	"  recipients INTEGER NOT NULL, topic INTEGER NOT NULL,"
	"  messages INTEGER NOT NULL CHECK (messages > 0),"
	"  PRIMARY KEY (source, at, origin, recipients, topic)) WITHOUT ROWID;";

/*
 * Acts that hooks carry out. Numbers leave room here too: who gives one a word
 * raises the schema all the same, so that no older program reads it.
 */
static const char effects[] =
	"CREATE TABLE new_intent ("
	"  seq INTEGER PRIMARY KEY REFERENCES ledger,"
	"  id TEXT NOT NULL UNIQUE, verb INTEGER NOT NULL"
	"  CHECK (verb BETWEEN 1 AND 31),"
	"  is_waiting INTEGER NOT NULL CHECK (is_waiting IN (0, 1)),"
	"  per TEXT NOT NULL, subject TEXT NOT NULL,"
	"  domain TEXT, account TEXT, owner TEXT,"
	"  since_at INTEGER NOT NULL, until_at INTEGER NOT NULL,"
	"  finding TEXT, clause INTEGER NOT NULL,"
	"  n INTEGER NOT NULL, limit_n INTEGER NOT NULL,"
	"  window_s INTEGER NOT NULL,"
	"  with_local INTEGER NOT NULL CHECK (with_local IN (0, 1)),"
	"  pace INTEGER NOT NULL, by TEXT NOT NULL, reason TEXT NOT NULL,"
	"  with_login INTEGER NOT NULL CHECK (with_login IN (0, 1)),"
	"  approvals INTEGER NOT NULL, grace_s INTEGER NOT NULL,"
	"  sweeps INTEGER NOT NULL, target TEXT, identity TEXT);"
	"INSERT INTO new_intent SELECT *, 0, 0, 0, 0, NULL, NULL FROM intent;"
	"DROP TABLE intent;"
	"ALTER TABLE new_intent RENAME TO intent;"
	"CREATE INDEX intent_until ON intent (until_at);"
	"CREATE INDEX intent_subject ON intent (subject);"
	"CREATE INDEX intent_effects ON intent (verb) WHERE verb > 5;"
	"CREATE INDEX intent_target ON intent (target);"
	"CREATE TABLE new_mark ("
	"  seq INTEGER PRIMARY KEY REFERENCES ledger,"
	"  act TEXT NOT NULL, mark INTEGER NOT NULL"
	"  CHECK (mark BETWEEN 1 AND 63),"
	"  by TEXT NOT NULL, detail TEXT NOT NULL);"
	"INSERT INTO new_mark SELECT * FROM mark;"
	"DROP TABLE mark;"
	"ALTER TABLE new_mark RENAME TO mark;"
	"CREATE INDEX mark_act ON mark (act, mark);" APPEND_ONLY("intent")
		APPEND_ONLY("mark");

/* Offences, and what became of them (offences.h). */
static const char offences[] =
	"CREATE TABLE offence ("
	"  seq INTEGER PRIMARY KEY REFERENCES ledger,"
	"  event INTEGER NOT NULL CHECK (event BETWEEN 1 AND 4),"
	"  id TEXT NOT NULL, policy TEXT NOT NULL, finding TEXT NOT NULL,"
	"  per TEXT NOT NULL, subject TEXT NOT NULL, account TEXT NOT NULL,"
	"  uid INTEGER NOT NULL, created INTEGER NOT NULL,"
	"  owner TEXT NOT NULL, at INTEGER NOT NULL,"
	"  until_at INTEGER NOT NULL,"
	"  cause INTEGER NOT NULL CHECK (cause BETWEEN 0 AND 2),"
	"  doubt INTEGER NOT NULL CHECK (doubt BETWEEN 0 AND 15),"
	"  by TEXT NOT NULL, reason TEXT NOT NULL);"
	"CREATE UNIQUE INDEX offence_made ON offence (id) WHERE event = 1;"
	"CREATE INDEX offence_uid ON offence (uid);"
	"CREATE INDEX offence_finding ON offence (finding);" APPEND_ONLY(
		"offence");

/* What a control panel did (panel_events.h). */
static const char panel_events[] =
	"CREATE TABLE panel_event ("
	"  seq INTEGER PRIMARY KEY REFERENCES ledger,"
	"  event INTEGER NOT NULL CHECK (event BETWEEN 1 AND 31),"
	"  panel TEXT NOT NULL, account TEXT NOT NULL, other TEXT NOT NULL,"
	"  reason TEXT NOT NULL);" APPEND_ONLY("panel_event");

const char *const mg_store_steps[MG_STORE_SCHEMA] = {
	first,   generations, checks,  drift,       slots,
	births,  entries,     ledger,  check_slots, acts,
	bundles, larges,      effects, offences,    panel_events,
};
