#!/bin/bash
# SPDX-License-Identifier: MIT
#
# links.sh [TREE] - check that nothing walks a tree through symbolic links.
#
# A test removes its own directory when it is done. Without FTW_PHYS a link in
# there takes nftw(3) to wherever it points, and removes that.
set -euo pipefail
cd "${1-$(dirname "$0")/../..}"

bad=0
while IFS= read -r -d '' file; do
	if tr '\n' ' ' <"$file" | grep -oE '\bnftw\([^;]*;' | grep -qv FTW_PHYS; then
		echo "$file: nftw without FTW_PHYS follows links"
		bad=1
	fi
done < <(find lib cmd tests -name '*.[ch]' -print0)
exit "$bad"
