/* SPDX-License-Identifier: MIT */
/*
 * A line of Exim by the grammar: what kind it is, what it changes, and what is
 * kept of one that nobody understood.
 */
#include "part_priv.h"

static void complete(struct mg_counter *c, const struct mg_exim_line *line)
{
	struct mg_flight_entry *e = mg_flights_find(&c->flights, line->id);

	if (e)
		mg_flights_drop(&c->flights, e);
}

static void count_exim(struct mg_counter *c, const struct mg_exim_line *line,
		       int64_t at)
{
	switch (line->kind) {
	case MG_EXIM_ARRIVAL:
		mg_count_arrival(c, line, at);
		break;
	case MG_EXIM_DELIVERY:
	case MG_EXIM_DEFERRAL:
	case MG_EXIM_FAILURE:
		mg_count_delivery(c, line, at);
		break;
	case MG_EXIM_COMPLETED:
		complete(c, line);
		break;
	case MG_EXIM_RESCINDED:
		mg_count_rescinded(c, line);
		break;
	case MG_EXIM_OVERFLOWED:
		mg_count_overflowed(c, line, at);
		break;
	case MG_EXIM_IDENTIFICATION:
		mg_count_identification(c, line, at);
		break;
	case MG_EXIM_CWD:
		mg_count_cwd(c, line->directory, line->pid, at);
		break;
	default:
		break;
	}
}

/*
 * A line that was not understood is kept by its shape, behind the name of the
 * daemon's part that wrote it.
 */
static void keep_shape(struct mg_counter *c, enum mg_shape_why why,
		       struct mg_slice service, struct mg_slice text)
{
	char shape[MG_SHAPE_MAX];
	const size_t len = mg_shape_of(service, text, shape);

	mg_shapes_add(&c->shapes, why, mg_slice_of(shape, len), 1,
		      c->line_byte);
}

/* Whether a line of Exim is one of those that the site has it write. */
static bool is_logwrite(const struct mg_counter *c, struct mg_slice text)
{
	const size_t id_len = mg_exim_id_len(text);

	if (id_len)
		text = mg_slice_from(text, id_len + 1);
	for (size_t i = 0; i < c->n_logwrite; i++)
		if (mg_slice_has_prefix(text, c->logwrite[i]))
			return true;
	return false;
}

void mg_count_kind(struct mg_counter *c, unsigned kind, bool is_odd,
		   struct mg_slice service, struct mg_slice text)
{
	if (kind == MG_EXIM_OTHER && is_logwrite(c, text))
		kind = MG_EXIM_NOTE;
	c->n_lines[kind]++;
	if (is_odd) {
		c->n_odd[kind]++;
		keep_shape(c, MG_SHAPE_ODD, service, text);
	} else if (kind == MG_EXIM_OTHER ||
		   kind == MG_EXIM_KINDS + MG_POSTFIX_OTHER ||
		   kind == MG_LINE_DOVECOT + MG_DOVECOT_OTHER) {
		keep_shape(c, MG_SHAPE_UNKNOWN, service, text);
	} else if (kind == MG_EXIM_UNSTAMPED) {
		keep_shape(c, MG_SHAPE_STRANGE, service, text);
	}
}

static void count_parsed(struct mg_counter *c, const struct mg_exim_line *line,
			 int64_t at)
{
	if (line->kind < MG_EXIM_BLANK && mg_part_leaves_exim(c, line, at))
		return;
	mg_count_kind(c, line->kind, line->is_odd, MG_LIT(""), line->body);
	if (line->kind < MG_EXIM_BLANK)
		count_exim(c, line, at);
}

void mg_count_exim_text(struct mg_counter *c, struct mg_slice text, int64_t at)
{
	struct mg_exim_line line;

	mg_exim_parse_text(text, &line);
	count_parsed(c, &line, at);
}

/* A line whose stamp has to be read. */
static void count_stamped(struct mg_counter *c, struct mg_slice text)
{
	struct mg_exim_line line;
	int64_t at = INT64_MIN;

	mg_exim_parse(text, &line);
	if (line.kind < MG_EXIM_BLANK) {
		at = mg_count_instant(c, line.at, line.has_zone, line.zone_s);
		mg_count_know_stamp(c, text);
	}
	count_parsed(c, &line, at);
}

void mg_count_exim_line(struct mg_counter *c, struct mg_slice text,
			const struct mg_reading *r)
{
	int64_t at = INT64_MIN;

	if (mg_count_quick_exim(c, text, r, &at))
		return;
	if (at != INT64_MIN)
		mg_count_exim_text(c, mg_slice_from(text, MG_EXIM_TEXT_AT), at);
	else
		count_stamped(c, text);
}

/* Exim through syslog, with a stamp of its own or without. */
void mg_count_wrapped_exim(struct mg_counter *c,
			   const struct mg_envelope *envelope, int64_t at)
{
	struct mg_exim_line line;

	mg_exim_parse(envelope->text, &line);
	if (line.kind == MG_EXIM_UNSTAMPED)
		mg_exim_parse_text(envelope->text, &line);
	line.pid = envelope->pid;
	count_parsed(c, &line, at);
}
