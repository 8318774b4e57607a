/* SPDX-License-Identifier: MIT */
/*
 * The ledger as rows.
 */
#include "findings_priv.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

#define SHOWN_MAX 60 /* bytes of a detail in a table; the rest is JSON's */

enum cell {
	CELL_SEQ,
	CELL_MADE,
	CELL_ID,
	CELL_UNTIL,
	CELL_VERB,
	CELL_PER,
	CELL_SUBJECT,
	CELL_ACCOUNT,
	CELL_OWNER,
	CELL_POLICY,
	CELL_VERSION,
	CELL_CLAUSE,
	CELL_N,
	CELL_OF,
	CELL_LIMIT,
	CELL_FROM,
	CELL_STATE,
	CELL_OVERRIDE,
	CELL_WAIVER,
	CELL_CLASS,
	CELL_LOG,
	CELL_LOG_FROM,
	CELL_LOG_TO,
	CELL_BY,
	CELL_DETAIL,
	CELL_BINARY,
	CELL_HASH,
};

/* clang-format off */
static const struct mg_column columns[] = {
	[CELL_SEQ] = { .key = "seq", .heading = "ROW", .type = MG_COLUMN_NUMBER, .rank = 5 },
	[CELL_MADE] = { .key = "made_at", .heading = NULL, .type = MG_COLUMN_TIME },
	[CELL_ID] = { .key = "id", .heading = "ID", .type = MG_COLUMN_TEXT, .rank = 2 },
	[CELL_UNTIL] = { .key = "until", .heading = "WHEN", .type = MG_COLUMN_TIME },
	[CELL_VERB] = { .key = "action", .heading = "ACTION", .type = MG_COLUMN_TEXT },
	[CELL_PER] = { .key = "per", .heading = "OF", .type = MG_COLUMN_TEXT, .rank = 7 },
	[CELL_SUBJECT] = { .key = "subject", .heading = "SUBJECT", .type = MG_COLUMN_TEXT },
	[CELL_ACCOUNT] = { .key = "account", .heading = "ACCOUNT", .type = MG_COLUMN_TEXT, .rank = 4 },
	[CELL_OWNER] = { .key = "owner", .heading = NULL, .type = MG_COLUMN_TEXT },
	[CELL_POLICY] = { .key = "policy", .heading = NULL, .type = MG_COLUMN_TEXT },
	[CELL_VERSION] = { .key = "version", .heading = NULL, .type = MG_COLUMN_TEXT },
	[CELL_CLAUSE] = { .key = "clause", .heading = "CLAUSE", .type = MG_COLUMN_TEXT, .rank = 6 },
	[CELL_N] = { .key = "n", .heading = "COUNT", .type = MG_COLUMN_NUMBER },
	[CELL_OF] = { .key = "of", .heading = NULL, .type = MG_COLUMN_NUMBER },
	[CELL_LIMIT] = { .key = "limit", .heading = "LIMIT", .type = MG_COLUMN_NUMBER, .rank = 3 },
	[CELL_FROM] = { .key = "from", .heading = "SINCE", .type = MG_COLUMN_TIME, .rank = 8 },
	[CELL_STATE] = { .key = "state", .heading = NULL, .type = MG_COLUMN_TEXT },
	[CELL_OVERRIDE] = { .key = "override", .heading = NULL, .type = MG_COLUMN_TEXT },
	[CELL_WAIVER] = { .key = "waiver", .heading = NULL, .type = MG_COLUMN_TEXT },
	[CELL_CLASS] = { .key = "log_class", .heading = NULL, .type = MG_COLUMN_TEXT },
	[CELL_LOG] = { .key = "log", .heading = NULL, .type = MG_COLUMN_NUMBER },
	[CELL_LOG_FROM] = { .key = "log_from", .heading = NULL, .type = MG_COLUMN_NUMBER },
	[CELL_LOG_TO] = { .key = "log_to", .heading = NULL, .type = MG_COLUMN_NUMBER },
	[CELL_BY] = { .key = "by", .heading = NULL, .type = MG_COLUMN_TEXT },
	[CELL_DETAIL] = { .key = "detail", .heading = NULL, .type = MG_COLUMN_TEXT },
	[CELL_BINARY] = { .key = "binary", .heading = NULL, .type = MG_COLUMN_TEXT },
	[CELL_HASH] = { .key = "hash", .heading = NULL, .type = MG_COLUMN_TEXT },
};

