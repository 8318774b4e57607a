/* SPDX-License-Identifier: MIT */
/* Files of an account that does not want them read, or another's to be. */
#include "file_fixture.h"
#include "leave.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "mailguard/clock.h"
#include "mailguard/collect.h"
#include "mailguard/spawn.h"

#ifndef SHORT_WAY_OUT /* children that end as the sanitizer lets none end */

#define ROWS 64

/* What came of one directory. */
struct seen {
	struct row {
		char name[256];
		size_t name_len, len;
		char head[16];
		enum mg_collect_why why;
		int64_t size;
	} rows[ROWS];
	size_t n;
	int64_t n_left;
};

static uint32_t uid(void)
{
	return geteuid() == 0 ? 5001 : geteuid();
}

static void give(const char *path)
{
	if (geteuid() == 0)
		assert_int_equal(lchown(path, uid(), uid()), 0);
}

/* home/web, of the account. */
static void make_home(void)
{
	assert_int_equal(chmod(".", 0755), 0);
	assert_int_equal(mkdir("home", 0755), 0);
	assert_int_equal(mkdir("home/web", 0755), 0);
	give("home");
	give("home/web");
}

static void make_own(const char *path, struct mg_slice bytes)
{
	make_file(path, bytes);
	give(path);
}

static int take(void *arg, const struct mg_collected *f)
{
	struct seen *s = arg;
	struct row *r = &s->rows[s->n < ROWS ? s->n : ROWS - 1];

	s->n++;
	memset(r, 0, sizeof(*r));
	memcpy(r->name, f->name.ptr, f->name.len);
	r->name_len = f->name.len;
	r->len = f->bytes.len;
	memcpy(r->head, f->bytes.ptr, f->bytes.len < 15 ? f->bytes.len : 15);
	r->why = f->why;
	r->size = f->size_bytes;
	return 0;
}

static int collect(const char *below, struct seen *s)
{
	struct mg_root root = open_here();
	const struct mg_collect_ask ask = {
		.root = &root,
		.account = { uid(), geteuid() == 0 ? uid() : getegid() },
		.home = "/home",
		.directory = below,
		.until_ms = mg_clock_mono_ms() + MG_COLLECT_MS,
	};
	int rc;

	memset(s, 0, sizeof(*s));
	rc = mg_collect(&ask, take, s, &s->n_left, &err);
	mg_root_close(&root);
	return rc;
}

static const struct row *row(const struct seen *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->rows[i].name, name))
			return &s->rows[i];
	fail_msg("there is no row of '%s'", name);
	return NULL;
}

static void make_socket(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
	mg_file_close(&fd);
}

static void A36_of_a_zoo_only_plain_files_are_copied(void **state)
{
	static const struct {
		const char *name;
		enum mg_collect_why why;
	} zoo[] = {
		{ "fine.php", MG_COLLECT_WHOLE },
		{ "picture.jpg", MG_COLLECT_NO_SCRIPT },
		{ "hard.php", MG_COLLECT_LINKED },
		{ "hard2.php", MG_COLLECT_LINKED },
		{ "fifo.php", MG_COLLECT_NO_FILE },
		{ "socket.php", MG_COLLECT_NO_FILE },
		{ "link.php", MG_COLLECT_NO_FILE },
		{ "magic.php", MG_COLLECT_NO_FILE },
		{ "dir.php", MG_COLLECT_NO_FILE },
		{ "shut.php", MG_COLLECT_CLOSED },
	};
	struct seen s;

	(void)state;
	make_home();
	make_own("home/web/fine.php", MG_LIT("<?php"));
	make_own("home/web/picture.jpg", MG_LIT("jpg"));
	make_own("home/web/hard.php", MG_LIT("hard"));
	assert_int_equal(link("home/web/hard.php", "home/web/hard2.php"), 0);
	assert_int_equal(mkfifo("home/web/fifo.php", 0666), 0);
	make_socket("home/web/socket.php");
	assert_int_equal(symlink("/etc/shadow", "home/web/link.php"), 0);
	assert_int_equal(symlink("/proc/self/fd/0", "home/web/magic.php"), 0);
	assert_int_equal(mkdir("home/web/dir.php", 0755), 0);
	make_own("home/web/shut.php", MG_LIT("shut"));
	assert_int_equal(chmod("home/web/shut.php", 0), 0);
	assert_int_equal(collect("web", &s), 0);
	assert_int_equal(s.n, sizeof(zoo) / sizeof(*zoo));
	for (size_t i = 0; i < sizeof(zoo) / sizeof(*zoo); i++) {
		const struct row *r = row(&s, zoo[i].name);

		if (r->why != zoo[i].why)
			fail_msg("'%s': %s", r->name, mg_collect_whys[r->why]);
		assert_int_equal(r->len, i == 0 ? 5 : 0);
	}
	assert_string_equal(row(&s, "fine.php")->head, "<?php");
}

