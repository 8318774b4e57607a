/* SPDX-License-Identifier: MIT */
#include "mailguard/journal.h"

#include "mailguard/limits.h"
#include "mailguard/mem.h"
#include "mailguard/num.h"

#define NAME_MAX_BYTES 64 /* journald takes no longer names of fields */
#define SHORT_MAX 320     /* bytes of a value other than the text */

/* What the next byte is part of. */
enum state {
	AT_NAME,   /* the front of a line: the name of a field */
	AT_TEXT,   /* a value to the end of its line */
	AT_LENGTH, /* eight bytes */
	AT_BYTES,  /* a value of known length */
	AT_NEWLINE /* behind it */
};

struct mg_journal {
	struct mg_journal_line entry;
	bool is_done;  /* the entry was given */
	bool is_begun; /* the entry has a line */
	enum state state;
	int field; /* that the value belongs to; -1 for none of ours */
	uint64_t left;
	unsigned n_length; /* bytes of it so far */
	size_t name_len;
	char name[NAME_MAX_BYTES];
	size_t value_len; /* may exceed the room: then it was too long */
	char value[MG_LINE_MAX];
	char identifier[SHORT_MAX], message_id[SHORT_MAX], text[MG_LINE_MAX];
};

static const struct mg_slice names[MG_JOURNAL_FIELDS] = {
	[MG_JOURNAL_CURSOR] = MG_LIT_INIT("__CURSOR"),
	[MG_JOURNAL_AT] = MG_LIT_INIT("__REALTIME_TIMESTAMP"),
	[MG_JOURNAL_UID] = MG_LIT_INIT("_UID"),
	[MG_JOURNAL_PID] = MG_LIT_INIT("_PID"),
	[MG_JOURNAL_IDENTIFIER] = MG_LIT_INIT("SYSLOG_IDENTIFIER"),
	[MG_JOURNAL_MESSAGE] = MG_LIT_INIT("MESSAGE"),
	[MG_JOURNAL_MESSAGE_ID] = MG_LIT_INIT("MESSAGE_ID"),
};

struct mg_journal *mg_journal_new(void)
{
	return mg_mem_zalloc(1, sizeof(struct mg_journal));
}

void mg_journal_free(struct mg_journal *j)
{
	mg_mem_free(j);
}

const struct mg_journal_line *mg_journal_line(const struct mg_journal *j)
{
	return &j->entry;
}

/* --- values --- */

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_id(struct mg_slice s, uint8_t out[MG_ENTRY_ID_LEN])
{
	if (s.len != 2 * MG_ENTRY_ID_LEN)
		return false;
	for (size_t i = 0; i < s.len; i += 2) {
		const int high = hex(s.ptr[i]), low = hex(s.ptr[i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i / 2] = (uint8_t)(high * 16 + low);
	}
	return true;
}

static bool parse_hex(struct mg_slice s, uint64_t *out)
{
	uint64_t n = 0;

	if (s.len == 0 || s.len > 15)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		const int digit = hex(s.ptr[i]);

		if (digit < 0)
			return false;
		n = n * 16 + (uint64_t)digit;
	}
	*out = n;
	return true;
}

/* "s=ID;i=NUMBER;...": the two that say where, in whatever order. */
static bool parse_cursor(struct mg_slice rest, struct mg_entry *out)
{
	bool has_id = false, has_number = false;

	while (rest.len) {
		struct mg_slice part = mg_slice_of(rest.ptr,
						   mg_slice_find(rest, ';'));

		rest = mg_slice_from(rest, part.len + (part.len < rest.len));
		if (mg_slice_cut_lit(&part, MG_LIT("s=")))
			has_id = !has_id && parse_id(part, out->id);
		else if (mg_slice_cut_lit(&part, MG_LIT("i=")))
			has_number = !has_number &&
				     parse_hex(part, &out->seqnum);
	}
	return has_id && has_number;
}

static bool parse_uint32(struct mg_slice s, uint32_t *out)
{
	uint64_t n;

	if (!mg_num_parse(s, UINT32_MAX, &n))
		return false;
	*out = (uint32_t)n;
	return true;
}

static bool keep_short(struct mg_slice s, char to[SHORT_MAX],
		       struct mg_slice *out)
{
	if (s.len > SHORT_MAX)
		return false;
	memcpy(to, s.ptr, s.len);
	*out = mg_slice_of(to, s.len);
	return true;
}

/* Servers log single lines: what stands behind one was never theirs. */
static void keep_text(struct mg_journal *j, struct mg_slice s)
{
	s.len = mg_slice_find(s, '\n');
	memcpy(j->text, s.ptr, s.len);
	j->entry.text = mg_slice_of(j->text, s.len);
}

static bool keep(struct mg_journal *j, int field, struct mg_slice value)
{
	struct mg_journal_line *e = &j->entry;
	uint64_t n;

	switch (field) {
	case MG_JOURNAL_CURSOR:
		return parse_cursor(value, &e->place);
	case MG_JOURNAL_AT:
		if (!mg_num_parse(value, INT64_MAX, &n))
			return false;
		e->place.at_us = (int64_t)n;
		return true;
	case MG_JOURNAL_UID:
		return parse_uint32(value, &e->uid);
	case MG_JOURNAL_PID:
		return parse_uint32(value, &e->pid);
	case MG_JOURNAL_IDENTIFIER:
		return keep_short(value, j->identifier, &e->identifier);
	case MG_JOURNAL_MESSAGE_ID:
		return keep_short(value, j->message_id, &e->message_id);
	default:
		keep_text(j, value);
		return true;
	}
}

