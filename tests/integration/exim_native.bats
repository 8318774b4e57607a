#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# An Exim that counts by itself refuses the 21st, and holds what scripts hand in, without a sweep.
# That of Debian 12, and in make check-trixie that of Debian 13.
# Needs root, overlayfs, network namespaces and a Debian mirror.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # Exim expands; run sets output, in each test anew

bats_require_minimum_version 1.5.0

setup_file() {
	load ../helper
	load ../host/exim.bash
	exim_up
}

setup() {
	load ../helper
	load ../host/exim.bash
	[ -z "${NO_HOST-}" ] || mg_skip "$NO_HOST"
	ROOT=$("$TESTS/host/exim_host.sh" root)
	LOG=$ROOT/var/log/exim4/mainlog
	LIMITS=$ROOT/etc/mailguard/maps/exim-limits
	cp "$MAILGUARD" "$ROOT/usr/local/sbin/mailguard"
	mkdir -p "$ROOT/etc/mailguard/policies"
	cp "$TESTS/data/hosts/plain/etc/mailguard/domains" "$ROOT/etc/mailguard/"
	printf 'accounts = "plain"\nexim = { mode = "native" }\nenforce = { by = [ "exim" ] }\n' \
		>"$ROOT/etc/mailguard/mailguard.conf"
}

teardown() {
	[ -n "${NO_HOST-}" ] || on_host mailguard rules remove exim --force
	[ -n "${NO_HOST-}" ] || rm -rf "${ROOT:?}/var/lib/mailguard" "${ROOT:?}/etc/mailguard/policies"
}

teardown_file() {
	load ../helper
	mg_host_down exim
}

# policy CLAUSES OVERRIDES
policy() {
	printf 'policy: { name = "test"; version = "1"; clauses = ( %s ); overrides = ( %s ); };\n' "$1" "${2-}" \
		>"$ROOT/etc/mailguard/policies/test.conf"
}

# clause SUBJECT LIMIT [WINDOW]
clause() {
	printf '{ id = "of-%s"; rule = "rate"; subject = "%s"; count = "%s"; window = "1h"; limit = %s; action = "throttle"; }' \
		"$1" "$1" "${3:-recipients}" "$2"
}

# The hours of the test have so many seconds.
hours_are() {
	sed -i "s,\$tod_epoch/3600,\$tod_epoch/$1,g" "$ROOT/etc/exim4/conf.d/acl/10_mailguard"
	on_host update-exim4.conf
	on_host service exim4 reload
}

# Likewise, and it begins at the start of one.
hours_of() {
	hours_are "$1"
	wait_until $(($(date +%s) / $1 * $1 + $1 - 1))
}

sends() { # LOGIN N
	local i
	for ((i = 1; i <= $2; i++)); do
		said '250 *' smtp "$1" "$1" "r$i@far.test"
	done
}

@test "the 21st recipient of a domain is refused, local mail is held with it, and the next hour it goes on" {
	local text='451 4.7.1 mailguard: a.example has sent 20 of 20 allowed in 60 minutes, try again after ??:?? UTC (of-domain)'
	local i
	"$TESTS/host/exim_host.sh" stock split
	policy "$(clause domain 20)"
	put_in
	hours_of 40
	for i in 1 2 3 4 5; do
		script 5001 "script$i@far.test"
	done
	arrives 'script.@far.test' 5
	sends joe@a.example 8
	sends SUE@A.Example 7
	said "$text" smtp joe@a.example forged@c.example x@far.test
	said "$text" smtp sue@a.example sue@a.example x@far.test
	script 5001 held@far.test
	script 5002 other@far.test
	said '250 *' smtp joe@b.example joe@b.example x@far.test
	said '250 *' smtp joe@c.example forged@a.example x@far.test
	said '250 *' smtp - stranger@far.test alice@mx1.hoster.test
	arrives other@far.test 1
	on_host exim4 -q
	[ "$(delivered held@far.test)" -eq 0 ]
	[ "$(on_host exim4 -bpc)" -eq 1 ]
	run -0 grep -c 'R=mailguard_held defer (-1): mailguard: a.example has sent 20 of 20 allowed' "$LOG"
	run -1 grep ' <= <>' "$LOG"

	wait_until $(($(date +%s) / 40 * 40 + 40))
	on_host exim4 -q
	arrives held@far.test 1
	sends joe@a.example 19
	said "$text" smtp joe@a.example joe@a.example x@far.test
}

