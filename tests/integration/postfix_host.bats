#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# mailguard counts in the log of a Postfix installed just now what was really sent through it.
# Needs root, overlayfs, network namespaces and a Debian mirror.

bats_require_minimum_version 1.5.0

setup_file() {
	load ../helper
	export MG_HOST_ID=bats$$
	if ! NO_HOST=$("$TESTS/host/testhost.sh" check 2>&1); then
		export NO_HOST
	elif ! "$TESTS/host/postfix_host.sh" up >"$BATS_FILE_TMPDIR/up" 2>&1; then
		NO_HOST="no Postfix on the test host: $(tail -n 1 "$BATS_FILE_TMPDIR/up")"
		export NO_HOST
	fi
}

setup() {
	load ../helper
	[ -z "${NO_HOST-}" ] || mg_skip "$NO_HOST"
}

teardown_file() {
	[ ! -e "$BATS_FILE_TMPDIR/up" ] || "$TESTS/host/postfix_host.sh" down
}

# counts TRAFFIC LOGGING
counts() {
	"$TESTS/host/postfix_host.sh" record "$1" "$2" "$BATS_TEST_TMPDIR/postfix"
	MG_DIALECT=postfix mg_counts_truth cpanel "$BATS_TEST_TMPDIR/postfix"
}

@test "ordinary mail, by rsyslog, short queue ids" {
	counts ordinary rsyslog
}

@test "ordinary mail, by postlogd, long queue ids" {
	counts ordinary postlogd
}

@test "mail through a content filter counts once" {
	counts filter rsyslog
}

@test "mail through a content filter counts once, long queue ids" {
	counts filter postlogd
}

@test "hostile mail" {
	counts hostile rsyslog
}
