/* SPDX-License-Identifier: MIT */
#include "mailguard/envelope.h"

#include "mailguard/num.h"

/* As in exim.c: other stamps would name hours that the parent refuses. */
#define YEAR_MIN 1995
#define YEAR_MAX 2198

#define LEAP_YEAR 2000 /* stands for the year that a stamp does not have */
#define PRI_MAX 191    /* RFC 5424 6.2.1 */

static bool cut_digits(struct mg_slice *s, unsigned n, struct mg_slice behind,
		       int *out)
{
	unsigned value;

	if (!mg_num_cut_fixed(s, n, &value) || !mg_slice_cut_lit(s, behind))
		return false;
	*out = (int)value;
	return true;
}

/* "02:19:34" and perhaps a fraction; the second is enough. */
static bool cut_time(struct mg_slice *s, struct mg_civil *at)
{
	struct mg_slice rest = *s, fraction;
	size_t n = 0;

	if (!cut_digits(&rest, 2, MG_LIT(":"), &at->hour) ||
	    !cut_digits(&rest, 2, MG_LIT(":"), &at->minute) ||
	    !cut_digits(&rest, 2, MG_LIT(""), &at->second))
		return false;
	fraction = rest;
	if (mg_slice_cut_lit(&fraction, MG_LIT("."))) {
		while (n < fraction.len && fraction.ptr[n] >= '0' &&
		       fraction.ptr[n] <= '9')
			n++;
		if (n == 0)
			return false;
		rest = mg_slice_from(fraction, n);
	}
	*s = rest;
	return true;
}

/* All that stands before the rest. */
static void take_stamp(struct mg_slice *s, struct mg_slice rest,
		       struct mg_envelope *out)
{
	out->stamp = mg_slice_of(s->ptr, s->len - rest.len);
	*s = rest;
}

/* "Nov 22 02:19:34": the day padded by a blank, a zero, or not at all. */
static bool cut_stamp_3164(struct mg_slice *s, struct mg_envelope *out)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct mg_slice rest = *s;
	struct mg_civil check;
	uint64_t day;
	int month = 0;

	if (rest.len < 4 || rest.ptr[3] != ' ')
		return false;
	while (month < 12 && memcmp(months + 3 * month, rest.ptr, 3) != 0)
		month++;
	if (month == 12)
		return false;
	out->at.month = month + 1;
	rest = mg_slice_from(rest, 4);
	(void)mg_slice_cut_lit(&rest, MG_LIT(" "));
	if (!mg_num_cut(&rest, 31, &day) ||
	    !mg_slice_cut_lit(&rest, MG_LIT(" ")) || !cut_time(&rest, &out->at))
		return false;
	out->at.day = (int)day;
	check = out->at;
	check.year = LEAP_YEAR;
	if (!mg_civil_is_valid(&check))
		return false;
	take_stamp(s, rest, out);
	return true;
}

/* "Z", "+00:00", or "+0000" as journalctl -o short-iso has it. */
static bool cut_zone(struct mg_slice *s, struct mg_envelope *out)
{
	unsigned hours, minutes;
	bool west = false;

	if (mg_slice_cut_lit(s, MG_LIT("Z"))) {
		out->has_zone = true;
		return true;
	}
	if (mg_slice_cut_lit(s, MG_LIT("-")))
		west = true;
	else if (!mg_slice_cut_lit(s, MG_LIT("+")))
		return true;
	if (!mg_num_cut_fixed(s, 2, &hours))
		return false;
	(void)mg_slice_cut_lit(s, MG_LIT(":"));
	/* RFC 3339 5.6: up to 23:59; zones reach 26 hours in POSIX. */
	if (!mg_num_cut_fixed(s, 2, &minutes) || hours > 26 || minutes > 59)
		return false;
	out->has_zone = true;
	out->zone_s = (int32_t)(hours * 3600 + minutes * 60);
	if (west)
		out->zone_s = -out->zone_s;
	return true;
}

