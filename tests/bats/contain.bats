# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016 # run sets output, stderr and lines; scripts expand their own words
#
# One move against a stolen mailbox: each step an effect, once, with its own row and its own end.

bats_require_minimum_version 1.5.0

load ../helper

NOW=1772408000 # 2026-03-01 23:33:20 UTC
A=1w0000-000001-00 B=1w0000-000002-00

setup() {
	[ "$(id -u)" -eq 0 ] || mg_skip 'files of root'
	ROOT=$BATS_TEST_TMPDIR/root
	TOLD=$ROOT/told
	EFFECTS=$ROOT/effects
	HOOKS=$ROOT/etc/mailguard/hooks.d
	mkdir -p "$ROOT"/{etc/mailguard/hooks.d,usr/sbin,usr/bin,var/lib}
	echo 'Debian-exim:x:105:' >"$ROOT/etc/group"
	echo 'alice:x:5001:5001::/home/alice:/bin/sh' >"$ROOT/etc/passwd"
	printf '%s\n' 'a.example: alice' 'b.example: alice' >"$ROOT/etc/mailguard/domains"
	cat >"$ROOT/etc/mailguard/mailguard.conf" <<-'END'
		accounts = "plain"; enforce: { by = [ "exim" ]; };
		sources = ( { name = "mail"; dialect = "exim"; log = "/main.log"; } );
		hooks: { limit = "2s"; grace = "1s"; };
	END
	fake usr/sbin/exim 'case "$*" in *-be*) echo "text=\"mailguard\""; exit ;; esac
		echo "exim $*" >>'"$TOLD"'
		verb=$1; shift
		for i; do
			case $verb in
			-Mf) echo "Message $i is now frozen" ;;
			-Mt) echo "Message $i is no longer frozen" ;;
			esac
		done'
	fake usr/bin/doveadm 'echo "doveadm $*" >>'"$TOLD"'; echo "doveadm $1" >>'"$EFFECTS"'; [ "$1" != kick ] || exit 67'
	hook panel "$(keeping)"
	printf '2026-03-01 23:30:00 %s <= joe@a.example H=(c) [192.0.2.1] P=esmtpsa A=plain:joe@a.example S=500 id=%s@x for r@far.example\n' \
		"$A" 1 "$B" 2 >"$ROOT/main.log"
	mg sweep -q
}

fake() { # PATH SCRIPT
	printf '#!/bin/sh\n%s\n' "$2" >"$ROOT/$1"
	chmod 755 "$ROOT/$1"
}

hook() { # NAME SCRIPT
	fake "etc/mailguard/hooks.d/$1" "D=$ROOT
$2"
}

# keeping: a hook that keeps the contract. It writes a line for each effect it has.
keeping() {
	cat <<-'END'
		key=$MAILGUARD_KEY
		is() { grep -qx "$1 $key" "$D/effects" 2>/dev/null; }
		case $1 in
		query) case $MAILGUARD_OF in
			unsuspend) if is suspend && ! is unsuspend; then echo not-done; else echo done; fi ;;
			*) if is "$MAILGUARD_OF" && ! is unsuspend; then echo done; else echo not-done; fi ;;
			esac ;;
		suspend | password | sessions) is "$1" || echo "$1 $key" >>"$D/effects" ;;
		unsuspend) ! is suspend || is unsuspend || echo "unsuspend $key" >>"$D/effects" ;;
		*) exit 64 ;;
		esac
	END
}

mg() { MG_TEST_NOW=${AT-$NOW} "$MAILGUARD-test" "$@" --root "$ROOT"; }

later() { AT=$((NOW + $1)) mg sweep -q; }

effects() { cut -d' ' -f1 "$EFFECTS" | grep -v doveadm | paste -sd' '; }

# step ACTION: the id of that act in the ledger.
step() { mg why joe@a.example --json | jq -r --arg a "$1" '[.actions[] | select(.action == $a)] | last | .id'; }

