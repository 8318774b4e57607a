# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# helper.bash: what every bats file loads.

TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
MAILGUARD=$(realpath -m "${MAILGUARD:-$TESTS/../build/mailguard}")
export MAILGUARD

# Skip, unless skipping is forbidden.
mg_skip() {
	if [ "${MG_NO_SKIP:-0}" = 1 ]; then
		echo "may not be skipped here: $1" >&2
		return 1
	fi
	skip "$1"
}

# mg_sweep HOST LOG...: count logs of MG_DIALECT (default exim) for the fake host tests/data/hosts/HOST.
mg_sweep() {
	local host=$1
	shift
	"$MAILGUARD" sweep --root "$TESTS/data/hosts/$host" --state "$BATS_TEST_TMPDIR/state" \
		--accounts "$host" --dialect "${MG_DIALECT:-exim}" "$@"
}

# mg_report: print everything counted so far, by domain and hour.
mg_report() {
	"$MAILGUARD" report --state "$BATS_TEST_TMPDIR/state" --by domain --hours --since all --utc \
		--top 0 --format json
}

# mg_counts_truth HOST NAME: the counts of NAME.log are those of NAME.truth.json. Not under run, so that bats
# shows the differences.
mg_counts_truth() {
	mg_sweep "$1" "$2.log"
	mg_report >"$BATS_TEST_TMPDIR/report.json"
	"$TESTS/compare_truth.py" "$BATS_TEST_TMPDIR/report.json" "$2.truth.json"
}
