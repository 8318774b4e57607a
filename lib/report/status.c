/* SPDX-License-Identifier: MIT */
#include "mailguard/status.h"

#include <stdarg.h>
#include <stdio.h>

#include "mailguard/file.h"
#include "mailguard/health.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

#define DAY_S 86400
#define PROBLEM_MAX 640 /* bytes of one */

/* A log that is followed, or a source without files (the journal). */
struct row {
	char source[32];
	char path[1024];       /* empty for a source without files */
	int64_t behind;        /* bytes that were not read yet; -1: not known */
	int64_t last_at;       /* of the source; INT64_MIN for none */
	int64_t swept_at;      /* last good sweep of the source; 0: not known */
	struct mg_drift drift; /* of the source */
};

struct run {
	struct mg_store *store;
	const struct mg_status_opts *opts;
	struct mg_health health;
	bool has_health;
	struct mg_unattributed share;
	int64_t state_bytes;
	struct row *rows; /* owned */
	size_t n_rows, cap_rows;
	struct row *source;     /* the row that is filled, while reading */
	struct mg_buf problems; /* a line each */
	struct mg_err failure;
};

static void complain(struct run *r, const char *fmt, ...) MG_PRINTF(2, 3);

static void complain(struct run *r, const char *fmt, ...)
{
	char text[PROBLEM_MAX];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (r->problems.len)
		mg_buf_add_char(&r->problems, '\n');
	mg_buf_add_printable(&r->problems, mg_slice_str(text));
}

/* "4 min", "3 h", "2 d": of a number of seconds, for people. */
static const char *span(int64_t s, char out[32])
{
	if (s < 120)
		(void)snprintf(out, 32, "%lld s", (long long)s);
	else if (s < 2 * 3600)
		(void)snprintf(out, 32, "%lld min", (long long)s / 60);
	else if (s < 2 * DAY_S)
		(void)snprintf(out, 32, "%lld h", (long long)s / 3600);
	else
		(void)snprintf(out, 32, "%lld d", (long long)s / DAY_S);
	return out;
}

/* --- what is there --- */

/*
 * How far its file is ahead of what was read. The stream is its whole path; the
 * path is as somebody typed it, wherever that was.
 */
static void look_at_file(struct run *r, struct row *row,
			 const struct mg_cursor *c)
{
	struct mg_file_info info;

	row->behind = -1;
	if (mg_file_look(c->stream, &info) != 0) {
		complain(r, "%s is not there", c->path);
	} else if (info.dev != c->dev || info.ino != c->ino) {
		/* Rotated: all of the new file, and the rest of the old. */
		row->behind = info.size_bytes;
	} else if (info.size_bytes < c->offset) {
		complain(r,
			 "%s is shorter than what was read of it: it was cut, "
			 "or emptied in place",
			 c->path);
	} else {
		row->behind = info.size_bytes - c->offset;
	}
}

static struct row *add_row(struct run *r, const struct row *like)
{
	r->rows = mg_vec_room(r->rows, r->n_rows, &r->cap_rows,
			      sizeof(*r->rows));
	r->rows[r->n_rows] = *like;
	return &r->rows[r->n_rows++];
}

/*
 * Logs that are followed: not what was put away, and nothing that was swept
 * by hand once and left alone since.
 */
static bool is_followed(const struct run *r, const struct mg_cursor *c)
{
	return c->state == MG_LOG_CURRENT && c->packed_bytes == 0 &&
	       c->seen_at > r->health.ended_at - DAY_S;
}

static int take_cursor(void *arg, const struct mg_cursor *c)
{
	struct run *r = arg;
	struct row *row;

	if (!is_followed(r, c))
		return 0;
	row = add_row(r, r->source);
	memcpy(row->path, c->path, sizeof(row->path));
	look_at_file(r, row, c);
	return 0;
}

static void check_drift(struct run *r, const struct row *row)
{
	const struct mg_drift *d = &row->drift;

	if (d->is_alarm)
		complain(r,
			 "%s: %llu of %llu lines of the last sweep are of no "
			 "known kind, so counts may lack what they said",
			 row->source, (unsigned long long)d->n_unknown,
			 (unsigned long long)d->n_lines);
}

static int take_source(void *arg, struct mg_slice name,
		       const struct mg_source *source)
{
	struct run *r = arg;
	struct row row = { .behind = -1, .last_at = source->last_at };
	const size_t n_rows = r->n_rows;
	int rc;

	(void)snprintf(row.source, sizeof(row.source), "%.*s",
		       MG_SLICE_ARG(name));
	rc = mg_store_drift(r->store, source->id, &row.drift, &r->failure);
	if (rc < 0)
		return rc;
	row.swept_at = mg_health_source_at(&r->health, name);
	r->source = &row;
	rc = mg_store_each_cursor(r->store, source->id, take_cursor, r,
				  &r->failure);
	if (rc == 0 && r->n_rows == n_rows)
		(void)add_row(r, &row);
	check_drift(r, &row);
	return rc;
}

