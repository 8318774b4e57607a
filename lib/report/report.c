/* SPDX-License-Identifier: MIT */
#include "mailguard/report.h"

#include "mailguard/num.h"

/* A column of a view, and how its cell is filled. */
struct report_column {
	struct mg_column column;
	enum {
		CELL_HOUR,
		CELL_NAME,
		CELL_DOMAIN,
		CELL_ACCOUNT,
		CELL_OWNER,
		CELL_WEAK,
		CELL_COUNT,
		CELL_CHECKS, /* IMAP and POP3 */
		CELL_CHECK,
		CELL_MAILBOXES,
	} cell;
	int count; /* CELL_COUNT: enum mg_count; CELL_CHECK: mg_check_count */
};

/* clang-format off */
#define HOUR { { "hour", "HOUR", MG_COLUMN_TIME }, CELL_HOUR, 0 }
#define DOMAIN { { "domain", "DOMAIN", MG_COLUMN_TEXT }, CELL_DOMAIN, 0 }
#define ACCOUNT { { "account", "ACCOUNT", MG_COLUMN_TEXT }, CELL_ACCOUNT, 0 }
#define OWNER { { "owner", "OWNER", MG_COLUMN_TEXT }, CELL_OWNER, 0 }
#define WEAK { { "weak", NULL, MG_COLUMN_FLAG }, CELL_WEAK, 0 }
#define COUNT(key, heading, which) \
	{ { key, heading, MG_COLUMN_NUMBER }, CELL_COUNT, which }
#define SUBMITTED \
	COUNT("messages", "MESSAGES", MG_MESSAGES), \
	COUNT("recipients", "RCPT", MG_RECIPIENTS)
#define BYTES COUNT("bytes", "BYTES", MG_BYTES)
#define ALL_COUNTS \
	SUBMITTED, \
	COUNT("delivered", "DELIVERED", MG_DELIVERED), \
	COUNT("deferred", "DEFERRED", MG_DEFERRED), \
	COUNT("failed", "FAILED", MG_FAILED), \
	COUNT("unknown_recipients", "UNKNOWN", MG_UNKNOWN_RECIPIENTS), \
	COUNT("forwarded", "FORWARDED", MG_FORWARDED), \
	BYTES

#define CHECK(key, heading, which) \
	{ { key, heading, MG_COLUMN_NUMBER }, CELL_CHECK, which }

static const struct report_column domain_columns[] = {
	HOUR, DOMAIN, ACCOUNT, WEAK, ALL_COUNTS,
};
static const struct report_column sender_columns[] = {
	HOUR,
	{ { "domain", "SENDER DOMAIN", MG_COLUMN_TEXT }, CELL_DOMAIN, 0 },
	SUBMITTED, BYTES,
};
static const struct report_column mailbox_columns[] = {
	HOUR,
	{ { "mailbox", "MAILBOX", MG_COLUMN_TEXT }, CELL_NAME, 0 },
	DOMAIN, ACCOUNT, ALL_COUNTS,
};
static const struct report_column script_columns[] = {
	HOUR,
	{ { "script", "SCRIPT", MG_COLUMN_TEXT }, CELL_NAME, 0 },
	DOMAIN, ACCOUNT, ALL_COUNTS,
};
static const struct report_column account_columns[] = {
	HOUR, ACCOUNT, OWNER, WEAK, ALL_COUNTS,
};
static const struct report_column owner_columns[] = {
	HOUR, OWNER, WEAK, ALL_COUNTS,
};
static const struct report_column ip_columns[] = {
	HOUR,
	{ { "ip", "ADDRESS", MG_COLUMN_TEXT }, CELL_NAME, 0 },
	{ { "checks", "CHECKS", MG_COLUMN_NUMBER }, CELL_CHECKS, 0 },
	CHECK("imap", "IMAP", MG_CHECK_IMAP),
	CHECK("pop3", "POP3", MG_CHECK_POP3),
	CHECK("failed_logins", "FAILED LOGINS", MG_CHECK_FAILED_LOGINS),
	CHECK("failed_sessions", "FAILED SESSIONS", MG_CHECK_FAILED_SESSIONS),
	{ { "mailboxes", "MAILBOXES", MG_COLUMN_NUMBER }, CELL_MAILBOXES, 0 },
};
/* clang-format on */

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

struct view {
	struct mg_slice word;
	const struct report_column *columns;
	size_t n_columns;
	const char *null_text; /* of a row about nobody, in a table */
};

