/* SPDX-License-Identifier: MIT */
/*
 * hook-test - take the hooks of a directory through their contract, on a
 * subject that is there for it alone.
 */
#include "command.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mailguard/buf.h"
#include "mailguard/file.h"
#include "mailguard/hook_test.h"
#include "mailguard/log.h"
#include "mailguard/printer.h"
#include "mailguard/priv.h"

#define MAILBOX_MAX 320

/* A number that no distribution hands out, for an account that is not there. */
#define NOBODY_UID 2146000026

struct test_opts {
	struct mg_command_place place;
	const char *account, *domain;
	uint32_t limit;
	bool terminate, json;
};

#define FIELD(f) offsetof(struct test_opts, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "account", 0, MG_OPTION_TEXT, FIELD(account), "NAME", "an account that is there for the test (default mailguard-test, which need not be)" },
	{ "domain", 0, MG_OPTION_TEXT, FIELD(domain), "DOMAIN", "a domain of it; its mailbox is test@DOMAIN (default mailguard-test.invalid)" },
	{ "terminate", 0, MG_OPTION_FLAG, FIELD(terminate), NULL, "try the verb terminate, too: the account is gone then" },
	{ "limit", 0, MG_OPTION_COUNT, FIELD(limit), "SECONDS", "how long a call may take (default 10)" },
	{ "json", 0, MG_OPTION_FLAG, FIELD(json), NULL, "JSON, for programs" },
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "what hooks are told as the state directory; needed, one for the test" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "what they are told as the host's root (default /)" },
	{ .type = MG_OPTION_END },
};

static const struct mg_column columns[] = {
	{ .key = "hook", .heading = "HOOK", .type = MG_COLUMN_TEXT },
	{ .key = "kind", .heading = "SUBJECT", .type = MG_COLUMN_TEXT },
	{ .key = "check", .heading = "CHECK", .type = MG_COLUMN_TEXT },
	{ .key = "result", .heading = "RESULT", .type = MG_COLUMN_TEXT },
	{ .key = "detail", .heading = "WHAT IT SAID", .type = MG_COLUMN_TEXT },
};
/* clang-format on */

static void tell(void *arg, const char *hook, const char *kind,
		 const char *what, enum mg_hook_verdict verdict,
		 struct mg_slice detail)
{
	static const char *const words[] = { "keeps", "none", "BREAKS" };
	struct mg_printer *p = arg;

	mg_printer_row(p);
	mg_printer_text(p, mg_slice_str(hook));
	mg_printer_text(p, mg_slice_str(kind));
	mg_printer_text(p, mg_slice_str(what));
	if (verdict == MG_HOOK_BREAKS)
		mg_printer_mark(p, MG_MARK_ALARM);
	mg_printer_text(p, mg_slice_str(words[verdict]));
	mg_printer_text(p, detail);
}

static int find_hooks(const char *folder, const struct mg_root *root,
		      struct mg_hooks *hooks, struct mg_err *err)
{
	struct mg_buf path;
	int rc;

	mg_buf_init(&path, PATH_MAX);
	if (mg_file_resolve(folder, true, &path) != 0)
		rc = mg_fail(err, MG_EIO, "there is no '%s'", folder);
	else
		rc = mg_hooks_find(root, mg_buf_slice(&path), hooks, err);
	if (rc == 0 && hooks->n == 0)
		rc = mg_fail(err, MG_EUSAGE,
			     "'%s' has no hooks: files with a name of letters, "
			     "digits, '-' and '_'",
			     folder);
	mg_buf_release(&path);
	return rc;
}

/* The user id that the host knows, where it knows the account. */
static int64_t uid_of(const char *top, const char *account)
{
	struct mg_root root = { .fd = -1 };
	struct mg_jail jail;
	int64_t uid = NOBODY_UID;

	if (mg_root_open(&root, top, NULL) == 0 &&
	    mg_priv_find_user(&root, mg_slice_str(account), &jail))
		uid = jail.uid;
	mg_root_close(&root);
	return uid;
}

