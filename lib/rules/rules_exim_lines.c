/* SPDX-License-Identifier: MIT */
/*
 * The lines of configuration, and where they go.
 *
 * Nothing in them may stop mail. Exim answers with a temporary error where a
 * file of a lookup cannot be opened, so all of it is passed by without a map, and
 * at MAIL, where Exim is not root any more, with one that it may not read. Names
 * are compared with the map's keys, and what the map says is shown and never
 * expanded; a line that is not whole counts as none.
 */
#include "rules_exim_priv.h"

#define PART_MAX 8192 /* bytes; the longest has 2,500 */
/* Of a login that is no address by the letter, too. */
#define BEHIND_AT "${sg{$authenticated_id}{\\N^.*@\\N}{}}"
#define MAP "@MAP@" /* stands for its path in the texts below */

/* Who is refused, by the login; acl_m_mailguard is the line that says so. */
static const char refuse_acl[] =
	"mailguard_refuses:\n"
	"  deny    condition = ${if !exists{" MAP "}}\n"
	"  deny    condition = ${if !match{${stat:" MAP "}}"
	"{\\N^mode=\\S+ smode=-(\\S{6}r|\\S{3}r.* gid=\\N$exim_gid )}}\n"
	"  accept  condition = ${if acl{{mailguard_finds}"
	"{login=${lc:$authenticated_id}}{refuse}}}\n"
	"  accept  condition = ${if acl{{mailguard_finds}"
	"{domain=${lc:" BEHIND_AT "}}{refuse}}}\n"
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
	"mailguard_holds:\n"
	"  deny    condition = ${if !exists{" MAP "}}\n"
	"  accept  condition = ${if !def:sender_host_address}\n"
	"          condition = ${if acl{{mailguard_keeps}"
	"{uid=$originator_uid}}}\n"
	"  deny    condition = ${if !def:authenticated_id}\n"
	"  deny    condition = ${if !def:sender_host_address}\n"
	"  accept  condition = ${if acl{{mailguard_keeps}"
	"{login=${lc:$authenticated_id}}}}\n"
	"  accept  condition = ${if acl{{mailguard_keeps}"
	"{domain=${lc:" BEHIND_AT "}}}}\n"
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

/* A final refusal is told by the line that was found, which is none where
   nothing refuses. */
#define IS_FINAL "eq{${extract{final}{$acl_m_mailguard}}}{1}"
static const char mail_statement[] =
	"  defer   authenticated = *\n"
	"          condition = ${if acl{{mailguard_refuses}}}\n"
	"          condition = ${if !" IS_FINAL "}\n"
	"          message = 451 4.7.1 ${extract{text}{$acl_m_mailguard}}\n"
	"  deny    authenticated = *\n"
	"          condition = ${if " IS_FINAL "}\n"
	"          message = 550 5.7.1 ${extract{text}{$acl_m_mailguard}}\n";

/*
 * What is held goes by a domain of its own, so that the time of the next try is
 * kept for that one, and not for an address that others write to as well.
 */
static const char routers[] =
	"mailguard_held:\n"
	"  driver = redirect\n"
	"  domains = held.mailguard.invalid\n"
	"  condition = ${if def:parent_domain}\n"
	"  allow_defer\n"
	"  no_verify\n"
	"  no_expn\n"
	"  data = :defer: ${extract{text}{$acl_m_mailguard}}\n"
	"\n"
	"mailguard_hold:\n"
	"  driver = redirect\n"
	"  condition = ${if acl{{mailguard_holds}}}\n"
	"  no_verify\n"
	"  no_expn\n"
	"  no_address_test\n"
	"  data = ${md5:$local_part@$domain}@held.mailguard.invalid\n"
	"\n";

/* Held mail is never given up. */
static const char retry[] = "held.mailguard.invalid  *  F,520w,1m\n";

/* The name of the ACL that was there is used up before it is changed. */
static const char macros[] = ".ifdef MAIN_ACL_CHECK_MAIL\n"
			     "MAILGUARD_NEXT = MAIN_ACL_CHECK_MAIL\n"
			     "MAIN_ACL_CHECK_MAIL == mailguard_check_mail\n"
			     ".else\n"
			     "MAILGUARD_NEXT = acl_check_mail\n"
			     "MAIN_ACL_CHECK_MAIL = mailguard_check_mail\n"
			     ".endif\n";

