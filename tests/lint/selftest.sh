#!/bin/bash
# SPDX-License-Identifier: MIT
#
# selftest.sh - check that the lints turn red: each rule is broken once, beside
# a twin that keeps it. Prints TAP.
set -uo pipefail
cd "$(dirname "$0")" || exit 1

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp" "../../build/log/$tmp"' EXIT
n=0

report() { # yes|no TITLE OUTPUT
	n=$((n + 1))
	if [ "$1" = yes ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		printf '%s\n' "$3" | sed 's/^/# /'
	fi
}

# Runs a lint on what was planted. Red has to say what for.
expect() { # green|red TITLE LINT DIR MESSAGE
	local good=no output status
	output=$("./$3.sh" "$4" 2>&1)
	status=$?
	case $1 in
	green) [ "$status" -eq 0 ] && good=yes ;;
	red) [ "$status" -eq 1 ] && [[ $output == *"$5"* ]] && good=yes ;;
	esac
	report "$good" "$3: $2 is $1" "$output"
}

# A tree in which one file holds one include.
include() { # green|red FILE HEADER
	rm -rf "$tmp/tree"
	mkdir -p "$tmp"/tree/{cmd,include/mailguard,lib/{base,store,out,ingest}}
	touch "$tmp"/tree/cmd/{command,options,cmd_a}.h \
		"$tmp"/tree/lib/base/{slice,json}.c "$tmp"/tree/lib/out/printer.c \
		"$tmp"/tree/lib/store/{store.c,store_priv.h} \
		"$tmp"/tree/lib/ingest/sweep.c
	echo "#include $3" >>"$tmp/tree/$2"
	expect "$1" "$3 in $2" layers "$tmp/tree" "$2:1: "
}

# An object made of one call.
call() { # green|red OBJECT CALL [CFLAGS...]
	local source=$tmp/call.c colour=$1 object=$2 call=$3
	shift 3
	rm -rf "$tmp/obj"
	mkdir -p "$tmp/obj/${object%/*}"
	cat >"$source" <<EOF
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
extern char a[8], *b;
extern int n;
void f(void);
void f(void) { $call; }
EOF
	gcc -D_GNU_SOURCE -w -O2 "$@" -c -o "$tmp/obj/$object.o" "$source" ||
		exit 1
	expect "$colour" "$call in $object${*:+ with $*}" doors "$tmp/obj" \
		"$object.c calls"
}

# What tests/run.sh makes of a program.
totals() { # LAST-LINE SCRIPT TITLE
	local good=no output
	printf '#!/bin/sh\n%s\n' "$2" >"$tmp/program"
	chmod +x "$tmp/program"
	output=$(../run.sh "$tmp/program" 2>&1)
	[ "${output##*$'\n'}" = "$1" ] && good=yes
	report "$good" "run: $3: $1" "$output"
}

include green lib/out/printer.c '"mailguard/printer.h"'
include green lib/ingest/sweep.c '"mailguard/store.h"'
include green lib/store/store.c '"store_priv.h"'
include green lib/store/store.c '<sqlite3.h>'
include green lib/base/json.c '<json-c/json.h>'
include green include/mailguard/printer.h '"mailguard/slice.h"'
include green cmd/cmd_b.c '"command.h"'
include red lib/base/slice.c '"mailguard/store.h"'
include red lib/store/store.c '"mailguard/printer.h"'
include red lib/out/printer.c '"mailguard/sweep.h"'
include red lib/out/printer.c '"../store/store_priv.h"'
include red lib/out/printer.c '<sqlite3.h>'
include red lib/base/slice.c '<json-c/json.h>'
include red lib/base/slice.c '<curl/curl.h>'
include red lib/base/slice.c 'HEADER'

include red include/mailguard/store.h '<sqlite3.h>'
include red include/mailguard/printer.h '"mailguard/store.h"'
include red cmd/cmd_b.c '"cmd_a.h"'

call green lib/base/file 'n = open(b, O_RDONLY)'
call red lib/store/store 'n = open(b, O_RDONLY)'
call red lib/store/store 'n = open(b, n)' -D_FORTIFY_SOURCE=2
call red cmd/cmd_a 'n = unlinkat(n, b, 0)'
call red cmd/cmd_a 'n = !fopen(b, b)' -D_FILE_OFFSET_BITS=64
call green lib/base/spawn 'n = fork()'
call red cmd/cmd_a 'n = fork()'
call red cmd/cmd_a 'n = waitpid(n, &n, 0)'
call red lib/base/file 'execv(b, &b)'
call green lib/base/spawn 'prctl(n)'
call red lib/base/spawn 'n = setuid(n)'
call red lib/base/file 'prctl(n)'
call green lib/base/mem 'b = malloc(n)'
call red lib/base/map 'b = malloc(n)'
call red lib/base/map 'free(b)'
call red cmd/main 'exit(n)'
call green cmd/main 'assert(n)'
call red lib/base/tz 'n = time(0)'
call green cmd/main 'b = secure_getenv(b)'
call red lib/base/log 'b = secure_getenv(b)'
call red cmd/main 'b = getenv(b)'
call red lib/base/buf 'strcpy(a, b)'
call red lib/base/buf 'strcpy(a, b)' -D_FORTIFY_SOURCE=2
call red lib/base/buf 'sprintf(a, b, n)' -D_FORTIFY_SOURCE=2
call red lib/base/buf 'sscanf(a, b, &n)' -std=c17
call red lib/base/num 'n = strtol(a, 0, 10)'
call red lib/base/clock 'localtime(b)'
call red lib/base/spawn 'system(b)'
rm -rf "$tmp/obj"
expect red 'a folder that does not exist' doors "$tmp/obj" 'no objects'

mkdir -p "$tmp/alone/include/mailguard"
header=$tmp/alone/include/mailguard/a.h
echo '#include <stddef.h>' >"$header"
expect green 'a header that compiles alone' headers "$tmp/alone"
echo 'size_t length(void);' >"$header"
expect red 'a header that needs another' headers "$tmp/alone" 'a.h does not'

mkdir -p "$tmp/walks"/{lib,cmd,tests}
walk=$tmp/walks/tests/a.c
echo 'n = nftw(b, f, 16, FTW_DEPTH | FTW_PHYS);' >"$walk"
expect green 'a walk that follows no link' links "$tmp/walks"
printf 'n = nftw(b, f, 16,\n\tFTW_DEPTH);\n' >"$walk"
expect red 'a walk through links' links "$tmp/walks" 'tests/a.c: nftw'

export MG_NO_SKIP=0
totals '1 passed, 0 failed, 0 skipped' 'echo 1..1; echo ok 1' \
	'a pass'
totals '1 passed, 1 failed, 0 skipped' 'echo 1..2; echo ok 1; echo not ok 2' \
	'a failure'
totals '1 passed, 1 failed, 0 skipped' 'echo 1..2; echo ok 1; kill -9 $$' \
	'killed half-way'
totals '1 passed, 1 failed, 0 skipped' 'echo 1..1; echo ok 1; exit 3' \
	'a bad end after passes'
totals '0 passed, 0 failed, 1 skipped' 'echo 1..1; echo "ok 1 # SKIP reason"' \
	'a skip'
totals '1 passed, 0 failed, 0 skipped' 'echo no TAP' \
	'a program without TAP'
totals '0 passed, 1 failed, 0 skipped' 'exit 1' \
	'one that fails'
MG_NO_SKIP=1
totals '0 passed, 1 failed, 0 skipped' 'echo 1..1; echo "ok 1 # skip reason"' \
	'a skip where none may be'

echo "1..$n"
