/* SPDX-License-Identifier: MIT */
/*
 * account - who owns what on this host: domain -> account -> owner, and which
 * domain is served from which directory.
 *
 * The panel's own files, read whole at the start of a run. Whatever a log line
 * names leads to an account only through an exact match here; a table that
 * cannot be read whole, or that an account could have written itself, is an
 * error, since half of one would charge the wrong people.
 */
#ifndef MAILGUARD_ACCOUNT_H
#define MAILGUARD_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/arena.h"
#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/file.h"
#include "mailguard/hash.h"
#include "mailguard/map.h"
#include "mailguard/slice.h"

#define MG_ACCOUNT_NAME_MAX 32     /* bytes, useradd(8) */
#define MG_ACCOUNT_NONE UINT32_MAX /* no such account or domain */

/* Where the tables come from. */
enum mg_account_source {
	MG_ACCOUNTS_CPANEL,      /* /etc/userdomains and its kin */
	MG_ACCOUNTS_DIRECTADMIN, /* /etc/virtual/domainowners */
	MG_ACCOUNTS_PLESK,       /* /etc/mailguard/plesk.tsv, an export */
	MG_ACCOUNTS_HESTIA,      /* /usr/local/hestia/data/users, or Vesta's */
	MG_ACCOUNTS_VIRTUALMIN,  /* /etc/webmin/virtual-server/domains */
	MG_ACCOUNTS_PLAIN,       /* /etc/mailguard/domains */
};

/* Their names, for messages and help. */
#define MG_ACCOUNT_SOURCES                                                     \
	"cpanel, directadmin, plesk, hestia, virtualmin, plain"

/* A hosting account: a system user. Slices stand as long as the table. */
struct mg_account {
	struct mg_slice name;
	struct mg_slice owner; /* reseller; empty where the host knows none */
	struct mg_slice plan;  /* what was bought; empty where none is known */
	struct mg_slice home;  /* directory; empty where unknown */
	uint32_t main_domain; /* number of a domain, MG_ACCOUNT_NONE for none */
	int64_t uid;          /* of /etc/passwd; -1 where it is not there */
};

struct mg_domain {
	struct mg_slice name; /* canonical (mg_domain_canonical) */
	uint32_t account;
};

/* A directory whose scripts serve a domain. */
struct mg_site {
	struct mg_slice path; /* absolute; empty for one that holds nothing */
	uint32_t domain;
	bool in_home;     /* path is below the home, until all are known */
	bool is_borrowed; /* gives way to a domain that has it as its own */
};

/* A file or directory that the tables were read from. */
struct mg_table_file {
	struct mg_slice path; /* terminated */
	bool is_missing;
	struct mg_file_info info;
};

/* Mail servers, by the system users that their processes run as. */
enum mg_account_server {
	MG_SERVER_EXIM = 1,
	MG_SERVER_POSTFIX = 2,
	MG_SERVER_DOVECOT = 4,
};

/* The tables of one host. Read-only once loaded. */
struct mg_accounts {
	enum mg_account_source source;
	struct mg_account *accounts; /* owned */
	size_t n_accounts, cap_accounts;
	struct mg_domain *domains; /* owned */
	size_t n_domains, cap_domains;
	struct mg_site *sites; /* owned */
	size_t n_sites, cap_sites;
	struct mg_table_file *files; /* owned */
	size_t n_files, cap_files;
	struct mg_map by_name, by_domain, by_home, by_site;
	uint64_t home_depths;  /* bit n: homes of n components; 63: more */
	struct mg_map by_uid;  /* by mg_account_uid_hash */
	struct mg_map servers; /* enum mg_account_server, likewise */
	/* Where a loader was last: the next one is mostly near. */
	uint32_t near_account, near_domain;
	struct mg_hash_key key; /* for the maps */
	struct mg_arena text;   /* what all slices point into */
};

/*
 * mg_account_source_parse - the source that a word names ("cpanel", "plain").
 *
 * Returns false for any other word; out is untouched then.
 */
bool mg_account_source_parse(struct mg_slice word, enum mg_account_source *out);

