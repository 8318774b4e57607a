/* SPDX-License-Identifier: MIT */
/*
 * Our lines in main.cf and master.cf. What stands there is a person's: nothing
 * of it is put in another form, and what is put in can be told apart, so that
 * taking it out needs no copy of the old file and undoes no later change.
 *
 * Source: postconf(5), "main.cf file format"; master(5).
 */
#include "mailguard/rules_postfix.h"

#define BEGIN "# mailguard: begin. Out again by: mailguard rules remove postfix"
#define END "# mailguard: end"
#define SMTP "$mailguard_smtp,"
#define LOCAL "$mailguard_local,"
#define PICKUP "  -o cleanup_service_name=mailguard-cleanup"

static const struct mg_slice smtp_name =
	MG_LIT_INIT("smtpd_sender_restrictions");
static const struct mg_slice local_name = MG_LIT_INIT("header_checks");

/* With its end, so that a file comes out byte for byte. */
static bool cut_line(struct mg_slice *rest, struct mg_slice *line)
{
	const size_t at = mg_slice_find(*rest, '\n');

	if (rest->len == 0)
		return false;
	*line = mg_slice_of(rest->ptr, at == rest->len ? at : at + 1);
	*rest = mg_slice_from(*rest, line->len);
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void cut_spaces(struct mg_slice *s)
{
	while (s->len && (s->ptr[0] == ' ' || s->ptr[0] == '\t'))
		*s = mg_slice_from(*s, 1);
}

static void cut_blanks(struct mg_slice *s)
{
	while (s->len && is_blank(s->ptr[0]))
		*s = mg_slice_from(*s, 1);
}

/* A comment or nothing: part of no entry, wherever it stands. */
static bool is_comment(struct mg_slice line)
{
	cut_blanks(&line);
	return line.len == 0 || line.ptr[0] == '#';
}

/* The first line of an entry; the others begin with a blank. */
static bool is_start(struct mg_slice line)
{
	return !is_comment(line) && !is_blank(line.ptr[0]);
}

static struct mg_slice cut_word(struct mg_slice *s)
{
	size_t n = 0;

	cut_blanks(s);
	while (n < s->len && !is_blank(s->ptr[n]))
		n++;
	*s = mg_slice_from(*s, n);
	return mg_slice_of(s->ptr - n, n);
}

static struct mg_slice line_text(struct mg_slice line)
{
	return mg_slice_of(line.ptr, mg_slice_find(line, '\n'));
}

static bool is_line(struct mg_slice line, const char *what)
{
	return mg_slice_is(line_text(line), mg_slice_str(what));
}

static void add_without(struct mg_slice line, struct mg_slice what,
			struct mg_buf *out)
{
	size_t at = mg_slice_search(line, what);

	for (; at < line.len; at = mg_slice_search(line, what)) {
		mg_buf_add(out, mg_slice_of(line.ptr, at));
		line = mg_slice_from(line, at + what.len);
	}
	mg_buf_add(out, line);
}

static void take_out(struct mg_slice line, struct mg_buf *out)
{
	if (is_line(line, PICKUP))
		return;
	if (is_comment(line))
		mg_buf_add(out, line);
	else if (mg_slice_search(line, MG_LIT(SMTP)) < line.len)
		add_without(line, MG_LIT(SMTP), out);
	else
		add_without(line, MG_LIT(LOCAL), out);
}

void mg_rules_postfix_uninstall(struct mg_slice text, struct mg_buf *out)
{
	struct mg_slice line;
	bool is_ours = false;

	while (cut_line(&text, &line)) {
		if (is_line(line, BEGIN))
			is_ours = true;
		else if (is_ours)
			is_ours = !is_line(line, END);
		else
			take_out(line, out);
	}
}

/*
 * Finds where the value of an option begins in a line: behind "name=" and
 * blanks. Not where it is the end of another name, or is only referred to.
 */
static bool find_value(struct mg_slice line, struct mg_slice name, size_t *at)
{
	static const char before[] = " \t{o"; /* "-oname=", too */
	const size_t found = mg_slice_search(line, name);
	struct mg_slice rest;

	if (found == line.len ||
	    (found && !memchr(before, line.ptr[found - 1], sizeof(before) - 1)))
		return false;
	rest = mg_slice_from(line, found + name.len);
	cut_spaces(&rest);
	if (!mg_slice_cut_lit(&rest, MG_LIT("=")))
		return false;
	cut_spaces(&rest);
	*at = line.len - rest.len;
	return true;
}

/* Appends the line, with a word in front of the value of an option in it. */
static bool put_in(struct mg_slice line, struct mg_slice name,
		   struct mg_slice word, struct mg_buf *out)
{
	size_t at;

	if (!find_value(line, name, &at))
		return false;
	mg_buf_add(out, mg_slice_of(line.ptr, at));
	mg_buf_add(out, word);
	mg_buf_add(out, mg_slice_from(line, at));
	return true;
}

/* The name that an entry of main.cf sets. */
static struct mg_slice name_of(struct mg_slice line)
{
	return mg_slice_trim(mg_slice_of(line.ptr, mg_slice_find(line, '=')));
}

/* Appends the value of an entry of main.cf, in one line; the last counts. */
static bool add_value(struct mg_slice text, struct mg_slice name,
		      struct mg_buf *out)
{
	struct mg_slice line, rest = MG_LIT("");
	bool found = false;
	size_t at;

	while (cut_line(&text, &line))
		if (is_start(line) && mg_slice_is(name_of(line), name) &&
		    find_value(line, name, &at)) {
			found = true;
			rest = mg_slice_of(line.ptr + at,
					   line.len - at + text.len);
		}
	for (bool is_first = true; cut_line(&rest, &line); is_first = false) {
		if (!is_first && is_start(line))
			break;
		if (is_first || !is_comment(line))
			mg_buf_add(out, mg_slice_trim(line_text(line)));
		if (rest.len && !is_start(rest))
			mg_buf_add_char(out, ' ');
	}
	return found;
}

/* The block at the end, which begins on a line of its own. */
static void begin_block(struct mg_buf *out)
{
	if (out->len && out->ptr[out->len - 1] != '\n')
		mg_buf_add_char(out, '\n');
	mg_buf_add_str(out, BEGIN "\n");
}

static void add_smtp(struct mg_buf *out, struct mg_slice dir)
{
	mg_buf_add_str(out, "mailguard_smtp = check_sasl_access ");
	mg_rules_postfix_add_lookup(out, dir, MG_FORCE_LOGIN);
	mg_buf_add_str(out, ",\n    check_sasl_access ");
	mg_rules_postfix_add_lookup(out, dir, MG_FORCE_DOMAIN);
	mg_buf_add_char(out, '\n');
}

/*
 * A header in a message that is attached is checked, too, by what this site has
 * for headers unless it says otherwise. Ours must not be: the message of one
 * user, forwarded by another, names the first.
 */
static void add_nested(struct mg_slice text, struct mg_buf *out)
{
	struct mg_buf value;

	mg_buf_init(&value, MG_RULES_POSTFIX_CF_MAX);
	if (!add_value(text, MG_LIT("nested_header_checks"), &value) ||
	    mg_slice_is(mg_buf_slice(&value), MG_LIT("$header_checks"))) {
		mg_buf_clear(&value);
		(void)add_value(text, local_name, &value);
	}
	mg_buf_add_fmt(out, "mailguard_nested =%s%s\n", value.len ? " " : "",
		       value.ptr);
	mg_buf_release(&value);
}

static int check_main(struct mg_slice text, struct mg_err *err)
{
	struct mg_slice line;

	while (cut_line(&text, &line)) {
		if (!is_start(line))
			continue;
		if (mg_slice_is(name_of(line), MG_LIT("cleanup_service_name")))
			return mg_fail(err, MG_ECONF,
				       "main.cf sets 'cleanup_service_name': "
				       "add the lines that 'mailguard rules "
				       "show postfix' prints by hand");
		if (mg_slice_has_prefix(line, MG_LIT("mailguard_")))
			return mg_fail(err, MG_ECONF,
				       "main.cf has lines of mailguard that "
				       "were added by hand: take them out "
				       "first");
	}
	return 0;
}

int mg_rules_postfix_install_main(struct mg_slice text, struct mg_slice dir,
				  struct mg_buf *out, struct mg_err *err)
{
	struct mg_buf plain;
	struct mg_slice rest, line;
	bool has_smtp = false, has_local = false;
	int rc;

	mg_buf_init(&plain, MG_RULES_POSTFIX_CF_MAX);
	mg_rules_postfix_uninstall(text, &plain);
	rest = mg_buf_slice(&plain);
	rc = check_main(rest, err);
	while (rc == 0 && cut_line(&rest, &line)) {
		const struct mg_slice name = is_start(line) ? name_of(line)
							    : MG_LIT("");

		if (mg_slice_is(name, smtp_name))
			has_smtp |= put_in(line, smtp_name, MG_LIT(SMTP), out);
		else if (mg_slice_is(name, local_name))
			has_local |= put_in(line, local_name, MG_LIT(LOCAL),
					    out);
		else
			mg_buf_add(out, line);
	}
	begin_block(out);
	add_smtp(out, dir);
	mg_buf_add_str(out, "mailguard_local =\n");
	add_nested(mg_buf_slice(&plain), out);
	if (!has_smtp)
		mg_buf_add_str(out, "smtpd_sender_restrictions = "
				    "$mailguard_smtp\n");
	if (!has_local)
		mg_buf_add_str(out, "header_checks = $mailguard_local\n");
	mg_buf_add_str(out, END "\n");
	if (rc == 0)
		rc = mg_buf_check(&plain, "main.cf", err);
	if (rc == 0)
		rc = mg_buf_check(out, "main.cf", err);
	mg_buf_release(&plain);
	return rc;
}

/* What is looked at of an entry of master.cf while its lines go by. */
struct service {
	bool is_pickup, is_cleanup;
};

static struct service service_of(struct mg_slice line)
{
	const struct mg_slice name = cut_word(&line), type = cut_word(&line);
	const bool is_local = mg_slice_is(type, MG_LIT("unix")) ||
			      mg_slice_is(type, MG_LIT("fifo"));

	return (struct service){
		.is_pickup = is_local && mg_slice_is(name, MG_LIT("pickup")),
		.is_cleanup = is_local && mg_slice_is(name, MG_LIT("cleanup")),
	};
}

/* What these entries have of their own that ours would have to join. */
static int check_service(struct service of, struct mg_slice line,
			 struct mg_err *err)
{
	size_t at;

	if (of.is_pickup &&
	    find_value(line, MG_LIT("cleanup_service_name"), &at))
		return mg_fail(err, MG_ECONF,
			       "'pickup' in master.cf has a "
			       "cleanup_service_name of its own: add the lines "
			       "that 'mailguard rules show postfix' prints by "
			       "hand");
	if (of.is_cleanup &&
	    (find_value(line, local_name, &at) ||
	     find_value(line, MG_LIT("nested_header_checks"), &at)))
		return mg_fail(
			err, MG_ECONF,
			"'cleanup' in master.cf has header checks of its "
			"own: add the lines that 'mailguard rules show "
			"postfix' prints by hand");
	return 0;
}

/* The twin of cleanup is like it but for its name and what it looks up. */
static void add_twin(struct mg_slice entry, struct mg_slice dir,
		     struct mg_buf *out)
{
	begin_block(out);
	mg_buf_add_str(out, "mailguard-cleanup ");
	mg_buf_add(out, entry);
	mg_buf_add_str(out, "  -o mailguard_local=");
	mg_rules_postfix_add_lookup(out, dir, MG_FORCE_UID);
	mg_buf_add_str(out,
		       "\n  -o nested_header_checks=$mailguard_nested\n" END
		       "\n");
}

/* Appends the file with what goes into entries, and the entry of cleanup,
   without its name and comments. */
static int put_in_all(struct mg_slice text, struct mg_buf *out,
		      struct mg_buf *cleanup, bool *has_pickup,
		      struct mg_err *err)
{
	struct service of = { false, false };
	struct mg_slice line;
	int rc = 0;

	while (rc == 0 && cut_line(&text, &line)) {
		const bool starts = is_start(line);

		if (starts)
			of = service_of(line);
		if (!is_comment(line))
			rc = check_service(of, line, err);
		if (is_comment(line) ||
		    !put_in(line, smtp_name, MG_LIT(SMTP), out))
			mg_buf_add(out, line);
		if (starts && of.is_pickup) {
			*has_pickup = true;
			mg_buf_add_str(out, PICKUP "\n");
		}
		if (of.is_cleanup && !is_comment(line)) {
			if (starts)
				(void)cut_word(&line);
			mg_buf_add(cleanup, line);
		}
	}
	return rc;
}

int mg_rules_postfix_install_master(struct mg_slice text, struct mg_slice dir,
				    struct mg_buf *out, struct mg_err *err)
{
	struct mg_buf plain, cleanup;
	bool has_pickup = false;
	int rc;

	mg_buf_init(&plain, MG_RULES_POSTFIX_CF_MAX);
	mg_buf_init(&cleanup, MG_RULES_POSTFIX_CF_MAX);
	mg_rules_postfix_uninstall(text, &plain);
	rc = put_in_all(mg_buf_slice(&plain), out, &cleanup, &has_pickup, err);
	if (rc == 0 && (!has_pickup || cleanup.len == 0))
		rc = mg_fail(err, MG_ECONF,
			     "master.cf has no entry '%s': is it Postfix's?",
			     has_pickup ? "cleanup" : "pickup");
	add_twin(mg_buf_slice(&cleanup), dir, out);
	if (rc == 0)
		rc = mg_buf_check(&plain, "master.cf", err);
	if (rc == 0)
		rc = mg_buf_check(out, "master.cf", err);
	mg_buf_release(&cleanup);
	mg_buf_release(&plain);
	return rc;
}

void mg_rules_postfix_add_lines(struct mg_buf *out, struct mg_slice dir)
{
	mg_buf_add_str(out,
		       "# main.cf: the first two as they are; the others in "
		       "front of what is there.\n");
	add_smtp(out, dir);
	mg_buf_add_str(out,
		       "mailguard_local =\n"
		       "smtpd_sender_restrictions = $mailguard_smtp\n"
		       "header_checks = $mailguard_local\n"
		       "\n"
		       "# master.cf: services with restrictions of senders of "
		       "their own get\n"
		       "# -o smtpd_sender_restrictions=$mailguard_smtp,... and "
		       "local mail this:\n"
		       "pickup unix n - y 60 1 pickup\n" PICKUP "\n"
		       "mailguard-cleanup unix n - y - 0 cleanup\n"
		       "  -o mailguard_local=");
	mg_rules_postfix_add_lookup(out, dir, MG_FORCE_UID);
	mg_buf_add_str(out, "\n"
			    "  # what header_checks was before, for attached "
			    "messages:\n"
			    "  -o nested_header_checks=\n");
}