/* A mistyped name is no fault of the hooks. */
static int check_names(const struct mg_hook_test *t, struct mg_err *err)
{
	const struct mg_hook_call call = { .verb = MG_HOOK_WARN,
					   .key = MG_LIT("test"),
					   .per = MG_LIT("mailbox"),
					   .subject = t->mailbox,
					   .domain = t->domain,
					   .account = t->account,
					   .uid = t->uid };
	const int rc = mg_hook_check(&call, err);

	return rc < 0 ? mg_fail(err, MG_EUSAGE,
				"'%.*s' and '%.*s' are no account of a "
				"customer and its domain",
				MG_SLICE_ARG(t->account),
				MG_SLICE_ARG(t->domain))
		      : 0;
}

static void begin(struct mg_printer *printer, const struct mg_term *term,
		  bool is_json)
{
	const struct mg_printer_field schema = {
		.key = "schema",
		.type = MG_FIELD_TEXT,
		.text = MG_LIT("mailguard.hook-test/1"),
	};

	mg_printer_begin(printer, &(struct mg_printer_opts){
					  .format = is_json ? MG_FORMAT_JSON
							    : MG_FORMAT_TABLE,
					  .fd = STDOUT_FILENO,
					  .columns = columns,
					  .n_columns = sizeof(columns) /
						       sizeof(*columns),
					  .fields = &schema,
					  .n_fields = 1,
					  .term = term });
}

static int test_all(const struct test_opts *o, const char *mailbox,
		    const struct mg_root *root, const struct mg_hooks *hooks,
		    unsigned *n_broken, struct mg_err *err)
{
	struct mg_printer printer;
	const struct mg_term term = mg_command_terminal();
	const struct mg_hook_host host = { .root = root,
					   .told_root = o->place.root,
					   .state =
						   mg_slice_str(o->place.state),
					   .seconds = o->limit,
					   .grace_s = 2,
					   .lock_fd = -1 };
	const struct mg_hook_test t = {
		.host = &host,
		.hooks = hooks,
		.account = mg_slice_str(o->account),
		.domain = mg_slice_str(o->domain),
		.mailbox = mg_slice_str(mailbox),
		.uid = uid_of(o->place.root, o->account),
		.is_terminal = o->terminate,
		.tell = tell,
		.arg = &printer,
	};

	const int rc = check_names(&t, err);

	if (rc < 0)
		return rc;
	begin(&printer, &term, o->json);
	for (size_t i = 0; i < hooks->n; i++)
		*n_broken += mg_hook_test(&t, hooks->names[i]);
	return mg_printer_end(&printer, err);
}

static int run(const void *opts, int argc, char **argv)
{
	const struct test_opts *o = opts;
	char mailbox[MAILBOX_MAX];
	struct mg_root root = { .fd = -1 };
	struct mg_hooks hooks;
	struct mg_err err = { 0 };
	unsigned n_broken = 0;
	int fd = -1, rc = 0;

	(void)snprintf(mailbox, sizeof(mailbox), "test@%s", o->domain);
	if (argc != 2)
		rc = mg_fail(&err, MG_EUSAGE, "give one directory of hooks");
	else if (!o->place.state)
		rc = mg_fail(&err, MG_EUSAGE,
			     "--state is needed: a directory for the test, "
			     "where hooks may keep what they like");
	if (rc == 0)
		rc = mg_file_make_private_dir(o->place.state, &fd, &err);
	if (rc == 0)
		rc = mg_root_open(&root, "/", &err);
	if (rc == 0)
		rc = find_hooks(argv[1], &root, &hooks, &err);
	if (rc == 0)
		rc = test_all(o, mailbox, &root, &hooks, &n_broken, &err);
	mg_root_close(&root);
	mg_file_close(&fd);
	if (rc < 0)
		return mg_command_fail(&err);
	if (n_broken)
		mg_log(MG_LOG_ERROR, "the contract was broken %u times",
		       n_broken);
	return n_broken ? MG_EFOUND : MG_OK;
}

static const struct test_opts defaults = {
	.place.root = "/",
	.account = "mailguard-test",
	.domain = "mailguard-test.invalid",
	.limit = 10,
};

const struct mg_command mg_cmd_hook_test = {
	.name = "hook-test",
	.operands = "DIR",
	.summary = "take hooks through their contract",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
