/* SPDX-License-Identifier: MIT */
#include "mailguard/sweep.h"

#include <string.h>

#include "mailguard/admit.h"
#include "mailguard/file.h"
#include "mailguard/follow.h"
#include "mailguard/mem.h"
#include "mailguard/record.h"
#include "mailguard/spawn.h"
#include "mailguard/worker.h"

/* Clocks of log writers that are ahead of ours: zones that were set wrong. */
#define LATEST_AHEAD_S 86400

struct mg_sweep {
	struct mg_sweep_opts opts;
	struct mg_source source;
	struct mg_hash_key key;
	int32_t hour_offset_s;
};

/* One log on its way. */
struct reading {
	struct mg_sweep *sweep;
	struct mg_sweep_result *result;
	struct mg_follow follow;
	struct mg_counter counter; /* the child's start; not used here after */
	struct mg_admit admit;
	struct mg_worker worker;
	struct mg_record_pipe pipe;
	int64_t end; /* bytes when it was opened */
	int fd;
	bool in_chunk; /* a transaction is open */
};

static int begin(struct mg_sweep *s, struct mg_err *err)
{
	return s->opts.dry_run ? 0 : mg_store_begin(s->opts.store, err);
}

static int commit(struct mg_sweep *s, struct mg_err *err)
{
	return s->opts.dry_run ? 0 : mg_store_commit(s->opts.store, err);
}

int mg_sweep_begin(struct mg_sweep **out, const struct mg_sweep_opts *opts,
		   struct mg_err *err)
{
	struct mg_sweep *s = mg_mem_zalloc(1, sizeof(*s));
	int32_t fresh = mg_tz_offset(opts->tz, opts->now) % 3600;
	int rc;

	s->opts = *opts;
	s->key = mg_store_key(opts->store);
	/* An hour starts where the local one does: 45 minutes east of UTC is
	   15 minutes after the full hour there. */
	fresh = (3600 - fresh) % 3600;
	/* A dry run is one transaction from here on, taken back at the end. */
	rc = mg_store_begin(opts->store, err);
	if (rc == 0)
		rc = mg_store_hour_offset(opts->store, fresh, &s->hour_offset_s,
					  err);
	if (rc == 0)
		rc = mg_store_source(opts->store, opts->source, &s->source,
				     err);
	if (rc == 0)
		rc = commit(s, err);
	if (rc < 0) {
		mg_sweep_end(s);
		return rc;
	}
	*out = s;
	return 0;
}

void mg_sweep_end(struct mg_sweep *s)
{
	if (!s)
		return;
	mg_store_rollback(s->opts.store);
	mg_mem_free(s);
}

/* --- the state at the start, for the child and for the boundary --- */

/* Whether an origin still belongs to whom it belonged to then. */
static bool is_current(const struct mg_accounts *t, const struct mg_origin *o,
		       struct mg_subject *out)
{
	out->domain = out->account = MG_ACCOUNT_NONE;
	if (o->account.len == 0)
		return true;
	out->domain = mg_accounts_domain(t, o->domain);
	out->account = mg_accounts_user(t, o->account);
	return out->domain != MG_ACCOUNT_NONE &&
	       out->account != MG_ACCOUNT_NONE &&
	       t->domains[out->domain].account == out->account &&
	       mg_slice_is(t->accounts[out->account].owner, o->owner);
}

/*
 * The number of an origin in flight. One that changed hands since gets a
 * number that no new message can get: what is in flight stays charged to whom
 * it was charged, and what comes now is not.
 */
static uint32_t restore_origin(struct reading *r,
			       const struct mg_flight_row *row)
{
	struct mg_subject subject = { .kind = row->origin.kind,
				      .name = row->origin.name };
	uint32_t number;

	if (!is_current(r->sweep->opts.accounts, &row->origin, &subject)) {
		subject.kind = UINT32_MAX;
		subject.domain = (uint32_t)row->origin_id;
		subject.account = MG_ACCOUNT_NONE - 1; /* somebody's, once */
	}
	number = mg_subjects_number(&r->counter.origins, &subject);
	if (number == r->admit.n_rows[MG_SPACE_ORIGIN])
		mg_admit_know(&r->admit, MG_SPACE_ORIGIN, row->origin_id);
	return number;
}

static int restore_flight(void *arg, const struct mg_flight_row *row)
{
	struct reading *r = arg;
	struct mg_flight flight = row->flight;

	flight.origin = row->origin_id ? restore_origin(r, row)
				       : MG_ACCOUNT_NONE;
	(void)mg_flights_restore(&r->counter.flights, &flight);
	return 0;
}