static const enum cell backtest_cells[] = {
	CELL_UNTIL, CELL_VERB, CELL_PER, CELL_SUBJECT, CELL_ACCOUNT, CELL_OWNER,
	CELL_POLICY, CELL_CLAUSE, CELL_N, CELL_OF, CELL_LIMIT, CELL_FROM,
	CELL_OVERRIDE, CELL_WAIVER,
};
static const enum cell ledger_cells[] = {
	CELL_SEQ, CELL_MADE, CELL_ID, CELL_UNTIL, CELL_STATE, CELL_VERB, CELL_PER,
	CELL_SUBJECT, CELL_ACCOUNT, CELL_OWNER, CELL_POLICY, CELL_VERSION,
	CELL_CLAUSE, CELL_N, CELL_OF, CELL_LIMIT, CELL_FROM, CELL_OVERRIDE,
	CELL_WAIVER, CELL_CLASS, CELL_LOG, CELL_LOG_FROM, CELL_LOG_TO,
	CELL_BY, CELL_DETAIL, CELL_BINARY, CELL_HASH,
};
/* clang-format on */

static const struct list {
	const char *schema;
	const enum cell *cells;
	size_t n_cells;
} lists[] = {
	[MG_FINDINGS_BACKTEST] = { MG_BACKTEST_SCHEMA, backtest_cells,
				   LENGTH(backtest_cells) },
	[MG_FINDINGS_LEDGER] = { MG_LEDGER_SCHEMA, ledger_cells,
				 LENGTH(ledger_cells) },
	[MG_FINDINGS_ROWS] = { MG_LEDGER_SCHEMA, ledger_cells,
			       LENGTH(ledger_cells) },
};

struct print {
	const struct mg_findings_opts *opts;
	const struct list *list;
	struct mg_printer printer;
};

static void print_text(struct mg_printer *p, struct mg_slice text)
{
	if (text.len)
		mg_printer_text(p, text);
	else
		mg_printer_null(p);
}

static const char *state_word(const struct mg_ledger_row *row)
{
	static const char *const words[] = {
		[MG_FINDING_OVER] = "over",
		[MG_FINDING_NEAR] = "near",
		[MG_FINDING_WITHDRAWN] = "withdrawn",
	};

	switch (row->kind) {
	case MG_LEDGER_FINDING:
		return words[row->finding.state];
	case MG_LEDGER_INTENT:
		return "intent";
	case MG_LEDGER_MARK:
		return "mark";
	case MG_LEDGER_OFFENCE:
		return "offence";
	case MG_LEDGER_PANEL:
		return "panel";
	case MG_LEDGER_BUNDLE:
		return "bundle";
	default:
		return "clause";
	}
}

/* Of an intent, what it has of that. */
static void print_of_intent(struct mg_printer *p, const struct mg_act *a,
			    enum cell cell)
{
	if (cell == CELL_UNTIL && a->until < MG_ACT_NO_END)
		mg_printer_time(p, a->until);
	else if (cell == CELL_FROM)
		mg_printer_time(p, a->since);
	else if (cell == CELL_N && a->limit)
		mg_printer_number(p, a->n);
	else if (cell == CELL_LIMIT && a->limit)
		mg_printer_number(p, a->limit);
	else
		mg_printer_null(p);
}

/* What a finding has and a clause does not. */
static void print_of_finding(struct mg_printer *p,
			     const struct mg_ledger_row *row, enum cell cell)
{
	const struct mg_finding *f = &row->finding;

	if (row->kind == MG_LEDGER_INTENT) {
		print_of_intent(p, &row->act, cell);
		return;
	}
	if (row->kind != MG_LEDGER_FINDING) {
		mg_printer_null(p);
		return;
	}
	switch (cell) {
	case CELL_UNTIL:
		mg_printer_time(p, f->until);
		break;
	case CELL_FROM:
		mg_printer_time(p, f->from);
		break;
	case CELL_N:
		mg_printer_number(p, f->n);
		break;
	case CELL_LIMIT:
		mg_printer_number(p, f->limit);
		break;
	case CELL_OF:
		if (f->of)
			mg_printer_number(p, f->of);
		else
			mg_printer_null(p);
		break;
	case CELL_LOG:
		mg_printer_number(p, f->log);
		break;
	case CELL_LOG_FROM:
		mg_printer_number(p, f->log_from);
		break;
	case CELL_LOG_TO:
		mg_printer_number(p, f->log_to);
		break;
	default:
		mg_printer_text(p, f->log_class == MG_LOG_SHARED
					   ? MG_LIT("shared")
					   : MG_LIT("daemon"));
	}
}

