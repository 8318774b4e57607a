#!/bin/bash
# SPDX-License-Identifier: MIT
#
# run.sh BUILD: unpack the peers, then measure (measure.py says what).
#
# MG_BENCH_LINES (default 2m) sets the size of the logs, MG_BENCH_BIG the bytes
# of the long one (default 10 GB where disk and memory allow). With the
# defaults it takes some five minutes and 14 GB below BUILD, which are removed.

set -eu

build=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
"$here/peers.sh" "$build/peers" exim4-base pflogsumm fail2ban
exec python3 "$here/measure.py" "$build"
