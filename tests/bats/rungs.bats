# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# backtest --ladder: whom a ladder would have warned, throttled, suspended, when, and where a breaker would have stopped it.

bats_require_minimum_version 1.5.0

load ../helper

setup() {
	ROOT=$BATS_TEST_TMPDIR/root
	LOG=$BATS_TEST_TMPDIR/main.log
	POLICY=$BATS_TEST_TMPDIR/p.conf
	mkdir -p "$ROOT"/etc/mailguard "$ROOT"/var/cpanel/users
	: >"$ROOT/etc/userdomains"
	echo "root:x:0:0:root:/root:/bin/sh" >"$ROOT/etc/passwd"
	local uid=1000
	for name in alice bob carol dan erin; do
		uid=$((uid + 1))
		echo "$name:x:$uid:$uid::/home/$name:/bin/sh" >>"$ROOT/etc/passwd"
		echo "$name.example: $name" >>"$ROOT/etc/userdomains"
		echo "STARTDATE=1735689600" >"$ROOT/var/cpanel/users/$name"
	done
	settings 'sweep = 9; day = 99; share = 100; owner = 100;'
	n=0
	policy '{ offence = 1; action = "warn"; }, { offence = 2; action = "throttle"; for = "2h"; }, { offence = 3; action = "suspend-mailbox"; },
		{ offence = 4; action = "suspend-domain"; }, { offence = 5; action = "suspend-account"; }, { offence = 6; action = "terminate"; }'
}

settings() {
	printf '%s\n' 'accounts = "cpanel"; enforce: { by = [ "exim" ]; suspensions = { '"$1"' }; };' >"$ROOT/etc/mailguard/mailguard.conf"
}

policy() {
	cat >"$POLICY" <<-END
		policy: { name = "p"; version = "1"; clauses = (
		  { id = "mass"; subject = "domain"; limit = 5; warn_at = 80; offence = true; text = "No mass mail."; } );
		  offences: { merge = "12h"; expire = "180d"; }; ladder = ( $1 ); };
	END
}

# sends DAY LOGIN: six to one recipient each, within a minute of that day of March.
sends() {
	for ((i = 0; i < 6; i++)); do
		n=$((n + 1))
		printf '2026-03-%02d 12:00:00 1xUzR1-%06d-0M <= %s H=(x) [192.0.2.7] P=esmtpsa A=PLAIN:%s S=100 for c%d@far.test\n' \
			"$1" "$n" "$2" "$2" "$n"
	done >>"$LOG"
}

rungs() { "$MAILGUARD" backtest --root "$ROOT" --policy "$POLICY" --ladder --utc "$@" "$LOG"; }

@test "each rung, with the day it would have been reached; nothing is written" {
	for day in 1 2 3 4 5 6; do
		sends "$day" joe@alice.example
	done
	find "$ROOT" | sort >"$BATS_TEST_TMPDIR/before"
	run -0 --separate-stderr rungs --json
	[ "$(jq -r '.rows[] | "\(.at[8:10]) \(.action) \(.per):\(.subject)"' <<<"$output" | sort)" = '01 warn account:alice
02 throttle mailbox:joe@alice.example
03 suspend mailbox:joe@alice.example
04 suspend domain:alice.example
05 suspend account:alice
06 terminate account:alice' ]
	[ "$(jq -r '.rows[] | select(.waits) | .action' <<<"$output")" = terminate ]
	[[ "$stderr" == *'6 offences; 5 actions of the ladder would have begun, 1 would have waited for a person'* ]]
	echo "$output" >"$BATS_TEST_TMPDIR/doc.json"
	DOC=$BATS_TEST_TMPDIR/doc.json KIND=rungs validate
	run -0 --separate-stderr rungs -q
	[[ "${lines[0]}" == WHEN*ACTION*OF*SUBJECT*'WAITS, SINCE'* ]]
	[[ "${lines[3]}" == 2026-03-03*suspend*mailbox*joe@alice.example* ]]
	find "$ROOT" | sort | cmp - "$BATS_TEST_TMPDIR/before"
}

@test "it is what sweeps do" {
	cp -r "$ROOT" "$BATS_TEST_TMPDIR/host"
	local host=$BATS_TEST_TMPDIR/host
	mkdir -p "$host/etc/mailguard/policies" "$host/usr/sbin" "$host/var/lib"
	cp "$POLICY" "$host/etc/mailguard/policies/"
	echo 'mail:x:8:' >"$host/etc/group"
	printf '#!/bin/sh\nexit 0\n' >"$host/usr/sbin/exim"
	chmod 755 "$host/usr/sbin/exim"
	echo 'sources = ( { name = "mail"; dialect = "exim"; log = "/main.log"; } );' >>"$host/etc/mailguard/mailguard.conf"
	: >"$host/main.log"
	MG_TEST_NOW=$(date -u -d 2026-02-28 +%s) "$MAILGUARD-test" sweep -q --root "$host" || true
	for day in 1 2 3 4; do
		sends "$day" joe@alice.example
		sends "$day" jim@bob.example
		cp "$LOG" "$host/main.log"
		MG_TEST_NOW=$(date -u -d "2026-03-0$day 12:04" +%s) "$MAILGUARD-test" sweep -q --root "$host" || true
	done
	"$MAILGUARD" ledger list --all --json --root "$host" | jq -r '.rows[] | select(.state == "intent" and (.action | IN("warn", "throttle", "suspend"))) | "\(.action) \(.per):\(.subject)"' |
		sort -u >"$BATS_TEST_TMPDIR/swept"
	rungs -q --json | jq -r '.rows[] | "\(.action) \(.per):\(.subject)"' | sort -u >"$BATS_TEST_TMPDIR/rehearsed"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/rehearsed")" = 8 ]
	diff "$BATS_TEST_TMPDIR/swept" "$BATS_TEST_TMPDIR/rehearsed"
}

@test "A57 where a breaker would have stopped it, it is named" {
	policy '{ offence = 1; action = "suspend-mailbox"; }'
	settings 'sweep = 2; day = 99; share = 100; owner = 100;'
	for name in alice bob carol dan; do
		sends 1 "joe@$name.example"
	done
	sends 2 joe@erin.example
	run -0 --separate-stderr rungs --json
	[ "$(jq '[.rows[] | select(.waits | not)] | length' <<<"$output")" = 2 ]
	[ "$(jq -r '.rows[] | select(.waits) | .waits_since' <<<"$output")" = 'it is more than a sweep may suspend
others wait for a person already
others wait for a person already' ]
	run -0 --separate-stderr rungs -q
	[[ "$output" == *'it is more than a sweep may suspend'* ]]
}

@test "what is only observed leads nowhere, and is said; without a ladder there is nothing" {
	sends 1 joe@alice.example
	rm "$ROOT/etc/userdomains"
	run ! rungs -q --json
	printf 'alice.example: alice\n' >"$ROOT/etc/userdomains"
	echo "STARTDATE=1893456000" >"$ROOT/var/cpanel/users/alice"
	run -0 --separate-stderr rungs --json
	[ "$(jq '.rows | length' <<<"$output")" = 0 ]
	[[ "$stderr" == *'1 more would only have been observed: the account is another one by now'* ]]
	echo "STARTDATE=1735689600" >"$ROOT/var/cpanel/users/alice"
	policy ''
	run -0 --separate-stderr rungs --json
	[ "$(jq '.rows | length' <<<"$output")" = 0 ]
}
