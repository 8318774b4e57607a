/* SPDX-License-Identifier: MIT */
/*
 * panel_cpanel_priv - the parts of cPanel: its commands, what they do to an
 * account as a whole, and its lists of those whose mail is stopped.
 */
#ifndef MG_PANEL_CPANEL_PRIV_H
#define MG_PANEL_CPANEL_PRIV_H

#include "mailguard/arena.h"
#include "mailguard/json_pick.h"
#include "mailguard/panel.h"

/* --- its commands --- */

#define MG_CPANEL_ARGS_MAX 10 /* with the NULL at the end */
#define MG_CPANEL_VALUES_MAX 6

/* A command that is put together; ended by _ask or _do, which free it. */
struct mg_cpanel_command {
	const struct mg_panel_host *host;
	struct mg_arena arena; /* of the words */
	const char *argv[MG_CPANEL_ARGS_MAX];
	size_t n;
	const char *function;
	struct mg_slice input; /* of its standard input: a secret, as JSON */
	bool is_whm;
};

/* "whmapi1 --output=json FUNCTION" */
void mg_cpanel_begin_whm(struct mg_cpanel_command *k,
			 const struct mg_panel_host *h, const char *function);

/* "uapi --user=ACCOUNT --output=json Email FUNCTION email=SUBJECT" */
void mg_cpanel_begin_uapi(struct mg_cpanel_command *k,
			  const struct mg_panel_host *h,
			  const struct mg_hook_call *c, const char *function);

/* The same without the mailbox: for a function that has others, or none. */
void mg_cpanel_begin_email(struct mg_cpanel_command *k,
			   const struct mg_panel_host *h,
			   const struct mg_hook_call *c, const char *function);

/* "uapi --input=json --user=ACCOUNT --output=json Email FUNCTION", with what it
   gets on its standard input; borrowed until it was run. */
void mg_cpanel_begin_secret(struct mg_cpanel_command *k,
			    const struct mg_panel_host *h,
			    const struct mg_hook_call *c, const char *function,
			    struct mg_slice input);

/* One more word: a name with its "=", the value URI-encoded behind it. */
void mg_cpanel_add(struct mg_cpanel_command *k, const char *name,
		   struct mg_slice value);

/*
 * mg_cpanel_ask - run it, and take values of its reply.
 *
 * paths   in   as for mg_json_pick; n of them, up to MG_CPANEL_VALUES_MAX
 * values  out  n
 *
 * Returns 0; 1 in a dry run; -MG_ECONF where cPanel is not there; else -MG_EIO
 * and its kin, where cPanel refused in its words.
 */
MG_NODISCARD int mg_cpanel_ask(struct mg_cpanel_command *k,
			       const char *const *paths, size_t n,
			       struct mg_json_picked *values,
			       struct mg_err *err);

/* One that changes something: a dry run is as good. Returns 0, or as _ask. */
MG_NODISCARD int mg_cpanel_do(struct mg_cpanel_command *k, struct mg_err *err);

/* A function that wants no more than the account, or the mailbox. */
MG_NODISCARD int mg_cpanel_do_whm(const struct mg_panel_host *h,
				  const char *function,
				  const struct mg_hook_call *c,
				  struct mg_err *err);
MG_NODISCARD int mg_cpanel_do_uapi(const struct mg_panel_host *h,
				   const char *function,
				   const struct mg_hook_call *c,
				   struct mg_err *err);

/* --- an account as a whole --- */

struct mg_cpanel_account {
	bool is_suspended, is_ours, has_key; /* the key of the call */
};

/* What is so now; asked in a dry run too. */
MG_NODISCARD int mg_cpanel_look(const struct mg_panel_host *h,
				const struct mg_hook_call *c,
				struct mg_cpanel_account *out,
				struct mg_err *err);

/* Whether cPanel has no account of that name (any more). */
bool mg_cpanel_is_gone(const struct mg_panel_host *h,
		       const struct mg_hook_call *c);

MG_NODISCARD int mg_cpanel_suspend(const struct mg_panel_host *h,
				   const struct mg_hook_call *c,
				   struct mg_panel_note *note,
				   struct mg_err *err);
/* The last of ours ends it, where it is ours by now. */
MG_NODISCARD int mg_cpanel_unsuspend(const struct mg_panel_host *h,
				     const struct mg_hook_call *c,
				     struct mg_panel_note *note,
				     struct mg_err *err);
/* Irreversible: only what is suspended, and was by us. */
MG_NODISCARD int mg_cpanel_remove(const struct mg_panel_host *h,
				  const struct mg_hook_call *c,
				  struct mg_err *err);

/* --- what stands in one of two lists --- */

/* A list, with the commands that put something into it and take it out. */
struct mg_cpanel_list;

extern const struct mg_cpanel_list mg_cpanel_stopped; /* refused */
extern const struct mg_cpanel_list mg_cpanel_held;    /* kept in the queue */

/* Whether the subject of a call stands in it, whoever put it there, and for a
   suspension the login that we suspended is shut, too. */
MG_NODISCARD int mg_cpanel_is_put_in(const struct mg_panel_host *h,
				     const struct mg_hook_call *c,
				     const struct mg_cpanel_list *list,
				     const struct mg_panel_note *note,
				     bool *out, struct mg_err *err);

MG_NODISCARD int mg_cpanel_put_in(const struct mg_panel_host *h,
				  const struct mg_hook_call *c,
				  const struct mg_cpanel_list *list,
				  struct mg_panel_note *note,
				  struct mg_err *err);
/* With the last of ours, and not what somebody else has put in. */
MG_NODISCARD int mg_cpanel_take_out(const struct mg_panel_host *h,
				    const struct mg_hook_call *c,
				    const struct mg_cpanel_list *list,
				    struct mg_panel_note *note,
				    struct mg_err *err);

#endif
