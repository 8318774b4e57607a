/* SPDX-License-Identifier: MIT */
/*
 * What a hook is told, in its two forms, and what it may be told.
 */
#include "hook_priv.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include "mailguard/account.h"
#include "mailguard/address.h"
#include "mailguard/json.h"

#define KEY_MAX 64
#define VALUE_MAX 65536 /* bytes of a variable; the kernel takes 128 KiB */
#define N_FIELDS 18

const char *const mg_hook_words[MG_HOOK_N_VERBS] = {
	"",          "warn",     "throttle", "release", "suspend", "unsuspend",
	"terminate", "password", "sessions", "notify",  "query",
};

/* --- whether it may be told --- */

static bool is_key(struct mg_slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		const char c = s.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '-'))
			return false;
	}
	return s.len > 0 && s.len <= KEY_MAX && s.ptr[0] != '-';
}

static bool is_domain(struct mg_slice s)
{
	char canonical[MG_DOMAIN_MAX];
	const size_t len = mg_domain_canonical(s, canonical);

	return len && s.ptr[0] != '-' &&
	       mg_slice_is(s, mg_slice_of(canonical, len));
}

/* A login without a domain is that of a system user. */
static bool is_mailbox(struct mg_slice s)
{
	char canonical[MG_MAILBOX_MAX];
	const size_t len = mg_mailbox_canonical(s, canonical);

	if (len == 0)
		return mg_account_name_is_valid(s);
	return mg_slice_is(s, mg_slice_of(canonical, len)) &&
	       is_domain(mg_address_domain(s));
}

static bool is_subject(const struct mg_hook_call *c)
{
	if (mg_slice_is(c->per, MG_LIT("mailbox")))
		return is_mailbox(c->subject);
	if (mg_slice_is(c->per, MG_LIT("domain")))
		return is_domain(c->subject);
	return mg_slice_is(c->per, MG_LIT("account")) &&
	       mg_slice_is(c->subject, c->account);
}

/* A hook may do to it what it likes: never to root or a system's user. */
static bool is_customer(const struct mg_hook_call *c)
{
	return mg_account_name_is_valid(c->account) &&
	       !mg_slice_is(c->account, MG_LIT("root")) &&
	       c->uid >= MG_HOOK_UID_MIN && c->uid <= UINT_MAX;
}

int mg_hook_check(const struct mg_hook_call *c, struct mg_err *err)
{
	const bool is_about_nobody = c->verb == MG_HOOK_NOTIFY &&
				     c->per.len == 0 && c->account.len == 0;
	const char *what = NULL;

	if (!is_key(c->key))
		what = "key";
	else if (!is_about_nobody && !is_customer(c))
		what = "account (a valid name and the user id of a customer)";
	else if (!is_about_nobody && !is_subject(c))
		what = "subject";
	else if (c->domain.len && !is_domain(c->domain))
		what = "domain";
	else if (c->owner.len && !mg_account_name_is_valid(c->owner))
		what = "owner";
	if (what)
		return mg_fail(err, MG_EPARSE,
			       "no hook is run for what has no proper %s",
			       what);
	return 0;
}

/* --- the same as JSON and as variables --- */

struct field {
	const char *key;
	enum { TEXT, LINES, NUMBER, FLAG } type;
	struct mg_slice text;
	int64_t number;
	bool is_null;
};

static struct mg_slice cut(struct mg_slice s, size_t max)
{
	return mg_slice_of(s.ptr, s.len < max ? s.len : max);
}

static struct field text(const char *key, struct mg_slice s)
{
	return (struct field){ .key = key,
			       .type = TEXT,
			       .text = cut(s, MG_HOOK_REASON_MAX),
			       .is_null = s.len == 0 };
}

static struct field number(const char *key, int64_t n, bool is_null)
{
	return (struct field){
		.key = key, .type = NUMBER, .number = n, .is_null = is_null
	};
}

/* KIND:NAME, the SUBJECT of the commands. */
static struct mg_slice subject_of(const struct mg_hook_call *c,
				  struct mg_buf *room)
{
	mg_buf_init(room, MG_MAILBOX_MAX + 16);
	if (c->per.len == 0)
		return mg_slice_of("", 0);
	mg_buf_add(room, c->per);
	mg_buf_add_char(room, ':');
	mg_buf_add(room, c->subject);
	return mg_buf_slice(room);
}

