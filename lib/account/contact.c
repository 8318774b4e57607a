/* SPDX-License-Identifier: MIT */
#include "mailguard/contact.h"

#include "account_priv.h"

#include "mailguard/limits.h"

#define CONTACTS "/etc/mailguard/contacts"
#define CONTACTS_MAX (16U << 20) /* bytes */

/* What stands behind a key, in quotes or not. */
static bool find(struct mg_slice text, struct mg_slice key, char separator,
		 struct mg_slice *out)
{
	struct mg_slice line, name;

	while (mg_slice_cut_line(&text, &line)) {
		line = mg_slice_trim(line);
		if (line.len == 0 || line.ptr[0] == '#' ||
		    !mg_slice_cut_at(&line, separator, &name) ||
		    !mg_slice_is(mg_slice_trim(name), key))
			continue;
		line = mg_slice_trim(line);
		if (mg_slice_cut_lit(&line, MG_LIT("'")))
			line.len = mg_slice_find(line, '\'');
		*out = line;
		return line.len > 0;
	}
	return false;
}

/* A panel keeps several in one value: the first. */
static struct mg_slice first(struct mg_slice value)
{
	for (size_t i = 0; i < value.len; i++)
		if (strchr(",; \t", value.ptr[i]))
			return mg_slice_of(value.ptr, i);
	return value;
}

static int take(struct mg_slice text, struct mg_slice key, char separator,
		struct mg_buf *out)
{
	struct mg_slice value;

	if (!find(text, key, separator, &value) || first(value).len == 0)
		return 1;
	mg_buf_add(out, first(value));
	return 0;
}

static int of_host(const struct mg_root *root, struct mg_slice name,
		   struct mg_buf *out, struct mg_err *err)
{
	struct mg_buf text;
	int rc;

	mg_buf_init(&text, CONTACTS_MAX);
	rc = mg_root_read_trusted(root, CONTACTS, &text, err);
	if (rc == 0)
		rc = take(mg_buf_slice(&text), name, ':', out);
	mg_buf_release(&text);
	return rc;
}

/* The file of a panel that has it, and under which key; false for none. */
static bool place(const struct mg_root *root, enum mg_account_source source,
		  struct mg_slice name, struct mg_buf *path,
		  struct mg_slice *key)
{
	const char *before, *behind = "/user.conf";

	switch (source) {
	case MG_ACCOUNTS_CPANEL:
		before = "/var/cpanel/users";
		behind = "";
		*key = MG_LIT("CONTACTEMAIL");
		break;
	case MG_ACCOUNTS_DIRECTADMIN:
		before = "/usr/local/directadmin/data/users";
		*key = MG_LIT("email");
		break;
	case MG_ACCOUNTS_HESTIA:
		before = mg_hestia_users(root);
		*key = MG_LIT("CONTACT");
		break;
	default:
		return false;
	}
	mg_buf_add_fmt(path, "%s/%.*s%s", before ? before : "",
		       MG_SLICE_ARG(name), behind);
	return before != NULL;
}

static int of_panel(const struct mg_root *root, enum mg_account_source source,
		    struct mg_slice name, struct mg_buf *out,
		    struct mg_err *err)
{
	struct mg_buf path, text;
	struct mg_slice key;
	int rc = 1;

	mg_buf_init(&path, MG_PANEL_PATH_MAX);
	mg_buf_init(&text, MG_USER_TABLE_MAX);
	if (place(root, source, name, &path, &key))
		rc = mg_root_read(root, path.ptr, &text, err);
	if (rc == 0)
		rc = take(mg_buf_slice(&text), key, '=', out);
	mg_buf_release(&text);
	mg_buf_release(&path);
	return rc;
}

int mg_account_contact(const struct mg_root *root,
		       enum mg_account_source source, struct mg_slice name,
		       struct mg_buf *out, struct mg_err *err)
{
	int rc = 1;

	if (mg_account_name_is_valid(name))
		rc = of_host(root, name, out, err);
	/* An owner called root has no file of a panel. */
	if (rc == 1 && mg_account_name_is_valid(name))
		rc = of_panel(root, source, name, out, err);
	return rc;
}
