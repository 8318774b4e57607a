/* SPDX-License-Identifier: MIT */
#include "mailguard/json_pick.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include <json-c/json.h>

#include "mailguard/ask.h"
#include "mailguard/num.h"

/* --- in the child, or for who asks --- */

/*
 * json-c lets the last of two members of a name win. Outside of strings a valid
 * text has a colon for each member, and the tree has only those that won. It
 * also takes 'a' for "a", and NaN, with bytes that no valid text has there: then
 * the count is SIZE_MAX.
 */
static size_t count_colons(struct mg_slice text)
{
	bool is_string = false;
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		const char c = text.ptr[i];

		if (c == '"')
			is_string = !is_string;
		else if (is_string)
			i += c == '\\';
		else if (c == '\0' || !strchr("{}[]:,+-.0123456789eE"
					      "truefalsn \t\r\n",
					      c))
			return SIZE_MAX;
		else
			n += c == ':';
	}
	return n;
}

/* As deep as the tokener lets a text be. */
static size_t count_members(struct json_object *o)
{
	size_t n = 0;

	if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, key, value)
		{
			(void)key;
			n += 1 + count_members(value);
		}
	} else if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			n += count_members(json_object_array_get_idx(o, i));
	}
	return n;
}

static struct json_object *parse(struct mg_slice text)
{
	struct json_tokener *tok;
	struct json_object *o = NULL;

	while (text.len && strchr(" \t\r\n", text.ptr[text.len - 1]))
		text.len--;
	tok = text.len ? json_tokener_new_ex(MG_JSON_DEPTH_MAX) : NULL;
	if (!tok)
		return NULL;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT |
					    JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(tok, text.ptr, (int)text.len);
	if (json_tokener_get_error(tok) != json_tokener_success ||
	    json_tokener_get_parse_end(tok) != text.len ||
	    !json_object_is_type(o, json_type_object) ||
	    count_members(o) != count_colons(text)) {
		(void)json_object_put(o);
		o = NULL;
	}
	json_tokener_free(tok);
	return o;
}

static struct json_object *member(struct json_object *o, struct mg_slice name)
{
	char key[MG_JSON_TEXT_MAX];
	struct json_object *value = NULL;

	if (!json_object_is_type(o, json_type_object) ||
	    name.len >= sizeof(key))
		return NULL;
	memcpy(key, name.ptr, name.len);
	key[name.len] = '\0';
	(void)json_object_object_get_ex(o, key, &value);
	return value;
}

/* "0", or "user=joe". */
static struct json_object *element(struct json_object *o, struct mg_slice which)
{
	struct mg_slice name;
	uint64_t at;

	if (!json_object_is_type(o, json_type_array))
		return NULL;
	if (mg_num_parse(which, UINT32_MAX, &at))
		return json_object_array_get_idx(o, (size_t)at);
	if (!mg_slice_cut_at(&which, '=', &name))
		return NULL;
	for (size_t i = 0; i < json_object_array_length(o); i++) {
		struct json_object *e = json_object_array_get_idx(o, i);
		const char *value = json_object_get_string(member(e, name));

		if (mg_slice_is(mg_slice_str(value), which))
			return e;
	}
	return NULL;
}

static struct json_object *follow(struct json_object *o, const char *path)
{
	struct mg_slice rest = mg_slice_str(path), step, which;

	while (o && rest.len) {
		if (!mg_slice_cut_at(&rest, '.', &step)) {
			step = rest;
			rest.len = 0;
		}
		if (mg_slice_cut_at(&step, '[', &which)) {
			/* step is what stands behind the bracket now */
			step.len -= step.len ? 1 : 0;
			o = element(member(o, which), step);
		} else {
			o = member(o, step);
		}
	}
	return o;
}

