#!/bin/bash
# SPDX-License-Identifier: MIT
#
# run.sh BUILD: time a sweep against programs that do less, on one log that is
# in the page cache, and print ratios. Absolute times depend on the machine;
# only ratios of one run say anything. MG_BENCH_LINES sets the size of the log.

set -eu

build=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
lines=${MG_BENCH_LINES:-2m}
dir=$build/bench
root=$dir/root
log=$dir/exim-$lines.log
mailguard=$build/mailguard

# best COMMAND...: seconds of the fastest of three runs.
best() {
	local start end best=
	for _ in 1 2 3; do
		start=$(date +%s%N)
		"$@" >/dev/null 2>&1
		end=$(date +%s%N)
		if [ -z "$best" ] || [ $((end - start)) -lt "$best" ]; then
			best=$((end - start))
		fi
	done
	awk -v ns="$best" 'BEGIN { printf "%.4f", ns / 1e9 }'
}

sweep_fresh() {
	rm -rf "$dir/state"
	"$mailguard" sweep -q --root "$root" --state "$dir/state" --accounts cpanel "$log"
}

sweep_dry() {
	"$mailguard" sweep -q --dry-run --root "$root" --state "$dir/none" --accounts cpanel "$log"
}

sweep_nothing_new() {
	"$mailguard" sweep -q --root "$root" --state "$dir/state" --accounts cpanel "$log"
}

eximstats() {
	perl "$build/peers/usr/sbin/eximstats" -h0 -ne -nt -nr -q0 -t0 "$log"
}

# row WHAT SECONDS: with its ratio to wc -l.
row() {
	awk -v what="$1" -v s="$2" -v wc="$wc" -v mb="$mb" \
		'BEGIN { printf "%-44s %9.4f s %9.2f x %9.0f MB/s\n", what, s, s / wc, mb / s }'
}

mkdir -p "$root/etc"
if [ ! -s "$log" ]; then
	"$here/genlog.py" --kind exim --lines "$lines" --out "$log.part" --truth "$dir/truth.json" \
		--userdomains "$root/etc/userdomains" --primary "$root/etc/trueuserdomains" \
		--passwd "$root/etc/passwd"
	mv "$log.part" "$log"
fi
"$here/peers.sh" "$build/peers"
cat "$log" >/dev/null # into the page cache
mb=$(($(stat -c %s "$log") / 1000000))

wc=$(best wc -l "$log")
dry=$(best sweep_dry)
whole=$(best sweep_fresh)
nothing=$(best sweep_nothing_new)
stats=$(best eximstats)

printf '%s, %s MB, fastest of three; x is against wc -l\n' "$(basename "$log")" "$mb"
row "wc -l" "$wc"
row "sweep --dry-run (parse, attribute, count)" "$dry"
row "sweep (first, with the store)" "$whole"
row "sweep (nothing new)" "$nothing"
row "eximstats (least it can do)" "$stats"
awk -v s="$stats" -v w="$whole" 'BEGIN { printf "sweep is %.0f times as fast as eximstats\n", s / w }'
