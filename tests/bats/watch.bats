# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # run sets output, stderr and lines
#
# What watch does while it runs: with lines, with logs that come and go, with all that fails meanwhile.

bats_require_minimum_version 1.5.0

load ../helper

setup() {
	LOG=$BATS_TEST_TMPDIR/mainlog
	STATE=$BATS_TEST_TMPDIR/state
	ROOT=$BATS_TEST_TMPDIR/host
	ERR=$BATS_TEST_TMPDIR/stderr
	PID=
	mkdir -p "$ROOT/etc/mailguard/policies"
	echo 'joe:x:1000:1000::/home/joe:/bin/sh' >"$ROOT/etc/passwd"
	echo 'a.example: joe' >"$ROOT/etc/mailguard/domains"
	cat >"$ROOT/etc/mailguard/policies/hourly.conf" <<-'END'
		policy = { name = "hourly"; version = "1"; clauses = (
		  { id = "domain"; rule = "rate"; subject = "domain"; count = "recipients"; window = "1h"; limit = 6;
		    action = "throttle"; text = "Six an hour." } ); };
	END
	chmod -R go-w "$ROOT"
	: >"$LOG"
}

teardown() {
	[ -z "$PID" ] || kill -KILL "$PID" 2>/dev/null || true
	exec 8>&-
}

# A submission just now to two recipients; $1 makes its id.
message() {
	echo "$(date '+%F %T') 1xUzR$1-0003rl-0M <= joe@a.example H=(x) [192.0.2.7] P=esmtpsa A=PLAIN:joe@a.example S=100 for a@far.test b@far.test"
}

# watch [BEFORE...] -- [ARG...]: start it behind a command like strace; its process is PID.
watch() {
	local before=()
	while [ "$1" != -- ]; do
		before+=("$1")
		shift
	done
	shift
	TZ='' "${before[@]}" "$MAILGUARD" watch --root "$ROOT" --accounts plain --state "$STATE" "$@" 2>"$ERR" 3>&- &
	PID=$!
}

# until_true COMMAND...: for at most ten seconds.
until_true() {
	local i
	for ((i = 0; i < 200; i++)); do
		if "$@" >/dev/null 2>&1; then
			return 0
		fi
		sleep 0.05
	done
	echo "never: $*" >&2
	cat "$ERR" >&2
	return 1
}

said() {
	grep -q -- "$1" "$ERR"
}

messages() {
	"$MAILGUARD" report --root "$ROOT" --state "$STATE" --since all --top 0 --format json |
		jq '[.rows[].messages] | add // 0'
}

counted() {
	[ "$(messages)" = "$1" ]
}

# stop: it is asked to end, and ends well.
stop() {
	local status=0
	kill -TERM "$PID"
	wait "$PID" || status=$?
	PID=
	[ "$status" = 0 ]
}

findings() {
	"$MAILGUARD" ledger --root "$ROOT" --state "$1" --json | jq -c '[.rows[] | [.id, .count, .since]] | sort | unique'
}

@test "what is logged is counted and judged, and the end is clean" {
	watch -- "$LOG"
	message 1 >>"$LOG"
	until_true counted 1
	message 2 >>"$LOG"
	message 3 >>"$LOG"
	until_true said '1 new finding '
	counted 3
	stop
	run -0 --separate-stderr "$MAILGUARD" ledger --root "$ROOT" --state "$STATE" --json
	[ "$(jq '.rows | length' <<<"$output")" = 1 ]
	[ "$(cat "$ERR")" = "mailguard: 1 new finding and 0 new warnings by 1 clause; see 'mailguard ledger'" ]
}

@test "the ledger is the same as that of one sweep" {
	watch -- "$LOG"
	for i in 1 2 3 4 5 6 7; do
		message "$i" >>"$LOG"
		until_true counted "$i"
	done
	stop
	"$MAILGUARD" sweep --root "$ROOT" --accounts plain --state "$STATE.once" "$LOG"
	[ "$(findings "$STATE" | jq 'map(.[0])')" = "$(findings "$STATE.once" | jq 'map(.[0])')" ]
	[ "$(findings "$STATE.once")" != '[]' ]
}

