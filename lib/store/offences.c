/* SPDX-License-Identifier: MIT */
#include "mailguard/offences.h"

#include "ledger_priv.h"
#include "store_priv.h"

#include <string.h>

#include "mailguard/mem.h"
#include "mailguard/vec.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

const char *const mg_offence_words[] = { "",      "offence",   "joined",
					 "cause", "withdrawn", NULL };
const char *const mg_doubt_words[] = {
	"",
	"found too late to act on",
	"from a log that every local user can write",
	"from a log that is not understood, or has a gap",
	"the clock of the host jumped",
	"from before the first sweep that acts",
	"the account is another one by now",
	NULL,
};

void mg_offence_id(const struct mg_offence *o, char out[MG_OFFENCE_ID_MAX])
{
	unsigned char digest[MG_SHA256_LEN];
	struct mg_sha256 h;

	mg_sha256_init(&h);
	mg_sha256_add_text(&h, o->policy);
	mg_sha256_add_text(&h, o->who.account);
	mg_sha256_add_number(&h, o->who.uid);
	mg_sha256_add_number(&h, o->who.created);
	mg_sha256_add_number(&h, o->at);
	mg_sha256_add_number(&h, o->doubt != MG_DOUBT_NONE);
	mg_sha256_end(&h, digest);
	mg_sha256_format(digest, (MG_OFFENCE_ID_MAX - 1) / 2, out);
}

bool mg_identity_is(const struct mg_identity *a, const struct mg_identity *b)
{
	return a->uid == b->uid && a->created == b->created &&
	       (a->created || mg_slice_is(a->account, b->account));
}

void mg_offences_read(sqlite3_stmt *st, int at, struct mg_offence *o)
{
	const struct mg_slice id = mg_store_column_slice(st, at + 1);

	*o = (struct mg_offence){
		.event = (enum mg_offence_event)sqlite3_column_int(st, at),
		.policy = mg_store_column_slice(st, at + 2),
		.finding = mg_store_column_slice(st, at + 3),
		.per = mg_store_column_slice(st, at + 4),
		.subject = mg_store_column_slice(st, at + 5),
		.who = { .account = mg_store_column_slice(st, at + 6),
			 .uid = sqlite3_column_int64(st, at + 7),
			 .created = sqlite3_column_int64(st, at + 8) },
		.owner = mg_store_column_slice(st, at + 9),
		.at = sqlite3_column_int64(st, at + 10),
		.until = sqlite3_column_int64(st, at + 11),
		.cause = (unsigned)sqlite3_column_int(st, at + 12),
		.doubt = (enum mg_offence_doubt)sqlite3_column_int(st, at + 13),
		.by = mg_store_column_slice(st, at + 14),
		.reason = mg_store_column_slice(st, at + 15),
	};
	if (id.len < sizeof(o->id))
		memcpy(o->id, id.ptr, id.len);
}

static void bind_offence(sqlite3_stmt *st, int64_t seq,
			 const struct mg_offence *o)
{
	const struct mg_slice texts[] = { mg_slice_str(o->id), o->policy,
					  o->finding,          o->per,
					  o->subject,          o->who.account };

	(void)sqlite3_bind_int64(st, 1, seq);
	(void)sqlite3_bind_int(st, 2, (int)o->event);
	for (int i = 0; i < (int)LENGTH(texts); i++)
		mg_store_bind_slice(st, 3 + i, texts[i]);
	(void)sqlite3_bind_int64(st, 9, o->who.uid);
	(void)sqlite3_bind_int64(st, 10, o->who.created);
	mg_store_bind_slice(st, 11, o->owner);
	(void)sqlite3_bind_int64(st, 12, o->at);
	(void)sqlite3_bind_int64(st, 13, o->until);
	(void)sqlite3_bind_int(st, 14, (int)o->cause);
	(void)sqlite3_bind_int(st, 15, (int)o->doubt);
	mg_store_bind_slice(st, 16, o->by);
	mg_store_bind_slice(st, 17, o->reason);
}

