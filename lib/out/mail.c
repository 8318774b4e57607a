/* SPDX-License-Identifier: MIT */
#include "mailguard/mail.h"

#include <stdlib.h>
#include <string.h>

#include "mailguard/address.h"
#include "mailguard/tz.h"

#define LINE_MAX_BYTES 76 /* of quoted-printable, without its end */
#define SUBJECT_MAX 66    /* bytes; with its name a line has 76 */
#define WORD "=?utf-8?q?"
#define WORD_MAX 54 /* bytes within; with all around a line has under 76 */
#define CHARACTER_MAX 4

/* --- the header --- */

static void add_text(struct mg_buf *out, struct mg_slice text)
{
	for (size_t i = 0; i < text.len; i++)
		mg_buf_add_char(out, text.ptr[i] >= ' ' && text.ptr[i] <= '~'
					     ? text.ptr[i]
					     : '?');
}

static void add_date(struct mg_buf *out, int64_t t, int offset_s)
{
	static const char *const days[] = { "Thu", "Fri", "Sat", "Sun",
					    "Mon", "Tue", "Wed" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr",
					      "May", "Jun", "Jul", "Aug",
					      "Sep", "Oct", "Nov", "Dec" };
	const int64_t local = t + offset_s, day = local / (24 * 3600);
	const int minutes = abs(offset_s) / 60;
	struct mg_civil c;

	mg_civil_of(t, offset_s, &c);
	mg_buf_add_fmt(out, "Date: %s, %d %s %04d %02d:%02d:%02d %c%02d%02d\n",
		       days[day > 0 ? day % 7 : 0], c.day, months[c.month - 1],
		       c.year, c.hour, c.minute, c.second,
		       offset_s < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

static void add_field(struct mg_buf *out, const char *name,
		      struct mg_slice value)
{
	mg_buf_add_fmt(out, "%s: ", name);
	add_text(out, value);
	mg_buf_add_char(out, '\n');
}

/* --- the subject --- */

/* Of a word in Q: RFC 2047 section 4.2, and section 5 (1). */
static bool is_plain_in_word(unsigned char c)
{
	return c > ' ' && c <= '~' && !strchr("=?_", c);
}

static void add_in_word(struct mg_buf *out, unsigned char c)
{
	/* Decoded it would be one again. */
	if (c < ' ' || c == 0x7f)
		c = '?';
	if (c == ' ')
		mg_buf_add_char(out, '_');
	else if (is_plain_in_word(c))
		mg_buf_add_char(out, (char)c);
	else
		mg_buf_add_fmt(out, "=%02X", c);
}

/* A character of UTF-8 is in one word, whole. */
static size_t character_len(struct mg_slice s)
{
	size_t n = 1;

	while (n < s.len && n < CHARACTER_MAX &&
	       ((unsigned char)s.ptr[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* A line each. */
static void add_words(struct mg_buf *out, struct mg_slice text)
{
	size_t room = WORD_MAX;

	mg_buf_add_str(out, WORD);
	while (text.len) {
		const size_t n = character_len(text);

		if (room < 3 * n) {
			mg_buf_add_str(out, "?=\n " WORD);
			room = WORD_MAX;
		}
		for (size_t i = 0; i < n; i++)
			add_in_word(out, (unsigned char)text.ptr[i]);
		room -= 3 * n;
		text = mg_slice_from(text, n);
	}
	mg_buf_add_str(out, "?=\n");
}

/* Short, ASCII, and not to be taken for such words. */
static bool is_plain_subject(struct mg_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] > 0x7f)
			return false;
	return s.len <= SUBJECT_MAX &&
	       mg_slice_search(s, MG_LIT("=?")) == s.len;
}

static void add_subject(struct mg_buf *out, struct mg_slice subject)
{
	mg_buf_add_str(out, "Subject: ");
	if (is_plain_subject(subject)) {
		add_text(out, subject);
		mg_buf_add_char(out, '\n');
	} else {
		add_words(out, subject);
	}
}

/* Its right side is the sender's, as far as that has one, or the host's. */
static void add_id(struct mg_buf *out, const struct mg_mail *m)
{
	const struct mg_slice domain = mg_address_domain(m->from);
	const struct mg_slice host = domain.len ? domain : m->host;

	mg_buf_add_fmt(out, "Message-ID: <mailguard.%.*s@",
		       MG_SLICE_ARG(m->id));
	add_text(out, host.len ? host : MG_LIT("localhost"));
	mg_buf_add_str(out, ">\n");
}

/* --- the body --- */

static bool is_plain(unsigned char c)
{
	return c >= ' ' && c <= '~' && c != '=';
}

static void add_line(struct mg_buf *out, struct mg_slice line)
{
	size_t column = 0;

	for (size_t i = 0; i < line.len; i++) {
		const unsigned char c = (unsigned char)line.ptr[i];
		const bool is_last = i + 1 == line.len;
		/* A blank at the end would be cut off on the way. */
		const bool plain = is_plain(c) && !(is_last && c == ' ');
		const size_t width = plain ? 1 : 3;

		if (column + width > LINE_MAX_BYTES - (is_last ? 0 : 1)) {
			mg_buf_add_str(out, "=\n");
			column = 0;
		}
		if (plain)
			mg_buf_add_char(out, (char)c);
		else
			mg_buf_add_fmt(out, "=%02X", c);
		column += width;
	}
	mg_buf_add_char(out, '\n');
}

static void add_body(struct mg_buf *out, struct mg_slice body)
{
	struct mg_slice line;

	while (mg_slice_cut_line(&body, &line))
		add_line(out, line);
}

void mg_mail_write(const struct mg_mail *m, struct mg_buf *out)
{
	add_date(out, m->date, m->offset_s);
	add_field(out, "From", m->from);
	add_field(out, "To", m->to);
	add_subject(out, m->subject);
	add_id(out, m);
	/* No holiday message answers it, and no list passes it on. */
	mg_buf_add_str(out, "Auto-Submitted: auto-generated\n"
			    "MIME-Version: 1.0\n"
			    "Content-Type: text/plain; charset=utf-8\n"
			    "Content-Transfer-Encoding: quoted-printable\n");
	add_field(out, "Content-Language", m->language);
	mg_buf_add_char(out, '\n');
	add_body(out, m->body);
}
