#!/bin/bash
# SPDX-License-Identifier: MIT
#
# manual.sh - mandoc's opinion of the manual pages.
set -euo pipefail
cd "$(dirname "$0")/../.."

shopt -s nullglob
pages=(packaging/man/*.[578])
[ "${#pages[@]}" -eq 0 ] || mandoc -T lint -W warning "${pages[@]}"