/* As root alone somebody else's file can be put there. */
static void A36_what_is_another_users_is_not_copied(void **state)
{
	struct seen s;

	(void)state;
	make_home();
	if (geteuid() != 0)
		return;
	make_file("home/web/root.php", MG_LIT("of root"));
	make_file("secret", MG_LIT("of root, for itself"));
	assert_int_equal(chmod("secret", 0600), 0);
	assert_int_equal(link("secret", "home/web/linked.php"), 0);
	(void)mknod("home/web/device.php", S_IFCHR | 0666, makedev(1, 3));
	assert_int_equal(collect("web", &s), 0);
	assert_int_equal(row(&s, "root.php")->why, MG_COLLECT_FOREIGN);
	assert_int_equal(row(&s, "linked.php")->why, MG_COLLECT_CLOSED);
	for (size_t i = 0; i < s.n; i++)
		assert_int_equal(s.rows[i].len, 0);
}

static void A35_a_link_on_the_way_is_not_followed(void **state)
{
	static const char *const paths[] = { "evil", "web/../../out", "magic",
					     "none", "web/s.php" };
	struct seen s;

	(void)state;
	make_home();
	make_own("home/web/s.php", MG_LIT("x"));
	assert_int_equal(mkdir("out", 0755), 0);
	make_own("out/s.php", MG_LIT("leak"));
	assert_int_equal(symlink("../out", "home/evil"), 0);
	assert_int_equal(symlink("/proc/self/root/etc", "home/magic"), 0);
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		assert_int_equal(collect(paths[i], &s), -MG_EIO);
		assert_err(MG_EIO, "there is no such directory");
		assert_int_equal(s.n, 0);
	}
	assert_int_equal(collect("", &s), 0);
	assert_int_equal(s.n, 3);
}

