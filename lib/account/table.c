/* SPDX-License-Identifier: MIT */
/*
 * Files of the host: read whole, and remembered as they were.
 */
#include "account_priv.h"

#include "mailguard/limits.h"
#include "mailguard/num.h"
#include "mailguard/vec.h"

/* info is NULL where there is nothing. */
static int note(struct mg_accounts *a, const char *path,
		const struct mg_file_info *info, struct mg_err *err)
{
	struct mg_table_file *f;

	if (a->n_files == MG_TABLE_FILES_MAX)
		return mg_fail(err, MG_ELIMIT,
			       "the account tables have more than %d files",
			       MG_TABLE_FILES_MAX);
	a->files = mg_vec_room(a->files, a->n_files, &a->cap_files,
			       sizeof(*a->files));
	f = &a->files[a->n_files++];
	*f = (struct mg_table_file){
		.path = mg_arena_copy(&a->text,
				      mg_slice_of(path, strlen(path) + 1)),
		.is_missing = !info,
	};
	if (info)
		f->info = *info;
	return 0;
}

static int each_line(const struct mg_table *t, struct mg_slice text,
		     mg_table_line_fn fn, void *arg, struct mg_err *err)
{
	struct mg_slice line;
	unsigned number = 0;

	if (t->is_export && text.len && text.ptr[text.len - 1] != '\n')
		return mg_fail(err, MG_EPARSE,
			       "'%s': the last line has no end: it was cut",
			       t->path);

	while (mg_slice_cut_line(&text, &line)) {
		int rc;

		number++;
		if (line.len && line.ptr[line.len - 1] == '\r')
			line.len--; /* edited on another system */
		line = mg_slice_trim(line);
		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		rc = fn(arg, line, err);
		if (rc < 0) {
			mg_err_prefix(err, "'%s':%u", t->path, number);
			return rc;
		}
	}
	return 0;
}

int mg_table_lines(const struct mg_table *t, mg_table_line_fn fn, void *arg,
		   struct mg_err *err)
{
	struct mg_file_info info;
	struct mg_buf text;
	int rc, noted = 0;

	mg_buf_init(&text, t->bytes_max);
	rc = mg_root_read_info(t->root, t->path, &text, &info, err);
	if (rc >= 0)
		noted = note(t->a, t->path, rc == 0 ? &info : NULL, err);
	if (noted < 0)
		rc = noted;
	if (rc == 0)
		rc = each_line(t, mg_buf_slice(&text), fn, arg, err);
	mg_buf_release(&text);
	return rc;
}

struct pairs {
	const struct mg_table *table;
	mg_table_pair_fn fn;
	void *arg;
};

static int take_pair(void *arg, struct mg_slice line, struct mg_err *err)
{
	const struct pairs *p = arg;
	struct mg_slice key;

	if (mg_slice_cut_at(&line, p->table->separator, &key))
		return p->fn(p->arg, mg_slice_trim(key), mg_slice_trim(line),
			     err);
	if (p->table->is_lenient)
		return 0;
	return mg_fail(err, MG_EPARSE, "expected 'name%svalue'",
		       p->table->separator == ':' ? ": " : "=");
}

int mg_table_pairs(const struct mg_table *t, mg_table_pair_fn fn, void *arg,
		   struct mg_err *err)
{
	struct pairs p = { .table = t, .fn = fn, .arg = arg };

	return mg_table_lines(t, take_pair, &p, err);
}

int mg_table_list(struct mg_accounts *a, const struct mg_root *root,
		  const char *path, struct mg_buf *names, struct mg_err *err)
{
	struct mg_file_info info;
	int rc, noted;

	mg_buf_init(names, MG_TABLE_MAX);
	rc = mg_root_list(root, path, names, &info, err);
	if (rc < 0)
		return rc;
	noted = note(a, path, rc == 0 ? &info : NULL, err);
	return noted < 0 ? noted : rc;
}

bool mg_table_name_cut(struct mg_slice *names, struct mg_slice *out)
{
	return mg_slice_cut_at(names, '\0', out);
}

static bool is_same(const struct mg_table_file *f, int looked,
		    const struct mg_file_info *now)
{
	if (f->is_missing || looked != 0)
		return f->is_missing && looked == 1;
	return f->info.dev == now->dev && f->info.ino == now->ino &&
	       f->info.size_bytes == now->size_bytes &&
	       f->info.mtime_ns == now->mtime_ns && f->info.uid == now->uid &&
	       f->info.mode == now->mode;
}