static void measure_state(struct run *r)
{
	static const char *const names[] = { "", "-wal" };
	struct mg_file_info info;
	char path[4096];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		(void)snprintf(path, sizeof(path), "%s/" MG_STORE_NAME "%s",
			       r->opts->state_dir, names[i]);
		if (mg_file_look(path, &info) == 0)
			r->state_bytes += info.size_bytes;
	}
}

static void check_health(struct run *r)
{
	const int64_t age = r->opts->now - r->health.good_at;
	char words[32];

	if (!r->has_health) {
		complain(r, "no sweep has ended here yet");
		return;
	}
	if (r->health.status)
		complain(r, "the last sweep ended with status %d%s%s",
			 r->health.status, r->health.why[0] ? ": " : "",
			 r->health.why);
	if (r->health.good_at == 0)
		complain(r, "no sweep was good so far");
	else if (r->opts->max_age_s && age > r->opts->max_age_s)
		complain(r,
			 "the last good sweep was %s ago: do cron or the "
			 "timer still run it?",
			 span(age, words));
}

/* One of several commands may have stopped, while others go on. */
static void check_lag(struct run *r)
{
	char words[32];

	for (size_t i = 0; i < r->n_rows && r->opts->max_age_s; i++) {
		const struct row *row = &r->rows[i];
		const int64_t age = r->opts->now - row->swept_at;

		if (row->behind > 0 && row->swept_at &&
		    age > r->opts->max_age_s)
			complain(r,
				 "%s: %lld bytes are not read; the last good "
				 "sweep of it was %s ago",
				 row->path, (long long)row->behind,
				 span(age, words));
	}
}

static int gather(struct run *r, struct mg_err *err)
{
	int rc = mg_health_read(r->opts->state_dir, &r->health, err);

	if (rc < 0 && err->code != MG_EPARSE)
		return rc;
	if (rc < 0)
		complain(r, "%s", err->text);
	r->has_health = rc == 0;
	if (rc >= 0)
		check_health(r);
	rc = mg_store_each_source(r->store, take_source, r, err);
	if (rc < 0 && r->failure.code)
		*err = r->failure;
	if (rc == 0)
		rc = mg_unattributed_read(r->store, r->opts->now - DAY_S,
					  &r->share, err);
	if (mg_unattributed_is_much(&r->share))
		complain(r,
			 "%lld %% of the mail of the last day is charged to "
			 "nobody; mailguard doctor says why",
			 (long long)(r->share.messages * 100 / r->share.all));
	check_lag(r);
	measure_state(r);
	return rc;
}

/* --- saying it --- */

/* The table by the printer, and what goes around it. */
static int write_rows(struct run *r, const struct mg_printer_opts *opts,
		      struct mg_err *err)
{
	struct mg_printer p;

	mg_printer_begin(&p, opts);
	for (size_t i = 0; i < r->n_rows; i++) {
		const struct row *row = &r->rows[i];

		mg_printer_row(&p);
		mg_printer_text(&p, mg_slice_str(row->source));
		if (row->path[0])
			mg_printer_text(&p, mg_slice_str(row->path));
		else
			mg_printer_null(&p);
		if (row->behind >= 0)
			mg_printer_number(&p, row->behind);
		else
			mg_printer_null(&p);
		if (row->last_at != INT64_MIN)
			mg_printer_time(&p, row->last_at);
		else
			mg_printer_null(&p);
		if (row->swept_at)
			mg_printer_time(&p, row->swept_at);
		else
			mg_printer_null(&p);
		mg_printer_number(&p, (int64_t)row->drift.n_lines);
		mg_printer_number(&p, (int64_t)row->drift.n_unknown);
		mg_printer_number(&p, (int64_t)row->drift.n_odd);
	}
	return mg_printer_end(&p, err);
}

static const struct mg_column columns[] = {
	{ "source", "SOURCE", MG_COLUMN_TEXT },
	{ "log", "LOG", MG_COLUMN_TEXT },
	{ "behind_bytes", "BEHIND", MG_COLUMN_NUMBER },
	{ "last_line", "LAST LINE", MG_COLUMN_TIME },
	{ "swept", "SWEPT", MG_COLUMN_TIME },
	{ "lines", "LINES", MG_COLUMN_NUMBER },
	{ "unknown", "UNKNOWN", MG_COLUMN_NUMBER },
	{ "odd", "ODD", MG_COLUMN_NUMBER },
};

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

static struct mg_printer_field time_field(const char *key, int64_t t)
{
	return (struct mg_printer_field){
		.key = key,
		.type = t ? MG_FIELD_TIME : MG_FIELD_NULL,
		.time = t,
	};
}

