# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # bats sets stderr
#
# A log keeps its counts over rotations, by whatever program and style. The
# whole of it is `make fault`.

bats_require_minimum_version 1.5.0

load ../helper

setup_file() {
	mkdir -p "$BATS_FILE_TMPDIR/root/etc"
	"$TESTS/bench/genlog.py" --kind exim --lines 20k --seed 7 --out "$BATS_FILE_TMPDIR/log" \
		--truth "$BATS_FILE_TMPDIR/truth.json" --userdomains "$BATS_FILE_TMPDIR/root/etc/userdomains" \
		--primary "$BATS_FILE_TMPDIR/root/etc/trueuserdomains" --passwd "$BATS_FILE_TMPDIR/root/etc/passwd" \
		2>"$BATS_FILE_TMPDIR/out"
}

matrix() {
	"$TESTS/fault/logrotate_matrix.py" --mailguard "$MAILGUARD" --root "$BATS_FILE_TMPDIR/root" \
		--log "$BATS_FILE_TMPDIR/log" --only "$1"
}

@test "the real logrotate, numbers, every way to make and to pack" {
	matrix "numbers beside"
}

@test "the real logrotate, dates, in a directory below" {
	matrix "date below"
}
