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

# mg_swept LOG: count a log of the cPanel host into STATE.
mg_swept() {
	"$MAILGUARD" sweep -q --root "$TESTS/data/hosts/cpanel" --state "$STATE" "$TESTS/data/exim/$1"
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

# mg_counts_but HOST NAME: as mg_counts_truth, but for these differences, which tests/data/README.md explains; they are
# read from standard input.
mg_counts_but() {
	! mg_counts_truth "$1" "$2" >"$BATS_TEST_TMPDIR/differences"
	diff -u - "$BATS_TEST_TMPDIR/differences"
}

# mg_host_up SERVER: a test host with exim or postfix over the tree MG_HOST_BASE (this machine's where there is none),
# for setup_file; what keeps it from being is in NO_HOST.
mg_host_up() {
	export MG_HOST_ID=bats$$
	if ! NO_HOST=$("$TESTS/host/testhost.sh" check 2>&1); then
		export NO_HOST
	elif ! "$TESTS/host/$1_host.sh" up "${MG_HOST_BASE:-/}" >"$BATS_FILE_TMPDIR/up" 2>&1; then
		NO_HOST="no $1 on the test host: $(tail -n 1 "$BATS_FILE_TMPDIR/up")"
		export NO_HOST
	else
		cmp "${MG_HOST_BASE:-}/etc/os-release" "$("$TESTS/host/$1_host.sh" root)/etc/os-release"
	fi
}

# mg_host_down SERVER: for teardown_file.
mg_host_down() {
	[ ! -e "$BATS_FILE_TMPDIR/up" ] || "$TESTS/host/$1_host.sh" down
}

# mg_host_counts SERVER TRAFFIC LOGGING: what the server logs of a traffic is counted as what was sent, here with
# cPanel's tables and on the server itself with a plain one.
mg_host_counts() {
	local out=$BATS_TEST_TMPDIR/$1
	"$TESTS/host/$1_host.sh" record "$2" "$3" "$out"
	mg_counts_truth cpanel "$out"
	"$TESTS/host/$1_host.sh" sweep "$out.there"
	"$TESTS/compare_truth.py" "$out.there.json" "$out.truth.json"
}

# mg_checks: print all checks counted so far, by address.
mg_checks() {
	"$MAILGUARD" report --state "$BATS_TEST_TMPDIR/state" --by ip --since all --utc --top 0 --format json
}

# mg_checks_truth HOST NAME: the checks of NAME.log are those of NAME.truth.json.
mg_checks_truth() {
	mg_sweep "$1" "$2.log"
	mg_checks >"$BATS_TEST_TMPDIR/checks.json"
	"$TESTS/compare_checks.py" "$BATS_TEST_TMPDIR/checks.json" "$2.truth.json"
}

# mg_host_checks SERVER TRAFFIC LOGGING: as mg_host_counts, for checks.
mg_host_checks() {
	local out=$BATS_TEST_TMPDIR/$1
	"$TESTS/host/$1_host.sh" record "$2" "$3" "$out"
	mg_checks_truth cpanel "$out"
	"$TESTS/host/$1_host.sh" sweep "$out.there"
	"$TESTS/compare_checks.py" "$out.there.json" "$out.truth.json"
}

# mg_host_doctor HOST FILTER: what doctor says on a test host (ex, px, dc), whose log was counted there just now, has a
# finding for which a filter of jq holds.
mg_host_doctor() {
	local doc=$BATS_TEST_TMPDIR/doctor.json
	"$TESTS/host/testhost.sh" run "$1" mailguard doctor --json >"$doc" || [ $? -eq 1 ]
	jq -e ".rows | any($2)" "$doc" || { cat "$doc"; return 1; }
}

# validate: DOC against the schema of KIND. The system's own python has jsonschema.
validate() {
	/usr/bin/python3 - "$TESTS/data/schema/${KIND:-report}-1.json" "$DOC" <<-'PYTHON'
		import json, sys
		from jsonschema import Draft202012Validator as Validator

		schema, document = (json.load(open(name)) for name in sys.argv[1:])
		Validator.check_schema(schema)
		errors = [f"{e.json_path} {e.message}" for e in Validator(schema).iter_errors(document)]
		print("\n".join(errors))
		sys.exit(bool(errors))
	PYTHON
}
