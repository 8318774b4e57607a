# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016 # run sets output, stderr and lines; hooks are written in single quotes
#
# A warning by hand: a row, hooks, a letter, and no strike.

bats_require_minimum_version 1.5.0

load ../helper

NOW=1772408000 # 2026-03-01 23:33:20 UTC

setup() {
	ROOT=$BATS_TEST_TMPDIR/root
	mkdir -p "$ROOT"/{etc/mailguard/hooks.d,var/lib,usr/sbin}
	cp -r "$TESTS/data/hosts/plain/etc/." "$ROOT/etc/"
	printf '%s\n' 'accounts = "plain";' 'sources = ( { name = "mail"; dialect = "exim"; log = "/main.log"; } );' \
		'notices: { admins = [ "ops@host.example" ]; };' >"$ROOT/etc/mailguard/mailguard.conf"
	: >"$ROOT/main.log"
	# shellcheck disable=SC2016
	fake usr/sbin/sendmail 'cat >>'"$ROOT/mail"
	fake etc/mailguard/hooks.d/crm 'case $1 in warn) echo "$MAILGUARD_SUBJECT $MAILGUARD_REASON" >>'"$ROOT/warned"' ;; query) echo unknown ;; *) exit 64 ;; esac'
}

fake() { # PATH SCRIPT
	printf '#!/bin/sh\n%s\n' "$2" >"$ROOT/$1"
	chmod 755 "$ROOT/$1"
}

mg() { MG_TEST_NOW=${AT-$NOW} "$MAILGUARD-test" "$@" --root "$ROOT"; }

@test "a warning is a row, is told by hooks once and by a letter, and is over with that" {
	run -2 mg warn a.example
	[[ "$output" == *"--reason is needed"* ]]
	run -0 mg warn a.example --reason 'many unknown addresses' --dry-run
	[ "${lines[0]}" = 'would warn domain:a.example' ]
	[[ "${lines[1]}" == *'/hooks.d/crm warn {'*'"reason":"many unknown addresses"'* ]]
	[ ! -e "$ROOT/warned" ]
	run -0 mg warn a.example --reason 'many unknown addresses'
	[[ "$output" == 'warn domain:a.example ('*')' ]]
	AT=$((NOW + 60)) mg sweep -q
	AT=$((NOW + 120)) mg sweep -q
	[ "$(cat "$ROOT/warned")" = 'domain:a.example many unknown addresses' ]
	grep -q 'Subject: .*Please look at your e-mail' "$ROOT/mail"
	[ "$(mg why a.example --json | jq -r '.actions[0] | .action, .reason, ([.marks[].mark] | join(" "))' | head -2 | paste -sd' ')" = 'warn many unknown addresses' ]
	run -0 mg why a.example --customer
	[[ "$output" == *'Reason:      many unknown addresses'* ]]
	[[ "$output" != *limit* ]]
	run -0 mg status --actions
	[[ "$output" == *"nothing is in force"* ]]
	run -0 mg ledger verify
}

@test "a warning is no strike, and nothing is stopped" {
	mg warn account:alice --reason 'please look'
	[ "$(mg offence list --json | jq '.rows | length')" = 0 ]
	[ "$(mg status --actions --json | jq '.rows | length')" = 0 ]
}

@test "where nobody would tell the customer it says so; only whom the host has can be warned" {
	rm "$ROOT/etc/mailguard/hooks.d/crm"
	run -0 --separate-stderr mg warn account:alice --reason 'please look'
	[[ "$stderr" == *"nobody tells the customer"* ]]
	run -2 mg warn other.example --reason x
	run -2 mg warn 192.0.2.1 --reason x
	[[ "$output" == *"is no mailbox, domain or account"* ]]
}

@test "a hook that fails is said, and run again by the sweep" {
	fake etc/mailguard/hooks.d/crm 'case $1 in warn) [ -e '"$ROOT"'/works ] || exit 1; echo x >>'"$ROOT/warned"' ;; query) echo unknown ;; *) exit 64 ;; esac'
	run -4 mg warn account:alice --reason 'please look'
	touch "$ROOT/works"
	AT=$((NOW + 60)) mg sweep -q
	AT=$((NOW + 7200)) mg sweep -q
	[ "$(cat "$ROOT/warned")" = x ]
}
