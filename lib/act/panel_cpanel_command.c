/* SPDX-License-Identifier: MIT */
/*
 * Values stand on command lines, URI-encoded; replies are JSON, whose own word
 * for success counts, not the exit status.
 */
#include "panel_cpanel_priv.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define REPLY_MAX (4U << 20)

static void add_word(struct mg_cpanel_command *k, const char *word)
{
	assert(k->n + 1 < MG_CPANEL_ARGS_MAX);
	k->argv[k->n++] = mg_arena_copy_text(&k->arena, mg_slice_str(word));
}

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

void mg_cpanel_add(struct mg_cpanel_command *k, const char *name,
		   struct mg_slice value)
{
	struct mg_buf word;

	mg_buf_init(&word, 8 * MG_HOOK_REASON_MAX);
	mg_buf_add_str(&word, name);
	for (size_t i = 0; i < value.len; i++)
		if (is_unreserved(value.ptr[i]))
			mg_buf_add_char(&word, value.ptr[i]);
		else
			mg_buf_add_fmt(&word, "%%%02X",
				       (unsigned char)value.ptr[i]);
	add_word(k, word.ptr);
	mg_buf_release(&word);
}

static void begin(struct mg_cpanel_command *k, const struct mg_panel_host *h,
		  const char *tool)
{
	const char *top = strcmp(h->root->path, "/") ? h->root->path : "";
	char path[PATH_MAX];

	*k = (struct mg_cpanel_command){ .host = h };
	(void)snprintf(path, sizeof(path), "%s/usr/local/cpanel/bin/%s", top,
		       tool);
	add_word(k, path);
}

void mg_cpanel_begin_whm(struct mg_cpanel_command *k,
			 const struct mg_panel_host *h, const char *function)
{
	begin(k, h, "whmapi1");
	k->is_whm = true;
	k->function = function;
	add_word(k, "--output=json");
	add_word(k, function);
}

static void add_email(struct mg_cpanel_command *k, const struct mg_hook_call *c,
		      const char *function)
{
	k->function = function;
	mg_cpanel_add(k, "--user=", c->account);
	add_word(k, "--output=json");
	add_word(k, "Email");
	add_word(k, function);
}

void mg_cpanel_begin_email(struct mg_cpanel_command *k,
			   const struct mg_panel_host *h,
			   const struct mg_hook_call *c, const char *function)
{
	begin(k, h, "uapi");
	add_email(k, c, function);
}

void mg_cpanel_begin_uapi(struct mg_cpanel_command *k,
			  const struct mg_panel_host *h,
			  const struct mg_hook_call *c, const char *function)
{
	mg_cpanel_begin_email(k, h, c, function);
	mg_cpanel_add(k, "email=", c->subject);
}

void mg_cpanel_begin_secret(struct mg_cpanel_command *k,
			    const struct mg_panel_host *h,
			    const struct mg_hook_call *c, const char *function,
			    struct mg_slice input)
{
	begin(k, h, "uapi");
	add_word(k, "--input=json");
	add_email(k, c, function);
	k->input = input;
}

static int refuse(const struct mg_cpanel_command *k,
		  const struct mg_json_picked *why, struct mg_err *err)
{
	return mg_fail(err, MG_EIO, "cPanel refused %s: %s", k->function,
		       why->len ? why->text : "it does not say why");
}

static int read_reply(const struct mg_cpanel_command *k, struct mg_slice reply,
		      const char *const *paths, size_t n,
		      struct mg_json_picked *values, struct mg_err *err)
{
	const char *all_paths[2 + MG_CPANEL_VALUES_MAX] = {
		k->is_whm ? "metadata.result" : "result.status",
		k->is_whm ? "metadata.reason" : "result.errors[0]"
	};
	struct mg_json_picked all[2 + MG_CPANEL_VALUES_MAX];
	int rc;

	assert(n <= MG_CPANEL_VALUES_MAX);
	for (size_t i = 0; i < n; i++)
		all_paths[2 + i] = paths[i];
	rc = mg_json_pick(&k->host->jail, reply, all_paths, 2 + n, all, err);
	if (rc < 0) {
		mg_err_prefix(err, "what cPanel answered");
		return rc;
	}
	if (strcmp(all[0].text, "1") != 0)
		return refuse(k, &all[1], err);
	if (n)
		memcpy(values, all + 2, n * sizeof(*values));
	return 0;
}

int mg_cpanel_ask(struct mg_cpanel_command *k, const char *const *paths,
		  size_t n, struct mg_json_picked *values, struct mg_err *err)
{
	struct mg_buf reply;
	int rc = mg_file_check_program(k->argv[0], err);

	if (rc == 1)
		rc = mg_fail(err, MG_ECONF, "there is no '%s' on this host",
			     k->argv[0]);
	mg_buf_init(&reply, REPLY_MAX);
	if (rc == 0)
		rc = mg_panel_run(k->host, k->argv, k->input, &reply, err);
	if (rc == 0)
		rc = read_reply(k, mg_buf_slice(&reply), paths, n, values, err);
	mg_buf_release(&reply);
	mg_arena_release(&k->arena);
	return rc;
}

int mg_cpanel_do(struct mg_cpanel_command *k, struct mg_err *err)
{
	const int rc = mg_cpanel_ask(k, NULL, 0, NULL, err);

	return rc == 1 ? 0 : rc;
}

int mg_cpanel_do_whm(const struct mg_panel_host *h, const char *function,
		     const struct mg_hook_call *c, struct mg_err *err)
{
	struct mg_cpanel_command k;

	mg_cpanel_begin_whm(&k, h, function);
	mg_cpanel_add(&k, "user=", c->account);
	return mg_cpanel_do(&k, err);
}

int mg_cpanel_do_uapi(const struct mg_panel_host *h, const char *function,
		      const struct mg_hook_call *c, struct mg_err *err)
{
	struct mg_cpanel_command k;

	mg_cpanel_begin_uapi(&k, h, c, function);
	return mg_cpanel_do(&k, err);
}
