/* SPDX-License-Identifier: MIT */
#include "sweep_priv.h"

#include "mailguard/mem.h"

int mg_sweep_transact(struct mg_sweep *s, struct mg_err *err)
{
	return s->opts.dry_run ? 0 : mg_store_begin(s->opts.store, err);
}

int mg_sweep_commit(struct mg_sweep *s, struct mg_err *err)
{
	return s->opts.dry_run ? 0 : mg_store_commit(s->opts.store, err);
}

void mg_sweep_rollback(struct mg_sweep *s)
{
	if (!s->opts.dry_run)
		mg_store_rollback(s->opts.store);
}

/*
 * Whether the zone that stamps are read in is still the one of the last sweep:
 * what it says of an instant then must be what the old one said. A mark is
 * written when that has changed, which summer time does as well.
 */
static int watch_zone(struct mg_sweep *s, struct mg_err *err)
{
	const struct mg_sweep_opts *o = &s->opts;
	const struct mg_zone_mark now = { o->now, mg_tz_offset(o->tz, o->now) };
	struct mg_zone_mark *then = &s->zone.then;
	int rc = mg_store_zone_mark(o->store, then, err);

	if (rc < 0)
		return rc;
	s->zone.ahead_s = rc ? mg_tz_offset(o->tz, then->at) : now.ahead_s;
	s->zone.has_changed = rc && s->zone.ahead_s != then->ahead_s;
	if (rc && !s->zone.has_changed && now.ahead_s == then->ahead_s)
		return 0;
	return mg_store_set_zone_mark(o->store, now, err);
}

const struct mg_sweep_zone *mg_sweep_zone(const struct mg_sweep *s)
{
	return &s->zone;
}

int mg_sweep_begin(struct mg_sweep **out, const struct mg_sweep_opts *opts,
		   struct mg_err *err)
{
	struct mg_sweep *s = mg_mem_zalloc(1, sizeof(*s));
	int32_t fresh = mg_tz_offset(opts->tz, opts->now) % 3600;
	int rc;

	s->opts = *opts;
	s->drift = opts->drift ? opts->drift : &s->own_drift;
	s->drift->unknown_ppm = opts->unknown_ppm;
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
		rc = watch_zone(s, err);
	if (rc == 0)
		rc = mg_store_source(opts->store, opts->source, &s->source,
				     err);
	if (rc == 0)
		rc = mg_sweep_commit(s, err);
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
	for (size_t i = 0; i < s->n_paths; i++)
		mg_mem_free(s->paths[i]);
	mg_mem_free(s->paths);
	mg_mem_free(s);
}

const struct mg_drift_tally *mg_sweep_drift(const struct mg_sweep *s)
{
	return s->drift;
}

int mg_sweep_read(struct mg_sweep *s, struct mg_log *log, bool loud,
		  struct mg_sweep_result *result)
{
	struct mg_err err = { 0 };
	const int rc = mg_log_read(s, log, result, &err);

	if (rc < 0)
		mg_err_prefix(&err, "'%s'", log->path);
	if (s->has_stopped) /* of which the host knows */
		return rc;
	if (rc < 0 || loud || result->from < result->to)
		s->host->hear(s->host->arg,
			      &(struct mg_sweep_event){
				      .what = rc < 0 ? MG_SWEEP_FAILED
						     : MG_SWEEP_READ,
				      .path = log->path,
				      .result = result,
				      .err = rc < 0 ? &err : NULL,
			      });
	return rc;
}

/* Cursors are bounded; a failure is one of the next sweep's, too. */
static void forget_logs(struct mg_sweep *s)
{
	if (mg_sweep_transact(s, NULL) < 0)
		return;
	if (mg_store_forget_logs(s->opts.store, s->source.id, MG_LOGS_KNOWN,
				 NULL) < 0 ||
	    mg_sweep_commit(s, NULL) < 0)
		mg_sweep_rollback(s);
}

void mg_sweep_logs(struct mg_sweep *s, char *const *paths, size_t n,
		   const struct mg_sweep_host *host)
{
	const char **ordered = mg_mem_zalloc(n + 1, sizeof(*ordered));

	s->host = host;
	for (size_t i = 0; i < n; i++)
		ordered[i] = paths[i];
	if (n > 1)
		n = mg_sweep_order(s, ordered, n);
	for (size_t i = 0; i < n && !s->has_stopped; i++)
		mg_sweep_stream(s, ordered[i]);
	if (s->has_new_rows)
		forget_logs(s);
	mg_mem_free(ordered);
}
