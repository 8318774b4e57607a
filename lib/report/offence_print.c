/* SPDX-License-Identifier: MIT */
#include "mailguard/offence_print.h"

#include "offence_priv.h"

#include "mailguard/ladder.h"
#include "mailguard/offences.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

struct print {
	const struct mg_offence_print_opts *opts;
	struct mg_offence_list list;
	struct mg_printer printer;
};

/* clang-format off */
static const struct mg_column columns[] = {
	{ .key = "id", .heading = "OFFENCE", .type = MG_COLUMN_TEXT },
	{ .key = "at", .heading = "WHEN", .type = MG_COLUMN_TIME },
	{ .key = "account", .heading = "ACCOUNT", .type = MG_COLUMN_TEXT },
	{ .key = "uid", .heading = NULL, .type = MG_COLUMN_NUMBER },
	{ .key = "created", .heading = NULL, .type = MG_COLUMN_TIME },
	{ .key = "owner", .heading = "OWNER", .type = MG_COLUMN_TEXT, .rank = 3 },
	{ .key = "per", .heading = NULL, .type = MG_COLUMN_TEXT },
	{ .key = "subject", .heading = "BY", .type = MG_COLUMN_TEXT },
	{ .key = "policy", .heading = "POLICY", .type = MG_COLUMN_TEXT, .rank = 4 },
	{ .key = "findings", .heading = "FINDINGS", .type = MG_COLUMN_NUMBER, .rank = 2 },
	{ .key = "cause", .heading = "CAUSE", .type = MG_COLUMN_TEXT },
	{ .key = "strike", .heading = "STRIKE", .type = MG_COLUMN_NUMBER },
	{ .key = "strikes", .heading = NULL, .type = MG_COLUMN_NUMBER },
	{ .key = "state", .heading = "STATE", .type = MG_COLUMN_TEXT },
	{ .key = "next", .heading = "NEXT", .type = MG_COLUMN_TEXT, .rank = 1 },
	{ .key = "until", .heading = NULL, .type = MG_COLUMN_TIME },
	{ .key = "by", .heading = NULL, .type = MG_COLUMN_TEXT },
	{ .key = "reason", .heading = NULL, .type = MG_COLUMN_TEXT },
};
/* clang-format on */

/* Strikes of the same account and policy, up to one of the list. */
static int64_t count_strikes(const struct print *p, const struct mg_offence *o,
			     size_t n)
{
	int64_t strikes = 0;

	for (size_t i = 0; i < n; i++) {
		const struct mg_offence *x = &p->list.items[i];

		strikes += mg_slice_is(x->policy, o->policy) &&
			   mg_identity_is(&x->who, &o->who) &&
			   mg_offence_is_strike(x, p->opts->now);
	}
	return strikes;
}

static const struct mg_rung *
next_rung(const struct print *p, const struct mg_offence *o, int64_t strikes)
{
	for (size_t i = 0; i < p->opts->n_policies; i++)
		if (mg_slice_is(p->opts->policies[i].name, o->policy))
			return mg_ladder_rung(&p->opts->policies[i].ladder,
					      strikes + 1);
	return NULL;
}

static void print_text(struct mg_printer *p, struct mg_slice text)
{
	if (text.len)
		mg_printer_text(p, text);
	else
		mg_printer_null(p);
}

static void print_whose(struct mg_printer *p, const struct mg_offence *o)
{
	mg_printer_text(p, mg_slice_str(o->id));
	mg_printer_time(p, o->at);
	mg_printer_text(p, o->who.account);
	mg_printer_number(p, o->who.uid);
	if (o->who.created)
		mg_printer_time(p, o->who.created);
	else
		mg_printer_null(p);
	print_text(p, o->owner);
	mg_printer_text(p, o->per);
	mg_printer_text(p, o->subject);
	mg_printer_text(p, o->policy);
}

static void print_row(struct print *p, size_t i)
{
	const struct mg_offence *o = &p->list.items[i];
	const int64_t strikes = count_strikes(p, o, p->list.n);
	const struct mg_rung *next = next_rung(p, o, strikes);
	struct mg_printer *out = &p->printer;

	mg_printer_row(out);
	print_whose(out, o);
	mg_printer_number(out, o->n_findings);
	mg_printer_text(out, mg_slice_str(mg_cause_words[o->cause]));
	if (mg_offence_is_strike(o, p->opts->now))
		mg_printer_number(out, count_strikes(p, o, i + 1));
	else
		mg_printer_null(out);
	mg_printer_number(out, strikes);
	mg_printer_text(out, mg_slice_str(mg_offence_state(o, p->opts->now)));
	print_text(out,
		   next ? mg_slice_str(mg_step_words[next->step]) : MG_LIT(""));
	mg_printer_time(out, o->until);
	mg_printer_text(out, o->by);
	print_text(out, o->reason);
}

static int print_all(struct print *p, struct mg_err *err)
{
	const struct mg_findings_opts *of = p->opts->of;
	const struct mg_printer_field schema = {
		.key = "schema",
		.type = MG_FIELD_TEXT,
		.text = MG_LIT_INIT(MG_OFFENCES_SCHEMA),
	};

	mg_printer_begin(&p->printer, &(struct mg_printer_opts){
					      .format = of->format,
					      .fd = of->fd,
					      .columns = columns,
					      .n_columns = LENGTH(columns),
					      .fields = &schema,
					      .n_fields = 1,
					      .tz = of->tz,
					      .term = &of->term,
				      });
	for (size_t i = 0; i < p->list.n; i++)
		if (mg_offence_is_asked(of, &p->list.items[i]))
			print_row(p, i);
	return mg_printer_end(&p->printer, err);
}

int mg_offence_print(struct mg_store *s,
		     const struct mg_offence_print_opts *opts, uint64_t *n_rows,
		     struct mg_err *err)
{
	struct print p = { .opts = opts };
	int rc = mg_offences_load(s, NULL, &p.list, err);

	if (rc == 0)
		rc = print_all(&p, err);
	*n_rows = p.printer.n_rows;
	mg_offence_list_release(&p.list);
	return rc;
}
