#!/bin/bash
# SPDX-License-Identifier: MIT
#
# scripts.sh - shellcheck on every script of the tree.
set -euo pipefail
cd "$(dirname "$0")/../.."

mapfile -t scripts < <(
	find . \( -path ./.git -o -path ./build -o -path ./tests/data \) -prune \
		-o -type f \( -name '*.sh' -o -name '*.bash' -o -name '*.bats' \
		-o -perm -u+x -exec grep -qaE '^#!.*[/ ](ba|da)?sh( |$)' {} \; \) \
		-print
)
shellcheck --external-sources "${scripts[@]}"
