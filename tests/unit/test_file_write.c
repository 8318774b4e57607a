/* SPDX-License-Identifier: MIT */
/* Locks, writing, and calls that a signal interrupts. */
#include "file_fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/file.h"

/* ---- locks, writing */

static void test_open_lock(void **state)
{
	static const struct {
		const char *name, *says; /* NULL: it works */
	} rows[] = {
		{ "new", NULL },
		{ "new", NULL }, /* now it is there */
		{ "plain", NULL },
		{ "link", "'link': too many levels of symbolic links" },
		{ "broken", "'broken': too many levels of symbolic links" },
		{ "dir", "'dir': is a directory" },
		{ "missing/new", "'missing/new': no such file" },
	};
	int dir;

	(void)state;
	make_kinds();
	(void)umask(0);
	dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd = -7;

		err = (struct mg_err){ .code = MG_OK, .text = "untouched" };
		if (rows[i].says) {
			assert_int_equal(mg_file_open_lock(dir, rows[i].name,
							   &fd, &err),
					 -MG_EIO);
			assert_err(MG_EIO, rows[i].says);
			assert_int_equal(fd, -7);
			continue;
		}
		assert_int_equal(
			mg_file_open_lock(dir, rows[i].name, &fd, &err), 0);
		assert_err_untouched();
		assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		mg_file_close(&fd);
	}
	mg_file_close(&dir);
	assert_false(mg_file_exists("missing"));
}

static void test_lock_file_is_private_and_kept(void **state)
{
	struct stat st;
	int fd;

	(void)state;
	(void)umask(0);
	assert_int_equal(mg_file_open_lock(AT_FDCWD, "lock", &fd, &err), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(mg_file_write_all(fd, MG_LIT("held"), &err), 0);
	mg_file_close(&fd);
	assert_int_equal(mg_file_open_lock(AT_FDCWD, "lock", &fd, &err), 0);
	assert_int_equal(mg_file_size(fd, &err), 4);
	mg_file_close(&fd);
}

static void test_rewrite(void **state)
{
	static const char *const rows[] = { "first", "longer than that", "x",
					    "", "again" };
	struct mg_root root;
	int fd;

	(void)state;
	root = open_here();
	fd = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mg_buf out;

		assert_int_equal(
			mg_file_rewrite(fd, mg_slice_str(rows[i]), &err), 0);
		mg_buf_init(&out, 100);
		assert_int_equal(mg_root_read(&root, "/file", &out, &err), 0);
		assert_string_equal(out.ptr, rows[i]);
		mg_buf_release(&out);
	}
	assert_err_untouched();
	mg_file_close(&fd);
	assert_int_equal(mg_file_rewrite(fd, MG_LIT("x"), &err), -MG_EIO);
	assert_err(MG_EIO, "cannot empty a file: bad file descriptor");
	mg_root_close(&root);
}

static void test_write_all_to_no_file(void **state)
{
	int fd;

	(void)state;
	make_file("plain", MG_LIT(""));
	fd = open("plain", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(mg_file_write_all(fd, MG_LIT(""), &err), 0);
	assert_err_untouched();
	assert_int_equal(mg_file_write_all(fd, MG_LIT("x"), &err), -MG_EIO);
	assert_err(MG_EIO, "cannot write: bad file descriptor");
	mg_file_close(&fd);
}

/* A write that is cut short at the limit of the file, and then refused. */
static void test_write_all_to_a_full_file(void **state)
{
	struct rlimit kept, limit;
	int fd, exact, over;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &kept), 0);
	limit = (struct rlimit){ .rlim_cur = 10, .rlim_max = kept.rlim_max };
	fd = open("file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	exact = mg_file_write_all(fd, MG_LIT("0123456789"), &err);
	(void)lseek(fd, 5, SEEK_SET);
	over = mg_file_write_all(fd, MG_LIT("567890"), &err);
	(void)setrlimit(RLIMIT_FSIZE, &kept);
	(void)signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(exact, 0);
	assert_int_equal(over, -MG_EIO);
	assert_err(MG_EIO, "cannot write: file too large");
	assert_int_equal(mg_file_size(fd, &err), 10);
	mg_file_close(&fd);
}

