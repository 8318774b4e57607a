/* SPDX-License-Identifier: MIT */
/*
 * Which panels there are, the notes they keep, and how they run a command.
 */
#include "mailguard/panel.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "mailguard/replace.h"
#include "mailguard/sha256.h"
#include "mailguard/spawn.h"

#define NOTE_MAX 8192
#define COMMAND_S 600 /* the hook's own time is shorter, as a rule */
#define SAID_MAX 4096

const struct mg_panel *const mg_panels[] = { &mg_panel_plain, &mg_panel_cpanel,
					     NULL };

const struct mg_panel *mg_panel_find(struct mg_slice name)
{
	for (const struct mg_panel *const *p = mg_panels; *p; p++)
		if (mg_slice_is(mg_slice_str((*p)->name), name))
			return *p;
	return NULL;
}

/* --- notes --- */

/* Suspensions, throttles and passwords of a subject are apart. */
static struct mg_slice what_of(const struct mg_hook_call *c)
{
	const enum mg_hook_verb v = c->verb == MG_HOOK_QUERY ? c->of : c->verb;

	if (v == MG_HOOK_THROTTLE || v == MG_HOOK_RELEASE)
		return MG_LIT("throttle");
	return v == MG_HOOK_PASSWORD ? MG_LIT("password") : MG_LIT("suspend");
}

/* Names are no file names: of their digest. */
static int path_of(const struct mg_panel_host *h, const struct mg_panel *panel,
		   const struct mg_hook_call *c, char out[PATH_MAX],
		   struct mg_err *err)
{
	unsigned char digest[MG_SHA256_LEN];
	char hex[MG_SHA256_TEXT_MAX];
	struct mg_sha256 hash;

	mg_sha256_init(&hash);
	mg_sha256_add_text(&hash, what_of(c));
	mg_sha256_add_text(&hash, c->per);
	mg_sha256_add_text(&hash, c->subject);
	mg_sha256_end(&hash, digest);
	mg_sha256_format(digest, MG_SHA256_LEN, hex);
	if (snprintf(out, PATH_MAX, "%s/panel/%s-%s", h->state, panel->name,
		     hex) >= PATH_MAX)
		return mg_fail(err, MG_EIO,
			       "the name of the state directory is too long");
	return 0;
}

bool mg_panel_note_has(const struct mg_panel_note *note, struct mg_slice key)
{
	for (size_t i = 0; i < note->n_keys; i++)
		if (mg_slice_is(mg_slice_str(note->keys[i]), key))
			return true;
	return false;
}

static bool copy_text(struct mg_slice s, char *out, size_t size)
{
	if (s.len >= size)
		return false;
	memcpy(out, s.ptr, s.len);
	out[s.len] = '\0';
	return true;
}

static bool parse_note(struct mg_slice text, struct mg_panel_note *note)
{
	struct mg_slice line;

	while (mg_slice_cut_line(&text, &line))
		if (mg_slice_cut_lit(&line, MG_LIT("was "))) {
			if (!copy_text(line, note->was, sizeof(note->was)))
				return false;
		} else if (mg_slice_cut_lit(&line, MG_LIT("key "))) {
			if (note->n_keys == MG_PANEL_NOTE_KEYS ||
			    !copy_text(line, note->keys[note->n_keys++],
				       MG_PANEL_KEY_MAX))
				return false;
		}
	return note->n_keys > 0;
}

int mg_panel_note_read(const struct mg_panel_host *h,
		       const struct mg_panel *panel,
		       const struct mg_hook_call *c, struct mg_panel_note *note,
		       struct mg_err *err)
{
	char path[PATH_MAX];
	struct mg_buf text;
	int rc;

	*note = (struct mg_panel_note){ .n_keys = 0 };
	rc = path_of(h, panel, c, path, err);
	if (rc < 0 || !mg_file_exists(path))
		return rc < 0 ? rc : 1;
	mg_buf_init(&text, NOTE_MAX);
	rc = mg_file_read_trusted(path, &text, err);
	if (rc == 0 && !parse_note(mg_buf_slice(&text), note))
		rc = mg_fail(err, MG_EPARSE,
			     "'%s' is no note of this program: somebody "
			     "changed it",
			     path);
	mg_buf_release(&text);
	return rc;
}

