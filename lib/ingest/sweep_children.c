/* SPDX-License-Identifier: MIT */
/*
 * The processes that read one log. The parent hears the first one alone; the
 * others, if there are any, speak to that one.
 */
#include "sweep_priv.h"

#include <signal.h>

#include "mailguard/worker.h"

static int64_t part_bytes = MG_PART_BYTES;

void mg_sweep_set_part(int64_t bytes)
{
	part_bytes = bytes;
}

/* A compressed log cannot be cut, and the order of a journal is its own. */
static bool can_be_cut(const struct mg_sweep *s, const struct mg_log *log)
{
	return log->pack == MG_PACK_NONE && !log->is_piece &&
	       s->opts.dialect != MG_DIALECT_JOURNAL;
}

static unsigned unasked(int64_t bytes)
{
	const unsigned cores = mg_worker_cores();

	if (bytes < MG_PROCESSES_BYTES)
		return 1;
	return cores < MG_PROCESSES_UNASKED ? cores : MG_PROCESSES_UNASKED;
}

unsigned mg_children_of(const struct mg_sweep *s, const struct mg_log *log,
			int64_t bytes)
{
	const int64_t n_parts = (bytes + part_bytes - 1) / part_bytes;
	unsigned n = s->opts.processes;

	if (!can_be_cut(s, log) || n_parts < 2)
		return 1;
	if (n == 0)
		n = unasked(bytes);
	return n_parts < n ? (unsigned)n_parts : n;
}

/* As many parts for each process, none larger than it may be. */
static int64_t even_part(int64_t bytes, unsigned n)
{
	const int64_t n_parts = (bytes + part_bytes - 1) / part_bytes;
	const int64_t each = (n_parts + n - 1) / n;

	return each ? (bytes + each * n - 1) / (each * n) : part_bytes;
}

const struct mg_jail *mg_sweep_jail(struct mg_sweep *s)
{
	if (!s->has_jail)
		s->jail = mg_priv_jail(s->opts.root);
	s->has_jail = true;
	return &s->jail;
}

int mg_children_start(struct mg_children *c, int log_fd,
		      struct mg_parse_job *job, unsigned n,
		      const struct mg_jail *jail, struct mg_err *err)
{
	int rc = 0;

	c->n_helpers = job->n_helpers = n - 1;
	job->part_bytes = even_part(job->end - job->from, n);
	for (unsigned i = 0; rc == 0 && i < c->n_helpers; i++) {
		job->helper = i;
		rc = mg_worker_start(&c->helpers[i], log_fd, mg_parse_help, job,
				     jail, err);
	}
	if (rc == 0)
		rc = mg_worker_start_with(&c->first, log_fd, c->helpers,
					  c->n_helpers, mg_parse_run, job, jail,
					  err);
	if (rc < 0)
		mg_children_kill(c);
	return rc;
}

void mg_children_kill(struct mg_children *c)
{
	mg_worker_kill(&c->first);
	for (unsigned i = 0; i < c->n_helpers; i++)
		mg_worker_kill(&c->helpers[i]);
}

/*
 * The first one ends when a helper does, whose end says more. A helper that had
 * more to say than the first wanted to hear ends by SIGPIPE.
 */
int mg_children_wait(struct mg_children *c, struct mg_err *err)
{
	int rc = mg_worker_wait(&c->first, err);

	for (unsigned i = 0; i < c->n_helpers; i++) {
		struct mg_worker *helper = &c->helpers[i];
		struct mg_err its = { .code = MG_OK };

		if (mg_worker_wait(helper, &its) == 0 ||
		    helper->killed_by == SIGPIPE ||
		    (rc < 0 && (c->first.killed_by || !helper->killed_by)))
			continue;
		rc = its.code;
		if (err)
			*err = its;
	}
	return rc < 0 ? rc : -rc;
}
