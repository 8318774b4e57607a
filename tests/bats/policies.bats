# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# The policies that are shipped, on logs that they are about.

bats_require_minimum_version 1.5.0

load ../helper

setup() {
	HOST=$BATS_TEST_TMPDIR/host
	mkdir -p "$HOST/etc/mailguard"
	echo 'a.example: alice' >"$HOST/etc/mailguard/domains"
	echo 'alice:x:5001:5001::/home/alice:/bin/sh' >"$HOST/etc/passwd"
}

# many MINUTE ID RECIPIENTS SUBJECT: a line of Exim's, of joe's message at 10:MINUTE.
many() {
	local i
	printf '2026-03-01 10:%s:00 1vwda%s-000000-AA <= joe@a.example H=h [192.0.2.1] P=esmtpsa A=login:joe@a.example S=9 T="%s" for' "$1" "$2" "$4"
	for ((i = 0; i < $3; i++)); do
		printf ' r%s@far.example' "$i"
	done
	echo
}

# found POLICY LOG: "CLAUSE SUBJECT COUNT" of what a backtest finds.
found() {
	MG_TEST_NOW=1772409600 run -0 --separate-stderr "$MAILGUARD-test" backtest -q --root "$HOST" --accounts plain \
		--policy "$1" --utc --json "$2"
	jq -r '.rows[] | "\(.clause) \(.subject) \(.n)"' <<<"$output"
}

@test "no shipped policy has a mistake, or a text that says other numbers" {
	for policy in etc/policies/*.conf; do
		run -0 --separate-stderr "$MAILGUARD" config check --root "$HOST" --policy "$policy"
		[[ "$stderr" != *warning* ]] || { echo "$policy: $stderr"; return 1; }
	done
}

@test "three-strikes finds a message to too many, and the same one again and again" {
	local log=$BATS_TEST_TMPDIR/main.log
	{
		many 00 A 200 one
		many 01 B 179 offer # 179 are not near 200
		many 02 C 180 offer
		many 03 D 200 offer
	} >"$log"
	run -0 found etc/policies/three-strikes.conf "$log"
	[ -z "$output" ]
	many 14 E 180 offer >>"$log"
	run -0 found etc/policies/three-strikes.conf "$log"
	[ "$output" = 'mass-profile alice 3' ]
	many 15 F 201 else >>"$log"
	run -0 found etc/policies/three-strikes.conf "$log"
	[ "${lines[0]}" = 'mass-profile alice 3' ]
	[ "${lines[1]}" = 'recipients-200 joe@a.example 201' ]
	# A log without subject lines says nothing of what is alike.
	sed -i 's/ T="[^"]*"//' "$log"
	run -0 found etc/policies/three-strikes.conf "$log"
	[ "$output" = 'recipients-200 joe@a.example 201' ]
}

@test "direct-smtp is about an account, and the mail server cannot refuse it" {
	local policy=$BATS_TEST_TMPDIR/direct.conf
	direct() { printf 'policy: { name = "p"; version = "1"; clauses = ( { id = "d"; rule = "direct-smtp"; limit = 0; %s } ); };\n' "$1" >"$policy"; }
	direct 'subject = "domain";'
	run -3 --separate-stderr "$MAILGUARD" config check --root "$HOST" --policy "$policy"
	[[ "$stderr" == *'its subject is an account'* ]]
	direct 'subject = "account"; action = "throttle";'
	run -3 --separate-stderr "$MAILGUARD" config check --root "$HOST" --policy "$policy"
	[[ "$stderr" == *'egress.mode = "refuse" stops it'* ]]
	direct 'subject = "account"; action = "warn"; offence = true;'
	run -0 --separate-stderr "$MAILGUARD" config check --root "$HOST" --policy "$policy"
	[[ "$output" == *'in an hour of the clock, an account opens more than 0 connections'*'no backtest'* ]]
}

@test "a policy that wants an incident form says so, and has a ladder that suspends" {
	local policy=$BATS_TEST_TMPDIR/form.conf
	form() { printf 'policy: { name = "p"; version = "1"; clauses = ( { id = "d"; subject = "domain"; limit = 5; offence = true; } ); incident = true; %s };\n' "$1" >"$policy"; }
	form 'ladder = ( { offence = 1; action = "suspend-mailbox"; } );'
	run -0 --separate-stderr "$MAILGUARD" config check --root "$HOST" --policy "$policy"
	[[ "$output" == *'a suspension is lifted for an incident form that is filled in.'* ]]
	form ''
	run -3 --separate-stderr "$MAILGUARD" config check --root "$HOST" --policy "$policy"
	[[ "$stderr" == *'incident: without a ladder nobody is suspended by this policy'* ]]
}
