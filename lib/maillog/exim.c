/* SPDX-License-Identifier: MIT */
/*
 * The front that all lines share, and the way to the grammar of each kind:
 *
 *     YYYY-MM-DD HH:MM:SS[.mmm][ +ZZZZ] [[PID] ][MSGID ]TEXT
 */
#include "exim_priv.h"

#include "mailguard/num.h"

/*
 * Stamps that Exim can have written: it is from 1995. Others would name hours
 * that the parent refuses (admit.c), and one such line would stop its log.
 */
#define YEAR_MIN 1995
#define YEAR_MAX 2198

static const char *const kind_names[MG_EXIM_KINDS] = {
	[MG_EXIM_ARRIVAL] = "arrival",
	[MG_EXIM_DELIVERY] = "delivery",
	[MG_EXIM_DEFERRAL] = "deferral",
	[MG_EXIM_FAILURE] = "failure",
	[MG_EXIM_COMPLETED] = "completed",
	[MG_EXIM_RESCINDED] = "rescinded",
	[MG_EXIM_OVERFLOWED] = "overflowed",
	[MG_EXIM_CWD] = "cwd",
	[MG_EXIM_IDENTIFICATION] = "identification",
	[MG_EXIM_SUPPRESSED] = "suppressed",
	[MG_EXIM_NOTE] = "note",
	[MG_EXIM_AUTH_FAILED] = "auth-failed",
	[MG_EXIM_REJECTED] = "rejected",
	[MG_EXIM_CONNECTION] = "connection",
	[MG_EXIM_DAEMON] = "daemon",
	[MG_EXIM_OTHER] = "other",
	[MG_EXIM_BLANK] = "blank",
	[MG_EXIM_CONTINUATION] = "continuation",
	[MG_EXIM_UNSTAMPED] = "unstamped",
	[MG_EXIM_OVERLONG] = "overlong",
};

const char *mg_exim_kind_name(enum mg_exim_kind kind)
{
	return kind < MG_EXIM_KINDS ? kind_names[kind] : "?";
}

static bool cut_field(struct mg_slice *s, unsigned digits,
		      struct mg_slice behind, int *out)
{
	unsigned value;

	if (!mg_num_cut_fixed(s, digits, &value) ||
	    !mg_slice_cut_lit(s, behind))
		return false;
	*out = (int)value;
	return true;
}

/* " +HHMM", the zone of the stamp (log_timezone). */
static void cut_zone(struct mg_slice *s, struct mg_exim_line *out)
{
	struct mg_slice rest = *s;
	unsigned hours, minutes;
	bool west;

	if (mg_slice_cut_lit(&rest, MG_LIT(" +")))
		west = false;
	else if (mg_slice_cut_lit(&rest, MG_LIT(" -")))
		west = true;
	else
		return;
	if (!mg_num_cut_fixed(&rest, 2, &hours) ||
	    !mg_num_cut_fixed(&rest, 2, &minutes) || hours > 26 ||
	    minutes > 59 || rest.len == 0 || rest.ptr[0] != ' ')
		return;
	out->has_zone = true;
	out->zone_s = (int32_t)(hours * 3600 + minutes * 60);
	if (west)
		out->zone_s = -out->zone_s;
	*s = rest;
}

/* The date, the time and the blank behind them. */
static bool cut_stamp(struct mg_slice *s, struct mg_exim_line *out)
{
	struct mg_slice rest = *s, fraction;
	unsigned milliseconds;

	if (!cut_field(&rest, 4, MG_LIT("-"), &out->at.year) ||
	    !cut_field(&rest, 2, MG_LIT("-"), &out->at.month) ||
	    !cut_field(&rest, 2, MG_LIT(" "), &out->at.day) ||
	    !cut_field(&rest, 2, MG_LIT(":"), &out->at.hour) ||
	    !cut_field(&rest, 2, MG_LIT(":"), &out->at.minute) ||
	    !cut_field(&rest, 2, MG_LIT(""), &out->at.second) ||
	    !mg_civil_is_valid(&out->at) || out->at.year < YEAR_MIN ||
	    out->at.year > YEAR_MAX)
		return false;
	fraction = rest; /* log_selector +millisec; the second is enough */
	if (mg_slice_cut_lit(&fraction, MG_LIT(".")) &&
	    mg_num_cut_fixed(&fraction, 3, &milliseconds))
		rest = fraction;
	cut_zone(&rest, out);
	if (!mg_slice_cut_lit(&rest, MG_LIT(" ")))
		return false;
	*s = rest;
	return true;
}

/* "[PID] " (log_selector +pid). */
static void cut_pid(struct mg_slice *s, struct mg_exim_line *out)
{
	struct mg_slice rest = *s;
	uint64_t pid;

	if (mg_slice_cut_lit(&rest, MG_LIT("[")) &&
	    mg_num_cut(&rest, UINT32_MAX, &pid) &&
	    mg_slice_cut_lit(&rest, MG_LIT("] "))) {
		out->pid = (uint32_t)pid;
		*s = rest;
	}
}

/* " U=user D=domain S=sender" behind cPanel's words; S= is not needed. */
static void parse_identification(struct mg_slice rest, struct mg_exim_line *out)
{
	out->kind = MG_EXIM_IDENTIFICATION;
	if (!mg_exim_cut_word(&rest, MG_LIT(" U="), &out->user) ||
	    !mg_exim_cut_word(&rest, MG_LIT(" D="), &out->domain))
		out->is_odd = true;
}