int mg_offences_add(struct mg_store *s, int64_t made_at,
		    const struct mg_offence *o, struct mg_err *err)
{
	struct mg_ledger_row row = { .made_at = made_at,
				     .kind = MG_LEDGER_OFFENCE,
				     .offence = *o };
	sqlite3_stmt *st;
	const int rc = mg_ledger_add_row(s, &row, err);

	if (rc < 0)
		return rc;
	st = mg_store_statement(s, MG_SQL_ADD_OFFENCE, err);
	if (!st)
		return -MG_EIO;
	bind_offence(st, row.seq, o);
	return mg_store_run(s, st, err);
}

int mg_offences_has_finding(struct mg_store *s, struct mg_slice finding,
			    bool *out, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(s, MG_SQL_HAS_OFFENCE, err);
	int rc;

	if (!st)
		return -MG_EIO;
	mg_store_bind_slice(st, 1, finding);
	rc = mg_store_step(s, st, err);
	(void)sqlite3_reset(st);
	*out = rc == 1;
	return rc < 0 ? rc : 0;
}

/* --- as they stand --- */

static struct mg_offence *find(struct mg_offence_list *list, const char *id)
{
	for (size_t i = list->n; i-- > 0;)
		if (!strcmp(list->items[i].id, id))
			return &list->items[i];
	return NULL;
}

static void add_made(struct mg_offence_list *list, const struct mg_offence *row)
{
	struct mg_offence *o;
	struct mg_slice *texts[8];

	list->items = mg_vec_room(list->items, list->n, &list->cap,
				  sizeof(*list->items));
	o = &list->items[list->n++];
	*o = *row;
	o->n_findings = 1;
	texts[0] = &o->policy;
	texts[1] = &o->finding;
	texts[2] = &o->per;
	texts[3] = &o->subject;
	texts[4] = &o->who.account;
	texts[5] = &o->owner;
	texts[6] = &o->by;
	texts[7] = &o->reason;
	for (size_t i = 0; i < LENGTH(texts); i++)
		*texts[i] = mg_arena_copy(&list->text, *texts[i]);
}

/* What a later row says of one. */
static void add_later(struct mg_offence_list *list,
		      const struct mg_offence *row)
{
	struct mg_offence *o = find(list, row->id);

	if (!o)
		return;
	switch (row->event) {
	case MG_OFFENCE_JOINED:
		o->n_findings++;
		break;
	case MG_OFFENCE_CAUSE:
		o->cause = row->cause;
		o->is_confirmed = !mg_slice_is(row->by, MG_LIT("policy"));
		o->by = mg_arena_copy(&list->text, row->by);
		o->reason = mg_arena_copy(&list->text, row->reason);
		break;
	case MG_OFFENCE_WITHDRAWN:
		o->is_withdrawn = true;
		o->by = mg_arena_copy(&list->text, row->by);
		o->reason = mg_arena_copy(&list->text, row->reason);
		break;
	default:
		break;
	}
}

int mg_offences_load(struct mg_store *s, const struct mg_identity *who,
		     struct mg_offence_list *list, struct mg_err *err)
{
	sqlite3_stmt *st = mg_store_statement(
		s, who ? MG_SQL_OFFENCES_OF : MG_SQL_OFFENCES, err);
	struct mg_offence row;
	int rc;

	*list = (struct mg_offence_list){ .n = 0 };
	if (!st)
		return -MG_EIO;
	if (who)
		(void)sqlite3_bind_int64(st, 1, who->uid);
	while ((rc = mg_store_step(s, st, err)) == 1) {
		mg_offences_read(st, 2, &row);
		row.seq = sqlite3_column_int64(st, 0);
		row.made_at = sqlite3_column_int64(st, 1);
		if (who && !mg_identity_is(who, &row.who))
			continue;
		if (row.event == MG_OFFENCE_MADE)
			add_made(list, &row);
		else
			add_later(list, &row);
	}
	(void)sqlite3_reset(st);
	return rc;
}

void mg_offence_list_release(struct mg_offence_list *list)
{
	mg_mem_free(list->items);
	mg_arena_release(&list->text);
	*list = (struct mg_offence_list){ .n = 0 };
}
