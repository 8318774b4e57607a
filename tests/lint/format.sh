#!/bin/bash
# SPDX-License-Identifier: MIT
#
# format.sh - check that `make format` would change nothing.
#
# Versions of clang-format disagree, so only the one that .clang-format was
# written for is asked.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [[ $(clang-format --version) != *' version 14.'* ]]; then
	echo '1..1'
	echo 'ok 1 # SKIP needs clang-format 14'
	exit
fi
find include lib cmd tests -name '*.[ch]' | LC_ALL=C sort | {
	status=0
	while read -r file; do
		clang-format "$file" | diff -u --label "$file" --label formatted \
			"$file" - || status=1
	done
	exit "$status"
}
