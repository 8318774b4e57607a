/* SPDX-License-Identifier: MIT */
/*
 * Its one effect on the host is what the hook does: it runs one program, which
 * root alone could have put there.
 */
#include "hook_priv.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/supervise.h"

#define FOLDER_BYTES_MAX 65536 /* of the names in it */
#define CALL_MAX (1U << 20)    /* bytes of a call as JSON */

const char *const mg_hook_result_words[] = {
	"done",    "skipped", "later",    "failed",  "lost",
	"not-run", "done",    "not-done", "unknown",
};

/* --- which there are --- */

static bool is_hook_name(struct mg_slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		const char c = s.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return s.len > 0 && s.len < MG_HOOK_NAME_MAX && s.ptr[0] != '-';
}

static int take_names(struct mg_slice names, struct mg_hooks *out,
		      struct mg_err *err)
{
	struct mg_slice name;

	while (mg_slice_cut_at(&names, '\0', &name)) {
		if (!is_hook_name(name))
			continue;
		if (out->n == MG_HOOKS_MAX)
			return mg_fail(err, MG_ELIMIT,
				       "'%s' has more than %d hooks",
				       out->folder, MG_HOOKS_MAX);
		memcpy(out->names[out->n], name.ptr, name.len);
		out->names[out->n++][name.len] = '\0';
	}
	return 0;
}

int mg_hooks_find(const struct mg_root *root, struct mg_slice folder,
		  struct mg_hooks *out, struct mg_err *err)
{
	struct mg_file_info info;
	struct mg_buf names;
	int rc;

	*out = (struct mg_hooks){ .n = 0 };
	if (folder.len >= sizeof(out->folder))
		return mg_fail(err, MG_ELIMIT,
			       "the hooks' directory has too "
			       "long a name");
	memcpy(out->folder, folder.ptr, folder.len);
	mg_buf_init(&names, FOLDER_BYTES_MAX);
	rc = mg_root_list(root, out->folder, &names, &info, err);
	if (rc == 0)
		rc = take_names(mg_buf_slice(&names), out, err);
	mg_buf_release(&names);
	return rc == 1 ? 0 : rc;
}

/* --- what one says --- */

/* The answer alone, on a line: anything beside it is no answer. */
static enum mg_hook_result answer_of(const struct mg_ended *e)
{
	struct mg_slice said = mg_buf_slice(&e->out), line;

	if (e->code != 0 || !mg_slice_cut_line(&said, &line) || said.len)
		return MG_HOOK_UNKNOWN;
	if (mg_slice_is(line, MG_LIT("done")))
		return MG_HOOK_IS_DONE;
	if (mg_slice_is(line, MG_LIT("not-done")))
		return MG_HOOK_IS_NOT_DONE;
	return MG_HOOK_UNKNOWN;
}

static enum mg_hook_result result_of(const struct mg_ended *e, bool is_query)
{
	if (e->how == MG_END_NOT_RUN)
		return MG_HOOK_NOT_RUN;
	if (is_query && e->how != MG_END_STATUS)
		return MG_HOOK_UNKNOWN;
	if (e->how != MG_END_STATUS)
		return MG_HOOK_LOST;
	if (e->code == MG_HOOK_EXIT_NOT_MINE)
		return MG_HOOK_SKIPPED;
	if (is_query)
		return answer_of(e);
	if (e->code == MG_HOOK_EXIT_LATER)
		return MG_HOOK_LATER;
	return e->code == 0 ? MG_HOOK_DONE : MG_HOOK_FAILED;
}

/* Real-time signals have no name. */
static const char *signal_name(int number)
{
	const char *name = sigabbrev_np(number);

	return name ? name : "no name";
}

/* What comes next stands apart from what is there. */
static struct mg_buf *next(struct mg_buf *out)
{
	if (out->len)
		mg_buf_add_str(out, "; ");
	return out;
}

