# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # bats sets stderr
#
# Generated logs whose true counts are known: every hour and domain must be
# right, however the log is read. 400,000 lines, seeds 1 to 3.

bats_require_minimum_version 1.5.0

load ../helper

LINES_EACH=400k
KILLS_EACH=67 # for three seeds, 200 and one
CHUNK=8000000 # bytes between two commits: several in a log

setup_file() {
	local seed dir
	for seed in 1 2 3; do
		dir=$BATS_FILE_TMPDIR/$seed
		mkdir -p "$dir/root/etc"
		"$TESTS/bench/genlog.py" --kind exim --lines $LINES_EACH --seed $seed --out "$dir/log" \
			--truth "$dir/truth.json" --userdomains "$dir/root/etc/userdomains" \
			--primary "$dir/root/etc/trueuserdomains" --passwd "$dir/root/etc/passwd" 2>"$dir/out"
	done
}

# sweep_seed SEED LOG [OPTION...]: sweep into the state of this test.
sweep_seed() {
	local seed=$1
	shift
	"$MAILGUARD" sweep --quiet --root "$BATS_FILE_TMPDIR/$seed/root" --state "$BATS_TEST_TMPDIR/state$seed" \
		--accounts cpanel "$@"
}

# is_true SEED: the reports of this test's state are the truth.
is_true() {
	local by dir=$BATS_FILE_TMPDIR/$1
	for by in domain sender-domain; do
		"$MAILGUARD" report --state "$BATS_TEST_TMPDIR/state$1" --by $by --hours --since all --utc \
			--top 0 --format json >"$BATS_TEST_TMPDIR/$by.json"
	done
	"$TESTS/bench/truth.py" "$dir/truth.json" "$BATS_TEST_TMPDIR/domain.json" \
		"$BATS_TEST_TMPDIR/sender-domain.json"
}

# checks_are_true SEED: the same for checks.
checks_are_true() {
	"$MAILGUARD" report --state "$BATS_TEST_TMPDIR/state$1" --by ip --hours --since all --utc --top 0 \
		--format json >"$BATS_TEST_TMPDIR/ip.json"
	"$TESTS/bench/truth.py" "$BATS_FILE_TMPDIR/$1/truth.json" "$BATS_TEST_TMPDIR/ip.json"
}

@test "a log read whole gives the truth" {
	for seed in 1 2 3; do
		sweep_seed $seed "$BATS_FILE_TMPDIR/$seed/log"
		is_true $seed
	done
}

@test "a log read again adds nothing" {
	sweep_seed 1 "$BATS_FILE_TMPDIR/1/log"
	sweep_seed 1 "$BATS_FILE_TMPDIR/1/log"
	is_true 1
}

@test "a log that grows in 7 pieces, cut within lines, gives the truth" {
	for seed in 1 2 3; do
		local log=$BATS_FILE_TMPDIR/$seed/log grown=$BATS_TEST_TMPDIR/grown$seed size from=0 to piece
		size=$(stat -c %s "$log")
		for piece in 1 2 3 4 5 6 7; do
			# some odd number, so that a cut falls on the end of a line by chance only
			to=$((piece == 7 ? size : piece * size / 7 - 7919))
			tail -c +$((from + 1)) "$log" | head -c $((to - from)) >>"$grown"
			from=$to
			sweep_seed $seed "$grown"
		done
		cmp "$log" "$grown"
		is_true $seed
	done
}

@test "kill -9 at random moments changes no row" {
	for seed in 1 2 3; do
		MG_TEST_CHUNK=$CHUNK "$TESTS/fault/kill_random.py" --mailguard "$MAILGUARD-test" \
			--root "$BATS_FILE_TMPDIR/$seed/root" --log "$BATS_FILE_TMPDIR/$seed/log" --kills $KILLS_EACH
	done
}

