/* SPDX-License-Identifier: MIT */
/*
 * What becomes of lines that a server hands to syslog: the files that rsyslog
 * writes them to, or the journal.
 *
 * Source: rsyslog.conf(5); Debian writes mail.* to /var/log/mail.log, Red Hat
 * to /var/log/maillog.
 */
#include "host_priv.h"

#include <string.h>

static const char *const includes[] = { "$IncludeConfig", NULL };
static const struct mg_syntax rsyslog = { .includes = includes };

#define DEBIAN_LOG "/var/log/mail.log"
#define RED_HAT_LOG "/var/log/maillog"

static const char *const usual[] = { DEBIAN_LOG, RED_HAT_LOG, NULL };

static const char *const daemons[] = { "/usr/sbin/rsyslogd",
				       "/usr/sbin/syslog-ng", "/sbin/syslogd",
				       NULL };

static const char *const journals[] = { "/var/log/journal", "/run/log/journal",
					NULL };

#define WHY "syslog takes lines from every local user (logger)"

/* What no level above info would let through is of no use. */
static bool takes_info(struct mg_slice level)
{
	return mg_slice_is(level, MG_LIT("*")) ||
	       mg_slice_is(level, MG_LIT("info")) ||
	       mg_slice_is(level, MG_LIT("debug"));
}

/*
 * Whether a selector ("*.info;mail.none;authpriv.none") takes a facility: the
 * last part that names it decides.
 */
static bool takes(struct mg_slice selector, const char *facility)
{
	struct mg_slice part, names, name;
	bool is_taken = false;

	while (mg_cut_word(&selector, ";", &part)) {
		const size_t dot = mg_slice_rfind(part, '.');

		if (dot == part.len)
			return false;
		names = mg_slice_of(part.ptr, dot);
		while (mg_cut_word(&names, "", &name))
			if (mg_slice_is(name, MG_LIT("*")) ||
			    mg_slice_is(name, mg_slice_str(facility)))
				is_taken = takes_info(
					mg_slice_from(part, dot + 1));
	}
	return is_taken;
}

static void add_file(struct mg_look *l, struct mg_slice path, unsigned writer)
{
	struct mg_host_log *log = mg_logs_add(l, mg_keep(l, path), "syslog",
					      writer);

	mg_logs_share(
		log, WHY,
		mg_look_first(l, journals)
			? "mailguard sweep --journal instead, which proves "
			  "who wrote a line"
			: NULL);
}

/*
 * A selector is one word, or several behind commas; the file follows, perhaps
 * with a dash for "do not sync".
 */
static bool add_selected(struct mg_look *l, struct mg_slice text,
			 unsigned writer, const char *facility)
{
	bool is_found = false;
	struct mg_slice line;
	struct mg_buf room;

	mg_buf_init(&room, MG_CONFIG_MAX);
	while (mg_config_line(&text, &rsyslog, &room, &line)) {
		const size_t slash = mg_slice_find(line, '/');
		struct mg_slice selector = mg_slice_of(line.ptr, slash);
		struct mg_slice path = mg_slice_from(line, slash), word;

		selector = mg_slice_trim(selector);
		if (selector.len && selector.ptr[selector.len - 1] == '-')
			selector = mg_slice_trim(
				mg_slice_of(selector.ptr, selector.len - 1));
		if (mg_slice_find(selector, ' ') < selector.len ||
		    mg_slice_find(selector, '\t') < selector.len ||
		    !mg_cut_word(&path, ";", &word) ||
		    !takes(selector, facility))
			continue;
		/* /var/log/syslog holds what mail.log holds, once more. */
		if (is_found && mg_slice_has_prefix(selector, MG_LIT("*.")))
			continue;
		add_file(l, word, writer);
		is_found = true;
	}
	mg_buf_release(&room);
	return is_found;
}

static bool add_configured(struct mg_look *l, unsigned writer,
			   const char *facility)
{
	struct mg_buf text;
	bool is_found;

	mg_buf_init(&text, MG_CONFIG_MAX);
	is_found = mg_config_read(l, "/etc/rsyslog.conf", &rsyslog, &text) &&
		   add_selected(l, mg_buf_slice(&text), writer, facility);
	mg_buf_release(&text);
	return is_found;
}

/* Where no configuration says it: the one that is there, or would be. */
static const char *usual_log(const struct mg_look *l)
{
	const char *path = mg_look_first(l, usual);

	if (path)
		return path;
	return l->host->panel == MG_ACCOUNTS_CPANEL ||
			       mg_look_has(l, "/etc/redhat-release")
		       ? RED_HAT_LOG
		       : DEBIAN_LOG;
}

void mg_find_syslog(struct mg_look *l, unsigned writer, const char *facility)
{
	const bool has_journal = mg_look_first(l, journals) != NULL;
	const bool has_daemon = mg_look_first(l, daemons) != NULL;

	if ((has_daemon || !has_journal) && add_configured(l, writer, facility))
		return;
	/* A file that nobody writes any more may be left beside the journal. */
	if (has_journal && (!has_daemon || !mg_look_first(l, usual)))
		(void)mg_logs_add(l, "journal", "journal", writer);
	else
		add_file(l, mg_slice_str(usual_log(l)), writer);
}
