/* SPDX-License-Identifier: MIT */
/*
 * report - counts out of the state, for people and for programs.
 *
 * Reads only; never waits for a sweep, and shows what the last commit holds.
 */
#include "command.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "mailguard/clock.h"
#include "mailguard/log.h"
#include "mailguard/replace.h"
#include "mailguard/report.h"
#include "mailguard/store.h"
#include "mailguard/term.h"

struct report_opts {
	struct mg_command_place place;
	const char *by, *since, *until, *format, *sort, *output;
	uint32_t top;
	bool hours, slots, json, prometheus, exact, quiet;
};

#define FIELD(f) offsetof(struct report_opts, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "by", 0, MG_OPTION_TEXT, FIELD(by), "SUBJECT", "what a row is: domain (default), mailbox, script, account, owner, sender-domain, ip" },
	{ "hours", 0, MG_OPTION_FLAG, FIELD(hours), NULL, "a row for each hour instead of one over all" },
	{ "slots", 0, MG_OPTION_FLAG, FIELD(slots), NULL, "a row for each five minutes of the last two hours that were logged" },
	{ "since", 0, MG_OPTION_TEXT, FIELD(since), "TIME", "hours from here on: all (default), today, yesterday, 24h, 2026-03-01T12:00" },
	{ "until", 0, MG_OPTION_TEXT, FIELD(until), "TIME", "hours before this: all (default), today, 1h, 2026-03-02" },
	{ "sort", 0, MG_OPTION_TEXT, FIELD(sort), "COLUMN", "first what has most of this (default recipients; with --by ip checks)" },
	{ "top", 0, MG_OPTION_COUNT, FIELD(top), "N", "the first N rows (of each hour); 0 for all (default 20)" },
	{ "format", 0, MG_OPTION_TEXT, FIELD(format), "FORMAT", "table (default), json, csv, html, prometheus" },
	{ "json", 0, MG_OPTION_FLAG, FIELD(json), NULL, "the same as --format json" },
	{ "prometheus", 0, MG_OPTION_FLAG, FIELD(prometheus), NULL, "the same as --format prometheus" },
	{ "output", 'o', MG_OPTION_TEXT, FIELD(output), "FILE", "write there, all at once, instead of to standard output" },
	{ "exact", 0, MG_OPTION_FLAG, FIELD(exact), NULL, "do not round numbers on a terminal" },
	{ "utc", 0, MG_OPTION_FLAG, FIELD(place.utc), NULL, "times in UTC, not in the zone of the host" },
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "state directory (default: as set, /var/lib/mailguard below the root)" },
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ "quiet", 'q', MG_OPTION_FLAG, FIELD(quiet), NULL, "no remarks on standard error" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

/* Everybody may read metrics: their collector is another user. */
#define METRICS_MODE 0644
#define REPORT_MODE 0600

static int parse_bound(const char *word, const struct mg_report_opts *r,
		       int64_t all, int64_t *out, struct mg_err *err)
{
	if (!strcmp(word, "all")) {
		*out = all;
		return 0;
	}
	return mg_report_time_parse(mg_slice_str(word), r->tz, r->now, out,
				    err);
}

static int parse_times(const struct report_opts *o, struct mg_report_opts *r,
		       struct mg_err *err)
{
	int rc = parse_bound(o->since, r, INT64_MIN, &r->query.since, err);

	if (rc == 0)
		rc = parse_bound(o->until, r, INT64_MAX, &r->query.until, err);
	return rc;
}

static int parse_words(const struct report_opts *o, struct mg_report_opts *r,
		       struct mg_err *err)
{
	const char *format = o->json         ? "json"
			     : o->prometheus ? "prometheus"
					     : o->format;

	if (!mg_report_format_parse(mg_slice_str(format), &r->format))
		return mg_fail(err, MG_EUSAGE,
			       "--format: '%s' is none of table, json, csv, "
			       "html, prometheus",
			       format);
	if (o->by && !mg_report_by_parse(mg_slice_str(o->by), &r->query.by))
		return mg_fail(err, MG_EUSAGE,
			       "--by: '%s' is none of domain, mailbox, script, "
			       "account, owner, sender-domain, ip",
			       o->by);
	if (o->slots && o->hours)
		return mg_fail(err, MG_EUSAGE,
			       "--slots and --hours exclude each other");
	return 0;
}