static void A37_a_copy_has_its_limit_and_tells_of_changes(void **state)
{
	struct seen s;
	unsigned n_changed = 0;
	pid_t pid;
	int fd;

	(void)state;
	make_home();
	make_own("home/web/sparse.php", MG_LIT("x"));
	assert_int_equal(truncate("home/web/sparse.php", 1LL << 40), 0);
	assert_int_equal(collect("web", &s), 0);
	assert_int_equal(s.rows[0].why, MG_COLLECT_CUT);
	assert_int_equal(s.rows[0].len, MG_COLLECT_FILE_MAX);
	assert_int_equal(s.rows[0].size, 1LL << 40);
	fd = open("home/web/sparse.php", O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	pid = fork();
	if (pid == 0)
		for (unsigned i = 0; getppid() != 1; i++)
			(void)!ftruncate(fd, i % 2 ? 100 : 900000);
	for (int i = 0; i < 200; i++) {
		assert_int_equal(collect("web", &s), 0);
		assert_int_equal(s.n, 1);
		assert_true(s.rows[0].len <= MG_COLLECT_FILE_MAX);
		if (s.rows[0].why == MG_COLLECT_WHOLE)
			assert_int_equal(s.rows[0].len, s.rows[0].size);
		n_changed += s.rows[0].why == MG_COLLECT_CHANGED;
	}
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	(void)close(fd);
	assert_true(n_changed > 0);
}

static void A38_names_are_any_bytes(void **state)
{
	static const char *const names[] = { "new\nline.php", "-rf.php",
					     "..php", "a\\..\\b.php" };
	char longest[256] = "", path[300];
	struct seen s;

	(void)state;
	make_home();
	memset(longest, 0xff, 251);
	(void)strcat(longest, ".php");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		(void)snprintf(path, sizeof(path), "home/web/%s", names[i]);
		make_own(path, MG_LIT("x"));
	}
	(void)snprintf(path, sizeof(path), "home/web/%s", longest);
	make_own(path, MG_LIT("x"));
	assert_int_equal(collect("web", &s), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_int_equal(row(&s, names[i])->len, 1);
	assert_int_equal(row(&s, longest)->name_len, 255);
}

static void of_many_the_last_changed_are_copied(void **state)
{
	char path[64];
	struct seen s;
	size_t n = 0;

	(void)state;
	make_home();
	make_own("home/web/zz.txt", MG_LIT("x"));
	for (int i = 0; i < MG_COLLECT_ROWS_MAX + 10; i++) {
		(void)snprintf(path, sizeof(path), "home/web/%04d.php", i);
		make_own(path, MG_LIT("x"));
	}
	assert_int_equal(collect("web", &s), 0);
	assert_int_equal(s.n, MG_COLLECT_ROWS_MAX);
	assert_int_equal(s.n_left, 11);
	for (size_t i = 0; i < ROWS - 1; i++)
		n += s.rows[i].len > 0;
	assert_int_equal(n, MG_COLLECT_COPIES_MAX);
	assert_int_equal(s.rows[20].why, MG_COLLECT_TOO_MANY);
}

static void the_system_has_no_accounts(void **state)
{
	struct mg_root root;
	struct mg_collect_ask ask = { .root = &root,
				      .account = { 33, 33 },
				      .home = "/home",
				      .directory = "",
				      .until_ms = INT64_MAX };
	struct seen s = { .n = 0 };

	(void)state;
	make_home();
	root = open_here();
	assert_int_equal(mg_collect(&ask, take, &s, &s.n_left, &err), -MG_EIO);
	ask.account = (struct mg_jail){ uid(), 0 };
	assert_int_equal(mg_collect(&ask, take, &s, &s.n_left, &err), -MG_EIO);
	assert_int_equal(s.n, 0);
	mg_root_close(&root);
}

/* As one that a process of the account has stopped. */
static int never_say_anything(void *arg, int in_fd, int out_fd)
{
	volatile const bool *for_ever = arg;

	(void)in_fd;
	(void)out_fd;
	while (*for_ever)
		;
	return 0;
}

static void one_that_is_stopped_is_not_waited_for(void **state)
{
	const struct mg_jail account = { uid(),
					 geteuid() == 0 ? uid() : getegid() };
	struct mg_worker w;
	bool for_ever = true;
	char c;

	(void)state;
	assert_int_equal(mg_worker_start_as(&w, start_fd, never_say_anything,
					    &for_ever, &account, &err),
			 0);
	assert_int_equal(mg_worker_read(&w, &c, 1, mg_clock_mono_ms() + 200,
					&err),
			 -MG_EIO);
	assert_err(MG_EIO, "took too long");
	mg_worker_kill(&w);
}

#endif

int main(void)
{
#ifdef SHORT_WAY_OUT
	return 0;
#else
	static const struct CMUnitTest tests[] = {
		IN_DIRECTORY(A36_of_a_zoo_only_plain_files_are_copied),
		IN_DIRECTORY(A36_what_is_another_users_is_not_copied),
		IN_DIRECTORY(A35_a_link_on_the_way_is_not_followed),
		IN_DIRECTORY(A37_a_copy_has_its_limit_and_tells_of_changes),
		IN_DIRECTORY(A38_names_are_any_bytes),
		IN_DIRECTORY(of_many_the_last_changed_are_copied),
		IN_DIRECTORY(the_system_has_no_accounts),
		IN_DIRECTORY(one_that_is_stopped_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
#endif
}
