/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "mailguard/priv.h"

static const struct mg_jail jail = { MG_PRIV_UID, MG_PRIV_UID };

/* A system call with its arguments, and what it is. */
struct attempt {
	const char *name;
	long number;
	long args[5];
};

static const char path[] = "/etc/passwd";

/* clang-format off */
static const struct attempt forbidden[] = {
	{ "open a file", SYS_openat, { AT_FDCWD, (long)path, O_RDONLY } },
	{ "make a file", SYS_openat, { AT_FDCWD, (long)path, O_CREAT | O_WRONLY, 0600 } },
	{ "read standard input", SYS_read, { 0 } },
	{ "read a terminal that is standard error", SYS_read, { 2 } },
	{ "write at an offset", SYS_pwrite64, { 1 } },
	{ "close", SYS_close, { 2 } },
	{ "duplicate", SYS_dup, { 1 } },
	{ "control a descriptor", SYS_fcntl, { 1, F_GETFL } },
	{ "control a device", SYS_ioctl, { 1 } },
	{ "make a socket", SYS_socket, { 2, 1 } },
	{ "connect", SYS_connect, { 0 } },
	{ "send", SYS_sendto, { 1 } },
	{ "receive", SYS_recvfrom, { 0 } },
	{ "make a process", SYS_clone, { SIGCHLD } },
	{ "run a program", SYS_execve, { (long)path } },
	{ "run a program by descriptor", SYS_execveat, { 0 } },
	{ "end another process", SYS_kill, { 1, 0 } },
	{ "end a thread", SYS_tgkill, { 1, 1, 0 } },
	{ "trace a process", SYS_ptrace, { 0 } },
	{ "read another's memory", SYS_process_vm_readv, { 1 } },
	{ "become root", SYS_setresuid, { 0, 0, 0 } },
	{ "remove a file", SYS_unlinkat, { AT_FDCWD, (long)path, 0 } },
	{ "rename a file", SYS_renameat2, { AT_FDCWD, (long)path, AT_FDCWD, (long)path, 0 } },
	{ "link a file", SYS_linkat, { AT_FDCWD, (long)path, AT_FDCWD, (long)path, 0 } },
	{ "change a mode", SYS_fchmodat, { AT_FDCWD, (long)path, 0 } },
	{ "change an owner", SYS_fchownat, { AT_FDCWD, (long)path, 0, 0, 0 } },
	{ "list a directory", SYS_getdents64, { 0 } },
	{ "look at a file", SYS_newfstatat, { AT_FDCWD, (long)path } },
	{ "mount", SYS_mount, { 0 } },
	{ "change the root", SYS_chroot, { (long)path } },
	{ "leave a namespace", SYS_unshare, { 0 } },
	{ "make memory executable", SYS_mprotect, { 0, 0, PROT_EXEC } },
	{ "map executable memory", SYS_mmap, { 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1 } },
	{ "raise a limit", SYS_prlimit64, { 0 } },
	{ "set up asynchronous calls", SYS_io_uring_setup, { 1 } },
	{ "filter anew", SYS_seccomp, { 0 } },
	{ "load a program into the kernel", SYS_bpf, { 0 } },
};
/* clang-format on */

/* Status of a child that enters the jail and makes one call there. */
static int status_of(const struct attempt *a)
{
	const pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (mg_priv_enter_jail(&jail, NULL) < 0)
			_exit(2);
		if (a)
			(void)syscall(a->number, a->args[0], a->args[1],
				      a->args[2], a->args[3], a->args[4], 0);
		/* No handlers of a sanitizer on the way out. */
		(void)syscall(SYS_exit_group, 0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void every_forbidden_call_kills(void **state)
{
	const size_t n = sizeof(forbidden) / sizeof(*forbidden);

	(void)state;
	assert_true(n >= 30);
	for (size_t i = 0; i < n; i++) {
		const int status = status_of(&forbidden[i]);

		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("'%s' ended with status %x, not by SIGSYS",
				 forbidden[i].name, (unsigned)status);
	}
}

static void the_jail_itself_lets_live(void **state)
{
	const int status = status_of(NULL);

	(void)state;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void what_the_parser_does_is_allowed(void **state)
{
	static const struct attempt allowed[] = {
		{ "read at an offset", SYS_pread64, { 0 } },
		{ "read a pipe of another child", SYS_read, { 3 } },
		{ "write", SYS_write, { 1 } },
		{ "map memory",
		  SYS_mmap,
		  { 0, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1 } },
		{ "move the break", SYS_brk, { 0 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++)
		assert_int_equal(status_of(&allowed[i]), 0);
}

static void user_of_the_host_or_the_number(void **state)
{
	static const struct {
		const char *passwd;
		uint32_t uid, gid;
	} rows[] = {
		{ "", MG_PRIV_UID, MG_PRIV_UID },
		{ "mailguard:x:993:992::/:/bin/false\n", 993, 992 },
		{ "root:x:0:0::/:/bin/sh\nmailguard:x:5:6::/:/x\n", 5, 6 },
		{ "mailguard:x:0:0::/:/bin/sh\n", MG_PRIV_UID, MG_PRIV_UID },
		{ "mailguard:x:ten:10::/:/x\n", MG_PRIV_UID, MG_PRIV_UID },
		{ "mailguardian:x:7:7::/:/x\n", MG_PRIV_UID, MG_PRIV_UID },
	};
	char dir[] = "/tmp/test_priv.XXXXXX", etc[64], file[80];

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(etc, sizeof(etc), "%s/etc", dir);
	(void)snprintf(file, sizeof(file), "%s/passwd", etc);
	assert_int_equal(mkdir(etc, 0700), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		FILE *f = fopen(file, "w");
		struct mg_root root;
		struct mg_jail got;

		assert_non_null(f);
		assert_true(fputs(rows[i].passwd, f) >= 0);
		assert_int_equal(fclose(f), 0);
		assert_int_equal(mg_root_open(&root, dir, NULL), 0);
		got = mg_priv_jail(&root);
		mg_root_close(&root);
		assert_int_equal(got.uid, rows[i].uid);
		assert_int_equal(got.gid, rows[i].gid);
	}
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(etc), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_forbidden_call_kills),
		cmocka_unit_test(the_jail_itself_lets_live),
		cmocka_unit_test(what_the_parser_does_is_allowed),
		cmocka_unit_test(user_of_the_host_or_the_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
