/* SPDX-License-Identifier: MIT */
/*
 * The lines of configuration that refuse and hold.
 *
 * Nothing in them may stop mail. Exim answers with a temporary error where a
 * file of a lookup cannot be opened, so all of it is passed by without a map, and
 * at MAIL, where Exim is not root any more, with one that it may not read. Names
 * are compared with the map's keys, and what the map says is shown and never
 * expanded; a line that is not whole counts as none.
 */
#include "rules_exim_priv.h"

#define MAP "@MAP@" /* stands for its path in the texts below */

/* Who is refused, by the login; acl_m_mailguard is the line that says so. */
static const char refuse_acl[] =
	"mailguard_refuses:\n"
	"  deny    condition = ${if !exists{" MAP "}}\n"
	"  deny    condition = ${if !bool{" MG_EXIM_IS_READABLE "}}\n"
	"  accept  condition = ${if acl{{mailguard_finds}"
	"{login=${lc:$authenticated_id}}{refuse}}}\n"
	"  accept  condition = ${if acl{{mailguard_finds}"
	"{domain=${lc:" MG_EXIM_BEHIND_AT "}}{refuse}}}\n"
	"  deny    set acl_m_mailguard =\n"
	"\n"
	"mailguard_finds:\n"
	"  warn    set acl_m_mailguard =\n"
	"  warn    set acl_m_mailguard = "
	"${lookup{$acl_arg1}lsearch{" MAP "}}\n"
	"  warn    condition = ${if !match{$acl_m_mailguard}"
	"{\\N^(refuse=\\d{1,12} (final=1 )?)?(hold=\\d{1,12} pace=\\d{1,12} )?"
	"text=\"[^\"]*\"$\\N}}\n"
	"          set acl_m_mailguard =\n"
	"  accept  condition = ${if >{${extract{$acl_arg2}{$acl_m_mailguard}"
	"{$value}{0}}}{$tod_epoch}}\n"
	"\n";

/*
 * Whose mail stays in the queue: what the user handed in locally, and by the
 * login. What came before a hold ended goes out as a bucket fills that began to
 * fill then, one a message; a message that has left it once is free, however
 * many recipients and tries it has.
 */
static const char hold_acl[] =
	"  deny    condition = ${if !exists{" MAP "}}\n"
	"  accept  condition = ${if !def:sender_host_address}\n"
	"          condition = ${if acl{{mailguard_keeps}"
	"{uid=$originator_uid}}}\n"
	"  deny    condition = ${if !def:authenticated_id}\n"
	"  deny    condition = ${if !def:sender_host_address}\n"
	"  accept  condition = ${if acl{{mailguard_keeps}"
	"{login=${lc:$authenticated_id}}}}\n"
	"  accept  condition = ${if acl{{mailguard_keeps}"
	"{domain=${lc:" MG_EXIM_BEHIND_AT "}}}}\n"
	"\n"
	"mailguard_keeps:\n"
	"  accept  condition = ${if acl{{mailguard_finds}{$acl_arg1}{hold}}}\n"
	"  deny    condition = ${if eq{$acl_m_mailguard_free}{$acl_arg1}}\n"
	"  deny    condition = ${if <{${extract{hold}{$acl_m_mailguard}"
	"{$value}{0}}}{$received_time}}\n"
	"  deny    condition = ${if eq{${extract{pace}{$acl_m_mailguard}"
	"{$value}{0}}}{0}}\n"
	"  accept  ratelimit = ${eval:1+${extract{pace}{$acl_m_mailguard}}"
	"*($tod_epoch-${extract{hold}{$acl_m_mailguard}})/3600}"
	" / 52w / per_cmd / leaky / "
	"mailguard_${acl_arg1}_${extract{hold}{$acl_m_mailguard}}\n"
	"  deny    set acl_m_mailguard_free = $acl_arg1\n"
	"\n";

/* In front of that where Exim counts by itself. */
static const char hold_native[] =
	"  accept  condition = ${if !def:sender_host_address}\n"
	"          condition = ${if acl{{mailguard_is_over}"
	"{uid=$originator_uid}{$recipients_count}}}\n";

/* A final refusal is told by the line that was found, which is none where
   nothing refuses. */
#define IS_FINAL "eq{${extract{final}{$acl_m_mailguard}}}{1}"
const char mg_rules_exim_mail_statement[] =
	"  defer   authenticated = *\n"
	"          condition = ${if acl{{mailguard_refuses}}}\n"
	"          condition = ${if !" IS_FINAL "}\n"
	"          message = 451 4.7.1 ${extract{text}{$acl_m_mailguard}}\n"
	"  deny    authenticated = *\n"
	"          condition = ${if " IS_FINAL "}\n"
	"          message = 550 5.7.1 ${extract{text}{$acl_m_mailguard}}\n";

const char mg_rules_exim_rcpt_statement[] =
	"  defer   authenticated = *\n"
	"          condition = ${if acl{{mailguard_is_over}"
	"{login=${lc:$authenticated_id}}{1}}}\n"
	"          message = 451 4.7.1 ${extract{text}{$acl_m_mailguard}}\n";

void mg_rules_exim_add_with_path(struct mg_buf *out, const char *text,
				 struct mg_slice path)
{
	struct mg_slice rest = mg_slice_str(text);
	size_t at;

	while ((at = mg_slice_search(rest, MG_LIT(MAP))) < rest.len) {
		mg_buf_add(out, mg_slice_of(rest.ptr, at));
		mg_buf_add(out, path);
		rest = mg_slice_from(rest, at + sizeof(MAP) - 1);
	}
	mg_buf_add(out, rest);
}

/* The ACL at MAIL, which goes on with the one that was there. */
static void add_check_mail(struct mg_buf *out, struct mg_slice next)
{
	mg_buf_add_fmt(out, "mailguard_check_mail:\n%s",
		       mg_rules_exim_mail_statement);
	if (next.len)
		mg_buf_add_fmt(out, "  require acl = %.*s\n",
			       MG_SLICE_ARG(next));
	mg_buf_add_str(out, "  accept\n\n");
}

/* The one at RCPT counts what the one that was there accepts. */
static void add_check_rcpt(struct mg_buf *out, struct mg_slice next)
{
	mg_buf_add_fmt(out,
		       "mailguard_check_rcpt:\n"
		       "  require acl = %.*s\n"
		       "%s"
		       "  accept\n\n",
		       MG_SLICE_ARG(next), mg_rules_exim_rcpt_statement);
}

void mg_rules_exim_add_acls(struct mg_buf *out,
			    const struct mg_rules_exim_lines *lines,
			    const struct mg_slice *next)
{
	const bool is_native = lines->native.len;

	if (next)
		add_check_mail(out, next[MG_EXIM_AT_MAIL]);
	if (next && is_native)
		add_check_rcpt(out, next[MG_EXIM_AT_RCPT]);
	mg_rules_exim_add_with_path(out, refuse_acl, lines->map);
	mg_buf_add_str(out, "mailguard_holds:\n");
	if (is_native)
		mg_buf_add_str(out, hold_native);
	mg_rules_exim_add_with_path(out, hold_acl, lines->map);
	mg_buf_add(out, lines->native);
}
