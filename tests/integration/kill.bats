# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# kill -9 at every system call of a sweep, parent and parser child.

bats_require_minimum_version 1.5.0

load ../helper

@test "kill -9 at each system call of a sweep changes no row" {
	"$TESTS/fault/kill_calls.py" --mailguard "$MAILGUARD" --root "$TESTS/data/hosts/cpanel" \
		--log "$TESTS/data/exim/4.96-rich.log"
}
