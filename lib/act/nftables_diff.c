/* SPDX-License-Identifier: MIT */
/* What differs between a table, what was loaded, and what would be. */
#include "mailguard/nftables_table.h"

static bool has_line(struct mg_slice text, struct mg_slice want)
{
	struct mg_slice line;

	while (mg_slice_cut_line(&text, &line))
		if (mg_slice_is(line, want))
			return true;
	return false;
}

void mg_nftables_add_only(struct mg_slice one, struct mg_slice other, char sign,
			  struct mg_buf *out)
{
	struct mg_slice line;

	while (mg_slice_cut_line(&one, &line)) {
		if (has_line(other, line))
			continue;
		mg_buf_add_char(out, sign);
		mg_buf_add_printable(out, mg_slice_trim(line));
		mg_buf_add_char(out, '\n');
	}
}

static void add_changed(const struct mg_nftables_table *t, struct mg_buf *out)
{
	struct mg_slice saved = mg_buf_slice(&t->saved), unused;

	(void)mg_slice_cut_line(&saved, &unused);
	mg_buf_add_fmt(out,
		       "the table inet %s was changed by somebody else; its "
		       "parts and their numbers (nft -a list table):\n",
		       t->name);
	mg_nftables_add_only(saved, mg_buf_slice(&t->parts), '-', out);
	mg_nftables_add_only(mg_buf_slice(&t->parts), saved, '+', out);
}

bool mg_nftables_add_diff(const struct mg_nftables_table *t,
			  struct mg_slice text, struct mg_buf *out)
{
	const struct mg_slice loaded = mg_buf_slice(&t->text);

	switch (t->state) {
	case MG_NFTABLES_GONE:
		mg_buf_add_fmt(out, "the table inet %s is not there\n",
			       t->name);
		return true;
	case MG_NFTABLES_COPY:
		mg_buf_add_fmt(out,
			       "the table inet %s is there, but not as it was "
			       "loaded last\n",
			       t->name);
		return true;
	case MG_NFTABLES_CHANGED:
		add_changed(t, out);
		return true;
	case MG_NFTABLES_OURS:
	default:
		mg_nftables_add_only(loaded, text, '-', out);
		mg_nftables_add_only(text, loaded, '+', out);
		return !mg_slice_is(loaded, text);
	}
}