/* "2026-11-22T02:19:34.123456+00:00"; `between` stands for the T. */
static bool cut_stamp_iso(struct mg_slice *s, struct mg_slice between,
			  struct mg_envelope *out)
{
	struct mg_slice rest = *s;

	if (!cut_digits(&rest, 4, MG_LIT("-"), &out->at.year) ||
	    !cut_digits(&rest, 2, MG_LIT("-"), &out->at.month) ||
	    !cut_digits(&rest, 2, between, &out->at.day) ||
	    !cut_time(&rest, &out->at) || !mg_civil_is_valid(&out->at) ||
	    out->at.year < YEAR_MIN || out->at.year > YEAR_MAX ||
	    !cut_zone(&rest, out))
		return false;
	out->has_year = true;
	take_stamp(s, rest, out);
	return true;
}

static bool cut_stamp_3339(struct mg_slice *s, struct mg_envelope *out)
{
	return cut_stamp_iso(s, MG_LIT("T"), out);
}

/* A word and the blank behind it; "-" is the empty one of RFC 5424. */
static bool cut_word(struct mg_slice *s, struct mg_slice *out)
{
	return mg_slice_cut_at(s, ' ', out) && out->len > 0;
}

static bool cut_nil_word(struct mg_slice *s, struct mg_slice *out)
{
	if (!cut_word(s, out))
		return false;
	if (mg_slice_is(*out, MG_LIT("-")))
		out->len = 0;
	return true;
}

static uint32_t pid_of(struct mg_slice digits)
{
	uint64_t pid;

	return mg_num_parse(digits, UINT32_MAX, &pid) ? (uint32_t)pid : 0;
}

/* "TAG[PID]: " or "TAG: "; without either the tag stays empty. */
static void cut_tag(struct mg_slice *s, struct mg_envelope *out)
{
	struct mg_slice rest, pid = { .len = 0 };
	size_t len = 0;

	while (len < s->len && !strchr(" :[", s->ptr[len]))
		len++;
	rest = mg_slice_from(*s, len);
	if (mg_slice_cut_lit(&rest, MG_LIT("[")) &&
	    !mg_slice_cut_at(&rest, ']', &pid))
		return;
	if (len == 0 || !mg_slice_cut_lit(&rest, MG_LIT(":")))
		return;
	if (rest.len && !mg_slice_cut_lit(&rest, MG_LIT(" ")))
		return;
	out->tag = mg_slice_of(s->ptr, len);
	out->pid = pid_of(pid);
	*s = rest;
}

/* One element of structured data: [id name="value"]. RFC 5424 6.3. */
static bool cut_element(struct mg_slice *s)
{
	bool quoted = false;

	for (size_t i = 1; i < s->len; i++) {
		const char c = s->ptr[i];

		if (quoted && c == '\\') {
			i++;
		} else if (c == '"') {
			quoted = !quoted;
		} else if (c == ']' && !quoted) {
			*s = mg_slice_from(*s, i + 1);
			return true;
		}
	}
	return false;
}

/* "HOST TAG PID MSGID SD[ TEXT]" */
static bool parse_5424(struct mg_slice rest, struct mg_envelope *out)
{
	struct mg_slice pid, unused;

	if (!cut_nil_word(&rest, &out->host) ||
	    !cut_nil_word(&rest, &out->tag) || !cut_nil_word(&rest, &pid) ||
	    !cut_nil_word(&rest, &unused))
		return false;
	if (!mg_slice_cut_lit(&rest, MG_LIT("-"))) {
		if (rest.len == 0 || rest.ptr[0] != '[')
			return false;
		while (rest.len && rest.ptr[0] == '[')
			if (!cut_element(&rest))
				return false;
	}
	if (rest.len && !mg_slice_cut_lit(&rest, MG_LIT(" ")))
		return false;
	(void)mg_slice_cut_lit(&rest, MG_LIT("\xef\xbb\xbf")); /* the BOM */
	out->pid = pid_of(pid);
	out->text = rest;
	return true;
}

