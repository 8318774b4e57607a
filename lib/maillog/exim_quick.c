/* SPDX-License-Identifier: MIT */
/*
 * Arrival lines of the shape that nearly all have, cut by what stands where.
 *
 * Exactly what exim_arrival.c makes of them, or nothing: each step either fits
 * or gives the line up to the grammar, which stays the one that decides
 * (tests/fuzz/fuzz_exim.c compares them). The blanks of the line are marked
 * once; then each word ends at the next mark, and its tag is one comparison.
 */
#include "exim_priv.h"

#include "mailguard/address.h"
#include "mailguard/num.h"
#include "mailguard/scan.h"

struct cutter {
	struct mg_slice s;
	size_t at; /* what was cut ends here, at a blank or the end */
	uint64_t blanks[MG_SCAN_WORDS(MG_EXIM_LIST_DOUBT)];
	uint64_t hiding[MG_SCAN_WORDS(MG_EXIM_LIST_DOUBT)];
};

static inline bool cut(struct cutter *c, struct mg_slice lit)
{
	if (c->s.len - c->at < lit.len ||
	    memcmp(c->s.ptr + c->at, lit.ptr, lit.len) != 0)
		return false;
	c->at += lit.len;
	return true;
}

#define CUT(c, tag) cut(c, MG_LIT(tag))

/* Up to a blank, whatever it is. */
static inline bool cut_word(struct cutter *c, struct mg_slice *out)
{
	const size_t end = mg_scan_next(c->blanks, c->at);

	*out = mg_slice_of(c->s.ptr + c->at, end - c->at);
	c->at = end;
	return out->len != 0;
}

/* The same without quotes and backslashes, which may hide a blank. */
static inline bool cut_plain(struct cutter *c, struct mg_slice *out)
{
	const size_t from = c->at;

	return cut_word(c, out) && mg_scan_next(c->hiding, from) >= c->at;
}

/* ":port" and the bracket before it, taken off the end. */
static inline bool cut_port(struct mg_slice *word, unsigned *port)
{
	unsigned unit = 1, value = 0;
	size_t n = word->len;

	while (n && unit < 1000000 &&
	       (unsigned char)(word->ptr[n - 1] - '0') < 10) {
		value += unit * (unsigned)(word->ptr[--n] - '0');
		unit *= 10;
	}
	if (n != word->len && (n == 0 || word->ptr[--n] != ':'))
		return false;
	if (n == 0 || word->ptr[n - 1] != ']' || value > 65535)
		return false;
	word->len = n - 1;
	*port = value;
	return true;
}

/* "[ip]" or "[ip]:port". */
static bool cut_ip(struct cutter *c, struct mg_exim_host *out)
{
	return CUT(c, "[") && cut_word(c, &out->ip) &&
	       cut_port(&out->ip, &out->port) && mg_ip_is_valid(out->ip);
}

/* "[name ][(helo) ][ip][:port]", the helo without a blank. */
static bool cut_host(struct cutter *c, struct mg_exim_host *out)
{
	if (c->at == c->s.len)
		return false;
	if (c->s.ptr[c->at] != '(' && c->s.ptr[c->at] != '[' &&
	    (!cut_word(c, &out->name) || !CUT(c, " ")))
		return false;
	if (CUT(c, "(")) {
		if (!cut_word(c, &out->helo) || !CUT(c, " ["))
			return false;
		c->at--;
		out->helo.len--; /* the parenthesis */
		if (out->helo.ptr[out->helo.len] != ')')
			return false;
	}
	return cut_ip(c, out);
}

static bool cut_origin(struct cutter *c, struct mg_exim_line *out)
{
	if (CUT(c, " H=")) {
		out->has_host = true;
		return cut_host(c, &out->host) && CUT(c, " P=") &&
		       cut_word(c, &out->protocol);
	}
	if (CUT(c, " R=") && !cut_word(c, &out->reference))
		return false;
	return CUT(c, " U=") && cut_word(c, &out->user) && CUT(c, " P=") &&
	       cut_word(c, &out->protocol);
}

static inline bool cut_tls(struct cutter *c)
{
	struct mg_slice unused;

	return !CUT(c, " X=") || (cut_word(c, &unused) &&
				  (!CUT(c, " CV=") || cut_word(c, &unused)));
}

static inline bool cut_login(struct cutter *c, struct mg_exim_line *out)
{
	struct mg_slice word;
	size_t colon;

	if (!CUT(c, " A="))
		return true;
	if (!cut_word(c, &word))
		return false;
	colon = mg_scan_any(word, ':', ':', ':');
	out->driver = mg_slice_of(word.ptr, colon);
	if (colon == word.len)
		return true;
	out->login = mg_slice_from(word, colon + 1);
	return mg_scan_any(out->login, ':', ':', ':') == out->login.len;
}

static inline bool cut_content(struct cutter *c, struct mg_exim_line *out)
{
	size_t from;

	if (CUT(c, " id=") && !cut_plain(c, &out->message_id))
		return false;
	if (!CUT(c, " T=\""))
		return true;
	/* A backslash is nothing to be quick about. */
	from = c->at;
	c->at = mg_scan_next(c->hiding, from);
	if (!CUT(c, "\""))
		return false;
	out->subject = mg_slice_of(c->s.ptr + from, c->at - 1 - from);
	return true;
}

/*
 * Counts the list that begins here, where nothing hides a blank and no blank
 * is one too many; else that is left to others.
 */
static uint32_t count_recipients(const struct cutter *c)
{
	uint32_t n = 1;
	size_t i = c->at;

	if (mg_scan_next(c->hiding, i) < c->s.len)
		return 0;
	while ((i = mg_scan_next(c->blanks, i)) < c->s.len) {
		if (c->s.ptr[++i] == ' ')
			return 0;
		n++;
	}
	return n;
}

/* A whole list: no mark of a cut one, no blank at its ends. */
static bool cut_recipients(struct cutter *c, struct mg_exim_line *out)
{
	struct mg_slice list;

	if (c->at == c->s.len)
		return true;
	if (!CUT(c, " for "))
		return false;
	list = mg_slice_from(c->s, c->at);
	if (list.len == 0 || list.ptr[0] == ' ' ||
	    list.ptr[list.len - 1] == ' ' ||
	    mg_scan_any(list, '*', '>', '\t') != list.len)
		return false;
	out->has_recipients = true;
	out->recipients = list;
	out->n_recipients = count_recipients(c);
	return true;
}

static bool cut_arrival(struct cutter *c, struct mg_exim_line *out)
{
	struct mg_slice size;

	return CUT(c, "<= ") && cut_plain(c, &out->sender) &&
	       cut_origin(c, out) && cut_tls(c) && cut_login(c, out) &&
	       CUT(c, " S=") && cut_word(c, &size) &&
	       mg_num_parse(size, INT32_MAX, &out->size_bytes) &&
	       cut_content(c, out) && cut_recipients(c, out);
}

bool mg_exim_quick_arrival(struct mg_slice id, struct mg_slice text,
			   struct mg_exim_line *out)
{
	struct cutter c;

	memset(out, 0, sizeof(*out));
	out->kind = MG_EXIM_ARRIVAL;
	out->id = id;
	out->body = mg_slice_of(id.ptr, id.len + 1 + text.len);
	if (text.len >= MG_EXIM_LIST_DOUBT)
		return false;
	c.s = text;
	c.at = 0;
	mg_scan_marks(MG_SCAN_BEST, text, c.blanks, c.hiding);
	return cut_arrival(&c, out);
}