#define OPTION "acl_smtp_mail"
#define OUR_OPTION MG_LIT(OPTION " = mailguard_check_mail\n")

/* --- parts --- */

static void add_with_map(struct mg_buf *out, const char *text,
			 struct mg_slice map)
{
	struct mg_slice rest = mg_slice_str(text);
	size_t at;

	while ((at = mg_slice_search(rest, MG_LIT(MAP))) < rest.len) {
		mg_buf_add(out, mg_slice_of(rest.ptr, at));
		mg_buf_add(out, map);
		rest = mg_slice_from(rest, at + sizeof(MAP) - 1);
	}
	mg_buf_add(out, rest);
}

/* The ACL at MAIL, which goes on with the one that was there. */
static void add_check_mail(struct mg_buf *out, struct mg_slice next)
{
	mg_buf_add_fmt(out, "mailguard_check_mail:\n%s", mail_statement);
	if (next.len)
		mg_buf_add_fmt(out, "  require acl = %.*s\n",
			       MG_SLICE_ARG(next));
	mg_buf_add_str(out, "  accept\n\n");
}

/* A place in a file, and what goes behind it. */
enum part {
	PART_OPTION, /* of the main section, instead of the line there */
	PART_ACL,
	PART_ROUTERS,
	PART_RETRY,
	PARTS
};

/* How a file is gone through. */
struct install {
	enum mg_rules_exim_file file;
	struct mg_slice map;
	struct mg_slice option, next; /* the line, and its value */
	bool has[PARTS];
	struct mg_buf *out;
};

static void add_part(struct install *in, enum part part)
{
	struct mg_buf b;

	mg_buf_init(&b, PART_MAX);
	if (part == PART_OPTION)
		mg_buf_add(&b, OUR_OPTION);
	if (part == PART_ACL && in->file != MG_EXIM_CPANEL)
		add_check_mail(&b, in->next);
	if (part == PART_ACL) {
		add_with_map(&b, refuse_acl, in->map);
		add_with_map(&b, hold_acl, in->map);
	}
	if (part == PART_ROUTERS)
		mg_buf_add_str(&b, routers);
	if (part == PART_RETRY)
		mg_buf_add_str(&b, retry);
	mg_rules_exim_add_block(in->out,
				part == PART_OPTION ? in->option : MG_LIT(""),
				mg_buf_slice(&b));
	in->has[part] = true;
	mg_buf_release(&b);
}

static void add_own(struct install *in, const char *text)
{
	mg_rules_exim_add_block(in->out, MG_LIT(""), mg_slice_str(text));
}

/* --- files that are not ours --- */

static bool cut_blanks(struct mg_slice *s)
{
	const size_t before = s->len;

	while (mg_slice_cut_lit(s, MG_LIT(" ")) ||
	       mg_slice_cut_lit(s, MG_LIT("\t")))
		;
	return s->len < before;
}

/* Whether a line begins a section, of any name where that is empty. */
static bool begins(struct mg_slice line, struct mg_slice section)
{
	(void)cut_blanks(&line);
	return mg_slice_cut_lit(&line, MG_LIT("begin")) && cut_blanks(&line) &&
	       (section.len == 0 || mg_slice_is(mg_slice_trim(line), section));
}

/* Whether a line sets the option; its value then. */
static bool sets_option(struct mg_slice line, struct mg_slice *value)
{
	(void)cut_blanks(&line);
	if (!mg_slice_cut_lit(&line, MG_LIT(OPTION)))
		return false;
	(void)cut_blanks(&line);
	if (!mg_slice_cut_lit(&line, MG_LIT("=")))
		return false;
	*value = mg_slice_trim(line);
	return true;
}

/* A value that goes on in the next line, or would need its quotes taken off,
   is not moved. */
static bool is_simple(struct mg_slice value)
{
	return value.len && value.ptr[0] != '"' &&
	       value.ptr[value.len - 1] != '\\';
}

static int find_option(struct install *in, struct mg_slice text,
		       struct mg_err *err)
{
	struct mg_slice line, value;

