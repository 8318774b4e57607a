# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016 # run sets output, stderr and lines; hooks are written in single quotes
#
# However it is started, and by however many at once: it works, or refuses and has done nothing.

bats_require_minimum_version 1.5.0

load ../helper
load ../effects

setup() {
	effects_setup
	STATE=$ROOT/var/lib/mailguard
	mg sweep -q
	cp -a "$STATE" "$BATS_TEST_TMPDIR/kept"
}

put_back() {
	rm -rf "${STATE:?}" "$EFFECTS"
	cp -a "$BATS_TEST_TMPDIR/kept" "$STATE"
}

# is_whole: the state is, and of root alone. Each line counts, also where it is asked in an "or".
is_whole() {
	[ "$(sqlite3 "$STATE/state.db" 'PRAGMA integrity_check')" = ok ] || return
	[ -z "$(find "$STATE" -perm /077)" ] || { ls -lAR "$STATE"; return 1; }
	mg ledger verify
}

# is_sound STATUS: and where it failed nothing was done, else all.
is_sound() {
	is_whole || return
	if [ "$1" -eq 0 ]; then
		[ "$(effects)" = suspend ] && [ "$(marks)" = "evidence started done" ]
	else
		[ ! -e "$EFFECTS" ]
	fi
}

# started CLOSED SIGNALS UMASK PLACE COMMAND...: with these descriptors closed, signals blocked or not, and that umask; PLACE
# "odd" is a directory that is gone, no HOME and a locale in which the I of "I" is another one.
started() (
	if [ "$4" = odd ]; then
		mkdir -p "$BATS_TEST_TMPDIR/gone"
		cd "$BATS_TEST_TMPDIR/gone" || exit
		rmdir "$BATS_TEST_TMPDIR/gone"
		unset HOME
		export LC_ALL=tr_TR.UTF-8
	fi
	export MG_TEST_NOW=$NOW
	[[ $1 != *0* ]] || exec 0<&-
	[[ $1 != *2* ]] || exec 2>&-
	[[ $1 != *1* ]] || exec 1>&-
	umask "$3"
	case $2 in
	blocked) exec env --block-signal "$MAILGUARD-test" "${@:5}" ;;
	*) exec "$MAILGUARD-test" "${@:5}" ;;
	esac
)

@test "F61 closed descriptors, blocked signals, umask, directory, HOME and locale: the 64 starts" {
	local closed signals mask place rc n=0 n_done=0
	for closed in '' 0 1 2 01 02 12 012; do
		for signals in open blocked; do
			for mask in 000 777; do
				for place in even odd; do
					put_back
					rc=0
					started "$closed" $signals $mask $place suspend joe@a.example --reason spam \
						--root "$ROOT" >"$BATS_TEST_TMPDIR/out" 2>&1 </dev/null || rc=$?
					is_sound "$rc" || { echo "$closed $signals $mask $place: $rc"; cat "$BATS_TEST_TMPDIR/out"; return 1; }
					n=$((n + 1))
					[ "$rc" -ne 0 ] || n_done=$((n_done + 1))
				done
			done
		done
	done
	[ "$n/$n_done" = 64/64 ]
}

@test "A41 what an environment makes of a program reaches none that is run" {
	local name
	mkdir "$BATS_TEST_TMPDIR/evil"
	for name in sh grep tail sed env; do
		printf '#!/bin/sh\ntouch %s/was-run\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/evil/$name"
	done
	chmod 755 "$BATS_TEST_TMPDIR"/evil/*
	echo "touch $BATS_TEST_TMPDIR/was-run" >"$BATS_TEST_TMPDIR/evil/rc"
	hook count "$(counting | sed 's|^case|{ env; cat /proc/self/maps; } >>"$D/seen"\n&|')"
	LD_PRELOAD=libz.so.1 LD_LIBRARY_PATH=$BATS_TEST_TMPDIR/evil PATH=$BATS_TEST_TMPDIR/evil IFS=e ENV=$BATS_TEST_TMPDIR/evil/rc \
		BASH_ENV=$BATS_TEST_TMPDIR/evil/rc MG_TEST_NOW=$NOW "$MAILGUARD-test" suspend joe@a.example --reason spam --root "$ROOT"
	is_sound 0
	grep -q '^MAILGUARD_KEY=' "$ROOT/seen"
	run ! grep -E 'evil|LD_|ENV=|IFS|libz' "$ROOT/seen"
	[ ! -e "$BATS_TEST_TMPDIR/was-run" ]
}

@test "A41 where no file may be as large as it needs it says so, and the next sweep does what was begun" {
	local blocks n_failed=0
	for blocks in 0 1 8 64 100 128 200 256 10000; do
		put_back
		run bash -c 'ulimit -f "$0"; exec "$@"' "$blocks" env MG_TEST_NOW="$NOW" \
			"$MAILGUARD-test" suspend joe@a.example --reason spam --root "$ROOT"
		[[ "$status" = 0 || ( "$status" = 4 && "$output" == "mailguard: cannot "* ) ]] || { echo "$blocks: $status, $output"; return 1; }
		[ "$status" = 0 ] || n_failed=$((n_failed + 1))
		later 60
		later 4000
		[ "$(effects)" = "$(mg status --actions --json | jq -r '.rows[].action')" ]
		is_whole
	done
	[ "$status" -eq 0 ]
	[ "$n_failed" -ge 2 ]
}

# one_of_fifty I: a sweep, or a command that says another thing; how it ended.
one_of_fifty() {
	local rc=0
	if [ $(($1 % 5)) -eq 0 ]; then
		mg suspend ann@a.example --reason spam >/dev/null 2>&1 || rc=$?
	else
		later 300 >/dev/null 2>&1 || rc=$?
	fi
	echo "$rc" >"$BATS_TEST_TMPDIR/rc.$1"
}

@test "F51 fifty starts at once, of sweeps and of commands: each waits or is told, and each thing is done once" {
	local round i
	for ((round = 1; round <= ${MG_ROUNDS:-4}; round++)); do
		put_back
		hook count 'exit 75'
		run -4 mg suspend joe@a.example --reason spam
		hook count "$(counting)"
		printf '%s 1xUzR1-%06d-0M <= joe@a.example H=(x) [192.0.2.7] P=esmtpsa A=PLAIN:joe@a.example S=100 for c@far.test\n' \
			"$(date -u -d "@$NOW" '+%F %T')" "$round" >>"$ROOT/main.log"
		for i in {1..50}; do
			one_of_fifty "$i" &
		done
		wait
		# Done, suspended already, or another is at work.
		sort "$BATS_TEST_TMPDIR"/rc.* | uniq -c
		run ! grep -vxhE '[027]' "$BATS_TEST_TMPDIR"/rc.*
		[ "$(cat "$BATS_TEST_TMPDIR"/rc.*[05] | grep -cx 0)" -eq 1 ]
		later 300
		[ "$(effects)" = "suspend suspend" ]
		[ "$(cut -d' ' -f2 "$EFFECTS" | sort -u | wc -l)" -eq 2 ]
		[ "$(mg report --by domain --since all --format json | jq '[.rows[].messages] | add')" = "$round" ]
		mg ledger verify
	done
}