static int restore_tracked(void *arg, const char *id, uint64_t hash)
{
	struct reading *r = arg;
	struct mg_flight_entry *e = mg_flights_find(&r->counter.flights,
						    mg_slice_str(id));

	if (e)
		(void)mg_flights_track(&r->counter.flights, e, hash);
	return 0;
}

static int restore_caller(void *arg, const struct mg_cwd *cwd)
{
	struct reading *r = arg;

	mg_counter_restore_caller(&r->counter, cwd);
	return 0;
}

static int restore(struct reading *r, struct mg_err *err)
{
	struct mg_sweep *s = r->sweep;
	struct mg_counter *c = &r->counter;
	int rc;

	mg_counter_init(c, s->opts.accounts, s->opts.tz, s->hour_offset_s,
			&s->key);
	mg_counter_set_engine(c, s->opts.engine);
	c->dialect = s->opts.dialect;
	c->latest = s->opts.now + LATEST_AHEAD_S;
	c->last_at = s->source.last_at;
	c->flights.next_seq = s->source.next_seq;
	rc = mg_store_each_flight(s->opts.store, s->source.id, restore_flight,
				  r, err);
	if (rc == 0)
		rc = mg_store_each_tracked(s->opts.store, s->source.id,
					   restore_tracked, r, err);
	if (rc == 0)
		rc = mg_store_each_cwd(s->opts.store, s->source.id,
				       restore_caller, r, err);
	/* The store knows all of it. */
	mg_flights_settle(&c->flights);
	c->origins.n_told = c->origins.n_items;
	return rc;
}

/* --- chunks --- */

static int open_chunk(struct reading *r, struct mg_err *err)
{
	int rc;

	if (r->in_chunk)
		return 0;
	rc = begin(r->sweep, err);
	if (rc < 0)
		return rc;
	r->in_chunk = true;
	return mg_store_clear_cwds(r->sweep->opts.store, r->sweep->source.id,
				   err);
}

static int add_lines(struct reading *r, const struct mg_record_chunk *chunk,
		     struct mg_err *err)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < MG_LINE_KINDS; i++) {
		if (chunk->n_lines[i] == 0)
			continue;
		rc = mg_store_add_lines(r->sweep->opts.store,
					r->sweep->source.id,
					mg_line_kind_name((unsigned)i),
					(int64_t)chunk->n_lines[i], err);
	}
	return rc;
}

static void note_chunk(struct mg_sweep_result *result,
		       const struct mg_record_chunk *chunk)
{
	result->to = chunk->to;
	for (int i = 0; i < MG_LINE_KINDS; i++) {
		result->n_kinds[i] += chunk->n_lines[i];
		result->n_lines += chunk->n_lines[i];
	}
	result->n_orphans += chunk->n_orphans;
	result->n_forgotten += chunk->n_forgotten;
}

/* Counts, in-flight state, position: all of it or nothing. */
static int close_chunk(struct reading *r, const struct mg_record_chunk *chunk,
		       struct mg_err *err)
{
	struct mg_sweep *s = r->sweep;
	struct mg_cursor *cursor = &r->follow.cursor;
	const struct mg_source source = { .id = s->source.id,
					  .last_at = chunk->last_at,
					  .next_seq = chunk->next_seq };
	int rc;

	if (chunk->from != cursor->offset || chunk->to > r->end)
		return mg_fail(err, MG_EPARSE,
			       "the parser claims bytes it was not given");
	if (r->result->from == 0 && s->source.last_at != INT64_MIN &&
	    chunk->from == 0 && chunk->first_at < s->source.last_at)
		r->result->older_s = s->source.last_at - chunk->first_at;
	rc = mg_follow_advance(cursor, r->fd, &s->key, chunk->to, err);
	if (rc == 0)
		rc = mg_store_put_cursor(s->opts.store, s->source.id, cursor,
					 err);
	if (rc == 0)
		rc = mg_store_put_source(s->opts.store, &source, err);
	if (rc == 0)
		rc = add_lines(r, chunk, err);
	if (rc == 0)
		rc = commit(s, err);
	if (rc < 0)
		return rc;
	s->source = source;
	r->in_chunk = false;
	r->result->log = cursor->id;
	note_chunk(r->result, chunk);
	return 0;
}

static int take_record(struct reading *r, const struct mg_record *record,
		       struct mg_err *err)
{
	int rc;

	if (record->type == MG_RECORD_FAILED)
		return mg_fail(err, MG_EIO, "cannot read behind byte %lld: %s",
			       (long long)record->body.failed.at,
			       strerror(record->body.failed.number));
	rc = open_chunk(r, err);
	if (rc < 0)
		return rc;
	if (record->type == MG_RECORD_CHUNK)
		return close_chunk(r, &record->body.chunk, err);
	return mg_admit_record(&r->admit, record, err);
}

