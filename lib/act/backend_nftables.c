/* SPDX-License-Identifier: MIT */
/*
 * The back end "nftables": blocked addresses cannot connect to the ports of
 * POP3 and IMAP, or the kernel itself limits how often each may.
 */
#include "mailguard/backend.h"
#include "mailguard/nftables_set.h"
#include "mailguard/nftables_table.h"

#define NAME "nftables"
#define TEXT_MAX (4U << 20)
#define CHANGES_MAX ((size_t)1 << 30) /* bytes; a million take 100 MB */

/* What should be, and what is. */
struct job {
	const struct mg_backend_host *host;
	uint16_t ports[MG_NFTABLES_PORTS_MAX];
	struct mg_nft_table rules;
	struct mg_buf text; /* of the table */
	struct mg_nftables_table table;
	struct mg_nftables_set loaded, wanted;
	size_t n_left_out;
};

static void prepare(struct job *j, const struct mg_backend_host *h)
{
	*j = (struct job){ .host = h };
	j->rules = mg_nftables_rules(h, j->ports);
	mg_buf_init(&j->text, TEXT_MAX);
	mg_nft_add_table(&j->text, &j->rules);
	mg_nftables_set_want(&j->wanted, &j->rules, h->force, h->now,
			     &j->n_left_out);
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
	if (rc < 0)
		return rc;
	return mg_nftables_open(&j->table, h, NAME, MG_NFT_TABLE, take_row,
				&j->loaded, err);
}

static void end(struct job *j)
{
	mg_buf_release(&j->text);
	mg_nftables_close(&j->table);
	mg_nftables_set_release(&j->loaded);
	mg_nftables_set_release(&j->wanted);
}

/* Appends what makes the sets of the kernel what they should be. */
static size_t add_changes(const struct job *j, bool is_whole,
			  struct mg_buf *out)
{
	static const struct mg_nftables_set none;
	struct mg_nftables_changes changes = { .n = 0 };
	size_t n;

	mg_nftables_set_compare(is_whole ? &none : &j->loaded, &j->wanted,
				j->host->now, &changes);
	n = changes.n;
	mg_nft_add_changes(out, &j->rules, changes.items, n, is_whole);
	mg_nftables_changes_release(&changes);
	return n;
}

/* The text is loaded where it is another one, or the table is not there. */
static int bring(struct job *j, bool always, struct mg_err *err)
{
	const struct mg_slice text = mg_buf_slice(&j->text);
	const bool is_whole = !mg_nftables_keeps_sets(&j->table, text);
	const bool is_new = is_whole || always ||
			    !mg_slice_is(text, mg_buf_slice(&j->table.text));
	struct mg_buf changes;
	size_t n;
	int rc;

	mg_buf_init(&changes, CHANGES_MAX);
	n = add_changes(j, is_whole, &changes);
	rc = mg_buf_check(&changes, "the blocked addresses", err);
	if (rc == 0 && (is_new || n))
		rc = mg_nftables_load(&j->table, is_new ? text : MG_LIT(""),
				      mg_buf_slice(&changes), is_whole, err);
	if (rc == 0)
		rc = mg_nftables_set_write_down(j->host, NAME, &j->loaded,
						&j->wanted, err);
	mg_buf_release(&changes);
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
	struct job j;

	prepare(&j, h);
	mg_buf_add(out, mg_buf_slice(&j.text));
	(void)add_changes(&j, true, out);
	if (j.n_left_out)
		mg_buf_add_fmt(out,
			       "# %zu more are left out: networks, or beyond "
			       "firewall.size\n",
			       j.n_left_out);
	end(&j);
	return mg_buf_check(out, "the rules of the firewall", err);
}

static int diff(const struct mg_backend_host *h, struct mg_buf *out,
		struct mg_err *err)
{
	struct job j;
	int rc = begin(&j, h, err);

	if (rc == 0) {
		rc = mg_nftables_add_diff(&j.table, mg_buf_slice(&j.text), out);
		rc |= mg_nftables_set_add_diff(&j.loaded, &j.wanted, h->now,
					       out);
	}
	end(&j);
	return rc;
}

static int remove_table(const struct mg_backend_host *h, struct mg_err *err)
{
	struct job j;
	int rc = begin(&j, h, err);

	if (rc == 0)
		rc = mg_nftables_take_off(&j.table, err);
	end(&j);
	return rc;
}

/* Of what is loaded; how full the sets of the kernel's own counting are is not
   known without reading them. */
static int fill(const struct mg_backend_host *h, mg_backend_fill_fn fn,
		void *arg, struct mg_err *err)
{
	struct job j;
	const int rc = begin(&j, h, err);

	if (rc == 0)
		mg_nftables_set_fill(&j.loaded, h->now, j.rules.size, fn, arg);
	end(&j);
	return rc;
}

const struct mg_backend mg_backend_nftables = {
	.name = NAME,
	.summary = "blocked addresses cannot connect to POP3 and IMAP",
	.keys = MG_FORCE_ADDRESS,
	.show = show,
	.diff = diff,
	.apply = apply,
	.refresh = refresh,
	.remove = remove_table,
	.fill = fill,
};