static struct mg_printer_field number_field(const char *key, int64_t n)
{
	return (struct mg_printer_field){ .key = key,
					  .type = MG_FIELD_NUMBER,
					  .number = n };
}

static struct mg_printer_field text_field(const char *key, const char *text)
{
	return (struct mg_printer_field){
		.key = key,
		.type = text[0] ? MG_FIELD_TEXT : MG_FIELD_NULL,
		.text = mg_slice_str(text),
	};
}

static int print_json(struct run *r, struct mg_err *err)
{
	const struct mg_printer_field fields[] = {
		text_field("schema", MG_STATUS_SCHEMA),
		{ .key = "healthy",
		  .type = MG_FIELD_BOOL,
		  .flag = r->problems.len == 0 },
		text_field("problems", r->problems.ptr),
		time_field("began", r->health.began_at),
		time_field("ended", r->health.ended_at),
		time_field("good", r->health.good_at),
		number_field("status", r->health.status),
		number_field("state_bytes", r->state_bytes),
		number_field("messages", r->share.all),
		number_field("unattributed", r->share.messages),
		text_field("cause", r->share.cause),
	};

	return write_rows(r,
			  &(struct mg_printer_opts){
				  .format = MG_FORMAT_JSON,
				  .fd = r->opts->fd,
				  .columns = columns,
				  .n_columns = LENGTH(columns),
				  .fields = fields,
				  .n_fields = LENGTH(fields),
				  .tz = r->opts->tz,
			  },
			  err);
}

static void add_sweep(const struct run *r, struct mg_buf *out)
{
	const struct mg_health *h = &r->health;
	struct mg_civil at;
	char ago[32], took[32];

	mg_buf_add_str(out, "last sweep    ");
	if (!r->has_health) {
		mg_buf_add_str(out, "none\n");
		return;
	}
	mg_civil_of(h->ended_at,
		    r->opts->tz ? mg_tz_offset(r->opts->tz, h->ended_at) : 0,
		    &at);
	mg_buf_add_fmt(out,
		       "%04d-%02d-%02d %02d:%02d, %s ago, took %s: ", at.year,
		       at.month, at.day, at.hour, at.minute,
		       span(r->opts->now - h->ended_at, ago),
		       span(h->ended_at - h->began_at, took));
	mg_buf_add_str(out, h->status == MG_OK             ? "good\n"
			    : mg_health_is_good(h->status) ? "found something\n"
							   : "failed\n");
}

static void add_head(const struct run *r, struct mg_buf *out)
{
	add_sweep(r, out);
	mg_buf_add_fmt(out, "state         %s, %.1f MB\n", r->opts->state_dir,
		       (double)r->state_bytes / 1e6);
	if (r->share.all) {
		mg_buf_add_str(out, "unattributed  ");
		mg_unattributed_say(&r->share, out);
		mg_buf_add_char(out, '\n');
	}
	mg_buf_add_char(out, '\n');
}

static void add_problems(const struct run *r, struct mg_buf *out)
{
	struct mg_slice rest = mg_buf_slice(&r->problems), line;

	mg_buf_add_str(out,
		       r->problems.len ? "\nproblems:\n" : "\nno problems\n");
	while (mg_slice_cut_line(&rest, &line)) {
		mg_buf_add_str(out, "- ");
		mg_buf_add(out, line);
		mg_buf_add_char(out, '\n');
	}
}

static int print_text(struct run *r, struct mg_err *err)
{
	struct mg_buf head, tail;
	int rc;

	mg_buf_init(&head, PROBLEM_MAX * 8);
	mg_buf_init(&tail, r->problems.max + r->problems.len);
	add_head(r, &head);
	add_problems(r, &tail);
	rc = mg_file_write_all(r->opts->fd, mg_buf_slice(&head), err);
	if (rc == 0 && r->n_rows)
		rc = write_rows(r,
				&(struct mg_printer_opts){
					.format = MG_FORMAT_TABLE,
					.fd = r->opts->fd,
					.columns = columns,
					.n_columns = LENGTH(columns),
					.tz = r->opts->tz,
				},
				err);
	if (rc == 0)
		rc = mg_file_write_all(r->opts->fd, mg_buf_slice(&tail), err);
	mg_buf_release(&tail);
	mg_buf_release(&head);
	return rc;
}

int mg_status_run(struct mg_store *s, const struct mg_status_opts *opts,
		  bool *is_healthy, struct mg_err *err)
{
	struct run r = { .store = s, .opts = opts };
	int rc;

	mg_buf_init(&r.problems, (size_t)MG_LOGS_KNOWN * PROBLEM_MAX);
	rc = gather(&r, err);
	if (rc == 0)
		rc = opts->is_json ? print_json(&r, err) : print_text(&r, err);
	*is_healthy = r.problems.len == 0;
	mg_buf_release(&r.problems);
	mg_mem_free(r.rows);
	return rc;
}