#define UNATTRIBUTED "(unattributed)"
#define VIEW(word, columns, null_text)                                         \
	{                                                                      \
		MG_LIT_INIT(word), columns, LENGTH(columns), null_text         \
	}

static const struct view views[] = {
	[MG_BY_DOMAIN] = VIEW("domain", domain_columns, UNATTRIBUTED),
	[MG_BY_SENDER_DOMAIN] = VIEW("sender-domain", sender_columns,
				     "(no domain)"),
	[MG_BY_MAILBOX] = VIEW("mailbox", mailbox_columns, UNATTRIBUTED),
	[MG_BY_SCRIPT] = VIEW("script", script_columns, UNATTRIBUTED),
	[MG_BY_ACCOUNT] = VIEW("account", account_columns, UNATTRIBUTED),
	[MG_BY_OWNER] = VIEW("owner", owner_columns, "(no owner)"),
	[MG_BY_IP] = VIEW("ip", ip_columns, "(too many addresses)"),
};

struct run {
	const struct view *view;
	const struct mg_report_opts *opts;
	const struct report_column *columns; /* from the first one shown */
	size_t n_columns;
	struct mg_printer printer;
};

bool mg_report_by_parse(struct mg_slice word, enum mg_report_by *out)
{
	for (size_t i = 0; i < LENGTH(views); i++) {
		if (mg_slice_is(word, views[i].word)) {
			*out = (enum mg_report_by)i;
			return true;
		}
	}
	return false;
}

bool mg_report_format_parse(struct mg_slice word, enum mg_format *out)
{
	static const struct mg_slice words[] = {
		[MG_FORMAT_TABLE] = MG_LIT_INIT("table"),
		[MG_FORMAT_JSON] = MG_LIT_INIT("json"),
		[MG_FORMAT_CSV] = MG_LIT_INIT("csv"),
	};

	for (size_t i = 0; i < LENGTH(words); i++) {
		if (mg_slice_is(word, words[i])) {
			*out = (enum mg_format)i;
			return true;
		}
	}
	return false;
}

static bool parse_duration(struct mg_slice word, int64_t *seconds)
{
	static const struct {
		struct mg_slice unit;
		int64_t seconds;
	} units[] = {
		{ MG_LIT_INIT("s"), 1 },
		{ MG_LIT_INIT("m"), 60 },
		{ MG_LIT_INIT("h"), 3600 },
		{ MG_LIT_INIT("d"), 86400 },
	};
	uint64_t n;

	if (!mg_num_cut(&word, 1000000000, &n))
		return false;
	for (size_t i = 0; i < LENGTH(units); i++) {
		if (mg_slice_is(word, units[i].unit)) {
			*seconds = (int64_t)n * units[i].seconds;
			return true;
		}
	}
	return false;
}

/* The start of the hour on the zone's clock. */
static int64_t hour_of(int64_t t, const struct mg_tz *tz)
{
	const int64_t local = t + (tz ? mg_tz_offset(tz, t) : 0);

	return t - (local % 3600 + 3600) % 3600;
}

int mg_report_time_parse(struct mg_slice word, const struct mg_tz *tz,
			 int64_t now, int64_t *out, struct mg_err *err)
{
	struct mg_civil civil;
	int64_t back;
	bool is_utc;

	if (parse_duration(word, &back)) {
		*out = hour_of(now - back, tz);
		return 0;
	}
	if (!mg_civil_parse(word, &civil, &is_utc))
		return mg_fail(err, MG_EUSAGE,
			       "'%.*s' is no time: give 24h, 7d, 2026-03-01, "
			       "or 2026-03-01T12:00 (Z behind it for UTC)",
			       MG_SLICE_ARG(word));
	*out = is_utc || !tz ? mg_civil_utc(&civil)
			     : mg_tz_to_utc(tz, &civil, INT64_MIN);
	return 0;
}

/*
 * The text that a row is about. In a table one without it says why, and a
 * person must not take a relay's row for that of logged-in mail.
 */
static void print_subject(struct run *r, struct mg_slice text, bool is_first,
			  bool is_weak)
{
	const bool is_table = r->opts->format == MG_FORMAT_TABLE && is_first;
	struct mg_buf marked;

	if (is_table && text.len == 0)
		text = mg_slice_str(r->view->null_text);
	mg_buf_init(&marked, (size_t)2 * MG_ORIGIN_NAME_MAX);
	mg_buf_add(&marked, text);
	if (is_table && is_weak)
		mg_buf_add_str(&marked, " (weak)");
	if (text.len)
		mg_printer_text(&r->printer, mg_buf_slice(&marked));
	else
		mg_printer_null(&r->printer);
	mg_buf_release(&marked);
}