# marks ACTION: what became of it, as words.
marks() { mg why joe@a.example --json | jq -r --arg a "$1" '[.actions[] | select(.action == $a)] | last | [.marks[].mark] | join(" ")'; }

in_force() { mg status --actions --json 2>/dev/null | jq -r '[.rows[].action] | sort | join(" ")'; }

@test "one command: mail refused, queue stopped, password, sessions after it, and one bundle" {
	run -2 mg contain joe@a.example
	[[ "$output" == *"--reason is needed"* ]]
	run -0 mg contain joe@a.example --reason 'stolen, ticket 7'
	[[ "${lines[0]}" == "contain mailbox:joe@a.example; 'mailguard undo "*"' ends all of it" ]]
	[[ "${lines[1]}" == "  suspend  "*"exim done"*"hook:panel done" ]]
	[[ "${lines[2]}" == "  queue    "*"queue done: 2 messages stopped" ]]
	[[ "${lines[3]}" == "  password "*"hook:panel done, mailguard ended: the one that was there cannot be put back" ]]
	[[ "${lines[4]}" == "  sessions "*"sessions done: ended, hook:panel done" ]]
	[ "$(cut -d' ' -f1,2 "$EFFECTS" | grep -n . | sed 's/ [0-9a-f]*$//' | paste -sd' ')" = \
		'1:suspend 2:password 3:doveadm auth 4:doveadm kick 5:sessions' ] || {
		cat "$EFFECTS"
		false
	}
	[ "$(cat "$TOLD")" = "exim -Mf $A $B
exim -Mvh $A
exim -Mvh $B
doveadm auth cache flush joe@a.example
doveadm kick joe@a.example" ]
	grep -rq joe@a.example "$ROOT/etc/mailguard/maps"
	[ "$(in_force)" = 'contain queue suspend' ]
	[ "$(marks contain)" = evidence ]
	[ "$(mg evidence list --json | jq -r '[.rows[].name] | length')" = 1 ]
	[[ "$(mg evidence list --json | jq -r '.rows[0].name')" == *-contain-* ]]
	[ "$(mg why joe@a.example --json | jq -r '[.actions[].id] | unique | length')" = 5 ]
	run -0 mg ledger verify
	later 60
	[ "$(effects)" = 'suspend password sessions' ]
	[ "$(grep -c kick "$TOLD")" = 1 ]
	DOC=$BATS_TEST_TMPDIR/doc.json
	mg why "$(step contain)" --json >"$DOC"
	KIND=why validate
	[ "$(jq -r '[.actions[].step_of] | unique | .[1:] | .[]' "$DOC")" = "$(step contain)" ]
	mg status --actions --json >"$DOC"
	KIND=acts validate
	mg ledger list --all --json >"$DOC"
	KIND=ledger validate
	run -2 mg contain joe@a.example --reason again
	[[ "$output" == *"it is contained already"* ]]
}

@test "undo of the move ends all of it in one command, and says what cannot be put back" {
	mg contain joe@a.example --reason stolen
	run -0 --separate-stderr mg undo "$(step contain)" --reason cleaned
	[ "${#lines[@]}" = 3 ]
	[[ "$stderr" == *"a password from before cannot be put back"* ]]
	[ "$(in_force)" = '' ]
	[ "$(effects)" = 'suspend password sessions unsuspend' ]
	grep -qx "exim -Mt $A $B" "$TOLD"
	run ! grep -rq joe@a.example "$ROOT/etc/mailguard/maps"
	later 60
	[ "$(effects)" = 'suspend password sessions unsuspend' ]
	run -2 mg undo "$(step contain)" --reason again
	run -2 mg undo "$(step password)" --reason back
	[[ "$output" == *"is over already"* ]]
}

@test "undo of a step leaves the others; the last one ends the move" {
	mg contain joe@a.example --reason stolen
	run -0 mg undo "$(step queue)" --reason 'they are hers'
	grep -qx "exim -Mt $A $B" "$TOLD"
	[ "$(in_force)" = 'contain suspend' ]
	later 60
	[ "$(grep -c -e -Mf "$TOLD")" = 1 ]
	run -0 mg unsuspend joe@a.example --reason clean
	[ "$(in_force)" = '' ]
	[ "$(marks contain)" = 'evidence ended' ]
}

@test "--for ends what can end, and --dry-run prints what is run and leaves nothing" {
	run -0 mg contain joe@a.example --reason stolen --for 1h --dry-run
	[ "${lines[0]}" = 'would contain mailbox:joe@a.example' ]
	[[ "$output" == *joe@a.example*"exim -Mf $A $B"*"hooks.d/panel suspend {"*"hooks.d/panel password {"*"doveadm auth cache flush joe@a.example"*"doveadm kick joe@a.example"*"hooks.d/panel sessions {"* ]]
	[ ! -e "$TOLD" ]
	[ ! -e "$EFFECTS" ]
	[ "$(mg ledger list --all --json | jq '.rows | length')" = 0 ]
	mg contain joe@a.example --reason stolen --for 1h
	later 3660
	[ "$(effects)" = 'suspend password sessions unsuspend' ]
	grep -qx "exim -Mt $A $B" "$TOLD"
	[ "$(AT=$((NOW + 3660)) in_force)" = '' ]
}

@test "a step that fails leaves the others in force, is said with status 1, and is tried again by the sweep" {
	hook panel 'case $1 in password) [ -e "$D/works" ] || { echo "no database"; exit 1; } ;; esac
		'"$(keeping)"
	run -1 --separate-stderr mg contain joe@a.example --reason stolen
	[[ "$stderr" == *"password mailbox:joe@a.example"*"failed, and is tried again"* ]]
	[[ "$output" == *"hook:panel failed"*"sessions "*"is still to be done"* ]]
	[ "$(effects)" = suspend ]
	run ! grep -q kick "$TOLD"
	[ "$(in_force)" = 'contain password queue sessions suspend' ]
	touch "$ROOT/works"
	later 60
	[ "$(effects)" = 'suspend password sessions' ]
	grep -q kick "$TOLD"
	[ "$(in_force)" = 'contain queue suspend' ]
}

@test "where no hook changes passwords a person is told once, and what is logged in is thrown out all the same" {
	rm "$HOOKS/panel"
	run -1 --separate-stderr mg contain joe@a.example --reason stolen
	[[ "$stderr" == *"no hook here has given it another password: set one by hand"* ]]
	grep -q kick "$TOLD"
	run -1 --separate-stderr mg sweep -q
	[[ "$stderr" != *"set one by hand"* ]]
	run -1 mg status
	[[ "$output" == *"- password mailbox:joe@a.example: mailguard is stuck, and a person must look: no hook here has given it another password"* ]]
	[ "$(in_force)" = 'contain password queue suspend' ]
	run -0 mg undo "$(step password)" --reason 'set by hand'
	run -0 mg sweep -q
	[ "$(in_force)" = 'contain queue suspend' ]
}

@test "without evidence no hook suspends, and the password is another one all the same" {
	mkdir -p "$ROOT/var/lib/mailguard"
	rm -rf "$ROOT/var/lib/mailguard/evidence"
	touch "$ROOT/var/lib/mailguard/evidence"
	run -1 mg contain joe@a.example --reason stolen
	[ "$(effects)" = 'password sessions' ]
	grep -rq joe@a.example "$ROOT/etc/mailguard/maps"
	rm "$ROOT/var/lib/mailguard/evidence"
	later 60
	[ "$(effects)" = 'password sessions suspend' ]
	[ "$(marks contain)" = evidence ]
}

@test "what a hook prints of a password is kept nowhere" {
	hook panel '[ $1 != password ] || echo "Sesame-4711"
		'"$(keeping)"
	run -0 mg contain joe@a.example --reason stolen
	[[ "$output" != *Sesame* ]]
	hook panel '[ $1 != password ] || { echo "Sesame-4711" >&2; exit 1; }
		'"$(keeping)"
	AT=$((NOW + 60)) run -1 mg contain info@a.example --reason stolen
	[[ "$output" != *Sesame* ]]
	[[ "$output" == *"ended with status 1"*"what it printed is not kept"* ]]
	run ! grep -rq Sesame "$ROOT/var/lib/mailguard"
}

@test "only a mailbox of this host, and only where something stops its mail" {
	run -2 mg contain a.example --reason x
	[[ "$output" == *"is no mailbox"* ]]
	run -2 mg contain joe@other.example --reason x
	for name in '*@a.example' '`id`@a.example' 'a b@a.example' '?@a.example'; do
		run -2 mg contain "$name" --reason x
		[[ "$output" == *"is no name of a mailbox"* ]]
	done
	run -2 mg contain --reason x
	rm "$HOOKS/panel"
	sed -i 's/enforce.*;/&/; s/by = \[ "exim" \]/by = [ ]/' "$ROOT/etc/mailguard/mailguard.conf"
	run -3 mg contain joe@a.example --reason x
	[[ "$output" == *"nothing here stops its mail"* ]]
	[ "$(mg ledger list --all --json | jq '.rows | length')" = 0 ]
}

@test "--with-login closes the login for hooks, too" {
	mg contain joe@a.example --reason stolen --with-login --dry-run | grep 'panel suspend' | grep -q '"login":true'
}

@test "a stolen mailbox gets one letter, of the whole move" {
	mg contain joe@a.example --reason stolen
	run -0 mg why joe@a.example --customer
	[[ "${lines[0]}" == 'Subject: A mailbox was secured ['* ]]
}

# killed CALL N: ended at the N-th such call of any of its processes.
killed() {
	MG_TEST_NOW=$NOW strace -f -qq -o /dev/null -e "trace=$1" -e "inject=$1:signal=KILL:when=$2" \
		"$MAILGUARD-test" contain joe@a.example --reason stolen --root "$ROOT" >/dev/null 2>&1
}

# kill_around: kill it at calls around its steps, then sweep; prints how often it was killed, and what was not one effect each.
kill_around() {
	local call nth n_killed=0 all
	for call in execve,fork,clone,vfork pwrite64 fdatasync wait4 openat; do
		for nth in 2 3 5 8 12 17 23 30 40 55; do
			rm -rf "$ROOT/var/lib/mailguard" "$EFFECTS" "$TOLD"
			mg sweep -q
			killed "$call" "$nth" || n_killed=$((n_killed + 1))
			for ((i = 0; i < 100; i++)); do # a hook that goes on holds the lock
				! later 60 2>/dev/null || break
				sleep 0.05
			done
			later 4000 2>/dev/null || true
			later 8000 2>/dev/null || true
			touch "$EFFECTS"
			all=$(effects)
			# Killed before the intents were there: nothing may have happened.
			if [ "$(in_force)" = 'contain queue suspend' ]; then
				[ "$(tr ' ' '\n' <<<"$all" | sort | paste -sd' ')" = 'password sessions suspend' ] || echo "$call $nth: $all"
			else
				[ -z "$all" ] && [ -z "$(in_force)" ] || echo "$call $nth: $all, $(in_force)"
			fi
		done
	done
	echo "$n_killed"
}

@test "F03 killed at system calls of the move: exactly one effect each" {
	run -0 kill_around
	[ "${#lines[@]}" = 1 ] || {
		echo "$output"
		false
	}
	[ "$output" -ge 20 ]
}

@test "F03 the control, hooks without keys, has two of one" {
	hook panel 'case $1 in query) echo unknown ;; suspend | password | sessions) echo "$1" >>"$D/effects" ;; *) exit 64 ;; esac'
	run -0 kill_around
	[ "${#lines[@]}" -gt 1 ]
}