@test "a log that is rotated is read to its end, and so is the next one" {
	watch -- "$LOG"
	message 1 >>"$LOG"
	until_true counted 1
	exec 8>>"$LOG"
	mv "$LOG" "$LOG.1"
	message 2 >&8
	until_true counted 2
	message 3 >"$LOG"
	until_true counted 3
	message 4 >&8 # a daemon that has not heard of it yet
	message 5 >>"$LOG"
	until_true counted 5
	stop
	run ! said 'warning: '
}

@test "a log that is copied and emptied goes on" {
	watch -- "$LOG"
	message 1 >>"$LOG"
	until_true counted 1
	cp "$LOG" "$LOG.1"
	: >"$LOG"
	message 2 >>"$LOG"
	until_true counted 2
	stop
}

@test "a log that is removed holds up no other one, and is read when it is there again" {
	mkdir "$BATS_TEST_TMPDIR/logs"
	message 1 >"$BATS_TEST_TMPDIR/logs/other"
	watch -- "$LOG" "$BATS_TEST_TMPDIR/logs/other"
	until_true counted 1
	rm -r "$BATS_TEST_TMPDIR/logs"
	until_true said 'other.*no such file'
	message 2 >>"$LOG"
	until_true counted 2
	message 3 >>"$LOG"
	until_true counted 3
	mkdir "$BATS_TEST_TMPDIR/logs"
	message 4 >"$BATS_TEST_TMPDIR/logs/other"
	until_true counted 4
	stop
	[ "$(grep -c 'no such file' "$ERR")" = 1 ]
}

@test "a parser child that is killed costs nothing" {
	watch -- "$LOG"
	until_true test -e "$STATE/health"
	strace -f -qq -o /dev/null -p "$PID" -e trace=landlock_restrict_self \
		-e inject=landlock_restrict_self:signal=KILL 3>&- &
	local strace=$!
	sleep 0.5
	message 1 >>"$LOG"
	until_true said 'ended by signal'
	message 2 >>"$LOG"
	sleep 1
	counted 0
	kill "$strace"
	until_true counted 2
	until_true said 'in order again'
	stop
}

@test "account tables that cannot be read are told once, and tried until they can be" {
	watch -- "$LOG"
	message 1 >>"$LOG"
	until_true counted 1
	mv "$ROOT/etc/mailguard/domains" "$ROOT/domains"
	mkdir "$ROOT/etc/mailguard/domains"
	message 2 >>"$LOG"
	until_true said 'account tables changed'
	message 3 >>"$LOG"
	sleep 2.5
	counted 1
	rmdir "$ROOT/etc/mailguard/domains"
	mv "$ROOT/domains" "$ROOT/etc/mailguard/domains"
	until_true counted 3
	until_true said 'in order again'
	stop
	[ "$(grep -c 'account tables changed' "$ERR")" = 1 ]
}

@test "a disk that is full for a while is told once, and nothing counts twice" {
	watch -- "$LOG"
	message 1 >>"$LOG"
	until_true counted 1
	strace -f -qq -o /dev/null -p "$PID" -e trace=pwrite64 -e inject=pwrite64:error=ENOSPC 3>&- &
	local strace=$!
	sleep 0.5
	message 2 >>"$LOG"
	until_true said 'full'
	message 3 >>"$LOG"
	sleep 1.5
	kill "$strace"
	until_true counted 3
	stop
	[ "$(grep -c 'full' "$ERR")" -le 2 ]
}

@test "it waits for a lock that others have, without a word, and others for its" {
	watch -- "$LOG"
	message 1 >>"$LOG"
	until_true counted 1
	exec 9<"$STATE"
	flock 9
	message 2 >>"$LOG"
	sleep 0.5
	counted 1
	exec 9<&-
	until_true counted 2
	for i in 3 4 5 6; do
		message "$i" >>"$LOG"
		run -0 "$MAILGUARD" sweep --root "$ROOT" --accounts plain --state "$STATE" "$LOG"
	done
	until_true counted 6
	stop
	run ! said 'at work'
}

