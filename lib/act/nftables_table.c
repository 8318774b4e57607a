/* SPDX-License-Identifier: MIT */
#include "mailguard/nftables_table.h"

#include "tool.h"

#include <stdio.h>

#include "mailguard/nft.h"
#include "mailguard/nftables_kernel.h"
#include "mailguard/num.h"

#define PARTS_MAX 65536 /* bytes; ours are a few lines */
#define TEXT_MAX (4U << 20)
#define LINE_MAX_BYTES 4096
#define SECONDS 60 /* a million addresses take five */
#define ALL_MAX ((size_t)1 << 30)

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define TABLE_KEY MG_LIT("table")
#define TEXT_KEY MG_LIT("text")

size_t mg_nftables_ports(const struct mg_conf_texts *set,
			 uint16_t out[MG_NFTABLES_PORTS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < set->n && n < MG_NFTABLES_PORTS_MAX; i++) {
		uint64_t port;

		if (mg_num_parse(set->items[i], UINT16_MAX, &port))
			out[n++] = (uint16_t)port;
	}
	return n;
}

struct mg_nft_table mg_nftables_rules(const struct mg_backend_host *h,
				      uint16_t ports[MG_NFTABLES_PORTS_MAX])
{
	/* POP3, IMAP (RFC 1939, 9051), and both over TLS (RFC 8314). */
	static const uint16_t usual[] = { 110, 143, 993, 995 };
	const struct mg_settings *s = h->settings;
	const size_t n = mg_nftables_ports(&s->firewall.ports, ports);

	return (struct mg_nft_table){
		.ports = n ? ports : usual,
		.n_ports = n ? n : sizeof(usual) / sizeof(*usual),
		.counts = s->firewall.checks == MG_CHECKS_KERNEL,
		.limit = s->firewall.limit,
		.window_s = s->firewall.window,
		.prefix6 = (unsigned)s->firewall.prefix6,
		.size = s->firewall.size,
		.exempt = h->force->exempt,
		.n_exempt = h->force->n_exempt,
	};
}

/* --- what was loaded, and what is there --- */

static int take_row(void *arg, const struct mg_applied *row)
{
	struct mg_nftables_table *t = arg;

	if (mg_slice_is(row->key, TABLE_KEY)) {
		t->is_known = true;
		mg_buf_add(&t->saved, row->value);
	} else if (mg_slice_is(row->key, TEXT_KEY)) {
		mg_buf_add(&t->text, row->value);
	} else if (t->other) {
		return t->other(t->arg, row);
	}
	return 0;
}

/* "chain load7of18 21" among the parts. Returns false where there is none. */
static bool find_mark(struct mg_slice parts, uint64_t *number, uint64_t *count)
{
	struct mg_slice line;

	while (mg_slice_cut_line(&parts, &line))
		if (mg_slice_cut_lit(&line, MG_LIT("chain load")) &&
		    mg_num_cut(&line, UINT64_MAX, number) &&
		    mg_slice_cut_lit(&line, MG_LIT("of")) &&
		    mg_num_cut(&line, UINT64_MAX, count))
			return true;
	return false;
}

static uint64_t count_lines(struct mg_slice text)
{
	struct mg_slice line;
	uint64_t n = 0;

	while (mg_slice_cut_line(&text, &line))
		n++;
	return n;
}

/* One line about which table it was, then its parts. */
static void add_saved(const struct mg_nftables_table *t, uint64_t number,
		      struct mg_buf *out)
{
	mg_buf_add_fmt(out, "%llu %llu ", (unsigned long long)number,
		       (unsigned long long)t->handle);
	mg_buf_add(out, mg_slice_trim(mg_buf_slice(&t->boot)));
	mg_buf_add_char(out, '\n');
	mg_buf_add(out, mg_buf_slice(&t->parts));
}

/* Whether two tables are one: the line about which one it is says the same. */
static bool is_same_table(struct mg_slice a, struct mg_slice b)
{
	struct mg_slice first, second;

	return mg_slice_cut_line(&a, &first) &&
	       mg_slice_cut_line(&b, &second) && mg_slice_is(first, second);
}

/*
 * Of the very table that was loaded last nothing may differ; where there was
 * one more load, or there is another table, its own mark must hold.
 */
static enum mg_nftables_state judge(const struct mg_nftables_table *t)
{
	const struct mg_slice saved = mg_buf_slice(&t->saved);
	enum mg_nftables_state state = MG_NFTABLES_CHANGED;
	uint64_t number = 0, count = 0;
	struct mg_buf now;

