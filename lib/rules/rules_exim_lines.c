/* SPDX-License-Identifier: MIT */
/* Where our lines of configuration go. */
#include "rules_exim_priv.h"

#define PART_MAX 262144 /* bytes; a clause has 1,000, all others 3,500 */
#define MAP "@MAP@"     /* stands for its path in the texts below */

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

/* The same where Exim counts by itself: of who logged in. */
#define OF_LOGIN(next)                                                         \
	"${if def:authenticated_id{mailguard_check_rcpt}{" next "}}"

static const char macros_native[] =
	".ifdef MAIN_ACL_CHECK_RCPT\n"
	"MAILGUARD_RCPT = MAIN_ACL_CHECK_RCPT\n"
	"MAIN_ACL_CHECK_RCPT == " OF_LOGIN(
		"MAILGUARD_RCPT") "\n"
				  ".else\n"
				  "MAILGUARD_RCPT = acl_check_rcpt\n"
				  "MAIN_ACL_CHECK_RCPT = " OF_LOGIN(
					  "MAILGUARD_RCPT") "\n"
							    ".endif\n";

static const char *const option_names[MG_EXIM_OPTIONS] = { "acl_smtp_mail",
							   "acl_smtp_rcpt" };

/* --- parts --- */

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
	const struct mg_rules_exim_lines *lines;
	enum mg_rules_exim_file file;
	struct mg_slice line[MG_EXIM_OPTIONS],
		next[MG_EXIM_OPTIONS]; /* and its value */
	bool has[PARTS];
	struct mg_buf *out;
};

static bool is_native(const struct install *in)
{
	return in->lines->native.len;
}

static void add_option(struct install *in, enum mg_exim_option option)
{
	struct mg_buf b;

	mg_buf_init(&b, PART_MAX);
	if (option == MG_EXIM_AT_MAIL)
		mg_buf_add_str(&b, "acl_smtp_mail = mailguard_check_mail\n");
	else
		mg_buf_add_fmt(&b, "acl_smtp_rcpt = " OF_LOGIN("%.*s") "\n",
			       MG_SLICE_ARG(in->next[MG_EXIM_AT_RCPT]));
	mg_rules_exim_add_block(in->out, in->line[option], mg_buf_slice(&b));
	if (option == MG_EXIM_AT_MAIL)
		in->has[PART_OPTION] = true;
	mg_buf_release(&b);
}

static void add_part(struct install *in, enum part part)
{
	struct mg_buf b;

	mg_buf_init(&b, PART_MAX);
	if (part == PART_ACL)
		mg_rules_exim_add_acls(&b, in->lines,
				       in->file == MG_EXIM_CPANEL ? NULL
								  : in->next);
	if (part == PART_ROUTERS)
		mg_buf_add_str(&b, routers);
	if (part == PART_RETRY)
		mg_buf_add_str(&b, retry);
	mg_rules_exim_add_block(in->out, MG_LIT(""), mg_buf_slice(&b));
	in->out->truncated |= b.truncated;
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
static bool sets_option(struct mg_slice line, enum mg_exim_option option,
			struct mg_slice *value)
{
	(void)cut_blanks(&line);
	if (!mg_slice_cut_lit(&line, mg_slice_str(option_names[option])))
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
		       enum mg_exim_option option, struct mg_err *err)
{
	const char *name = option_names[option];
	struct mg_slice line, value;

	while (mg_slice_cut_line(&text, &line) && !begins(line, MG_LIT(""))) {
		if (!sets_option(line, option, &value))
			continue;
		if (in->line[option].len)
			return mg_fail(err, MG_ECONF,
				       "it sets %s more than once", name);
		if (!is_simple(value))
			return mg_fail(err, MG_ECONF,
				       "its %s is no single word", name);
		in->line[option] = line;
		in->next[option] = value;
	}
	/* Without one Exim accepts nobody, and with ours alone anybody. */
	if (option == MG_EXIM_AT_RCPT && !in->line[option].len)
		return mg_fail(err, MG_ECONF, "it sets no %s", name);
	return 0;
}

static int find_options(struct install *in, struct mg_slice text,
			struct mg_err *err)
{
	const int rc = find_option(in, text, MG_EXIM_AT_MAIL, err);

	return rc == 0 && is_native(in)
		       ? find_option(in, text, MG_EXIM_AT_RCPT, err)
		       : rc;
}

static void add_line(struct install *in, struct mg_slice line)
{
	mg_buf_add(in->out, line);
	mg_buf_add_char(in->out, '\n');
}

/* Whether a line is that of an option, in the place of which ours stands. */
static bool take_option(struct install *in, struct mg_slice line)
{
	for (size_t i = 0; i < MG_EXIM_OPTIONS; i++)
		if (in->line[i].len && line.ptr == in->line[i].ptr) {
			add_option(in, (enum mg_exim_option)i);
			return true;
		}
	return false;
}

/* The option at MAIL stands where it was, or before the first section. */
static void take_line_of_whole(struct install *in, struct mg_slice line)
{
	static const struct mg_slice names[PARTS] = {
		[PART_ACL] = MG_LIT_INIT("acl"),
		[PART_ROUTERS] = MG_LIT_INIT("routers"),
		[PART_RETRY] = MG_LIT_INIT("retry"),
	};

	if (!in->has[PART_OPTION] && begins(line, MG_LIT("")))
		add_option(in, MG_EXIM_AT_MAIL);
	if (!take_option(in, line))
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
		rc = find_options(in, text, err);
	while (rc == 0 && mg_slice_cut_line(&text, &line)) {
		if (in->file == MG_EXIM_WHOLE)
			take_line_of_whole(in, line);
		else
			take_line_of_cpanel(in, line);
	}
	return rc == 0 ? check_parts(in, err) : rc;
}

int mg_rules_exim_install(enum mg_rules_exim_file file, struct mg_slice text,
			  const struct mg_rules_exim_lines *lines,
			  struct mg_buf *out, struct mg_err *err)
{
	struct install in = { .file = file, .lines = lines, .out = out };
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
		if (is_native(&in))
			add_own(&in, macros_native);
		break;
	case MG_EXIM_ACL:
		in.next[MG_EXIM_AT_MAIL] = MG_LIT("MAILGUARD_NEXT");
		in.next[MG_EXIM_AT_RCPT] = MG_LIT("MAILGUARD_RCPT");
		add_part(&in, PART_ACL);
		break;
	case MG_EXIM_ROUTERS:
		add_own(&in, routers);
		break;
	case MG_EXIM_RETRY:
		add_own(&in, retry);
		break;
	case MG_EXIM_CPANEL_MAIL:
		add_own(&in, mg_rules_exim_mail_statement);
		break;
	case MG_EXIM_CPANEL_RCPT:
		if (is_native(&in))
			add_own(&in, mg_rules_exim_rcpt_statement);
		break;
	}
	mg_buf_release(&plain);
	return rc == 0 ? mg_buf_check(out, "the configuration of Exim", err)
		       : rc;
}