static void print_cell(struct run *r, const struct report_column *column,
		       const struct mg_report_row *row, bool is_first)
{
	switch (column->cell) {
	case CELL_HOUR:
		mg_printer_time(&r->printer, row->hour);
		break;
	case CELL_NAME:
		print_subject(r, row->name, is_first, row->is_weak);
		break;
	case CELL_DOMAIN:
		print_subject(r, row->domain, is_first, row->is_weak);
		break;
	case CELL_ACCOUNT:
		print_subject(r, row->account, is_first, row->is_weak);
		break;
	case CELL_OWNER:
		print_subject(r, row->owner, is_first, row->is_weak);
		break;
	case CELL_WEAK:
		if (row->is_weak)
			mg_printer_flag(&r->printer, true);
		else
			mg_printer_absent(&r->printer);
		break;
	case CELL_COUNT:
		mg_printer_number(&r->printer, row->counts.n[column->count]);
		break;
	case CELL_CHECKS:
		mg_printer_number(&r->printer,
				  row->checks[MG_CHECK_IMAP] +
					  row->checks[MG_CHECK_POP3]);
		break;
	case CELL_CHECK:
		mg_printer_number(&r->printer, row->checks[column->count]);
		break;
	case CELL_MAILBOXES:
		mg_printer_number(&r->printer, row->n_mailboxes);
		break;
	}
}

/* Whether each row begins with the time that it is of. */
static bool has_time(const struct mg_report_query *q)
{
	return q->hours || q->slots;
}

static int print_row(void *arg, const struct mg_report_row *row)
{
	struct run *r = arg;

	mg_printer_row(&r->printer);
	for (size_t i = 0; i < r->n_columns; i++)
		print_cell(r, &r->columns[i], row,
			   i == (has_time(&r->opts->query) ? 1 : 0));
	return 0;
}

static struct mg_printer_field bound(const char *key, int64_t t, int64_t none)
{
	return (struct mg_printer_field){
		.key = key,
		.type = t == none ? MG_FIELD_NULL : MG_FIELD_TIME,
		.time = t,
	};
}

static void begin(struct run *r, struct mg_column *columns)
{
	const struct mg_report_query *q = &r->opts->query;
	const struct mg_printer_field fields[] = {
		{ .key = "schema",
		  .type = MG_FIELD_TEXT,
		  .text = MG_LIT(MG_REPORT_SCHEMA) },
		{ .key = "by", .type = MG_FIELD_TEXT, .text = r->view->word },
		{ .key = "hours", .type = MG_FIELD_BOOL, .flag = q->hours },
		{ .key = "slots", .type = MG_FIELD_BOOL, .flag = q->slots },
		bound("since", q->since, INT64_MIN),
		bound("until", q->until, INT64_MAX),
	};

	for (size_t i = 0; i < r->n_columns; i++)
		columns[i] = r->columns[i].column;
	if (q->slots)
		columns[0] = (struct mg_column){ "slot", "SLOT",
						 MG_COLUMN_TIME };
	mg_printer_begin(&r->printer, &(struct mg_printer_opts){
					      .format = r->opts->format,
					      .fd = r->opts->fd,
					      .columns = columns,
					      .n_columns = r->n_columns,
					      .fields = fields,
					      .n_fields = LENGTH(fields),
					      .tz = r->opts->tz,
				      });
}

int mg_report_run(struct mg_store *store, const struct mg_report_opts *opts,
		  uint64_t *n_rows, uint64_t *n_left, struct mg_err *err)
{
	const struct view *view = &views[opts->query.by];
	const size_t skip = has_time(&opts->query) ? 0 : 1;
	struct run r = { .view = view,
			 .opts = opts,
			 .columns = view->columns + skip,
			 .n_columns = view->n_columns - skip };
	struct mg_column columns[MG_PRINTER_COLUMNS_MAX];
	int rc, ended;

	begin(&r, columns);
	rc = mg_store_report(store, &opts->query, print_row, &r, n_left, err);
	*n_rows = r.printer.n_rows;
	ended = mg_printer_end(&r.printer, rc < 0 ? NULL : err);
	return rc < 0 ? rc : ended;
}
