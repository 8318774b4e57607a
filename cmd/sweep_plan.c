/* SPDX-License-Identifier: MIT */
#include "sweep_plan.h"

#include <limits.h>
#include <string.h>

#include "mailguard/file.h"
#include "mailguard/glob.h"
#include "mailguard/mem.h"
#include "mailguard/vec.h"

/*
 * Exim writes a log of its own; everything else comes through syslog, where
 * the tag of each line says whose it is. A source is a stream of events, so
 * all files of one kind share their messages in flight.
 */
static const struct dialect {
	const char *word;
	enum mg_dialect dialect;
	struct mg_slice source;
} dialects[] = {
	{ "exim", MG_DIALECT_EXIM, MG_LIT_INIT("exim") },
	{ "postfix", MG_DIALECT_SYSLOG, MG_LIT_INIT("syslog") },
	{ "dovecot", MG_DIALECT_DOVECOT, MG_LIT_INIT("dovecot") },
	{ "syslog", MG_DIALECT_SYSLOG, MG_LIT_INIT("syslog") },
	{ "journal", MG_DIALECT_JOURNAL, MG_LIT_INIT("journal") },
};

static const struct dialect *find_dialect(const char *word)
{
	for (size_t i = 0; i < sizeof(dialects) / sizeof(*dialects); i++)
		if (!strcmp(dialects[i].word, word))
			return &dialects[i];
	return NULL;
}

/* What the logs of a batch have in common. */
struct kind {
	const struct dialect *dialect;
	struct mg_slice old_dir; /* empty for none */
	bool is_journal;
};

static struct mg_sweep_batch *add_batch(struct mg_sweep_plan *p,
					const struct kind *k)
{
	struct mg_sweep_batch *b;

	p->batches = mg_vec_room(p->batches, p->n_batches, &p->cap_batches,
				 sizeof(*p->batches));
	b = &p->batches[p->n_batches++];
	*b = (struct mg_sweep_batch){
		.dialect = k->dialect->dialect,
		.source = k->dialect->source,
		.is_journal = k->is_journal,
	};
	if (k->old_dir.len)
		b->old_dir = mg_arena_copy_text(&p->arena, k->old_dir);
	return b;
}

/* The batch of a kind, which may be new. */
static struct mg_sweep_batch *batch_of(struct mg_sweep_plan *p,
				       const struct kind *k)
{
	for (size_t i = 0; i < p->n_batches; i++) {
		struct mg_sweep_batch *b = &p->batches[i];

		if (b->dialect == k->dialect->dialect &&
		    b->is_journal == k->is_journal &&
		    mg_slice_is(mg_slice_str(b->old_dir), k->old_dir))
			return b;
	}
	return add_batch(p, k);
}

struct taking {
	struct mg_sweep_plan *plan;
	struct mg_sweep_batch *batch;
};

static int take_path(void *arg, const char *path)
{
	const struct taking *t = arg;
	struct mg_sweep_batch *b = t->batch;

	if (b->n_paths == MG_LOGS_MAX)
		return -MG_ELIMIT;
	b->paths = mg_vec_room(b->paths, b->n_paths, &b->cap_paths,
			       sizeof(*b->paths));
	b->paths[b->n_paths++] = mg_arena_copy_text(&t->plan->arena,
						    mg_slice_str(path));
	return 0;
}

/* A name that is there is no pattern, whatever its characters are. */
static int take_log(struct mg_sweep_plan *p, struct mg_sweep_batch *b,
		    const char *log, struct mg_err *err)
{
	struct taking t = { .plan = p, .batch = b };
	const size_t n = b->n_paths;
	int rc;

	if (!mg_glob_is_pattern(log) || mg_file_exists(log))
		rc = take_path(&t, log);
	else
		rc = mg_glob_each(log, take_path, &t, err);
	if (rc == -MG_ELIMIT)
		return mg_fail(err, MG_ELIMIT, "more than %d logs are named",
			       MG_LOGS_MAX);
	if (rc == 0 && b->n_paths == n)
		return mg_fail(err, MG_EIO, "no file matches '%s'", log);
	return rc;
}

