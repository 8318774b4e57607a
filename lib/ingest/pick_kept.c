/* SPDX-License-Identifier: MIT */
/*
 * What was picked: only where it stands is kept while logs are read; then the
 * bytes are read again, and given out in their order.
 */
#include "pick_child.h"

#include "mailguard/file.h"
#include "mailguard/mem.h"
#include "mailguard/spawn.h"
#include "mailguard/vec.h"

void mg_pick_keep(struct mg_pick_kept *k, const struct mg_pick_place *p,
		  int64_t max_bytes)
{
	/* Only an entry of a journal can be longer than a line. */
	if (k->n_bytes + p->len > max_bytes || p->len > MG_LINE_MAX + 1) {
		k->sum.n_left++;
		return;
	}
	k->n_bytes += p->len;
	k->items = mg_vec_room(k->items, k->n, &k->cap, sizeof(*k->items));
	k->items[k->n++] = *p;
}

int mg_pick_open(const struct mg_pick_job *job, struct mg_input *in,
		 uint32_t file, struct mg_err *err)
{
	const struct mg_pick_file *f = &job->files[file];
	/* As the parent has given them, the first apart. */
	const int fd = file ? MG_WORKER_MORE + (int)file - 1 : 0;

	if (f->pack != MG_PACK_NONE)
		return mg_input_packed(in, fd, f->pack, err);
	mg_input_plain(in, fd, f->start, f->end);
	return 0;
}

static bool is_before(const struct mg_pick_place *a,
		      const struct mg_pick_place *b)
{
	return a->file != b->file ? a->file < b->file : a->at < b->at;
}

/*
 * By file and byte. libc's qsort asks the system how much memory there is,
 * which is not the child's to do; this one merges runs of 1, 2, 4, ...
 */
static void sort(struct mg_pick_place *items, size_t n)
{
	struct mg_pick_place *from = items, *to = mg_mem_zalloc(n, sizeof(*to)),
			     *t;

	for (size_t run = 1; run < n; run *= 2) {
		for (size_t at = 0; at < n; at += 2 * run) {
			const size_t mid = at + run < n ? at + run : n;
			const size_t end = mid + run < n ? mid + run : n;
			size_t i = at, k = mid;

			for (size_t o = at; o < end; o++)
				to[o] = k == end || (i < mid &&
						     !is_before(&from[k],
								&from[i]))
						? from[i++]
						: from[k++];
		}
		t = from;
		from = to;
		to = t;
	}
	if (from != items) {
		memcpy(items, from, n * sizeof(*items));
		to = from;
	}
	mg_mem_free(to);
}

int mg_pick_tell(int fd, const struct mg_pick_record *record,
		 struct mg_slice bytes, struct mg_err *err)
{
	int rc = mg_file_write_all(
		fd, mg_slice_of((const char *)record, sizeof(*record)), err);

	if (rc == 0 && bytes.len)
		rc = mg_file_write_all(fd, bytes, err);
	return rc;
}

/* Goes forward to a byte, and reads from there. */
static int read_place(struct mg_input *in, const struct mg_pick_place *p,
		      char *bytes, struct mg_err *err)
{
	size_t done = 0;
	int64_t got;

	if (in->pack == MG_PACK_NONE)
		in->at = p->at;
	while (in->at < p->at + p->len) {
		const int64_t skip = p->at - in->at;
		const size_t want = skip > MG_LINE_MAX ? MG_LINE_MAX
				    : skip > 0         ? (size_t)skip
						       : p->len - done;

		got = mg_input_read(in, bytes + done, want, err);
		if (got <= 0)
			return got < 0 ? (int)got
				       : mg_fail(err, MG_EIO,
						 "a log became shorter");
		if (skip <= 0)
			done += (size_t)got;
	}
	return 0;
}

int mg_pick_kept_tell(struct mg_pick_kept *k, const struct mg_pick_job *job,
		      int out_fd, struct mg_err *err)
{
	char *bytes = mg_mem_zalloc(MG_LINE_MAX + 1, 1);
	struct mg_input in = { .fd = -1 };
	uint32_t file = UINT32_MAX;
	int rc = 0;

	sort(k->items, k->n);
	for (size_t i = 0; rc == 0 && i < k->n; i++) {
		const struct mg_pick_place *p = &k->items[i];
		const struct mg_pick_record r = { .kind = MG_PICK_RECORD_LINE,
						  .file = p->file,
						  .len = p->len,
						  .at = p->at };

		if (p->file != file) {
			mg_input_release(&in);
			file = p->file;
			rc = mg_pick_open(job, &in, file, err);
		}
		if (rc == 0)
			rc = read_place(&in, p, bytes, err);
		if (rc == 0)
			rc = mg_pick_tell(out_fd, &r,
					  mg_slice_of(bytes, p->len), err);
		k->sum.n_lines++;
		k->sum.n_bytes += p->len;
	}
	mg_input_release(&in);
	mg_mem_free(bytes);
	return rc;
}
