# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016 # run sets output, stderr and lines; hooks expand what stands in quotes
#
# Hooks and their contract: hook-test, the examples of the manual, and a zoo of hooks that break it.

bats_require_minimum_version 1.5.0

load ../helper

setup() {
	HOOKS=$BATS_TEST_TMPDIR/hooks
	STATE=$BATS_TEST_TMPDIR/state
	mkdir -p "$HOOKS"
}

# hook NAME: of the shell, from standard input.
hook() {
	{ echo '#!/bin/sh'; cat; } >"$HOOKS/$1"
	chmod 0755 "$HOOKS/$1"
}

# good NAME [LINES]: one that keeps the contract for accounts, with lines before it does anything.
good() {
	hook "$1" <<-HOOK
		[ "\$MAILGUARD_KIND" = account ] || exit 64
		mark=\$MAILGUARD_STATE/\$MAILGUARD_KEY
		now=not-done
		if [ -e "\$mark" ]; then now=done; fi
		${2-}
		case \$1/\$MAILGUARD_OF/\$now in
		suspend/*) : >"\$mark" ;;
		unsuspend/*) rm -f "\$mark" ;;
		query/suspend/*) echo "\$now" ;;
		query/unsuspend/done) echo not-done ;;
		query/unsuspend/*) echo done ;;
		*) exit 64 ;;
		esac
	HOOK
}

hook_test() {
	"$MAILGUARD" hook-test "$HOOKS" --state "$STATE" --limit 1 "$@"
}

# breaks CHECK WORDS: hook-test says so of an account.
breaks() {
	run -1 --separate-stderr hook_test
	[[ "$stderr" == "mailguard: the contract was broken "*" times" ]]
	if ! grep -E "account +$1 +BREAKS" <<<"$output" | grep -qF -- "$2"; then
		printf '%s\n' "$output"
		return 1
	fi
}

# example N: the Nth of the manual, as it is printed.
example() {
	mandoc -T ascii -O width=200 "$TESTS/../packaging/man/mailguard-hooks.7" | sed 's/.\x08//g' |
		awk -v wanted="$1" '/^EXAMPLES/ { on = 1 } /^SEE ALSO/ { on = 0 }
			!on { next }
			/^     #!/ { n++ }
			n == wanted && (/^     / || /^$/) { here = 1 }
			here && /^     The same/ { here = 0; n += 100 }
			here { sub(/^     /, ""); print }'
}

@test "a hook that keeps the contract passes, verb by verb" {
	good h
	run -0 hook_test
	[[ "$output" == *"h     account  suspend "*keeps* ]]
	[[ "$output" == *"h     mailbox  suspend "*none* ]]
	[[ "$output" != *BREAKS* ]]
}

@test "the examples of the manual keep the contract, as printed" {
	example 1 >"$HOOKS/shell"
	example 2 >"$HOOKS/python"
	chmod 0755 "$HOOKS"/*
	head -n 1 "$HOOKS/python" | grep -qx '#!/usr/bin/python3'
	run -0 hook_test --limit 10
	[[ "$output" =~ shell\ +mailbox\ +suspend\ +keeps ]]
	[[ "$output" =~ python\ +account\ +suspend\ +keeps ]]
}

@test "the hook plain keeps the contract on a fake host" {
	[ "$(id -u)" = 0 ] || mg_skip "usermod is root's"
	local root=$BATS_TEST_TMPDIR/root
	mkdir -p "$root/etc" "$root/usr/sbin"
	cp "$(PATH=/usr/sbin:$PATH command -v usermod)" "$root/usr/sbin/"
	echo 'bob:x:1001:1001::/home/bob:/bin/sh' >"$root/etc/passwd"
	echo 'bob:x:1001:' >"$root/etc/group"
	echo 'bob:$6$salt$hash:19000:0:99999:7:::' >"$root/etc/shadow"
	install -m 0755 "$TESTS/../etc/hooks/plain" "$HOOKS/plain"
	run -0 hook_test --limit 10 --root "$root" --account bob --domain bob.example
	[ "$(grep -cE 'plain +(account|domain|mailbox) +.* keeps' <<<"$output")" -ge 40 ]
	[ "$(cat "$root/etc/shadow")" = 'bob:$6$salt$hash:19000:0:99999:7:::' ]
}

@test "the JSON is of its schema" {
	good h
	hook_test --json >"$BATS_TEST_TMPDIR/doc"
	DOC=$BATS_TEST_TMPDIR/doc KIND=hook-test run -0 validate
}

@test "usage: a directory of hooks, a state directory, names of a customer" {
	run -2 --separate-stderr hook_test
	[[ "$stderr" == *"has no hooks"* ]]
	good h
	run -2 --separate-stderr "$MAILGUARD" hook-test "$HOOKS"
	[[ "$stderr" == *"--state is needed"* ]]
	run -2 --separate-stderr hook_test --account root
	run -2 --separate-stderr hook_test --account -rf
	run -2 --separate-stderr hook_test --domain '../x'
	run -4 --separate-stderr "$MAILGUARD" hook-test "$HOOKS/none" --state "$STATE"
}

# --- the zoo ---

@test "F54 A44 zoo 1: hangs" {
	good h 'if [ "$1" = suspend ]; then sleep 60; fi'
	breaks suspend 'it took more than 1 s and was ended'
}

@test "F54 zoo 2: ignores TERM" {
	good h 'if [ "$1" = suspend ]; then trap "" TERM; while :; do sleep 9; done; fi'
	breaks suspend 'it took more than 1 s and was ended'
	run ! pgrep -f "$HOOKS/h"
}

@test "F54 zoo 3: a double fork that outlives the time limit is ended with it" {
	good h 'if [ "$1" = suspend ]; then setsid sh -c "echo \$\$ >\"$MAILGUARD_STATE/pid\"; trap \"\" TERM; sleep 60" & sleep 60; fi'
	breaks suspend 'it took more than 1 s and was ended'
	run ! kill -0 "$(cat "$STATE/pid")"
}

@test "F54 zoo 4: closes its pipes and hangs" {
	good h 'if [ "$1" = suspend ]; then exec >&- 2>&-; sleep 60; fi'
	breaks suspend 'it took more than 1 s and was ended'
}

@test "F54 A44 zoo 5: writes 1 GB" {
	good h 'if [ "$1" = suspend ]; then head -c 1000000000 /dev/zero; fi'
	run -0 hook_test --limit 60 --json
	jq -e '.rows[] | select(.kind == "account" and .check == "suspend") |
		(.detail | startswith("it printed more than is kept; ")) and (.detail | length) < 270000' <<<"$output"
}

@test "F54 A44 zoo 6: prints control bytes" {
	good h 'if [ "$1" = suspend ]; then printf "\033]52;c;aGk=\007\033[2J\302\233"; fi'
	run -0 hook_test
	[[ "$output" == *'\x1b]52;c;aGk=\x07\x1b[2J\xc2\x9b'* ]]
	[[ "$output" != *"\\\\x1b"* ]]
	[[ "$output" != *$'\033'* ]]
}

@test "F54 zoo 7: ends with 0 without doing it" {
	good h 'if [ "$1" = suspend ]; then exit 0; fi'
	breaks 'query after it' 'query of suspend: not-done, not done'
}

@test "F54 zoo 8: ends with 1 after doing it" {
	good h 'if [ "$1" = suspend ]; then : >"$mark"; exit 1; fi'
	breaks suspend 'it ended with status 1'
	[[ "$output" =~ account\ +query\ after\ it\ +keeps ]]
}

@test "F54 zoo 9: killed by a signal" {
	good h 'if [ "$1" = suspend ]; then kill -SEGV $$; fi'
	breaks suspend 'it was ended by signal 11 (SEGV)'
}

@test "F54 zoo 10: not executable" {
	good h
	chmod 0644 "$HOOKS/h"
	breaks suspend "is not executable: chmod u+x '$(realpath "$HOOKS")/h'"
}

@test "F54 A40 zoo 11: others can write to it" {
	good h
	chmod 0777 "$HOOKS/h"
	breaks suspend "can be written by others (mode 0777)"
}

@test "F54 A40 zoo 12: others can write to its directory" {
	good h
	chmod 0777 "$HOOKS"
	breaks suspend "can be written by others (mode 0777)"
}

@test "F54 A40 zoo 13: a symbolic link" {
	good h
	mv "$HOOKS/h" "$BATS_TEST_TMPDIR/h"
	ln -s "$BATS_TEST_TMPDIR/h" "$HOOKS/h"
	breaks suspend "cannot open"
}

@test "F54 A40 zoo 14: somebody else's" {
	[ "$(id -u)" = 0 ] || mg_skip "only root can give a file away"
	good h
	chown 12345 "$HOOKS/h"
	breaks suspend "belongs to uid 12345"
}

@test "F54 zoo 15: prints junk for query" {
	good h 'if [ "$1" = query ]; then echo "yes, done"; exit 0; fi'
	breaks 'query after it' 'query of suspend: unknown, not done; yes, done'
}

@test "F54 zoo 16: a daemon child holds the pipe" {
	good h 'if [ "$1" = suspend ]; then setsid sleep 2 & fi'
	run -0 hook_test
	[[ "$output" == *"it left processes behind"* ]]
}

@test "F54 zoo 17: query does not look at the key" {
	good h 'if [ "$1" = query ]; then mark=$MAILGUARD_STATE/any; fi
		if [ "$1" = suspend ]; then : >"$MAILGUARD_STATE/any"; fi
		if [ "$1" = query ] && [ -e "$mark" ]; then now=done; fi'
	breaks 'query of another key' 'query of suspend: done, not not-done'
}

@test "F54 zoo 18: fails when the same comes again" {
	good h 'if [ "$1/$now" = suspend/done ]; then echo "exists" >&2; exit 1; fi'
	breaks 'the same again' 'it ended with status 1; exists'
}

@test "F54 zoo 19: undoes what another key did" {
	good h 'if [ "$1" = unsuspend ]; then rm -f "$MAILGUARD_STATE"/mailguard-test-*; fi'
	breaks 'query after that' 'query of suspend: not-done, not done'
}

@test "F54 zoo 20: takes any verb" {
	good h '[ -n "$1" ] || exit 0'
	breaks 'a verb it cannot know' '(not 64)'
}

@test "F54 zoo 21: an interpreter that is not there, and no program at all" {
	printf '#!/nonexistent\n' >"$HOOKS/h"
	printf 'x' >"$HOOKS/i"
	chmod 0755 "$HOOKS"/*
	breaks suspend 'it could not be run: No such file or directory'
	[[ "$output" == *'it could not be run: Exec format error'* ]]
}

# F61: whatever who started mailguard left it with.
@test "F61: closed descriptors, blocked signals, umask, directory, HOME, locale reach no hook" {
	good h 'if [ "$1" = suspend ]; then { pwd; umask; echo "$HOME $LC_ALL"; grep ^SigBlk /proc/self/status
		ls /proc/self/fd | tr "\n" " "; } >"$MAILGUARD_STATE/seen"; fi'
	for closed in '' '0' '1' '2' '012'; do
		for mask in 000 077 777; do
			(
				mkdir -p "$BATS_TEST_TMPDIR/gone"
				cd "$BATS_TEST_TMPDIR/gone"
				rmdir "$BATS_TEST_TMPDIR/gone"
				export LC_ALL=tr_TR.UTF-8
				unset HOME
				[[ $closed != *0* ]] || exec 0<&-
				[[ $closed != *2* ]] || exec 2>&-
				[[ $closed != *1* ]] || exec 1>&-
				umask "$mask"
				exec env --block-signal "$MAILGUARD" hook-test "$HOOKS" --state "$STATE" --limit 5
			) >/dev/null
			printf '%s\n' / 0022 '/ C' $'SigBlk:\t0000000000000000' '0 1 2 3 4 ' | diff <(cat "$STATE/seen"; echo) -
		done
	done
}
