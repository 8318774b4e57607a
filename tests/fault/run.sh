#!/bin/bash
# SPDX-License-Identifier: MIT
#
# run.sh BUILD: the long versions of what make check samples: every rotation
# style, kills at random moments, a million lines in every way. An hour or two
# and 2 GB below BUILD.

set -eu

build=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
tests=$(dirname "$here")
work=$(mktemp -d "$build/fault-XXXXXX")
trap 'rm -rf "$work"' EXIT
failed=

# run PROGRAM [OPTION...]: one of the programs here, about the mailguard that was built.
run() {
	local program=$1
	shift
	echo "$program"
	"$here/$program" --mailguard "$build/mailguard" "$@" || failed="$failed $program"
}

# make_log LINES: a generated log and its host, below the directory LINES.
make_log() {
	local dir=$work/$1
	mkdir -p "$dir/root/etc"
	"$tests/bench/genlog.py" --kind exim --lines "$1" --seed 7 --out "$dir/log" --truth "$dir/truth.json" \
		--userdomains "$dir/root/etc/userdomains" --primary "$dir/root/etc/trueuserdomains" \
		--passwd "$dir/root/etc/passwd"
}

make_log 20k
make_log 400k
run kill_calls.py --root "$tests/data/hosts/cpanel" --log "$tests/data/exim/4.96-rich.log"
run kill_calls.py --mailguard "$build/mailguard-test" --root "$work/20k/root" --log "$work/20k/log" \
	--processes 3 --part 65536 --points 200
run kill_random.py --root "$work/400k/root" --log "$work/400k/log" --kills 300
run logrotate_matrix.py --root "$work/20k/root" --log "$work/20k/log"
run matrix.py --work "$work"
for seed in 1 2 3 4 5 6 7 8 9 10; do
	run rotation_storm.py --root "$work/20k/root" --log "$work/20k/log" --seed "$seed"
done
# On hosts of their own, with the real daemons, at every call.
for daemon in exim_rules postfix_rules dovecot_host; do
	MG_NO_SKIP=1 MG_KILL="--part 1/1" bats --filter 'F67: kill -9' "$tests/integration/$daemon.bats" ||
		failed="$failed $daemon"
done
MG_ROUNDS=1000 MAILGUARD=$build/mailguard bats --filter F51 "$tests/bats/start.bats" || failed="$failed F51"
make_log 1M
run rotation_storm.py --root "$work/1M/root" --log "$work/1M/log" --steps 5000 --seed 1
# The control has to come to other rows, by some seed: which one is a matter of
# what the file system gives out again.
control() {
	local seed
	for seed in 1 2 3 4 5; do
		"$here/rotation_storm.py" --mailguard "$build/mailguard-test" --root "$work/20k/root" \
			--log "$work/20k/log" --seed $seed --identity inode && return
	done
	return 1
}
control || failed="$failed control"
[ -z "$failed" ] || {
	echo "failed:$failed"
	exit 1
}
