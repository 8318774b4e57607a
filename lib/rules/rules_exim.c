/* SPDX-License-Identifier: MIT */
#include "rules_exim_priv.h"

#include <stdlib.h>

#include "mailguard/mem.h"
#include "mailguard/num.h"
#include "mailguard/vec.h"

#define KEY_MAX 272            /* bytes; of the longest name */
#define TEXT_MAX 256           /* bytes; mg_force_add_text says less */
#define EPOCH_MAX 253402300799 /* the end of the year 9999 */

/* What Exim extracts of a line. */
struct line {
	char key[KEY_MAX];
	int64_t refuse, hold; /* Unix seconds; 0 for none */
	bool is_final;        /* of refuse: there is no use in trying again */
	int64_t pace;         /* messages an hour, of hold; 0: at once */
	char text[TEXT_MAX];
};

struct map {
	struct line *lines; /* owned */
	size_t n_lines, cap_lines;
};

static void copy(char *to, size_t size, struct mg_slice s)
{
	const size_t len = s.len < size ? s.len : size - 1;

	if (len)
		memcpy(to, s.ptr, len);
	to[len] = '\0';
}

static void add_line(struct map *m, const struct line *line)
{
	m->lines = mg_vec_room(m->lines, m->n_lines, &m->cap_lines,
			       sizeof(*m->lines));
	m->lines[m->n_lines++] = *line;
}

/* --- of what is in force --- */

static void name_key(const struct mg_force_entry *e, char out[KEY_MAX])
{
	struct mg_buf b;

	mg_buf_init(&b, KEY_MAX - 1);
	if (e->key == MG_FORCE_UID)
		mg_buf_add_fmt(&b, "uid=%u", e->uid);
	else
		mg_buf_add_fmt(&b, "%s=%.*s",
			       e->key == MG_FORCE_LOGIN ? "login" : "domain",
			       MG_SLICE_ARG(e->name));
	copy(out, KEY_MAX, mg_buf_slice(&b));
	mg_buf_release(&b);
}

/* Quoted in the map, where a quote or a backslash would end or change it. */
static void say(const struct mg_force_entry *e, const struct mg_tz *tz,
		char out[TEXT_MAX])
{
	struct mg_buf b;

	mg_buf_init(&b, TEXT_MAX - 1);
	mg_force_add_text(&b, e, tz);
	copy(out, TEXT_MAX, mg_buf_slice(&b));
	mg_buf_release(&b);
	for (char *c = out; *c; c++)
		if (*c == '"' || *c == '\\')
			*c = '?';
}

/*
 * A script that sendmail refuses loses its mail, so that of user ids is held
 * whatever the verb is.
 */
static void take_force(struct map *m, const struct mg_force *f,
		       const struct mg_tz *tz)
{
	for (size_t i = 0; i < f->n_entries; i++) {
		const struct mg_force_entry *e = &f->entries[i];
		struct line line = { .refuse = 0 };

		if (!mg_force_is_of_mail(e->key))
			continue;
		name_key(e, line.key);
		say(e, tz, line.text);
		if (e->verb == MG_FORCE_HOLD || e->key == MG_FORCE_UID) {
			line.hold = e->until;
			line.pace = e->pace;
		} else {
			line.refuse = e->until;
			line.is_final = e->verb == MG_FORCE_SUSPEND;
		}
		add_line(m, &line);
	}
}

/* --- of the map as it is --- */

static bool cut_number(struct mg_slice *s, struct mg_slice name, int64_t *out)
{
	uint64_t n;

	if (!mg_slice_cut_lit(s, name))
		return true;
	if (!mg_num_cut(s, EPOCH_MAX, &n) || !mg_slice_cut_lit(s, MG_LIT(" ")))
		return false;
	*out = (int64_t)n;
	return true;
}

