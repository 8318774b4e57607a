/* SPDX-License-Identifier: MIT */
/*
 * The child: which lines to pick is known for sure when their message is done,
 * so until then the places of all its lines are kept; then the bytes of those
 * that were picked are read again, and given out in their order.
 */
#include "pick_child.h"

#include "mailguard/file.h"
#include "mailguard/input.h"
#include "mailguard/mem.h"
#include "mailguard/spawn.h"
#include "mailguard/vec.h"

#define NOTHING UINT32_MAX
#define WINDOW_BYTES (MG_READ_BYTES + MG_LINE_MAX + 1)

/* How far behind the end other lines may stand that were written late. */
#define LATE_S 3600

struct place {
	int64_t at;
	uint32_t len, file;
	uint32_t next; /* of the same message, before it; or free */
};

/* A message of which lines were met. */
struct message {
	char id[24];
	uint32_t last; /* its newest place */
	bool is_picked, is_in_time;
};

struct child {
	struct mg_pick_job *job;
	int out_fd;
	struct place *places; /* owned; those of messages, and free ones */
	size_t n_places, cap_places;
	uint32_t free_place;
	struct message *messages; /* owned */
	size_t n_messages, cap_messages;
	struct mg_map by_id;
	struct place *kept; /* owned; picked */
	size_t n_kept, cap_kept;
	struct mg_pick_sum sum;
	struct mg_pick_facts facts;
	int64_t kept_bytes;
	struct mg_err err;
};

static void keep(struct child *c, const struct place *p)
{
	if (c->kept_bytes + p->len > c->job->max_bytes) {
		c->sum.n_left++;
		return;
	}
	c->kept_bytes += p->len;
	c->kept = mg_vec_room(c->kept, c->n_kept, &c->cap_kept,
			      sizeof(*c->kept));
	c->kept[c->n_kept++] = *p;
}

static uint32_t new_place(struct child *c)
{
	uint32_t i = c->free_place;

	if (i != NOTHING) {
		c->free_place = c->places[i].next;
		return i;
	}
	c->places = mg_vec_room(c->places, c->n_places, &c->cap_places,
				sizeof(*c->places));
	return (uint32_t)c->n_places++;
}

static uint64_t hash_of(const struct child *c, struct mg_slice id)
{
	return mg_hash_quick(&c->job->counter->accounts->key, id);
}

static uint32_t find_message(const struct child *c, struct mg_slice id)
{
	const uint64_t hash = hash_of(c, id);
	size_t at;
	uint32_t i;

	for (i = mg_map_first(&c->by_id, hash, &at); i != MG_MAP_NONE;
	     i = mg_map_next(&c->by_id, hash, &at))
		if (mg_slice_is(mg_slice_str(c->messages[i].id), id))
			break;
	return i;
}

/* The message is done: its places are kept, or given back. */
static void settle(struct child *c, uint32_t i)
{
	struct message *m = &c->messages[i];
	const bool is_kept = m->is_picked && m->is_in_time;
	uint32_t p = m->last, next;

	for (; p != NOTHING; p = next) {
		next = c->places[p].next;
		if (is_kept)
			keep(c, &c->places[p]);
		c->places[p].next = c->free_place;
		c->free_place = p;
	}
	m->last = NOTHING;
}

/* The last one takes the place of one that is done. */
static void remove_message(struct child *c, uint32_t i)
{
	const uint32_t last = (uint32_t)--c->n_messages;
	struct message *m = &c->messages[i];

	mg_map_remove(&c->by_id, hash_of(c, mg_slice_str(m->id)), i);
	if (i == last)
		return;
	*m = c->messages[last];
	mg_map_remove(&c->by_id, hash_of(c, mg_slice_str(m->id)), last);
	mg_map_add(&c->by_id, hash_of(c, mg_slice_str(m->id)), i);
}

/*
 * Strangers decide how many messages are never done. What was picked of them
 * stays; the others are forgotten.
 */
