/* SPDX-License-Identifier: MIT */
/*
 * Lines of Exim's own log by their structure.
 *
 * What a line is stands at a fixed place behind a stamp and an id of fixed
 * width, so most lines are known by a few bytes and need not be read to their
 * end. Whatever is not exactly of such a shape is left to the grammar
 * (exim.h); both ways count the same (tests/fuzz/fuzz_count.c).
 */
#include "part_priv.h"

#include "mailguard/scan.h"

void mg_count_quick_arrival(struct mg_counter *c, const struct mg_reading *r,
			    int64_t at)
{
	const struct mg_exim_line *line = &r->as.exim;
	struct mg_exim_line slow;

	if (!r->is_understood) {
		mg_exim_parse_message(r->id, r->text, &slow);
		line = &slow;
	}
	if (mg_part_leaves_exim(c, line, at))
		return;
	mg_count_kind(c, line->kind, line->is_odd, MG_LIT(""), line->body);
	mg_count_arrival(c, line, at);
}

/*
 * The first word of a delivery as its address. A quote or a backslash may hide
 * blanks, a pipe and lists that went nowhere have shapes of their own.
 */
static bool cut_plain_address(struct mg_slice *text, struct mg_slice *out)
{
	const size_t n = mg_scan_any(*text, ' ', '"', '\\');

	if (n == 0 || n == text->len || text->ptr[n] != ' ' ||
	    text->ptr[0] == '|' || text->ptr[0] == ':' ||
	    mg_slice_has_prefix(*text, MG_LIT("discarded ")) ||
	    mg_slice_has_prefix(*text, MG_LIT("blackhole ")))
		return false;
	*out = mg_slice_of(text->ptr, n);
	*text = mg_slice_from(*text, n);
	return true;
}

/* "<ADDRESS>", what it was before it was redirected. */
static bool cut_plain_original(struct mg_slice *text)
{
	const size_t n = mg_scan_any(*text, '>', '"', '\\');

	if (n + 1 >= text->len || text->ptr[n] != '>')
		return false;
	*text = mg_slice_from(*text, n + 1);
	return true;
}

static bool cut_tagged(struct mg_slice *text, struct mg_slice tag)
{
	if (!mg_slice_cut_lit(text, tag))
		return false;
	*text = mg_slice_from(*text, mg_scan_any(*text, ' ', ' ', ' '));
	return true;
}

/*
 * " R=ROUTER T=TRANSPORT", and then nothing or what the other side answered: no
 * other host is named, so the message stays on this one.
 */
static bool stays_here(struct mg_slice text)
{
	return cut_tagged(&text, MG_LIT(" R=")) &&
	       cut_tagged(&text, MG_LIT(" T=")) &&
	       (text.len == 0 || mg_slice_has_prefix(text, MG_LIT(" C=")));
}

/* Whether it is clear that mail from outside is not sent out again. */
static bool is_not_relayed(struct mg_counter *c, struct mg_slice address,
			   struct mg_slice behind)
{
	return stays_here(behind) ||
	       (mg_slice_has_prefix(behind, MG_LIT(" R=")) &&
		mg_count_hosted(c, address) != MG_ACCOUNT_NONE);
}

/*
 * A delivery whose line says no more than that one recipient was served. Of
 * mail that nobody pays for not even that is counted.
 */
bool mg_count_quick_delivery(struct mg_counter *c, struct mg_flight_entry *e,
			     struct mg_slice text, int64_t at)
{
	struct mg_slice address, behind = text;
	bool is_redirected;

	if (!e || e->flight.flags & MG_FLIGHT_TRACKED ||
	    !cut_plain_address(&behind, &address))
		return false;
	is_redirected = mg_slice_cut_lit(&behind, MG_LIT(" <"));
	if (is_redirected && !cut_plain_original(&behind))
		return false;
	if (e->flight.state == MG_FLIGHT_CHARGED) {
		if (is_redirected ? !stays_here(behind)
				  : !mg_slice_has_prefix(behind, MG_LIT(" R=")))
			return false;
		mg_tally_add(&c->by_origin, e->flight.origin,
			     mg_count_slot(c, at), MG_DELIVERED, 1);
	} else if (e->flight.state == MG_FLIGHT_INBOUND) {
		if (!is_not_relayed(c, address, behind))
			return false;
	} else if (e->flight.state != MG_FLIGHT_BOUNCE &&
		   e->flight.state != MG_FLIGHT_FORWARD) {
		return false;
	}
	c->n_lines[MG_EXIM_DELIVERY]++;
	return true;
}

