/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mailguard/buf.h"
#include "mailguard/num.h"

#define ANCESTORS_MAX 32
#define FILE_MAX (1U << 20) /* bytes of an environment */
#define NAME "SSH_CONNECTION"

/* "192.0.2.7 50022 192.0.2.1 22", ssh(1). */
static bool take(struct mg_slice value, struct mg_session *out)
{
	struct mg_slice address, unused;
	uint64_t port = 0;

	if (!mg_slice_cut_at(&value, ' ', &address) ||
	    !mg_ip_parse(address, &out->peer))
		return false;
	if (!mg_slice_cut_at(&value, ' ', &unused) ||
	    !mg_slice_cut_at(&value, ' ', &unused) ||
	    !mg_num_parse(value, UINT16_MAX, &port))
		port = 0;
	out->port = (uint16_t)port;
	return true;
}

static bool read_of(const struct mg_root *root, uint64_t pid, const char *file,
		    struct mg_buf *out)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%llu/%s",
		       (unsigned long long)pid, file);
	mg_buf_clear(out);
	return mg_root_read(root, path, out, NULL) == 0;
}

static bool take_environment(struct mg_slice all, struct mg_session *out)
{
	struct mg_slice one;

	while (mg_slice_cut_at(&all, '\0', &one))
		if (mg_slice_cut_lit(&one, MG_LIT(NAME "=")))
			return take(one, out);
	return false;
}

/* "7 (a name) S 1 ...": a name may have parentheses of its own, proc(5). */
static bool take_parent(struct mg_slice stat, uint64_t *pid)
{
	size_t at = stat.len;

	while (at && stat.ptr[at - 1] != ')')
		at--;
	stat = mg_slice_from(stat, at);
	if (stat.len < 4) /* " S 1" */
		return false;
	stat = mg_slice_from(stat, 3);
	return mg_num_cut(&stat, INT32_MAX, pid) && *pid > 1;
}

bool mg_session_find(const struct mg_root *root, struct mg_session *out)
{
	const char *own = secure_getenv(NAME);
	uint64_t pid = (uint64_t)getppid();
	struct mg_buf text;
	bool is_known = own && take(mg_slice_str(own), out);

	mg_buf_init(&text, FILE_MAX);
	for (int i = 0; !is_known && i < ANCESTORS_MAX; i++) {
		is_known = read_of(root, pid, "environ", &text) &&
			   take_environment(mg_buf_slice(&text), out);
		if (!read_of(root, pid, "stat", &text) ||
		    !take_parent(mg_buf_slice(&text), &pid))
			break;
	}
	mg_buf_release(&text);
	return is_known;
}
