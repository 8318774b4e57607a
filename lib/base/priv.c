/* SPDX-License-Identifier: MIT */
#include "mailguard/priv.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mailguard/buf.h"
#include "mailguard/limits.h"
#include "mailguard/num.h"

/* Descriptors of a child that walks through directories. */
#define ACCOUNT_FILES_MAX 16

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "the jail needs the audit architecture of this processor"
#endif

/* Groups first: after the user id is gone nothing else can be given up. */
static int drop_ids(const struct mg_jail *jail, struct mg_err *err)
{
	if (geteuid() != 0)
		return 0;
	if (setgroups(0, NULL) < 0 ||
	    setresgid(jail->gid, jail->gid, jail->gid) < 0 ||
	    setresuid(jail->uid, jail->uid, jail->uid) < 0)
		return mg_fail_errno(err, "cannot give up root");
	if (setresuid(0, 0, 0) == 0)
		return mg_fail(err, MG_EIO, "root was not given up for good");
	return 0;
}

/* RLIMIT_NOFILE counts numbers: 3 are open. */
static int set_limits(rlim_t cpu_s, rlim_t n_files, struct mg_err *err)
{
	const struct {
		__rlimit_resource_t what;
		rlim_t max;
	} limits[] = {
		{ RLIMIT_AS, MG_PRIV_MEMORY_MAX },
		{ RLIMIT_CPU, cpu_s },
		{ RLIMIT_NOFILE, n_files },
		{ RLIMIT_FSIZE, 0 },
		{ RLIMIT_NPROC, 0 },
		{ RLIMIT_CORE, 0 },
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		const struct rlimit limit = { limits[i].max, limits[i].max };

		if (setrlimit(limits[i].what, &limit) < 0)
			return mg_fail_errno(err, "cannot set a limit");
	}
	return 0;
}

/* No file system at all: every right is handled, and none is granted. */
static int shut_files(struct mg_err *err)
{
	/* All rights of the first version; later ones cannot matter to a
	   process that the filter below lets open nothing. */
	const struct landlock_ruleset_attr all = {
		.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
	};
	const int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all,
					 sizeof(all), 0);
	int rc = 0;

	if (ruleset < 0 && (errno == ENOSYS || errno == EOPNOTSUPP))
		return 0;
	if (ruleset < 0)
		return mg_fail_errno(err, "cannot make a Landlock ruleset");
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		rc = mg_fail_errno(err, "cannot give up the file system");
	(void)close(ruleset);
	return rc;
}

#define ALLOW(call)                                                            \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1),                 \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* mmap and mprotect-like calls: the third argument must not ask for code. */
#define ALLOW_DATA(call)                                                       \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 4),                 \
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                             \
			 offsetof(struct seccomp_data, args[2])),              \
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),         \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),           \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/*
 * A stream may be read where it is not one of the first three descriptors: the
 * pipe of another child, which has no offsets. The others are read at offsets
 * alone: a terminal among them is not the child's to listen to.
 */
#define ALLOW_PIPE(call, first)                                                \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 4),                 \
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                             \
			 offsetof(struct seccomp_data, args[0])),              \
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, first, 0, 1),              \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),                  \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)

#define ARCHITECTURE                                                           \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                                     \
		 offsetof(struct seccomp_data, arch)),                         \
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0),        \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),           \
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                             \
			 offsetof(struct seccomp_data, nr))

/* What every child needs, and the end of the list. */
#define ALLOW_LIFE                                                             \
	ALLOW(pread64), ALLOW(write), ALLOW(brk), ALLOW_DATA(mmap),            \
		ALLOW(munmap), ALLOW(mremap), ALLOW(madvise),                  \
		ALLOW(exit_group), ALLOW(rt_sigreturn),                        \
		ALLOW(restart_syscall),                                        \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)

static struct sock_filter of_jail[] = {
	ARCHITECTURE,
	ALLOW_PIPE(read, 3),
	ALLOW_LIFE,
};

static struct sock_filter of_account[] = {
	ARCHITECTURE,      ALLOW(openat),     ALLOW(openat2), ALLOW(close),
	ALLOW(fstat),      ALLOW(newfstatat), ALLOW(fcntl),   ALLOW(lseek),
	ALLOW(getdents64), ALLOW_LIFE,
};

