/* SPDX-License-Identifier: MIT */
/*
 * From a row of counts to cells.
 */
#include "report_priv.h"

#include "mailguard/address.h"

/*
 * Shares of unknown recipients at which a sender is looked at, and at which it
 * is stopped, by Amazon SES, the one large service that publishes such numbers
 * for its own customers: 5 and 10 percent. Thousandths. A handful of letters
 * gone astray makes no such share a matter of a list.
 */
#define SHARE_WARNING 50
#define SHARE_ALARM 100
#define UNKNOWN_MIN 10

static bool is_for_people(const struct mg_report_print *p)
{
	return p->opts->format == MG_FORMAT_TABLE ||
	       p->opts->format == MG_FORMAT_HTML;
}

/*
 * The text that a row is about. For people one without it says why, and must
 * not be taken for logged-in mail where it is a relay's.
 */
static void print_subject(struct mg_report_print *p, struct mg_slice text,
			  const struct mg_report_row *row)
{
	const size_t first = mg_report_has_time(&p->opts->query) ? 1 : 0;
	const bool is_marked = is_for_people(p) && p->printer.column == first;
	struct mg_buf marked;

	if (is_marked && (text.len == 0 || row->is_weak))
		mg_printer_mark(&p->printer, MG_MARK_FAINT);
	if (is_marked && text.len == 0)
		text = mg_slice_str(p->view->null_text);
	mg_buf_init(&marked, (size_t)2 * MG_ORIGIN_NAME_MAX);
	mg_buf_add(&marked, text);
	if (is_marked && row->is_weak)
		mg_buf_add_str(&marked, " (weak)");
	if (text.len)
		mg_printer_text(&p->printer, mg_buf_slice(&marked));
	else
		mg_printer_null(&p->printer);
	mg_buf_release(&marked);
}

static void print_text(struct mg_printer *p, struct mg_slice text)
{
	if (text.len)
		mg_printer_text(p, text);
	else
		mg_printer_null(p);
}

static int64_t share_of(const struct mg_counts *counts)
{
	const int64_t unknown = counts->n[MG_UNKNOWN_RECIPIENTS];
	const int64_t tried = counts->n[MG_DELIVERED] + counts->n[MG_FAILED];

	return tried > 0 ? (int64_t)((double)unknown * 1000 / (double)tried)
			 : -1;
}

static void print_share(struct mg_report_print *p,
			const struct mg_counts *counts)
{
	const int64_t share = share_of(counts);

	if (share < 0) {
		mg_printer_null(&p->printer);
		return;
	}
	if (counts->n[MG_UNKNOWN_RECIPIENTS] >= UNKNOWN_MIN &&
	    share >= SHARE_WARNING)
		mg_printer_mark(&p->printer, share >= SHARE_ALARM
						     ? MG_MARK_ALARM
						     : MG_MARK_WARNING);
	mg_printer_number(&p->printer, share);
}

static struct mg_slice kind_word(enum mg_origin_kind kind)
{
	static const char *const words[] = {
		[MG_ORIGIN_MAILBOX] = "mailbox",
		[MG_ORIGIN_SCRIPT] = "script",
		[MG_ORIGIN_USER] = "user",
		[MG_ORIGIN_RELAY] = "relay",
		[MG_ORIGIN_FORWARDER] = "forwarder",
		[MG_ORIGIN_UNKNOWN] = "unknown",
	};

	return (size_t)kind < sizeof(words) / sizeof(*words)
		       ? mg_slice_str(words[kind])
		       : MG_LIT("");
}

/* "info@" within its own domain, ".../blog", "user joe", "uid 99". */
static void add_main(struct mg_buf *b, const struct mg_report_row *row)
{
	const struct mg_slice name = row->main_name;
	const size_t slash = mg_slice_rfind(name, '/');

	switch (row->main_kind) {
	case MG_ORIGIN_MAILBOX:
		if (row->domain.len &&
		    mg_slice_is(mg_address_domain(name), row->domain))
			mg_buf_add(b, mg_slice_of(name.ptr,
						  name.len - row->domain.len));
		else
			mg_buf_add(b, name);
		break;
	case MG_ORIGIN_SCRIPT:
		mg_buf_add_str(b, slash && slash < name.len ? "..." : "");
		mg_buf_add(b, slash < name.len ? mg_slice_from(name, slash)
					       : name);
		break;
	case MG_ORIGIN_USER:
		if (!mg_slice_has_prefix(name, MG_LIT("uid ")))
			mg_buf_add_str(b, "user ");
		mg_buf_add(b, name);
		break;
	case MG_ORIGIN_RELAY:
		mg_buf_add_str(b, "(relay)");
		break;
	default:
		mg_buf_add(b, name);
	}
}

