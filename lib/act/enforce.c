/* SPDX-License-Identifier: MIT */
#include "act_priv.h"

#include "mailguard/effect.h"
#include "mailguard/exempt.h"
#include "mailguard/halt.h"

unsigned mg_enforce_keys(const struct mg_settings *settings)
{
	const struct mg_conf_texts *by = &settings->enforce.by;
	unsigned keys = 0;

	for (size_t i = 0; i < by->n; i++) {
		const struct mg_backend *b = mg_backend_find(by->items[i]);

		keys |= b ? b->keys : 0;
	}
	return keys;
}

unsigned mg_enforce_keys_of(const struct mg_act *act)
{
	if (mg_slice_is(act->per, MG_LIT("ip")))
		return MG_FORCE_ADDRESS;
	if (mg_slice_is(act->per, MG_LIT("mailbox-ip")))
		return MG_FORCE_LOGIN_FROM;
	return MG_FORCE_LOGIN | MG_FORCE_DOMAIN | MG_FORCE_UID |
	       (act->with_login ? MG_FORCE_CLOSED : 0);
}

/* --- what is in force, as keys --- */

struct gathering {
	struct mg_enforcer *e;
	struct mg_force *force;
	const struct mg_accounts *accounts; /* NULL until they are needed */
	bool is_unreadable;
};

static const struct mg_accounts *accounts_for(struct gathering *g,
					      const struct mg_act *act)
{
	if (!g->accounts && !g->is_unreadable &&
	    mg_expand_needs_accounts(act)) {
		g->accounts = g->e->accounts(g->e->arg);
		g->is_unreadable = !g->accounts;
	}
	return g->accounts;
}

/* What back ends have a part in. */
static bool has_keys(enum mg_act_verb verb)
{
	return verb == MG_ACT_THROTTLE || verb == MG_ACT_HOLD ||
	       verb == MG_ACT_BLOCK || verb == MG_ACT_SUSPEND;
}

/*
 * A name that is somebody else's by now brings him nothing; that it is so is
 * said where hooks are brought in line, which ends the act. What cannot be told
 * just now stays as it was.
 */
static bool is_of_another(const struct gathering *g, const struct mg_act *act,
			  const struct mg_accounts *accounts)
{
	char identity[MG_EFFECT_IDENTITY_MAX];
	struct mg_err unused = { 0 };

	return act->identity.len && accounts &&
	       mg_effect_identity(accounts, g->e->root, act, identity,
				  &unused) == 0 &&
	       !mg_effect_is_same(act->identity, mg_slice_str(identity));
}

static int take_act(void *arg, const struct mg_act *act)
{
	struct gathering *g = arg;
	const struct mg_accounts *accounts;
	struct mg_network network;

	if (act->verb == MG_ACT_EXEMPT && mg_slice_is(act->per, MG_LIT("ip")) &&
	    mg_enforce_network(act->subject, &network))
		mg_force_add_exempt(g->force, &network);
	if (!has_keys(act->verb))
		return 0;
	accounts = accounts_for(g, act);
	if (!is_of_another(g, act, accounts))
		(void)mg_expand_act(act, accounts, g->force);
	return 0;
}

/* Once all exemptions are known. */
static void drop_exempt(struct mg_force *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n_entries; i++)
		if (!(f->entries[i].key &
		      (MG_FORCE_ADDRESS | MG_FORCE_LOGIN_FROM)) ||
		    !mg_force_is_exempt(f, &f->entries[i].network))
			f->entries[n++] = f->entries[i];
	f->n_entries = n;
}

int mg_enforce_gather(struct mg_enforcer *e, struct mg_force *force,
		      struct mg_err *err)
{
	struct gathering g = { .e = e, .force = force };
	int rc;

	*force = (struct mg_force){ .entries = NULL };
	mg_exempt_collect(e->root, e->settings, e->now, force);
	rc = mg_acts_each(e->store, MG_ACTS_IN_FORCE, e->now, take_act, &g,
			  err);
	if (rc == 0 && g.is_unreadable)
		rc = mg_fail(err, MG_ECONF,
			     "the account tables cannot be read, so what is "
			     "in force stays as it is");
	mg_force_sort(force);
	drop_exempt(force);
	return rc;
}

/* --- carried out --- */

struct marking {
	struct mg_enforcer *e;
	const struct mg_force *force;
	const struct mg_backend *backend;
	const struct mg_err *failure; /* NULL: it is done */
	const struct mg_backend_host *host;
	struct mg_map by_act; /* entries that the back end has */
	const char *detail;   /* of what is done; NULL: not known yet */
	struct mg_err *err;
};

