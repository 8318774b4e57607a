/* SPDX-License-Identifier: MIT */
#include "mailguard/login.h"

#include <stdbool.h>

#include "mailguard/buf.h"
#include "mailguard/file.h"
#include "mailguard/num.h"

#define LOGINUID "/proc/self/loginuid"
#define UNSET UINT32_MAX /* (uid_t)-1: no login came before */

static bool is_set;
static uint32_t set_uid;

void mg_login_set_uid(uint32_t uid)
{
	is_set = true;
	set_uid = uid;
}

static uint32_t read_uid(void)
{
	struct mg_err unused = { 0 };
	struct mg_buf text;
	struct mg_slice digits;
	uint64_t n = UNSET;

	mg_buf_init(&text, 64);
	if (mg_file_read_trusted(LOGINUID, &text, &unused) == 0) {
		digits = mg_buf_slice(&text);
		if (digits.len && digits.ptr[digits.len - 1] == '\n')
			digits.len--;
		if (!mg_num_parse(digits, UINT32_MAX, &n))
			n = UNSET;
	}
	mg_buf_release(&text);
	return (uint32_t)n;
}

int mg_login_uid(uint32_t *out, struct mg_err *err)
{
	const uint32_t uid = is_set ? set_uid : read_uid();

	if (uid == UNSET)
		return mg_fail(err, MG_ECONF,
			       "nobody is logged in here, by '%s', so nobody "
			       "can tell who approves: log in with an account "
			       "of your own (with pam_loginuid(8)), and use "
			       "sudo from there",
			       LOGINUID);
	*out = uid;
	return 0;
}