bool mg_envelope_parse(struct mg_slice line, struct mg_envelope *out)
{
	uint64_t pri;

	memset(out, 0, sizeof(*out));
	/* A log copied through another system may have CR LF. */
	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	if (mg_slice_cut_lit(&line, MG_LIT("<"))) {
		if (!mg_num_cut(&line, PRI_MAX, &pri) ||
		    !mg_slice_cut_lit(&line, MG_LIT(">")))
			return false;
		if (mg_slice_cut_lit(&line, MG_LIT("1 ")))
			return cut_stamp_3339(&line, out) &&
			       mg_slice_cut_lit(&line, MG_LIT(" ")) &&
			       parse_5424(line, out);
	}
	if ((!cut_stamp_3339(&line, out) && !cut_stamp_3164(&line, out)) ||
	    !mg_slice_cut_lit(&line, MG_LIT(" ")) ||
	    !cut_word(&line, &out->host))
		return false;
	cut_tag(&line, out);
	out->text = line;
	return true;
}

bool mg_envelope_parse_own(struct mg_slice line, struct mg_envelope *out)
{
	memset(out, 0, sizeof(*out));
	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	if ((!cut_stamp_3164(&line, out) && !cut_stamp_3339(&line, out) &&
	     !cut_stamp_iso(&line, MG_LIT(" "), out)) ||
	    !mg_slice_cut_lit(&line, MG_LIT(" ")))
		return false;
	out->text = line;
	return true;
}

uint32_t mg_envelope_unrepeat(struct mg_slice *text)
{
	struct mg_slice rest = *text;
	uint64_t n;

	if (!mg_slice_cut_lit(&rest, MG_LIT("message repeated ")) ||
	    !mg_num_cut(&rest, UINT32_MAX, &n) || n == 0 ||
	    !mg_slice_cut_lit(&rest, MG_LIT(" times: [")) || rest.len == 0 ||
	    rest.ptr[rest.len - 1] != ']')
		return 1;
	rest.len--;
	(void)mg_slice_cut_lit(&rest, MG_LIT(" "));
	*text = rest;
	return n < MG_ENVELOPE_REPEAT_MAX ? (uint32_t)n
					  : MG_ENVELOPE_REPEAT_MAX;
}

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

/* A component of a Postfix tag in front of the last. */
static bool is_component(struct mg_slice s, const char *others)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_letter_or_digit(s.ptr[i]) &&
		    (s.ptr[i] == '\0' || !strchr(others, s.ptr[i])))
			return false;
	return true;
}

static bool is_service(struct mg_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.ptr[i] >= 'a' && s.ptr[i] <= 'z') && s.ptr[i] != '_' &&
		    s.ptr[i] != '-')
			return false;
	return s.len > 0;
}

static bool is_postfix(struct mg_slice tag, struct mg_slice *service)
{
	struct mg_slice part;

	if (!mg_slice_cut_lit(&tag, MG_LIT("postfix")) ||
	    !mg_slice_cut_at(&tag, '/', &part) || !is_component(part, "-_"))
		return false;
	while (mg_slice_cut_at(&tag, '/', &part))
		if (part.len == 0 || !is_component(part, "-_."))
			return false;
	if (!is_service(tag))
		return false;
	*service = tag;
	return true;
}

enum mg_daemon mg_envelope_daemon(struct mg_slice tag, struct mg_slice *service)
{
	*service = mg_slice_of(tag.ptr, 0);
	if (is_postfix(tag, service))
		return MG_DAEMON_POSTFIX;
	if (mg_slice_is(tag, MG_LIT("dovecot")))
		return MG_DAEMON_DOVECOT;
	/* syslog_processname; Debian's package keeps the name of the binary. */
	if (mg_slice_is(tag, MG_LIT("exim")) ||
	    mg_slice_is(tag, MG_LIT("exim4")))
		return MG_DAEMON_EXIM;
	return MG_DAEMON_OTHER;
}
