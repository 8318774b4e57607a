/* SPDX-License-Identifier: MIT */
/*
 * Our lines in main.cf, and out of both files. Source: postconf(5), "main.cf
 * file format".
 */
#include "rules_postfix_priv.h"

static bool is_line(struct mg_slice line, const char *what)
{
	return mg_slice_is(mg_cf_line_text(line), mg_slice_str(what));
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
	if (is_line(line, MG_CF_PICKUP))
		return;
	if (mg_cf_is_comment(line))
		mg_buf_add(out, line);
	else if (mg_slice_search(line, MG_LIT(MG_CF_SMTP)) < line.len)
		add_without(line, MG_LIT(MG_CF_SMTP), out);
	else
		add_without(line, MG_LIT(MG_CF_LOCAL), out);
}

void mg_rules_postfix_uninstall(struct mg_slice text, struct mg_buf *out)
{
	struct mg_slice line;
	bool is_ours = false;

	while (mg_cf_cut_line(&text, &line)) {
		if (is_line(line, MG_CF_BEGIN))
			is_ours = true;
		else if (is_ours)
			is_ours = !is_line(line, MG_CF_END);
		else
			take_out(line, out);
	}
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

	while (mg_cf_cut_line(&text, &line))
		if (mg_cf_is_start(line) && mg_slice_is(name_of(line), name) &&
		    mg_cf_find_value(line, name, &at)) {
			found = true;
			rest = mg_slice_of(line.ptr + at,
					   line.len - at + text.len);
		}
	for (bool is_first = true; mg_cf_cut_line(&rest, &line);
	     is_first = false) {
		if (!is_first && mg_cf_is_start(line))
			break;
		if (is_first || !mg_cf_is_comment(line))
			mg_buf_add(out, mg_slice_trim(mg_cf_line_text(line)));
		if (rest.len && !mg_cf_is_start(rest))
			mg_buf_add_char(out, ' ');
	}
	return found;
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
		(void)add_value(text, mg_cf_local_name, &value);
	}
	mg_buf_add_fmt(out, "mailguard_nested =%s%s\n", value.len ? " " : "",
		       value.ptr);
	mg_buf_release(&value);
}

static int check_main(struct mg_slice text, struct mg_err *err)
{
	struct mg_slice line;

	while (mg_cf_cut_line(&text, &line)) {
		if (!mg_cf_is_start(line))
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
	while (rc == 0 && mg_cf_cut_line(&rest, &line)) {
		const struct mg_slice name = mg_cf_is_start(line)
						     ? name_of(line)
						     : MG_LIT("");

		if (mg_slice_is(name, mg_cf_smtp_name))
			has_smtp |= mg_cf_put_in(line, mg_cf_smtp_name,
						 MG_LIT(MG_CF_SMTP), out);
		else if (mg_slice_is(name, mg_cf_local_name))
			has_local |= mg_cf_put_in(line, mg_cf_local_name,
						  MG_LIT(MG_CF_LOCAL), out);
		else
			mg_buf_add(out, line);
	}
	mg_cf_begin_block(out);
	add_smtp(out, dir);
	mg_buf_add_str(out, "mailguard_local =\n");
	add_nested(mg_buf_slice(&plain), out);
	if (!has_smtp)
		mg_buf_add_str(out, "smtpd_sender_restrictions = "
				    "$mailguard_smtp\n");
	if (!has_local)
		mg_buf_add_str(out, "header_checks = $mailguard_local\n");
	mg_buf_add_str(out, MG_CF_END "\n");
	if (rc == 0)
		rc = mg_buf_check(&plain, "main.cf", err);
	if (rc == 0)
		rc = mg_buf_check(out, "main.cf", err);
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
		       "pickup unix n - y 60 1 pickup\n" MG_CF_PICKUP "\n"
		       "mailguard-cleanup unix n - y - 0 cleanup\n"
		       "  -o mailguard_local=");
	mg_rules_postfix_add_lookup(out, dir, MG_FORCE_UID);
	mg_buf_add_str(out, "\n"
			    "  # what header_checks was before, for attached "
			    "messages:\n"
			    "  -o nested_header_checks=\n");
}
