/* SPDX-License-Identifier: MIT */
/*
 * What a report by something looks like: its columns, and their words.
 */
#include "report_priv.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

/* clang-format off */
#define TEXT(key, heading, cell, rank) \
	{ { key, heading, MG_COLUMN_TEXT, rank, NULL }, cell, 0 }
#define HOUR \
	{ { "hour", "HOUR", MG_COLUMN_TIME, 0, NULL }, MG_CELL_OF_HOUR, 0 }
#define DOMAIN(rank) TEXT("domain", "DOMAIN", MG_CELL_OF_DOMAIN, rank)
#define ACCOUNT(rank) TEXT("account", "ACCOUNT", MG_CELL_OF_ACCOUNT, rank)
#define OWNER(rank) TEXT("owner", "OWNER", MG_CELL_OF_OWNER, rank)
#define WEAK \
	{ { "weak", NULL, MG_COLUMN_FLAG, 0, NULL }, MG_CELL_OF_WEAK, 0 }
#define COUNT(key, heading, which, rank, help) \
	{ { key, heading, MG_COLUMN_NUMBER, rank, help }, MG_CELL_OF_COUNT, \
	  which }
#define MESSAGES(rank) \
	COUNT("messages", "MESSAGES", MG_MESSAGES, rank, \
	      "Submissions accepted")
#define RCPT \
	COUNT("recipients", "RCPT", MG_RECIPIENTS, 0, \
	      "Addresses in the submissions")
#define BYTES(rank) \
	{ { "bytes", "BYTES", MG_COLUMN_BYTES, rank, \
	    "Size of the submissions" }, MG_CELL_OF_COUNT, MG_BYTES }
#define PLOT(rank) \
	{ { NULL, "PLOT", MG_COLUMN_PLOT, rank, NULL }, MG_CELL_OF_PLOT, 0 }
#define ALL_COUNTS \
	MESSAGES(6), \
	RCPT, \
	COUNT("delivered", "DELIVERED", MG_DELIVERED, 7, "Deliveries"), \
	COUNT("deferred", "DEFERRED", MG_DEFERRED, 8, \
	      "Recipients that were put off"), \
	COUNT("failed", "FAILED", MG_FAILED, 5, \
	      "Recipients that were given up"), \
	COUNT("unknown_recipients", "UNKNOWN", MG_UNKNOWN_RECIPIENTS, 10, \
	      "Recipients given up because there is no such address"), \
	{ { NULL, "UNKN", MG_COLUMN_SHARE, 0, \
	    "Share of them in all that was delivered or given up" }, \
	  MG_CELL_OF_UNKNOWN_SHARE, 0 }, \
	COUNT("forwarded", "FWD", MG_FORWARDED, 1, \
	      "Recipients of forwards and redirects"), \
	BYTES(9), \
	PLOT(3)
#define MAIN \
	TEXT(NULL, "ORIGIN", MG_CELL_OF_MAIN_SHORT, 2), \
	TEXT("origin_kind", NULL, MG_CELL_OF_MAIN_KIND, 0), \
	TEXT("origin", NULL, MG_CELL_OF_MAIN_NAME, 0)
#define CHECK(key, heading, which, rank, help) \
	{ { key, heading, MG_COLUMN_NUMBER, rank, help }, MG_CELL_OF_CHECK, \
	  which }

static const struct mg_report_column domain_columns[] = {
	HOUR, DOMAIN(0), ACCOUNT(4), WEAK, ALL_COUNTS, MAIN,
};
static const struct mg_report_column sender_columns[] = {
	HOUR, TEXT("domain", "SENDER DOMAIN", MG_CELL_OF_DOMAIN, 0),
	MESSAGES(1), RCPT, BYTES(3), PLOT(2),
};
static const struct mg_report_column mailbox_columns[] = {
	HOUR, TEXT("mailbox", "MAILBOX", MG_CELL_OF_NAME, 0),
	DOMAIN(11), ACCOUNT(4), ALL_COUNTS,
};
static const struct mg_report_column script_columns[] = {
	HOUR, TEXT("script", "SCRIPT", MG_CELL_OF_NAME, 0),
	DOMAIN(4), ACCOUNT(11), ALL_COUNTS,
};
static const struct mg_report_column account_columns[] = {
	HOUR, ACCOUNT(0), OWNER(4), WEAK, ALL_COUNTS, MAIN,
};
static const struct mg_report_column owner_columns[] = {
	HOUR, OWNER(0), WEAK, ALL_COUNTS, MAIN,
};
static const struct mg_report_column ip_columns[] = {
	HOUR, TEXT("ip", "ADDRESS", MG_CELL_OF_NAME, 0),
	{ { "checks", "CHECKS", MG_COLUMN_NUMBER, 0,
	    "Logins by IMAP and POP3 that succeeded" }, MG_CELL_OF_CHECKS, 0 },
	CHECK("imap", "IMAP", MG_CHECK_IMAP, 4, "Those by IMAP"),
	CHECK("pop3", "POP3", MG_CHECK_POP3, 4, "Those by POP3"),
	CHECK("failed_logins", "FAILED LOGINS", MG_CHECK_FAILED_LOGINS, 0,
	      "Tries to log in that did not succeed"),
	CHECK("failed_sessions", "FAILED SESSIONS", MG_CHECK_FAILED_SESSIONS, 3,
	      "Sessions that ended after such tries"),
	{ { "mailboxes", "MAILBOXES", MG_COLUMN_NUMBER, 1,
	    "Different logins behind the checks" }, MG_CELL_OF_MAILBOXES, 0 },
	PLOT(2),
};
/* clang-format on */

