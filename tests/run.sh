#!/bin/bash
# SPDX-License-Identifier: MIT
#
# run.sh TEST... - run tests, show what fails, end with one line of totals.
#
# A test is a .bats file or a program, named with a slash. What it prints is
# read as TAP; a program that prints none is one test, passed when its exit
# status is 0. Logs stay in build/log. A skip is a failure where MG_NO_SKIP=1.
#
# Exit status: 0 when nothing failed, else 1.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

time_limit=900 # seconds for one file, so that a hang ends
logs=${MG_LOGS:-build/log}
export CMOCKA_MESSAGE_OUTPUT=TAP
export UBSAN_OPTIONS=print_stacktrace=1

# "PASSED FAILED SKIPPED" of a log. A test that was planned and not reported,
# or an exit status that no test accounts for, is a failure. cmocka before
# 1.1.6 says "not ok 1 # SKIP" for a skip.
count() { # LOG STATUS
	awk -v status="$2" -v no_skip="${MG_NO_SKIP-}" '
		/^1\.\.[0-9]+/ { planned += substr($0, 4); plans++ }
		/^(not )?ok / {
			if (/ # [Ss][Kk][Ii][Pp]/)
				no_skip == 1 ? failed++ : skipped++
			else
				/^ok/ ? passed++ : failed++
		}
		END {
			seen = passed + failed + skipped
			if (!plans && !seen)
				status == 0 ? passed++ : failed++
			else if (planned > seen)
				failed += planned - seen
			else if (status != 0 && !failed)
				failed++
			print passed + 0, failed + 0, skipped + 0
		}' "$1"
}

passed=0 failed=0 skipped=0
for test in "$@"; do
	log=$logs/$test.log
	mkdir -p "${log%/*}"
	command=("$test")
	if [[ $test == *.bats ]]; then
		command=(bats --tap "$test")
	fi

	timeout --foreground -k 10 "$time_limit" "${command[@]}" \
		</dev/null >"$log" 2>&1
	status=$?

	read -r p f s <<<"$(count "$log" "$status")"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	verdict=ok
	[ "$f" -eq 0 ] || verdict=FAILED
	printf '%-6s  %s: %d passed, %d failed, %d skipped\n' \
		"$verdict" "$test" "$p" "$f" "$s"
	if [ "$f" -gt 0 ]; then
		grep -v '^ok [^#]*$' "$log" | sed 's/^/    /'
		echo "    (exit status $status)"
	else
		grep -i ' # skip' "$log" | sed 's/^/        /'
	fi
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
