# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2012,SC2016,SC2030,SC2031,SC2154 # hooks in single quotes; run sets output; names are ours
#
# What is left of an effect, or of a bundle, by kill -9, a full disk, and a host that starts no more processes: exactly one
# effect, each behind its intent.

bats_require_minimum_version 1.5.0

load ../helper
load ../effects

setup() {
	effects_setup
	STATE=$ROOT/var/lib/mailguard
}

# injected CALLS WHAT COMMAND...: with that done to such calls of any of its processes; WHAT as strace(1) has it.
injected() {
	MG_TEST_NOW=${AT-$NOW} strace -f -qq -o /dev/null -e "trace=$1" -e "inject=$1:$2" \
		"$MAILGUARD-test" "${@:3}" --root "$ROOT"
}

# keep, put_back: the state and the effects, as they are now.
keep() {
	cp -a "$STATE" "$BATS_TEST_TMPDIR/kept"
	cp "$EFFECTS" "$BATS_TEST_TMPDIR/kept.effects" 2>/dev/null || : >"$BATS_TEST_TMPDIR/kept.effects"
}
put_back() {
	rm -rf "$ROOT/var/lib/mailguard"
	cp -a "$BATS_TEST_TMPDIR/kept" "$STATE"
	cp "$BATS_TEST_TMPDIR/kept.effects" "$EFFECTS"
}

# in_force: the actions that are.
in_force() { mg status --actions --json 2>/dev/null | jq -r '.rows[].action' | paste -sd' '; }

# sweeps: until one is through; a hook that goes on holds the lock. Then one when all waits are over.
sweeps() {
	local i
	for ((i = 0; i < 100; i++)); do
		! later 60 2>/dev/null || break
		sleep 0.05
	done
	later 4000 2>/dev/null || true
}

# disturb COMMAND...: with each of FAULTS ("CALLS WHAT"), then sweeps; prints how often it failed with its intent there and
# not yet carried out, and what was neither BEFORE nor, where it is in force as WANTED, AFTER.
disturb() {
	local fault n_failed=0
	while read -r fault; do
		put_back
		# shellcheck disable=SC2086 # two words
		injected $fault "$@" >/dev/null 2>&1 || n_failed=$((n_failed + 1))
		sweeps
		if [ "$(in_force)" = "$WANTED" ]; then
			[ "$(effects)" = "$AFTER" ] || echo "$fault: $(effects)"
		else
			[ "$(effects)" = "$BEFORE" ] || echo "$fault: $(effects), and in force is: $(in_force)"
		fi
		[ -z "$(find "$STATE" -name '.*' -o -name '*.tmp*' -o -name '*.new')" ] || echo "$fault: $(ls -AR "$STATE")"
	done <<<"$FAULTS"
	echo "$n_failed"
}

# kills N...: FAULTS that kill at the N-th of the calls around intents, hooks and bundles.
kills() {
	local call nth
	for call in execve,fork,clone,vfork pwrite64 fdatasync wait4 write renameat,renameat2,rename; do
		for nth in "$@"; do
			echo "$call signal=KILL:when=$nth"
		done
	done
}

# suspending: nothing is in force, and a command begins something.
suspending() {
	mg sweep -q
	keep
	BEFORE='' AFTER=suspend WANTED=suspend
}

@test "F03 kill -9 at system calls around intents and hooks: exactly one effect" {
	suspending
	FAULTS=$(kills 1 2 3 5 8 13 21 34) run -0 disturb suspend joe@a.example --reason spam
	[ "${#lines[@]}" = 1 ] || { echo "$output"; return 1; }
	[ "$output" -ge 20 ]
}

@test "F03 the control, a hook without keys, has two" {
	hook count '[ $1 = query ] && { echo unknown; exit; }; [ $1 = suspend ] || exit 64; echo "suspend" >>"$D/effects"'
	suspending
	FAULTS=$(kills 1 2 3 5 8 13) run -0 disturb suspend joe@a.example --reason spam
	[[ "$output" == *": suspend suspend"* ]]
}

# unsuspending: something is in force, which a command takes back.
unsuspending() {
	mg suspend joe@a.example --reason spam
	keep
	BEFORE=suspend AFTER='suspend unsuspend' WANTED=''
}

@test "F03 kill -9 at system calls around what takes it back: exactly one end" {
	unsuspending
	FAULTS=$(kills 1 2 3 5 8 13 21) run -0 disturb unsuspend joe@a.example --reason back
	[ "${#lines[@]}" = 1 ] || { echo "$output"; return 1; }
	[ "$output" -ge 15 ]
}

