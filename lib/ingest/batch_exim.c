/* SPDX-License-Identifier: MIT */
/*
 * Lines of Exim's own log, a batch at a time.
 *
 * Nobody can foresee of which kind the next line is, a processor neither, and
 * each wrong guess costs it as much as reading some words. So what every line is
 * asked is asked without branches; lines of one kind are then read one behind
 * the other; and only those that change more than the number of their kind are
 * counted one by one, in their order.
 *
 * A batch is one where every stamp is of the hour that was learned, so nothing
 * is learned within it. All others are counted line by line (ahead.c).
 */
#include "count_priv.h"

#include "mailguard/mem.h"

enum class {
	OTHER,
	ARRIVAL,
	DELIVERY,
	COMPLETED,
	IDENTIFICATION,
	CWD,
	CONNECTION,
	CLASSES
};

/* What a line's start says. */
struct glance {
	struct mg_slice text; /* behind the stamp and the id */
	int64_t at, newest;   /* its instant, and the newest up to it */
	uint8_t class;
	uint8_t id_len; /* 0 for none */
	uint8_t number; /* of an arrival, among them */
};

struct mg_exim_batch {
	struct glance glances[MG_EXIM_BATCH];
	struct mg_reading arrivals[MG_EXIM_BATCH];
	uint64_t lines[CLASSES]; /* of each class, a bit for each line */
};

struct mg_exim_batch *mg_count_new_batch(void)
{
	return mg_mem_zalloc(1, sizeof(struct mg_exim_batch));
}

/* --- one line --- */

/* The stamp before, and what one of its hour is. */
struct known {
	const char *before;
	int64_t at;           /* the instant of that */
	uint64_t start, hour; /* bytes 0 to 7 and 6 to 13 */
	int64_t hour_at;
};

/*
 * "YYYY-MM-DD HH:MM:SS ", the hour known: the rest of it, where bits stand for
 * what is wrong.
 */
static uint64_t read_stamp(struct known *k, const char *p)
{
	/* Bytes 12 to 19, "H:MM:SS ". */
	const uint64_t t = mg_hash_word(p + 12);
	const unsigned m1 = (unsigned)(t >> 16) & 15, m2 = t >> 24 & 15;
	const unsigned s1 = (unsigned)(t >> 40) & 15, s2 = t >> 48 & 15;

	k->at = k->hour_at + (m1 * 10 + m2) * 60 + s1 * 10 + s2;
	k->before = p;
	return (mg_hash_word(p) ^ k->start) | (mg_hash_word(p + 6) ^ k->hour) |
	       ((t & 0xfff0f0fff0f0ff00) ^ 0x2030303a30303a00) | (m1 > 5) |
	       (m2 > 9) | (s1 > 5) | (s2 > 9);
}

/* Most are that of the line before; the blank behind it is looked at too. */
static inline uint64_t know_stamp(struct known *k, const char *p)
{
	const char *q = k->before;
	const uint64_t differs = (mg_hash_word(p) ^ mg_hash_word(q)) |
				 (mg_hash_word(p + 8) ^ mg_hash_word(q + 8)) |
				 (mg_hash_word(p + 11) ^ mg_hash_word(q + 11));

	return differs ? read_stamp(k, p) : (unsigned char)(p[19] ^ ' ');
}

/* mg_exim_id_len without branches, where enough bytes can be read. */
static inline unsigned id_len(const char *p)
{
	const unsigned first = mg_scan_alnum16(p),
		       last = mg_scan_alnum16(p + 7);
	const unsigned in_short = MG_EXIM_BITS(0, 6) | MG_EXIM_BITS(7, 6) |
				  MG_EXIM_BITS(14, 2);
	const unsigned in_long = MG_EXIM_BITS(0, 11) | MG_EXIM_BITS(12, 4);
	const unsigned is_id = p[6] == '-';
	const unsigned is_short = is_id & (p[13] == '-') & (p[16] == ' ') &
				  ((first & in_short) == in_short);
	const unsigned is_long = is_id & (p[18] == '-') & (p[23] == ' ') &
				 ((first & MG_EXIM_BITS(0, 6)) ==
				  MG_EXIM_BITS(0, 6)) &
				 ((last & in_long) == in_long);

	return is_short * 16 + is_long * 23;
}