static void print_hash(struct mg_printer *p, const struct mg_ledger_row *row)
{
	char text[MG_SHA256_TEXT_MAX];

	mg_sha256_format(row->hash, MG_SHA256_LEN, text);
	mg_printer_text(p, mg_slice_str(text));
}

/* A hook may have said a lot. */
static void print_detail(struct mg_printer *p, struct mg_slice detail)
{
	if (p->opts.format == MG_FORMAT_TABLE && detail.len > SHOWN_MAX)
		detail.len = SHOWN_MAX;
	print_text(p, detail);
}

static void print_cell(struct mg_printer *p, const struct mg_ledger_row *row,
		       enum cell cell)
{
	const struct mg_finding *f = &row->finding;
	const struct mg_findings_about about = mg_findings_about(row);

	switch (cell) {
	case CELL_SEQ:
		mg_printer_number(p, row->seq);
		break;
	case CELL_MADE:
		mg_printer_time(p, row->made_at);
		break;
	case CELL_ID:
		print_text(p, about.id);
		break;
	case CELL_VERB:
		mg_printer_text(p, mg_findings_verb(row));
		break;
	case CELL_STATE:
		mg_printer_text(p, mg_slice_str(state_word(row)));
		break;
	case CELL_PER:
		print_text(p, about.per);
		break;
	case CELL_SUBJECT:
		print_text(p, about.subject);
		break;
	case CELL_ACCOUNT:
		print_text(p, about.account);
		break;
	case CELL_OWNER:
		print_text(p, about.owner);
		break;
	case CELL_POLICY:
		print_text(p, row->clause.policy);
		break;
	case CELL_VERSION:
		print_text(p, row->clause.version);
		break;
	case CELL_CLAUSE:
		print_text(p, row->clause.id);
		break;
	case CELL_OVERRIDE:
		print_text(p, f->override);
		break;
	case CELL_WAIVER:
		print_text(p, f->waiver);
		break;
	case CELL_BY:
		print_text(p, about.by);
		break;
	case CELL_DETAIL:
		print_detail(p, about.detail);
		break;
	case CELL_BINARY:
		print_text(p, row->binary);
		break;
	case CELL_HASH:
		print_hash(p, row);
		break;
	default:
		print_of_finding(p, row, cell);
	}
}

static int print_row(void *arg, const struct mg_ledger_row *row)
{
	struct print *print = arg;

	if (!mg_findings_match(print->opts, row))
		return 0;
	mg_printer_row(&print->printer);
	for (size_t i = 0; i < print->list->n_cells; i++)
		print_cell(&print->printer, row, print->list->cells[i]);
	return 0;
}

/* Of every row there is more to see than of what holds. */
static struct mg_column column_of(enum mg_findings_of of, enum cell cell)
{
	struct mg_column c = columns[cell];

	if (of != MG_FINDINGS_ROWS)
		return c;
	if (cell == CELL_MADE)
		c.heading = "WRITTEN";
	if (cell == CELL_BY)
		c.heading = "BY";
	if (cell == CELL_DETAIL)
		c.heading = "DETAIL";
	return c;
}

int mg_findings_print(struct mg_store *s, const struct mg_findings_opts *opts,
		      uint64_t *n_rows, struct mg_err *err)
{
	struct print print = { .opts = opts, .list = &lists[opts->of] };
	struct mg_column shown[LENGTH(columns)];
	int rc, ended;

	for (size_t i = 0; i < print.list->n_cells; i++)
		shown[i] = column_of(opts->of, print.list->cells[i]);
	mg_printer_begin(&print.printer,
			 &(struct mg_printer_opts){
				 .format = opts->format,
				 .fd = opts->fd,
				 .columns = shown,
				 .n_columns = print.list->n_cells,
				 .fields =
					 &(struct mg_printer_field){
						 .key = "schema",
						 .type = MG_FIELD_TEXT,
						 .text = mg_slice_str(
							 print.list->schema),
					 },
				 .n_fields = 1,
				 .tz = opts->tz,
				 .term = &opts->term,
			 });
	rc = opts->of == MG_FINDINGS_ROWS
		     ? mg_ledger_each(s, print_row, &print, err)
		     : mg_ledger_each_finding(s, print_row, &print, err);
	*n_rows = print.printer.n_rows;
	ended = mg_printer_end(&print.printer, rc < 0 ? NULL : err);
	return rc < 0 ? rc : ended;
}
