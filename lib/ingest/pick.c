/* SPDX-License-Identifier: MIT */
/*
 * The parent's half: copies what the child says is the subject's, and believes
 * only that it is bytes.
 */
#include "pick_child.h"

#include <fcntl.h>
#include <string.h>

#include "mailguard/file.h"
#include "mailguard/mem.h"
#include "mailguard/spawn.h"

struct parent {
	const struct mg_pick_job *job;
	int fd;
	const struct mg_pick_ears *ears;
	size_t file; /* of the line before */
	int64_t at;  /* behind it */
	int64_t n_bytes;
	size_t n_facts;
	char *line; /* owned */
};

/* Returns 1, 0 at the end, or -MG_EIO. */
static int read_whole(int fd, void *to, size_t len, struct mg_err *err)
{
	size_t done = 0;

	while (done < len) {
		const int64_t n = mg_file_read_some(fd, (char *)to + done,
						    len - done, err);

		if (n < 0)
			return (int)n;
		if (n == 0)
			return 0;
		done += (size_t)n;
	}
	return 1;
}

/* The child may lie about which lines are whose, and about nothing else. */
static bool is_sound(const struct parent *p, const struct mg_pick_record *r)
{
	return r->kind == MG_PICK_RECORD_LINE && r->file < p->job->n_files &&
	       r->len > 0 && r->len <= MG_LINE_MAX + 1 && r->at >= 0 &&
	       r->at < INT64_MAX - r->len && r->file >= p->file &&
	       (r->file > p->file || r->at >= p->at) &&
	       p->n_bytes + r->len <= p->job->max_bytes;
}

static int take_line(struct parent *p, const struct mg_pick_record *r,
		     struct mg_err *err)
{
	int rc;

	if (!is_sound(p, r))
		return mg_fail(err, MG_EIO, "the parser said what cannot be");
	rc = read_whole(p->fd, p->line, r->len, err);
	if (rc <= 0)
		return rc < 0 ? rc
			      : mg_fail(err, MG_EIO,
					"the parser ended within a line");
	p->file = r->file;
	p->at = r->at + r->len;
	p->n_bytes += r->len;
	if (!p->ears->line)
		return 0;
	return p->ears->line(p->ears->arg, r->file, r->at,
			     mg_slice_of(p->line, r->len));
}

static bool is_sound_fact(const struct mg_pick_fact *f)
{
	if (f->kind >= MG_FACT_KINDS || f->len > sizeof(f->text) || f->n < 1 ||
	    f->first > f->last)
		return false;
	for (size_t i = 0; i < f->len; i++)
		if (f->text[i] < ' ' || f->text[i] > '~')
			return false;
	return true;
}

static int take_fact(struct parent *p, struct mg_err *err)
{
	struct mg_pick_fact fact;
	const int rc = read_whole(p->fd, &fact, sizeof(fact), err);

	if (rc < 0)
		return rc;
	if (rc == 0 || !is_sound_fact(&fact) ||
	    p->n_facts++ >= MG_PICK_FACTS_MAX)
		return mg_fail(err, MG_EIO, "the parser said what cannot be");
	if (p->ears->fact)
		p->ears->fact(p->ears->arg, &fact);
	return 0;
}

/* Any bits are minutes. */
static int take_sent(struct parent *p, struct mg_err *err)
{
	struct mg_pick_minutes sent;
	const int rc = read_whole(p->fd, &sent, sizeof(sent), err);

	if (rc <= 0)
		return rc < 0 ? rc
			      : mg_fail(err, MG_EIO,
					"the parser did not say all");
	for (size_t i = 0; p->ears->sent && i < sizeof(sent.bits); i++)
		p->ears->sent->bits[i] |= sent.bits[i];
	return 0;
}

/* What comes behind a record. */
static int take_record(struct parent *p, const struct mg_pick_record *r,
		       struct mg_err *err)
{
	switch (r->kind) {
	case MG_PICK_RECORD_FACT:
		return take_fact(p, err);
	case MG_PICK_RECORD_SENT:
		return take_sent(p, err);
	default:
		return take_line(p, r, err);
	}
}

static int take_all(struct parent *p, struct mg_pick_sum *sum,
		    struct mg_err *err)
{
	struct mg_pick_record r;
	int rc;

	while ((rc = read_whole(p->fd, &r, sizeof(r), err)) == 1) {
		if (r.kind == MG_PICK_RECORD_END) {
			*sum = r.sum;
			if (r.n_broken == 0)
				return 0;
			return mg_fail(err, MG_EIO,
				       "%u of %zu logs could not be read to "
				       "the end",
				       r.n_broken, p->job->n_files);
		}
		rc = take_record(p, &r, err);
		if (rc)
			return rc;
	}
	return rc < 0 ? rc : mg_fail(err, MG_EIO, "the parser did not say all");
}

/* Further logs go where a worker finds further pipes. */
static int give_files(const struct mg_pick_job *job, struct mg_worker *gifts,
		      struct mg_err *err)
{
	for (size_t i = 1; i < job->n_files; i++)
		gifts[i - 1].from_fd = -1;
	for (size_t i = 1; i < job->n_files; i++) {
		const int fd = fcntl(job->files[i].fd, F_DUPFD_CLOEXEC, 3);

		if (fd < 0)
			return mg_fail_errno(err, "cannot pass a log on");
		gifts[i - 1].from_fd = fd;
	}
	return 0;
}

static int run(struct mg_pick_job *job, const struct mg_jail *jail,
	       struct parent *p, struct mg_pick_sum *sum, struct mg_err *err)
{
	struct mg_worker *gifts = mg_mem_zalloc(job->n_files, sizeof(*gifts));
	struct mg_worker worker = { .from_fd = -1 };
	int rc = give_files(job, gifts, err);

	if (rc == 0)
		rc = mg_worker_start_with(&worker, job->files[0].fd, gifts,
					  job->n_files - 1, mg_pick_child, job,
					  jail, err);
	for (size_t i = 0; i + 1 < job->n_files; i++)
		mg_file_close(&gifts[i].from_fd);
	mg_mem_free(gifts);
	if (rc < 0)
		return rc;
	p->fd = worker.from_fd;
	rc = take_all(p, sum, err);
	if (rc == 0)
		return mg_worker_wait(&worker, err);
	mg_worker_kill(&worker);
	return rc;
}

int mg_pick(struct mg_pick_job *job, const struct mg_jail *jail,
	    const struct mg_pick_ears *ears, struct mg_pick_sum *sum,
	    struct mg_err *err)
{
	struct parent p = { .job = job,
			    .ears = ears,
			    .line = mg_mem_zalloc(MG_LINE_MAX + 1, 1) };
	int rc = 0;

	*sum = (struct mg_pick_sum){ .n_lines = 0 };
	if (job->n_files > 0)
		rc = run(job, jail, &p, sum, err);
	mg_mem_free(p.line);
	return rc;
}
