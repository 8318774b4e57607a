/* SPDX-License-Identifier: MIT */
/* Blocks: what is ours in a file, and whether it still is what we wrote. */
#include "rules_exim_priv.h"

#include "mailguard/sha256.h"

#define BEGIN MG_LIT("# BEGIN mailguard ")
#define END MG_LIT("# END mailguard")
#define INSTEAD MG_LIT(" instead of: ")
#define HASH_DIGITS 16

static void hash_block(struct mg_slice instead, struct mg_slice content,
		       char out[HASH_DIGITS + 1])
{
	unsigned char digest[MG_SHA256_LEN];
	struct mg_sha256 h;

	mg_sha256_init(&h);
	mg_sha256_add_text(&h, instead);
	mg_sha256_add_text(&h, content);
	mg_sha256_end(&h, digest);
	mg_sha256_format(digest, HASH_DIGITS / 2, out);
}

void mg_rules_exim_add_block(struct mg_buf *out, struct mg_slice instead,
			     struct mg_slice content)
{
	char hash[HASH_DIGITS + 1];

	hash_block(instead, content, hash);
	mg_buf_add(out, BEGIN);
	mg_buf_add_str(out, hash);
	if (instead.len) {
		mg_buf_add(out, INSTEAD);
		mg_buf_add(out, instead);
	}
	mg_buf_add_char(out, '\n');
	mg_buf_add(out, content);
	mg_buf_add(out, END);
	mg_buf_add_char(out, '\n');
}

/* A piece of a text: lines of others, or a block. */
struct piece {
	struct mg_slice text; /* all of it */
	bool is_block, is_intact;
	struct mg_slice instead;
};

static bool is_intact(struct mg_slice head, struct mg_slice instead,
		      struct mg_slice content)
{
	char hash[HASH_DIGITS + 1];

	hash_block(instead, content, hash);
	return mg_slice_is(mg_slice_of(head.ptr, HASH_DIGITS),
			   mg_slice_of(hash, HASH_DIGITS));
}

/* A block whose end is missing is the one line that says it begins. */
static void end_block(struct piece *p, struct mg_slice head,
		      struct mg_slice *text)
{
	struct mg_slice rest = *text, line, content = { rest.ptr, 0 };

	p->is_block = true;
	if (head.len < HASH_DIGITS)
		return;
	p->instead = mg_slice_from(head, HASH_DIGITS);
	if (!mg_slice_cut_lit(&p->instead, INSTEAD))
		p->instead = MG_LIT("");
	while (mg_slice_cut_line(&rest, &line)) {
		if (!mg_slice_is(line, END)) {
			content.len = (size_t)(rest.ptr - content.ptr);
			continue;
		}
		p->is_intact = is_intact(head, p->instead, content);
		*text = rest;
		return;
	}
}

static bool next_piece(struct mg_slice *text, struct piece *p)
{
	const char *from = text->ptr;
	struct mg_slice line;

	*p = (struct piece){ .is_intact = false };
	if (!mg_slice_cut_line(text, &line))
		return false;
	if (mg_slice_cut_lit(&line, BEGIN))
		end_block(p, line, text);
	p->text = mg_slice_of(from, (size_t)(text->ptr - from));
	return true;
}

bool mg_rules_exim_has_block(struct mg_slice text)
{
	struct piece p;

	while (next_piece(&text, &p))
		if (p.is_block)
			return true;
	return false;
}

bool mg_rules_exim_is_intact(struct mg_slice text)
{
	struct piece p;

	while (next_piece(&text, &p))
		if (p.is_block && !p.is_intact)
			return false;
	return true;
}

void mg_rules_exim_uninstall(struct mg_slice text, struct mg_buf *out)
{
	struct piece p;

	while (next_piece(&text, &p)) {
		if (!p.is_block)
			mg_buf_add(out, p.text);
		if (!p.instead.len)
			continue;
		mg_buf_add(out, p.instead);
		mg_buf_add_char(out, '\n');
	}
}