static void end_value(struct mg_journal *j)
{
	struct mg_journal_line *e = &j->entry;
	bool ok;

	if (j->field < 0)
		return;
	if (e->has & 1U << j->field) {
		e->is_malformed = true;
	} else if (j->value_len > sizeof(j->value)) {
		ok = j->field == MG_JOURNAL_MESSAGE;
		e->is_overlong = ok;
		e->is_malformed = e->is_malformed || !ok;
	} else {
		ok = keep(j, j->field, mg_slice_of(j->value, j->value_len));
		e->is_malformed = e->is_malformed || !ok;
	}
	e->has |= 1U << j->field;
}

/* --- the stream --- */

static void begin_entry(struct mg_journal *j)
{
	j->entry = (struct mg_journal_line){ .has = 0 };
	j->is_done = j->is_begun = false;
	j->state = AT_NAME;
	j->name_len = 0;
}

static int field_of(struct mg_slice name)
{
	for (int i = 0; i < MG_JOURNAL_FIELDS; i++)
		if (mg_slice_is(name, names[i]))
			return i;
	return -1;
}

static bool is_name(const struct mg_journal *j)
{
	if (j->name_len == 0 || j->name_len > sizeof(j->name))
		return false;
	for (size_t i = 0; i < j->name_len; i++) {
		const char c = j->name[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_'))
			return false;
	}
	return true;
}

static void begin_line(struct mg_journal *j)
{
	j->state = AT_NAME;
	j->name_len = 0;
}

/* The name ends here, by an equals sign or a newline. */
static void end_name(struct mg_journal *j, char by)
{
	const bool ok = is_name(j);

	j->is_begun = true;
	j->value_len = 0;
	j->field = ok ? field_of(mg_slice_of(j->name, j->name_len)) : -1;
	if (!ok)
		j->entry.is_malformed = true;
	if (by == '=') {
		j->state = AT_TEXT;
	} else if (ok) {
		j->state = AT_LENGTH;
		j->left = 0;
		j->n_length = 0;
	} else {
		begin_line(j); /* no length is behind what is no name */
	}
}

/* Returns 1 at the empty line behind an entry. */
static int take_name(struct mg_journal *j, struct mg_slice *rest)
{
	while (rest->len) {
		const char c = *rest->ptr;

		*rest = mg_slice_from(*rest, 1);
		if (c == '\n' && j->name_len == 0) {
			if (j->is_begun)
				return 1;
		} else if (c == '\n' || c == '=') {
			end_name(j, c);
			return 0;
		} else if (j->name_len < sizeof(j->name)) {
			j->name[j->name_len++] = c;
		} else {
			j->name_len = sizeof(j->name) + 1; /* is_name */
		}
	}
	return 0;
}

static void add_value(struct mg_journal *j, struct mg_slice bytes)
{
	if (j->field < 0)
		return;
	if (bytes.len > sizeof(j->value) - j->value_len ||
	    j->value_len > sizeof(j->value)) {
		j->value_len = sizeof(j->value) + 1;
		return;
	}
	memcpy(j->value + j->value_len, bytes.ptr, bytes.len);
	j->value_len += bytes.len;
}

static void take_text(struct mg_journal *j, struct mg_slice *rest)
{
	const size_t at = mg_slice_find(*rest, '\n');

	add_value(j, mg_slice_of(rest->ptr, at));
	if (at < rest->len) {
		end_value(j);
		begin_line(j);
		*rest = mg_slice_from(*rest, at + 1);
	} else {
		*rest = mg_slice_from(*rest, at);
	}
}

static void take_length(struct mg_journal *j, struct mg_slice *rest)
{
	while (rest->len && j->n_length < 8) {
		j->left |= (uint64_t)(unsigned char)*rest->ptr
			   << (8 * j->n_length++);
		*rest = mg_slice_from(*rest, 1);
	}
	if (j->n_length < 8)
		return;
	j->state = AT_BYTES;
	if (j->left > MG_JOURNAL_VALUE_MAX) {
		j->entry.is_malformed = true;
		j->field = -1;
		j->state = AT_TEXT; /* from the next newline on */
	}
}

static void take_bytes(struct mg_journal *j, struct mg_slice *rest)
{
	const size_t n = j->left < rest->len ? (size_t)j->left : rest->len;

	add_value(j, mg_slice_of(rest->ptr, n));
	j->left -= n;
	*rest = mg_slice_from(*rest, n);
	if (j->left == 0) {
		end_value(j);
		j->state = AT_NEWLINE;
	}
}

static void take_newline(struct mg_journal *j, struct mg_slice *rest)
{
	if (*rest->ptr == '\n') {
		*rest = mg_slice_from(*rest, 1);
		begin_line(j);
		return;
	}
	j->entry.is_malformed = true;
	j->field = -1;
	j->state = AT_TEXT;
}

int mg_journal_next(struct mg_journal *j, struct mg_slice *rest)
{
	if (j->is_done)
		begin_entry(j);
	while (rest->len && !j->is_done) {
		switch (j->state) {
		case AT_NAME:
			j->is_done = take_name(j, rest);
			break;
		case AT_TEXT:
			take_text(j, rest);
			break;
		case AT_LENGTH:
			take_length(j, rest);
			break;
		case AT_BYTES:
			take_bytes(j, rest);
			break;
		case AT_NEWLINE:
			take_newline(j, rest);
			break;
		}
	}
	return j->is_done;
}
