/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include "mailguard/spawn.h"

#define SAID_MAX 4096 /* bytes of what it complains about */

static int refuse(const char *path, const char *what, const struct mg_buf *said,
		  struct mg_err *err)
{
	struct mg_slice text = mg_buf_slice(said), line = MG_LIT("");
	struct mg_buf clean;
	int rc;

	mg_buf_init(&clean, MG_ERR_TEXT_MAX);
	(void)mg_slice_cut_line(&text, &line);
	mg_buf_add_printable(&clean, line);
	rc = mg_fail(err, MG_ECONF, "'%s' refuses %s: %s", path, what,
		     clean.len ? clean.ptr : "no reason");
	mg_buf_release(&clean);
	return rc;
}

int mg_tool_run(const struct mg_root *root, const struct mg_tool *tool,
		struct mg_err *err)
{
	char path[PATH_MAX];
	struct mg_buf said;
	const struct mg_program p = { .path = path,
				      .argv = tool->argv,
				      .input = tool->input,
				      .seconds = tool->seconds,
				      .out = tool->out,
				      .errors = &said };
	int status, rc = mg_program_find(root, tool->argv[0], path, err);

	if (rc < 0)
		return rc;
	mg_buf_init(&said, SAID_MAX);
	rc = mg_program_run(&p, &status, err);
	if (rc == 0 && status)
		rc = refuse(path, tool->what, &said, err);
	mg_buf_release(&said);
	return rc;
}
