/* SPDX-License-Identifier: MIT */
#include "mailguard/acts.h"

#include "ledger_priv.h"
#include "store_priv.h"

#include <string.h>

#define TYPED_MIN 4 /* digits of an id; fewer would soon be two */

const char *const mg_act_words[] = {
	"",         "warn",     "throttle",  "hold",      "block",
	"exempt",   "suspend",  "terminate", "unsuspend", "contain",
	"password", "sessions", "queue",     NULL,
};

const char *const mg_mark_words[] = {
	"",        "done",    "failed",     "approved", "released", "evidence",
	"started", "skipped", "stuck",      "drifted",  "appealed", "settled",
	"noticed", "ended",   "off-ladder", NULL,
};

bool mg_act_has_effects(enum mg_act_verb verb)
{
	return verb >= MG_ACT_SUSPEND;
}

bool mg_act_is_step(const struct mg_act *act)
{
	return act->target.len > 0 &&
	       (act->verb == MG_ACT_SUSPEND || act->verb == MG_ACT_QUEUE ||
		act->verb == MG_ACT_PASSWORD || act->verb == MG_ACT_SESSIONS);
}

void mg_act_id(enum mg_act_verb verb, struct mg_slice per,
	       struct mg_slice subject, struct mg_slice key,
	       char out[MG_ACT_ID_MAX])
{
	unsigned char digest[MG_SHA256_LEN];
	struct mg_sha256 h;

	mg_sha256_init(&h);
	mg_sha256_add_number(&h, verb);
	mg_sha256_add_text(&h, per);
	mg_sha256_add_text(&h, subject);
	mg_sha256_add_text(&h, key);
	mg_sha256_end(&h, digest);
	mg_sha256_format(digest, (MG_ACT_ID_MAX - 1) / 2, out);
}

static void copy_id(char out[MG_ACT_ID_MAX], struct mg_slice id)
{
	memset(out, 0, MG_ACT_ID_MAX);
	if (id.len < MG_ACT_ID_MAX)
		memcpy(out, id.ptr, id.len);
}

struct mg_act mg_act_copy(const struct mg_act *act, struct mg_arena *arena)
{
	struct mg_act copy = *act;
	struct mg_slice *const texts[] = {
		&copy.per,   &copy.subject, &copy.domain, &copy.account,
		&copy.owner, &copy.finding, &copy.target, &copy.identity,
		&copy.by,    &copy.reason,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		*texts[i] = mg_arena_copy(arena, *texts[i]);
	return copy;
}

static void bind_act(sqlite3_stmt *st, int64_t seq, const struct mg_act *a)
{
	const struct mg_slice belongs[] = { a->domain, a->account, a->owner };

	(void)sqlite3_bind_int64(st, 1, seq);
	mg_store_bind_slice(st, 2, mg_slice_str(a->id));
	(void)sqlite3_bind_int(st, 3, (int)a->verb);
	(void)sqlite3_bind_int(st, 4, a->is_waiting);
	mg_store_bind_slice(st, 5, a->per);
	mg_store_bind_slice(st, 6, a->subject);
	for (int i = 0; i < 3; i++)
		mg_store_bind_slice_or_null(st, 7 + i, belongs[i]);
	(void)sqlite3_bind_int64(st, 10, a->since);
	(void)sqlite3_bind_int64(st, 11, a->until);
	mg_store_bind_slice_or_null(st, 12, a->finding);
	(void)sqlite3_bind_int64(st, 13, a->clause);
	(void)sqlite3_bind_int64(st, 14, a->n);
	(void)sqlite3_bind_int64(st, 15, a->limit);
	(void)sqlite3_bind_int64(st, 16, a->window_s);
	(void)sqlite3_bind_int(st, 17, a->with_local);
	(void)sqlite3_bind_int64(st, 18, a->pace);
	mg_store_bind_slice(st, 19, a->by);
	mg_store_bind_slice(st, 20, a->reason);
	(void)sqlite3_bind_int(st, 21, a->with_login);
	(void)sqlite3_bind_int64(st, 22, a->approvals);
	(void)sqlite3_bind_int64(st, 23, a->grace_s);
	(void)sqlite3_bind_int64(st, 24, a->sweeps);
	mg_store_bind_slice_or_null(st, 25, a->target);
	mg_store_bind_slice_or_null(st, 26, a->identity);
}

void mg_acts_read(sqlite3_stmt *st, int at, struct mg_act *a)
{
	*a = (struct mg_act){
		.seq = sqlite3_column_int64(st, at),
		.verb = (enum mg_act_verb)sqlite3_column_int(st, at + 2),
		.is_waiting = sqlite3_column_int(st, at + 3) != 0,
		.per = mg_store_column_slice(st, at + 4),
		.subject = mg_store_column_slice(st, at + 5),
		.domain = mg_store_column_slice(st, at + 6),
		.account = mg_store_column_slice(st, at + 7),
		.owner = mg_store_column_slice(st, at + 8),
		.since = sqlite3_column_int64(st, at + 9),
		.until = sqlite3_column_int64(st, at + 10),
		.finding = mg_store_column_slice(st, at + 11),
		.clause = sqlite3_column_int64(st, at + 12),
		.n = sqlite3_column_int64(st, at + 13),
		.limit = sqlite3_column_int64(st, at + 14),
		.window_s = sqlite3_column_int64(st, at + 15),
		.with_local = sqlite3_column_int(st, at + 16) != 0,
		.pace = sqlite3_column_int64(st, at + 17),
		.by = mg_store_column_slice(st, at + 18),
		.reason = mg_store_column_slice(st, at + 19),
		.with_login = sqlite3_column_int(st, at + 20) != 0,
		.approvals = sqlite3_column_int64(st, at + 21),
		.grace_s = sqlite3_column_int64(st, at + 22),
		.sweeps = sqlite3_column_int64(st, at + 23),
		.target = mg_store_column_slice(st, at + 24),
		.identity = mg_store_column_slice(st, at + 25),
	};
	copy_id(a->id, mg_store_column_slice(st, at + 1));
}

static int is_there(struct mg_store *s, const char *id, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_HAS_INTENT, err);
	int rc;

