#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# mailguard counts in the log of an Exim installed just now what was really sent through it.
# Needs root, overlayfs, network namespaces and a Debian mirror.

bats_require_minimum_version 1.5.0

setup_file() {
	load ../helper
	export MG_HOST_ID=bats$$
	if ! NO_HOST=$("$TESTS/host/testhost.sh" check 2>&1); then
		export NO_HOST
	elif ! "$TESTS/host/exim_host.sh" up >"$BATS_FILE_TMPDIR/up" 2>&1; then
		NO_HOST="no Exim on the test host: $(tail -n 1 "$BATS_FILE_TMPDIR/up")"
		export NO_HOST
	fi
}

setup() {
	load ../helper
	[ -z "${NO_HOST-}" ] || mg_skip "$NO_HOST"
}

teardown_file() {
	[ ! -e "$BATS_FILE_TMPDIR/up" ] || "$TESTS/host/exim_host.sh" down
}

# counts TRAFFIC LOGGING
counts() {
	"$TESTS/host/exim_host.sh" record "$1" "$2" "$BATS_TEST_TMPDIR/exim"
	mg_counts_truth cpanel "$BATS_TEST_TMPDIR/exim"
}

@test "ordinary mail, rich selector" {
	counts ordinary rich
}

@test "ordinary mail, Debian's selector" {
	counts ordinary default
}

@test "ordinary mail, cPanel's selector and identification of senders" {
	counts ordinary cpanel
}

@test "hostile mail, rich selector" {
	counts hostile rich
}

@test "hostile mail, Debian's selector" {
	counts hostile default
}