struct flag {
	struct mg_slice mark;
	enum mg_exim_kind kind;
};

static const struct flag flags[] = {
	{ MG_LIT_INIT("<= "), MG_EXIM_ARRIVAL },
	{ MG_LIT_INIT("(= "), MG_EXIM_ARRIVAL },
	{ MG_LIT_INIT("=> "), MG_EXIM_DELIVERY },
	{ MG_LIT_INIT("-> "), MG_EXIM_DELIVERY },
	{ MG_LIT_INIT(">> "), MG_EXIM_DELIVERY },
	{ MG_LIT_INIT("== "), MG_EXIM_DEFERRAL },
	{ MG_LIT_INIT("** "), MG_EXIM_FAILURE },
	{ MG_LIT_INIT("*> "), MG_EXIM_SUPPRESSED },
};

static void parse_message_line(struct mg_slice text, struct mg_exim_line *out)
{
	out->kind = MG_EXIM_NOTE;
	out->is_cutthrough = mg_slice_has_prefix(text, MG_LIT(">> "));
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		if (mg_slice_cut_lit(&text, flags[i].mark)) {
			out->kind = flags[i].kind;
			break;
		}
	}
	if (out->kind == MG_EXIM_ARRIVAL)
		mg_exim_parse_arrival(text, out);
	else if (out->kind != MG_EXIM_NOTE && out->kind != MG_EXIM_SUPPRESSED)
		mg_exim_parse_delivery(text, out);
	else if (mg_exim_cut_flag(&text, MG_LIT("Completed")))
		out->kind = MG_EXIM_COMPLETED;
	else if (mg_slice_cut_lit(&text, MG_LIT("Sender identification")))
		parse_identification(text, out);
	else if (mg_slice_has_prefix(
			 text, MG_LIT("rescind the above message-accept")))
		out->kind = MG_EXIM_RESCINDED;
	else if (mg_slice_has_prefix(text,
				     MG_LIT("**** log string overflowed")))
		out->kind = MG_EXIM_OVERFLOWED;
	else if (out->kind == MG_EXIM_NOTE)
		out->kind = mg_exim_note_kind(text);
}

static void parse_behind_stamp(struct mg_slice text, struct mg_exim_line *out)
{
	size_t id_len;

	cut_pid(&text, out);
	out->body = text;
	id_len = mg_exim_id_len(text);
	if (id_len) {
		out->id = mg_slice_of(text.ptr, id_len);
		parse_message_line(mg_slice_from(text, id_len + 1), out);
	} else {
		mg_exim_parse_plain(text, out);
	}
}

/*
 * "[1/3] ": Exim cuts what it gives to syslog after 870 bytes, and with "\\" in
 * place of the slash at a newline (log.c, write_syslog). The other pieces
 * begin anywhere, with whatever a stranger made stand there. Returns false for
 * those.
 */
static bool cut_piece(struct mg_slice *s, struct mg_exim_line *out)
{
	struct mg_slice rest = *s;
	uint64_t number, of;
	bool is_inside;

	if (!mg_slice_cut_lit(&rest, MG_LIT("[")) ||
	    !mg_num_cut(&rest, UINT32_MAX, &number))
		return true;
	is_inside = mg_slice_cut_lit(&rest, MG_LIT("/"));
	if ((!is_inside && !mg_slice_cut_lit(&rest, MG_LIT("\\"))) ||
	    !mg_num_cut(&rest, UINT32_MAX, &of) ||
	    !mg_slice_cut_lit(&rest, MG_LIT("] ")))
		return true;
	if (is_inside)
		rest.len = mg_slice_rfind(rest, ' ');
	out->is_piece = true;
	*s = rest;
	return number == 1;
}

void mg_exim_parse(struct mg_slice line, struct mg_exim_line *out)
{
	memset(out, 0, sizeof(*out));
	/* A log copied through another system may have CR LF. */
	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	out->body = line;
	if (line.len == 0) {
		out->kind = MG_EXIM_BLANK;
		return;
	}
	if (!cut_piece(&line, out)) {
		out->kind = MG_EXIM_CONTINUATION;
		return;
	}
	if (!cut_stamp(&line, out)) {
		out->kind = line.len && (line.ptr[0] == ' ' ||
					 line.ptr[0] == '\t')
				    ? MG_EXIM_CONTINUATION
				    : MG_EXIM_UNSTAMPED;
		return;
	}
	parse_behind_stamp(line, out);
}

void mg_exim_parse_text(struct mg_slice text, struct mg_exim_line *out)
{
	memset(out, 0, sizeof(*out));
	if (text.len == 0)
		out->kind = MG_EXIM_BLANK;
	else if (!cut_piece(&text, out))
		out->kind = MG_EXIM_CONTINUATION;
	else
		parse_behind_stamp(text, out);
}

void mg_exim_parse_message(struct mg_slice id, struct mg_slice text,
			   struct mg_exim_line *out)
{
	memset(out, 0, sizeof(*out));
	out->id = id;
	out->body = mg_slice_of(id.ptr, id.len + 1 + text.len);
	parse_message_line(text, out);
}