@test "mailboxes, accounts and scripts have limits of their own; overrides and waivers hold, until their time" {
	local word='${run{/usr/bin/touch /tmp/expanded}}' until
	"$TESTS/host/exim_host.sh" stock split
	until=$(($(date +%s) / 60 * 60 + 120)) # a policy has minutes
	policy "$(clause mailbox 3), $(clause domain 8), $(clause script 2 messages)" \
		"{ clause = \"of-mailbox\"; mailbox = \"sue@a.example\"; limit = 1; reason = \"test\"; },
		 { clause = \"of-domain\"; account = \"bob\"; limit = 2; until = \"$(date -ud "@$until" '+%F %R')Z\"; reason = \"test\"; }"
	put_in
	run -0 on_host mailguard rules diff exim
	[ "$output" = "" ]
	hours_are 4000000000 # none ends within the test
	sends sue@a.example 1
	said '451 4.7.1 mailguard: sue@a.example has sent 1 of 1 *' smtp SUE@a.example x@far.test x@far.test
	sends joe@a.example 2
	# One mail: the recipients that are too many are refused, and those before them are not.
	said '451 4.7.1 mailguard: joe@a.example has sent 3 of 3 *' smtp joe@a.example x@far.test y@far.test z@far.test
	script 5001 s1@far.test s2@far.test
	script 5001 s3@far.test
	script 5001 s4@far.test
	arrives 's[13]@far.test' 2
	on_host exim4 -q
	[ "$(delivered s4@far.test)" -eq 0 ]
	# The domain has 8: 1 + 3 + 3 until here.
	said '250 *' smtp ann@a.example x@far.test x@far.test
	said '451 4.7.1 mailguard: a.example has sent 8 of 8 *' smtp ann@a.example x@far.test x@far.test
	# An override of its account: 2, and as all others once it is over.
	said '250 *' smtp joe@c.example x@far.test x@far.test
	said '250 *' smtp sue@c.example x@far.test x@far.test
	said '451 4.7.1 mailguard: c.example has sent 2 of 2 *' smtp sue@c.example x@far.test x@far.test
	said '250 *' smtp "$word@b.example" x@far.test x@far.test
	[ ! -e "$ROOT/tmp/expanded" ]
	wait_until "$until"
	said '250 *' smtp sue@c.example x@far.test x@far.test
	rm "$LIMITS"
	said '250 *' smtp ann@a.example x@far.test x@far.test
}

for_form() { # FORM
	"$TESTS/host/exim_host.sh" stock "$1"
	policy "$(clause domain 1)"
	put_in
	sends joe@a.example 1
	said '451 4.7.1 mailguard: a.example has sent 1 of 1 *' smtp joe@a.example x@far.test x@far.test
	said '250 *' smtp - stranger@far.test alice@mx1.hoster.test
	said '550 *' smtp - stranger@far.test relay@far.test
	on_host mailguard rules remove exim
	[ ! -e "$LIMITS" ]
	run -1 grep -rE 'mailguard_|maps/exim' "$ROOT"/etc/exim4/exim4.conf* "$ROOT/var/lib/exim4/config.autogenerated"
	said '250 *' smtp joe@a.example joe@a.example x@far.test
}

@test "Debian's unsplit configuration counts, relays for nobody, and is as before when taken off" { for_form unsplit; }

@test "one file of configuration: likewise" { for_form whole; }
