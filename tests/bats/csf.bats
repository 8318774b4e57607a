#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# Blocked addresses by temporary denies of csf; here a fake of it, which keeps its file as the real one does.

bats_require_minimum_version 1.5.0

setup() {
	load ../helper
	ROOT=$BATS_TEST_TMPDIR/root
	DENIES=$ROOT/var/lib/csf/csf.tempban
	mkdir -p "$ROOT/usr/sbin" "$ROOT/etc/mailguard" "$ROOT/etc/csf" "$ROOT/var/lib/csf"
	install -m 755 "$TESTS/host/fake_csf.sh" "$ROOT/usr/sbin/csf"
	echo 'DENY_TEMP_IP_LIMIT = "100"' >"$ROOT/etc/csf/csf.conf"
	: >"$DENIES"
	echo 'enforce = { by = [ "csf" ]; }; exempt_private = false;' >"$ROOT/etc/mailguard/mailguard.conf"
	chmod 644 "$ROOT/etc/mailguard/mailguard.conf"
}

mailguard() { "$MAILGUARD" "$@" --root "$ROOT"; }
block() { mailguard block "$1" --reason 'a test' --for "${2-1h}"; }
denied() { cut -d'|' -f2 "$DENIES" | sort; }

@test "an address is denied for its time at the ports of mail, and no longer" {
	block 192.0.2.7 600s
	run -0 cat "$DENIES"
	[[ $output == *'|192.0.2.7|110,143,993,995|in|'+(600|599)'|mailguard' ]]
	run -0 mailguard rules diff
	block 2001:db8:1:2::7
	[ "$(denied)" = "$(printf '%s\n' 192.0.2.7 2001:db8:1:2::/64)" ]
	mailguard unblock 192.0.2.7 --reason 'a test'
	[ "$(denied)" = 2001:db8:1:2::/64 ]
	mailguard rules remove csf
	[ -z "$(denied)" ]
}

@test "denies of others stay, and take of the room" {
	echo 'DENY_TEMP_IP_LIMIT = "3"' >"$ROOT/etc/csf/csf.conf"
	echo "$(date +%s)|198.51.100.9||in|3600|lfd" >"$DENIES"
	block 192.0.2.1 1h
	block 192.0.2.2 3h
	block 192.0.2.3 2h
	[ "$(denied)" = "$(printf '%s\n' 192.0.2.2 192.0.2.3 198.51.100.9)" ]
	block 198.51.100.9
	[ "$(denied)" = "$(printf '%s\n' 192.0.2.2 192.0.2.3 198.51.100.9)" ]
	run -0 mailguard rules show csf
	[[ $output == *'1 more are left out'*DENY_TEMP_IP_LIMIT* ]]
}

@test "what csf takes out of its list is denied again, and what it does not take is told" {
	block 192.0.2.7
	: >"$DENIES"
	run -1 --separate-stderr mailguard rules diff
	[ "$output" = '+blocked 192.0.2.7' ]
	run -0 mailguard rules apply
	[ "$(denied)" = 192.0.2.7 ]
	run -4 --separate-stderr block 10.1.2.3
	[[ $stderr == *"csf does not block 1 of 2 addresses, '10.1.2.3' first"* ]]
}

@test "an address that csf refuses keeps no other from being denied" {
	mv "$ROOT/usr/sbin/csf" "$ROOT/usr/sbin/csf.real"
	printf '#!/bin/sh\nexit 9\n' >"$ROOT/usr/sbin/csf"
	chmod 755 "$ROOT/usr/sbin/csf"
	run -4 block 192.0.2.7
	run -4 block 192.0.2.8
	# shellcheck disable=SC2016 # the fake expands it
	printf '#!/bin/sh\n[ "$2" != 192.0.2.7 ] || exit 9\nexec bash -c '\''. "$0.real"'\'' "$0" "$@"\n' >"$ROOT/usr/sbin/csf"
	run -4 --separate-stderr mailguard rules apply
	[[ $stderr == *"-td 192.0.2.7' ended with status 9"* ]]
	[ "$(denied)" = 192.0.2.8 ]
}

@test "F65: csf that is missing or fails" {
	printf '#!/bin/sh\nexit 9\n' >"$ROOT/usr/sbin/csf"
	run -4 --separate-stderr block 192.0.2.7
	[[ $stderr == *'ended with status 9'* ]]
	rm "$ROOT/usr/sbin/csf"
	run -3 --separate-stderr mailguard rules apply
	[[ $stderr == *"no 'csf' on this host"* ]]
}

@test "P10: what others wrote into the list is read in a jail" {
	echo "$(date +%s)|198.51.100.9||in|3600|lfd - (smtpauth) login from 198.51.100.9 (a|b.example)" >"$DENIES"
	run -0 strace -f -qq -o "$BATS_TEST_TMPDIR/calls" -e trace=seccomp,exit_group "$MAILGUARD" rules diff csf --root "$ROOT"
	grep -q 'seccomp(SECCOMP_SET_MODE_FILTER.* = 0' "$BATS_TEST_TMPDIR/calls"
	run -0 mailguard rules show csf
	[ "$output" = "" ]
}
