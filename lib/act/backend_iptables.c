/* SPDX-License-Identifier: MIT */
/*
 * The back end "iptables": blocked addresses cannot connect to the ports of POP3
 * and IMAP, by sets of ipset and a chain of iptables, for hosts whose rules are
 * those of iptables.
 */
#include "iptables.h"

#include "mailguard/backend.h"
#include "mailguard/nftables_set.h"

#define TEXT_MAX (8U << 20)
#define SCRIPT_MAX ((size_t)1 << 30) /* bytes; a million take 60 MB */
#define DAY_S 86400

/* What should be, and what is. */
struct job {
	const struct mg_backend_host *host;
	uint16_t ports[MG_NFTABLES_PORTS_MAX];
	struct mg_nft_table settings;
	struct mg_buf made;     /* how the sets of the blocked are made */
	struct mg_buf exempt;   /* script that makes the other two anew */
	struct mg_buf rules[2]; /* of our chain */
	struct mg_buf text;     /* the last two */
	struct mg_iptables kernel;
	struct mg_nftables_set loaded, wanted;
	size_t n_left_out;
};

/* An end that is too far for an element: some day before, so that it is put off
   once a day and not with every sweep. */
static void shorten(struct mg_nftables_set *s, int64_t now)
{
	const int64_t last = now + MG_IPSET_SECONDS_MAX;

	for (size_t i = 0; i < s->n; i++)
		if (s->entries[i].until > last)
			s->entries[i].until = last - last % DAY_S;
}

static void add_exempt(const struct job *j, const bool has_set[MG_IPSETS],
		       struct mg_buf *out)
{
	mg_ipset_add_exempt(out, &j->settings, MG_IPSET_EXEMPT4,
			    has_set[MG_IPSET_EXEMPT4]);
	mg_ipset_add_exempt(out, &j->settings, MG_IPSET_EXEMPT6,
			    has_set[MG_IPSET_EXEMPT6]);
}

static void add_blocked(const struct job *j, const bool has_set[MG_IPSETS],
			const struct mg_nftables_changes *changes,
			struct mg_buf *out)
{
	mg_ipset_add_blocked(out, &j->settings, MG_IPSET_BLOCKED4,
			     changes->items, changes->n,
			     has_set[MG_IPSET_BLOCKED4]);
	mg_ipset_add_blocked(out, &j->settings, MG_IPSET_BLOCKED6,
			     changes->items, changes->n,
			     has_set[MG_IPSET_BLOCKED6]);
}

static void prepare(struct job *j, const struct mg_backend_host *h)
{
	static const bool none[MG_IPSETS];
	static const struct mg_nftables_changes nobody;

	*j = (struct job){ .host = h };
	j->settings = mg_nftables_rules(h, j->ports);
	mg_buf_init(&j->made, TEXT_MAX);
	mg_buf_init(&j->exempt, TEXT_MAX);
	mg_buf_init(&j->text, 2 * TEXT_MAX);
	add_blocked(j, none, &nobody, &j->made);
	add_exempt(j, none, &j->exempt);
	for (int i = 0; i < 2; i++) {
		mg_buf_init(&j->rules[i], TEXT_MAX);
		mg_iptables_add_chain(&j->rules[i], &j->settings, i == 0);
		mg_buf_add(&j->text, mg_buf_slice(&j->rules[i]));
	}
	mg_buf_add(&j->text, mg_buf_slice(&j->exempt));
	mg_nftables_set_want(&j->wanted, &j->settings, h->force, h->now,
			     &j->n_left_out);
	shorten(&j->wanted, h->now);
}

static int take_row(void *arg, const struct mg_applied *row)
{
	mg_nftables_set_take(arg, row);
	return 0;
}

static int begin(struct job *j, const struct mg_backend_host *h,
		 struct mg_err *err)
{
	int rc;

	prepare(j, h);
	rc = mg_buf_check(&j->text, "the rules of the firewall", err);
	if (rc == 0 && h->settings->firewall.checks == MG_CHECKS_KERNEL)
		rc = mg_fail(err, MG_ECONF,
			     "'firewall.checks' is kernel: only the back end "
			     "nftables has the kernel count");
	return rc < 0 ? rc
		      : mg_iptables_open(&j->kernel, h, take_row, &j->loaded,
					 err);
}