static int plan_logs(struct mg_sweep_plan *p, const struct mg_sweep_words *w,
		     struct mg_sweep_say *say, struct mg_err *err)
{
	const char *word = w->dialect ? w->dialect : "exim";
	const struct kind k = {
		.dialect = find_dialect(w->is_journal ? "journal" : word),
		.old_dir = mg_slice_str(w->old_dir),
		.is_journal = w->is_journal,
	};
	struct mg_sweep_batch *b;

	if (!k.dialect)
		return mg_fail(err, MG_EUSAGE,
			       "--dialect: '%s' is none of exim, postfix, "
			       "dovecot, syslog, journal",
			       word);
	b = add_batch(p, &k);
	for (size_t i = 0; i < w->n_logs; i++) {
		struct mg_err failed = { 0 };

		if (!strcmp(w->logs[i], "-") &&
		    b->dialect == MG_DIALECT_JOURNAL)
			b->is_export = true;
		else if (take_log(p, b, w->logs[i], &failed) < 0)
			mg_sweep_say_failure(say, &failed);
	}
	return 0;
}

/* A path that is set is one of the host; an empty one stays so. */
static void place(struct mg_buf *out, const char *root_path,
		  struct mg_slice path)
{
	mg_buf_init(out, PATH_MAX);
	if (path.len && strcmp(root_path, "/"))
		mg_buf_add_str(out, root_path);
	mg_buf_add(out, path);
}

static void plan_source(struct mg_sweep_plan *p,
			const struct mg_settings_source *x,
			const char *root_path, struct mg_sweep_say *say)
{
	struct mg_err failed = { 0 };
	struct mg_sweep_batch *b;
	struct mg_buf log, old_dir;

	place(&log, root_path, x->log);
	place(&old_dir, root_path, x->old_dir);
	b = batch_of(p, &(struct kind){
				.dialect = find_dialect(x->dialect.ptr),
				.old_dir = mg_buf_slice(&old_dir),
				.is_journal = x->log.len == 0,
			});
	if (x->log.len && take_log(p, b, log.ptr, &failed) < 0)
		mg_sweep_say_failure(say, &failed);
	mg_buf_release(&old_dir);
	mg_buf_release(&log);
}

/* What is said of logs that are named is nothing to those that are set. */
static int check_plan(const struct mg_sweep_plan *p,
		      const struct mg_sweep_words *w, struct mg_err *err)
{
	if (p->n_batches == 0 && w->source)
		return mg_fail(err, MG_EUSAGE,
			       "--source: no source of the settings is named "
			       "'%s'",
			       w->source);
	if (p->n_batches == 0)
		return mg_fail(err, MG_EUSAGE,
			       "sweep: no log given, and none is set: name "
			       "one, or set 'sources' in " MG_SETTINGS_PATH
			       "; 'mailguard doctor' tells which");
	if (w->dialect || w->old_dir)
		return mg_fail(err, MG_EUSAGE,
			       "--%s: it is for logs that are named, and none "
			       "is",
			       w->dialect ? "dialect" : "old-dir");
	return 0;
}

int mg_sweep_plan(struct mg_sweep_plan *plan,
		  const struct mg_sweep_words *words,
		  const struct mg_settings *settings, const char *root_path,
		  struct mg_sweep_say *say, struct mg_err *err)
{
	const struct mg_conf_groups *sources = &settings->sources;

	if (words->n_logs || words->is_journal)
		return plan_logs(plan, words, say, err);
	for (size_t i = 0; i < sources->n; i++) {
		const struct mg_settings_source *x = sources->items[i];

		if (!words->source ||
		    mg_slice_is(mg_slice_str(words->source), x->name))
			plan_source(plan, x, root_path, say);
	}
	return check_plan(plan, words, err);
}

void mg_sweep_plan_release(struct mg_sweep_plan *plan)
{
	for (size_t i = 0; i < plan->n_batches; i++)
		mg_mem_free(plan->batches[i].paths);
	mg_mem_free(plan->batches);
	mg_arena_release(&plan->arena);
}
