/* SPDX-License-Identifier: MIT */
/*
 * What runs sweeps, and how often: a watch, cron or a timer of systemd.
 *
 * Source: crontab(5); systemd.timer(5), systemd.time(7), as far as the usual
 * forms go.
 */
#include "host_priv.h"

#include <string.h>

#include "mailguard/num.h"

#define HOUR 3600
#define DAY 86400

static void note_period(struct mg_look *l, int64_t period_s, const char *where)
{
	if (period_s <= 0 ||
	    (l->sweep_period_s && l->sweep_period_s <= period_s))
		return;
	l->sweep_period_s = period_s;
	l->sweep_where = mg_keep(l, mg_slice_str(where));
}

/* How often a field of cron comes true in its range: "*", "*" "/5", "1,31". */
static int64_t period_of(struct mg_slice field, int64_t unit_s, int64_t range)
{
	struct mg_slice rest = field, word;
	int64_t n = 0;
	uint64_t step;

	if (mg_slice_cut_lit(&rest, MG_LIT("*"))) {
		if (rest.len == 0)
			return unit_s;
		if (mg_slice_cut_lit(&rest, MG_LIT("/")) &&
		    mg_num_parse(rest, (uint64_t)range, &step) && step)
			return (int64_t)step * unit_s;
		return 0;
	}
	while (mg_cut_word(&rest, "", &word))
		n++;
	return n ? range * unit_s / n : 0;
}

static int64_t period_of_line(struct mg_slice line)
{
	struct mg_slice minute, hour;
	int64_t by_minute, by_hour;

	if (mg_slice_has_prefix(line, MG_LIT("@hourly")))
		return HOUR;
	if (mg_slice_has_prefix(line, MG_LIT("@reboot")))
		return 0;
	if (mg_slice_has_prefix(line, MG_LIT("@")))
		return DAY; /* or less often */
	line = mg_slice_trim(line);
	if (mg_slice_find(line, ' ') == line.len)
		return 0;
	minute = mg_slice_of(line.ptr, mg_slice_find(line, ' '));
	hour = mg_slice_trim(mg_slice_from(line, minute.len));
	hour.len = mg_slice_find(hour, ' ');
	by_minute = period_of(minute, 60, 60);
	by_hour = period_of(hour, HOUR, 24);
	/* Several times in an hour, in every hour; else as often as hours. */
	return by_minute < HOUR && by_hour == HOUR ? by_minute : by_hour;
}

static bool is_sweep(struct mg_slice line)
{
	const size_t at = mg_slice_search(line, MG_LIT("mailguard"));

	return at < line.len &&
	       mg_slice_search(mg_slice_from(line, at), MG_LIT(" sweep")) <
		       line.len - at;
}

static void read_crontab(struct mg_look *l, const char *path, void *unused)
{
	struct mg_buf file, room;
	struct mg_slice text, line;

	(void)unused;
	mg_buf_init(&file, MG_CONFIG_MAX);
	mg_buf_init(&room, MG_CONFIG_MAX);
	(void)mg_config_read(l, path, &mg_syntax_plain, &file);
	for (size_t i = 0; i < file.len; i++)
		if (file.ptr[i] == '\t')
			file.ptr[i] = ' ';
	text = mg_buf_slice(&file);
	while (mg_config_line(&text, &mg_syntax_plain, &room, &line))
		if (is_sweep(line))
			note_period(l, period_of_line(line), path);
	mg_buf_release(&room);
	mg_buf_release(&file);
}

/* "*:0/5", "hourly". */
static int64_t period_of_calendar(struct mg_slice value)
{
	const size_t slash = mg_slice_rfind(value, '/');
	uint64_t n;

	if (mg_slice_is(value, MG_LIT("minutely")))
		return 60;
	if (mg_slice_is(value, MG_LIT("hourly")))
		return HOUR;
	if (mg_slice_has_prefix(value, MG_LIT("*:")) && slash < value.len &&
	    mg_num_parse(mg_slice_from(value, slash + 1), 60, &n) && n)
		return (int64_t)n * 60;
	return DAY;
}

/* "5min", "300", "300s", "1h". */
static int64_t period_of_span(struct mg_slice value)
{
	uint64_t n;

	if (!mg_num_cut(&value, DAY, &n))
		return 0;
	value = mg_slice_trim(value);
	if (mg_slice_has_prefix(value, MG_LIT("m")))
		return (int64_t)n * 60;
	if (mg_slice_has_prefix(value, MG_LIT("h")))
		return (int64_t)n * HOUR;
	return (int64_t)n;
}

static void read_timer(struct mg_look *l, const char *path, void *unused)
{
	const char *name = strrchr(path, '/') + 1;
	struct mg_buf file, value, wants;

	(void)unused;
	if (strncmp(name, "mailguard", strlen("mailguard")) != 0)
		return;
	mg_buf_init(&file, MG_CONFIG_MAX);
	mg_buf_init(&value, MG_PANEL_PATH_MAX);
	mg_buf_init(&wants, MG_PANEL_PATH_MAX);
	(void)mg_config_read(l, path, &mg_syntax_plain, &file);
	mg_buf_add_fmt(&wants, "/etc/systemd/system/timers.target.wants/%s",
		       name);
	if (!mg_look_has(l, wants.ptr) && l->sweep_period_s) {
		/* Something else sweeps. */
	} else if (!mg_look_has(l, wants.ptr)) {
		mg_say(l, MG_TOPIC_SWEEPS, MG_LEVEL_WARNING, name,
		       "is installed and not enabled");
		mg_mend(l, "systemctl enable --now %s", name);
	} else if (mg_config_get(mg_buf_slice(&file), &mg_syntax_plain,
				 "OnCalendar", &value)) {
		note_period(l, period_of_calendar(mg_buf_slice(&value)), path);
	} else if (mg_config_get(mg_buf_slice(&file), &mg_syntax_plain,
				 "OnUnitActiveSec", &value)) {
		note_period(l, period_of_span(mg_buf_slice(&value)), path);
	}
	mg_buf_release(&wants);
	mg_buf_release(&value);
	mg_buf_release(&file);
}

/* It sweeps as soon as something is logged. */
static void look_for_watch(struct mg_look *l)
{
	static const char path[] =
		"/etc/systemd/system/multi-user.target.wants/"
		"mailguard.service";

	if (mg_look_has(l, path))
		note_period(l, 1, path);
}

void mg_find_schedule(struct mg_look *l)
{
	look_for_watch(l);
	read_crontab(l, "/etc/crontab", NULL);
	mg_look_each(l, "/etc/cron.d", "", read_crontab, NULL);
	read_crontab(l, "/var/spool/cron/crontabs/root", NULL);
	read_crontab(l, "/var/spool/cron/root", NULL);
	mg_look_each(l, "/etc/systemd/system", ".timer", read_timer, NULL);
	mg_look_each(l, "/usr/local/lib/systemd/system", ".timer", read_timer,
		     NULL);
	mg_look_each(l, "/usr/lib/systemd/system", ".timer", read_timer, NULL);
}
