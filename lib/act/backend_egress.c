/* SPDX-License-Identifier: MIT */
/*
 * The back end "egress": only the users of the mail server open connections to
 * mail servers elsewhere; what others open is counted by user, or refused.
 */
#include "mailguard/egress.h"
#include "mailguard/mem.h"
#include "mailguard/nft.h"
#include "mailguard/nftables_table.h"
#include "mailguard/num.h"
#include "mailguard/vec.h"

#define NAME "egress"
#define TEXT_MAX 65536
#define LIST_MAX (8U << 20) /* bytes of all users that are counted */
#define PASSWD_MAX (16U << 20)

struct job {
	const struct mg_backend_host *host;
	uint16_t ports[MG_NFTABLES_PORTS_MAX];
	uint32_t *users; /* owned */
	size_t n_users, cap_users;
	struct mg_buf passwd;
	struct mg_buf text;
	struct mg_nftables_table table;
};

/* "name:x:1001:..." Returns false for another name. */
static bool take_line(struct mg_slice line, struct mg_slice name, uint64_t *uid)
{
	struct mg_slice is, unused, number;

	return mg_slice_cut_at(&line, ':', &is) && mg_slice_is(is, name) &&
	       mg_slice_cut_at(&line, ':', &unused) &&
	       mg_slice_cut_at(&line, ':', &number) &&
	       mg_num_parse(number, UINT32_MAX, uid);
}

static bool add_user(struct job *j, struct mg_slice name)
{
	struct mg_slice left = mg_buf_slice(&j->passwd), line;
	uint64_t uid;
	bool is_known = mg_num_parse(name, UINT32_MAX, &uid);

	while (!is_known && mg_slice_cut_line(&left, &line))
		is_known = take_line(line, name, &uid);
	if (!is_known)
		return false;
	j->users = mg_vec_room(j->users, j->n_users, &j->cap_users,
			       sizeof(*j->users));
	j->users[j->n_users++] = (uint32_t)uid;
	return true;
}

static int take_users(struct job *j, struct mg_err *err)
{
	/* Exim of Debian, of its own, of cPanel and of DirectAdmin; Mailman of
	   cPanel; Postfix. */
	static const char *const usual[] = { "root",    "Debian-exim",
					     "exim",    "mailnull",
					     "mail",    "mailman",
					     "postfix", NULL };
	const struct mg_conf_texts *set = &j->host->settings->egress.users;

	for (size_t i = 0; set->n == 0 && usual[i]; i++)
		(void)add_user(j, mg_slice_str(usual[i]));
	for (size_t i = 0; i < set->n; i++)
		if (!add_user(j, set->items[i]))
			return mg_fail(err, MG_ECONF,
				       "there is no user '%s' on this host "
				       "(egress.users)",
				       set->items[i].ptr);
	return 0;
}

static size_t take_ports(struct job *j)
{
	size_t n = mg_nftables_ports(&j->host->settings->egress.ports,
				     j->ports);

	if (n == 0)
		j->ports[n++] = 25; /* RFC 5321 */
	return n;
}

static int prepare(struct job *j, const struct mg_backend_host *h,
		   struct mg_err *err)
{
	struct mg_nft_egress e = { .refuses = h->settings->egress.mode ==
					      MG_EGRESS_REFUSE };
	int rc;

	*j = (struct job){ .host = h };
	mg_buf_init(&j->text, TEXT_MAX);
	mg_buf_init(&j->passwd, PASSWD_MAX);
	rc = mg_root_read(h->root, "/etc/passwd", &j->passwd, err);
	if (rc == 1)
		rc = mg_fail(err, MG_ECONF, "there is no '/etc/passwd'");
	if (rc == 0)
		rc = take_users(j, err);
	e.ports = j->ports;
	e.n_ports = take_ports(j);
	e.users = j->users;
	e.n_users = j->n_users;
	if (rc == 0)
		mg_nft_add_egress(&j->text, &e);
	return rc;
}

static int begin(struct job *j, const struct mg_backend_host *h,
		 struct mg_err *err)
{
	const int rc = prepare(j, h, err);

	return rc < 0 ? rc
		      : mg_nftables_open(&j->table, h, NAME,
					 MG_NFT_EGRESS_TABLE, NULL, NULL, err);
}

static void end(struct job *j)
{
	mg_mem_free(j->users);
	mg_buf_release(&j->passwd);
	mg_buf_release(&j->text);
	mg_nftables_close(&j->table);
}

/* The counts stay where the sets are the same. */
static int bring(const struct mg_backend_host *h, bool always,
		 struct mg_err *err)
{
	struct job j;
	int rc = begin(&j, h, err);
	struct mg_slice text = mg_buf_slice(&j.text);

	if (rc == 0 && (always || j.table.state != MG_NFTABLES_OURS ||
			!mg_slice_is(text, mg_buf_slice(&j.table.text))))
		rc = mg_nftables_load(&j.table, text, MG_LIT(""),
				      !mg_nftables_keeps_sets(&j.table, text),
				      err);
	end(&j);
	return rc;
}

