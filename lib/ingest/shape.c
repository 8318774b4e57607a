/* SPDX-License-Identifier: MIT */
#include "mailguard/shape.h"

#define WORD_MAX 24   /* letters; longer ones are no words of a daemon */
#define LOOK_MAX 1024 /* bytes of a text; what changed shows before that */

/* What is written so far; further bytes are dropped at the end. */
struct shape {
	char *out;
	size_t len;
	size_t last; /* where the last token starts */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Signs that say something about the form of a line; no quote, no escape. */
static bool is_sign(char c)
{
	return c && strchr("<>=*()[]{}:;,.@/+_-#%!?&|~", c);
}

bool mg_shape_is_valid(struct mg_slice shape)
{
	if (shape.len > MG_SHAPE_MAX)
		return false;
	for (size_t i = 0; i < shape.len; i++)
		if (!is_letter(shape.ptr[i]) && !is_sign(shape.ptr[i]) &&
		    shape.ptr[i] != '9' && shape.ptr[i] != ' ')
			return false;
	return true;
}

static void put(struct shape *s, struct mg_slice text)
{
	const size_t room = MG_SHAPE_MAX - s->len;

	if (text.len > room)
		text.len = room;
	if (text.len)
		memcpy(s->out + s->len, text.ptr, text.len);
	s->len += text.len;
}

/* Signs as they are, anything else as one question mark. */
static void put_signs(struct shape *s, struct mg_slice signs)
{
	for (size_t i = 0; i < signs.len; i++)
		put(s, is_sign(signs.ptr[i]) ? mg_slice_of(signs.ptr + i, 1)
					     : MG_LIT("?"));
}

/* A word of a daemon: letters, perhaps with hyphens between them. */
static bool is_word(struct mg_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_letter(s.ptr[i]) &&
		    (s.ptr[i] != '-' || i == 0 || i + 1 == s.len))
			return false;
	return s.len > 0 && s.len <= WORD_MAX;
}

/* "192.0.2.7]:25", "02:19:34", "5.1.1": digits and signs between them. */
static bool is_number(struct mg_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_digit(s.ptr[i]) && !is_sign(s.ptr[i]))
			return false;
	return s.len > 0;
}

/* Each run of digits as one 9. */
static void put_number(struct shape *s, struct mg_slice number)
{
	for (size_t i = 0; i < number.len; i++) {
		if (!is_digit(number.ptr[i]))
			put_signs(s, mg_slice_of(number.ptr + i, 1));
		else if (i == 0 || !is_digit(number.ptr[i - 1]))
			put(s, MG_LIT("9"));
	}
}

/* What stands between the signs at both ends of a token. */
static void put_core(struct shape *s, struct mg_slice core, bool is_value)
{
	if (core.len == 0)
		return;
	if (is_number(core))
		put_number(s, core);
	else if (mg_slice_find(core, '@') != core.len)
		put(s, MG_LIT("x@x"));
	else if (is_word(core) && !is_value)
		put(s, core);
	else
		put(s, MG_LIT("x"));
}

static bool is_inner(char c)
{
	return is_letter(c) || is_digit(c);
}

static void put_plain(struct shape *s, struct mg_slice token, bool is_value)
{
	size_t from = 0, to = token.len;

	if (mg_slice_find(token, '"') != token.len) {
		put(s, MG_LIT("x"));
		return;
	}
	while (from < to && !is_inner(token.ptr[from]))
		from++;
	while (to > from && !is_inner(token.ptr[to - 1]))
		to--;
	put_signs(s, mg_slice_of(token.ptr, from));
	put_core(s, mg_slice_of(token.ptr + from, to - from), is_value);
	put_signs(s, mg_slice_from(token, to));
}

/* "KEY=VALUE": the key is the daemon's, the value is not. */
static void put_token(struct shape *s, struct mg_slice token)
{
	struct mg_slice rest = token, key;

	if (!mg_slice_cut_at(&rest, '=', &key) || !is_word(key)) {
		put_plain(s, token, false);
		return;
	}
	put(s, key);
	put(s, MG_LIT("="));
	put_plain(s, rest, true);
}

/* Takes the last token back where it says the same as the one before it. */
static void drop_repeated(struct shape *s, size_t before)
{
	const size_t len = s->len - s->last;

	if (s->last == before + len + 1 &&
	    !memcmp(s->out + before, s->out + s->last, len)) {
		s->len = s->last - 1;
		s->last = before;
	}
}

/* Bytes to the blank that ends a token; one between two quotes does not. */
static size_t token_len(struct mg_slice text)
{
	const size_t end = mg_slice_find(text, ' ');
	size_t at = mg_slice_find(mg_slice_of(text.ptr, end), '"');

	if (at == end)
		return end;
	for (at++; at < text.len && text.ptr[at] != '"'; at++)
		if (text.ptr[at] == '\\')
			at++;
	if (at >= text.len) /* no quotation at all */
		return end;
	return at + mg_slice_find(mg_slice_from(text, at), ' ');
}

size_t mg_shape_of(struct mg_slice service, struct mg_slice text,
		   char out[MG_SHAPE_MAX])
{
	struct shape s = { .out = out };
	bool is_first = true;

	if (service.len) {
		put_core(&s, service, false);
		put(&s, MG_LIT(": "));
	}
	if (text.len > LOOK_MAX)
		text.len = LOOK_MAX;
	while (text.len && s.len < MG_SHAPE_MAX) {
		const size_t len = token_len(text), before = s.last;

		if (len > 0) {
			if (!is_first)
				put(&s, MG_LIT(" "));
			s.last = s.len;
			put_token(&s, mg_slice_of(text.ptr, len));
			if (!is_first)
				drop_repeated(&s, before);
			is_first = false;
		}
		text = mg_slice_from(text, len < text.len ? len + 1 : len);
	}
	if (is_first)
		put(&s, MG_LIT("x"));
	return s.len;
}

static struct mg_shape *find(struct mg_shapes *s, enum mg_shape_why why,
			     struct mg_slice shape)
{
	for (size_t i = 0; i < s->n_items; i++)
		if (s->items[i].why == why &&
		    mg_slice_is(mg_slice_of(s->items[i].text, s->items[i].len),
				shape))
			return &s->items[i];
	return NULL;
}

void mg_shapes_add(struct mg_shapes *s, enum mg_shape_why why,
		   struct mg_slice shape, uint64_t n, int64_t first)
{
	struct mg_shape *item = find(s, why, shape);

	if (!item && s->n_items >= MG_SHAPES_MAX && shape.len) {
		shape.len = 0;
		item = find(s, why, shape);
	}
	if (!item) {
		item = &s->items[s->n_items++];
		*item = (struct mg_shape){ .why = why,
					   .len = (uint32_t)shape.len,
					   .first = first };
		if (shape.len)
			memcpy(item->text, shape.ptr, shape.len);
	}
	item->n += n;
}
