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
#include "mailguard/report.h"
#include "mailguard/store.h"
#include "mailguard/zone.h"

struct report_opts {
	const char *root, *config, *state, *by, *since, *until, *format;
	uint32_t top;
	bool hours, slots, utc, json, quiet;
};

#define FIELD(f) offsetof(struct report_opts, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "by", 0, MG_OPTION_TEXT, FIELD(by), "SUBJECT", "what a row is: domain (default), mailbox, script, account, owner, sender-domain, ip" },
	{ "hours", 0, MG_OPTION_FLAG, FIELD(hours), NULL, "a row for each hour instead of one over all" },
	{ "slots", 0, MG_OPTION_FLAG, FIELD(slots), NULL, "a row for each five minutes of the last two hours that were logged" },
	{ "since", 0, MG_OPTION_TEXT, FIELD(since), "TIME", "hours from here on: all (default), 24h, 2026-03-01T12:00" },
	{ "until", 0, MG_OPTION_TEXT, FIELD(until), "TIME", "hours before this: all (default), 1h, 2026-03-02" },
	{ "top", 0, MG_OPTION_COUNT, FIELD(top), "N", "the N rows (of each hour) with the most recipients (checks); 0 for all (default 20)" },
	{ "format", 0, MG_OPTION_TEXT, FIELD(format), "FORMAT", "table (default), json, csv" },
	{ "json", 0, MG_OPTION_FLAG, FIELD(json), NULL, "the same as --format json" },
	{ "utc", 0, MG_OPTION_FLAG, FIELD(utc), NULL, "times in UTC, not in the zone of the host" },
	{ "state", 0, MG_OPTION_TEXT, FIELD(state), "DIR", "state directory (default: as set, /var/lib/mailguard below the root)" },
	{ "config", 0, MG_OPTION_TEXT, FIELD(config), "FILE", MG_HELP_CONFIG },
	{ "root", 0, MG_OPTION_TEXT, FIELD(root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ "quiet", 'q', MG_OPTION_FLAG, FIELD(quiet), NULL, "no remarks on standard error" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

static int parse_bound(const char *word, const struct mg_tz *tz, int64_t all,
		       int64_t *out, struct mg_err *err)
{
	if (!strcmp(word, "all")) {
		*out = all;
		return 0;
	}
	return mg_report_time_parse(mg_slice_str(word), tz, mg_clock_now(), out,
				    err);
}

static int parse_words(const struct report_opts *o, struct mg_report_opts *r,
		       struct mg_err *err)
{
	const char *format = o->json ? "json" : o->format;

	if (!mg_report_by_parse(mg_slice_str(o->by), &r->query.by))
		return mg_fail(err, MG_EUSAGE,
			       "--by: '%s' is none of domain, mailbox, script, "
			       "account, owner, sender-domain, ip",
			       o->by);
	if (!mg_report_format_parse(mg_slice_str(format), &r->format))
		return mg_fail(err, MG_EUSAGE,
			       "--format: '%s' is none of table, json, csv",
			       format);
	if (o->slots && o->hours)
		return mg_fail(err, MG_EUSAGE,
			       "--slots and --hours exclude each other");
	if (o->slots &&
	    (r->query.by == MG_BY_SENDER_DOMAIN || r->query.by == MG_BY_IP))
		return mg_fail(
			err, MG_EUSAGE,
			"--slots: by %s, counts are kept for whole hours "
			"only",
			o->by);
	return 0;
}

static int print(const char *state, struct mg_report_opts *r,
		 struct mg_err *err)
{
	struct mg_store *store = NULL;
	uint64_t n_rows = 0, n_left = 0;
	int rc = mg_store_open(&store, state, MG_STORE_READ, err);

	if (rc == 0)
		rc = mg_report_run(store, r, &n_rows, &n_left, err);
	mg_store_close(store);
	if (rc == 0 && n_rows == 0)
		mg_log(MG_LOG_INFO, "nothing was counted in this time");
	if (rc == 0 && n_left)
		mg_log(MG_LOG_INFO, "%llu more rows; --top 0 shows all",
		       (unsigned long long)n_left);
	return rc;
}

static int run(const void *opts, int argc, char **argv)
{
	static struct mg_tz tz; /* 20 KiB, too large for a stack frame */
	const struct report_opts *o = opts;
	struct mg_report_opts report = {
		.query = { .hours = o->hours,
			   .slots = o->slots,
			   .top = o->top },
		.fd = STDOUT_FILENO,
	};
	struct mg_command_host host = { .root = { .fd = -1 } };
	struct mg_err err = { 0 };
	int rc = 0;

	mg_log_set_quiet(o->quiet);
	if (argc > 1)
		rc = mg_fail(&err, MG_EUSAGE, "report: '%s' is not expected",
			     argv[1]);
	if (rc == 0)
		rc = parse_words(o, &report, &err);
	if (rc == 0)
		rc = mg_command_open_host(&host,
					  &(struct mg_command_place){
						  .root = o->root,
						  .config = o->config,
						  .state = o->state,
					  },
					  &err);
	if (rc == 0 && !o->utc) {
		rc = mg_zone_load(&host.root, &tz, &err);
		report.tz = &tz;
	}
	if (rc == 0)
		rc = parse_bound(o->since, report.tz, INT64_MIN,
				 &report.query.since, &err);
	if (rc == 0)
		rc = parse_bound(o->until, report.tz, INT64_MAX,
				 &report.query.until, &err);
	if (rc == 0)
		rc = print(host.state, &report, &err);
	mg_command_close_host(&host);
	return rc < 0 ? mg_command_fail(&err) : MG_OK;
}

static const struct report_opts defaults = {
	.root = "/",
	.by = "domain",
	.since = "all",
	.until = "all",
	.format = "table",
	.top = 20,
};

const struct mg_command mg_cmd_report = {
	.name = "report",
	.operands = "",
	.summary = "show who sent how much, by domain and by hour",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
