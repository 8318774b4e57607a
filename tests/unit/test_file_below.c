/* SPDX-License-Identifier: MIT */
/* Paths below a directory whose owner moves things about in it. */
#include "file_fixture.h"
#include "leave.h"

#include <signal.h>
#include <sys/syscall.h>

#include "../../lib/base/file_priv.h"

#ifdef SHORT_WAY_OUT /* the sanitizer is slow, and adds nothing to a race */
#define TRIES 20000
#else
#define TRIES 1000000
#endif

static int top = -1;

/* home/web/s.php is fine; home/evil leads to the secret outside. */
static void make_home(void)
{
	assert_int_equal(mkdir("secret", 0700), 0);
	assert_int_equal(mkdir("home", 0755), 0);
	assert_int_equal(mkdir("home/web", 0755), 0);
	make_file("home/web/s.php", MG_LIT("fine"));
	make_file("secret/s.php", MG_LIT("leak"));
	assert_int_equal(symlink("../secret", "home/evil"), 0);
	top = open("home", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(top >= 0);
}

static int open_new(int dirfd, const char *path)
{
	struct mg_file_info info;
	int fd;

	return mg_file_open_below(dirfd, path, MG_BELOW_STRICT, &fd, &info,
				  NULL) == 0
		       ? fd
		       : -1;
}

static int open_old(int dirfd, const char *path)
{
	return mg_file_walk_below(dirfd, path, MG_BELOW_STRICT);
}

/* What everybody writes first: the control. */
static int open_plain(int dirfd, const char *path)
{
	return openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

typedef int (*open_fn)(int dirfd, const char *path);

/* How often the secret came out of so many tries, at most `enough` times. */
static unsigned leaks(open_fn fn, unsigned tries, unsigned enough)
{
	unsigned n = 0;

	for (unsigned i = 0; i < tries && n < enough; i++) {
		char text[4] = "";
		const int fd = fn(top, "web/s.php");

		if (fd < 0)
			continue;
		assert_int_equal(pread(fd, text, sizeof(text), 0), 4);
		n += !memcmp(text, "leak", 4);
		(void)close(fd);
	}
	return n;
}

static _Noreturn void swap_for_ever(void)
{
	while (getppid() != 1)
		if (syscall(SYS_renameat2, top, "web", top, "evil",
			    2 /* RENAME_EXCHANGE */) < 0)
			_exit(1);
	_exit(0);
}

static void A35_a_directory_swapped_for_a_link_leaks_nothing(void **state)
{
	unsigned control, by_kernel, by_hand;
	int status;
	pid_t pid;

	(void)state;
	make_home();
	(void)alarm(900); /* on a machine with much to do */
	pid = fork();
	if (pid == 0)
		swap_for_ever();
	control = leaks(open_plain, TRIES, 10);
	by_kernel = leaks(open_new, TRIES, 1);
	by_hand = leaks(open_old, TRIES / 20, 1);
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status)); /* it swapped to the end */
	assert_true(control > 0);
	assert_int_equal(by_kernel, 0);
	assert_int_equal(by_hand, 0);
}

static void what_leads_elsewhere_is_refused(void **state)
{
	static const char *const paths[] = {
		"evil/s.php",     "evil",         "..",
		"../secret",      "web/../web",   "web/../../secret/s.php",
		"web/link",       "magic/passwd", "self/fd/0",
		"web/s.php/more",
	};
	struct mg_file_info info;
	int fd;

	(void)state;
	make_home();
	assert_int_equal(symlink("s.php", "home/web/link"), 0);
	assert_int_equal(symlink("/proc/self/root/etc", "home/magic"), 0);
	assert_int_equal(symlink("/proc/self", "home/self"), 0);
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		/* The kernel lets ".." stay within; by hand none passes. */
		if (strcmp(paths[i], "web/../web") != 0)
			assert_int_equal(open_new(top, paths[i]), -1);
		assert_int_equal(open_old(top, paths[i]), -1);
	}
	assert_int_equal(mg_file_open_below(top, "evil/s.php", MG_BELOW_STRICT,
					    &fd, &info, &err),
			 -MG_EIO);
	assert_err(MG_EIO, "cannot open 'evil/s.php'");
}

static void both_ways_open_what_is_there(void **state)
{
	static const char *const paths[] = { "web/s.php", "web//s.php",
					     "./web/s.php", "web" };
	struct mg_file_info info;
	int fd;

	(void)state;
	make_home();
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		int a = open_new(top, paths[i]), b = open_old(top, paths[i]);

		assert_true(a >= 0 && b >= 0);
		mg_file_close(&a);
		mg_file_close(&b);
	}
	assert_int_equal(mg_file_open_below(top, "web/none", MG_BELOW_STRICT,
					    &fd, &info, &err),
			 1);
	assert_err_untouched();
	assert_int_equal(open_old(top, "web/none"), -1);
}

static void another_file_system_is_refused(void **state)
{
	(void)state;
	top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(top >= 0);
	assert_int_equal(open_new(top, "proc/version"), -1);
	assert_int_equal(open_old(top, "proc/version"), -1);
}

static void as_root_a_link_stays_below(void **state)
{
	struct mg_file_info info;
	char text[4] = "";
	int fd, dir;

	(void)state;
	make_home();
	assert_int_equal(symlink("/home/web", "alias"), 0);
	dir = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mg_file_open_below(dir, "/alias/s.php",
					    MG_BELOW_AS_ROOT, &fd, &info, &err),
			 0);
	assert_int_equal(pread(fd, text, sizeof(text), 0), 4);
	assert_memory_equal(text, "fine", 4);
	assert_true(info.is_regular && info.n_links == 1);
	mg_file_close(&fd);
	mg_file_close(&dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_DIRECTORY(A35_a_directory_swapped_for_a_link_leaks_nothing),
		IN_DIRECTORY(what_leads_elsewhere_is_refused),
		IN_DIRECTORY(both_ways_open_what_is_there),
		IN_DIRECTORY(another_file_system_is_refused),
		IN_DIRECTORY(as_root_a_link_stays_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
