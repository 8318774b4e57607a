/* SPDX-License-Identifier: MIT */
/*
 * conf - configuration files, read by a table.
 *
 * The table says what may stand in a file: names, types, ranges, presets. What
 * a file sets is put into the caller's struct. All mistakes of all files are
 * collected, each with its file and line, so that one run shows them all.
 *
 *     conf = mg_conf_new(&table, &settings);
 *     rc = mg_conf_read_host(conf, &root, "/etc/mailguard/mailguard.conf", err);
 *     ... look at the values; mg_conf_wrong(conf, place, ...) for what no
 *         table can say ...
 *     rc = mg_conf_finish(conf, err);
 *     on -MG_ECONF: print mg_conf_mistake(conf, 0 .. n - 1)
 *     mg_conf_free(conf);             the values are gone with it
 *
 * A file is read through one door (mg_root_read_trusted): nobody but root and
 * who runs this may be able to change it. The language is libconfig's, less
 * what version 1.5 would swallow in silence or follow without asking: numbers
 * out of range, hexadecimal numbers, @include, bytes that are no text, strings
 * and comments without an end, settings given twice.
 *
 * Of several files a value in a later one replaces that of an earlier one;
 * lists are joined.
 *
 * Source: libconfig 1.5, "The Library for Processing Structured Configuration
 * Files", sections 2 (syntax) and 3 (types).
 */
#ifndef MAILGUARD_CONF_H
#define MAILGUARD_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailguard/buf.h"
#include "mailguard/err.h"
#include "mailguard/file.h"
#include "mailguard/slice.h"

/* What a setting is, and the C type of its field. */
enum mg_conf_type {
	MG_CONF_TEXT,     /* struct mg_slice, terminated; empty while not set */
	MG_CONF_WORD,     /* unsigned: number of the word in `words` */
	MG_CONF_NUMBER,   /* int64_t */
	MG_CONF_REAL,     /* double; a number without a point is one too */
	MG_CONF_BOOL,     /* bool */
	MG_CONF_DURATION, /* int64_t, seconds, of "90s" "5m" "1h" "14d" "2w" */
	MG_CONF_TEXTS,    /* struct mg_conf_texts; [ ] or ( ) of strings */
	MG_CONF_GROUP,    /* the struct of `group` itself; { } */
	MG_CONF_GROUPS,   /* struct mg_conf_groups; ( ) of { } */
};

struct mg_conf_texts {
	struct mg_slice *items; /* each terminated */
	size_t n;
};

struct mg_conf_groups {
	void **items; /* structs of the table `group`; they never move */
	size_t n;
};

struct mg_conf_table;

struct mg_conf_field {
	const char *name;
	enum mg_conf_type type;
	size_t offset;    /* of the field in the struct of its table */
	bool is_required; /* of its group, where that is there at all */

	/* Of MG_CONF_WORD; of TEXT and TEXTS where only these may stand. */
	const char *const *words; /* ended by NULL */
	double min, max; /* NUMBER, REAL, DURATION (seconds); both are allowed;
			    of TEXTS and GROUPS the elements of all files */
	/* NULL, or says what is wrong with a text ("is no address"), or NULL.
	   Of TEXT, and of each of TEXTS. */
	const char *(*check)(struct mg_slice text);
	const struct mg_conf_table *group; /* of GROUP, GROUPS */

	/* What it is without being set, as it would stand in a file; NULL
	   leaves the field zeroed. */
	const char *preset;
	/* For the shipped file and the manual. */
	const char *example; /* as it would stand in a file, for want of a
				preset */
	const char *unit;    /* NULL for none */
	const char *help;    /* a sentence or more, without line breaks */
};

struct mg_conf_table {
	const struct mg_conf_field *fields;
	size_t n_fields; /* 1..MG_CONF_FIELDS_MAX */
	size_t size;     /* bytes of the struct that fields lie in */
};

/* Where a value was set; file is NULL for a preset. */
struct mg_conf_place {
	const char *file; /* borrowed until mg_conf_free */
	unsigned line;    /* from 1 */
};

struct mg_conf;

/*
 * mg_conf_new - get ready to read files into a struct.
 *
 * table   in   borrowed until mg_conf_free
 * to      out  the struct of the table; the presets are put into it. Borrowed
 *              until mg_conf_free; texts and lists in it stand until then.
 *
 * The caller's (mg_conf_free). A preset that its own table refuses is a bug.
 */