static void make_room(struct child *c)
{
	if (c->n_messages < MG_FLIGHT_MAX)
		return;
	for (uint32_t i = (uint32_t)c->n_messages; i-- > 0;) {
		if (!c->messages[i].is_picked)
			c->sum.n_forgotten++;
		settle(c, i);
	}
	c->n_messages = 0;
	mg_map_clear(&c->by_id);
}

static uint32_t message_of(struct child *c, struct mg_slice id)
{
	uint32_t i = find_message(c, id);

	if (i != MG_MAP_NONE)
		return i;
	make_room(c);
	c->messages = mg_vec_room(c->messages, c->n_messages, &c->cap_messages,
				  sizeof(*c->messages));
	i = (uint32_t)c->n_messages++;
	c->messages[i] = (struct message){ .last = NOTHING };
	memcpy(c->messages[i].id, id.ptr, id.len); /* below 24 bytes */
	mg_map_add(&c->by_id, hash_of(c, id), i);
	return i;
}

static void take_line(struct child *c, uint32_t file, int64_t at,
		      struct mg_slice line)
{
	const struct mg_pick_job *job = c->job;
	const struct place place = { .at = at,
				     .len = (uint32_t)line.len + 1,
				     .file = file };
	struct mg_pick_line l;
	struct message *m;
	uint32_t i, p;
	bool is_picked;

	mg_pick_read(job->counter, line, &l);
	mg_pick_facts_hear(&c->facts, &l);
	is_picked = mg_pick_count(job, line, &l);
	if (job->counter->line_at > job->until)
		return;
	if (is_picked && job->counter->line_at >= job->since)
		mg_pick_facts_take(&c->facts, job, &l);
	if (!l.has_id) {
		if (is_picked && job->counter->line_at >= job->since)
			keep(c, &place);
		return;
	}
	i = message_of(c, l.id.id);
	p = new_place(c);
	m = &c->messages[i];
	c->places[p] = place;
	c->places[p].next = m->last;
	m->last = p;
	m->is_picked |= is_picked;
	m->is_in_time |= job->counter->line_at >= job->since;
	if (l.is_last) {
		settle(c, i);
		remove_message(c, i);
	}
}

/* Lines of a window from byte `at` of a file on. Returns the bytes taken. */
static size_t take_window(struct child *c, uint32_t file, int64_t at,
			  struct mg_slice bytes, bool *is_skipping)
{
	struct mg_slice rest = bytes, line;

	while (mg_slice_cut_at(&rest, '\n', &line)) {
		if (*is_skipping || line.len > MG_LINE_MAX)
			mg_counter_overlong(c->job->counter);
		else
			take_line(c, file, at + (line.ptr - bytes.ptr), line);
		*is_skipping = false;
	}
	if (rest.len > MG_LINE_MAX) {
		*is_skipping = true;
		return bytes.len;
	}
	return bytes.len - rest.len;
}

static bool is_behind_end(const struct child *c)
{
	return c->job->counter->last_at != INT64_MIN &&
	       c->job->counter->line_at - LATE_S > c->job->until;
}

/* Every line of a log. Returns 0 or -code. */
static int take_log(struct child *c, struct mg_input *in, uint32_t file)
{
	char *window = mg_mem_zalloc(WINDOW_BYTES, 1);
	bool is_skipping = false;
	size_t len = 0, taken;
	int64_t got;

	while ((got = mg_input_read(in, window + len, MG_READ_BYTES, &c->err)) >
	       0) {
		len += (size_t)got;
		taken = take_window(c, file, in->at - (int64_t)len,
				    mg_slice_of(window, len), &is_skipping);
		memmove(window, window + taken, len - taken);
		len -= taken;
		if (is_behind_end(c))
			break;
	}
	mg_mem_free(window);
	return got < 0 ? (int)got : 0;
}

static int open_input(struct child *c, struct mg_input *in, uint32_t file)
{
	const struct mg_pick_file *f = &c->job->files[file];
	/* As the parent has given them, the first apart. */
	const int fd = file ? MG_WORKER_MORE + (int)file - 1 : 0;

	if (f->pack != MG_PACK_NONE)
		return mg_input_packed(in, fd, f->pack, &c->err);
	mg_input_plain(in, fd, 0, f->end);
	return 0;
}

