/* SPDX-License-Identifier: MIT */
/*
 * The child: which lines to pick is known for sure when their message is done,
 * so until then the places of all its lines are held; those that were picked are
 * kept (pick_kept.c).
 *
 * Of a web server's log a line is a request, and each is known at once. Of a
 * journal it is an entry.
 */
#include "pick_child.h"

#include "mailguard/input.h"
#include "mailguard/journal.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

#define NOTHING UINT32_MAX
#define WINDOW_BYTES (MG_READ_BYTES + MG_LINE_MAX + 1)

/* How far behind the end other lines may stand that were written late. */
#define LATE_S 3600

/* A message of which lines were met. */
struct message {
	char id[24];
	uint32_t last; /* its newest place */
	bool is_picked, is_in_time;
};

struct child {
	struct mg_pick_job *job;
	int out_fd;
	struct mg_pick_place
		*places; /* owned; those of messages, and free ones */
	size_t n_places, cap_places;
	uint32_t free_place;
	struct message *messages; /* owned */
	size_t n_messages, cap_messages;
	struct mg_map by_id;
	struct mg_pick_kept kept;
	struct mg_pick_facts facts;
	struct mg_journal *journal; /* owned; NULL for lines */
	int64_t entry_at;           /* where its next entry begins */
	struct mg_err err;
};

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
			mg_pick_keep(&c->kept, &c->places[p],
				     c->job->max_bytes);
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
			c->kept.sum.n_forgotten++;
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

static void take_text(struct child *c, const struct mg_pick_place *place,
		      const struct mg_pick_text *text)
{
	const struct mg_pick_job *job = c->job;
	struct mg_pick_line l;
	struct message *m;
	uint32_t i, p;
	bool is_picked;

	mg_pick_read(job->counter, text, &l);
	mg_pick_facts_hear(&c->facts, &l);
	is_picked = mg_pick_count(job, text, &l);
	if (l.may_relay && l.sender.len)
		mg_pick_relay_hear(&c->facts, &l);
	if (job->counter->line_at > job->until)
		return;
	if (is_picked && job->counter->line_at >= job->since)
		mg_pick_facts_take(&c->facts, job, &l);
	if (!l.has_id) {
		if (is_picked && job->counter->line_at >= job->since)
			mg_pick_keep(&c->kept, place, job->max_bytes);
		return;
	}
	i = message_of(c, l.id.id);
	p = new_place(c);
	m = &c->messages[i];
	c->places[p] = *place;
	c->places[p].next = m->last;
	m->last = p;
	m->is_picked |= is_picked;
	m->is_in_time |= job->counter->line_at >= job->since;
	if (l.is_last) {
		settle(c, i);
		remove_message(c, i);
	}
}

static void take_request(struct child *c, const struct mg_pick_place *place,
			 struct mg_slice line)
{
	int64_t most = c->job->max_bytes;

	switch (mg_pick_request(c->job, &c->facts, line)) {
	case MG_PICK_REQUEST_FAR:
		return;
	case MG_PICK_REQUEST_READ:
		most /= 2;
		break;
	case MG_PICK_REQUEST_OTHER:
		break;
	}
	mg_pick_keep(&c->kept, place, most);
}

/*
 * Whoever sends a request has some of its line in his hand, and could make one
 * too long on purpose; what it begins with tells the most.
 */
static void take_overlong(struct child *c, struct mg_slice front)
{
	front.len = front.len < MG_LINE_MAX ? front.len : MG_LINE_MAX;
	if (!c->job->near)
		mg_counter_overlong(c->job->counter);
	else if (mg_pick_request(c->job, &c->facts, front) !=
		 MG_PICK_REQUEST_FAR)
		c->kept.sum.n_left++;
}

static void take(struct child *c, uint32_t file, int64_t at,
		 struct mg_slice line)
{
	const struct mg_pick_place place = { .at = at,
					     .len = (uint32_t)line.len + 1,
					     .file = file };

	const struct mg_pick_text text = { .line = line };

	if (c->job->near)
		take_request(c, &place, line);
	else
		take_text(c, &place, &text);
}

/* Lines of a window from byte `at` of a file on. Returns the bytes taken. */
static size_t take_window(struct child *c, uint32_t file, int64_t at,
			  struct mg_slice bytes, bool *is_skipping)
{
	struct mg_slice rest = bytes, line;