@test "F03 the control, a hook whose unsuspend has no key, ends it twice" {
	unsuspending
	hook count '[ $1 = query ] && { echo unknown; exit; }; echo "$1" >>"$D/effects"'
	FAULTS=$(kills 1 2 3 5 8) run -0 disturb unsuspend joe@a.example --reason back
	[[ "$output" == *": suspend unsuspend unsuspend"* ]]
}

@test "F12 with a disk that is full from some write on nothing is run without its intent, and later all of it once" {
	local nth
	suspending
	FAULTS=$(for nth in {1..12} 15 20 30 40; do echo "pwrite64 error=ENOSPC:when=$nth+"; done)
	FAULTS+=$'\n'$(for nth in 1 2 3 5 8; do echo "fdatasync error=ENOSPC:when=$nth+"; done)
	run -0 disturb suspend joe@a.example --reason spam
	[ "${#lines[@]}" = 1 ] || { echo "$output"; return 1; }
	[ "$output" -ge 8 ]

	put_back
	run -4 injected pwrite64 error=ENOSPC:when=1+ suspend joe@a.example --reason spam
	[ -z "$(effects)" ]
	[ -z "$(in_force)" ]
}

@test "F53 where no process can be started the intent stays, that is said, and the next sweep does it once" {
	local error nth
	suspending
	FAULTS=$(for error in EAGAIN ENOMEM; do
		for nth in 1 2 3 4 5 1+ 2+ 3+ 4+; do
			echo "fork,vfork,clone,clone3 error=$error:when=$nth"
		done
	done)
	run -0 disturb suspend joe@a.example --reason spam
	[ "${#lines[@]}" = 1 ] || { echo "$output"; return 1; }
	[ "$output" -ge 6 ]

	# The intent is there, and a sweep cannot carry it out.
	put_back
	hook count 'exit 75'
	run -4 mg suspend joe@a.example --reason spam
	hook count "$(counting)"
	AT=$((NOW + 60)) run -4 injected fork,vfork,clone,clone3 error=EAGAIN:when=1+ sweep
	[[ "$output" == *"cannot start a process"* ]]
	[ -z "$(effects)" ]
	[ "$(in_force)" = suspend ]
	later 300
	[ "$(effects)" = suspend ]
}

# bundles: how many there are; each is whole, and the ledger has it.
bundles() {
	local path n=0
	for path in "$STATE"/evidence/*.tar.gz; do
		[ -e "$path" ] || continue
		n=$((n + 1))
		mg evidence verify "$path" >/dev/null 2>&1 || echo "$path does not verify"
	done
	[ "$(mg evidence list --json | jq "[.rows[] | select(.state != \"expired\")] | length")" = "$n" ] || echo "the ledger has others"
	echo "$n"
}

# killed_at COMMAND...: killed at each of FAULTS, then given again; says what is not WANTED bundles then, or was left behind.
killed_at() {
	local fault n_killed=0
	while read -r fault; do
		put_back
		# shellcheck disable=SC2086 # two words
		injected $fault "$@" >/dev/null 2>&1 || n_killed=$((n_killed + 1))
		mg "$@" >/dev/null 2>&1
		mg sweep -q || true
		[ "$(bundles)" = "$WANTED" ] || echo "$fault: $(bundles)"
		[ -z "$(find "$STATE" -name '.*')" ] || echo "$fault: $(ls -AR "$STATE")"
		[ "$(find "$STATE" -name '*.minisig' | wc -l)" = "$WANTED" ] || echo "$fault: $(ls -AR "$STATE")"
	done <<<"$FAULTS"
	echo "$n_killed"
}

@test "F03 kill -9 while a bundle is made: the next try makes one, whole, and nothing is left" {
	mg sweep -q
	keep
	WANTED=1 FAULTS=$(kills 1 2 3 5 8) run -0 killed_at evidence create joe@a.example
	[ "${#lines[@]}" = 1 ] || { echo "$output"; return 1; }
	[ "$output" -ge 15 ]
}

@test "F03 kill -9 while a bundle expires: it is gone with its signature, and the ledger says so once" {
	mg evidence create joe@a.example
	keep
	AT=$((NOW + 40000000)) WANTED=0 FAULTS=$(kills 1 2 3 5; printf 'unlink,unlinkat signal=KILL:when=%s\n' 1 2 3) \
		run -0 killed_at evidence expire
	[ "${#lines[@]}" = 1 ] || { echo "$output"; return 1; }
	[ "$output" -ge 8 ]
	[ "$(mg ledger list --all --json | jq '[.rows[] | select(.action == "expired")] | length')" = 1 ]
}

@test "F03 the control, a writer that is not ours: half a bundle is no bundle" {
	mg evidence create joe@a.example
	truncate -s -1 "$STATE"/evidence/*.tar.gz
	[[ "$(bundles)" == *"does not verify"* ]]
}
