/* SPDX-License-Identifier: MIT */
/*
 * Who is logged in, or was: utmp, wtmp, and the sessions of systemd-logind.
 *
 * A stranger can choose the name of the host that he comes from, which stands in
 * all of them, and no more. Records of utmp have one layout, and the field of
 * that name is not looked at. Of a session it is compared with nothing, and taken
 * for an address or left; logind writes line ends in it as two letters.
 */
#include "exempt_priv.h"

#include <stdio.h>
#include <string.h>

#include "mailguard/num.h"

#define DAYS_S ((int64_t)90 * 86400)

/* utmp(5): 384 bytes on all that Debian 12 runs on with 64 bits. */
#define RECORD_BYTES 384
#define AT_TYPE 0
#define AT_USER 44
#define USER_BYTES 32
#define AT_TIME 340
#define AT_ADDRESS 348
#define USER_PROCESS 7

#define SESSIONS "/run/systemd/sessions"
#define NAMES_MAX 65536 /* bytes of those of sessions */

static bool is_word_of(struct mg_slice list, struct mg_slice name)
{
	struct mg_slice word;

	while (mg_slice_cut_at(&list, ',', &word))
		if (mg_slice_is(word, name))
			return true;
	return mg_slice_is(list, name);
}

/* "wheel:x:10:alice,bob" */
static bool is_member(struct mg_slice groups, struct mg_slice user)
{
	struct mg_slice line, name, unused;

	while (mg_slice_cut_line(&groups, &line))
		if (mg_slice_cut_at(&line, ':', &name) &&
		    (mg_slice_is(name, MG_LIT("wheel")) ||
		     mg_slice_is(name, MG_LIT("sudo")) ||
		     mg_slice_is(name, MG_LIT("admin"))) &&
		    mg_slice_cut_at(&line, ':', &unused) &&
		    mg_slice_cut_at(&line, ':', &unused) &&
		    is_word_of(line, user))
			return true;
	return false;
}

static bool is_admin(struct mg_slice groups, struct mg_slice user)
{
	return mg_slice_is(user, MG_LIT("root")) ||
	       (user.len && is_member(groups, user));
}

static int32_t number_at(const char *record, size_t at)
{
	int32_t n;

	memcpy(&n, record + at, sizeof(n));
	return n;
}

/* Only the first four bytes are those of an address of IPv4. */
static struct mg_ip ip_at(const char *record)
{
	struct mg_ip ip = { .bytes = { [10] = 0xff, [11] = 0xff } };

	if (number_at(record, AT_ADDRESS + 4) ||
	    number_at(record, AT_ADDRESS + 8) ||
	    number_at(record, AT_ADDRESS + 12))
		memcpy(ip.bytes, record + AT_ADDRESS, 16);
	else
		memcpy(&ip.bytes[12], record + AT_ADDRESS, 4);
	return ip;
}

static void add_records(struct mg_force *force, struct mg_slice text,
			struct mg_slice groups, int64_t since)
{
	for (; text.len >= RECORD_BYTES;
	     text = mg_slice_from(text, RECORD_BYTES)) {
		const char *record = text.ptr;
		const struct mg_slice user =
			mg_slice_of(record + AT_USER,
				    strnlen(record + AT_USER, USER_BYTES));
		const struct mg_ip ip = ip_at(record);

		if ((int16_t)number_at(record, AT_TYPE) == USER_PROCESS &&
		    (uint32_t)number_at(record, AT_TIME) >= since &&
		    is_admin(groups, user))
			mg_exempt_add_ip(force, &ip);
	}
}

/* "USER=root", "REMOTE_HOST=192.0.2.1". */
static void add_session(struct mg_force *force, struct mg_slice text,
			struct mg_slice groups)
{
	struct mg_slice line, user = MG_LIT(""), host = MG_LIT("");
	struct mg_ip ip;

	while (mg_slice_cut_line(&text, &line)) {
		if (mg_slice_cut_lit(&line, MG_LIT("USER=")))
			user = line;
		else if (mg_slice_cut_lit(&line, MG_LIT("REMOTE_HOST=")))
			host = line;
	}
	if (is_admin(groups, user) && mg_ip_parse(host, &ip))
		mg_exempt_add_ip(force, &ip);
}

static void add_sessions(const struct mg_root *root, struct mg_slice groups,
			 struct mg_force *force)
{
	struct mg_file_info info;
	struct mg_buf names, text;
	struct mg_slice left, name;

	mg_buf_init(&names, NAMES_MAX);
	if (mg_root_list(root, SESSIONS, &names, &info, NULL))
		mg_buf_clear(&names);
	left = mg_buf_slice(&names);
	while (mg_slice_cut_at(&left, '\0', &name)) {
		char path[sizeof(SESSIONS) + 256];
		const int n = snprintf(path, sizeof(path), SESSIONS "/%s",
				       name.ptr);

		if (n < 0 || (size_t)n >= sizeof(path))
			continue;
		mg_exempt_read(root, path, &text);
		add_session(force, mg_buf_slice(&text), groups);
		mg_buf_release(&text);
	}
	mg_buf_release(&names);
}

void mg_exempt_add_logins(const struct mg_root *root, int64_t now,
			  struct mg_force *force)
{
	/* Who is in utmp is there now, since whenever. */
	const struct {
		const char *path;
		int64_t since;
	} files[] = {
		{ "/run/utmp", 0 },
		{ "/var/log/wtmp", now - DAYS_S },
		{ "/var/log/wtmp.1", now - DAYS_S },
	};
	struct mg_buf groups, text;

	mg_exempt_read(root, "/etc/group", &groups);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		mg_exempt_read(root, files[i].path, &text);
		add_records(force, mg_buf_slice(&text), mg_buf_slice(&groups),
			    files[i].since);
		mg_buf_release(&text);
	}
	add_sessions(root, mg_buf_slice(&groups), force);
	mg_buf_release(&groups);
}
