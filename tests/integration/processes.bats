# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output and stderr
#
# A log that several processes read counts as by one: every row, the place up to
# which it was read, the remarks and the exit status. tests/fuzz/fuzz_parts.c
# says the same of logs that nobody would write.

bats_require_minimum_version 1.5.0

load ../helper

SEED=${MG_SEED:-1}

# dealt_out DIALECT ROOT LOG... [OPTION...]
dealt_out() {
	local dialect=$1 root=$2
	shift 2
	"$TESTS/fault/processes.py" --mailguard "$MAILGUARD-test" --root "$root" --dialect "$dialect" \
		--seed "$SEED" "$@"
}

# generate KIND LINES [OPTION...]: a log with its tables, in the directory of this test.
generate() {
	local kind=$1 lines=$2 dir=$BATS_TEST_TMPDIR
	shift 2
	mkdir -p "$dir/root/etc"
	"$TESTS/bench/genlog.py" --kind "$kind" --lines "$lines" --seed "$SEED" "$@" --out "$dir/log" \
		--truth "$dir/truth.json" --userdomains "$dir/root/etc/userdomains" \
		--primary "$dir/root/etc/trueuserdomains" --passwd "$dir/root/etc/passwd" 2>"$dir/out"
}

@test "logs of real Exims, with hostile ones, whole and cut anywhere" {
	dealt_out exim "$TESTS/data/hosts/cpanel" --runs 4 --whole "$TESTS"/data/exim/4.9[68]-[!s]*.log
	dealt_out exim "$TESTS/data/hosts/cpanel" --runs 4 --max 20000 "$TESTS"/data/exim/4.9[68]-[!s]*.log
}

@test "logs of real Postfixes and Dovecots, with hostile ones, whole and cut anywhere" {
	dealt_out syslog "$TESTS/data/hosts/cpanel" --runs 4 --whole "$TESTS"/data/postfix/*.log \
		"$TESTS/data/exim/4.96-syslog.log" "$TESTS"/data/dovecot/*rsyslog.log
	dealt_out syslog "$TESTS/data/hosts/cpanel" --runs 3 --max 20000 "$TESTS"/data/postfix/*.log
	dealt_out dovecot "$TESTS/data/hosts/cpanel" --runs 3 --whole "$TESTS"/data/dovecot/*own.log
}

@test "logs in which all messages come a second time" {
	local log
	for log in exim/4.96-rich exim/4.96-cpanel postfix/3.7-filter postfix/3.7-queue; do
		cat "$TESTS/data/$log.log" "$TESTS/data/$log.log" >"$BATS_TEST_TMPDIR/${log#*/}"
	done
	dealt_out exim "$TESTS/data/hosts/cpanel" --runs 8 --whole "$BATS_TEST_TMPDIR"/4*
	dealt_out syslog "$TESTS/data/hosts/cpanel" --runs 8 --whole "$BATS_TEST_TMPDIR"/3*
}

@test "a generated log of Exim" {
	generate exim 200k
	dealt_out exim "$BATS_TEST_TMPDIR/root" "$BATS_TEST_TMPDIR/log"
}

@test "a generated log of Postfix" {
	generate postfix 200k
	dealt_out postfix "$BATS_TEST_TMPDIR/root" "$BATS_TEST_TMPDIR/log"
}

@test "a generated log of Dovecot" {
	generate dovecot 100k --own
	dealt_out dovecot "$BATS_TEST_TMPDIR/root" --runs 10 "$BATS_TEST_TMPDIR/log"
}

@test "a flood of names, of which those of the first lines are kept" {
	"$TESTS/fault/flood.py" senders 30000 >"$BATS_TEST_TMPDIR/senders"
	"$TESTS/fault/flood.py" forwarders 120000 >"$BATS_TEST_TMPDIR/forwarders"
	dealt_out exim "$TESTS/data/hosts/cpanel" --runs 2 --whole "$BATS_TEST_TMPDIR/senders" \
		"$BATS_TEST_TMPDIR/forwarders"
}

@test "kill -9 at random moments, of any of the processes, changes no row" {
	generate exim 200k
	MG_TEST_PART=900000 MG_TEST_CHUNK=3000000 "$TESTS/fault/kill_random.py" --mailguard "$MAILGUARD-test" \
		--root "$BATS_TEST_TMPDIR/root" --log "$BATS_TEST_TMPDIR/log" --processes 2 --kills 40
	MG_TEST_PART=900000 MG_TEST_CHUNK=3000000 "$TESTS/fault/kill_random.py" --mailguard "$MAILGUARD-test" \
		--root "$BATS_TEST_TMPDIR/root" --log "$BATS_TEST_TMPDIR/log" --processes 3 --kills 20
}