	if (!st)
		return -MG_EIO;
	mg_store_bind_slice(st, 1, mg_slice_str(id));
	rc = mg_store_step(s, st, err);
	(void)sqlite3_reset(st);
	return rc;
}

int mg_acts_add(struct mg_store *s, int64_t made_at, const struct mg_act *act,
		struct mg_err *err)
{
	struct mg_ledger_row row = { .made_at = made_at,
				     .kind = MG_LEDGER_INTENT,
				     .act = *act };
	sqlite3_stmt *st;
	int rc = is_there(s, act->id, err);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	rc = mg_ledger_add_row(s, &row, err);
	if (rc < 0)
		return rc;
	st = mg_store_statement(s, MG_SQL_ADD_INTENT, err);
	if (!st)
		return -MG_EIO;
	bind_act(st, row.seq, act);
	rc = mg_store_run(s, st, err);
	return rc < 0 ? rc : 1;
}

int mg_acts_mark(struct mg_store *s, int64_t made_at, const char *id,
		 enum mg_act_mark mark, struct mg_slice by,
		 struct mg_slice detail, struct mg_err *err)
{
	struct mg_ledger_row row = {
		.made_at = made_at,
		.kind = MG_LEDGER_MARK,
		.mark = { .mark = mark, .by = by, .detail = detail }
	};
	sqlite3_stmt *st;
	int rc;

	copy_id(row.mark.act, mg_slice_str(id));
	rc = mg_ledger_add_row(s, &row, err);
	if (rc < 0)
		return rc;
	st = mg_store_statement(s, MG_SQL_ADD_MARK, err);
	if (!st)
		return -MG_EIO;
	(void)sqlite3_bind_int64(st, 1, row.seq);
	mg_store_bind_slice(st, 2, mg_slice_str(id));
	(void)sqlite3_bind_int(st, 3, (int)mark);
	mg_store_bind_slice(st, 4, by);
	mg_store_bind_slice(st, 5, detail);
	return mg_store_run(s, st, err);
}

int mg_acts_has_mark(struct mg_store *s, const char *id, enum mg_act_mark mark,
		     struct mg_slice by, bool *out, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_HAS_MARK, err);
	int rc;

	if (!st)
		return -MG_EIO;
	mg_store_bind_slice(st, 1, mg_slice_str(id));
	(void)sqlite3_bind_int(st, 2, (int)mark);
	mg_store_bind_slice(st, 3, by);
	rc = mg_store_step(s, st, err);
	(void)sqlite3_reset(st);
	*out = rc == 1;
	return rc < 0 ? rc : 0;
}

int mg_acts_was_released(struct mg_store *s, const struct mg_act *like,
			 int64_t since, bool *out, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_WAS_RELEASED, err);
	int rc;

	if (!st)
		return -MG_EIO;
	mg_store_bind_slice(st, 1, like->subject);
	mg_store_bind_slice(st, 2, like->per);
	(void)sqlite3_bind_int(st, 3, (int)like->verb);
	(void)sqlite3_bind_int64(st, 4, since);
	rc = mg_store_step(s, st, err);
	(void)sqlite3_reset(st);
	*out = rc == 1;
	return rc < 0 ? rc : 0;
}

#define SELECT_ACTS                                                            \
	"SELECT l.made_at, " MG_INTENT_COLUMNS                                 \
	" FROM intent i JOIN ledger l ON l.seq = i.seq"

static const char *const each_sql[] = {
	[MG_ACTS_IN_FORCE] = SELECT_ACTS MG_ACT_OPEN " AND" MG_ACT_APPROVED
						     " ORDER BY i.seq",
	[MG_ACTS_WAITING] = SELECT_ACTS MG_ACT_OPEN " AND NOT" MG_ACT_APPROVED
						    " ORDER BY i.seq",
	[MG_ACTS_LAPSED] = SELECT_ACTS
	" WHERE i.verb > 5 AND i.verb = 6 AND (i.until_at <= ?1"
	" OR EXISTS (SELECT 1 FROM mark m"
	" WHERE m.act = i.id AND m.mark = 4))"
	" AND NOT EXISTS (SELECT 1 FROM intent u"
	" WHERE u.verb = 8 AND u.target = i.id)"
	" ORDER BY i.seq",
	[MG_ACTS_ALL] = SELECT_ACTS " ORDER BY i.seq",
};