bool mg_count_quick_completed(struct mg_counter *c, struct mg_flight_entry *e,
			      struct mg_slice text)
{
	if (text.len && text.ptr[0] != ' ')
		return false;
	if (c->part && mg_part_know(e) != MG_PART_OWN)
		return false;
	c->n_lines[MG_EXIM_COMPLETED]++;
	if (e)
		mg_flights_drop(&c->flights, e);
	return true;
}

/* " U=USER D=DOMAIN", as the grammar wants it. */
static bool is_identification(struct mg_slice text)
{
	struct mg_slice user;

	return mg_slice_cut_lit(&text, MG_LIT("Sender identification U=")) &&
	       mg_slice_cut_at(&text, ' ', &user) && user.len &&
	       mg_slice_cut_lit(&text, MG_LIT("D=")) && text.len &&
	       text.ptr[0] != ' ';
}

/* What cPanel identified of mail from elsewhere takes the place of nothing. */
bool mg_count_quick_identification(struct mg_counter *c,
				   const struct mg_flight_entry *e,
				   struct mg_slice text)
{
	if (!is_identification(text) || !e ||
	    e->flight.state == MG_FLIGHT_PENDING ||
	    e->flight.flags & MG_FLIGHT_LOCAL)
		return false;
	c->n_lines[MG_EXIM_IDENTIFICATION]++;
	return true;
}

static bool is_arrival(struct mg_slice text)
{
	return mg_slice_has_prefix(text, MG_LIT("<= "));
}

static struct mg_flight_entry *find(struct mg_counter *c,
				    const struct mg_reading *r)
{
	return mg_flights_find(&c->flights, r->id);
}

static bool quick_message(struct mg_counter *c, const struct mg_reading *r,
			  int64_t at)
{
	struct mg_slice rest = r->text;

	if (is_arrival(rest)) {
		mg_count_quick_arrival(c, r, at);
		return true;
	}
	if (mg_slice_cut_lit(&rest, MG_LIT("=> ")) ||
	    mg_slice_cut_lit(&rest, MG_LIT("-> ")))
		return mg_count_quick_delivery(c, find(c, r), rest, at);
	if (mg_slice_cut_lit(&rest, MG_LIT("Completed")))
		return mg_count_quick_completed(c, find(c, r), rest);
	return mg_count_quick_identification(c, find(c, r), rest);
}

struct mg_slice mg_count_directory(struct mg_slice rest)
{
	return mg_slice_of(rest.ptr, mg_scan_any(rest, ' ', ' ', ' '));
}

static bool quick_cwd(struct mg_counter *c, struct mg_slice rest, int64_t at)
{
	const struct mg_slice directory = mg_count_directory(rest);

	if (directory.len == 0)
		return false;
	c->n_lines[MG_EXIM_CWD]++;
	mg_count_cwd(c, directory, 0, at);
	return true;
}

/* The names that authenticators have on nearly all hosts. */
static bool quick_auth_failure(struct mg_counter *c, struct mg_slice text)
{
	static const struct mg_slice names[] = {
		MG_LIT_INIT("dovecot_login"), MG_LIT_INIT("dovecot_plain"),
		MG_LIT_INIT("login"),         MG_LIT_INIT("plain"),
		MG_LIT_INIT("LOGIN"),         MG_LIT_INIT("PLAIN"),
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (mg_slice_cut_lit(&text, names[i])) {
			if (!mg_slice_has_prefix(
				    text, MG_LIT(" authenticator failed for ")))
				return false;
			c->n_lines[MG_EXIM_AUTH_FAILED]++;
			return true;
		}
	}
	return false;
}