struct mg_conf *mg_conf_new(const struct mg_conf_table *table, void *to);

/*
 * mg_conf_read_host - read a file of the host.
 *
 * path   in   absolute path on the host
 *
 * Returns 0, also when there are mistakes in it (mg_conf_finish tells); 1 when
 * there is no such file (err untouched); -MG_ECONF when others could change
 * it; -MG_EIO, -MG_ELIMIT as mg_root_read_trusted.
 */
MG_NODISCARD int mg_conf_read_host(struct mg_conf *conf,
				   const struct mg_root *root, const char *path,
				   struct mg_err *err);

/* One of them, by its absolute path on the host; as mg_conf_read_host. */
typedef int (*mg_conf_file_fn)(void *arg, const struct mg_root *root,
			       const char *path, struct mg_err *err);

/*
 * mg_conf_each_file - call fn for the files of a directory of the host whose
 * names end in ".conf" and begin with no dot, in the order of their bytes,
 * until it fails.
 *
 * path   in   absolute path of the directory on the host
 *
 * Returns 0; 1 when there is no such directory; what fn returned below zero;
 * -MG_EIO, -MG_ELIMIT as mg_root_list.
 */
MG_NODISCARD int mg_conf_each_file(const struct mg_root *root, const char *path,
				   mg_conf_file_fn fn, void *arg,
				   struct mg_err *err);

/* mg_conf_read_folder - read all of them into one configuration. */
MG_NODISCARD int mg_conf_read_folder(struct mg_conf *conf,
				     const struct mg_root *root,
				     const char *path, struct mg_err *err);

/*
 * mg_conf_read_path - read a file that a person named, through links.
 *
 * Returns 0 or as above; a missing file is -MG_EIO.
 */
MG_NODISCARD int mg_conf_read_path(struct mg_conf *conf, const char *path,
				   struct mg_err *err);

/*
 * mg_conf_read_text - read bytes as if they stood in a file.
 *
 * name   in   what the file is called in mistakes; copied
 */
void mg_conf_read_text(struct mg_conf *conf, const char *name,
		       struct mg_slice text);

/*
 * Where the value at a field of the struct, or of one of its groups, was set.
 * For a list: where it was last added to. Groups themselves have none.
 */
struct mg_conf_place mg_conf_place(const struct mg_conf *conf,
				   const void *value);

/* Where an item of struct mg_conf_groups begins. */
struct mg_conf_place mg_conf_item_place(const void *item);

/* The files that were read, in their order; NULL behind the last. */
const char *mg_conf_file(const struct mg_conf *conf, size_t i);

/* One more mistake: "FILE:LINE: TEXT". */
void mg_conf_wrong(struct mg_conf *conf, struct mg_conf_place place,
		   const char *fmt, ...) MG_PRINTF(3, 4);

/*
 * mg_conf_finish - all files were read: what is missing, and whether all is
 * well.
 *
 * Returns 0; -MG_ECONF when there are mistakes, with the first one and how
 * many there are in err. Mistakes are in the order of files and lines then.
 */
MG_NODISCARD int mg_conf_finish(struct mg_conf *conf, struct mg_err *err);

/* The mistakes, after mg_conf_finish; borrowed until mg_conf_free. */
size_t mg_conf_n_mistakes(const struct mg_conf *conf);
const char *mg_conf_mistake(const struct mg_conf *conf, size_t i);

/* A setting and its value, as it stands or could stand in a file. */
struct mg_conf_setting {
	const char *path;      /* "retention.hours", "sources[2].log" */
	struct mg_slice value; /* empty for a text that is not set */
	const char *unit;      /* NULL for none */
	struct mg_conf_place place;
};

/*
 * mg_conf_each - call fn with every setting, in the order of the table; an item
 * of a list of groups with its number, from 1.
 */
typedef void (*mg_conf_each_fn)(void *arg, const struct mg_conf_setting *s);

void mg_conf_each(const struct mg_conf *conf, mg_conf_each_fn fn, void *arg);

/*
 * Appends a file in which everything that a table knows is set to its preset or
 * an example, explained, and commented out: each line that begins with '#' and
 * no blank is one of the file without its '#'.
 */
void mg_conf_add_example(struct mg_buf *b, const struct mg_conf_table *table);

/* Appends the same as items of a list of mdoc(7). */
void mg_conf_add_manual(struct mg_buf *b, const struct mg_conf_table *table);

/* Accepts NULL. */
void mg_conf_free(struct mg_conf *conf);

#endif