static void end(struct job *j)
{
	mg_buf_release(&j->made);
	mg_buf_release(&j->exempt);
	for (int i = 0; i < 2; i++)
		mg_buf_release(&j->rules[i]);
	mg_buf_release(&j->text);
	mg_iptables_close(&j->kernel);
	mg_nftables_set_release(&j->loaded);
	mg_nftables_set_release(&j->wanted);
}

/* Which boot it is, then how the sets are made. */
static void add_made(const struct job *j, struct mg_buf *out)
{
	mg_buf_add(out, mg_slice_trim(mg_buf_slice(&j->kernel.boot)));
	mg_buf_add_char(out, '\n');
	mg_buf_add(out, mg_buf_slice(&j->made));
}

/* Whether the sets are those that were loaded, with what was in them: somebody
   who flushes one leaves fewer in it than must be there. Of who is never touched
   there are always some, loopback at least. */
static bool keeps_sets(const struct job *j, struct mg_slice made)
{
	const struct mg_iptables *k = &j->kernel;
	int64_t n4, n6;

	for (int i = 0; i < MG_IPSET_NEW; i++)
		if (!k->has_set[i] ||
		    (i >= MG_IPSET_EXEMPT4 && k->in_set[i] == 0))
			return false;
	mg_nftables_set_count(&j->loaded, j->host->now, &n4, &n6);
	return mg_iptables_state(k) < MG_NFTABLES_COPY &&
	       mg_slice_is(mg_buf_slice(&k->sets), made) &&
	       k->in_set[MG_IPSET_BLOCKED4] >= n4 &&
	       k->in_set[MG_IPSET_BLOCKED6] >= n6;
}

/* Appends what makes the sets of the kernel what they should be. */
static void add_sets(const struct job *j, bool is_whole, bool with_exempt,
		     struct mg_buf *out)
{
	static const struct mg_nftables_set none;
	struct mg_nftables_changes changes = { .n = 0 };

	mg_nftables_set_compare(is_whole ? &none : &j->loaded, &j->wanted,
				j->host->now, &changes);
	if (j->kernel.has_set[MG_IPSET_NEW] && (is_whole || with_exempt))
		mg_buf_add_fmt(out, "destroy %s\n",
			       mg_ipset_names[MG_IPSET_NEW]);
	if (with_exempt)
		add_exempt(j, j->kernel.has_set, out);
	if (is_whole)
		add_blocked(j, j->kernel.has_set, &changes, out);
	else
		mg_ipset_add_changes(out, changes.items, changes.n);
	mg_nftables_changes_release(&changes);
}

static int bring(struct job *j, bool always, struct mg_err *err)
{
	struct mg_buf made, script;
	struct mg_iptables_load load = { .text = mg_buf_slice(&j->text) };
	bool is_whole;
	int rc;

	mg_buf_init(&made, 2 * TEXT_MAX);
	mg_buf_init(&script, SCRIPT_MAX);
	add_made(j, &made);
	is_whole = !keeps_sets(j, mg_buf_slice(&made));
	load.with_rules = always || is_whole ||
			  mg_iptables_state(&j->kernel) != MG_NFTABLES_OURS ||
			  !mg_slice_is(load.text,
				       mg_buf_slice(&j->kernel.text));
	add_sets(j, is_whole, load.with_rules, &script);
	load.sets = mg_buf_slice(&script);
	load.made = mg_buf_slice(&made);
	for (int i = 0; i < 2; i++)
		load.rules[i] = mg_buf_slice(&j->rules[i]);
	rc = mg_buf_check(&script, "the blocked addresses", err);
	if (rc == 0 && (load.with_rules || load.sets.len))
		rc = mg_iptables_put(&j->kernel, &load, err);
	if (rc == 0)
		rc = mg_nftables_set_write_down(j->host, MG_IPTABLES_NAME,
						&j->loaded, &j->wanted, err);
	mg_buf_release(&script);
	mg_buf_release(&made);
	return rc;
}

static int bring_host(const struct mg_backend_host *h, bool always,
		      struct mg_err *err)
{
	struct job j;
	int rc = begin(&j, h, err);

	if (rc == 0)
		rc = bring(&j, always, err);
	end(&j);
	return rc;
}

static int apply(const struct mg_backend_host *h, bool install,
		 struct mg_err *err)
{
	(void)install; /* there is no configuration to add a line to */
	return bring_host(h, true, err);
}

static int refresh(const struct mg_backend_host *h, struct mg_err *err)
{
	return bring_host(h, false, err);
}