#define UNATTRIBUTED "(unattributed)"
#define VIEW(word, columns, null_text, plural, metrics)                        \
	{                                                                      \
		MG_LIT_INIT(word), columns, LENGTH(columns), null_text,        \
			plural, "mailguard_" metrics "_"                       \
	}

static const struct mg_report_view views[] = {
	[MG_BY_DOMAIN] = VIEW("domain", domain_columns, UNATTRIBUTED, "domains",
			      "domain"),
	[MG_BY_SENDER_DOMAIN] = VIEW("sender-domain", sender_columns,
				     "(no domain)", "domains of senders",
				     "sender_domain"),
	[MG_BY_MAILBOX] = VIEW("mailbox", mailbox_columns, UNATTRIBUTED,
			       "mailboxes", "mailbox"),
	[MG_BY_SCRIPT] = VIEW("script", script_columns, UNATTRIBUTED, "scripts",
			      "script"),
	[MG_BY_ACCOUNT] = VIEW("account", account_columns, UNATTRIBUTED,
			       "accounts", "account"),
	[MG_BY_OWNER] = VIEW("owner", owner_columns, "(no owner)", "owners",
			     "owner"),
	[MG_BY_IP] = VIEW("ip", ip_columns, "(too many addresses)", "addresses",
			  "ip"),
};

const struct mg_report_view *mg_report_view_of(enum mg_report_by by)
{
	return &views[by];
}

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
		[MG_FORMAT_HTML] = MG_LIT_INIT("html"),
		[MG_FORMAT_PROMETHEUS] = MG_LIT_INIT("prometheus"),
	};

	for (size_t i = 0; i < LENGTH(words); i++) {
		if (mg_slice_is(word, words[i])) {
			*out = (enum mg_format)i;
			return true;
		}
	}
	return false;
}

/* Sets the order by a column; false for one that gives none. */
static bool sort_by(const struct mg_report_column *c, struct mg_report_query *q)
{
	static const struct {
		enum mg_cell_of cell;
		enum mg_report_sort sort;
	} texts[] = {
		{ MG_CELL_OF_NAME, MG_SORT_NAME },
		{ MG_CELL_OF_DOMAIN, MG_SORT_DOMAIN },
		{ MG_CELL_OF_ACCOUNT, MG_SORT_ACCOUNT },
		{ MG_CELL_OF_OWNER, MG_SORT_OWNER },
	};

	for (size_t i = 0; i < LENGTH(texts); i++) {
		if (texts[i].cell == c->cell) {
			q->sort = texts[i].sort;
			return true;
		}
	}
	if (c->cell == MG_CELL_OF_COUNT || c->cell == MG_CELL_OF_CHECK)
		q->sort_count = c->count;
	else if (c->cell == MG_CELL_OF_CHECKS)
		q->sort_count = MG_SORT_CHECKS;
	else if (c->cell == MG_CELL_OF_MAILBOXES)
		q->sort_count = MG_SORT_MAILBOXES;
	else
		return false;
	q->sort = MG_SORT_COUNT;
	return true;
}

int mg_report_sort_parse(struct mg_slice word, struct mg_report_query *q,
			 struct mg_err *err)
{
	const struct mg_report_view *view = &views[q->by];

	for (size_t i = 0; i < view->n_columns; i++) {
		const struct mg_column *c = &view->columns[i].column;

		if (c->key && mg_slice_is_nocase(word, mg_slice_str(c->key)) &&
		    sort_by(&view->columns[i], q))
			return 0;
	}
	return mg_fail(err, MG_EUSAGE,
		       "--sort: a report by %.*s has no column '%.*s' to sort "
		       "by; the names are those of --format csv",
		       MG_SLICE_ARG(view->word), MG_SLICE_ARG(word));
}
