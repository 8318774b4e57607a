/* SPDX-License-Identifier: MIT */
/*
 * What our lines would change in Exim's configuration, and how that is shown.
 */
#include "backend_exim_plan.h"

bool mg_exim_any_change(const struct mg_exim_changes *cs)
{
	for (size_t i = 0; i < cs->n; i++)
		if (mg_exim_is_changed(&cs->all[i]))
			return true;
	return false;
}

static int plan_file(struct mg_exim_changes *cs, struct mg_exim_change *c,
		     const struct mg_rules_exim_lines *lines,
		     struct mg_err *err)
{
	const struct mg_exim_target *t = c->target;
	int rc = mg_root_read(cs->x->host->root, t->path, &c->old, err);

	c->was_there = rc == 0;
	if (rc < 0)
		return rc;
	if (rc == 1 && !t->is_ours && cs->install)
		return mg_fail(err, MG_ECONF, "there is no '%s'", t->path);
	if (!mg_rules_exim_is_intact(mg_buf_slice(&c->old)) &&
	    !cs->x->host->is_forced)
		return mg_fail(
			err, MG_ECONF,
			"somebody has changed mailguard's lines in '%s': "
			"look at them, then use --force",
			t->path);
	if (cs->install)
		rc = mg_rules_exim_install(t->file, mg_buf_slice(&c->old),
					   lines, &c->new, err);
	else if (!t->is_ours)
		mg_rules_exim_uninstall(mg_buf_slice(&c->old), &c->new);
	if (cs->install && rc < 0)
		mg_err_prefix(err, "'%s' cannot be changed", t->path);
	return rc < 0 ? rc : 0;
}

int mg_exim_plan(struct mg_exim_changes *cs, const struct mg_exim_host *x,
		 bool install, struct mg_err *err)
{
	struct mg_rules_exim_lines lines = { .map = mg_slice_str(x->map) };
	struct mg_buf native;
	int rc;

	mg_buf_init(&native, MG_EXIM_CONF_MAX);
	rc = install ? mg_exim_add_native(x, &native, err) : 0;
	lines.native = mg_buf_slice(&native);
	*cs = (struct mg_exim_changes){ .x = x, .install = install };
	for (const struct mg_exim_target *t = x->layout->targets; t->path;
	     t++) {
		struct mg_exim_change *c = &cs->all[cs->n++];

		c->target = t;
		mg_buf_init(&c->old, MG_EXIM_CONF_MAX);
		mg_buf_init(&c->new, MG_EXIM_CONF_MAX);
		if (rc == 0)
			rc = plan_file(cs, c, &lines, err);
	}
	mg_buf_release(&native);
	return rc;
}

void mg_exim_release(struct mg_exim_changes *cs)
{
	for (size_t i = 0; i < cs->n; i++) {
		mg_buf_release(&cs->all[i].old);
		mg_buf_release(&cs->all[i].new);
	}
}

/* --- seen --- */

int mg_exim_diff_lines(const struct mg_exim_host *x, struct mg_buf *out,
		       struct mg_err *err)
{
	struct mg_backend_host forced = *x->host;
	struct mg_exim_host look = *x;
	struct mg_exim_changes cs;
	int rc;

	if (!x->layout)
		return 0;
	forced.is_forced = true;
	look.host = &forced;
	rc = mg_exim_plan(&cs, &look, true, err);
	for (size_t i = 0; rc == 0 && i < cs.n; i++) {
		const struct mg_exim_change *c = &cs.all[i];
		const struct mg_slice old = mg_buf_slice(&c->old);

		if (!mg_exim_is_changed(c))
			continue;
		mg_buf_add_fmt(out, "%s: %s\n", c->target->path,
			       !mg_rules_exim_has_block(old)
				       ? "without mailguard's lines"
			       : mg_rules_exim_is_intact(old)
				       ? "has mailguard's lines of another "
					 "version"
				       : "somebody has changed mailguard's "
					 "lines");
	}
	if (rc == 0)
		rc = mg_exim_any_change(&cs);
	mg_exim_release(&cs);
	return rc;
}

static bool is_block_mark(struct mg_slice line, bool *inside)
{
	if (mg_slice_has_prefix(line, MG_LIT("# BEGIN mailguard ")))
		*inside = true;
	else if (mg_slice_is(line, MG_LIT("# END mailguard")))
		*inside = false;
	else
		return false;
	return true;
}

/* Blocks, and of the file itself the line in front of each. */
static void show_blocks(struct mg_slice text, struct mg_buf *out)
{
	struct mg_slice line, before = MG_LIT("");
	bool inside = false;

	while (mg_slice_cut_line(&text, &line)) {
		const bool was = inside;
		const bool is_mark = is_block_mark(line, &inside);

		if (is_mark && inside && !was && before.len)
			mg_buf_add_fmt(out, "# ... behind: %.*s\n",
				       MG_SLICE_ARG(before));
		if (is_mark || inside) {
			mg_buf_add(out, line);
			mg_buf_add_char(out, '\n');
		}
		before = is_mark || inside ? MG_LIT("") : line;
	}
}

int mg_exim_show_lines(const struct mg_exim_host *x, struct mg_buf *out,
		       struct mg_err *err)
{
	struct mg_backend_host forced = *x->host;
	struct mg_exim_host look = *x;
	struct mg_exim_changes cs;
	int rc;

	if (!x->layout) {
		mg_buf_add_str(out, "# no configuration of Exim is in any of "
				    "the usual places\n");
		return 0;
	}
	forced.is_forced = true;
	look.host = &forced;
	rc = mg_exim_plan(&cs, &look, true, err);
	for (size_t i = 0; rc == 0 && i < cs.n; i++) {
		mg_buf_add_fmt(out, "\n# %s\n", cs.all[i].target->path);
		show_blocks(mg_buf_slice(&cs.all[i].new), out);
	}
	mg_exim_release(&cs);
	return rc;
}