static void pick(struct json_object *o, struct mg_json_picked *out)
{
	struct mg_slice text = MG_LIT("");

	if (!o)
		return;
	if (json_object_is_type(o, json_type_string))
		text = mg_slice_of(json_object_get_string(o),
				   (size_t)json_object_get_string_len(o));
	else if (!json_object_is_type(o, json_type_object) &&
		 !json_object_is_type(o, json_type_array))
		text = mg_slice_str(json_object_get_string(o));
	if (mg_slice_find(text, '\0') != text.len)
		return;
	out->is_there = true;
	out->len = (uint32_t)(text.len < MG_JSON_TEXT_MAX - 1
				      ? text.len
				      : MG_JSON_TEXT_MAX - 1);
	memcpy(out->text, text.ptr, out->len);
}

static bool pick_all(struct mg_slice text, const char *const *paths, size_t n,
		     struct mg_json_picked *out)
{
	struct json_object *o = parse(text);

	for (size_t i = 0; o && i < n; i++)
		pick(follow(o, paths[i]), &out[i]);
	return json_object_put(o); /* takes NULL */
}

struct task {
	struct mg_slice text;
	const char *const *paths;
	size_t n;
};

/* No answer says that the text is wrong. */
static void say_all(const void *arg, struct mg_buf *answer)
{
	const struct task *t = arg;
	struct mg_json_picked picked[MG_JSON_PICKS_MAX] = { 0 };

	if (pick_all(t->text, t->paths, t->n, picked))
		mg_buf_add(answer, mg_slice_of((const char *)picked,
					       t->n * sizeof(*picked)));
}

/* --- here --- */

/* json-c asks the system for a seed at its first hash; a child may not. */
static void make_seed(void)
{
	struct json_object *o = json_object_new_object();

	(void)json_object_object_add(o, "seed", NULL);
	(void)json_object_put(o);
}

/* The child may be anybody by now. */
static bool is_sound(const struct mg_json_picked *p)
{
	const unsigned char flag = *(const unsigned char *)&p->is_there;

	return flag <= 1 && p->len < MG_JSON_TEXT_MAX &&
	       memchr(p->text, '\0', MG_JSON_TEXT_MAX) == p->text + p->len;
}

/* All of it or nothing. */
static bool take(const struct mg_buf *answer, struct mg_json_picked *out,
		 size_t n)
{
	if (answer->len != n * sizeof(*out))
		return false;
	memcpy(out, answer->ptr, answer->len);
	for (size_t i = 0; i < n; i++)
		if (!is_sound(&out[i]))
			return false;
	return true;
}

static int refuse(size_t n, struct mg_json_picked *out, struct mg_err *err)
{
	memset(out, 0, n * sizeof(*out));
	return mg_fail(err, MG_EPARSE,
		       "it is no JSON object, is nested too deep, or has a "
		       "member twice");
}

static int prepare(struct mg_slice text, size_t n, struct mg_json_picked *out,
		   struct mg_err *err)
{
	assert(n && n <= MG_JSON_PICKS_MAX);
	memset(out, 0, n * sizeof(*out));
	if (text.len > MG_JSON_BYTES_MAX)
		return mg_fail(err, MG_ELIMIT,
			       "it is longer than %u bytes of JSON",
			       MG_JSON_BYTES_MAX);
	return 0;
}

int mg_json_pick_here(struct mg_slice text, const char *const *paths, size_t n,
		      struct mg_json_picked *out, struct mg_err *err)
{
	const int rc = prepare(text, n, out, err);

	if (rc < 0)
		return rc;
	return pick_all(text, paths, n, out) ? 0 : refuse(n, out, err);
}

int mg_json_pick(const struct mg_jail *jail, struct mg_slice text,
		 const char *const *paths, size_t n, struct mg_json_picked *out,
		 struct mg_err *err)
{
	const struct task task = { .text = text, .paths = paths, .n = n };
	const struct mg_question q = { say_all, &task, sizeof(*out) };
	struct mg_buf answer;
	int rc = prepare(text, n, out, err);

	if (rc < 0)
		return rc;
	make_seed();
	mg_buf_init(&answer, n * sizeof(*out));
	rc = mg_ask(&q, jail, &answer, err);
	if (rc == 0 && !take(&answer, out, n))
		rc = refuse(n, out, err);
	mg_buf_release(&answer);
	return rc;
}
