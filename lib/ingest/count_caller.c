/* SPDX-License-Identifier: MIT */
/*
 * The scripts that called Exim: "cwd=DIRECTORY" comes before the message that
 * the call is for, and names it by no more than a user and, on some hosts, a
 * process id.
 */
#include "part_priv.h"

void mg_count_drop_caller(struct mg_counter *c, size_t i)
{
	c->n_callers--;
	memmove(&c->callers[i], &c->callers[i + 1],
		(c->n_callers - i) * sizeof(*c->callers));
}

static bool is_script_char(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
	       (ch >= '0' && ch <= '9') || (ch && strchr("/._-+,=:@~%", ch));
}

/* The part of a path that is in the alphabet of names: whole components. */
static struct mg_slice clean_path(struct mg_slice path)
{
	size_t n = 0;

	while (n < path.len && n < MG_ORIGIN_NAME_MAX &&
	       is_script_char(path.ptr[n]))
		n++;
	if (n < path.len) {
		n = mg_slice_rfind(mg_slice_of(path.ptr, n), '/');
		if (n == path.len)
			n = 0;
	}
	while (n > 1 && path.ptr[n - 1] == '/')
		n--;
	return mg_slice_of(path.ptr, n);
}

void mg_count_age_callers(struct mg_counter *c, int64_t at)
{
	while (c->n_callers && c->callers[0].at < at - MG_CWD_AGE_S)
		mg_count_drop_caller(c, 0);
}

static void add_caller(struct mg_counter *c, int64_t at, uint32_t pid,
		       struct mg_slice path, uint32_t account, uint32_t origin)
{
	struct mg_caller *caller;

	if (at > c->latest)
		at = c->latest;
	if (c->n_callers == MG_CWDS_MAX)
		mg_count_drop_caller(c, 0);
	mg_count_age_callers(c, at);
	caller = &c->callers[c->n_callers++];
	caller->at = at;
	caller->pid = pid;
	caller->account = account;
	caller->origin = origin;
	caller->len = (uint16_t)path.len;
	memcpy(caller->directory, path.ptr, path.len);
	if (c->part)
		mg_part_note_caller(c, at);
}

void mg_count_cwd(struct mg_counter *c, struct mg_slice directory, uint32_t pid,
		  int64_t at)
{
	const struct mg_memo_entry *e = mg_memo_find(&c->directories,
						     directory);
	struct mg_slice path = directory;
	uint32_t account, origin = 0;

	/* Exim's own spool, and the same scripts again and again. */
	if (e) {
		account = e->number;
		origin = e->other;
	} else {
		path = clean_path(directory);
		account = mg_accounts_of_path(c->accounts, path);
		if (account == MG_ACCOUNT_NONE || path.len == directory.len)
			(void)mg_memo_put(&c->directories, directory, account);
	}
	if (account != MG_ACCOUNT_NONE)
		add_caller(c, at, pid, path, account, origin);
}

void mg_count_know_caller(struct mg_counter *c, const struct mg_caller *caller,
			  uint32_t origin)
{
	struct mg_memo_entry *e = mg_memo_find(
		&c->directories, mg_slice_of(caller->directory, caller->len));

	if (e)
		e->other = origin + 1;
}

void mg_counter_restore_caller(struct mg_counter *c, const struct mg_cwd *cwd)
{
	mg_count_cwd(c, cwd->directory, cwd->pid, cwd->at);
}

size_t mg_count_find_caller(const struct mg_counter *c, uint32_t account,
			    const struct mg_exim_line *line, int64_t at)
{
	for (size_t i = c->n_callers; i-- > 0;) {
		const struct mg_caller *caller = &c->callers[i];

		if (caller->account == account && caller->pid == line->pid &&
		    caller->at >= at - MG_CWD_AGE_S)
			return i;
	}
	return c->n_callers;
}
