/* SPDX-License-Identifier: MIT */
/*
 * drift - whether a source still speaks the language that we know.
 *
 * After an upgrade a daemon may write other lines. What they say is missing
 * from the counts, so a sweep that meets too many says so, shows their shapes
 * and leaves a mark in the store (mg_store_drift).
 *
 * Two measures, because of who can move them:
 *
 * - unknown: lines of no known kind. Strangers cannot make them, since their
 *   words stand behind those of the daemon. More than one in a thousand of a
 *   daemon's lines is an alarm, after which nothing destructive may happen.
 *   Local users who can write into the log can make them too; they hold up a
 *   suspension by that, and never a throttle.
 * - odd: lines of a known kind whose fields are not in order. Every sender can
 *   make them, and they charge nobody. So they warn only where they are many
 *   of their kind, and hold up nothing: else a spammer could.
 */
#ifndef MAILGUARD_DRIFT_H
#define MAILGUARD_DRIFT_H

#include <stdbool.h>
#include <stdint.h>

#include "mailguard/count.h"
#include "mailguard/shape.h"
#include "mailguard/store.h"

/*
 * Of a million lines so many are still none of ours: a patch, a rare error.
 * For unknown ones a site may set another number (drift.unknown).
 */
#define MG_DRIFT_PPM 1000

/* Whether n of so many lines are more than ppm of a million. */
static inline bool mg_drift_is_over(uint64_t n, uint64_t n_lines, uint32_t ppm)
{
	return n * 1000000 > n_lines * ppm;
}

/*
 * One odd line in so many of its kind is a sender's doing; and fewer than this
 * are no sign of anything, or one line of a short sweep would warn.
 */
#define MG_DRIFT_ODD 10
#define MG_DRIFT_ODD_MIN 10

#define MG_DRIFT_PATH 256 /* bytes shown of the path of a log */

/* All logs of a source in one sweep; zeroed it is empty. */
struct mg_drift_tally {
	uint32_t unknown_ppm; /* how many are no alarm; 0 for MG_DRIFT_PPM */
	uint64_t n_lines[MG_LINE_KINDS];
	uint64_t n_odd[MG_LINE_KINDS];
	struct mg_shapes shapes; /* `first` is a byte of the log below */
	char paths[MG_SHAPES_ROOM][MG_DRIFT_PATH]; /* of each; terminated */
};

/* Adds what a chunk came to. */
void mg_drift_add_lines(struct mg_drift_tally *t,
			const uint64_t n_lines[MG_LINE_KINDS],
			const uint64_t n_odd[MG_LINE_KINDS]);

/* Adds a shape of a chunk; path is the log's. */
void mg_drift_add_shape(struct mg_drift_tally *t, const struct mg_shape *shape,
			const char *path);

/* Lines of a daemon (mg_line_daemon), and those of no known kind. */
struct mg_drift_share {
	const char *daemon;
	uint64_t n_unknown, n_lines;
};

/*
 * mg_drift_unknown - the next daemon whose unknown lines are an alarm.
 *
 * at    in/out  0 at first; where to go on
 *
 * Returns whether there is one more.
 */
bool mg_drift_unknown(const struct mg_drift_tally *t, unsigned *at,
		      struct mg_drift_share *out);

/* The next kind of line of which too many are odd; as above. */
bool mg_drift_odd(const struct mg_drift_tally *t, unsigned *at, unsigned *kind);

/*
 * The shape that came most often for a reason, where rank is 0; then the next
 * ones. NULL where there are no more.
 */
const struct mg_shape *mg_drift_shape(const struct mg_drift_tally *t,
				      enum mg_shape_why why, unsigned rank);

/* The mark of a sweep at that time. */
struct mg_drift mg_drift_mark(const struct mg_drift_tally *t, int64_t at);

#endif
