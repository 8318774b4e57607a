# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output and stderr
#
# Logs that others wrote, and our own, through the fuzz targets (ASan, UBSan)
# and through a sweep: no crash, every line a kind, nothing charged to a table
# that does not know its names.

bats_require_minimum_version 1.5.0

load ../helper

FUZZ=$TESTS/../build/fuzz

# corpora: the logs of Exim, Postfix and Dovecot of the corpora, a path a line.
corpora() {
	find "$MAILGUARD_CORPORA" -type f \( -path '*exim*' -name '*.log' -o -path '*exim*/mainlog' \
		-o -path '*exim-testsuite*/log/*' -o -path '*fail2ban*/exim*' -o -path '*postfix*' -name '*.log' \
		-o -path '*postfix*/testdata/*' -o -path '*postfix-grok*' -name '*.yaml' \
		-o -path '*dovecot*' -name '*.log' -o -path '*fail2ban*/logs/dovecot' \
		-o -path '*ossec*' -name 'dovecot.ini' \)
}

@test "our own logs pass the fuzz targets" {
	for target in fuzz_exim fuzz_postfix fuzz_dovecot fuzz_count fuzz_parts fuzz_record \
		fuzz_unpack fuzz_identify fuzz_pick fuzz_json; do
		run -0 --separate-stderr "$FUZZ/$target" -runs=0 "$TESTS"/data/exim "$TESTS"/data/postfix \
			"$TESTS"/data/dovecot
	done
}

@test "the corpora pass the fuzz targets" {
	local files
	[ -n "${MAILGUARD_CORPORA:-}" ] || mg_skip "MAILGUARD_CORPORA is not set"
	mapfile -t files < <(corpora)
	[ ${#files[@]} -gt 3 ]
	for target in fuzz_exim fuzz_postfix fuzz_dovecot fuzz_count fuzz_parts fuzz_pick; do
		run -0 --separate-stderr "$FUZZ/$target" "${files[@]}"
	done
}

@test "every line of the corpora is of some kind, and charged to nobody here" {
	local files
	[ -n "${MAILGUARD_CORPORA:-}" ] || mg_skip "MAILGUARD_CORPORA is not set"
	mapfile -t files < <(corpora)
	for file in "${files[@]}"; do
		[ -s "$file" ] || continue
		rm -rf "$BATS_TEST_TMPDIR/state"
		"$MAILGUARD" sweep -q --root "$TESTS/data/hosts/cpanel" --state "$BATS_TEST_TMPDIR/state" \
			--dialect exim "$file" 2>"$BATS_TEST_TMPDIR/talk" || [ $? -eq 1 ]
		run -0 sqlite3 "$BATS_TEST_TMPDIR/state/state.db" "SELECT ifnull(sum(n), 0) FROM line"
		[ "$output" -eq "$(tr -cd '\n' <"$file" | wc -c)" ]
		run -0 sqlite3 "$BATS_TEST_TMPDIR/state/state.db" \
			"SELECT count(*) FROM fact JOIN origin ON id = origin WHERE account IS NOT NULL"
		[ "$output" -eq 0 ]
	done
}