/* Only what take_force wrote: anything else is no line of ours. */
static bool parse_line(struct mg_slice s, struct line *out)
{
	struct mg_slice key, text;
	int64_t final; /* a refusal that is over is no more */

	*out = (struct line){ .refuse = 0 };
	if (!mg_slice_cut_at(&s, ':', &key) || key.len >= KEY_MAX ||
	    !mg_force_name_is_safe(key) || !mg_slice_cut_lit(&s, MG_LIT(" ")) ||
	    !cut_number(&s, MG_LIT("refuse="), &out->refuse) ||
	    !cut_number(&s, MG_LIT("final="), &final) ||
	    !cut_number(&s, MG_LIT("hold="), &out->hold) ||
	    !cut_number(&s, MG_LIT("pace="), &out->pace) ||
	    !mg_slice_cut_lit(&s, MG_LIT("text=\"")) ||
	    !mg_slice_cut_at(&s, '"', &text) || s.len || text.len >= TEXT_MAX)
		return false;
	copy(out->key, sizeof(out->key), key);
	copy(out->text, sizeof(out->text), text);
	return true;
}

static void take_old(struct map *m, struct mg_slice old)
{
	struct mg_slice text;
	struct line line;

	while (mg_slice_cut_line(&old, &text))
		if (parse_line(text, &line) && line.hold && line.pace)
			add_line(m, &line);
}

/* --- both --- */

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct line *)a)->key,
		      ((const struct line *)b)->key);
}

/* A hold that was in the map, if it has mail to let out still. */
static bool outlasts(struct line *old, int64_t now)
{
	old->refuse = 0;
	if (old->hold > now) /* somebody ended it early: it goes on from now */
		old->hold = now;
	return now - old->hold < MG_RULES_EXIM_KEEP_S;
}

/* Adds what is over to what is in force; both by key. */
static void carry_over(struct map *m, struct map *old, int64_t now)
{
	const size_t n = m->n_lines;
	size_t at = 0;

	for (size_t i = 0; i < old->n_lines; i++) {
		struct line *line = &old->lines[i];

		while (at < n && by_key(&m->lines[at], line) < 0)
			at++;
		if (!outlasts(line, now))
			continue;
		if (at == n || by_key(&m->lines[at], line)) {
			add_line(m, line);
		} else if (!m->lines[at].hold) {
			m->lines[at].hold = line->hold;
			m->lines[at].pace = line->pace;
		}
	}
}

static void sort(struct map *m)
{
	if (m->n_lines)
		qsort(m->lines, m->n_lines, sizeof(*m->lines), by_key);
}

static void write_line(struct mg_buf *out, const struct line *line)
{
	mg_buf_add_fmt(out, "%s: ", line->key);
	if (line->refuse)
		mg_buf_add_fmt(out, "refuse=%lld %s", (long long)line->refuse,
			       line->is_final ? "final=1 " : "");
	if (line->hold)
		mg_buf_add_fmt(out, "hold=%lld pace=%lld ",
			       (long long)line->hold, (long long)line->pace);
	mg_buf_add_fmt(out, "text=\"%s\"\n", line->text);
}

void mg_rules_exim_add_map(struct mg_buf *out, const struct mg_force *f,
			   struct mg_slice old_text, int64_t now,
			   const struct mg_tz *tz)
{
	struct map m = { .lines = NULL }, old = { .lines = NULL };
	struct mg_buf content;

	take_force(&m, f, tz);
	sort(&m);
	take_old(&old, old_text);
	sort(&old);
	carry_over(&m, &old, now);
	sort(&m);
	mg_buf_init(&content, out->max);
	mg_buf_add_str(&content, MG_RULES_EXIM_PROBE ": text=\"mailguard\"\n");
	for (size_t i = 0; i < m.n_lines; i++)
		write_line(&content, &m.lines[i]);
	mg_rules_exim_add_block(out, MG_LIT(""), mg_buf_slice(&content));
	out->truncated |= content.truncated;
	mg_buf_release(&content);
	mg_mem_free(m.lines);
	mg_mem_free(old.lines);
}