@test "SIGHUP reads anew what is set; what is wrong leaves all as it was" {
	cat >"$ROOT/etc/mailguard/mailguard.conf" <<-END
		sources = ( { name = "one"; log = "/logs/*.log"; dialect = "exim"; } );
	END
	mkdir "$ROOT/logs"
	message 1 >"$ROOT/logs/a.log"
	watch --
	until_true counted 1
	message 2 >"$ROOT/logs/b.log"
	kill -HUP "$PID"
	until_true counted 2
	echo 'nonsense = 1;' >>"$ROOT/etc/mailguard/mailguard.conf"
	kill -HUP "$PID"
	until_true said nonsense
	message 3 >>"$ROOT/logs/b.log"
	until_true said '1 new finding '
	sed -i '$d' "$ROOT/etc/mailguard/mailguard.conf"
	counted 3
	stop
}

@test "settings that are wrong at the start end it with status 3" {
	echo 'nonsense = 1;' >"$ROOT/etc/mailguard/mailguard.conf"
	run -3 --separate-stderr timeout 10 "$MAILGUARD" watch --root "$ROOT" --state "$STATE" "$LOG"
	[[ "$stderr" == *nonsense* ]]
}

@test "no log, and none that is set, is a usage error" {
	run -2 --separate-stderr timeout 10 "$MAILGUARD" watch --root "$ROOT" --state "$STATE"
	[[ "$stderr" == *"no log given"* ]]
}

@test "where nothing tells of changes it looks every second" {
	watch strace -D -f -qq -o /dev/null -e trace=inotify_init1 -e inject=inotify_init1:error=EMFILE -- "$LOG"
	until_true said 'looked at every second'
	message 1 >>"$LOG"
	until_true counted 1
	message 2 >>"$LOG"
	until_true counted 2
	stop
}

@test "systemd hears that it is ready, how it is, and that it stops" {
	local socket=$BATS_TEST_TMPDIR/notify heard=$BATS_TEST_TMPDIR/heard
	python3 - "$socket" >"$heard" 3>&- <<-'END' &
		import socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind(sys.argv[1])
		s.settimeout(20)
		text = ""
		while text != "STOPPING=1":
		    text = s.recv(4096).decode()
		    print(text, flush=True)
	END
	local listener=$!
	until_true test -S "$socket"
	watch env NOTIFY_SOCKET="$socket" WATCHDOG_USEC=400000 -- "$LOG"
	until_true grep -q 'STATUS=watching 1 logs; 0 findings' "$heard"
	{ message 1; message 2; message 3; } >>"$LOG"
	until_true grep -q 'STATUS=watching 1 logs; 1 findings' "$heard"
	sleep 0.6
	stop
	wait "$listener"
	[ "$(head -n 1 "$heard")" = READY=1 ] || [ "$(sed -n 2p "$heard")" = READY=1 ]
	[ "$(tail -n 1 "$heard")" = STOPPING=1 ]
	[ "$(grep -c WATCHDOG=1 "$heard")" -ge 3 ]
}

@test "a pass that finds nothing new starts no process, reads no tables and writes nothing" {
	watch strace -D -f -qq -o "$BATS_TEST_TMPDIR/calls" -e trace=fork,clone,clone3,vfork,fdatasync,fsync,openat -- "$LOG"
	message 1 >>"$LOG"
	until_true counted 1
	sleep 0.5
	local n
	n=$(wc -l <"$BATS_TEST_TMPDIR/calls")
	touch "$LOG"
	sleep 0.5
	run -0 tail -n +$((n + 1)) "$BATS_TEST_TMPDIR/calls"
	[[ "$output" == *mainlog* ]]
	[[ ! "$output" =~ clone|fork|sync|domains|passwd ]] || { echo "$output"; return 1; }
	stop
}

@test "a state that others may not read, and a second SIGTERM" {
	watch -- "$LOG"
	message 1 >>"$LOG"
	until_true counted 1
	[ "$(stat -c %a "$STATE")" = 700 ]
	kill -STOP "$PID"
	kill -TERM "$PID"
	kill -INT "$PID"
	kill -CONT "$PID"
	local status=0
	wait "$PID" || status=$?
	PID=
	# Both at once: either it ended before the second, or by it.
	[ "$status" = 0 ] || [ "$status" = 130 ] || [ "$status" = 143 ]
}