/* ---- interrupted calls */

#define N_PIECES 20 /* taken one by one, the writer interrupted each time */

static volatile sig_atomic_t n_signals;

static void count_signal(int number)
{
	(void)number;
	n_signals++;
}

/* From now on SIGUSR1 interrupts what waits. */
static void catch_signal(void)
{
	const struct sigaction action = { .sa_handler = count_signal };

	n_signals = 0;
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
}

/* In a child: returns when its parent waits in the kernel. */
static void await_waiting_parent(void)
{
	char path[64], text[512], letter = ' ';

	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)getppid());
	while (letter != 'S') {
		const int fd = open(path, O_RDONLY | O_CLOEXEC);
		const ssize_t n = read(fd, text, sizeof(text) - 1);
		const char *name_end;

		(void)close(fd);
		text[n > 0 ? n : 0] = '\0';
		name_end = strrchr(text, ')');
		if (!name_end || getppid() == 1)
			_exit(1);
		letter = name_end[2];
		(void)sched_yield();
	}
}

/* In a child: returns when its parent was interrupted and waits again. */
static void interrupt_parent(void)
{
	await_waiting_parent();
	(void)kill(getppid(), SIGUSR1);
	await_waiting_parent();
}

/*
 * Interrupts the writer when it has written a part, and again when it has
 * written nothing since. Then takes all the rest.
 */
static _Noreturn void disturb_writer(int from)
{
	size_t total = 0;
	char piece[4096];
	ssize_t n;

	(void)alarm(HANG_S);
	for (int i = 0; i < N_PIECES; i++) {
		interrupt_parent();
		interrupt_parent();
		n = read(from, piece, sizeof(piece));
		total += n > 0 ? (size_t)n : 0;
	}
	while ((n = read(from, piece, sizeof(piece))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			if (piece[i] != 'w')
				_exit(2);
		total += (size_t)n;
	}
	_exit(total == 1000000 ? 0 : 3);
}

static void test_write_all_in_many_pieces(void **state)
{
	struct mg_buf text;
	int ends[2], rc;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	catch_signal();
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)close(ends[1]);
		disturb_writer(ends[0]);
	}
	(void)close(ends[0]);
	mg_buf_init(&text, 1000000);
	mg_buf_add_fill(&text, 'w', 1000000);
	rc = mg_file_write_all(ends[1], mg_buf_slice(&text), &err);
	mg_file_close(&ends[1]);
	mg_buf_release(&text);
	reap(child);
	(void)signal(SIGUSR1, SIG_DFL);
	assert_int_equal(rc, 0);
	assert_err_untouched();
	assert_int_equal(n_signals, 2 * N_PIECES);
}

static void test_read_some_goes_on_after_a_signal(void **state)
{
	char to[16];
	int ends[2];
	int64_t n;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	catch_signal();
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)alarm(HANG_S);
		interrupt_parent();
		_exit(write(ends[1], "abc", 3) != 3);
	}
	(void)close(ends[1]);
	n = mg_file_read_some(ends[0], to, sizeof(to), &err);
	reap(child);
	(void)signal(SIGUSR1, SIG_DFL);
	assert_int_equal(n, 3);
	assert_memory_equal(to, "abc", 3);
	assert_int_equal(n_signals, 1);
	assert_int_equal(mg_file_read_some(ends[0], to, sizeof(to), &err), 0);
	assert_err_untouched();
	mg_file_close(&ends[0]);
	assert_int_equal(mg_file_read_some(ends[0], to, sizeof(to), &err),
			 -MG_EIO);
	assert_err(MG_EIO, "cannot read: bad file descriptor");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_DIRECTORY(test_open_lock),
		IN_DIRECTORY(test_lock_file_is_private_and_kept),
		IN_DIRECTORY(test_rewrite),
		IN_DIRECTORY(test_write_all_to_no_file),
		IN_DIRECTORY(test_write_all_to_a_full_file),
		IN_DIRECTORY(test_write_all_in_many_pieces),
		IN_DIRECTORY(test_read_some_goes_on_after_a_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