/* Ids are hexadecimal digits of a SHA-256: as good a hash as any. */
static uint64_t hash_of(struct mg_slice id)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < id.len; i++) {
		const unsigned char c = (unsigned char)id.ptr[i];

		hash = (hash << 4) + (c & 15U) + (c > '9' ? 9U : 0U);
	}
	return hash;
}

static void map_keys(struct marking *m)
{
	for (size_t i = 0; i < m->force->n_entries; i++)
		if (m->force->entries[i].key & m->backend->keys)
			mg_map_add(&m->by_act,
				   hash_of(m->force->entries[i].act),
				   (uint32_t)i);
}

/* Whether the back end has a key of the act. */
static bool has_key(const struct marking *m, const struct mg_act *act)
{
	const struct mg_slice id = mg_slice_str(act->id);
	const uint64_t hash = hash_of(id);
	uint32_t i;
	size_t at;

	for (i = mg_map_first(&m->by_act, hash, &at); i != MG_MAP_NONE;
	     i = mg_map_next(&m->by_act, hash, &at))
		if (mg_slice_is(m->force->entries[i].act, id))
			return true;
	return false;
}

/* What a mark says: the failure, or that nobody may look. */
static const char *detail_of(struct marking *m)
{
	if (m->failure)
		return m->failure->text;
	if (m->detail)
		return m->detail;
	m->detail = "";
	if (m->backend->is_read && !m->backend->is_read(m->host)) {
		m->detail = "written; the daemon was not set up to read it by "
			    "'mailguard rules apply --install'";
		if (m->e->warn)
			m->e->warn(m->e->arg, m->backend->name);
	}
	return m->detail;
}

/* One mark each; a failure is marked once, and tried again all the same. */
static int mark_act(void *arg, const struct mg_act *act)
{
	struct marking *m = arg;
	const enum mg_act_mark mark = m->failure ? MG_MARK_FAILED
						 : MG_MARK_DONE;
	const struct mg_slice by = mg_slice_str(m->backend->name);
	bool is_there = false;
	const int rc = mg_acts_has_mark(m->e->store, act->id, mark, by,
					&is_there, m->err);

	if (rc < 0 || is_there || !has_key(m, act))
		return rc;
	return mg_acts_mark(m->e->store, m->e->now, act->id, mark, by,
			    mg_slice_str(detail_of(m)), m->err);
}

/* What it loaded and what it says it did are one transaction. */
static int run(struct marking *m, const struct mg_backend_host *host,
	       struct mg_err *failure)
{
	struct mg_store *s = m->e->store;
	int rc = mg_store_begin(s, m->err);

	if (rc < 0)
		return rc;
	if (m->backend->refresh(host, failure) < 0) {
		mg_store_rollback(s);
		m->failure = failure;
		rc = mg_store_begin(s, m->err);
	}
	if (rc == 0)
		rc = mg_acts_each(s, MG_ACTS_IN_FORCE, m->e->now, mark_act, m,
				  m->err);
	if (rc == 0)
		rc = mg_store_commit(s, m->err);
	if (rc < 0)
		mg_store_rollback(s);
	return rc;
}

struct mg_backend_host mg_enforce_host(const struct mg_enforcer *e,
				       const struct mg_force *force)
{
	return (struct mg_backend_host){ .root = e->root,
					 .settings = e->settings,
					 .force = force,
					 .store = e->store,
					 .tz = e->tz,
					 .now = e->now };
}

static int refresh(struct mg_enforcer *e, const struct mg_force *force,
		   const struct mg_backend *backend, struct mg_err *err)
{
	const struct mg_backend_host host = mg_enforce_host(e, force);
	struct marking m = { .e = e,
			     .force = force,
			     .backend = backend,
			     .host = &host,
			     .err = err };
	struct mg_err failure = { 0 };
	int rc;

	map_keys(&m);
	rc = run(&m, &host, &failure);
	mg_map_release(&m.by_act);
	if (m.failure)
		e->fail(e->arg, backend->name, &failure);
	return rc;
}

int mg_enforce_carry_out(struct mg_enforcer *e, struct mg_err *err)
{
	const struct mg_conf_texts *by = &e->settings->enforce.by;
	struct mg_force force;
	int rc = mg_enforce_gather(e, &force, err);

	for (size_t i = 0; rc == 0 && i < by->n; i++) {
		const struct mg_backend *b = mg_backend_find(by->items[i]);

		if (b)
			rc = refresh(e, &force, b, err);
	}
	mg_force_release(&force);
	/* What comes from now on is refused or held; then what is there. */
	return rc == 0 ? mg_halt_refresh(e, err) : rc;
}
