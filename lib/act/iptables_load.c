/* SPDX-License-Identifier: MIT */
/* Loading our sets and our chain, and taking them off. */
#include "iptables.h"
#include "tool.h"

#include <string.h>

#define TEXT_MAX (1U << 20)
#define SECONDS 60
#define BYTES_A_SECOND 262144 /* of a script, on a slow host */

#define CHAIN MG_IPTABLES_CHAIN

static int send_sets(const struct mg_iptables *t, struct mg_slice script,
		     struct mg_err *err)
{
	static const char *const argv[] = { "ipset", "-exist", "restore",
					    NULL };
	const struct mg_tool ipset = {
		.argv = argv,
		.what = "the sets mailguard-...",
		.input = script,
		.seconds = SECONDS + (int64_t)(script.len / BYTES_A_SECOND),
	};

	return script.len ? mg_tool_run(t->host->root, &ipset, err) : 0;
}

/* The whole of a text, or nothing of it: it is one transaction. */
static int send_rules(const struct mg_iptables *t,
		      const struct mg_iptables_family *f, const char *test,
		      struct mg_slice text, struct mg_err *err)
{
	const char *const argv[] = { f->is_v4 ? "iptables-restore"
					      : "ip6tables-restore",
				     "-w",
				     "10",
				     "--noflush",
				     test,
				     NULL };
	const struct mg_tool restore = { .argv = argv,
					 .what = "the chain " CHAIN,
					 .input = text,
					 .seconds = SECONDS };

	return mg_tool_run(t->host->root, &restore, err);
}

/* --- texts --- */

static void add_chain(const struct mg_iptables_family *f, struct mg_slice rules,
		      bool with_mark, struct mg_buf *out)
{
	mg_buf_add_str(out, "*filter\n:" CHAIN " - [0:0]\n");
	mg_buf_add(out, rules);
	if (with_mark)
		mg_buf_add_fmt(out,
			       "-A " CHAIN " -m comment --comment \"mailguard "
			       "load %llu of %zu\" -j RETURN\n",
			       (unsigned long long)f->number + 1,
			       mg_iptables_count(rules) + 1);
	if (!f->has_jump)
		mg_buf_add_str(out, "-I INPUT 1 " MG_IPTABLES_JUMP "\n");
	mg_buf_add_str(out, "COMMIT\n");
}

/* Others that lead to the chain go, too: it cannot go before them. */
static void add_removal(const struct mg_iptables_family *f, struct mg_buf *out)
{
	struct mg_slice leaders = mg_buf_slice(&f->leaders), line;

	mg_buf_add_str(out, "*filter\n");
	while (mg_slice_cut_line(&leaders, &line)) {
		mg_buf_add_str(out, "-D");
		mg_buf_add(out, mg_slice_from(line, 2));
		mg_buf_add_char(out, '\n');
	}
	mg_buf_add_str(out, "-F " CHAIN "\n-X " CHAIN "\nCOMMIT\n");
}

static void add_destroys(const bool has_set[MG_IPSETS], struct mg_buf *out)
{
	for (int i = 0; i < MG_IPSETS; i++)
		if (has_set[i])
			mg_buf_add_fmt(out, "destroy %s\n", mg_ipset_names[i]);
}

/* --- loading --- */

static int load_family(struct mg_iptables *t, struct mg_iptables_family *f,
		       struct mg_slice rules, const char *test,
		       struct mg_err *err)
{
	struct mg_buf b;
	int rc;

	mg_buf_init(&b, TEXT_MAX);
	add_chain(f, rules, true, &b);
	rc = mg_buf_check(&b, "the rules of the firewall", err);
	if (rc == 0)
		rc = send_rules(t, f, test, mg_buf_slice(&b), err);
	mg_buf_release(&b);
	return rc;
}

/* Whether the kernel has what iptables-restore said it loaded. */
static int probe(struct mg_iptables *t, struct mg_iptables_family *f,
		 struct mg_slice rules, struct mg_err *err)
{
	const size_t n = mg_iptables_count(rules) + 1;
	uint64_t number = 0, count = 0;
	const int rc = mg_iptables_look(t, f, err);

	if (rc < 0)
		return rc;
	if (!f->has_jump ||
	    !mg_iptables_mark(mg_buf_slice(&f->rules), &number, &count) ||
	    number != f->number + 1 || count != n ||
	    mg_iptables_count(mg_buf_slice(&f->rules)) != n)
		return mg_fail(err, MG_EIO,
			       "iptables-restore said that it loaded the chain "
			       "'" CHAIN "', which is not so");
	return 0;
}

/* What a family had before a load. */
struct before {
	bool had_chain, had_jump;
	struct mg_buf rules;
};

static void remember(const struct mg_iptables_family *f, struct before *b)
{
	*b = (struct before){ .had_chain = f->has_chain,
			      .had_jump = f->has_jump };
	mg_buf_init(&b->rules, TEXT_MAX);
	mg_buf_add(&b->rules, mg_buf_slice(&f->rules));
}

