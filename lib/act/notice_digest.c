/* SPDX-License-Identifier: MIT */
/*
 * The digest: what was begun and ended in the day before, what is in force, and
 * what waits for a person.
 */
#include "notice_priv.h"

#include "mailguard/duration.h"
#include "mailguard/in_force.h"
#include "mailguard/ledger.h"
#include "mailguard/tz.h"

#define BACKEND "digest" /* of the row that says when the next is due */
#define KEY MG_LIT("next")
#define DAY_S (24 * 3600)
#define COLUMNS 78

/* Bytes of what is said of an end: the ledger may hold a whole incident form. */
#define DETAIL_MAX 200

/* Bytes of rows; the table behind them has half of a message. */
#define ROWS_MAX (MG_NOTICE_MAX / 2 - 8192)

/* --- its text --- */

struct digest {
	const struct mg_enforcer *e;
	struct mg_buf *out;
	int64_t since;
	size_t n, n_left; /* rows; those that there is no room for */
};

static void add_mark(struct digest *d, const struct mg_ledger_row *row)
{
	static const char *const words[] = { "", "done", "not done", "approved",
					     "ended" };
	const struct mg_slice detail = row->mark.detail;
	const size_t len = detail.len < DETAIL_MAX ? detail.len : DETAIL_MAX;

	/* What went well is no news. */
	if (row->mark.mark == MG_MARK_DONE ||
	    (size_t)row->mark.mark >= sizeof(words) / sizeof(*words))
		return;
	mg_tz_add(d->out, row->made_at, d->e->tz);
	mg_buf_add_fmt(d->out, "  %.8s  %s by ", row->mark.act,
		       words[row->mark.mark]);
	mg_buf_add_printable(d->out, row->mark.by);
	mg_buf_add_str(d->out, detail.len ? ": " : "");
	mg_buf_add_printable(d->out, mg_slice_of(detail.ptr, len));
	mg_buf_add_str(d->out, len < detail.len ? "..." : "");
	mg_buf_add_char(d->out, '\n');
	d->n++;
}

static void add_act(struct digest *d, const struct mg_ledger_row *row)
{
	const struct mg_act *a = &row->act;

	mg_tz_add(d->out, row->made_at, d->e->tz);
	mg_buf_add_fmt(d->out, "  %.8s  %s%s ", a->id, mg_act_words[a->verb],
		       a->is_waiting ? " (waits)" : "");
	mg_buf_add_printable(d->out, a->per);
	mg_buf_add_char(d->out, ':');
	mg_buf_add_printable(d->out, a->subject);
	if (a->limit)
		mg_buf_add_fmt(d->out, ", %lld of %lld", (long long)a->n,
			       (long long)a->limit);
	mg_buf_add_str(d->out, ", by ");
	mg_buf_add_printable(d->out, a->by);
	mg_buf_add_char(d->out, '\n');
	d->n++;
}

static int take(void *arg, const struct mg_ledger_row *row)
{
	struct digest *d = arg;

	if (row->made_at < d->since)
		return 0;
	/* One account's flood hides nothing of what is in force. */
	if (d->out->len >= ROWS_MAX)
		d->n_left += row->kind == MG_LEDGER_INTENT;
	else if (row->kind == MG_LEDGER_INTENT)
		add_act(d, row);
	else if (row->kind == MG_LEDGER_MARK)
		add_mark(d, row);
	return 0;
}

/* The table of status, as wide as a mail. */
static int add_in_force(const struct digest *d, struct mg_err *err)
{
	struct mg_in_force_opts opts = { .format = MG_FORMAT_TABLE,
					 .tz = d->e->tz,
					 .term = { .width = COLUMNS },
					 .now = d->e->now,
					 .fd = -1 };
	struct mg_buf text;
	uint64_t n_rows = 0;
	int64_t size = 0;
	int rc = mg_file_make_scratch(&opts.fd, err);

	mg_buf_init(&text, MG_NOTICE_MAX);
	if (rc == 0)
		rc = mg_in_force_print(d->e->store, &opts, &n_rows, err);
	if (rc == 0 && (size = mg_file_size(opts.fd, err)) < 0)
		rc = -MG_EIO;
	if (size > MG_NOTICE_MAX / 2)
		size = MG_NOTICE_MAX / 2;
	mg_buf_add_fill(&text, ' ', (size_t)size);
	if (rc == 0 && size &&
	    mg_file_read_at(opts.fd, text.ptr, (size_t)size, 0, err) != size)
		rc = -MG_EIO;
	mg_buf_add(d->out, n_rows ? mg_buf_slice(&text) : MG_LIT("nothing\n"));
	mg_buf_release(&text);
	mg_file_close(&opts.fd);
	return rc;
}