	mg_buf_init(&now, PARTS_MAX + LINE_MAX_BYTES);
	add_saved(t, t->number, &now);
	if (t->is_known && mg_slice_is(saved, mg_buf_slice(&now)))
		state = MG_NFTABLES_OURS;
	else if (find_mark(mg_buf_slice(&t->parts), &number, &count) &&
		 count == count_lines(mg_buf_slice(&t->parts)) &&
		 (number != t->number ||
		  !is_same_table(saved, mg_buf_slice(&now))))
		state = MG_NFTABLES_COPY;
	mg_buf_release(&now);
	return state;
}

int mg_nftables_open(struct mg_nftables_table *t,
		     const struct mg_backend_host *host, const char *backend,
		     const char *name, mg_applied_fn other, void *arg,
		     struct mg_err *err)
{
	struct mg_slice saved;
	int rc;

	*t = (struct mg_nftables_table){ .host = host,
					 .backend = backend,
					 .name = name,
					 .other = other,
					 .arg = arg };
	mg_buf_init(&t->saved, PARTS_MAX);
	mg_buf_init(&t->text, TEXT_MAX);
	mg_buf_init(&t->boot, LINE_MAX_BYTES);
	mg_buf_init(&t->parts, PARTS_MAX);
	/* Where it is not told, each boot looks like the other. */
	if (mg_root_read(host->root, BOOT_ID, &t->boot, NULL))
		mg_buf_clear(&t->boot);
	if (t->boot.len && t->boot.ptr[t->boot.len - 1] == '\n')
		t->boot.len--;
	rc = mg_applied_each(host->store, backend, take_row, t, err);
	if (rc < 0)
		return rc;
	saved = mg_buf_slice(&t->saved);
	if (!mg_num_cut(&saved, UINT64_MAX, &t->number))
		t->is_known = false;
	rc = mg_nftables_look(name, &t->handle, &t->parts, err);
	if (rc == 1)
		t->state = judge(t);
	return rc < 0 ? rc : 0;
}

void mg_nftables_close(struct mg_nftables_table *t)
{
	mg_buf_release(&t->saved);
	mg_buf_release(&t->text);
	mg_buf_release(&t->boot);
	mg_buf_release(&t->parts);
}

/* --- loading --- */

/* What declares sets and chains: all before rules are flushed. */
static struct mg_slice frame_of(struct mg_slice text)
{
	return mg_slice_of(text.ptr,
			   mg_slice_search(text, MG_LIT("flush table ")));
}

bool mg_nftables_keeps_sets(const struct mg_nftables_table *t,
			    struct mg_slice text)
{
	return t->state == MG_NFTABLES_OURS &&
	       mg_slice_is(frame_of(mg_buf_slice(&t->text)), frame_of(text));
}

/* Sets and chains, a line each in the frame; rules, a line each behind it. */
static uint64_t count_parts(struct mg_slice text)
{
	struct mg_slice frame = frame_of(text), line;
	uint64_t n = 0;

	while (mg_slice_cut_line(&frame, &line))
		if (mg_slice_has_prefix(line, MG_LIT("\tset ")) ||
		    mg_slice_has_prefix(line, MG_LIT("\tchain ")))
			n++;
	while (mg_slice_cut_line(&text, &line))
		if (mg_slice_has_prefix(line, MG_LIT("\t\t")))
			n++;
	return n;
}

/* The mark of this load, in place of that of the one before. */
static void add_mark(const struct mg_nftables_table *t, struct mg_slice text,
		     bool is_whole, struct mg_buf *out)
{
	uint64_t number, count;

	if (!is_whole && find_mark(mg_buf_slice(&t->parts), &number, &count))
		mg_buf_add_fmt(out, "delete chain inet %s load%lluof%llu\n",
			       t->name, (unsigned long long)number,
			       (unsigned long long)count);
	mg_buf_add_fmt(out, "add chain inet %s load%lluof%llu\n", t->name,
		       (unsigned long long)t->number + 1,
		       (unsigned long long)count_parts(text) + 1);
}

static int run(const struct mg_nftables_table *t, const char *const *argv,
	       struct mg_slice input, struct mg_buf *out, struct mg_err *err)
{
	char what[64];
	const struct mg_tool nft = { .argv = argv,
				     .what = what,
				     .input = input,
				     .seconds = SECONDS,
				     .out = out };

	(void)snprintf(what, sizeof(what), "the table '%s'", t->name);
	return mg_tool_run(t->host->root, &nft, err);
}

static int send_text(const struct mg_nftables_table *t, struct mg_slice text,
		     struct mg_err *err)
{
	static const char *const argv[] = { "nft", "-f", "-", NULL };

	return run(t, argv, text, NULL, err);
}