@test "Postfix logs give the truth, whole and in pieces, with both kinds of stamp" {
	local seed iso dir
	for seed in 1 2; do
		iso=$([ $seed = 2 ] && echo --iso || true)
		dir=$BATS_FILE_TMPDIR/postfix$seed
		mkdir -p "$dir/root/etc"
		# shellcheck disable=SC2086 # an option or nothing
		"$TESTS/bench/genlog.py" --kind postfix --lines $LINES_EACH --seed $seed $iso --out "$dir/log" \
			--truth "$dir/truth.json" --userdomains "$dir/root/etc/userdomains" \
			--primary "$dir/root/etc/trueuserdomains" --passwd "$dir/root/etc/passwd" 2>"$dir/out"
		head -c 20000001 "$dir/log" >"$dir/grown"
		sweep_seed postfix$seed "$dir/grown" --dialect postfix
		tail -c +20000002 "$dir/log" >>"$dir/grown"
		sweep_seed postfix$seed "$dir/grown" --dialect postfix
		is_true postfix$seed
		rm -r "$BATS_TEST_TMPDIR/statepostfix$seed"
		sweep_seed postfix$seed "$dir/log" --dialect syslog
		is_true postfix$seed
	done
}

@test "Dovecot logs give the truth, whole and in pieces, through syslog and in a file of its own" {
	local seed dir dialect
	for seed in 1 2 3; do
		dialect=syslog
		set -- --iso
		[ $seed = 1 ] || set -- --dovecot 2.4
		[ $seed != 3 ] || set -- --own
		[ $seed != 3 ] || dialect=dovecot
		dir=$BATS_FILE_TMPDIR/dovecot$seed
		mkdir -p "$dir/root/etc"
		"$TESTS/bench/genlog.py" --kind dovecot --lines $LINES_EACH --seed $seed "$@" --out "$dir/log" \
			--truth "$dir/truth.json" --userdomains "$dir/root/etc/userdomains" \
			--primary "$dir/root/etc/trueuserdomains" --passwd "$dir/root/etc/passwd" 2>"$dir/out"
		head -c 20000001 "$dir/log" >"$dir/grown"
		sweep_seed dovecot$seed "$dir/grown" --dialect $dialect
		tail -c +20000002 "$dir/log" >>"$dir/grown"
		sweep_seed dovecot$seed "$dir/grown" --dialect $dialect
		checks_are_true dovecot$seed
		rm -r "$BATS_TEST_TMPDIR/statedovecot$seed"
		sweep_seed dovecot$seed "$dir/log" --dialect $dialect
		checks_are_true dovecot$seed
	done
	MG_TEST_CHUNK=$CHUNK "$TESTS/fault/kill_random.py" --mailguard "$MAILGUARD-test" --root "$dir/root" \
		--log "$dir/log" --kills 20 --dialect "$dialect"
}

@test "logs of all kinds give the same rows and the truth, whatever the way they are read" {
	# A sample; make fault reads nine of each kind, with a million lines.
	"$TESTS/fault/matrix.py" --mailguard "$MAILGUARD" --lines 60k --domains 2k --seeds 7 \
		--work "$BATS_TEST_TMPDIR"
}

@test "eximstats counts the same messages and bytes of each sender domain" {
	local peers=$TESTS/../build/peers dir=$BATS_FILE_TMPDIR/1 log=$BATS_TEST_TMPDIR/old.log
	"$TESTS/bench/peers.sh" "$peers"
	# Up to the first 23-character id, which eximstats 4.96 does not know, and
	# without quoted senders, which it misreads.
	awk 'length($3) == 23 && $3 ~ /^......-...........-....$/ { exit } !/ <= "/' "$dir/log" >"$log"
	sweep_seed 1 "$log"
	"$MAILGUARD" report --state "$BATS_TEST_TMPDIR/state1" --by sender-domain --since all --top 0 \
		--format json >"$BATS_TEST_TMPDIR/senders.json"
	perl "$peers/usr/sbin/eximstats" -h0 -ne -nt -nr -nvr -q0 -t1000000 -byedomain "$log" \
		>"$BATS_TEST_TMPDIR/eximstats.txt"
	"$TESTS/bench/eximstats.py" "$BATS_TEST_TMPDIR/eximstats.txt" "$BATS_TEST_TMPDIR/senders.json"
}