static int make_folder(const struct mg_panel_host *h, struct mg_err *err)
{
	char path[PATH_MAX];
	int fd = -1;
	int rc = mg_file_make_private_dir(h->state, &fd, err);

	mg_file_close(&fd);
	if (rc == 0 && snprintf(path, sizeof(path), "%s/panel", h->state) >=
			       (int)sizeof(path))
		rc = mg_fail(err, MG_EIO,
			     "the name of the state directory is too long");
	if (rc == 0)
		rc = mg_file_make_private_dir(path, &fd, err);
	mg_file_close(&fd);
	return rc;
}

/* The subject is for who looks into the file. */
int mg_panel_note_keep(const struct mg_panel_host *h,
		       const struct mg_panel *panel,
		       const struct mg_hook_call *c,
		       const struct mg_panel_note *note, struct mg_err *err)
{
	char path[PATH_MAX];
	struct mg_buf text;
	int rc = path_of(h, panel, c, path, err);

	if (rc < 0 || h->is_dry)
		return rc;
	if (note->n_keys == 0)
		return mg_file_remove(path, err);
	mg_buf_init(&text, NOTE_MAX);
	mg_buf_add_fmt(&text, "subject %.*s:%.*s\nwas %s\n",
		       MG_SLICE_ARG(c->per), MG_SLICE_ARG(c->subject),
		       note->was);
	for (size_t i = 0; i < note->n_keys; i++)
		mg_buf_add_fmt(&text, "key %s\n", note->keys[i]);
	rc = make_folder(h, err);
	if (rc == 0)
		rc = mg_replace_file(path, 0600, -1, mg_buf_slice(&text), err);
	mg_buf_release(&text);
	return rc;
}

int mg_panel_note_add(const struct mg_panel_host *h,
		      const struct mg_panel *panel,
		      const struct mg_hook_call *c, struct mg_panel_note *note,
		      struct mg_err *err)
{
	if (mg_panel_note_has(note, c->key))
		return 0;
	if (note->n_keys == MG_PANEL_NOTE_KEYS)
		return mg_fail(err, MG_ELIMIT,
			       "%d suspensions of it are in force already",
			       MG_PANEL_NOTE_KEYS);
	if (!copy_text(c->key, note->keys[note->n_keys], MG_PANEL_KEY_MAX))
		return mg_fail(err, MG_EPARSE, "the key is too long");
	note->n_keys++;
	return mg_panel_note_keep(h, panel, c, note, err);
}

int mg_panel_note_set(const struct mg_panel_host *h,
		      const struct mg_panel *panel,
		      const struct mg_hook_call *c, struct mg_panel_note *note,
		      struct mg_err *err)
{
	if (mg_panel_note_has(note, c->key))
		return 0;
	note->n_keys = 0;
	return mg_panel_note_add(h, panel, c, note, err);
}

int mg_panel_note_drop(const struct mg_panel_host *h,
		       const struct mg_panel *panel,
		       const struct mg_hook_call *c, struct mg_panel_note *note,
		       struct mg_err *err)
{
	for (size_t i = 0; i < note->n_keys; i++)
		if (mg_slice_is(mg_slice_str(note->keys[i]), c->key)) {
			memmove(note->keys[i], note->keys[i + 1],
				(--note->n_keys - i) * sizeof(note->keys[0]));
			return mg_panel_note_keep(h, panel, c, note, err);
		}
	return 0;
}

/* --- commands --- */

static void say(const struct mg_panel_host *h, const char *const *argv,
		bool has_input)
{
	mg_buf_add_str(h->said, h->is_dry ? "would run:" : "ran:");
	for (size_t i = 0; argv[i]; i++) {
		mg_buf_add_char(h->said, ' ');
		mg_buf_add_printable(h->said, mg_slice_str(argv[i]));
	}
	mg_buf_add_str(h->said, has_input ? " (and a secret on its standard "
					    "input)\n"
					  : "\n");
}

int mg_panel_run(const struct mg_panel_host *h, const char *const *argv,
		 struct mg_slice input, struct mg_buf *out, struct mg_err *err)
{
	struct mg_slice said;
	struct mg_buf errors;
	int status = 0, rc;

	say(h, argv, input.len > 0);
	if (h->is_dry)
		return 1;
	mg_buf_init(&errors, SAID_MAX);
	rc = mg_program_run(&(struct mg_program){ .path = argv[0],
						  .argv = argv,
						  .input = input,
						  .seconds = COMMAND_S,
						  .out = out,
						  .errors = &errors },
			    &status, err);
	said = mg_slice_trim(mg_buf_slice(&errors));
	if (rc == 0 && status)
		rc = mg_fail(err, MG_EIO, "'%s' ended with status %d: %.*s",
			     argv[0], status, MG_SLICE_ARG(said));
	mg_buf_release(&errors);
	return rc;
}
