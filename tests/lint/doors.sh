#!/bin/bash
# SPDX-License-Identifier: MIT
#
# doors.sh [OBJECTS] - check who calls what, on the built objects.
#
# What can hurt a host goes through one module each, so that it can be read in
# one sitting. Objects are looked at, not sources: macros, inlining and
# fortified twins (__sprintf_chk) hide nothing there.
set -euo pipefail

objects=${1-$(dirname "$0")/../../build/obj}

# functions : the objects that may call them. A folder ends in a slash; X is
# also X_y, a part of it in a file of its own.
doors='
# opens, creates, renames, removes
open openat : lib/base/file lib/base/replace
creat mkdir mkdirat mknod mknodat mkfifo mkfifoat : lib/base/file
renameat : lib/base/file lib/base/replace
rename renameat2 link linkat symlink symlinkat : lib/base/file
unlinkat : lib/base/file lib/base/replace
unlink rmdir remove truncate : lib/base/file
fopen freopen opendir fdopendir scandir scandirat ftw nftw glob : lib/base/file
mkstemp mkostemp mkstemps mkostemps mkdtemp tmpfile memfd_create : lib/base/file
fchmod : lib/base/file lib/base/replace
chmod fchmodat chown lchown fchownat : lib/base/file
fchown : lib/base/file lib/base/replace
fstatat : lib/base/file lib/base/replace
stat lstat statx access faccessat euidaccess : lib/base/file
readlink readlinkat realpath : lib/base/file

# other processes
fork vfork _Fork clone daemon : lib/base/spawn lib/base/supervise
execl execle execlp execv execve execvp execvpe fexecve : lib/base/spawn lib/base/supervise
posix_spawn posix_spawnp : lib/base/spawn
wait waitpid wait3 wait4 waitid : lib/base/spawn lib/base/supervise
kill killpg tgkill pidfd_send_signal : lib/base/spawn lib/base/supervise

# signals, sockets, news of files
sigaction ppoll : lib/base/service
socket send : lib/base/service lib/act/nftables_kernel
connect sendto sendmsg bind : lib/base/service
inotify_init inotify_init1 inotify_add_watch : lib/base/notify

# rights
setuid setgid seteuid setegid setreuid setregid : lib/base/priv
setresuid setresgid setgroups initgroups setfsuid setfsgid : lib/base/priv
capset chroot pivot_root mount umount umount2 unshare setns : lib/base/priv
prctl setrlimit prlimit : lib/base/priv lib/base/spawn lib/base/supervise
syscall : lib/base/priv lib/base/spawn lib/base/supervise lib/base/file_below

# what strangers wrote of a queue: called in a jailed child alone
mg_rules_postfix_held mg_rules_postfix_local_user : lib/act/backend_postfix_queue
mg_rules_postfix_login : lib/act/backend_postfix_queue

# memory, and the end of the process
malloc calloc realloc reallocarray free : lib/base/mem
aligned_alloc posix_memalign memalign valloc : lib/base/mem
strdup strndup asprintf vasprintf : lib/base/mem
getline getdelim open_memstream : lib/base/mem
exit _exit _Exit quick_exit abort : lib/base/mem

# time
clock_gettime gettimeofday time times clock ftime timespec_get : lib/base/clock

# environment
secure_getenv : cmd/

# banned
strcpy strncpy stpcpy stpncpy strcat strncat sprintf vsprintf gets :
strtok strtok_r strsep atoi atol atoll atof :
strtol strtoul strtoll strtoull strtoimax strtoumax :
scanf sscanf fscanf vscanf vsscanf vfscanf :
system popen wordexp dlopen dlmopen dlsym pthread_create thrd_create :
getenv setenv putenv unsetenv setlocale :
gmtime gmtime_r localtime localtime_r mktime timegm asctime ctime strftime :
tmpnam tempnam mktemp rand srand random srandom longjmp siglongjmp :
'

[ -d "$objects" ] || {
	echo "doors: no objects in '$objects'"
	exit 1
}

# "OBJECT FUNCTION", twins under their plain name: __isoc99_sscanf,
# __isoc23_strtol, __sprintf_chk, __open_2, fopen64.
calls() {
	find "$objects" -name '*.o' -printf '%P\n' | LC_ALL=C sort |
		while read -r object; do
			nm -u "$objects/$object" |
				awk -v object="$object" '{ print object, $NF }'
		done |
		sed -E 's/ __isoc[0-9]+_/ /; s/ __(.*)_chk$/ \1/
			s/ __(.*)_2$/ \1/; s/64$//'
}

calls | awk -v doors="$doors" '
	BEGIN {
		n = split(doors, lines, "\n")
		for (i = 1; i <= n; i++) {
			if (lines[i] ~ /^(#|$)/)
				continue
			split(lines[i], side, ":")
			m = split(side[1], names, " ")
			for (j = 1; j <= m; j++)
				door[names[j]] = side[2]
		}
	}
	$2 in door {
		object = $1
		sub(/\.(test\.)?o$/, "", object)
		allowed = 0
		n = split(door[$2], places, " ")
		for (i = 1; i <= n; i++)
			allowed = allowed || object == places[i] || \
				index(object, places[i] "_") == 1 || \
				(places[i] ~ /\/$/ && index(object, places[i]) == 1)
		if (!allowed) {
			only = n ? "which only" door[$2] " may" : "which is banned"
			print object ".c calls " $2 ", " only
			bad = 1
		}
	}
	END {
		if (!NR)
			print "doors: no calls seen"
		exit bad || !NR
	}'