/* The commonest lines about no message. */
bool mg_count_quick_plain(struct mg_counter *c, struct mg_slice text,
			  int64_t at)
{
	switch (text.ptr[0]) {
	case 'c':
		return mg_slice_cut_lit(&text, MG_LIT("cwd=")) &&
		       quick_cwd(c, text, at);
	case 'S':
		if (mg_slice_has_prefix(text, MG_LIT("SMTP connection")))
			c->n_lines[MG_EXIM_CONNECTION]++;
		else if (mg_slice_has_prefix(text, MG_LIT("Start queue run: ")))
			c->n_lines[MG_EXIM_DAEMON]++;
		else
			return false;
		return true;
	case 'E':
		if (!mg_slice_has_prefix(text, MG_LIT("End queue run: ")))
			return false;
		c->n_lines[MG_EXIM_DAEMON]++;
		return true;
	case 'n':
		if (!mg_slice_has_prefix(text, MG_LIT("no host name found")))
			return false;
		c->n_lines[MG_EXIM_CONNECTION]++;
		return true;
	case 'H':
		/* A HELO with blanks may spell the other kind of line. */
		if (!mg_slice_has_prefix(text, MG_LIT("H=")) ||
		    mg_slice_has_prefix(mg_slice_from(text,
						      mg_slice_find(text, ' ')),
					MG_LIT(" authenticator failed for ")))
			return false;
		c->n_lines[MG_EXIM_REJECTED]++;
		return true;
	case 'd':
	case 'l':
	case 'p':
	case 'L':
	case 'P':
		return quick_auth_failure(c, text);
	default:
		return false;
	}
}

/* Whether the 19 bytes of two stamps are the same. */
static inline bool is_same_stamp(const char *a, const char *b)
{
	return mg_hash_word(a) == mg_hash_word(b) &&
	       mg_hash_word(a + 8) == mg_hash_word(b + 8) &&
	       mg_hash_word(a + 11) == mg_hash_word(b + 11);
}

/* What an arrival will ask for when it counts. */
static void expect(const struct mg_counter *c, struct mg_reading *r)
{
	const struct mg_exim_line *line = &r->as.exim;

	mg_count_expect_domain(c, line->sender, r);
	if (line->login.len)
		mg_count_expect_login(c, line->login, r);
	else if (!line->has_host)
		mg_count_expect_user(c, line->user);
}

void mg_count_read_arrival(const struct mg_counter *c, struct mg_reading *out)
{
	out->is_understood = mg_exim_quick_arrival(out->id, out->text,
						   &out->as.exim);
	if (out->is_understood)
		expect(c, out);
}

static void read_plain(const struct mg_counter *c, struct mg_slice text)
{
	if (mg_slice_cut_lit(&text, MG_LIT("cwd=")))
		mg_count_expect_directory(c, mg_count_directory(text));
}

void mg_count_read_exim(const struct mg_counter *c, struct mg_slice line,
			struct mg_reading *out)
{
	const struct mg_slice text = mg_slice_from(
		line, line.len < MG_EXIM_TEXT_AT ? line.len : MG_EXIM_TEXT_AT);
	size_t id_len;

	/* A zone, a process id and a carriage return are rare. */
	out->is_understood = false;
	out->is_split = text.len && text.ptr[-1] == ' ' &&
			text.ptr[text.len - 1] != '\r' && text.ptr[0] != '+' &&
			text.ptr[0] != '-' && text.ptr[0] != '[';
	if (!out->is_split)
		return;
	id_len = mg_exim_id_len(text);
	out->id = mg_slice_of(text.ptr, id_len);
	out->text = mg_slice_from(text, id_len ? id_len + 1 : 0);
	if (id_len && is_arrival(out->text))
		mg_count_read_arrival(c, out);
	else if (!id_len)
		read_plain(c, text);
}

bool mg_count_quick_exim(struct mg_counter *c, struct mg_slice line,
			 const struct mg_reading *r, int64_t *at)
{
	if (!r->is_split)
		return false;
	if (is_same_stamp(line.ptr, c->quick_stamp.text))
		*at = c->line_at;
	else if (!mg_count_quick_stamp(c, line.ptr, at))
		return false;
	return r->id.len ? quick_message(c, r, *at)
			 : mg_count_quick_plain(c, r->text, *at);
}
