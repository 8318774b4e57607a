/* SPDX-License-Identifier: MIT */
#include "why_priv.h"

#include "mailguard/address.h"
#include "mailguard/file.h"
#include "mailguard/mem.h"
#include "mailguard/panel_events.h"
#include "mailguard/rollup.h"
#include "mailguard/vec.h"

#define BYTES_MAX (1U << 20) /* of one finding: 24 rows of counts, and texts */
#define STANDINGS_MAX (16U << 20) /* of all: 100 bytes an offence */

struct run {
	struct mg_store *store;
	const struct mg_why_opts *opts;
	struct mg_why_seen seen;
	struct mg_buf out;
	uint64_t n_rows, n_acts, n_others;
	uint64_t n_shown; /* of all of it, before what others did */
	struct mg_err *err;
};

struct gathering {
	struct mg_why_count **counts;
	size_t *n, *cap;
};

static enum mg_report_by by_of(struct mg_slice per)
{
	static const struct {
		struct mg_slice per;
		enum mg_report_by by;
	} rows[] = {
		{ MG_LIT_INIT("domain"), MG_BY_DOMAIN },
		{ MG_LIT_INIT("mailbox"), MG_BY_MAILBOX },
		{ MG_LIT_INIT("script"), MG_BY_SCRIPT },
		{ MG_LIT_INIT("account"), MG_BY_ACCOUNT },
		{ MG_LIT_INIT("owner"), MG_BY_OWNER },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (mg_slice_is(per, rows[i].per))
			return rows[i].by;
	return MG_BY_IP;
}

static int gather(void *arg, const struct mg_report_row *row)
{
	struct gathering *g = arg;

	if (row->is_weak)
		return 0;
	*g->counts = mg_vec_room(*g->counts, *g->n, g->cap,
				 sizeof(**g->counts));
	(*g->counts)[(*g->n)++] = (struct mg_why_count){
		.at = row->hour,
		.messages = row->counts.n[MG_MESSAGES],
		.recipients = row->counts.n[MG_RECIPIENTS],
		.delivered = row->counts.n[MG_DELIVERED],
		.failed = row->counts.n[MG_FAILED],
		.unknown = row->counts.n[MG_UNKNOWN_RECIPIENTS],
		.checks = row->checks[MG_CHECK_IMAP] +
			  row->checks[MG_CHECK_POP3],
		.failed_logins = row->checks[MG_CHECK_FAILED_LOGINS],
		.mailboxes = row->n_mailboxes,
	};
	return 0;
}

/* Slots of the window; hours that it touches. */
static int gather_counts(struct run *r, struct mg_why *why)
{
	const struct mg_finding *f = &why->row->finding;
	const enum mg_report_by by = by_of(f->per);
	struct mg_slice mailbox;
	struct gathering slots = { &why->slots, &why->n_slots,
				   &why->cap_slots };
	struct gathering hours = { &why->hours, &why->n_hours,
				   &why->cap_hours };
	struct mg_report_query query = { .by = by,
					 .slots = true,
					 .since = f->from,
					 .until = f->until,
					 .about = by };
	uint64_t n_left;
	int rc = 0;

	/* Of a mailbox with an address, what came from there in all. */
	if (by != MG_BY_IP ||
	    !mg_mailbox_ip_cut(f->subject, &mailbox, &query.about_name))
		query.about_name = f->subject;
	if (by != MG_BY_IP)
		rc = mg_store_report(r->store, &query, gather, &slots, &n_left,
				     r->err);
	query.slots = false;
	query.hours = true;
	query.since = f->from - 3599;
	return rc < 0 ? rc
		      : mg_store_report(r->store, &query, gather, &hours,
					&n_left, r->err);
}

/* Indented as far as what stands behind the names of its lines. */
static void add_text(struct run *r, const struct mg_why *why)
{
	struct mg_buf wide;

	mg_buf_init(&wide, BYTES_MAX);
	mg_why_add_text(why, &wide);
	mg_term_wrap(mg_buf_slice(&wide), r->opts->of->term.width, 12, &r->out);
	mg_buf_release(&wide);
}

static int explain(void *arg, const struct mg_ledger_row *row)
{
	struct run *r = arg;
	struct mg_why why = { .row = row, .tz = r->opts->of->tz };
	int rc;

	if (!mg_findings_match(r->opts->of, row))
		return 0;
	mg_why_see(&r->seen, row->finding.account);
	rc = gather_counts(r, &why);
	if (rc == 0) {
		if (r->opts->of->format == MG_FORMAT_JSON)
			mg_buf_add_str(&r->out, r->n_rows ? ",\n" : "\n");
		else
			mg_buf_add_str(&r->out, r->n_rows ? "\n" : "");
		if (r->opts->of->format == MG_FORMAT_JSON)
			mg_why_add_json(&why, &r->out);
		else
			add_text(r, &why);
		r->n_rows++;
		rc = mg_buf_check(&r->out, "an explanation", r->err);
	}
	if (rc == 0)
		rc = mg_file_write_all(r->opts->of->fd, mg_buf_slice(&r->out),
				       r->err);
	mg_buf_clear(&r->out);
	mg_mem_free(why.slots);
	mg_mem_free(why.hours);
	return rc;
}

static int add_act(struct run *r, const struct mg_act *act)
{
	struct mg_buf wide;
	int rc;

	mg_buf_init(&wide, BYTES_MAX);
	rc = mg_why_add_act(r->store, act, r->opts->of->tz, r->opts->now, &wide,
			    r->err);
	mg_term_wrap(mg_buf_slice(&wide), r->opts->of->term.width, 12, &r->out);
	mg_buf_release(&wide);
	return rc;
}

static int explain_act(void *arg, const struct mg_act *act)
{
	struct run *r = arg;
	const bool is_json = r->opts->of->format == MG_FORMAT_JSON;
	int rc;

	if (!mg_findings_match_act(r->opts->of, act))
		return 0;
	mg_why_see(&r->seen, act->account);
	if (is_json)
		mg_buf_add_str(&r->out, r->n_acts ? ",\n" : "\n");
	else
		mg_buf_add_str(&r->out, r->n_rows + r->n_acts ? "\n" : "");
	rc = is_json ? mg_why_add_json_act(r->store, act, &r->out, r->err)
		     : add_act(r, act);
	r->n_acts++;
	if (rc == 0)
		rc = mg_buf_check(&r->out, "an explanation", r->err);
	if (rc == 0)
		rc = mg_file_write_all(r->opts->of->fd, mg_buf_slice(&r->out),
				       r->err);
	mg_buf_clear(&r->out);
	return rc;
}

/* --- accounts --- */

void mg_why_see(struct mg_why_seen *seen, struct mg_slice account)
{
	if (account.len == 0 || mg_why_has_seen(seen, account))
		return;
	seen->accounts = mg_vec_room(seen->accounts, seen->n, &seen->cap,
				     sizeof(*seen->accounts));
	seen->accounts[seen->n++] = mg_arena_copy(&seen->text, account);
}

bool mg_why_has_seen(const struct mg_why_seen *seen, struct mg_slice account)
{
	for (size_t i = 0; i < seen->n; i++)
		if (mg_slice_is(seen->accounts[i], account))
			return true;
	return false;
}

void mg_why_seen_release(struct mg_why_seen *seen)
{
	mg_mem_free(seen->accounts);
	mg_arena_release(&seen->text);
}

static void wrap(const struct run *r, const struct mg_buf *wide,
		 struct mg_buf *out)
{
	mg_term_wrap(mg_buf_slice(wide), r->opts->of->term.width, 12, out);
}

static int explain_standings(struct run *r, uint64_t *n)
{
	const bool is_json = r->opts->of->format == MG_FORMAT_JSON;
	struct mg_buf wide, out;
	int rc;

	mg_buf_init(&wide, STANDINGS_MAX);
	mg_buf_init(&out, 2 * STANDINGS_MAX);
	rc = mg_why_add_standings(r->store, r->opts, &r->seen, &wide, n,
				  r->err);
	if (*n && !is_json && r->n_rows + r->n_acts)
		mg_buf_add_char(&out, '\n');
	if (is_json)
		mg_buf_add(&out, mg_buf_slice(&wide));
	else
		wrap(r, &wide, &out);
	if (rc == 0)
		rc = mg_buf_check(&out, "where accounts stand", r->err);
	if (rc == 0)
		rc = mg_file_write_all(r->opts->of->fd, mg_buf_slice(&out),
				       r->err);
	mg_buf_release(&wide);
	mg_buf_release(&out);
	return rc;
}

/* --- what others did --- */

static void add_other(struct mg_buf *out, const struct mg_tz *tz,
		      int64_t made_at, const struct mg_panel_event *event)
{
	mg_buf_add_str(out, "account ");
	mg_buf_add_printable(out, event->account);
	mg_buf_add_str(out, " is suspended by ");
	mg_buf_add_printable(out, event->panel);
	mg_buf_add_str(out, " since ");
	mg_why_add_time(tz, made_at, out);
	mg_buf_add_char(out, '\n');
	mg_why_add_line(out, "reason", event->reason);
	mg_buf_add_str(out,
		       "  owner     not mailguard, which does not end it\n");
}

static void add_json_other(struct mg_buf *out, int64_t made_at,
			   const struct mg_panel_event *event)
{
	mg_buf_add_char(out, '{');
	mg_why_add_json_text(out, "account", event->account);
	mg_why_add_json_time(out, "since", made_at);
	mg_why_add_json_text(out, "by", event->panel);
	mg_why_add_json_text(out, "reason", event->reason);
	mg_buf_add_char(out, '}');
}

static int explain_other(void *arg, int64_t made_at,
			 const struct mg_panel_event *event)
{
	struct run *r = arg;
	const struct mg_findings_opts *of = r->opts->of;
	int rc;

	if (!(mg_slice_is(of->per, MG_LIT("account")) &&
	      mg_slice_is(of->subject, event->account)) &&
	    !mg_why_has_seen(&r->seen, event->account))
		return 0;
	if (of->format == MG_FORMAT_JSON) {
		mg_buf_add_str(&r->out, r->n_others ? ",\n" : "");
		add_json_other(&r->out, made_at, event);
	} else {
		mg_buf_add_str(&r->out, r->n_shown + r->n_others ? "\n" : "");
		add_other(&r->out, of->tz, made_at, event);
	}
	r->n_others++;
	rc = mg_file_write_all(of->fd, mg_buf_slice(&r->out), r->err);
	mg_buf_clear(&r->out);
	return rc;
}

static int put(struct run *r, const char *text)
{
	return r->opts->of->format == MG_FORMAT_JSON
		       ? mg_file_write_all(r->opts->of->fd, mg_slice_str(text),
					   r->err)
		       : 0;
}

int mg_why_print(struct mg_store *s, const struct mg_why_opts *opts,
		 uint64_t *n_rows, struct mg_err *err)
{
	struct run r = { .store = s, .opts = opts, .err = err };
	uint64_t n_standings = 0;
	int rc = put(&r, "{\"schema\":\"" MG_WHY_SCHEMA "\",\"findings\":[");

	mg_buf_init(&r.out, BYTES_MAX);
	if (rc == 0)
		rc = mg_ledger_each_finding(s, explain, &r, err);
	if (rc == 0)
		rc = put(&r, "],\"actions\":[");
	if (rc == 0)
		rc = mg_acts_each(s, MG_ACTS_ALL, 0, explain_act, &r, err);
	if (rc == 0)
		rc = put(&r, "],\"standing\":[");
	if (rc == 0)
		rc = explain_standings(&r, &n_standings);
	r.n_shown = r.n_rows + r.n_acts + n_standings;
	if (rc == 0)
		rc = put(&r, "],\"suspended_by_others\":[");
	if (rc == 0)
		rc = mg_panel_events_suspended(s, explain_other, &r, err);
	if (rc == 0)
		rc = put(&r, "]}\n");
	mg_buf_release(&r.out);
	mg_why_seen_release(&r.seen);
	*n_rows = r.n_shown + r.n_others;
	return rc;
}