static void describe(const struct mg_ended *e, int64_t seconds,
		     struct mg_buf *out)
{
	switch (e->how) {
	case MG_END_STATUS:
		if (e->code)
			mg_buf_add_fmt(out, "it ended with status %d", e->code);
		break;
	case MG_END_SIGNAL:
		mg_buf_add_fmt(out, "it was ended by signal %d (%s)", e->code,
			       signal_name(e->code));
		break;
	case MG_END_TIME:
		mg_buf_add_fmt(out, "it took more than %lld s and was ended",
			       (long long)seconds);
		break;
	case MG_END_NOT_RUN:
		mg_buf_add_fmt(out, "it could not be run: %s",
			       strerrordesc_np(e->code));
		break;
	case MG_END_LOST:
		mg_buf_add_str(out, "who watched it was killed");
		break;
	}
	if (e->has_left)
		mg_buf_add_str(next(out), "it left processes behind");
	if (e->is_cut)
		mg_buf_add_str(next(out), "it printed more than is kept");
}

/* As much as fits. */
static void add_output(struct mg_slice said, struct mg_buf *out)
{
	size_t room;

	while (said.len && said.ptr[said.len - 1] == '\n')
		said.len--;
	if (said.len == 0)
		return;
	(void)next(out);
	room = out->max - out->len;
	mg_buf_add(out,
		   mg_slice_of(said.ptr, said.len < room ? said.len : room));
}

/* What is printed about a password may be the password, whatever the contract
   says. */
static void add_detail(const struct mg_ended *e, int64_t seconds,
		       bool is_of_password, struct mg_buf *out)
{
	struct mg_buf words;

	mg_buf_init(&words, out->max - out->len);
	describe(e, seconds, &words);
	if (!is_of_password) {
		add_output(mg_buf_slice(&e->errors), &words);
		add_output(mg_buf_slice(&e->out), &words);
	} else if (e->errors.len + e->out.len) {
		add_output(MG_LIT("what it printed is not kept"), &words);
	}
	mg_buf_add(out, mg_buf_slice(&words));
	mg_buf_release(&words);
}

/* --- running one --- */

static int run_open(const struct mg_hook_host *host, int fd, const char *path,
		    const struct mg_hook_call *call, struct mg_ended *ended,
		    struct mg_err *err)
{
	const char *const argv[] = { path, mg_hook_words[call->verb], NULL };
	const char *env[MG_HOOK_ENV_MAX];
	struct mg_arena arena = { .last = NULL };
	struct mg_buf input;
	int rc;

	mg_buf_init(&input, CALL_MAX);
	mg_hook_add_json(call, &input);
	mg_hook_env(host, call, mg_slice_str(path), &arena, env);
	rc = mg_buf_check(&input, "what a hook is told", err);
	if (rc == 0)
		rc = mg_supervise(
			&(struct mg_supervised){
				.fd = fd,
				.argv = argv,
				.env = env,
				.input = mg_buf_slice(&input),
				.seconds = host->seconds,
				.grace_s = host->grace_s,
				.lock_fd = host->lock_fd,
			},
			ended, err);
	mg_buf_release(&input);
	mg_arena_release(&arena);
	return rc;
}

int mg_hook_run(const struct mg_hook_host *host, const struct mg_hooks *hooks,
		const char *name, const struct mg_hook_call *call,
		enum mg_hook_result *result, struct mg_buf *detail,
		struct mg_err *err)
{
	char path[sizeof(hooks->folder) + MG_HOOK_NAME_MAX];
	struct mg_ended ended = { .how = MG_END_NOT_RUN };
	struct mg_err why = { 0 };
	int fd = -1, rc;

	*result = MG_HOOK_NOT_RUN;
	rc = mg_hook_check(call, err);
	if (rc < 0)
		return rc;
	(void)snprintf(path, sizeof(path), "%s/%s", hooks->folder, name);
	rc = mg_root_open_program(host->root, path, &fd, &why);
	if (rc == 1)
		rc = mg_fail(&why, MG_ECONF, "'%s' is gone", path);
	if (rc == 0)
		rc = run_open(host, fd, path, call, &ended, &why);
	mg_file_close(&fd);
	if (rc < 0) {
		mg_buf_add_str(detail, why.text);
	} else {
		*result = result_of(&ended, call->verb == MG_HOOK_QUERY);
		add_detail(&ended, host->seconds,
			   call->verb == MG_HOOK_PASSWORD, detail);
	}
	mg_ended_release(&ended);
	return 0;
}