bool mg_accounts_are_stale(const struct mg_accounts *a,
			   const struct mg_root *root)
{
	for (size_t i = 0; i < a->n_files; i++) {
		const struct mg_table_file *f = &a->files[i];
		struct mg_file_info now;
		const int looked = mg_root_look(root, f->path.ptr, &now, NULL);

		if (!is_same(f, looked, &now))
			return true;
	}
	return false;
}

/*
 * Who runs mailguard may own them: without root, from copies. The number of
 * the first customer of a host is often that of the first user of a desktop.
 */
int mg_accounts_check_files(const struct mg_accounts *a, struct mg_err *err)
{
	for (size_t i = 0; i < a->n_files; i++) {
		const struct mg_table_file *f = &a->files[i];
		uint32_t owner = MG_ACCOUNT_NONE;

		if (f->is_missing)
			continue;
		if (f->info.uid != 0 && !mg_file_is_ours(&f->info))
			owner = mg_accounts_uid(a, f->info.uid);
		if (owner != MG_ACCOUNT_NONE)
			return mg_fail(err, MG_ECONF,
				       "'%s' belongs to the account '%.*s', "
				       "who could write anything into it",
				       f->path.ptr,
				       MG_SLICE_ARG(a->accounts[owner].name));
		if (f->info.mode & 02)
			return mg_fail(err, MG_ECONF,
				       "'%s' can be written by everybody "
				       "(mode %04o)",
				       f->path.ptr, f->info.mode);
	}
	return 0;
}

/* What servers' users are called by Debian, RHEL, cPanel and DirectAdmin. */
static const struct {
	struct mg_slice name;
	enum mg_account_server server;
} server_users[] = {
	{ MG_LIT_INIT("Debian-exim"), MG_SERVER_EXIM },
	{ MG_LIT_INIT("exim"), MG_SERVER_EXIM },
	{ MG_LIT_INIT("mailnull"), MG_SERVER_EXIM },
	{ MG_LIT_INIT("mail"), MG_SERVER_EXIM },
	{ MG_LIT_INIT("postfix"), MG_SERVER_POSTFIX },
	{ MG_LIT_INIT("dovecot"), MG_SERVER_DOVECOT },
	{ MG_LIT_INIT("dovenull"), MG_SERVER_DOVECOT },
};

static void note_server(struct mg_accounts *a, struct mg_slice user,
			uint64_t uid)
{
	for (size_t i = 0; i < sizeof(server_users) / sizeof(*server_users);
	     i++)
		if (mg_slice_is(user, server_users[i].name))
			mg_map_add(&a->servers, mg_account_uid_hash(uid),
				   server_users[i].server);
}

/* "user:password:uid:gid:name:home:shell", of which user is cut already. */
static int take_passwd(void *arg, struct mg_slice user, struct mg_slice rest,
		       struct mg_err *err)
{
	enum { PASSWORD, UID, GID, NAME, HOME, FIELDS };
	struct mg_accounts *a = arg;
	const uint32_t i = mg_accounts_next_user(a, user);
	struct mg_slice field[FIELDS];
	uint64_t uid;

	(void)err; /* a line of another shape is some other program's matter */
	for (int f = 0; f < FIELDS; f++)
		if (!mg_slice_cut_at(&rest, ':', &field[f]))
			return 0;
	if (mg_num_parse(field[UID], UINT32_MAX, &uid)) {
		note_server(a, user, uid);
		if (i != MG_ACCOUNT_NONE) {
			mg_map_add(&a->by_uid, mg_account_uid_hash(uid), i);
			a->accounts[i].uid = (int64_t)uid;
		}
	}
	if (i != MG_ACCOUNT_NONE)
		mg_accounts_set_home(a, i, field[HOME]);
	return 0;
}

int mg_accounts_read_passwd(struct mg_accounts *a, const struct mg_root *root,
			    struct mg_err *err)
{
	const struct mg_table t = { .a = a,
				    .root = root,
				    .path = "/etc/passwd",
				    .bytes_max = MG_TABLE_MAX,
				    .separator = ':',
				    .is_lenient = true };
	int rc;

	mg_map_reserve(&a->by_uid, a->n_accounts);
	mg_map_reserve(&a->by_home, a->n_accounts);
	rc = mg_table_pairs(&t, take_passwd, a, err);
	return rc < 0 ? rc : 0;
}
