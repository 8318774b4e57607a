/* SPDX-License-Identifier: MIT */
#include "sweep_progress.h"

#include <string.h>
#include <unistd.h>

#include "mailguard/clock.h"
#include "mailguard/file.h"
#include "mailguard/generation.h"
#include "mailguard/mem.h"
#include "mailguard/term.h"
#include "mailguard/vec.h"

struct mg_sweep_ahead {
	const char *path; /* of the plan */
	int64_t left_bytes;
};

static void add_log(struct mg_sweep_progress *p, const char *path)
{
	struct mg_file_info info;

	if (mg_file_look(path, &info) != 0)
		return;
	/* How much a packed log holds is known at its end. */
	p->is_known = p->is_known &&
		      mg_generation_unpacked(path) == strlen(path);
	p->logs = mg_vec_room(p->logs, p->n_logs, &p->cap_logs,
			      sizeof(*p->logs));
	p->logs[p->n_logs++] = (struct mg_sweep_ahead){ path, info.size_bytes };
	p->left_bytes += info.size_bytes;
}

void mg_sweep_progress_begin(struct mg_sweep_progress *p,
			     const struct mg_sweep_plan *plan, bool is_quiet)
{
	const struct mg_term term = mg_term_look(STDERR_FILENO,
						 &(struct mg_term_env){ 0 });

	*p = (struct mg_sweep_progress){ .is_known = true };
	if (is_quiet || !term.is_terminal)
		return;
	mg_progress_begin(&p->line, STDERR_FILENO, term.width,
			  mg_clock_mono_ms());
	for (size_t i = 0; i < plan->n_batches; i++) {
		const struct mg_sweep_batch *b = &plan->batches[i];

		p->is_known = p->is_known && !b->is_journal && !b->is_export;
		for (size_t j = 0; j < b->n_paths; j++)
			add_log(p, b->paths[j]);
	}
}

void mg_sweep_progress_release(struct mg_sweep_progress *p)
{
	mg_sweep_progress_clear(p);
	mg_mem_free(p->logs);
	*p = (struct mg_sweep_progress){ .is_known = true };
}

/* What is left of a log from here on; a rotated one is in no plan. */
static void set_left(struct mg_sweep_progress *p, const char *path,
		     int64_t left_bytes)
{
	for (size_t i = 0; i < p->n_logs; i++) {
		if (strcmp(p->logs[i].path, path) != 0)
			continue;
		p->left_bytes += left_bytes - p->logs[i].left_bytes;
		p->logs[i].left_bytes = left_bytes;
		return;
	}
}

void mg_sweep_progress_step(struct mg_sweep_progress *p,
			    const struct mg_sweep_step *step)
{
	const char *slash = strrchr(step->path, '/');

	if (p->line.width == 0)
		return;
	p->n_bytes += (uint64_t)(step->to - step->from);
	p->n_lines += step->n_lines;
	if (step->end >= 0)
		set_left(p, step->path, step->end - step->to);
	mg_progress_show(&p->line,
			 &(struct mg_progress_at){
				 .n_bytes = p->n_bytes,
				 .n_lines = p->n_lines,
				 .left_bytes = p->is_known ? p->left_bytes : -1,
				 .name = mg_slice_str(slash ? slash + 1
							    : step->path),
			 },
			 mg_clock_mono_ms());
}

void mg_sweep_progress_end_log(struct mg_sweep_progress *p, const char *path)
{
	mg_sweep_progress_clear(p);
	set_left(p, path, 0);
}

void mg_sweep_progress_clear(struct mg_sweep_progress *p)
{
	mg_progress_clear(&p->line);
}
