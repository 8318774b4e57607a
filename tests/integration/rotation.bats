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

@test "a storm of rotations and kills loses no line, and repeats none" {
	"$TESTS/fault/rotation_storm.py" --mailguard "$MAILGUARD" --root "$BATS_FILE_TMPDIR/root" \
		--log "$BATS_FILE_TMPDIR/log" --steps 100
}

@test "the storm finds out what goes by inodes alone" {
	local seed
	for seed in 1 2 3 4 5; do
		if "$TESTS/fault/rotation_storm.py" --mailguard "$MAILGUARD-test" --root "$BATS_FILE_TMPDIR/root" \
			--log "$BATS_FILE_TMPDIR/log" --seed $seed --identity inode; then
			return
		fi
	done
	false
}

@test "a log that is compressed, or half read and then compressed, gives the same rows" {
	local dir=$BATS_FILE_TMPDIR size packer
	size=$(stat -c %s "$dir/log")
	one() {
		"$MAILGUARD" sweep -q --root "$dir/root" --state "$BATS_TEST_TMPDIR/$1" --accounts cpanel "$2"
		"$MAILGUARD" report --state "$BATS_TEST_TMPDIR/$1" --hours --since all --top 0 --format csv \
			>"$BATS_TEST_TMPDIR/$1.csv"
	}
	one whole "$dir/log"
	for packer in gzip bzip2 xz "zstd -q"; do
		$packer -c "$dir/log" >"$BATS_TEST_TMPDIR/packed"
		one "p-${packer%% *}" "$BATS_TEST_TMPDIR/packed"
		cmp "$BATS_TEST_TMPDIR/whole.csv" "$BATS_TEST_TMPDIR/p-${packer%% *}.csv"
		head -c $((size / 2)) "$dir/log" >"$BATS_TEST_TMPDIR/half"
		one "h-${packer%% *}" "$BATS_TEST_TMPDIR/half"
		one "h-${packer%% *}" "$BATS_TEST_TMPDIR/packed"
		cmp "$BATS_TEST_TMPDIR/whole.csv" "$BATS_TEST_TMPDIR/h-${packer%% *}.csv"
	done
}
