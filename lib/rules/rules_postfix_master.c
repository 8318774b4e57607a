/* SPDX-License-Identifier: MIT */
/*
 * Our lines in master.cf: in front of restrictions that a service has of its
 * own, and a twin of cleanup for local mail. Source: master(5).
 */
#include "rules_postfix_priv.h"

/* What is looked at of an entry of master.cf while its lines go by. */
struct service {
	bool is_pickup, is_cleanup;
};

static struct service service_of(struct mg_slice line)
{
	const struct mg_slice name = mg_cf_cut_word(&line),
			      type = mg_cf_cut_word(&line);
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
	    mg_cf_find_value(line, MG_LIT("cleanup_service_name"), &at))
		return mg_fail(err, MG_ECONF,
			       "'pickup' in master.cf has a "
			       "cleanup_service_name of its own: add the lines "
			       "that 'mailguard rules show postfix' prints by "
			       "hand");
	if (of.is_cleanup &&
	    (mg_cf_find_value(line, mg_cf_local_name, &at) ||
	     mg_cf_find_value(line, MG_LIT("nested_header_checks"), &at)))
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
	mg_cf_begin_block(out);
	mg_buf_add_str(out, "mailguard-cleanup ");
	mg_buf_add(out, entry);
	mg_buf_add_str(out, "  -o mailguard_local=");
	mg_rules_postfix_add_lookup(out, dir, MG_FORCE_UID);
	mg_buf_add_str(
		out, "\n  -o nested_header_checks=$mailguard_nested\n" MG_CF_END
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

	while (rc == 0 && mg_cf_cut_line(&text, &line)) {
		const bool starts = mg_cf_is_start(line);

		if (starts)
			of = service_of(line);
		if (!mg_cf_is_comment(line))
			rc = check_service(of, line, err);
		if (mg_cf_is_comment(line) ||
		    !mg_cf_put_in(line, mg_cf_smtp_name, MG_LIT(MG_CF_SMTP),
				  out))
			mg_buf_add(out, line);
		if (starts && of.is_pickup) {
			*has_pickup = true;
			mg_buf_add_str(out, MG_CF_PICKUP "\n");
		}
		if (of.is_cleanup && !mg_cf_is_comment(line)) {
			if (starts)
				(void)mg_cf_cut_word(&line);
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
