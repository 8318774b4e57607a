/* SPDX-License-Identifier: MIT */
/* What of ours is in the kernel, and whether that is what was loaded. */
#include "iptables.h"
#include "tool.h"

#include "mailguard/num.h"

#define LIST_MAX (64U << 20) /* bytes; rules of others are listed, too */
#define RULES_MAX 65536
#define TEXT_MAX (8U << 20)
#define SECONDS 60

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

#define CHAIN MG_IPTABLES_CHAIN
#define OWN MG_LIT("-A " CHAIN " ")
#define MARK MG_LIT("\"mailguard load ")

/* --- what is kept --- */

static int take_row(void *arg, const struct mg_applied *row)
{
	struct mg_iptables *t = arg;
	const struct {
		struct mg_slice key;
		struct mg_buf *to;
	} known[] = {
		{ MG_LIT("rules4"), &t->family[0].saved },
		{ MG_LIT("rules6"), &t->family[1].saved },
		{ MG_LIT("sets"), &t->sets },
		{ MG_LIT("text"), &t->text },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (mg_slice_is(row->key, known[i].key)) {
			mg_buf_add(known[i].to, row->value);
			return 0;
		}
	return t->other(t->arg, row);
}

/* --- the rules --- */

bool mg_iptables_mark(struct mg_slice rules, uint64_t *number, uint64_t *count)
{
	struct mg_slice line;

	while (mg_slice_cut_line(&rules, &line)) {
		const size_t at = mg_slice_search(line, MARK);

		line = mg_slice_from(line, at);
		if (mg_slice_cut_lit(&line, MARK) &&
		    mg_num_cut(&line, UINT64_MAX, number) &&
		    mg_slice_cut_lit(&line, MG_LIT(" of ")) &&
		    mg_num_cut(&line, UINT64_MAX, count))
			return true;
	}
	return false;
}

size_t mg_iptables_count(struct mg_slice rules)
{
	struct mg_slice line;
	size_t n = 0;

	while (mg_slice_cut_line(&rules, &line))
		n++;
	return n;
}

/*
 * What was flushed, with all that others have or alone, is loaded again; a
 * chain with rules in it must be as it was, or have the mark of a load that is
 * not kept.
 */
static enum mg_nftables_state judge(const struct mg_iptables_family *f)
{
	const struct mg_slice rules = mg_buf_slice(&f->rules);
	struct mg_slice saved = mg_buf_slice(&f->saved), unused;
	uint64_t number, count;

	if (rules.len == 0)
		return MG_NFTABLES_GONE;
	(void)mg_slice_cut_line(&saved, &unused);
	if (mg_slice_is(rules, saved))
		return f->has_jump ? MG_NFTABLES_OURS : MG_NFTABLES_GONE;
	return mg_iptables_mark(rules, &number, &count) &&
			       count == mg_iptables_count(rules) &&
			       number != f->number
		       ? MG_NFTABLES_COPY
		       : MG_NFTABLES_CHANGED;
}

static bool leads_to_us(struct mg_slice line)
{
	return mg_slice_search(line, MG_LIT(" -j " CHAIN)) +
			       sizeof(" -j " CHAIN) - 1 ==
		       line.len ||
	       mg_slice_search(line, MG_LIT(" -g " CHAIN)) +
			       sizeof(" -g " CHAIN) - 1 ==
		       line.len;
}

static void take_rule(struct mg_iptables_family *f, struct mg_slice line)
{
	const bool is_own = mg_slice_has_prefix(line, OWN);
	struct mg_buf *to = is_own ? &f->rules : &f->leaders;

	if (mg_slice_has_prefix(line, MG_LIT(":" CHAIN " ")))
		f->has_chain = true;
	if (!is_own &&
	    (!mg_slice_has_prefix(line, MG_LIT("-A ")) || !leads_to_us(line)))
		return;
	if (mg_slice_has_prefix(line, MG_LIT("-A INPUT ")))
		f->has_jump = true;
	mg_buf_add(to, line);
	mg_buf_add_char(to, '\n');
}

int mg_iptables_look(struct mg_iptables *t, struct mg_iptables_family *f,
		     struct mg_err *err)
{
	const char *const argv[] = { f->is_v4 ? "iptables-save"
					      : "ip6tables-save",
				     "-t", "filter", NULL };
	struct mg_buf list;
	const struct mg_tool save = { .argv = argv,
				      .what = "to list its rules",
				      .seconds = SECONDS,
				      .out = &list };
	struct mg_slice left, line;
	int rc;

	mg_buf_clear(&f->rules);
	mg_buf_clear(&f->leaders);
	f->has_chain = f->has_jump = false;
	mg_buf_init(&list, LIST_MAX);
	rc = mg_tool_run(t->host->root, &save, err);
	if (rc == 0)
		rc = mg_buf_check(&list, "the list of rules", err);
	left = mg_buf_slice(&list);
	while (rc == 0 && mg_slice_cut_line(&left, &line))
		take_rule(f, line);
	mg_buf_release(&list);
	if (rc == 0)
		f->state = judge(f);
	return rc;
}

enum mg_nftables_state mg_iptables_state(const struct mg_iptables *t)
{
	static const int order[] = {
		[MG_NFTABLES_OURS] = 0,
		[MG_NFTABLES_GONE] = 1,
		[MG_NFTABLES_COPY] = 2,
		[MG_NFTABLES_CHANGED] = 3,
	};
	const enum mg_nftables_state a = t->family[0].state;
	const enum mg_nftables_state b = t->family[1].state;

	return t->n_families < 2 || order[a] > order[b] ? a : b;
}

/* --- the sets --- */

static enum mg_ipset set_of(struct mg_slice name)
{
	enum mg_ipset i = MG_IPSET_BLOCKED4;

	while (i < MG_IPSETS &&
	       !mg_slice_is(mg_slice_str(mg_ipset_names[i]), name))
		i++;
	return i;
}

/* "Name: mailguard-blocked4", and below it "Number of entries: 3". */
static void take_sets(struct mg_iptables *t, struct mg_slice list)
{
	enum mg_ipset set = MG_IPSETS;
	struct mg_slice line;
	uint64_t n;

	while (mg_slice_cut_line(&list, &line)) {
		if (mg_slice_cut_lit(&line, MG_LIT("Name: "))) {
			set = set_of(mg_slice_trim(line));
			if (set < MG_IPSETS)
				t->has_set[set] = true;
		} else if (set < MG_IPSETS &&
			   mg_slice_cut_lit(&line,
					    MG_LIT("Number of entries: ")) &&
			   mg_num_cut(&line, INT64_MAX, &n)) {
			t->in_set[set] = (int64_t)n;
		}
	}
}

int mg_iptables_look_at_sets(struct mg_iptables *t, struct mg_err *err)
{
	static const char *const argv[] = { "ipset", "list", "-terse", NULL };
	struct mg_buf list;
	const struct mg_tool ipset = { .argv = argv,
				       .what = "to list its sets",
				       .seconds = SECONDS,
				       .out = &list };
	int rc;

	for (int i = 0; i < MG_IPSETS; i++)
		t->has_set[i] = false;
	mg_buf_init(&list, LIST_MAX);
	rc = mg_tool_run(t->host->root, &ipset, err);
	if (rc == 0)
		rc = mg_buf_check(&list, "the list of sets", err);
	if (rc == 0)
		take_sets(t, mg_buf_slice(&list));
	mg_buf_release(&list);
	return rc;
}

/* --- all of it --- */

static void init(struct mg_iptables *t)
{
	for (int i = 0; i < 2; i++) {
		struct mg_iptables_family *f = &t->family[i];

		f->is_v4 = i == 0;
		mg_buf_init(&f->saved, RULES_MAX);
		mg_buf_init(&f->rules, RULES_MAX);
		mg_buf_init(&f->leaders, RULES_MAX);
	}
	mg_buf_init(&t->boot, RULES_MAX);
	mg_buf_init(&t->sets, RULES_MAX);
	mg_buf_init(&t->text, TEXT_MAX);
}

int mg_iptables_families(const struct mg_root *root)
{
	return mg_root_has(root, "/proc/sys/net") &&
			       !mg_root_has(root, "/proc/sys/net/ipv6")
		       ? 1
		       : 2;
}

int mg_iptables_open(struct mg_iptables *t, const struct mg_backend_host *host,
		     mg_applied_fn other, void *arg, struct mg_err *err)
{
	int rc;

	*t = (struct mg_iptables){ .host = host,
				   .n_families =
					   mg_iptables_families(host->root),
				   .other = other,
				   .arg = arg };
	init(t);
	/* Where it is not told, each boot looks like the other. */
	if (mg_root_read(host->root, BOOT_ID, &t->boot, NULL))
		mg_buf_clear(&t->boot);
	rc = mg_applied_each(host->store, MG_IPTABLES_NAME, take_row, t, err);
	if (rc == 0)
		rc = mg_iptables_look_at_sets(t, err);
	for (int i = 0; rc == 0 && i < t->n_families; i++) {
		struct mg_iptables_family *f = &t->family[i];
		struct mg_slice saved = mg_buf_slice(&f->saved);

		(void)mg_num_cut(&saved, UINT64_MAX, &f->number);
		rc = mg_iptables_look(t, f, err);
		if (rc == 0)
			rc = mg_buf_check(&f->rules, "the chain " CHAIN, err);
	}
	return rc;
}

void mg_iptables_close(struct mg_iptables *t)
{
	for (int i = 0; i < 2; i++) {
		mg_buf_release(&t->family[i].saved);
		mg_buf_release(&t->family[i].rules);
		mg_buf_release(&t->family[i].leaders);
	}
	mg_buf_release(&t->boot);
	mg_buf_release(&t->sets);
	mg_buf_release(&t->text);
}
