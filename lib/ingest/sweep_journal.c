/* SPDX-License-Identifier: MIT */
/*
 * The journal as a stream: what journalctl prints, or standard input.
 *
 * The parser child may read at an offset only, and the parent may not look at
 * what it relays. So the stream is taken up in pieces, files in memory, each
 * of which the child reads like a log. What is behind the last whole entry of a
 * piece begins the next. How far reading came is known by the numbers of the
 * entries, which are kept with the counts.
 */
#include "sweep_priv.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/journalctl.h"
#include "mailguard/spawn.h"

/*
 * Seconds that reading begins before the last entry, in parts of the journal
 * that have other series of numbers than it: a clock that was set back. What
 * was counted is passed over by its number.
 */
#define OVERLAP_S 3600

#define CURSOR_MAX 128 /* bytes of "--cursor=s=...;i=...;t=..." */

struct stream {
	int fd;             /* borrowed */
	int piece;          /* -1 while none */
	int64_t size, used; /* bytes in the piece, and before its rest */
	bool has_ended;
};

/* The rest of one file, behind `from`, into another; never twice in memory. */
static int move_rest(int from_fd, int64_t from, int64_t to, int to_fd,
		     struct mg_err *err)
{
	char bytes[65536];

	while (from < to) {
		const size_t want = to - from < (int64_t)sizeof(bytes)
					    ? (size_t)(to - from)
					    : sizeof(bytes);
		const int64_t got = mg_file_read_at(from_fd, bytes, want, from,
						    err);

		if (got < 0)
			return (int)got;
		if (mg_file_write_all(to_fd, mg_slice_of(bytes, (size_t)got),
				      err) < 0)
			return -MG_EIO;
		from += got;
		mg_file_empty_until(from_fd, from);
	}
	return 0;
}

/* The next piece, which begins with what the one before left. */
static int next_piece(struct stream *s, struct mg_err *err)
{
	const int64_t rest = s->size - s->used;
	/* A long entry is looked through again with each piece: few of them. */
	const int64_t want = rest / 2 > MG_STREAM_BYTES ? rest / 2
							: MG_STREAM_BYTES;
	int64_t got;
	int piece, rc;

	if (rest > MG_STREAM_ENTRY_MAX)
		return mg_fail(err, MG_ELIMIT,
			       "an entry of the journal is longer than %lld "
			       "bytes",
			       (long long)MG_STREAM_ENTRY_MAX);
	rc = mg_file_make_scratch(&piece, err);
	if (rc < 0)
		return rc;
	if (rest)
		rc = move_rest(s->piece, s->used, s->size, piece, err);
	got = rc < 0 ? rc : mg_file_pump(s->fd, piece, want, err);
	mg_file_close(&s->piece);
	s->piece = piece;
	if (got < 0)
		return (int)got;
	s->has_ended = got < want;
	s->size = rest + got;
	s->used = 0;
	return 0;
}

static void add_result(struct mg_sweep_result *sum,
		       const struct mg_sweep_result *piece)
{
	sum->to += piece->to;
	sum->n_lines += piece->n_lines;
	for (int i = 0; i < MG_LINE_KINDS; i++)
		sum->n_kinds[i] += piece->n_kinds[i];
	sum->n_orphans += piece->n_orphans;
	sum->n_forgotten += piece->n_forgotten;
}

static int read_piece(struct mg_sweep *s, const char *name, struct stream *st,
		      struct mg_sweep_result *result, struct mg_err *err)
{
	struct mg_sweep_result piece = { .from = 0 };
	struct mg_log log = { .path = name,
			      .fd = st->piece,
			      .info = { .size_bytes = st->size,
					.is_regular = true },
			      .is_piece = true };
	const int rc = mg_log_read(s, &log, &piece, err);

	st->used = piece.to;
	add_result(result, &piece);
	return rc;
}

int mg_sweep_export(struct mg_sweep *s, const char *name, int fd,
		    struct mg_sweep_result *result, struct mg_err *err)
{
	struct stream st = { .fd = fd, .piece = -1 };
	int rc = 0;

	*result = (struct mg_sweep_result){ .from = 0 };
	while (rc == 0 && !st.has_ended) {
		rc = next_piece(&st, err);
		if (rc == 0)
			rc = read_piece(s, name, &st, result, err);
	}
	if (result->n_lines == 0) /* all of it was known */
		result->to = 0;
	result->waiting = st.size - st.used;
	mg_file_close(&st.piece);
	if (rc < 0)
		mg_err_prefix(err, "%s", name);
	return rc;
}

/* --- journalctl --- */

static int take_newest(void *arg, const struct mg_entry *entry)
{
	struct mg_entry *newest = arg;

	*newest = *entry;
	return 1;
}

/*
 * Where to begin. Not --after-cursor: where that entry is gone, vacuumed away,
 * journalctl goes to the one after it and passes over that one. The child knows
 * it again by its number, and so does not count it twice.
 */
static void write_cursor(const struct mg_entry *last, char out[CURSOR_MAX])
{
	const int64_t early = last->at_us - (int64_t)OVERLAP_S * 1000000;
	char id[2 * MG_ENTRY_ID_LEN + 1];

	for (size_t i = 0; i < MG_ENTRY_ID_LEN; i++)
		(void)snprintf(id + 2 * i, 3, "%02x", last->id[i]);
	(void)snprintf(out, CURSOR_MAX, "--cursor=s=%s;i=%llx;t=%llx", id,
		       (unsigned long long)last->seqnum,
		       (unsigned long long)(early > 0 ? early : 0));
}

static int start(struct mg_sweep *s, const struct mg_root *root,
		 struct mg_worker *w, struct mg_err *err)
{
	struct mg_entry last = { .seqnum = 0 };
	char cursor[CURSOR_MAX];
	const char *which[] = { NULL, NULL };
	const int rc = mg_store_each_entry(s->opts.store, s->source.id,
					   take_newest, &last, err);

	if (rc < 0)
		return rc;
	if (rc == 1) {
		write_cursor(&last, cursor);
		which[0] = cursor;
	}
	return mg_journalctl_start(w, root, which, err);
}

int mg_sweep_journal(struct mg_sweep *s, const struct mg_root *root,
		     struct mg_sweep_result *result, struct mg_err *err)
{
	struct mg_worker program = { .from_fd = -1 };
	int rc;

	*result = (struct mg_sweep_result){ .from = 0 };
	rc = start(s, root, &program, err);
	if (rc == 0)
		rc = mg_sweep_export(s, "journal", program.from_fd, result,
				     err);
	if (rc < 0) {
		mg_worker_kill(&program);
		return rc;
	}
	rc = mg_worker_wait(&program, err);
	if (rc < 0)
		mg_err_prefix(err, "journalctl");
	return rc;
}