static void list_fields(const struct mg_hook_call *c, struct mg_slice subject,
			struct field out[N_FIELDS])
{
	const struct field all[] = {
		number("schema", MG_HOOK_SCHEMA, false),
		text("key", c->key),
		text("verb", mg_slice_str(mg_hook_words[c->verb])),
		text("of", mg_slice_str(mg_hook_words[c->of])),
		text("subject", subject),
		text("kind", c->per),
		text("name", c->subject),
		text("domain", c->domain),
		text("account", c->account),
		number("uid", c->uid, c->uid < 0),
		text("owner", c->owner),
		{ .key = "login", .type = FLAG, .number = c->with_login },
		text("clause", c->clause),
		text("reason", c->reason),
		number("until", c->until, c->until == 0),
		{ .key = "evidence",
		  .type = TEXT,
		  .text = c->evidence,
		  .is_null = c->evidence.len == 0 },
		text("title", c->title),
		{ .key = "text",
		  .type = LINES,
		  .text = cut(c->text, VALUE_MAX / 4),
		  .is_null = c->text.len == 0 },
	};

	_Static_assert(sizeof(all) / sizeof(*all) == N_FIELDS, "the room");
	memcpy(out, all, sizeof(all));
}

static void add_json_value(const struct field *f, struct mg_buf *out)
{
	if (f->is_null)
		mg_buf_add_str(out, "null");
	else if (f->type == NUMBER)
		mg_buf_add_fmt(out, "%lld", (long long)f->number);
	else if (f->type == FLAG)
		mg_buf_add_str(out, f->number ? "true" : "false");
	else
		mg_json_add_string(out, f->text);
}

void mg_hook_add_json(const struct mg_hook_call *call, struct mg_buf *out)
{
	struct field fields[N_FIELDS];
	struct mg_buf room;

	list_fields(call, subject_of(call, &room), fields);
	for (size_t i = 0; i < N_FIELDS; i++) {
		mg_buf_add_fmt(out, "%s\"%s\":", i ? "," : "{", fields[i].key);
		add_json_value(&fields[i], out);
	}
	mg_buf_add_str(out, "}\n");
	mg_buf_release(&room);
}

static void add_lines(struct mg_slice text, struct mg_buf *out)
{
	struct mg_slice line;

	while (mg_slice_cut_line(&text, &line)) {
		mg_buf_add_printable(out, line);
		if (text.len)
			mg_buf_add_char(out, '\n');
	}
}

static void add_variable(const struct field *f, struct mg_buf *out)
{
	mg_buf_add_str(out, "MAILGUARD_");
	for (const char *c = f->key; *c; c++)
		mg_buf_add_char(out, (char)(*c - 'a' + 'A'));
	mg_buf_add_char(out, '=');
	if (f->is_null)
		return;
	if (f->type == NUMBER)
		mg_buf_add_fmt(out, "%lld", (long long)f->number);
	else if (f->type == FLAG)
		mg_buf_add_str(out, f->number ? "1" : "0");
	else if (f->type == LINES)
		add_lines(f->text, out);
	else
		mg_buf_add_printable(out, f->text);
}

/* Where this program is, for hooks that call it. */
static void add_self(struct mg_buf *out)
{
	struct mg_buf self;

	mg_buf_init(&self, PATH_MAX);
	if (mg_file_resolve("/proc/self/exe", true, &self) == 0)
		mg_buf_add(out, mg_buf_slice(&self));
	else
		mg_buf_add_str(out, "mailguard");
	mg_buf_release(&self);
}

void mg_hook_env(const struct mg_hook_host *host,
		 const struct mg_hook_call *call, struct mg_slice path,
		 struct mg_arena *arena, const char *out[MG_HOOK_ENV_MAX])
{
	const struct {
		const char *name;
		struct mg_slice value;
	} fixed[] = {
		{ "MAILGUARD_HOOK=", path },
		{ "MAILGUARD_ROOT=",
		  mg_slice_str(host->told_root ? host->told_root
					       : host->root->path) },
		{ "MAILGUARD_STATE=", host->state },
	};
	struct field fields[N_FIELDS];
	struct mg_buf room, value;
	size_t n = 0;

	list_fields(call, subject_of(call, &room), fields);
	mg_buf_init(&value, VALUE_MAX);
	out[n++] = "PATH=/usr/local/sbin:/usr/local/bin:"
		   "/usr/sbin:/usr/bin:/sbin:/bin";
	out[n++] = "LC_ALL=C";
	out[n++] = "HOME=/";
	for (size_t i = 0; i < N_FIELDS; i++) {
		mg_buf_clear(&value);
		add_variable(&fields[i], &value);
		out[n++] = mg_arena_copy_text(arena, mg_buf_slice(&value));
	}
	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++) {
		mg_buf_clear(&value);
		mg_buf_add_str(&value, fixed[i].name);
		mg_buf_add(&value, fixed[i].value);
		out[n++] = mg_arena_copy_text(arena, mg_buf_slice(&value));
	}
	mg_buf_clear(&value);
	mg_buf_add_str(&value, "MAILGUARD_PROGRAM=");
	add_self(&value);
	out[n++] = mg_arena_copy_text(arena, mg_buf_slice(&value));
	out[n++] = NULL;
	assert(n <= MG_HOOK_ENV_MAX);
	mg_buf_release(&value);
	mg_buf_release(&room);
}