static int filter_calls(struct sock_filter *program, size_t n,
			struct mg_err *err)
{
	const struct sock_fprog filter = {
		.len = (unsigned short)n,
		.filter = program,
	};

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) < 0)
		return mg_fail_errno(err, "cannot filter system calls");
	return 0;
}

/* "name:password:uid:gid:..." of the user named `who`. */
static bool parse_user(struct mg_slice line, struct mg_slice who,
		       struct mg_jail *out)
{
	struct mg_slice name, unused, uid, gid;
	uint64_t u, g;

	if (!mg_slice_cut_at(&line, ':', &name) || !mg_slice_is(name, who) ||
	    !mg_slice_cut_at(&line, ':', &unused) ||
	    !mg_slice_cut_at(&line, ':', &uid) ||
	    !mg_slice_cut_at(&line, ':', &gid) ||
	    !mg_num_parse(uid, UINT32_MAX - 1, &u) ||
	    !mg_num_parse(gid, UINT32_MAX - 1, &g) || u == 0 || g == 0)
		return false;
	*out = (struct mg_jail){ .uid = (uint32_t)u, .gid = (uint32_t)g };
	return true;
}

/* A host has thousands of lines of other users. */
static bool find_user(struct mg_slice text, struct mg_slice who,
		      struct mg_jail *out)
{
	size_t at = 0;

	while ((at += mg_slice_search(mg_slice_from(text, at), who)) <
	       text.len) {
		struct mg_slice rest = mg_slice_from(text, at), line;

		if ((at == 0 || text.ptr[at - 1] == '\n') &&
		    mg_slice_cut_line(&rest, &line) &&
		    parse_user(line, who, out))
			return true;
		at++;
	}
	return false;
}

bool mg_priv_find_user(const struct mg_root *root, struct mg_slice name,
		       struct mg_jail *out)
{
	struct mg_buf text;
	bool is_there;

	mg_buf_init(&text, MG_TABLE_MAX);
	is_there = mg_root_read(root, "/etc/passwd", &text, NULL) == 0 &&
		   find_user(mg_buf_slice(&text), name, out);
	mg_buf_release(&text);
	return is_there;
}

struct mg_jail mg_priv_jail(const struct mg_root *root)
{
	struct mg_jail jail = { .uid = MG_PRIV_UID, .gid = MG_PRIV_UID };

	(void)mg_priv_find_user(root, MG_LIT("mailguard"), &jail);
	return jail;
}

/* Another's ids for good, and no way to more, or into the process's memory. */
static int become(const struct mg_jail *who, struct mg_err *err)
{
	int rc = drop_ids(who, err);

	/* A child without its parent only wastes time. Behind the change of
	   ids, which takes this setting back. */
	if (rc == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		rc = mg_fail_errno(err, "cannot tie the child to its parent");
	if (rc == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		rc = mg_fail_errno(err, "cannot renounce new privileges");
	/* Not to be looked into by others of the same number. */
	if (rc == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		rc = mg_fail_errno(err, "cannot shut the process's memory");
	return rc;
}

int mg_priv_enter_jail(const struct mg_jail *jail, struct mg_err *err)
{
	int rc = become(jail, err);

	if (rc == 0)
		rc = shut_files(err);
	if (rc == 0) /* a fourth file cannot be open */
		rc = set_limits(MG_PRIV_CPU_MAX, 3, err);
	return rc < 0 ? rc
		      : filter_calls(of_jail,
				     sizeof(of_jail) / sizeof(*of_jail), err);
}

int mg_priv_enter_account(const struct mg_jail *account, struct mg_err *err)
{
	int rc = 0;

	if (account->uid == 0 || account->gid == 0)
		rc = mg_fail(err, MG_EIO, "root is no account");
	else
		rc = become(account, err);
	if (rc == 0 && (geteuid() != account->uid || getuid() != account->uid))
		rc = mg_fail(err, MG_EIO, "only root can become uid %u",
			     account->uid);
	if (rc == 0)
		rc = set_limits(MG_PRIV_ACCOUNT_CPU_MAX, ACCOUNT_FILES_MAX,
				err);
	return rc < 0 ? rc
		      : filter_calls(of_account,
				     sizeof(of_account) / sizeof(*of_account),
				     err);
}