	while (mg_slice_cut_line(&text, &line) && !begins(line, MG_LIT(""))) {
		if (!sets_option(line, &value))
			continue;
		if (in->option.len)
			return mg_fail(err, MG_ECONF,
				       "it sets " OPTION " more than once");
		if (!is_simple(value))
			return mg_fail(err, MG_ECONF,
				       "its " OPTION " is no single word");
		in->option = line;
		in->next = value;
	}
	return 0;
}

static void add_line(struct install *in, struct mg_slice line)
{
	mg_buf_add(in->out, line);
	mg_buf_add_char(in->out, '\n');
}

/* The option stands where it was, or before the first section. */
static void take_line_of_whole(struct install *in, struct mg_slice line)
{
	static const struct mg_slice names[PARTS] = {
		[PART_ACL] = MG_LIT_INIT("acl"),
		[PART_ROUTERS] = MG_LIT_INIT("routers"),
		[PART_RETRY] = MG_LIT_INIT("retry"),
	};

	if (!in->has[PART_OPTION] &&
	    (in->option.len ? line.ptr == in->option.ptr
			    : begins(line, MG_LIT(""))))
		add_part(in, PART_OPTION);
	if (!in->option.len || line.ptr != in->option.ptr)
		add_line(in, line);
	for (size_t part = PART_ACL; part < PARTS; part++)
		if (begins(line, names[part]))
			add_part(in, (enum part)part);
}

static void take_line_of_cpanel(struct install *in, struct mg_slice line)
{
	static const struct mg_slice names[PARTS] = {
		[PART_ACL] = MG_LIT_INIT("@BEGINACL@"),
		[PART_ROUTERS] = MG_LIT_INIT("@ROUTERSTART@"),
		[PART_RETRY] = MG_LIT_INIT("@RETRYSTART@"),
	};

	in->has[PART_OPTION] = true; /* it has a place for statements instead */
	add_line(in, line);
	for (size_t part = PART_ACL; part < PARTS; part++)
		if (mg_slice_is(mg_slice_trim(line), names[part]))
			add_part(in, (enum part)part);
}

static int check_parts(const struct install *in, struct mg_err *err)
{
	static const char *const names[PARTS] = { "main", "ACL", "routers",
						  "retry" };

	for (size_t part = 0; part < PARTS; part++)
		if (!in->has[part])
			return mg_fail(err, MG_ECONF,
				       "it has no %s section of its own",
				       names[part]);
	return 0;
}

static int install_among_others(struct install *in, struct mg_slice text,
				struct mg_err *err)
{
	struct mg_slice line;
	int rc = 0;

	if (in->file == MG_EXIM_WHOLE)
		rc = find_option(in, text, err);
	while (rc == 0 && mg_slice_cut_line(&text, &line)) {
		if (in->file == MG_EXIM_WHOLE)
			take_line_of_whole(in, line);
		else
			take_line_of_cpanel(in, line);
	}
	return rc == 0 ? check_parts(in, err) : rc;
}

int mg_rules_exim_install(enum mg_rules_exim_file file, struct mg_slice text,
			  struct mg_slice map, struct mg_buf *out,
			  struct mg_err *err)
{
	struct install in = { .file = file, .map = map, .out = out };
	struct mg_buf plain;
	int rc = 0;

	mg_buf_init(&plain, out->max);
	switch (file) {
	case MG_EXIM_WHOLE:
	case MG_EXIM_CPANEL:
		mg_rules_exim_uninstall(text, &plain);
		rc = install_among_others(&in, mg_buf_slice(&plain), err);
		break;
	case MG_EXIM_MACROS:
		add_own(&in, macros);
		break;
	case MG_EXIM_ACL:
		in.next = MG_LIT("MAILGUARD_NEXT");
		add_part(&in, PART_ACL);
		break;
	case MG_EXIM_ROUTERS:
		add_own(&in, routers);
		break;
	case MG_EXIM_RETRY:
		add_own(&in, retry);
		break;
	case MG_EXIM_CPANEL_MAIL:
		add_own(&in, mail_statement);
		break;
	}
	mg_buf_release(&plain);
	return rc == 0 ? mg_buf_check(out, "the configuration of Exim", err)
		       : rc;
}
