#!/bin/bash
# SPDX-License-Identifier: MIT
#
# headers.sh [TREE] - check that every header compiles alone, with both
# compilers and as often as it is included.
set -euo pipefail
cd "${1-$(dirname "$0")/../..}"

flags=(-std=c17 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Werror -fsyntax-only)
bad=0
for header in include/mailguard/*.h lib/*/*.h cmd/*.h; do
	[ -e "$header" ] || continue
	for compiler in gcc clang; do
		printf '#include "%s"\n' "$PWD/$header" "$PWD/$header" |
			cat - <(echo 'extern int not_empty;') |
			"$compiler" "${flags[@]}" -Iinclude -x c - || {
			echo "$header does not stand alone ($compiler)"
			bad=1
		}
	done
done
exit "$bad"
