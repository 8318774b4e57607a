/* SPDX-License-Identifier: MIT */
#include "mailguard/nftables_kernel.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mailguard/file.h"
#include "mailguard/hash.h"

#define ANSWER_MAX 65536 /* bytes; the kernel sends at most 32 KiB at once */
/* Of which the kernel's macros make signed numbers; all are aligned. */
#define ATTRIBUTE_HEAD sizeof(struct nlattr)
#define MESSAGE_HEAD sizeof(struct nlmsghdr)
#define FAMILY_HEAD sizeof(struct nfgenmsg)

#define TRIES 3 /* while others change their tables */

/* A question: for the parts of one kind, or for the table itself. */
struct question {
	uint16_t type;     /* NFT_MSG_GET* */
	uint16_t flags;    /* NLM_F_DUMP for all there are */
	const char *what;  /* of a line */
	uint16_t of_table; /* attributes: the table it belongs to, */
	uint16_t name;     /* what it is called (a rule: its chain), */
	uint16_t handle;   /* its number, */
	uint16_t more;     /* and what may change in place; 0 for nothing */
};

static const struct question about_table = {
	NFT_MSG_GETTABLE,  0, "table", NFTA_TABLE_NAME, NFTA_TABLE_NAME,
	NFTA_TABLE_HANDLE, 0,
};

static const struct question about_parts[] = {
	{ NFT_MSG_GETCHAIN, NLM_F_DUMP, "chain", NFTA_CHAIN_TABLE,
	  NFTA_CHAIN_NAME, NFTA_CHAIN_HANDLE, NFTA_CHAIN_POLICY },
	{ NFT_MSG_GETSET, NLM_F_DUMP, "set", NFTA_SET_TABLE, NFTA_SET_NAME,
	  NFTA_SET_HANDLE, 0 },
	{ NFT_MSG_GETRULE, NLM_F_DUMP, "rule", NFTA_RULE_TABLE, NFTA_RULE_CHAIN,
	  NFTA_RULE_HANDLE, NFTA_RULE_EXPRESSIONS },
};

/* A talk with the kernel about one table. */
struct talk {
	int fd;
	const char *table;
	uint32_t seq;
	bool is_disturbed; /* the answer is of two states */
	uint64_t handle;   /* of what was said last */
	struct mg_buf *out;
	char answer[ANSWER_MAX];
};

/* NLA_ALIGN and NLMSG_ALIGN. */
static size_t aligned(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

static int ask(struct talk *t, const struct question *q, struct mg_err *err)
{
	const size_t len = strlen(t->table) + 1;
	struct {
		struct nlmsghdr head;
		struct nfgenmsg family;
		struct nlattr name;
		char text[NFT_NAME_MAXLEN];
	} m = { .head.nlmsg_flags = NLM_F_REQUEST };

	memcpy(m.text, t->table, len);
	m.name.nla_len = (uint16_t)(ATTRIBUTE_HEAD + len);
	m.name.nla_type = q->of_table;
	m.family.nfgen_family = NFPROTO_INET;
	m.family.version = NFNETLINK_V0;
	m.head.nlmsg_len = (uint32_t)(MESSAGE_HEAD + FAMILY_HEAD +
				      aligned(m.name.nla_len));
	m.head.nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | q->type);
	m.head.nlmsg_flags |= q->flags;
	m.head.nlmsg_seq = ++t->seq;
	if (send(t->fd, &m, m.head.nlmsg_len, 0) < 0)
		return mg_fail_errno(err, "cannot ask the kernel for its "
					  "nftables");
	return 0;
}

/* An attribute of a message, or an empty slice. */
static struct mg_slice attribute(struct mg_slice m, uint16_t type)
{
	while (m.len >= sizeof(struct nlattr)) {
		struct nlattr a;
		size_t step;

		memcpy(&a, m.ptr, sizeof(a));
		if (a.nla_len < ATTRIBUTE_HEAD || a.nla_len > m.len)
			break;
		if ((a.nla_type & NLA_TYPE_MASK) == type)
			return mg_slice_of(m.ptr + ATTRIBUTE_HEAD,
					   a.nla_len - ATTRIBUTE_HEAD);
		step = aligned(a.nla_len);
		m = mg_slice_from(m, step < m.len ? step : m.len);
	}
	return MG_LIT("");
}

/* Texts are sent with their NUL. */
static struct mg_slice text_of(struct mg_slice a)
{
	return mg_slice_of(a.ptr, a.len ? a.len - 1 : 0);
}

static uint64_t number_of(struct mg_slice a)
{
	uint32_t four;
	uint64_t eight;

	if (a.len == sizeof(eight)) {
		memcpy(&eight, a.ptr, sizeof(eight));
		return be64toh(eight);
	}
	if (a.len != sizeof(four))
		return 0;
	memcpy(&four, a.ptr, sizeof(four));
	return ntohl(four);
}

