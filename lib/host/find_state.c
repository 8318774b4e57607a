/* SPDX-License-Identifier: MIT */
/*
 * The state directory: whose it is, and whether there is room.
 */
#include "host_priv.h"

#include <string.h>

#define FREE_WARNING (INT64_C(512) << 20) /* bytes; a year of a busy host */
#define FREE_TROUBLE (INT64_C(64) << 20)  /* bytes; a first sweep takes more */

static void check_space(struct mg_look *l, const char *dir)
{
	struct mg_file_space space;

	if (mg_file_space(dir, &space) != 0)
		return;
	if (space.is_remote) {
		mg_say(l, MG_TOPIC_STATE, MG_LEVEL_TROUBLE, dir,
		       "is on a file system of another host, where locks "
		       "cannot be relied on");
		mg_mend(l, "put it on a disk of this host, or use --state");
	}
	if (space.free_bytes >= FREE_WARNING)
		return;
	mg_say(l, MG_TOPIC_STATE,
	       space.free_bytes < FREE_TROUBLE ? MG_LEVEL_TROUBLE
					       : MG_LEVEL_WARNING,
	       dir, "only %lld MB are free there",
	       (long long)space.free_bytes >> 20);
	mg_mend(l, "make room there: a sweep that has none keeps nothing");
}

/* The directory that will hold it. */
static void check_parent(struct mg_look *l, const char *dir)
{
	const char *slash = strrchr(dir, '/');
	struct mg_buf parent;

	mg_buf_init(&parent, MG_PANEL_PATH_MAX);
	mg_buf_add(&parent, slash ? mg_slice_of(dir, (size_t)(slash - dir) + 1)
				  : MG_LIT("."));
	if (!mg_file_exists(parent.ptr)) {
		mg_say(l, MG_TOPIC_STATE, MG_LEVEL_TROUBLE, dir,
		       "is not there, and neither is the directory to make it "
		       "in");
		mg_mend(l, "mkdir -p %s", parent.ptr);
	} else {
		mg_say(l, MG_TOPIC_STATE, MG_LEVEL_NOTE, dir,
		       "is not there yet: nothing was swept");
		check_space(l, parent.ptr);
	}
	mg_buf_release(&parent);
}

void mg_find_state(struct mg_look *l)
{
	const char *dir = l->opts->state_dir;
	struct mg_file_info info;

	if (mg_file_look(dir, &info) != 0) {
		check_parent(l, dir);
		return;
	}
	if (!info.is_directory) {
		mg_say(l, MG_TOPIC_STATE, MG_LEVEL_TROUBLE, dir,
		       "is no directory");
		mg_mend(l, "move it away");
		return;
	}
	if (!mg_file_is_ours(&info)) {
		mg_say(l, MG_TOPIC_STATE, MG_LEVEL_TROUBLE, dir,
		       "belongs to uid %u", info.uid);
		mg_mend(l, "chown -R root:root %s, and look who wrote there",
			dir);
	} else if (info.mode & 077) {
		mg_say(l, MG_TOPIC_STATE,
		       info.mode & 022 ? MG_LEVEL_TROUBLE : MG_LEVEL_WARNING,
		       dir, "is open to others (mode %04o)", info.mode);
		mg_mend(l, "chmod 700 %s", dir);
	} else {
		mg_say(l, MG_TOPIC_STATE, MG_LEVEL_OK, dir,
		       "is there, and open to nobody else");
	}
	check_space(l, dir);
}
