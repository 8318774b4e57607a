/* SPDX-License-Identifier: MIT */
/*
 * status - whether sweeps run, keep up, and understand what they read.
 *
 * Reads only, and never waits for a sweep. Its exit status is for what watches
 * the host: 0 only where nothing needs a person.
 */
#include "command.h"

#include <stdint.h>
#include <unistd.h>

#include "mailguard/backend.h"
#include "mailguard/clock.h"
#include "mailguard/duration.h"
#include "mailguard/in_force.h"
#include "mailguard/log.h"
#include "mailguard/status.h"

#define SETS_MAX 16

struct status_opts {
	struct mg_command_place place;
	const char *max_age;
	bool json, acts;
};

#define FIELD(f) offsetof(struct status_opts, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "actions", 0, MG_OPTION_FLAG, FIELD(acts), NULL, "only what is in force or waits" },
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "json", 0, MG_OPTION_FLAG, FIELD(json), NULL, "print JSON instead of text" },
	{ "max-age", 0, MG_OPTION_TEXT, FIELD(max_age), "TIME", "the last good sweep must not be older: 15m, 2h" },
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "state directory (default: as set, /var/lib/mailguard below the root)" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

static int parse(const struct status_opts *o, int argc, char **argv,
		 int64_t *max_age_s, struct mg_err *err)
{
	if (argc > 1)
		return mg_fail(err, MG_EUSAGE, "status: '%s' is not expected",
			       argv[1]);
	if (o->max_age &&
	    (!mg_duration_parse(mg_slice_str(o->max_age), max_age_s) ||
	     *max_age_s == 0))
		return mg_fail(err, MG_EUSAGE,
			       "--max-age: '%s' is no duration: give 15m, 2h",
			       o->max_age);
	return 0;
}

/* Sets of back ends that are set; each has a few. */
struct sets {
	struct mg_status_set sets[SETS_MAX];
	size_t n;
	const char *backend;
};

static void take_set(void *arg, const struct mg_backend_fill *fill)
{
	struct sets *s = arg;

	if (s->n < SETS_MAX)
		s->sets[s->n++] = (struct mg_status_set){ s->backend,
							  fill->what, fill->n,
							  fill->size };
}

/* What a back end cannot tell is not shown: status is not about that. */
static void gather_sets(const struct mg_command_host *host,
			struct mg_store *store, int64_t now, struct sets *out)
{
	const struct mg_conf_texts *by = &host->settings.enforce.by;
	const struct mg_force none = { .entries = NULL };
	const struct mg_backend_host h = { .root = &host->root,
					   .settings = &host->settings,
					   .force = &none,
					   .store = store,
					   .now = now };

	for (size_t i = 0; i < by->n; i++) {
		const struct mg_backend *b = mg_backend_find(by->items[i]);

		if (!b || !b->fill)
			continue;
		out->backend = b->name;
		(void)b->fill(&h, take_set, out, NULL);
	}
}

static int show(const struct mg_command_host *host,
		struct mg_status_opts *status, bool *is_healthy,
		struct mg_err *err)
{
	struct sets sets = { .n = 0 };
	struct mg_store *store = NULL;
	int rc = mg_store_open(&store, status->state_dir, MG_STORE_READ, err);

	if (rc == 0)
		gather_sets(host, store, status->now, &sets);
	status->sets = sets.sets;
	status->n_sets = sets.n;
	if (rc == 0)
		rc = mg_status_run(store, status, is_healthy, err);
	status->n_sets = 0;
	mg_store_close(store);
	return rc;
}

/* Only what is in force: nothing that is watched over, so it ends with 0. */
static int show_acts(const struct mg_status_opts *status, struct mg_err *err)
{
	const struct mg_in_force_opts opts = {
		.format = status->is_json ? MG_FORMAT_JSON : MG_FORMAT_TABLE,
		.tz = status->tz,
		.term = status->term,
		.now = status->now,
		.fd = status->fd,
	};
	struct mg_store *store = NULL;
	uint64_t n = 0;
	int rc = mg_store_open(&store, status->state_dir, MG_STORE_READ, err);

	if (rc == 0)
		rc = mg_in_force_print(store, &opts, &n, err);
	if (rc == 0 && n == 0)
		mg_log(MG_LOG_INFO, "nothing is in force");
	mg_store_close(store);
	return rc;
}

static int run(const void *opts, int argc, char **argv)
{
	const struct status_opts *o = opts;
	struct mg_status_opts status = { .now = mg_clock_now(),
					 .is_json = o->json,
					 .fd = STDOUT_FILENO,
					 .term = mg_command_terminal() };
	struct mg_command_host host = { .root = { .fd = -1 } };
	struct mg_err err = { 0 };
	bool is_healthy = o->acts;
	int rc = parse(o, argc, argv, &status.max_age_s, &err);

	if (rc == 0)
		rc = mg_command_open_host(&host, &o->place, &err);
	status.state_dir = host.state;
	status.tz = host.shown_tz;
	if (rc == 0)
		rc = o->acts ? show_acts(&status, &err)
			     : show(&host, &status, &is_healthy, &err);
	mg_command_close_host(&host);
	if (rc < 0)
		return mg_command_fail(&err);
	return is_healthy ? MG_OK : MG_EFOUND;
}

static const struct status_opts defaults = { .place.root = "/" };

const struct mg_command mg_cmd_status = {
	.name = "status",
	.operands = "",
	.summary = "tell whether sweeps run, keep up and understand",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