int mg_acts_each(struct mg_store *s, enum mg_acts_which which, int64_t now,
		 mg_act_fn fn, void *arg, struct mg_err *err)
{
	sqlite3_stmt *st = NULL;
	struct mg_act act;
	int rc;

	if (sqlite3_prepare_v2(s->db, each_sql[which], -1, &st, NULL) !=
	    SQLITE_OK)
		return mg_store_fail(s, "read", err);
	(void)sqlite3_bind_int64(st, 1, now); /* where it has one */
	while ((rc = mg_store_step(s, st, err)) == 1) {
		mg_acts_read(st, 1, &act);
		act.made_at = sqlite3_column_int64(st, 0);
		rc = fn(arg, &act);
		if (rc)
			break;
	}
	(void)sqlite3_finalize(st);
	return rc;
}

int mg_acts_get(struct mg_store *s, const char *id, mg_act_fn fn, void *arg,
		struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_GET_INTENT, err);
	struct mg_act act;
	int rc;

	if (!st)
		return -MG_EIO;
	mg_store_bind_slice(st, 1, mg_slice_str(id));
	rc = mg_store_step(s, st, err);
	if (rc == 1) {
		mg_acts_read(st, 1, &act);
		act.made_at = sqlite3_column_int64(st, 0);
		rc = fn(arg, &act);
		rc = rc ? rc : 1;
	}
	(void)sqlite3_reset(st);
	return rc;
}

int mg_acts_each_mark(struct mg_store *s, const char *id, mg_act_mark_fn fn,
		      void *arg, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_EACH_MARK, err);
	int rc;

	if (!st)
		return -MG_EIO;
	mg_store_bind_slice(st, 1, mg_slice_str(id));
	while ((rc = mg_store_step(s, st, err)) == 1) {
		rc = fn(arg, sqlite3_column_int64(st, 0),
			(enum mg_act_mark)sqlite3_column_int(st, 1),
			mg_store_column_slice(st, 2),
			mg_store_column_slice(st, 3));
		if (rc)
			break;
	}
	(void)sqlite3_reset(st);
	return rc;
}

static int only_one(struct mg_store *s, sqlite3_stmt *st, const char *typed,
		    char out[MG_ACT_ID_MAX], struct mg_err *err)
{
	int rc = mg_store_step(s, st, err);

	if (rc == 0)
		return mg_fail(err, MG_EUSAGE, "no action begins with '%s'",
			       typed);
	if (rc == 1) {
		copy_id(out, mg_store_column_slice(st, 0));
		rc = mg_store_step(s, st, err);
	}
	return rc == 1 ? mg_fail(err, MG_EUSAGE,
				 "more than one action begins with '%s'", typed)
		       : rc;
}

int mg_acts_find(struct mg_store *s, const char *typed, char out[MG_ACT_ID_MAX],
		 struct mg_err *err)
{
	const size_t len = strlen(typed);
	sqlite3_stmt *st;
	int rc;

	if (len < TYPED_MIN || len >= MG_ACT_ID_MAX ||
	    strspn(typed, "0123456789abcdef") != len)
		return mg_fail(err, MG_EUSAGE,
			       "'%s' is no id of an action: they are of 16 "
			       "hexadecimal digits, of which %d are enough",
			       typed, TYPED_MIN);
	st = mg_store_statement(s, MG_SQL_FIND_INTENT, err);
	if (!st)
		return -MG_EIO;
	mg_store_bind_slice(st, 1, mg_slice_str(typed));
	rc = only_one(s, st, typed, out, err);
	(void)sqlite3_reset(st);
	return rc;
}

static int progress(struct mg_store *s, struct mg_slice name, int64_t *seq,
		    struct mg_err *err)
{
	const int rc = mg_store_get_number(s, name, seq, err);

	if (rc == 0)
		*seq = 0;
	return rc < 0 ? rc : 0;
}

int mg_acts_decided(struct mg_store *s, int64_t *seq, struct mg_err *err)
{
	return progress(s, MG_LIT("decided"), seq, err);
}

int mg_acts_set_decided(struct mg_store *s, int64_t seq, struct mg_err *err)
{
	return mg_store_put_number(s, MG_LIT("decided"), seq, err);
}

int mg_acts_noticed(struct mg_store *s, int64_t *seq, struct mg_err *err)
{
	return progress(s, MG_LIT("noticed"), seq, err);
}

int mg_acts_set_noticed(struct mg_store *s, int64_t seq, struct mg_err *err)
{
	return mg_store_put_number(s, MG_LIT("noticed"), seq, err);
}

int mg_acts_asked(struct mg_store *s, int64_t *place, struct mg_err *err)
{
	return progress(s, MG_LIT("asked"), place, err);
}

int mg_acts_set_asked(struct mg_store *s, int64_t place, struct mg_err *err)
{
	return mg_store_put_number(s, MG_LIT("asked"), place, err);
}
