/* SPDX-License-Identifier: MIT */
/*
 * panel - what the hooks that are shipped do, one panel a file.
 *
 * A hook of etc/hooks is a line of shell that runs `mailguard panel PANEL VERB`,
 * which reads what the hook was told. So a panel is a process of its own: it
 * neither has the store nor its lock, and what it must remember it keeps in
 * notes of its own (STATE/panel).
 *
 * Every verb may come again, and after a crash of any kind: the same key changes
 * nothing the second time. Each brings the panel to where it should be, from
 * where it is.
 */
#ifndef MAILGUARD_PANEL_H
#define MAILGUARD_PANEL_H

#include <stdbool.h>

#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/file.h"
#include "mailguard/hook.h"
#include "mailguard/priv.h"
#include "mailguard/settings.h"

#define MG_PANEL_NOTE_KEYS 16 /* actions in force on one subject */
#define MG_PANEL_KEY_MAX 65   /* bytes, terminated */
#define MG_PANEL_WAS_MAX 256  /* bytes of what was before, terminated */

/* What a panel works with; all of it borrowed. */
struct mg_panel_host {
	const struct mg_root *root;
	const struct mg_settings *settings;
	const char *state; /* the state directory */
	struct mg_jail jail;
	bool is_dry;         /* commands are said, not run; nothing is noted */
	struct mg_buf *said; /* what was done, a line each */
};

/* MG_HOOK_DONE, _SKIPPED, _LATER, or of a query _IS_DONE and its kin. */
struct mg_panel {
	const char *name;
	const char *summary; /* for the help: one line, no full stop */

	/* Returns 0 with the result; a failure in words, when it may have been
	   done in part: the same call again does the rest. */
	int (*act)(const struct mg_panel_host *h, const struct mg_hook_call *c,
		   enum mg_hook_result *result, struct mg_err *err);

	/* Whether what `of` and the key name is so. Changes nothing. */
	int (*query)(const struct mg_panel_host *h,
		     const struct mg_hook_call *c, enum mg_hook_result *result,
		     struct mg_err *err);
};

extern const struct mg_panel mg_panel_plain;
extern const struct mg_panel mg_panel_cpanel;

/* How it was, in the note of an account of cPanel: a suspension of ours is just
   being ended by ourselves, whatever the panel's hook hears. */
#define MG_PANEL_CPANEL_ENDING "ending"

/* All of them, ended by NULL. */
extern const struct mg_panel *const mg_panels[];

/* The one of a name, or NULL. */
const struct mg_panel *mg_panel_find(struct mg_slice name);

/* --- for panels --- */

/*
 * What is known of a subject that was suspended: how it was before the first of
 * the suspensions, to put it back as it was, and which are in force.
 */
struct mg_panel_note {
	char was[MG_PANEL_WAS_MAX]; /* a line, of the panel */
	char keys[MG_PANEL_NOTE_KEYS][MG_PANEL_KEY_MAX];
	size_t n_keys;
};

/* Whether it has the key of a call. */
bool mg_panel_note_has(const struct mg_panel_note *note, struct mg_slice key);

/*
 * mg_panel_note_read - the note of a call's subject.
 *
 * Returns 0; 1 where there is none (note is empty then); -MG_EIO; -MG_EPARSE.
 */
MG_NODISCARD int mg_panel_note_read(const struct mg_panel_host *h,
				    const struct mg_panel *panel,
				    const struct mg_hook_call *c,
				    struct mg_panel_note *note,
				    struct mg_err *err);

/*
 * mg_panel_note_add, _drop - put the key of a call into the note or take it
 * out, and write it; a note without keys is removed. On disk when they return.
 */
MG_NODISCARD int mg_panel_note_add(const struct mg_panel_host *h,
				   const struct mg_panel *panel,
				   const struct mg_hook_call *c,
				   struct mg_panel_note *note,
				   struct mg_err *err);
/* Write it as it is, once it has a key. */
MG_NODISCARD int mg_panel_note_keep(const struct mg_panel_host *h,
				    const struct mg_panel *panel,
				    const struct mg_hook_call *c,
				    const struct mg_panel_note *note,
				    struct mg_err *err);
/* The same with the key of the call alone: of what is done once. */
MG_NODISCARD int mg_panel_note_set(const struct mg_panel_host *h,
				   const struct mg_panel *panel,
				   const struct mg_hook_call *c,
				   struct mg_panel_note *note,
				   struct mg_err *err);
MG_NODISCARD int mg_panel_note_drop(const struct mg_panel_host *h,
				    const struct mg_panel *panel,
				    const struct mg_hook_call *c,
				    struct mg_panel_note *note,
				    struct mg_err *err);

/*
 * mg_panel_run - run a command, or say it where the run is dry.
 *
 * argv   in   with its path first, NULL last; said as it is
 * input  in   of its standard input; a secret, never said
 * out    out  initialised by the caller; what it printed; NULL: not wanted
 *
 * Returns 0; 1 in a dry run; -MG_EIO with what it said.
 */
MG_NODISCARD int mg_panel_run(const struct mg_panel_host *h,
			      const char *const *argv, struct mg_slice input,
			      struct mg_buf *out, struct mg_err *err);

#endif
