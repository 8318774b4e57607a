/* SPDX-License-Identifier: MIT */
#include "sweep_run_priv.h"

#include "mailguard/health.h"
#include "mailguard/lock.h"
#include "mailguard/log.h"
#include "mailguard/mem.h"

static int check_words(const struct mg_sweep_options *o, int n_logs,
		       struct mg_err *err)
{
	enum mg_account_source unused;

	if (n_logs && o->journal)
		return mg_fail(err, MG_EUSAGE,
			       "--journal: no log may be given beside it");
	if (o->source && (n_logs || o->journal))
		return mg_fail(err, MG_EUSAGE,
			       "--source: no log may be given beside it");
	if (o->processes > MG_PROCESSES_MAX)
		return mg_fail(err, MG_EUSAGE, "--processes: at most %d",
			       MG_PROCESSES_MAX);
	if (o->accounts &&
	    !mg_account_source_parse(mg_slice_str(o->accounts), &unused))
		return mg_fail(
			err, MG_EUSAGE,
			"--accounts: '%s' is none of " MG_ACCOUNT_SOURCES,
			o->accounts);
	return 0;
}

static int get_ready(struct mg_sweep_run *r, int n_logs, char **logs,
		     struct mg_err *err)
{
	const struct mg_sweep_words words = {
		.dialect = r->opts->dialect,
		.old_dir = r->opts->old_dir,
		.source = r->opts->source,
		.is_journal = r->opts->journal,
		.logs = logs,
		.n_logs = (size_t)n_logs,
	};
	int rc = mg_command_open_host(&r->host, &r->opts->place, err);

	if (rc == 0)
		rc = mg_sweep_plan(&r->plan, &words, &r->host.settings,
				   r->opts->place.root, &r->say, err);
	if (rc == 0)
		rc = mg_command_read_policies(&r->policies, &r->host,
					      r->opts->policy, err);
	r->is_ready = rc == 0;
	return rc;
}

void mg_sweep_run_free(struct mg_sweep_run *r)
{
	if (!r)
		return;
	mg_policies_release(&r->policies);
	/* Only who has the lock may clear up behind itself. */
	if (r->opts->is_watch && r->store &&
	    mg_lock_try(r->state_fd, MG_LOCK_WATCH, &r->lock_fd, NULL) < 0)
		mg_store_leave(r->store);
	else
		mg_store_close(r->store);
	mg_accounts_release(&r->accounts);
	mg_command_close_host(&r->host);
	mg_file_close(&r->lock_fd); /* last: others may write from here on */
	mg_file_close(&r->state_fd);
	mg_sweep_progress_release(&r->progress);
	mg_sweep_plan_release(&r->plan);
	mg_mem_free(r);
}

struct mg_sweep_run *mg_sweep_run_new(const struct mg_sweep_options *opts,
				      int n_logs, char **logs)
{
	struct mg_sweep_run *r = mg_mem_zalloc(1, sizeof(*r));
	struct mg_err err = { 0 };
	int rc;

	r->opts = opts;
	r->is_configured = n_logs == 0 && !opts->journal;
	r->host.root.fd = r->state_fd = r->lock_fd = -1;
	r->say.is_terse = opts->is_watch;
	rc = check_words(opts, n_logs, &err);
	if (rc == 0)
		rc = get_ready(r, n_logs, logs, &err);
	if (rc < 0)
		r->say.status = mg_command_fail(&err);
	r->plan_status = r->say.status;
	return r;
}

int mg_sweep_run_status(const struct mg_sweep_run *r)
{
	return r->say.is_open && mg_health_is_good(r->say.status)
		       ? MG_ELIMIT
		       : r->say.status;
}

bool mg_sweep_run_is_ready(const struct mg_sweep_run *r)
{
	return r->is_ready;
}

const struct mg_sweep_plan *mg_sweep_run_plan(const struct mg_sweep_run *r)
{
	return &r->plan;
}

uint64_t mg_sweep_run_findings(const struct mg_sweep_run *r)
{
	return r->n_findings;
}

struct mg_store *mg_sweep_run_store(const struct mg_sweep_run *r)
{
	return r->store;
}

const struct mg_tz *mg_sweep_run_zone(const struct mg_sweep_run *r)
{
	return r->host.shown_tz;
}