/* As it was, whatever is there now. Its failure is no news. */
static void take_back(struct mg_iptables *t, struct mg_iptables_family *f,
		      const struct before *before)
{
	struct mg_buf b;

	mg_buf_init(&b, TEXT_MAX);
	if (mg_iptables_look(t, f, NULL) == 0 && f->has_chain) {
		if (before->had_chain && before->had_jump == f->has_jump)
			add_chain(f, mg_buf_slice(&before->rules), false, &b);
		else
			add_removal(f, &b);
		(void)send_rules(t, f, NULL, mg_buf_slice(&b), NULL);
	}
	mg_buf_release(&b);
}

static int load_rules(struct mg_iptables *t,
		      const struct mg_iptables_load *load, struct mg_err *err)
{
	struct before before[2];
	int rc = 0, n = 0;

	for (int i = 0; i < t->n_families; i++)
		remember(&t->family[i], &before[i]);
	for (int i = 0; rc == 0 && i < t->n_families; i++)
		rc = load_family(t, &t->family[i], load->rules[i], "--test",
				 err);
	for (; rc == 0 && n < t->n_families; n++) {
		rc = load_family(t, &t->family[n], load->rules[n], NULL, err);
		if (rc == 0)
			rc = probe(t, &t->family[n], load->rules[n], err);
	}
	for (int i = 0; i < t->n_families; i++) {
		if (rc < 0 && i < n)
			take_back(t, &t->family[i], &before[i]);
		mg_buf_release(&before[i].rules);
	}
	return rc;
}

static int keep(const struct mg_iptables *t, const char *key,
		struct mg_slice value, struct mg_err *err)
{
	const struct mg_applied row = { .key = mg_slice_str(key),
					.value = value };

	return mg_applied_put(t->host->store, MG_IPTABLES_NAME, &row, err);
}

static int keep_rules(struct mg_iptables *t,
		      const struct mg_iptables_load *load, struct mg_err *err)
{
	static const char *const keys[] = { "rules4", "rules6" };
	int rc = keep(t, "text", load->text, err);

	for (int i = 0; rc == 0 && i < t->n_families; i++) {
		struct mg_iptables_family *f = &t->family[i];

		mg_buf_clear(&f->saved);
		mg_buf_add_fmt(&f->saved, "%llu\n",
			       (unsigned long long)f->number + 1);
		mg_buf_add(&f->saved, mg_buf_slice(&f->rules));
		rc = keep(t, keys[i], mg_buf_slice(&f->saved), err);
	}
	return rc;
}

static int refuse_changed(const struct mg_iptables *t, struct mg_err *err)
{
	if (mg_iptables_state(t) != MG_NFTABLES_CHANGED || t->host->is_forced)
		return 0;
	return mg_fail(err, MG_ECONF,
		       "somebody else changed the chain '" CHAIN "': see "
		       "mailguard rules diff " MG_IPTABLES_NAME
		       "; with rules apply --force it is replaced");
}

/* Sets that a failed load made, and nothing leads to. Likewise no news. */
static void drop_made(struct mg_iptables *t, const bool had_set[MG_IPSETS])
{
	struct mg_buf b;

	if (mg_iptables_look_at_sets(t, NULL) < 0)
		return;
	for (int i = 0; i < MG_IPSETS; i++)
		if (had_set[i])
			t->has_set[i] = false;
	mg_buf_init(&b, TEXT_MAX);
	add_destroys(t->has_set, &b);
	(void)send_sets(t, mg_buf_slice(&b), NULL);
	mg_buf_release(&b);
}

int mg_iptables_put(struct mg_iptables *t, const struct mg_iptables_load *load,
		    struct mg_err *err)
{
	bool had_set[MG_IPSETS];
	int rc = refuse_changed(t, err);

	if (rc < 0)
		return rc;
	memcpy(had_set, t->has_set, sizeof(had_set));
	rc = send_sets(t, load->sets, err);
	if (rc == 0 && load->with_rules)
		rc = load_rules(t, load, err);
	if (rc < 0) {
		drop_made(t, had_set);
		return rc;
	}
	if (load->with_rules)
		rc = keep_rules(t, load, err);
	return rc < 0 ? rc : keep(t, "sets", load->made, err);
}

static int take_off_family(const struct mg_iptables *t,
			   const struct mg_iptables_family *f,
			   struct mg_err *err)
{
	struct mg_buf b;
	int rc;

	if (!f->has_chain)
		return 0;
	mg_buf_init(&b, TEXT_MAX);
	add_removal(f, &b);
	rc = send_rules(t, f, NULL, mg_buf_slice(&b), err);
	mg_buf_release(&b);
	return rc;
}

int mg_iptables_take_off(struct mg_iptables *t, struct mg_err *err)
{
	struct mg_buf b;
	int rc = refuse_changed(t, err);

	for (int i = 0; rc == 0 && i < t->n_families; i++)
		rc = take_off_family(t, &t->family[i], err);
	mg_buf_init(&b, TEXT_MAX);
	add_destroys(t->has_set, &b);
	if (rc == 0)
		rc = send_sets(t, mg_buf_slice(&b), err);
	if (rc == 0)
		rc = mg_applied_drop_all(t->host->store, MG_IPTABLES_NAME, err);
	mg_buf_release(&b);
	return rc;
}
