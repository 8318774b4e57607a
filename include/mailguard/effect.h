/* SPDX-License-Identifier: MIT */
/*
 * effect - what hooks do about an act, once.
 *
 * This is the code that runs as root after a decision. All that it can do:
 *
 *   - run an executable of the hooks' directory (hook.h) with the verb suspend,
 *     unsuspend, terminate, warn, or of a move (contain.h) password or
 *     sessions, about a mailbox, a domain or an account that the
 *     account tables have now, and had when it was decided, of the same user id
 *     and created at the same time;
 *   - run it with the verb query, which changes nothing;
 *   - of a move, have Dovecot end the sessions of a login (sessions.h);
 *   - have evidence made, in the state directory;
 *   - add marks to acts that are there, and an act of MG_ACT_UNSUSPEND for a
 *     suspension that is over.
 *
 * What else a decision can have done to the host, all of it, is done elsewhere
 * and ends with a word or by itself:
 *
 *   - files of our own that Exim, Postfix and Dovecot look names up in, and for
 *     a person who says --install the lines that name them, with a backup and a
 *     reload (backend_exim*.c, backend_postfix*.c, backend_dovecot*.c);
 *   - a table of our own in nftables, or sets and a chain of our own of ipset and
 *     iptables, or temporary denies of csf (nftables_*.c, iptables_*.c,
 *     backend_egress.c, backend_csf.c);
 *   - queued messages, by id, frozen or held and let go, never removed
 *     (halt_*.c: exim -Mf and -Mt, postsuper -h and -H);
 *   - letters by sendmail -i, and hooks with the verb notify (notice_mail.c,
 *     notice_hook.c);
 *   - for evidence, messages of the queue printed (gather_queue.c), and scripts
 *     read under their account's user id (lib/evidence/collect*.c).
 *
 * Before a suspension a bundle of evidence is made (gather.h); without one no hook
 * is run. The maps of back ends do not wait for it: they are ours, and end with a
 * word, while a full disk should not let a burst of mail go on.
 *
 * Nothing is run without an intent on disk and, between that and the hook, a mark
 * MG_MARK_STARTED of its own. Where a crash left such a mark without an end, the
 * hook is asked by query: done is done; what is not done is run again under the
 * same key; what nobody knows is run once more, a termination never. What fails
 * is tried again by later sweeps, each time after a longer while, and in the end
 * is left to a person (MG_MARK_STUCK). A suspension in force is asked about by
 * sweeps: where somebody took it back that is marked and said, and it is begun
 * once more at most.
 *
 * All of that has a time (hooks.budget). What is new comes first, then what
 * failed, who waited longest before others, then what stands; there the next
 * sweep goes on where this one ended.
 *
 * What a hook says it did is checked by query, too. One that answers neither
 * done nor not-done is believed.
 *
 * The lock of the state is held by a hook for as long as it runs, so that after
 * a crash here nobody begins anew beside it.
 */
#ifndef MAILGUARD_EFFECT_H
#define MAILGUARD_EFFECT_H

#include "mailguard/acts.h"
#include "mailguard/buf.h"
#include "mailguard/enforce.h"
#include "mailguard/err.h"

/* Times that a hook may fail at an act before a person must look. The waits
   between them add up to four hours. */
#define MG_EFFECT_TRIES_MAX 10

/*
 * mg_effects_run - bring hooks in line with what is in force.
 *
 * e   in   no transaction is open
 *
 * Returns 0, or -MG_EIO of the store or the hooks' directory. What a hook could
 * not do was said by e->fail.
 */
MG_NODISCARD int mg_effects_run(struct mg_enforcer *e, struct mg_err *err);

/*
 * mg_effects_plan - append what mg_effects_run would do about an act that is not
 * there yet: of each hook its name, the verb, and what it would be told.
 *
 * n_hooks   out   how many
 *
 * Returns 0; -MG_EUSAGE where no hook may be told of such a subject; -MG_EIO.
 */
MG_NODISCARD int mg_effects_plan(struct mg_enforcer *e,
				 const struct mg_act *act, struct mg_buf *out,
				 size_t *n_hooks, struct mg_err *err);

#define MG_EFFECT_IDENTITY_MAX 64 /* "uid 5001, created 1772408000" */

/* Of whom an act is, whoever gets that name later; without the creation where it
   is not known. */
void mg_effect_identity_text(const struct mg_identity *who,
			     char out[MG_EFFECT_IDENTITY_MAX]);

/*
 * mg_effect_identity - the same of an act's account as the tables have it now.
 *
 * Returns 0; -MG_EPARSE where they have no such account; -MG_EIO where it cannot
 * be read when it was created. Out is empty then.
 */
MG_NODISCARD int mg_effect_identity(const struct mg_accounts *accounts,
				    const struct mg_root *root,
				    const struct mg_act *act,
				    char out[MG_EFFECT_IDENTITY_MAX],
				    struct mg_err *err);

/*
 * mg_effect_is_same - whether two of them are the same account's: by the user id
 * alone where one does not say when it was created. An empty one is everybody's.
 */
bool mg_effect_is_same(struct mg_slice then, struct mg_slice now);

#endif