static int show(const struct mg_backend_host *h, struct mg_buf *out,
		struct mg_err *err)
{
	static const char *const tools[] = { "iptables", "ip6tables" };
	struct job j;

	prepare(&j, h);
	mg_buf_add_str(out, "# ipset -exist restore\n");
	add_sets(&j, true, true, out);
	for (int i = 0; i < mg_iptables_families(h->root); i++) {
		mg_buf_add_fmt(out,
			       "# %s-restore --noflush\n*filter\n"
			       ":" MG_IPTABLES_CHAIN " - [0:0]\n",
			       tools[i]);
		mg_buf_add(out, mg_buf_slice(&j.rules[i]));
		mg_buf_add_str(out,
			       "-I INPUT 1 " MG_IPTABLES_JUMP "\nCOMMIT\n");
	}
	if (j.n_left_out)
		mg_buf_add_fmt(out,
			       "# %zu more are left out: networks, or beyond "
			       "firewall.size\n",
			       j.n_left_out);
	end(&j);
	return mg_buf_check(out, "the rules of the firewall", err);
}

static void add_changed(const struct mg_iptables_family *f, struct mg_buf *out)
{
	struct mg_slice saved = mg_buf_slice(&f->saved), unused;

	(void)mg_slice_cut_line(&saved, &unused);
	mg_buf_add_fmt(out,
		       "the chain " MG_IPTABLES_CHAIN " of %s was changed "
		       "by somebody else:\n",
		       f->is_v4 ? "IPv4" : "IPv6");
	mg_nftables_add_only(saved, mg_buf_slice(&f->rules), '-', out);
	mg_nftables_add_only(mg_buf_slice(&f->rules), saved, '+', out);
}

static void add_rules_diff(const struct job *j, struct mg_buf *out)
{
	const struct mg_slice loaded = mg_buf_slice(&j->kernel.text);
	const struct mg_slice text = mg_buf_slice(&j->text);

	for (int i = 0; i < j->kernel.n_families; i++) {
		const struct mg_iptables_family *f = &j->kernel.family[i];

		if (f->state == MG_NFTABLES_CHANGED)
			add_changed(f, out);
		else if (f->state != MG_NFTABLES_OURS)
			mg_buf_add_fmt(out,
				       "the chain " MG_IPTABLES_CHAIN
				       " of %s is not there as it was loaded "
				       "last\n",
				       f->is_v4 ? "IPv4" : "IPv6");
	}
	if (mg_iptables_state(&j->kernel) != MG_NFTABLES_OURS)
		return;
	mg_nftables_add_only(loaded, text, '-', out);
	mg_nftables_add_only(text, loaded, '+', out);
}

static int diff(const struct mg_backend_host *h, struct mg_buf *out,
		struct mg_err *err)
{
	const size_t before = out->len;
	struct mg_buf made;
	struct job j;
	int rc = begin(&j, h, err);

	mg_buf_init(&made, 2 * TEXT_MAX);
	add_made(&j, &made);
	if (rc == 0) {
		add_rules_diff(&j, out);
		if (!keeps_sets(&j, mg_buf_slice(&made)))
			mg_buf_add_str(out, "the sets mailguard-... are not "
					    "there as they were loaded last\n");
		(void)mg_nftables_set_add_diff(&j.loaded, &j.wanted, h->now,
					       out);
		rc = out->len > before;
	}
	mg_buf_release(&made);
	end(&j);
	return rc;
}

static int take_off(const struct mg_backend_host *h, struct mg_err *err)
{
	struct job j;
	int rc = begin(&j, h, err);

	if (rc == 0)
		rc = mg_iptables_take_off(&j.kernel, err);
	end(&j);
	return rc;
}

static int fill(const struct mg_backend_host *h, mg_backend_fill_fn fn,
		void *arg, struct mg_err *err)
{
	struct job j;
	const int rc = begin(&j, h, err);

	if (rc == 0)
		mg_nftables_set_fill(&j.loaded, h->now, j.settings.size, fn,
				     arg);
	end(&j);
	return rc;
}

const struct mg_backend mg_backend_iptables = {
	.name = MG_IPTABLES_NAME,
	.summary = "blocked addresses cannot connect, by iptables and ipset",
	.keys = MG_FORCE_ADDRESS,
	.show = show,
	.diff = diff,
	.apply = apply,
	.refresh = refresh,
	.remove = take_off,
	.fill = fill,
};