static int check_text(const struct mg_nftables_table *t, struct mg_slice text,
		      struct mg_err *err)
{
	static const char *const argv[] = { "nft", "-c", "-f", "-", NULL };

	return run(t, argv, text, NULL, err);
}

int mg_nftables_list_set(const struct mg_nftables_table *t, const char *set,
			 struct mg_buf *out, struct mg_err *err)
{
	const char *const argv[] = { "nft",   "list", "set", "inet",
				     t->name, set,    NULL };

	return run(t, argv, MG_LIT(""), out, err);
}

/* Whether the kernel has what nft said it loaded. */
static int probe(struct mg_nftables_table *t, uint64_t n_parts,
		 struct mg_err *err)
{
	uint64_t number = 0, count = 0;
	const int rc = mg_nftables_look(t->name, &t->handle, &t->parts, err);

	if (rc < 0)
		return rc;
	if (rc == 0 || !find_mark(mg_buf_slice(&t->parts), &number, &count) ||
	    number != t->number + 1 || count != n_parts ||
	    count_lines(mg_buf_slice(&t->parts)) != n_parts)
		return mg_fail(err, MG_EIO,
			       "nft said that it loaded the table '%s', which "
			       "is not so",
			       t->name);
	return 0;
}

/* What was there before, as far as it was ours. Its failure is no news. */
static void take_back(const struct mg_nftables_table *t)
{
	struct mg_buf b;

	mg_buf_init(&b, TEXT_MAX + PARTS_MAX);
	if (t->state != MG_NFTABLES_OURS)
		mg_nft_add_removal(&b, t->name);
	else
		mg_buf_add(&b, mg_buf_slice(&t->text));
	(void)send_text(t, mg_buf_slice(&b), NULL);
	mg_buf_release(&b);
}

/* For the next time, with the rest of the transaction. */
static int write_down(struct mg_nftables_table *t, struct mg_slice text,
		      struct mg_err *err)
{
	struct mg_applied row = { .key = TABLE_KEY };
	int rc;

	t->number++;
	mg_buf_clear(&t->saved);
	add_saved(t, t->number, &t->saved);
	row.value = mg_buf_slice(&t->saved);
	rc = mg_applied_put(t->host->store, t->backend, &row, err);
	if (rc < 0)
		return rc;
	row = (struct mg_applied){ .key = TEXT_KEY, .value = text };
	return mg_applied_put(t->host->store, t->backend, &row, err);
}

static int load_table(struct mg_nftables_table *t, struct mg_slice text,
		      struct mg_slice changes, bool is_whole,
		      struct mg_err *err)
{
	struct mg_buf b;
	int rc;

	mg_buf_init(&b, ALL_MAX);
	if (is_whole)
		mg_nft_add_removal(&b, t->name);
	mg_buf_add(&b, text);
	add_mark(t, text, is_whole, &b);
	rc = check_text(t, mg_buf_slice(&b), err);
	mg_buf_add(&b, changes);
	if (rc == 0)
		rc = mg_buf_check(&b, "the rules of the firewall", err);
	if (rc == 0)
		rc = send_text(t, mg_buf_slice(&b), err);
	if (rc == 0 && (rc = probe(t, count_parts(text) + 1, err)) < 0)
		take_back(t);
	if (rc == 0)
		rc = write_down(t, text, err);
	mg_buf_release(&b);
	return rc;
}

static int refuse_changed(const struct mg_nftables_table *t, struct mg_err *err)
{
	if (t->state != MG_NFTABLES_CHANGED || t->host->is_forced)
		return 0;
	return mg_fail(err, MG_ECONF,
		       "somebody else changed the table 'inet %s': see "
		       "mailguard rules diff %s; with rules apply --force it "
		       "is replaced",
		       t->name, t->backend);
}

int mg_nftables_load(struct mg_nftables_table *t, struct mg_slice text,
		     struct mg_slice changes, bool is_whole, struct mg_err *err)
{
	const int rc = refuse_changed(t, err);

	if (rc < 0)
		return rc;
	return text.len ? load_table(t, text, changes, is_whole, err)
			: send_text(t, changes, err);
}

int mg_nftables_take_off(struct mg_nftables_table *t, struct mg_err *err)
{
	struct mg_buf b;
	int rc = refuse_changed(t, err);

	mg_buf_init(&b, LINE_MAX_BYTES);
	mg_nft_add_removal(&b, t->name);
	if (rc == 0 && t->state != MG_NFTABLES_GONE)
		rc = send_text(t, mg_buf_slice(&b), err);
	if (rc == 0)
		rc = mg_applied_drop_all(t->host->store, t->backend, err);
	mg_buf_release(&b);
	return rc;
}