static bool is_before(const struct place *a, const struct place *b)
{
	return a->file != b->file ? a->file < b->file : a->at < b->at;
}

/*
 * By file and byte. libc's qsort asks the system how much memory there is,
 * which is not the child's to do; this one merges runs of 1, 2, 4, ...
 */
static void sort(struct place *items, size_t n)
{
	struct place *from = items, *to = mg_mem_zalloc(n, sizeof(*to)), *t;

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

static int tell(struct child *c, const struct mg_pick_record *record,
		struct mg_slice bytes)
{
	int rc = mg_file_write_all(
		c->out_fd, mg_slice_of((const char *)record, sizeof(*record)),
		&c->err);

	if (rc == 0 && bytes.len)
		rc = mg_file_write_all(c->out_fd, bytes, &c->err);
	return rc;
}

/* Goes forward to a byte, and reads from there. */
static int read_place(struct child *c, struct mg_input *in,
		      const struct place *p, char *bytes)
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

		got = mg_input_read(in, bytes + done, want, &c->err);
		if (got <= 0)
			return got < 0 ? (int)got
				       : mg_fail(&c->err, MG_EIO,
						 "a log became shorter");
		if (skip <= 0)
			done += (size_t)got;
	}
	return 0;
}

static int give_out(struct child *c)
{
	char *bytes = mg_mem_zalloc(MG_LINE_MAX + 1, 1);
	struct mg_input in = { .fd = -1 };
	uint32_t file = NOTHING;
	int rc = 0;

	sort(c->kept, c->n_kept);
	for (size_t i = 0; rc == 0 && i < c->n_kept; i++) {
		const struct place *p = &c->kept[i];
		const struct mg_pick_record r = { .kind = MG_PICK_RECORD_LINE,
						  .file = p->file,
						  .len = p->len,
						  .at = p->at };

		if (p->file != file) {
			mg_input_release(&in);
			file = p->file;
			rc = open_input(c, &in, file);
		}
		if (rc == 0)
			rc = read_place(c, &in, p, bytes);
		if (rc == 0)
			rc = tell(c, &r, mg_slice_of(bytes, p->len));
		c->sum.n_lines++;
		c->sum.n_bytes += p->len;
	}
	mg_input_release(&in);
	mg_mem_free(bytes);
	return rc;
}

static int run(struct child *c)
{
	struct mg_pick_record r = { .kind = MG_PICK_RECORD_END };
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < c->job->n_files; i++) {
		struct mg_input in = { .fd = -1 };

		rc = open_input(c, &in, i);
		if (rc == 0)
			rc = take_log(c, &in, i);
		/* What came before a fault is evidence, too. */
		if (rc < 0)
			r.n_broken++;
		rc = 0;
		mg_input_release(&in);
	}
	while (c->n_messages)
		settle(c, (uint32_t)--c->n_messages);
	rc = give_out(c);
	for (size_t i = 0; rc == 0 && i < c->facts.n; i++)
		rc = tell(c,
			  &(struct mg_pick_record){
				  .kind = MG_PICK_RECORD_FACT },
			  mg_slice_of((const char *)&c->facts.items[i],
				      sizeof(c->facts.items[i])));
	r.sum = c->sum;
	return rc == 0 ? tell(c, &r, MG_LIT("")) : rc;
}

int mg_pick_child(void *arg, int in_fd, int out_fd)
{
	struct child c = { .job = arg,
			   .out_fd = out_fd,
			   .free_place = NOTHING };
	const int rc = run(&c);

	(void)in_fd; /* 0 */
	mg_mem_free(c.facts.items);
	mg_map_release(&c.facts.by_text);
	mg_mem_free(c.kept);
	mg_mem_free(c.messages);
	mg_map_release(&c.by_id);
	mg_mem_free(c.places);
	return -rc;
}