static void print_main(struct mg_report_print *p,
		       const struct mg_report_row *row)
{
	struct mg_buf text;

	mg_buf_init(&text, (size_t)2 * MG_ORIGIN_NAME_MAX);
	add_main(&text, row);
	print_text(&p->printer, mg_buf_slice(&text));
	mg_buf_release(&text);
}

static int64_t weight_of(const struct mg_report_row *row)
{
	return row->counts.n[MG_RECIPIENTS] + row->checks[MG_CHECK_IMAP] +
	       row->checks[MG_CHECK_POP3];
}

static void print_plot(struct mg_report_print *p,
		       const struct mg_report_kept *kept)
{
	if (!is_for_people(p) || !kept)
		mg_printer_absent(&p->printer);
	else if (p->n_buckets)
		mg_printer_course(&p->printer, kept->course, p->n_buckets);
	else
		mg_printer_bar(&p->printer, weight_of(&kept->row), p->max);
}

static void print_cell(struct mg_report_print *p,
		       const struct mg_report_column *column,
		       const struct mg_report_kept *kept)
{
	const struct mg_report_row *row = &kept->row;

	switch (column->cell) {
	case MG_CELL_OF_HOUR:
		mg_printer_time(&p->printer, row->hour);
		break;
	case MG_CELL_OF_NAME:
		print_subject(p, row->name, row);
		break;
	case MG_CELL_OF_DOMAIN:
		print_subject(p, row->domain, row);
		break;
	case MG_CELL_OF_ACCOUNT:
		print_subject(p, row->account, row);
		break;
	case MG_CELL_OF_OWNER:
		print_subject(p, row->owner, row);
		break;
	case MG_CELL_OF_WEAK:
		if (row->is_weak)
			mg_printer_flag(&p->printer, true);
		else
			mg_printer_absent(&p->printer);
		break;
	case MG_CELL_OF_COUNT:
		mg_printer_number(&p->printer, row->counts.n[column->count]);
		break;
	case MG_CELL_OF_UNKNOWN_SHARE:
		print_share(p, &row->counts);
		break;
	case MG_CELL_OF_CHECKS:
		mg_printer_number(&p->printer,
				  row->checks[MG_CHECK_IMAP] +
					  row->checks[MG_CHECK_POP3]);
		break;
	case MG_CELL_OF_CHECK:
		mg_printer_number(&p->printer, row->checks[column->count]);
		break;
	case MG_CELL_OF_MAILBOXES:
		mg_printer_number(&p->printer, row->n_mailboxes);
		break;
	case MG_CELL_OF_MAIN_KIND:
		print_text(&p->printer, kind_word(row->main_kind));
		break;
	case MG_CELL_OF_MAIN_NAME:
		print_text(&p->printer, row->main_name);
		break;
	case MG_CELL_OF_MAIN_SHORT:
		print_main(p, row);
		break;
	case MG_CELL_OF_PLOT:
		print_plot(p, kept);
		break;
	}
}

bool mg_report_has_time(const struct mg_report_query *q)
{
	return q->hours || q->slots;
}

void mg_report_widen(struct mg_report_print *p, const struct mg_report_row *row)
{
	if (p->max < weight_of(row))
		p->max = weight_of(row);
}

void mg_report_print_row(struct mg_report_print *p,
			 const struct mg_report_kept *kept)
{
	const size_t first = mg_report_has_time(&p->opts->query) ? 0 : 1;

	mg_printer_row(&p->printer);
	for (size_t i = first; i < p->view->n_columns; i++)
		print_cell(p, &p->view->columns[i], kept);
}