int mg_notice_digest(const struct mg_enforcer *e, struct mg_buf *out,
		     struct mg_err *err)
{
	struct digest d = { .e = e, .out = out, .since = e->now - DAY_S };
	int rc;

	mg_buf_add_str(out, "Since ");
	mg_tz_add(out, d.since, e->tz);
	mg_buf_add_str(out, ":\n\n");
	rc = mg_ledger_each(e->store, take, &d, err);
	if (d.n == 0)
		mg_buf_add_str(out, "nothing\n");
	if (d.n_left)
		mg_buf_add_fmt(out,
			       "%zu more actions: 'mailguard ledger list' has "
			       "them\n",
			       d.n_left);
	mg_buf_add_str(out, "\nNow in force, and what waits:\n\n");
	return rc < 0 ? rc : add_in_force(&d, err);
}

/* --- when --- */

/* The next time that the clock of the host shows it. */
static int64_t next_due(const struct mg_enforcer *e)
{
	const int32_t offset = e->tz ? mg_tz_offset(e->tz, e->now) : 0;
	const int64_t local = e->now + offset;
	int64_t at = 0, today;

	(void)mg_time_of_day_parse(e->settings->notices.digest, &at);
	today = local - local % DAY_S + at - offset;
	return today > e->now ? today : today + DAY_S;
}

static int find_due(void *arg, const struct mg_applied *row)
{
	*(int64_t *)arg = row->until;
	return 0;
}

/* Before it is sent: two are worse than none. */
static int set_due(const struct mg_enforcer *e, struct mg_err *err)
{
	const struct mg_applied row = { KEY, next_due(e), { NULL, 0 } };
	int rc = mg_store_begin(e->store, err);

	if (rc == 0)
		rc = mg_applied_put(e->store, BACKEND, &row, err);
	if (rc == 0)
		rc = mg_store_commit(e->store, err);
	if (rc < 0)
		mg_store_rollback(e->store);
	return rc;
}

static void send_to(struct mg_enforcer *e, struct mg_slice to, size_t i,
		    struct mg_slice body)
{
	struct mg_err failure = { 0 };
	struct mg_buf id;

	mg_buf_init(&id, 64);
	mg_buf_add_fmt(&id, "digest.%lld.%zu", (long long)e->now, i);
	if (mg_notice_mail(e, to, mg_buf_slice(&id),
			   MG_LIT("mailguard: the day"), body, &failure) < 0)
		e->fail(e->arg, "the digest", &failure);
	mg_buf_release(&id);
}

static int send_digest(struct mg_enforcer *e, struct mg_err *err)
{
	const struct mg_conf_texts *admins = &e->settings->notices.admins;
	struct mg_buf body;
	int rc;

	mg_buf_init(&body, MG_NOTICE_MAX);
	rc = mg_notice_digest(e, &body, err);
	for (size_t i = 0; rc == 0 && i < admins->n; i++)
		send_to(e, admins->items[i], i, mg_buf_slice(&body));
	mg_buf_release(&body);
	return rc;
}

int mg_notice_digest_due(struct mg_enforcer *e, struct mg_err *err)
{
	int64_t due = 0;
	int rc;

	if (e->settings->notices.admins.n == 0 ||
	    mg_slice_is(e->settings->notices.digest, MG_LIT("never")))
		return 0;
	rc = mg_applied_each(e->store, BACKEND, find_due, &due, err);
	if (rc < 0 || due > e->now)
		return rc;
	rc = set_due(e, err);
	/* The first one only sets the clock. */
	return rc < 0 || due == 0 ? rc : send_digest(e, err);
}
