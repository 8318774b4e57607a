/* SPDX-License-Identifier: MIT */
#include "mailguard/rules_postfix.h"

#include <stdio.h>
#include <string.h>

#define FOREVER 9999999999LL /* ten digits, as all times in the map */

/*
 * In a query %% is a percent sign, %s the key and %d what is behind its @, both
 * escaped by Postfix; a database in memory is opened without a file. strftime
 * gives text, which is greater than any number unless it is cast.
 */
const struct mg_rules_postfix_query mg_rules_postfix_queries[] = {
	{ "until.cf",
	  "# Of mailguard: lets a key through until the time before it.\n"
	  "dbpath = :memory:\n"
	  "query = SELECT substr('%s', 12)\n"
	  "    WHERE CAST(substr('%s', 1, 10) AS INTEGER)\n"
	  "    > CAST(strftime('%%s', 'now') AS INTEGER)\n" },
	{ "domain.cf", "# Of mailguard: the key of a login's domain.\n"
		       "dbpath = :memory:\n"
		       "query = SELECT 'domain/%d'\n" },
	{ "uid.cf",
	  "# Of mailguard: the key of the user who ran sendmail, from\n"
	  "# the header that pickup(8) puts first.\n"
	  "dbpath = :memory:\n"
	  "query = SELECT 'uid/' || CAST(substr('%s',\n"
	  "    instr('%s', ', from userid ') + 14) AS INTEGER)\n"
	  "    WHERE '%s' LIKE\n"
	  "    'Received: by %% (%%, from userid %%)%%'\n" },
	{ NULL, NULL },
};

bool mg_rules_postfix_holds(const struct mg_force_entry *e)
{
	return e->key == MG_FORCE_UID || e->verb == MG_FORCE_HOLD;
}

/* A slash is in no login and no domain (force.h): the kinds never meet. */
void mg_rules_postfix_key(const struct mg_force_entry *e,
			  char out[MG_RULES_POSTFIX_KEY_MAX])
{
	if (e->key == MG_FORCE_UID)
		(void)snprintf(out, MG_RULES_POSTFIX_KEY_MAX, "uid/%u", e->uid);
	else
		(void)snprintf(out, MG_RULES_POSTFIX_KEY_MAX, "%s%.*s",
			       e->key == MG_FORCE_DOMAIN ? "domain/" : "",
			       MG_SLICE_ARG(e->name));
}

static void add_keys(struct mg_buf *out, const char *key, int64_t until)
{
	mg_buf_add_fmt(out, "%s %010lld text/%s\ntext/%s ", key,
		       (long long)(until > FOREVER ? FOREVER : until), key,
		       key);
}

static void add_entry(struct mg_buf *out, const struct mg_force_entry *e,
		      const struct mg_tz *tz)
{
	char key[MG_RULES_POSTFIX_KEY_MAX];

	mg_rules_postfix_key(e, key);
	add_keys(out, key, e->until);
	if (mg_rules_postfix_holds(e)) {
		mg_buf_add_fmt(out, "HOLD mailguard %.*s",
			       MG_SLICE_ARG(e->act));
	} else {
		mg_buf_add_str(out, e->verb == MG_FORCE_SUSPEND ? "550 5.7.1 "
								: "450 4.7.1 ");
		mg_force_add_text(out, e, tz);
	}
	mg_buf_add_char(out, '\n');
}

void mg_rules_postfix_add_map(struct mg_buf *out, const struct mg_force *f,
			      const struct mg_tz *tz)
{
	mg_buf_add_str(out, "# Of mailguard, which writes it anew; changes "
			    "are lost. See 'mailguard status'.\n");
	add_keys(out, MG_RULES_POSTFIX_PROBE, FOREVER);
	mg_buf_add_str(out, "450 4.7.1 mailguard\n");
	for (size_t i = 0; i < f->n_entries; i++)
		if (mg_force_is_of_mail(f->entries[i].key) &&
		    f->entries[i].until > 0)
			add_entry(out, &f->entries[i], tz);
}

void mg_rules_postfix_add_lookup(struct mg_buf *out, struct mg_slice dir,
				 enum mg_force_key key)
{
	mg_buf_add_str(out, "pipemap:{");
	if (key != MG_FORCE_LOGIN)
		mg_buf_add_fmt(out, "sqlite:%.*s/%s.cf,", MG_SLICE_ARG(dir),
			       key == MG_FORCE_UID ? "uid" : "domain");
	mg_buf_add_fmt(out,
		       "lmdb:%.*s/" MG_RULES_POSTFIX_MAP ",sqlite:%.*s/"
		       "until.cf,lmdb:%.*s/" MG_RULES_POSTFIX_MAP "}",
		       MG_SLICE_ARG(dir), MG_SLICE_ARG(dir), MG_SLICE_ARG(dir));
}

bool mg_rules_postfix_dir_is_safe(struct mg_slice dir)
{
	static const char marks[] = "/._-";

	for (size_t i = 0; i < dir.len; i++) {
		const char c = dir.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') ||
		      memchr(marks, c, sizeof(marks) - 1)))
			return false;
	}
	return dir.len > 0 && dir.ptr[0] == '/';
}
