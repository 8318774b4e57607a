/* SPDX-License-Identifier: MIT */
/*
 * notice - whether mailguard's mail arrives, and what it says.
 */
#include "act_run.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mailguard/file.h"
#include "mailguard/letter.h"
#include "mailguard/notice.h"

#define DIGEST_MAX (512U << 10)

struct notice_opts {
	struct mg_command_place place;
};

#define FIELD(f) offsetof(struct notice_opts, f)

/* clang-format off */
static const struct mg_option options[] = {
	{ "config", 0, MG_OPTION_TEXT, FIELD(place.config), "FILE", MG_HELP_CONFIG },
	{ "state", 0, MG_OPTION_TEXT, FIELD(place.state), "DIR", "state directory (default: as set, /var/lib/mailguard below the root)" },
	{ "root", 0, MG_OPTION_TEXT, FIELD(place.root), "DIR", "the host's root directory, for a fake host or a chroot (default /)" },
	{ .type = MG_OPTION_END },
};
/* clang-format on */

/* To be copied, and changed. */
static int print_template(const char *action, struct mg_err *err)
{
	const struct mg_slice text = mg_letter_english(mg_slice_str(action));

	if (text.len)
		return mg_file_write_all(STDOUT_FILENO, text, err);
	return mg_fail(err, MG_EUSAGE,
		       "template: of which action? warn, throttle, hold, "
		       "block, suspend, terminate");
}

/* To an address, or to all who are set. */
static int send_test(const struct mg_act_run *r, const char *to,
		     struct mg_err *err)
{
	const struct mg_conf_texts *admins = &r->host.settings.notices.admins;
	int rc = 0;

	if (to)
		return mg_notice_test(&r->enforcer, mg_slice_str(to), err);
	if (admins->n == 0)
		return mg_fail(err, MG_EUSAGE,
			       "test: to whom? give an address, or set "
			       "'notices.admins'");
	for (size_t i = 0; rc == 0 && i < admins->n; i++)
		rc = mg_notice_test(&r->enforcer, admins->items[i], err);
	return rc;
}

static int print_digest(const struct mg_act_run *r, struct mg_err *err)
{
	struct mg_buf text;
	int rc;

	mg_buf_init(&text, DIGEST_MAX);
	rc = mg_notice_digest(&r->enforcer, &text, err);
	if (rc == 0)
		rc = mg_buf_check(&text, "the digest", err);
	if (rc == 0)
		rc = mg_file_write_all(STDOUT_FILENO, mg_buf_slice(&text), err);
	mg_buf_release(&text);
	return rc;
}

static int send_or_print(const struct notice_opts *o, const char *to,
			 bool is_test, struct mg_err *err)
{
	struct mg_act_run r;
	int rc = mg_act_run_open(&r, &o->place, "notice", err);

	if (rc == 0)
		rc = is_test ? send_test(&r, to, err) : print_digest(&r, err);
	mg_act_run_close(&r);
	if (rc == 0 && is_test)
		printf("sendmail took it\n");
	return rc;
}

static int run(const void *opts, int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	const char *word = argc > 2 ? argv[2] : NULL;
	const bool is_test = !strcmp(verb, "test");
	const bool is_digest = !strcmp(verb, "digest");
	struct mg_err err = { 0 };
	int rc;

	if (argc > (is_digest ? 2 : 3))
		rc = mg_fail(&err, MG_EUSAGE, "'%s' is not expected",
			     argv[is_digest ? 2 : 3]);
	else if (!strcmp(verb, "template"))
		rc = print_template(word, &err);
	else if (is_test || is_digest)
		rc = send_or_print(opts, word, is_test, &err);
	else
		rc = mg_fail(&err, MG_EUSAGE,
			     "what? test [ADDRESS] sends a test, digest prints "
			     "the digest of the last day, template ACTION the "
			     "text of a letter");
	return rc < 0 ? mg_command_fail(&err) : MG_OK;
}

static const struct notice_opts defaults = {
	.place.root = "/",
};

const struct mg_command mg_cmd_notice = {
	.name = "notice",
	.operands = "test [ADDRESS] | digest | template ACTION",
	.summary = "try the mail about actions, and print what it says",
	.options = options,
	.defaults = &defaults,
	.size = sizeof(defaults),
	.run = run,
};
