/* SPDX-License-Identifier: MIT */
#include "mailguard/force.h"

#include <stdlib.h>
#include <string.h>

#include "mailguard/address.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

#define NAME_LEN_MAX 254 /* RFC 5321, section 4.5.3.1.3 */
#define SAID_LEN_MAX 80  /* of a name in a text; a reply line is 512 bytes */
#define MINUTE_S 60

bool mg_force_name_is_safe(struct mg_slice name)
{
	static const char marks[] = "._-+@=";

	if (name.len == 0 || name.len > NAME_LEN_MAX || name.ptr[0] == '-')
		return false;
	for (size_t i = 0; i < name.len; i++) {
		const char c = name.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') ||
		      memchr(marks, c, sizeof(marks) - 1)))
			return false;
	}
	return true;
}

static bool has_name(enum mg_force_key key)
{
	return key & (MG_FORCE_LOGIN | MG_FORCE_DOMAIN | MG_FORCE_CLOSED |
		      MG_FORCE_LOGIN_FROM);
}

static struct mg_slice copy_lower(struct mg_force *f, struct mg_slice s)
{
	char *to = mg_arena_copy_text(&f->text, s);

	for (size_t i = 0; i < s.len; i++)
		if (to[i] >= 'A' && to[i] <= 'Z')
			to[i] = (char)(to[i] - 'A' + 'a');
	return mg_slice_of(to, s.len);
}

bool mg_force_add(struct mg_force *f, const struct mg_force_entry *entry)
{
	struct mg_force_entry e = *entry;

	if ((has_name(e.key) && !mg_force_name_is_safe(e.name)) ||
	    !mg_force_name_is_safe(e.act))
		return false;
	e.name = has_name(e.key) ? copy_lower(f, e.name) : MG_LIT("");
	e.act = copy_lower(f, e.act);
	f->entries = mg_vec_room(f->entries, f->n_entries, &f->cap_entries,
				 sizeof(*f->entries));
	f->entries[f->n_entries++] = e;
	return true;
}

void mg_force_add_exempt(struct mg_force *f, const struct mg_network *network)
{
	f->exempt = mg_vec_room(f->exempt, f->n_exempt, &f->cap_exempt,
				sizeof(*f->exempt));
	f->exempt[f->n_exempt++] = *network;
}

static int order_networks(const void *a, const void *b)
{
	const struct mg_network *x = a, *y = b;
	const int c = memcmp(&x->ip, &y->ip, sizeof(x->ip));

	if (c)
		return c;
	return (x->prefix > y->prefix) - (x->prefix < y->prefix);
}

static int order_keys(const struct mg_force_entry *x,
		      const struct mg_force_entry *y)
{
	int c;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	c = has_name(x->key) ? mg_slice_cmp(x->name, y->name) : 0;
	if (c || x->key == MG_FORCE_LOGIN_FROM)
		return c ? c : order_networks(&x->network, &y->network);
	if (has_name(x->key))
		return 0;
	if (x->key == MG_FORCE_ADDRESS)
		return order_networks(&x->network, &y->network);
	return (x->uid > y->uid) - (x->uid < y->uid);
}

/* Of one key a suspension comes first, then the last to end, and of those the
   first by id. */
static int order_entries(const void *a, const void *b)
{
	const struct mg_force_entry *x = a, *y = b;
	const int c = order_keys(x, y);

	if (c)
		return c;
	if ((x->verb == MG_FORCE_SUSPEND) != (y->verb == MG_FORCE_SUSPEND))
		return x->verb == MG_FORCE_SUSPEND ? -1 : 1;
	if (x->until != y->until)
		return x->until > y->until ? -1 : 1;
	return mg_slice_cmp(x->act, y->act);
}

static int compare_keys(const void *a, const void *b)
{
	return order_keys(a, b);
}

/* Whether all of a login's domain is suspended. */
static bool is_suspended(const struct mg_force *f, struct mg_slice login)
{
	const struct mg_force_entry key = { .key = MG_FORCE_DOMAIN,
					    .name = mg_address_domain(login) };
	const struct mg_force_entry *found =
		key.name.len ? bsearch(&key, f->entries, f->n_entries,
				       sizeof(key), compare_keys)
			     : NULL;

	return found && found->verb == MG_FORCE_SUSPEND;
}

/* A client asks for its login first: "try again later" would be no answer. */
static void drop_outranked(struct mg_force *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n_entries; i++)
		f->entries[i].is_outranked =
			f->entries[i].key == MG_FORCE_LOGIN &&
			f->entries[i].verb != MG_FORCE_SUSPEND &&
			is_suspended(f, f->entries[i].name);
	for (size_t i = 0; i < f->n_entries; i++)
		if (!f->entries[i].is_outranked)
			f->entries[n++] = f->entries[i];
	f->n_entries = n;
}

void mg_force_sort(struct mg_force *f)
{
	size_t n = 0;

	if (f->n_entries)
		qsort(f->entries, f->n_entries, sizeof(*f->entries),
		      order_entries);
	for (size_t i = 0; i < f->n_entries; i++)
		if (n == 0 || order_keys(&f->entries[n - 1], &f->entries[i]))
			f->entries[n++] = f->entries[i];
	f->n_entries = n;
	drop_outranked(f);
	if (f->n_exempt)
		qsort(f->exempt, f->n_exempt, sizeof(*f->exempt),
		      order_networks);
}

bool mg_force_is_exempt(const struct mg_force *f,
			const struct mg_network *network)
{
	for (size_t i = 0; i < f->n_exempt; i++)
		if (mg_network_has(&f->exempt[i], &network->ip) ||
		    mg_network_has(network, &f->exempt[i].ip))
			return true;
	return false;
}

static void add_who(struct mg_buf *out, const struct mg_force_entry *e)
{
	if (has_name(e->key) && e->name.len <= SAID_LEN_MAX)
		mg_buf_add_printable(out, e->name);
	else
		mg_buf_add_str(out, e->key == MG_FORCE_LOGIN ? "this mailbox"
				    : e->key == MG_FORCE_DOMAIN
					    ? "this domain"
					    : "this account");
}

void mg_force_add_text(struct mg_buf *out, const struct mg_force_entry *e,
		       const struct mg_tz *tz)
{
	mg_buf_add_str(out, "mailguard: ");
	add_who(out, e);
	if (e->verb == MG_FORCE_SUSPEND) {
		mg_buf_add_fmt(out,
			       " is suspended and may not send; ask your "
			       "provider, who knows it as %.*s",
			       MG_SLICE_ARG(e->act));
		return;
	}
	if (e->limit)
		mg_buf_add_fmt(out,
			       " has sent %lld of %lld allowed in %lld minutes",
			       (long long)e->n, (long long)e->limit,
			       (long long)(e->window_s / MINUTE_S));
	else
		mg_buf_add_str(out, " may not send for now");
	mg_buf_add_str(out, ", try again after ");
	mg_tz_add(out, e->until, tz);
	mg_buf_add_fmt(out, " (%.*s)", (int)e->act.len, e->act.ptr);
}

void mg_force_release(struct mg_force *f)
{
	mg_mem_free(f->entries);
	mg_mem_free(f->exempt);
	mg_arena_release(&f->text);
	*f = (struct mg_force){ .entries = NULL };
}
