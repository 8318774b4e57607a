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
	mg_mem_free(s);
}

const struct mg_drift_tally *mg_sweep_drift(const struct mg_sweep *s)
{
	return &s->drift;
}

int mg_sweep_log(struct mg_sweep *s, const char *path,
		 struct mg_sweep_result *result, struct mg_err *err)
{
	struct mg_log log;
	int rc;

	*result = (struct mg_sweep_result){ 0 };
	rc = mg_log_open(s, path, &log, err);
	if (rc == 0) {
		const struct mg_follow *f = &log.follow;

		/* An empty file says nothing yet about what follows the old
		   one. */
		if (f->cursor.id == 0 && log.info.size_bytes > 0) {
			result->replaced = f->replaced;
			result->replaced_offset = f->replaced_offset;
		}
		rc = mg_log_read(s, &log, result, err);
	}
	if (rc < 0 && log.fd >= 0)
		mg_err_prefix(err, "'%s'", path);
	mg_log_close(&log);
	return rc;
}
