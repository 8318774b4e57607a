/* SPDX-License-Identifier: MIT */
#include "mailguard/rungs.h"

#include "mailguard/acts.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

/* What stands between the reason of an act and why it waits (lib/act). */
#define WAITS MG_LIT(" It waits: ")

/* clang-format off */
static const struct mg_column columns[] = {
	{ .key = "at", .heading = "WHEN", .type = MG_COLUMN_TIME },
	{ .key = "action", .heading = "ACTION", .type = MG_COLUMN_TEXT },
	{ .key = "per", .heading = "OF", .type = MG_COLUMN_TEXT },
	{ .key = "subject", .heading = "SUBJECT", .type = MG_COLUMN_TEXT },
	{ .key = "account", .heading = "ACCOUNT", .type = MG_COLUMN_TEXT, .rank = 3 },
	{ .key = "owner", .heading = NULL, .type = MG_COLUMN_TEXT },
	{ .key = "until", .heading = "UNTIL", .type = MG_COLUMN_TIME, .rank = 4 },
	{ .key = "waits", .heading = NULL, .type = MG_COLUMN_FLAG },
	{ .key = "waits_since", .heading = "WAITS, SINCE", .type = MG_COLUMN_TEXT, .rank = 1 },
	{ .key = "reason", .heading = "WHY", .type = MG_COLUMN_TEXT, .rank = 2 },
	{ .key = "finding", .heading = NULL, .type = MG_COLUMN_TEXT },
};
/* clang-format on */

static void print_text(struct mg_printer *p, struct mg_slice text)
{
	if (text.len)
		mg_printer_text(p, text);
	else
		mg_printer_null(p);
}

/* "Strike 2 (...): ... It waits: it is protected." in its two parts. */
static void print_reason(struct mg_printer *p, const struct mg_act *a)
{
	const size_t at = a->is_waiting ? mg_slice_search(a->reason, WAITS)
					: a->reason.len;
	struct mg_slice waits = mg_slice_from(a->reason, at);

	(void)mg_slice_cut_lit(&waits, WAITS);
	if (waits.len) /* its full stop */
		waits.len--;
	print_text(p, waits);
	print_text(p, mg_slice_of(a->reason.ptr, at));
}

static int print_act(void *arg, const struct mg_act *a)
{
	struct mg_printer *p = arg;

	mg_printer_row(p);
	mg_printer_time(p, a->since);
	mg_printer_text(p, mg_slice_str(mg_act_words[a->verb]));
	mg_printer_text(p, a->per);
	mg_printer_text(p, a->subject);
	print_text(p, a->account);
	print_text(p, a->owner);
	if (a->until < MG_ACT_NO_END)
		mg_printer_time(p, a->until);
	else
		mg_printer_null(p);
	mg_printer_flag(p, a->is_waiting);
	print_reason(p, a);
	print_text(p, a->finding);
	return 0;
}

int mg_rungs_print(struct mg_store *s, const struct mg_findings_opts *opts,
		   struct mg_err *err)
{
	const struct mg_printer_field schema = {
		.key = "schema",
		.type = MG_FIELD_TEXT,
		.text = MG_LIT_INIT(MG_RUNGS_SCHEMA),
	};
	struct mg_printer p;
	int rc;

	mg_printer_begin(&p, &(struct mg_printer_opts){
				     .format = opts->format,
				     .fd = opts->fd,
				     .columns = columns,
				     .n_columns = LENGTH(columns),
				     .fields = &schema,
				     .n_fields = 1,
				     .tz = opts->tz,
				     .term = &opts->term,
			     });
	rc = mg_acts_each(s, MG_ACTS_ALL, 0, print_act, &p, err);
	return rc < 0 ? rc : mg_printer_end(&p, err);
}