/* What depends on the subject: what rows are if nothing was said, and more. */
static int narrow(const struct report_opts *o,
		  const struct mg_report_about *about, struct mg_report_opts *r,
		  struct mg_err *err)
{
	struct mg_report_query *q = &r->query;

	if (!o->by)
		q->by = mg_report_by_of(about);
	if (o->slots && (q->by == MG_BY_SENDER_DOMAIN || q->by == MG_BY_IP))
		return mg_fail(err, MG_EUSAGE,
			       "--slots: senders' domains and addresses are "
			       "counted by whole hours only");
	if (o->sort && mg_report_sort_parse(mg_slice_str(o->sort), q, err) < 0)
		return -MG_EUSAGE;
	return about->len ? mg_report_set_about(q, about, err) : 0;
}

static void remark(uint64_t n_rows, uint64_t n_left)
{
	if (n_rows == 0)
		mg_log(MG_LOG_INFO, "nothing was counted in this time");
	if (n_left)
		mg_log(MG_LOG_INFO, "%llu more rows; --top 0 shows all",
		       (unsigned long long)n_left);
}

static int print_to(struct mg_store *store, struct mg_report_opts *r,
		    const char *output, struct mg_err *err)
{
	const uint32_t mode = r->format == MG_FORMAT_PROMETHEUS ? METRICS_MODE
								: REPORT_MODE;
	struct mg_replace file = { .fd = -1, .dir = -1 };
	uint64_t n_rows = 0, n_left = 0;
	int rc = 0;

	if (output) {
		rc = mg_replace_begin(&file, output, mode, err);
		r->fd = file.fd;
	}
	if (rc == 0)
		rc = mg_report_run(store, r, &n_rows, &n_left, err);
	if (rc == 0 && output)
		rc = mg_replace_commit(&file, err);
	mg_replace_release(&file);
	if (rc == 0)
		remark(n_rows, n_left);
	return rc;
}

static int print(const struct report_opts *o, const char *state,
		 const char *word, struct mg_report_opts *r, struct mg_err *err)
{
	struct mg_report_about about = { .kind = MG_BY_DOMAIN };
	struct mg_store *store = NULL;
	int rc = mg_store_open(&store, state, MG_STORE_READ, err);

	if (rc == 0 && word)
		rc = mg_report_about_parse(store, mg_slice_str(word), &about,
					   err);
	if (rc == 0)
		rc = narrow(o, &about, r, err);
	if (rc == 0)
		rc = print_to(store, r, o->output, err);
	mg_store_close(store);
	return rc;
}

static int run(const void *opts, int argc, char **argv)
{
	const struct report_opts *o = opts;
	struct mg_report_opts report = {
		.query = { .hours = o->hours,
			   .slots = o->slots,
			   .top = o->top },
		.is_exact = o->exact,
		.now = mg_clock_now(),
		.fd = STDOUT_FILENO,
	};
	struct mg_command_host host = { .root = { .fd = -1 } };
	struct mg_err err = { 0 };
	int rc = 0;

	mg_log_set_quiet(o->quiet);
	if (!o->output)
		report.term = mg_command_terminal();
	if (argc > 2)
		rc = mg_fail(&err, MG_EUSAGE,
			     "report: '%s' is not expected; a report is about "
			     "one subject",
			     argv[2]);
	if (rc == 0)
		rc = parse_words(o, &report, &err);
	if (rc == 0)
		rc = mg_command_open_host(&host, &o->place, &err);
	report.tz = host.shown_tz;
	if (rc == 0)
		rc = parse_times(o, &report, &err);
	if (rc == 0)
		rc = print(o, host.state, argc > 1 ? argv[1] : NULL, &report,
			   &err);
	mg_command_close_host(&host);
	return rc < 0 ? mg_command_fail(&err) : MG_OK;
}

static const struct report_opts defaults = {
	.place.root = "/",
	.since = "all",
	.until = "all",
	.format = "table",
	.top = 20,
};

const struct mg_command mg_cmd_report = {
	.name = "report",
	.operands = "[SUBJECT]",
	.summary = "show who sent how much, by domain and by hour",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