/* Everything the child says, until it has said all. */
static int take_records(struct reading *r, struct mg_err *err)
{
	struct mg_record record;
	int rc;

	while ((rc = mg_record_read(&r->pipe, &record, err)) == 1) {
		rc = take_record(r, &record, err);
		if (rc < 0)
			return rc;
	}
	return rc;
}

static int parse(struct reading *r, struct mg_err *err)
{
	struct mg_parse_job job = {
		.counter = &r->counter,
		.from = r->follow.cursor.offset,
		.end = r->end,
		.chunk_bytes = MG_CHUNK_BYTES,
	};
	int rc = restore(r, err);

	if (rc < 0)
		return rc;
	rc = mg_worker_start(&r->worker, r->fd, mg_parse_run, &job,
			     &r->sweep->opts.jail, err);
	if (rc < 0)
		return rc;
	r->pipe.fd = r->worker.from_fd;
	rc = take_records(r, err);
	if (rc < 0) {
		mg_worker_kill(&r->worker);
		return rc;
	}
	rc = mg_worker_wait(&r->worker, err);
	if (rc < 0)
		mg_err_prefix(err, "bytes %lld to %lld were not counted",
			      (long long)r->follow.cursor.offset,
			      (long long)r->end);
	return rc;
}

/* How compressed files begin (file(1)); none of it can begin a log. */
static const struct {
	struct mg_slice magic;
	const char *name;
} packers[] = {
	{ MG_LIT_INIT("\x1f\x8b"), "gzip" },
	{ MG_LIT_INIT("\xfd"
		      "7zXZ"),
	  "xz" },
	{ MG_LIT_INIT("\x28\xb5\x2f\xfd"), "zstd" },
	{ MG_LIT_INIT("BZh"), "bzip2" },
};

static int refuse_compressed(int fd, struct mg_err *err)
{
	char start[8];
	const int64_t n = mg_file_read_at(fd, start, sizeof(start), 0, err);

	if (n < 0)
		return (int)n;
	for (size_t i = 0; i < sizeof(packers) / sizeof(*packers); i++)
		if (mg_slice_has_prefix(mg_slice_of(start, (size_t)n),
					packers[i].magic))
			return mg_fail(err, MG_EPARSE,
				       "it is compressed (%s); unpack it first",
				       packers[i].name);
	return 0;
}

static void note_start(struct reading *r)
{
	const struct mg_follow *f = &r->follow;

	r->result->from = r->result->to = f->cursor.offset;
	r->result->log = f->cursor.id;
	r->result->longer = f->longer;
	/* An empty file says nothing yet about what follows the old one. */
	if (f->cursor.id == 0 && r->end > 0) {
		r->result->replaced = f->replaced;
		r->result->replaced_offset = f->replaced_offset;
	}
}

static int read_log(struct reading *r, const char *path, struct mg_err *err)
{
	struct mg_sweep *s = r->sweep;
	struct mg_file_info info;
	int rc = mg_file_open_log(path, &r->fd, &info, err);

	if (rc < 0)
		return rc;
	rc = refuse_compressed(r->fd, err);
	if (rc == 0)
		rc = mg_follow_find(r->fd, &info, path, s->opts.store,
				    s->source.id, &r->follow, err);
	if (rc < 0)
		goto out;
	r->end = info.size_bytes;
	note_start(r);
	if (r->end > r->follow.cursor.offset)
		rc = parse(r, err);
	if (r->follow.longer == 0)
		r->result->waiting = r->end - r->result->to;
out:
	if (rc < 0)
		mg_err_prefix(err, "'%s'", path);
	return rc;
}

int mg_sweep_log(struct mg_sweep *sweep, const char *path,
		 struct mg_sweep_result *result, struct mg_err *err)
{
	struct reading *r = mg_mem_zalloc(1, sizeof(*r));
	int rc;

	*result = (struct mg_sweep_result){ 0 };
	r->sweep = sweep;
	r->result = result;
	r->fd = -1;
	r->worker.from_fd = -1;
	r->admit = (struct mg_admit){
		.store = sweep->opts.store,
		.accounts = sweep->opts.accounts,
		.source = sweep->source.id,
		.hour_offset_s = sweep->hour_offset_s,
	};
	rc = read_log(r, path, err);
	if (r->in_chunk && !sweep->opts.dry_run)
		mg_store_rollback(sweep->opts.store);
	mg_counter_release(&r->counter);
	mg_admit_release(&r->admit);
	mg_file_close(&r->fd);
	mg_mem_free(r);
	return rc;
}
