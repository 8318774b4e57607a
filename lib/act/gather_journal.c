/* SPDX-License-Identifier: MIT */
/*
 * Entries of systemd's journal, as the host's journalctl exports them.
 *
 * The child that picks reads twice, and the second time at places of its choice;
 * so what journalctl prints goes into a file in memory first, which the parent
 * fills without a look at it.
 */
#include "gather_priv.h"

#include <stdio.h>

#include "mailguard/clock.h"
#include "mailguard/file.h"
#include "mailguard/journalctl.h"

/*
 * The newest that are asked for, and their bytes: an entry has 1 to 2 KB. A
 * server of some hundred domains writes as many lines of mail in a day.
 */
#define ENTRIES 300000
#define BYTES_MAX ((int64_t)512 << 20)

/* An act waits for its evidence: what takes longer than this is left out. */
#define EXPORT_S 60

/* Behind the time asked for, other programs may write what belongs to it. */
#define LATE_S 3600

/* Returns 0; 1 where there was more than that; or -code. */
static int export(const struct mg_gather_stream *s, int to_fd,
		  struct mg_err *err)
{
	const struct mg_gathering *g = s->g;
	char lines[40], since[40], until[40];
	const char *which[] = { lines, since, until, NULL };
	struct mg_worker program = { .from_fd = -1 };
	int64_t got;
	int rc;

	(void)snprintf(lines, sizeof(lines), "--lines=%d", ENTRIES);
	(void)snprintf(since, sizeof(since), "--since=@%lld",
		       (long long)s->since);
	(void)snprintf(until, sizeof(until), "--until=@%lld",
		       (long long)g->ask->until + LATE_S);
	rc = mg_journalctl_start(&program, g->enforcer->root, which, err);
	if (rc < 0)
		return rc;
	got = mg_worker_pump(&program, to_fd, BYTES_MAX,
			     mg_clock_mono_ms() +
				     1000 * mg_program_seconds(EXPORT_S),
			     err);
	if (got < 0 || got == BYTES_MAX) {
		mg_worker_kill(&program);
		return got < 0 ? (int)got : 1;
	}
	return mg_worker_wait(&program, err);
}

void mg_gather_journal(struct mg_gather_stream *s)
{
	struct mg_evidence *e = &s->g->evidence;
	struct mg_file_info info = { .is_regular = true };
	struct mg_err err = { 0 };
	int fd = -1, rc = mg_file_make_scratch(&fd, &err);

	if (rc == 0)
		rc = export(s, fd, &err);
	if (rc < 0)
		mg_evidence_cut(e, "log: journalctl: %s", err.text);
	else if (rc == 1)
		mg_evidence_cut(e,
				"log: the newest entries of the journal are "
				"beyond %lld bytes",
				(long long)BYTES_MAX);
	info.size_bytes = fd < 0 ? -1 : mg_file_size(fd, NULL);
	/* It has no place of its own: entries tell theirs. */
	info.mtime_ns = INT64_MAX;
	s->n_asked = ENTRIES;
	if (info.size_bytes > 0)
		mg_gather_stream_add(s, "journalctl", fd, &info);
	else
		mg_file_close(&fd);
	mg_gather_stream_read(s);
}