	while (mg_slice_cut_at(&rest, '\n', &line)) {
		c->kept.sum.n_read++;
		if (!*is_skipping && line.len > MG_LINE_MAX)
			take_overlong(c, line);
		else if (!*is_skipping)
			take(c, file, at + (line.ptr - bytes.ptr), line);
		*is_skipping = false;
	}
	if (rest.len > MG_LINE_MAX) {
		if (!*is_skipping)
			take_overlong(c, rest);
		*is_skipping = true;
		return bytes.len;
	}
	return bytes.len - rest.len;
}

/* The same of entries of a journal; how far they were read its reader knows. */
static size_t take_entries(struct child *c, uint32_t file, int64_t at,
			   struct mg_slice bytes)
{
	struct mg_slice rest = bytes;

	while (mg_journal_next(c->journal, &rest)) {
		const int64_t end = at + (rest.ptr - bytes.ptr);
		const struct mg_pick_text text = { .entry = mg_journal_line(
							   c->journal) };
		const struct mg_pick_place place = {
			.at = c->entry_at,
			.len = (uint32_t)(end - c->entry_at),
			.file = file
		};

		c->entry_at = end;
		c->kept.sum.n_read++;
		take_text(c, &place, &text);
	}
	return bytes.len;
}

static bool is_behind_end(const struct child *c)
{
	return c->job->counter->last_at != INT64_MIN &&
	       c->job->counter->line_at - LATE_S > c->job->until;
}

/* Every line of a log. Returns 0 or -code. */
static int take_log(struct child *c, struct mg_input *in, uint32_t file)
{
	const struct mg_pick_file *f = &c->job->files[file];
	char *window = mg_mem_zalloc(WINDOW_BYTES, 1);
	bool is_skipping = f->start > 0; /* to the next line */
	size_t len = 0, taken;
	struct mg_slice bytes;
	int64_t got, at;

	c->entry_at = 0;
	while ((got = mg_input_read(in, window + len, MG_READ_BYTES, &c->err)) >
	       0) {
		len += (size_t)got;
		at = in->at - (int64_t)len;
		bytes = mg_slice_of(window, len);
		taken = c->journal
				? take_entries(c, file, at, bytes)
				: take_window(c, file, at, bytes, &is_skipping);
		memmove(window, window + taken, len - taken);
		len -= taken;
		if (is_behind_end(c))
			break;
		if (f->most && in->at - f->start > f->most) {
			got = mg_fail(&c->err, MG_ELIMIT,
				      "a log has more than %lld bytes",
				      (long long)f->most);
			break;
		}
	}
	mg_mem_free(window);
	return got < 0 ? (int)got : 0;
}

static int tell_facts(struct child *c)
{
	static const struct mg_pick_record fact = {
		.kind = MG_PICK_RECORD_FACT
	};
	static const struct mg_pick_record sent = {
		.kind = MG_PICK_RECORD_SENT
	};
	const struct mg_pick_facts *f = &c->facts;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < f->n; i++)
		rc = mg_pick_tell(c->out_fd, &fact,
				  mg_slice_of((const char *)&f->items[i],
					      sizeof(f->items[i])),
				  &c->err);
	if (rc == 0)
		rc = mg_pick_tell(c->out_fd, &sent,
				  mg_slice_of((const char *)&f->sent,
					      sizeof(f->sent)),
				  &c->err);
	return rc;
}

static int run(struct child *c)
{
	struct mg_pick_record r = { .kind = MG_PICK_RECORD_END };
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < c->job->n_files; i++) {
		struct mg_input in = { .fd = -1 };

		rc = mg_pick_open(c->job, &in, i, &c->err);
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
	rc = mg_pick_kept_tell(&c->kept, c->job, c->out_fd, &c->err);
	if (rc == 0)
		rc = tell_facts(c);
	c->kept.sum.n_untold = c->facts.n_untold;
	r.sum = c->kept.sum;
	return rc == 0 ? mg_pick_tell(c->out_fd, &r, MG_LIT(""), &c->err) : rc;
}

int mg_pick_child(void *arg, int in_fd, int out_fd)
{
	struct mg_pick_job *job = arg;
	struct child c = { .job = job,
			   .out_fd = out_fd,
			   .free_place = NOTHING };
	int rc;

	if (job->counter->dialect == MG_DIALECT_JOURNAL)
		c.journal = mg_journal_new();
	rc = run(&c);
	(void)in_fd; /* 0 */
	mg_journal_free(c.journal);
	mg_mem_free(c.facts.items);
	mg_mem_free(c.facts.heard);
	mg_map_release(&c.facts.by_text);
	mg_mem_free(c.kept.items);
	mg_mem_free(c.messages);
	mg_map_release(&c.by_id);
	mg_mem_free(c.places);
	return -rc;
}
