/* SPDX-License-Identifier: MIT */
/*
 * How logs are rotated, and whether a sweep always comes in time.
 *
 * Source: logrotate(8).
 */
#include "host_priv.h"

#include <fnmatch.h>
#include <string.h>

#include "mailguard/num.h"

#define DAY 86400
#define LOGS_MAX 16 /* of a host; more are not looked at */

/* What logrotate does with a log; a block's begins as the one around it. */
struct rule {
	const char *where; /* the file that says so; NULL while none */
	int64_t period_s;
	uint64_t keep;  /* generations */
	bool is_copied; /* copytruncate */
	bool is_by_size;
	const char *old_dir; /* NULL for none */
};

struct rules {
	struct rule outside;
	struct rule of[LOGS_MAX];
};

static bool take_period(struct rule *r, struct mg_slice word)
{
	static const struct {
		struct mg_slice word;
		int64_t period_s;
	} periods[] = {
		{ MG_LIT_INIT("hourly"), 3600 },
		{ MG_LIT_INIT("daily"), DAY },
		{ MG_LIT_INIT("weekly"), 7 * DAY },
		{ MG_LIT_INIT("monthly"), 30 * DAY },
		{ MG_LIT_INIT("yearly"), 365 * DAY },
	};

	for (size_t i = 0; i < sizeof(periods) / sizeof(*periods); i++) {
		if (mg_slice_is(word, periods[i].word)) {
			r->period_s = periods[i].period_s;
			return true;
		}
	}
	return false;
}

static void take_directive(struct mg_look *l, struct rule *r,
			   struct mg_slice line)
{
	struct mg_slice word, value;
	uint64_t n;

	if (!mg_cut_word(&line, "=", &word) || take_period(r, word))
		return;
	if (!mg_cut_word(&line, "=", &value))
		value = mg_slice_of(NULL, 0);
	if (mg_slice_is(word, MG_LIT("rotate")) &&
	    mg_num_parse(value, UINT32_MAX, &n))
		r->keep = n;
	else if (mg_slice_is(word, MG_LIT("copytruncate")))
		r->is_copied = true;
	else if (mg_slice_is(word, MG_LIT("nocopytruncate")))
		r->is_copied = false;
	else if (mg_slice_is(word, MG_LIT("size")) ||
		 mg_slice_is(word, MG_LIT("maxsize")))
		r->is_by_size = true;
	else if (mg_slice_is(word, MG_LIT("olddir")) && value.len)
		r->old_dir = mg_keep(l, value);
}

static bool is_script(struct mg_slice line)
{
	return mg_slice_is(line, MG_LIT("postrotate")) ||
	       mg_slice_is(line, MG_LIT("prerotate")) ||
	       mg_slice_is(line, MG_LIT("firstaction")) ||
	       mg_slice_is(line, MG_LIT("lastaction")) ||
	       mg_slice_is(line, MG_LIT("preremove"));
}

/* The rest of a block, which goes into r. */
static void take_block(struct mg_look *l, struct mg_slice *text,
		       struct mg_buf *room, struct rule *r)
{
	bool is_in_script = false;
	struct mg_slice line;

	while (mg_config_line(text, &mg_syntax_plain, room, &line)) {
		if (is_in_script)
			is_in_script = !mg_slice_is(line, MG_LIT("endscript"));
		else if (is_script(line))
			is_in_script = true;
		else if (mg_slice_has_prefix(line, MG_LIT("}")))
			return;
		else
			take_directive(l, r, line);
	}
}

/* Each log that one of the names, which may be patterns, stands for. */
static void apply(struct mg_look *l, struct rules *rules, struct mg_slice names,
		  const struct rule *r)
{
	struct mg_slice name;
	char pattern[MG_PANEL_PATH_MAX];

	while (mg_cut_word(&names, "\"'{", &name)) {
		if (name.len >= sizeof(pattern))
			continue;
		memcpy(pattern, name.ptr, name.len);
		pattern[name.len] = '\0';
		for (size_t i = 0; i < l->host->n_logs && i < LOGS_MAX; i++)
			if (!rules->of[i].where &&
			    fnmatch(pattern, l->host->logs[i].path,
				    FNM_PATHNAME) == 0)
				rules->of[i] = *r;
	}
}

