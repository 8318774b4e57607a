/* SPDX-License-Identifier: MIT */
/*
 * conf_priv - what the parts of conf share.
 */
#ifndef MG_CONF_PRIV_H
#define MG_CONF_PRIV_H

#include <libconfig.h>

#include "mailguard/arena.h"
#include "mailguard/conf.h"

/* A mistake, or where a value was set. */
struct mg_conf_mistake {
	struct mg_conf_place place;
	size_t file, number; /* of the file, and of the mistake: the order */
	const char *text;
};

struct mg_conf_origin {
	const void *value;
	struct mg_conf_place place;
};

struct mg_conf {
	const struct mg_conf_table *table;
	void *to;
	struct mg_arena arena;
	uint64_t seen;      /* fields of the table that were set, as bits */
	const char *file;   /* that is read; NULL while presets are put */
	const char **files; /* owned; in the order in which they were read */
	size_t n_files, cap_files;
	struct mg_conf_origin *origins; /* owned */
	size_t n_origins, cap_origins;
	struct mg_conf_mistake *mistakes; /* owned */
	size_t n_mistakes, cap_mistakes;
	size_t n_more;              /* mistakes beyond MG_CONF_MISTAKES_MAX */
	size_t n_before, n_scanned; /* mistakes before the file that is read,
				       and with those of its scan */
	bool is_cut;                /* a file was not read to its end */
};

/* Lines on which the elements of a file's lists stand that are strings. */
struct mg_conf_lines {
	unsigned *items; /* owned */
	size_t n, cap;
};

/*
 * mg_conf_scan - find what libconfig would swallow, follow or stop at.
 *
 * text    in/out  the file; a name that is set twice is overwritten
 *                 with stars, so that libconfig reads on
 * lines   out     initialised to zeroes by the caller, who frees items
 *
 * Returns whether libconfig may have it. Mistakes are noted in either case.
 */
MG_NODISCARD bool mg_conf_scan(struct mg_conf *conf, struct mg_buf *text,
			       struct mg_conf_lines *lines);

/* "0.5 to 99.5 percent" */
void mg_conf_add_range(struct mg_buf *b, const struct mg_conf_field *f);

/* Remembers where a value was set; nothing while presets are put. */
void mg_conf_set_place(struct mg_conf *conf, const void *value, unsigned line);

/* The field of a name, or NULL; the name most like it, or NULL. */
const struct mg_conf_field *mg_conf_find(const struct mg_conf_table *table,
					 const char *name);
const char *mg_conf_nearest(const struct mg_conf_table *table,
			    const char *name);

/* A mistake in a setting: "has no 'name'". Where its line was wrong before, that
   follows from it. */
void mg_conf_wrong_setting(struct mg_conf *conf, const config_setting_t *s,
			   const char *what);

/* It is of another type than the one that is wanted: "a list". */
void mg_conf_wrong_type(struct mg_conf *conf, const config_setting_t *s,
			const char *wanted);

/*
 * mg_conf_value - one value, into the caller's struct.
 *
 * f    in   of a field that is no group; of a list it is an element
 * at   out  of the field's type, set where true is returned
 *
 * Returns whether it is as the field wants it; else the mistake is noted.
 */
bool mg_conf_value(struct mg_conf *conf, const struct mg_conf_field *f,
		   void *at, const config_setting_t *s);

/* What libconfig read, put into the struct by the table. */
void mg_conf_walk(struct mg_conf *conf, const config_setting_t *root);

/* Presets of a table, put into a struct of it. */
void mg_conf_preset(struct mg_conf *conf, const struct mg_conf_table *table,
		    void *to);

/* A mistake in a line of the file that is read. */
void mg_conf_wrong_line(struct mg_conf *conf, unsigned line, const char *fmt,
			...) MG_PRINTF(3, 4);

/*
 * Whether the scan found a mistake in a line of the file that is read; what is
 * wrong there beside it follows from that.
 */
bool mg_conf_is_wrong(const struct mg_conf *conf, unsigned line);

#endif