/* The source that a host has: the first panel whose table is there, or plain. */
enum mg_account_source mg_accounts_detect(const struct mg_root *root);

/*
 * mg_accounts_load - read the tables of a host.
 *
 * a        out  filled on success; mg_accounts_release it
 * source   in   which files
 * root     in   the host
 * key      in   secret, for the maps: domain names are chosen by customers
 *
 * Returns 0; -MG_ECONF when the table that the source cannot do without is
 * missing, or when a file belongs to one of the accounts or can be written by
 * everybody; -MG_EPARSE with file and line for a line of no known shape or a
 * domain with two accounts; -MG_EIO, also when the files change faster than
 * they can be read; -MG_ELIMIT.
 *
 * Source: the files named at the top of lib/account/PANEL.c.
 */
MG_NODISCARD int mg_accounts_load(struct mg_accounts *a,
				  enum mg_account_source source,
				  const struct mg_root *root,
				  const struct mg_hash_key *key,
				  struct mg_err *err);

/*
 * mg_accounts_are_stale - whether a file of the tables is another than the one
 * that was read: changed, replaced, gone, or new. Costs a look at each.
 */
bool mg_accounts_are_stale(const struct mg_accounts *a,
			   const struct mg_root *root);

/* Frees what it holds; accepts NULL and a zeroed one. */
void mg_accounts_release(struct mg_accounts *a);

/*
 * Whether a name is one that useradd(8) allows, capital letters too: never a
 * path, an option or a word of another language.
 */
bool mg_account_name_is_valid(struct mg_slice name);

/*
 * mg_account_created - when an account was made, in Unix seconds; 0 where nothing
 * tells.
 *
 * Returns 0; -MG_EIO, -MG_ELIMIT where the panel's file of it cannot be read.
 *
 * Source: cPanel, "The /var/cpanel/users file"; statx(2), stx_btime.
 */
MG_NODISCARD int mg_account_created(const struct mg_accounts *a,
				    const struct mg_root *root,
				    uint32_t account, int64_t *out,
				    struct mg_err *err);

/* Number of a domain by its canonical name, or MG_ACCOUNT_NONE. */
uint32_t mg_accounts_domain(const struct mg_accounts *a, struct mg_slice name);

/* Number of an account by its exact name, or MG_ACCOUNT_NONE. */
uint32_t mg_accounts_user(const struct mg_accounts *a, struct mg_slice name);

/*
 * A user id as a hash, another one for each. Ids are given out in a row, and a
 * row of neighbours in a map would have to be walked to its end; the odd
 * constant (2^64 divided by the golden ratio) keeps them apart.
 */
static inline uint64_t mg_account_uid_hash(uint64_t uid)
{
	return uid * 0x9e3779b97f4a7c15U;
}

/* Number of an account by its user id, or MG_ACCOUNT_NONE. */
uint32_t mg_accounts_uid(const struct mg_accounts *a, uint64_t uid);

/*
 * mg_accounts_servers - whose processes run under a user id.
 *
 * Returns a bit for each enum mg_account_server: all of them for root; those
 * whose user has that number in the host's /etc/passwd, as the distributions
 * and panels call it; none for anybody else, and for an account.
 */
unsigned mg_accounts_servers(const struct mg_accounts *a, uint64_t uid);

/*
 * mg_accounts_of_path - the account whose home a directory is or lies in.
 *
 * path   in   absolute, as text; one with "." or ".." or empty components lies
 *             nowhere
 *
 * Returns the number, of the deepest home where homes lie in one another, or
 * MG_ACCOUNT_NONE.
 */
uint32_t mg_accounts_of_path(const struct mg_accounts *a, struct mg_slice path);

/*
 * mg_accounts_site - the domain of an account that a directory serves.
 *
 * account   in   its number; document roots of others are not looked at
 * path      in   as above
 *
 * Returns the number of the domain whose document root is the directory or the
 * deepest one that holds it. Where several domains share that one: the main
 * domain of the account, else one that does not borrow it, else the first by
 * name. MG_ACCOUNT_NONE where no document root holds it.
 */
uint32_t mg_accounts_site(const struct mg_accounts *a, uint32_t account,
			  struct mg_slice path);

#endif