/* Four bytes as a number, and three with one that may be any. */
static inline uint32_t four(const char *p)
{
	uint32_t m;

	memcpy(&m, p, sizeof(m));
	return m;
}

static inline unsigned is_four(uint32_t m, const char *word)
{
	return m == four(word);
}

static inline unsigned is_three(uint32_t m, const char *word)
{
	return ((m ^ four(word)) & htole32(0xffffff)) == 0;
}

/* Of what stands behind the stamp, or behind the id. */
static inline unsigned class_of(const char *p, bool has_id)
{
	const uint32_t m = four(p);
	const unsigned with_id = is_three(m, "<= ") * ARRIVAL +
				 (is_three(m, "=> ") | is_three(m, "-> ")) *
					 DELIVERY +
				 is_four(m, "Comp") * COMPLETED +
				 is_four(m, "Send") * IDENTIFICATION;
	const unsigned without = is_four(m, "cwd=") * CWD +
				 is_four(m, "SMTP") * CONNECTION;

	return has_id ? with_id : without;
}

/* Returns 0 where the line may be counted with its batch. */
static inline uint64_t glance_at(struct known *k, struct mg_slice line,
				 struct glance *out)
{
	const char *text = line.ptr + MG_EXIM_TEXT_AT;
	const uint64_t bad = know_stamp(k, line.ptr);
	const unsigned len = id_len(text);
	const size_t behind = MG_EXIM_TEXT_AT + len + (len != 0);

	out->at = k->at;
	out->id_len = (uint8_t)len;
	out->class = (uint8_t)class_of(line.ptr + behind, len != 0);
	out->text = mg_slice_of(line.ptr + behind, line.len - behind);
	/* A zone, a process id and a carriage return are rare. */
	return bad | (line.len <= MG_EXIM_TEXT_AT) | (line.len > MG_LINE_MAX) |
	       (text[0] == '+') | (text[0] == '-') | (text[0] == '[') |
	       (line.ptr[line.len - (line.len > 0)] == '\r');
}

/* --- a batch of them --- */

static bool glance(struct mg_counter *c, const struct mg_lines *l, size_t from,
		   size_t to)
{
	struct mg_exim_batch *b = c->batch;
	const char *stamp = c->quick_stamp.text;
	struct known known = { .before = stamp,
			       .at = c->line_at,
			       .start = mg_hash_word(stamp),
			       .hour = mg_hash_word(stamp + 6),
			       .hour_at = c->quick_stamp.hour_at };
	const char *at = mg_count_line_of(l, from).ptr;
	int64_t newest = c->last_at;
	uint64_t bad = 0;

	memset(b->lines, 0, sizeof(b->lines));
	for (size_t i = 0; i < to - from; i++) {
		struct glance *g = &b->glances[i];
		const char *end = l->bytes + l->ends[from + i];
		int64_t stamp_at;

		bad |= glance_at(&known, mg_slice_of(at, (size_t)(end - at)),
				 g);
		at = end + 1;
		stamp_at = g->at < c->latest ? g->at : c->latest;
		newest = stamp_at > newest ? stamp_at : newest;
		g->newest = newest;
		b->lines[g->class] |= UINT64_C(1) << i;
	}
	return bad == 0;
}

static struct mg_slice id_of(const struct glance *g)
{
	return mg_slice_of(g->text.ptr - g->id_len - 1, g->id_len);
}

/* The number of the first of some lines, which are those behind it then. */
static inline size_t next_line(uint64_t *lines)
{
	const size_t i = (size_t)__builtin_ctzll(*lines);

	*lines &= *lines - 1;
	return i;
}

static void read_arrivals(struct mg_counter *c, uint64_t lines)
{
	struct mg_exim_batch *b = c->batch;
	size_t n = 0;

	while (lines) {
		struct glance *g = &b->glances[next_line(&lines)];
		struct mg_reading *r = &b->arrivals[n];

		g->number = (uint8_t)n++;
		r->login = r->domain = NULL;
		r->text = g->text;
		r->id = id_of(g);
		mg_count_read_arrival(c, r);
	}
	mg_count_expect_counts(c, b->arrivals, n);
}