static int apply(const struct mg_backend_host *h, bool install,
		 struct mg_err *err)
{
	(void)install; /* there is no configuration to add a line to */
	return bring(h, true, err);
}

static int refresh(const struct mg_backend_host *h, struct mg_err *err)
{
	return bring(h, false, err);
}

static struct mg_slice name_of(const struct job *j, uint64_t uid)
{
	struct mg_slice left = mg_buf_slice(&j->passwd), line;

	while (mg_slice_cut_line(&left, &line)) {
		const struct mg_slice name =
			mg_slice_of(line.ptr, mg_slice_find(line, ':'));
		uint64_t is;

		if (take_line(line, name, &is) && is == uid)
			return name;
	}
	return MG_LIT("a user without a name");
}

/* "elements = { 1001 counter packets 12 bytes 720, ... }": numbers of the
   kernel's, nothing that a stranger chose. */
static int each_in_list(struct mg_slice list, mg_egress_fn fn, void *arg)
{
	static const struct mg_slice sign = MG_LIT_INIT(" counter packets ");
	size_t at;
	int rc = 0;

	while (rc == 0 && (at = mg_slice_search(list, sign)) < list.len) {
		size_t begins = at;
		struct mg_slice word;
		uint64_t uid, n;

		while (begins && list.ptr[begins - 1] >= '0' &&
		       list.ptr[begins - 1] <= '9')
			begins--;
		word = mg_slice_of(list.ptr + begins, at - begins);
		list = mg_slice_from(list, at + sign.len);
		if (mg_num_parse(word, UINT32_MAX, &uid) &&
		    mg_num_cut(&list, INT64_MAX, &n))
			rc = fn(arg, (uint32_t)uid, (int64_t)n);
	}
	return rc;
}

static int each_count(const struct mg_nftables_table *t, mg_egress_fn fn,
		      void *arg, struct mg_err *err)
{
	struct mg_buf list;
	int rc;

	mg_buf_init(&list, LIST_MAX);
	rc = mg_nftables_list_set(t, "seen", &list, err);
	if (rc == 0)
		rc = each_in_list(mg_buf_slice(&list), fn, arg);
	mg_buf_release(&list);
	return rc;
}

int mg_egress_each(const struct mg_backend_host *h, mg_egress_fn fn, void *arg,
		   struct mg_err *err)
{
	struct mg_nftables_table table;
	int rc = mg_nftables_open(&table, h, NAME, MG_NFT_EGRESS_TABLE, NULL,
				  NULL, err);

	if (rc == 0 && table.state == MG_NFTABLES_OURS)
		rc = each_count(&table, fn, arg, err);
	mg_nftables_close(&table);
	return rc;
}

struct showing {
	const struct job *job;
	struct mg_buf *out;
};

static int show_count(void *arg, uint32_t uid, int64_t n)
{
	const struct showing *s = arg;

	mg_buf_add_fmt(s->out, "# %lld by uid %u, ", (long long)n, uid);
	mg_buf_add_printable(s->out, name_of(s->job, uid));
	mg_buf_add_char(s->out, '\n');
	return 0;
}

static int show_counts(const struct job *j, struct mg_buf *out,
		       struct mg_err *err)
{
	struct showing s = { .job = j, .out = out };

	mg_buf_add_str(out, "# connections that others opened so far:\n");
	return each_count(&j->table, show_count, &s, err);
}

static int show(const struct mg_backend_host *h, struct mg_buf *out,
		struct mg_err *err)
{
	struct job j;
	int rc = prepare(&j, h, err);

	if (rc == 0)
		mg_buf_add(out, mg_buf_slice(&j.text));
	/* What was counted only root is told, and who has no nft has none. */
	if (rc == 0 &&
	    mg_nftables_open(&j.table, h, NAME, MG_NFT_EGRESS_TABLE, NULL, NULL,
			     NULL) == 0 &&
	    j.table.state == MG_NFTABLES_OURS)
		rc = show_counts(&j, out, err);
	end(&j);
	return rc < 0 ? rc : mg_buf_check(out, "the rules of egress", err);
}

static int diff(const struct mg_backend_host *h, struct mg_buf *out,
		struct mg_err *err)
{
	struct job j;
	int rc = begin(&j, h, err);

	if (rc == 0)
		rc = mg_nftables_add_diff(&j.table, mg_buf_slice(&j.text), out);
	end(&j);
	return rc;
}

static int take_off(const struct mg_backend_host *h, struct mg_err *err)
{
	struct job j;
	int rc = begin(&j, h, err);

	if (rc == 0)
		rc = mg_nftables_take_off(&j.table, err);
	end(&j);
	return rc;
}

const struct mg_backend mg_backend_egress = {
	.name = NAME,
	.summary = "only the mail server's users reach mail servers elsewhere",
	.show = show,
	.diff = diff,
	.apply = apply,
	.refresh = refresh,
	.remove = take_off,
};