static void read_rules(struct mg_look *l, const char *path, void *arg)
{
	struct rules *rules = arg;
	struct mg_buf file, room, names;
	struct mg_slice text, line;

	mg_buf_init(&file, MG_CONFIG_MAX);
	mg_buf_init(&room, MG_CONFIG_MAX);
	mg_buf_init(&names, MG_CONFIG_MAX);
	(void)mg_config_read(l, path, &mg_syntax_plain, &file);
	text = mg_buf_slice(&file);
	while (mg_config_line(&text, &mg_syntax_plain, &room, &line)) {
		const bool is_open = mg_slice_find(line, '{') < line.len;
		struct rule r = rules->outside;

		if (line.ptr[0] == '/' || line.ptr[0] == '"' || is_open) {
			mg_buf_add(&names, line);
			mg_buf_add_char(&names, ' ');
		} else {
			take_directive(l, &rules->outside, line);
		}
		if (!is_open)
			continue;
		r.where = mg_keep(l, mg_slice_str(path));
		take_block(l, &text, &room, &r);
		apply(l, rules, mg_buf_slice(&names), &r);
		mg_buf_clear(&names);
	}
	mg_buf_release(&names);
	mg_buf_release(&room);
	mg_buf_release(&file);
}

static const char *period_name(int64_t period_s)
{
	if (period_s <= 3600)
		return "hourly";
	if (period_s <= DAY)
		return "daily";
	if (period_s <= 7 * DAY)
		return "weekly";
	return period_s <= 30 * DAY ? "monthly" : "yearly";
}

static void say_none(struct mg_look *l, const char *path)
{
	if (l->host->panel == MG_ACCOUNTS_CPANEL)
		mg_say(l, MG_TOPIC_ROTATION, MG_LEVEL_OK, path,
		       "not by logrotate; cPanel rotates it itself");
	else
		mg_say(l, MG_TOPIC_ROTATION, MG_LEVEL_NOTE, path,
		       "no rule of logrotate is for it: it grows, or something "
		       "else rotates it");
}

static void say_rule(struct mg_look *l, const char *path, const struct rule *r)
{
	const int64_t kept_s = r->period_s * (int64_t)r->keep;

	if (r->is_copied) {
		mg_say(l, MG_TOPIC_ROTATION, MG_LEVEL_WARNING, path,
		       "copytruncate in %s loses what is written between the "
		       "copy and the truncation",
		       r->where);
		mg_mend(l,
			"take copytruncate out of %s; the servers open a new "
			"file, or do in its postrotate",
			r->where);
	} else if (r->keep == 0) {
		mg_say(l, MG_TOPIC_ROTATION, MG_LEVEL_TROUBLE, path,
		       "rotated files are removed at once (%s), with what the "
		       "last sweep had not read",
		       r->where);
		mg_mend(l, "rotate 2 in %s", r->where);
	} else if (l->sweep_period_s >= kept_s) {
		mg_say(l, MG_TOPIC_ROTATION, MG_LEVEL_TROUBLE, path,
		       "%s, %llu kept (%s): gone before the next sweep, every "
		       "%lld minutes, comes",
		       period_name(r->period_s), (unsigned long long)r->keep,
		       r->where, (long long)l->sweep_period_s / 60);
		mg_mend(l, "rotate %lld in %s, or more sweeps",
			(long long)(l->sweep_period_s / r->period_s + 2),
			r->where);
	} else {
		mg_say(l, MG_TOPIC_ROTATION, MG_LEVEL_OK, path,
		       "%s%s, %llu kept (%s)", period_name(r->period_s),
		       r->is_by_size ? " or by size" : "",
		       (unsigned long long)r->keep, r->where);
	}
}

void mg_find_rotation(struct mg_look *l)
{
	struct rules rules = { .outside = { .period_s = 7 * DAY } };

	read_rules(l, "/etc/logrotate.conf", &rules);
	mg_look_each(l, "/etc/logrotate.d", "", read_rules, &rules);
	for (size_t i = 0; i < l->host->n_logs && i < LOGS_MAX; i++) {
		struct mg_host_log *log = &l->host->logs[i];

		if (!log->is_there || !log->info.is_regular)
			continue;
		log->old_dir = rules.of[i].old_dir;
		if (rules.of[i].where)
			say_rule(l, log->path, &rules.of[i]);
		else
			say_none(l, log->path);
	}
}