/*
 * Exim's own directory and others of no account mean nothing; most lines of
 * this kind have one that was met before. Returns the others.
 */
static uint64_t pass_directories(struct mg_counter *c, uint64_t lines)
{
	uint64_t others = 0;

	while (lines) {
		const size_t i = next_line(&lines);
		const struct mg_slice directory = mg_count_directory(
			mg_slice_from(c->batch->glances[i].text, 4));
		const struct mg_memo_entry *e = mg_memo_find(&c->directories,
							     directory);
		const bool is_nothing = e && e->number == MG_ACCOUNT_NONE;

		c->n_lines[MG_EXIM_CWD] += is_nothing;
		others |= (uint64_t)!is_nothing << i;
	}
	return others;
}

/* "SMTP connection"; what else begins so is read. Returns that. */
static uint64_t pass_connections(struct mg_counter *c, uint64_t lines)
{
	uint64_t others = 0;

	while (lines) {
		const size_t i = next_line(&lines);
		const bool is_one = mg_slice_has_prefix(
			c->batch->glances[i].text, MG_LIT("SMTP connection"));

		c->n_lines[MG_EXIM_CONNECTION] += is_one;
		others |= (uint64_t)!is_one << i;
	}
	return others;
}

/* --- one line, in its turn --- */

static struct mg_flight_entry *find(struct mg_counter *c,
				    const struct glance *g)
{
	return mg_flights_find(&c->flights, id_of(g));
}

static bool count_quickly(struct mg_counter *c, const struct glance *g)
{
	switch (g->class) {
	case ARRIVAL:
		mg_count_quick_arrival(c, &c->batch->arrivals[g->number],
				       g->at);
		return true;
	case DELIVERY:
		return mg_count_quick_delivery(c, find(c, g),
					       mg_slice_from(g->text, 3),
					       g->at);
	case COMPLETED:
		return mg_slice_has_prefix(g->text, MG_LIT("Completed")) &&
		       mg_count_quick_completed(c, find(c, g),
						mg_slice_from(g->text, 9));
	case IDENTIFICATION:
		return mg_count_quick_identification(c, find(c, g), g->text);
	default:
		return g->id_len == 0 && g->text.len &&
		       mg_count_quick_plain(c, g->text, g->at);
	}
}

static void count_line(struct mg_counter *c, const struct mg_lines *l, size_t i,
		       const struct glance *g)
{
	const struct mg_slice line = mg_count_line_of(l, i);

	c->line_byte = l->byte + (line.ptr - l->bytes);
	c->line_at = g->at;
	c->last_at = g->newest;
	if (!count_quickly(c, g))
		mg_count_exim_text(c, mg_slice_from(line, MG_EXIM_TEXT_AT),
				   g->at);
}

/* The last line of a batch is the line before for the next one. */
static void leave(struct mg_counter *c, const struct mg_lines *l, size_t last,
		  const struct glance *g)
{
	const struct mg_slice line = mg_count_line_of(l, last);

	c->line_byte = l->byte + (line.ptr - l->bytes);
	c->line_at = g->at;
	c->last_at = g->newest;
	mg_count_note_stamp(c, line.ptr);
}

bool mg_count_exim_batch(struct mg_counter *c, const struct mg_lines *l,
			 size_t from, size_t to)
{
	struct mg_exim_batch *b = c->batch;
	const uint64_t *lines = b->lines;
	uint64_t events;

	if (!c->quick_stamp.is_steady || c->first_at == INT64_MAX ||
	    !glance(c, l, from, to))
		return false;
	events = lines[OTHER] | lines[ARRIVAL] | lines[DELIVERY] |
		 lines[COMPLETED] | lines[IDENTIFICATION] |
		 pass_directories(c, lines[CWD]) |
		 pass_connections(c, lines[CONNECTION]);
	read_arrivals(c, lines[ARRIVAL]);
	while (events) {
		const size_t i = next_line(&events);

		count_line(c, l, from + i, &b->glances[i]);
	}
	leave(c, l, to - 1, &b->glances[to - from - 1]);
	return true;
}
