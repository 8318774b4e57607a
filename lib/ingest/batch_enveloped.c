/* SPDX-License-Identifier: MIT */
/*
 * Lines with an envelope, a batch at a time: Postfix and Dovecot.
 *
 * As with Exim (batch_exim.c) a wrong guess of what comes next costs more than
 * reading some words. So the texts of one class are read one behind the other,
 * those that only add to the number of their kind are done with, and the others
 * are counted one by one, in their order.
 *
 * A batch ends where a line has a stamp, a host or a tag that has to be learned.
 */
#include "count_priv.h"

enum class {
	OTHER,
	CONNECT,
	DISCONNECT,
	CLIENT,
	PICKUP,
	MESSAGE_ID,
	QUEUED,
	DELIVERY,
	REMOVED,
	LOGIN,
	SESSION,
	FOREIGN,
	CLASSES
};

struct list {
	size_t n;
	uint8_t lines[MG_AHEAD];
};

/* Eight bytes of a text, fewer as the mask says. */
static inline unsigned begins(uint64_t word, const char with[8], uint64_t mask)
{
	return ((word ^ mg_hash_word(with)) & mask) == 0;
}

#define BYTES(n) (UINT64_MAX >> (64 - 8 * (n)))

/* What stands behind the id, by who wrote it. */
static inline unsigned class_of_message(enum mg_postfix_role role,
					uint64_t word)
{
	static const struct {
		char with[8];
		uint64_t mask;
		enum class class;
	} first[] = {
		[MG_POSTFIX_ROLE_SMTPD] = { "client=", BYTES(7), CLIENT },
		[MG_POSTFIX_ROLE_PICKUP] = { "uid=", BYTES(4), PICKUP },
		[MG_POSTFIX_ROLE_CLEANUP] = { "message", BYTES(7), MESSAGE_ID },
		[MG_POSTFIX_ROLE_QMGR] = { "from=<", BYTES(6), QUEUED },
		[MG_POSTFIX_ROLE_AGENT] = { "to=<", BYTES(4), DELIVERY },
		[MG_POSTFIX_ROLE_FOREIGN] = { .class = OTHER },
	};

	if (begins(word, first[role].with, first[role].mask))
		return first[role].class;
	return role == MG_POSTFIX_ROLE_QMGR &&
			       begins(word, "removed ", BYTES(7))
		       ? REMOVED
		       : OTHER;
}

static inline unsigned class_of_postfix(enum mg_postfix_role role,
					const char *p)
{
	const unsigned n = (unsigned)__builtin_ctz(~mg_scan_hex16(p));
	const uint64_t word = mg_hash_word(p);

	if (n < 16 && p[n] == ':')
		return class_of_message(role, mg_hash_word(p + n + 2));
	if (role == MG_POSTFIX_ROLE_FOREIGN)
		return OTHER;
	return begins(word, "connect ", BYTES(8)) * CONNECT +
	       begins(word, "disconne", BYTES(8)) * DISCONNECT;
}

static inline unsigned class_of_dovecot(const char *p)
{
	const uint64_t word = mg_hash_word(p);

	return (begins(word, "imap-log", BYTES(8)) |
		begins(word, "pop3-log", BYTES(8))) *
		       LOGIN +
	       (begins(word, "imap(   ", BYTES(5)) |
		begins(word, "pop3(   ", BYTES(5))) *
		       SESSION;
}

/* The class is a guess: who reads the text decides. */
static inline unsigned class_of(const struct mg_reading *r)
{
	if (r->writer->daemon == MG_DAEMON_POSTFIX)
		return class_of_postfix(r->writer->role, r->text.ptr);
	return r->writer->daemon == MG_DAEMON_DOVECOT
		       ? class_of_dovecot(r->text.ptr)
		       : FOREIGN;
}

/* --- a class --- */

/* Returns the bit of the line. */
static uint64_t read_one(struct mg_counter *c, unsigned line)
{
	mg_count_read_text(c, &c->ahead[line]);
	return UINT64_C(1) << line;
}

/* Lines that begin so are of a kind, the others read; returns their bits. */
static uint64_t pass(struct mg_counter *c, const struct list *list,
		     struct mg_slice prefix, unsigned kind)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct mg_reading *r = &c->ahead[list->lines[i]];

		if (mg_slice_has_prefix(r->text, prefix))
			c->n_lines[kind]++;
		else
			bits |= read_one(c, list->lines[i]);
	}
	return bits;
}

/* Returns the bits of all. */
static uint64_t read_all(struct mg_counter *c, const struct list *list)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < list->n; i++)
		bits |= read_one(c, list->lines[i]);
	return bits;
}

static void classify(const struct mg_counter *c, size_t n, struct list *lists)
{
	for (size_t i = 0; i < CLASSES; i++)
		lists[i].n = 0;
	for (size_t i = 0; i < n; i++) {
		struct list *list = &lists[class_of(&c->ahead[i])];

		list->lines[list->n++] = (uint8_t)i;
	}
}

static uint64_t read_classes(struct mg_counter *c, const struct list *lists)
{
	const unsigned connection = MG_EXIM_KINDS + MG_POSTFIX_CONNECTION;
	uint64_t bits;

	bits = pass(c, &lists[CONNECT], MG_LIT("connect from "), connection) |
	       pass(c, &lists[DISCONNECT], MG_LIT("disconnect from "),
		    connection);
	for (unsigned i = CLIENT; i < FOREIGN; i++)
		bits |= read_all(c, &lists[i]);
	c->n_lines[MG_EXIM_KINDS + MG_POSTFIX_FOREIGN] += lists[FOREIGN].n;
	return bits | read_all(c, &lists[OTHER]);
}

/* --- a batch --- */

static void take_turn(struct mg_counter *c, const struct mg_lines *l, size_t i,
		      const struct mg_reading *r)
{
	c->line_byte = l->byte + (mg_count_line_of(l, i).ptr - l->bytes);
	c->line_at = r->at;
	c->last_at = r->newest;
}

size_t mg_count_enveloped_batch(struct mg_counter *c, const struct mg_lines *l,
				size_t from, size_t to)
{
	const size_t n = mg_count_split(c, l, from, to);
	struct list lists[CLASSES];
	uint64_t events;

	if (n == 0)
		return 0;
	classify(c, n, lists);
	events = read_classes(c, lists);
	mg_count_expect_counts(c, c->ahead, n);
	for (; events; events &= events - 1) {
		const size_t i = (size_t)__builtin_ctzll(events);

		take_turn(c, l, from + i, &c->ahead[i]);
		mg_count_written(c, &c->ahead[i], c->ahead[i].at);
	}
	take_turn(c, l, from + n - 1, &c->ahead[n - 1]);
	mg_count_note_stamp(c, mg_count_line_of(l, from + n - 1).ptr);
	return n;
}