/* Not against who would choose it: root, who can change all of this. */
static uint64_t digest_of(struct mg_slice a)
{
	static const struct mg_hash_key key = { 0, 0 };

	return a.len > sizeof(uint64_t) ? mg_hash(&key, a) : number_of(a);
}

static void hear(struct talk *t, const struct question *q, struct mg_slice m)
{
	const struct mg_slice name = text_of(attribute(m, q->name));

	/* Old kernels say what all tables have. */
	if (!mg_slice_is(text_of(attribute(m, q->of_table)),
			 mg_slice_str(t->table)))
		return;
	t->handle = number_of(attribute(m, q->handle));
	/* A set without a name of its own is part of a rule. */
	if (!t->out || mg_slice_has_prefix(name, MG_LIT("__")))
		return;
	mg_buf_add_fmt(t->out, "%s %.*s %llu", q->what, MG_SLICE_ARG(name),
		       (unsigned long long)t->handle);
	if (q->more && attribute(m, q->more).len)
		mg_buf_add_fmt(t->out, " %llx",
			       (unsigned long long)digest_of(
				       attribute(m, q->more)));
	mg_buf_add_char(t->out, '\n');
}

/* One message. Returns 1 for more to come, 0 for the last or for nothing of
   that name, -MG_EIO. */
static int take(struct talk *t, const struct question *q,
		const struct nlmsghdr *h, struct mg_slice body,
		struct mg_err *err)
{
	int error = 0;

	if (h->nlmsg_seq != t->seq)
		return 1;
	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		t->is_disturbed = true;
	if (h->nlmsg_type == NLMSG_DONE)
		return 0;
	if (h->nlmsg_type != NLMSG_ERROR) {
		if (body.len >= FAMILY_HEAD)
			hear(t, q,
			     mg_slice_from(body, NLMSG_ALIGN(sizeof(
							 struct nfgenmsg))));
		return q->flags & NLM_F_DUMP ? 1 : 0;
	}
	if (body.len >= sizeof(error))
		memcpy(&error, body.ptr, sizeof(error));
	if (error == -ENOENT)
		return 0;
	errno = error ? -error : EPROTO;
	return mg_fail_errno(err, "the kernel does not say what its nftables "
				  "have");
}

/* Every message of one answer, as take returns. */
static int take_all(struct talk *t, const struct question *q,
		    struct mg_slice all, struct mg_err *err)
{
	int rc = 1;

	while (rc == 1 && all.len >= sizeof(struct nlmsghdr)) {
		struct nlmsghdr h;
		size_t step;

		memcpy(&h, all.ptr, sizeof(h));
		if (h.nlmsg_len < MESSAGE_HEAD || h.nlmsg_len > all.len)
			return mg_fail(err, MG_EIO,
				       "the kernel's nftables do not make "
				       "sense");
		rc = take(t, q, &h,
			  mg_slice_of(all.ptr + MESSAGE_HEAD,
				      h.nlmsg_len - MESSAGE_HEAD),
			  err);
		step = aligned(h.nlmsg_len);
		all = mg_slice_from(all, step < all.len ? step : all.len);
	}
	return rc;
}

static int question(struct talk *t, const struct question *q,
		    struct mg_err *err)
{
	int rc = ask(t, q, err);

	if (rc < 0)
		return rc;
	t->handle = 0;
	do {
		const ssize_t n = recv(t->fd, t->answer, sizeof(t->answer), 0);

		if (n < 0)
			return mg_fail_errno(err, "cannot hear the kernel's "
						  "nftables");
		rc = take_all(t, q, mg_slice_of(t->answer, (size_t)n), err);
	} while (rc == 1);
	return rc;
}

static int look(struct talk *t, uint64_t *handle, struct mg_err *err)
{
	struct mg_buf *const out = t->out;
	int rc;

	t->is_disturbed = false;
	t->out = NULL;
	rc = question(t, &about_table, err);
	t->out = out;
	if (rc < 0 || t->handle == 0)
		return rc;
	*handle = t->handle;
	for (size_t i = 0;
	     rc == 0 && out && i < sizeof(about_parts) / sizeof(*about_parts);
	     i++)
		rc = question(t, &about_parts[i], err);
	return rc < 0 ? rc : 1;
}

int mg_nftables_look(const char *table, uint64_t *handle, struct mg_buf *parts,
		     struct mg_err *err)
{
	struct talk t = { .table = table, .out = parts };
	int rc = 0;

	t.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (t.fd < 0)
		return mg_fail_errno(err, "cannot ask the kernel for its "
					  "nftables");
	for (int i = 0; i < TRIES; i++) {
		if (parts)
			mg_buf_clear(parts);
		rc = look(&t, handle, err);
		if (rc < 0 || !t.is_disturbed)
			break;
	}
	mg_file_close(&t.fd);
	return rc;
}
