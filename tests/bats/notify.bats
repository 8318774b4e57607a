# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016 # run sets output, stderr and lines; scripts expand their own words
#
# The verb notify, and the hooks that are shipped for it: each on the wire, against a service of the test's own.

bats_require_minimum_version 1.5.0

load ../helper

NOW=1772408000 # 2026-03-01 23:33:20 UTC

setup() {
	[ "$(id -u)" -eq 0 ] || mg_skip 'files of root'
	ROOT=$BATS_TEST_TMPDIR/root
	HOOKS=$ROOT/etc/mailguard/hooks.d
	mkdir -p "$HOOKS" "$ROOT/etc/mailguard/policies" "$ROOT/var/lib" "$BATS_TEST_TMPDIR/got"
	cp -r "$TESTS/data/hosts/plain/etc/." "$ROOT/etc/"
	cat >"$ROOT/etc/mailguard/mailguard.conf" <<-'END'
		accounts = "plain";
		sources = ( { name = "mail"; dialect = "exim"; log = "/main.log"; } );
		hooks: { limit = "5s"; grace = "1s"; };
		enforce: { by = [ "exim", "dovecot" ]; };
	END
	printf '%s:x:105:\n' Debian-exim dovecot >>"$ROOT/etc/group"
	: >"$ROOT/main.log"
}

teardown() {
	[ -z "${SERVER-}" ] || kill "$SERVER"
}

mg() { MG_TEST_NOW=${AT-$NOW} "$MAILGUARD-test" "$@" --root "$ROOT"; }

# hook NAME: of the shell, from standard input; $D is a folder of the test's.
hook() {
	{ printf '#!/bin/sh\nD=%s\n' "$BATS_TEST_TMPDIR"; cat; } >"$HOOKS/$1"
	chmod 0755 "$HOOKS/$1"
}

# shipped NAME SED: one of etc/hooks, changed as its head says.
shipped() {
	sed "${2-}" "$TESTS/../etc/hooks/$1" >"$HOOKS/$1"
	chmod 0755 "$HOOKS/$1"
}

# serve STATUS: an HTTP server on a port of its own, in $PORT, that keeps what it is sent.
serve() {
	cat >"$BATS_TEST_TMPDIR/server.py" <<-'END'
		import http.server, itertools, json, sys
		folder, status = sys.argv[1], int(sys.argv[2])
		numbers = itertools.count()
		class Handler(http.server.BaseHTTPRequestHandler):
		    def do_POST(self):
		        body = self.rfile.read(int(self.headers["content-length"]))
		        with open(f"{folder}/{next(numbers)}", "w") as file:
		            json.dump({"headers": dict(self.headers.items()), "body": json.loads(body)}, file)
		        self.send_response(status)
		        self.send_header("location", "http://elsewhere.example/")
		        self.end_headers()
		    def log_message(self, *args):
		        pass
		server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
		print(server.server_port, flush=True)
		server.serve_forever()
	END
	/usr/bin/python3 "$BATS_TEST_TMPDIR/server.py" "$BATS_TEST_TMPDIR/got" "$1" >"$BATS_TEST_TMPDIR/port" 2>/dev/null 3>&- &
	SERVER=$!
	timeout 10 sh -c 'until [ -s "$1" ]; do sleep 0.05; done' sh "$BATS_TEST_TMPDIR/port"
	PORT=$(cat "$BATS_TEST_TMPDIR/port")
}

stop() {
	kill "$SERVER"
	wait "$SERVER" || true
	SERVER=
}

@test "each hook is told of each action once, and only of what began" {
	hook tell <<-'END'
		[ "$1" = notify ] || exit 64
		cat >>"$D/told"
		echo "$MAILGUARD_TITLE|$MAILGUARD_OF|$MAILGUARD_SUBJECT|$MAILGUARD_ACCOUNT|$MAILGUARD_UID" >>"$D/lines"
	END
	hook deaf <<-'END'
		echo "$1" >>"$D/deaf"
		exit 64
	END
	run -0 mg throttle a.example --reason $'x\n\e[31m"'
	run -0 mg block 192.0.2.7 --reason y
	run -0 mg sweep
	run -0 mg sweep
	run -0 cat "$BATS_TEST_TMPDIR/lines"
	[ "$output" = "throttle of a domain|throttle|domain:a.example|alice|5001
block of an ip||||" ]
	[ "$(cat "$BATS_TEST_TMPDIR/deaf")" = notify ]
	run -0 jq -r '[.verb, .of, .subject, .key] | @json' "$BATS_TEST_TMPDIR/told"
	[[ "${lines[0]}" == '["notify","throttle","domain:a.example","'* ]]
	[[ "${lines[1]}" == '["notify",null,null,"'* ]]
	run -0 jq -r .text "$BATS_TEST_TMPDIR/told"
	[[ "$output" == *'Reason:      x\x0a\x1b[31m"'*"mailguard undo "* ]]
	[[ "$output" == *"192.0.2.7"* ]]
	run -0 mg why a.example
	[[ "$output" == *"done "*"by notify:tell"* ]]
	[[ "$output" != *notify:deaf* ]]
}

@test "what waits is told, and its approval under another key" {
	hook tell <<-'END'
		[ "$1" = notify ] || exit 64
		echo "$MAILGUARD_TITLE $MAILGUARD_KEY" >>"$D/lines"
	END
	sed -i 's/^enforce: {/& throttles = 0;/' "$ROOT/etc/mailguard/mailguard.conf"
	cat >"$ROOT/etc/mailguard/policies/p.conf" <<-'END'
		policy: { name = "p"; version = "1"; clauses = (
		  { id = "hourly"; subject = "domain"; count = "recipients"; limit = 1; action = "throttle"; for = "2h";
		    text = "One an hour."; } ); };
	END
	echo '2026-03-01 23:30:00 1w0000-000001-00 <= info@a.example H=(c) [192.0.2.1] P=esmtpsa A=plain:info@a.example S=500 id=1@x for r@far.example' >>"$ROOT/main.log"
	echo '2026-03-01 23:30:00 1w0000-000002-00 <= info@a.example H=(c) [192.0.2.1] P=esmtpsa A=plain:info@a.example S=500 id=2@x for r@far.example' >>"$ROOT/main.log"
	run -0 mg sweep
	id=$(mg why a.example --json | jq -r '.actions[0].id')
	run -0 mg approve "$id" --reason yes
	run -0 mg sweep
	run -0 cat "$BATS_TEST_TMPDIR/lines"
	[[ "${lines[0]}" == "throttle of a mailbox waits for approval $id" || "${lines[0]}" == "throttle of a domain waits for approval $id" ]]
	[[ "${lines[1]}" == "throttle of a "*" was approved $id-approved" ]]
	[ "${#lines[@]}" -eq 2 ]
}

@test "a hook that fails is tried again, under the same key, and keeps no other back" {
	hook bad <<-'END'
		[ "$1" = notify ] || exit 64
		echo "$MAILGUARD_KEY" >>"$D/keys"
		echo "out of order" >&2
		exit 75
	END
	hook good <<-'END'
		[ "$1" = notify ] || exit 64
		echo "$MAILGUARD_KEY" >>"$D/good"
	END
	for i in 1 2 3 4 5; do AT=$((NOW + i)) mg hold a.example --reason "$i"; done
	AT=$((NOW + 9)) run -4 mg sweep
	[[ "$output" == *"the hook 'bad' (notify): later: it ended with status 75; out of order"* ]]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/keys")" -eq 3 ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/good")" -eq 5 ]
	AT=$((NOW + 60)) run -4 mg sweep
	# Those it was not told of come first.
	[ "$(wc -l <"$BATS_TEST_TMPDIR/keys")" -eq 6 ]
	[ "$(sort "$BATS_TEST_TMPDIR/keys" | uniq | wc -l)" -eq 5 ]
	[ "$(sed -n 6p "$BATS_TEST_TMPDIR/keys")" = "$(sed -n 1p "$BATS_TEST_TMPDIR/keys")" ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/good")" -eq 5 ]
	AT=$((NOW + 90000)) run -0 mg sweep
}

@test "killed while a hook is told: it is told again, with the same key" {
	hook tell <<-'END'
		[ "$1" = notify ] || exit 64
		echo "$MAILGUARD_KEY" >>"$D/keys"
		[ -e "$D/once" ] || { touch "$D/once"; kill -9 "$(cat "$D/pid")"; }
	END
	run -0 mg throttle a.example --reason x
	run -137 bash -c 'echo $$ >"$1/pid"; exec env MG_TEST_NOW=$2 "$3-test" sweep --root "$4"' - \
		"$BATS_TEST_TMPDIR" "$NOW" "$MAILGUARD" "$ROOT"
	AT=$((NOW + 60)) run -0 mg sweep
	AT=$((NOW + 120)) run -0 mg sweep
	[ "$(sort "$BATS_TEST_TMPDIR/keys" | uniq -c | awk '{ print $1 }')" = 2 ]
}

@test "notify-post: the JSON as it is, with the key; what is no 2xx comes again" {
	serve 500
	shipped notify-post "s|^url=.*|url=http://127.0.0.1:$PORT/notes|; s|^options=.*|options=$BATS_TEST_TMPDIR/options|"
	echo 'header = "Authorization: Bearer Sesame"' >"$BATS_TEST_TMPDIR/options"
	run -0 mg throttle a.example --reason $'"; $(touch /tmp/x)\n\xff'
	run -4 mg sweep
	[[ "$output" == *"later: it ended with status 75; the service answered 500"* ]]
	stop
	AT=$((NOW + 60)) run -4 mg sweep # nobody there
	serve 302
	sed -i "s|^url=.*|url=http://127.0.0.1:$PORT/notes|" "$HOOKS/notify-post"
	AT=$((NOW + 120)) run -4 mg sweep
	stop
	rm "$BATS_TEST_TMPDIR"/got/*
	serve 204
	sed -i "s|^url=.*|url=http://127.0.0.1:$PORT/notes|" "$HOOKS/notify-post"
	AT=$((NOW + 180)) run -0 mg sweep
	AT=$((NOW + 240)) run -0 mg sweep
	[ "$(ls "$BATS_TEST_TMPDIR/got")" = 0 ]
	run -0 jq -r '[.headers["Content-Type"], .headers.Authorization, .body.subject, .body.reason,
		.headers["Idempotency-Key"] == .body.key] | @json' "$BATS_TEST_TMPDIR/got/0"
	[ "$output" = '["application/json","Bearer Sesame","domain:a.example","\"; $(touch /tmp/x)\n�",true]' ]
	[[ "$(mg why a.example)" != *Sesame* ]]
}

@test "notify-post without an address says so" {
	shipped notify-post
	run -0 mg throttle a.example --reason x
	run -4 mg sweep
	[[ "$output" == *"no address is set in "*"/notify-post"* ]]
}

# apart COMMAND...: with a /dev and a /usr/local/sbin of its own, in $BATS_TEST_TMPDIR/{dev,sbin}.
apart() {
	mkdir -p "$BATS_TEST_TMPDIR/dev" "$BATS_TEST_TMPDIR/sbin"
	unshare --mount sh -c 'set -e
		cd "$1"
		for n in null zero urandom; do touch "dev/$n"; mount --bind "/dev/$n" "dev/$n"; done
		ln -sfn /proc/self/fd dev/fd
		mount --rbind dev /dev
		mount --bind sbin /usr/local/sbin
		shift
		exec "$@"' sh "$BATS_TEST_TMPDIR" "$@"
}

@test "notify-syslog: one line to /dev/log, and later where nobody listens" {
	shipped notify-syslog
	run -0 mg throttle a.example --reason x
	run -4 apart env MG_TEST_NOW=$NOW "$MAILGUARD-test" sweep --root "$ROOT"
	[[ "$output" == *"the hook 'notify-syslog' (notify): later: it ended with status 75; "* ]]
	cat >"$BATS_TEST_TMPDIR/listen.py" <<-'END'
		import socket, subprocess, sys
		listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		listener.bind("/dev/log")
		status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
		listener.setblocking(False)
		while True:
		    try:
		        print(ascii(listener.recv(65536).decode()))
		    except BlockingIOError:
		        break
		sys.exit(status)
	END
	run -0 apart /usr/bin/python3 "$BATS_TEST_TMPDIR/listen.py" env MG_TEST_NOW=$NOW "$MAILGUARD-test" sweep --root "$ROOT"
	[ "${#lines[@]}" -eq 1 ]
	[[ "$output" =~ ^"'<20>"[A-Z][a-z][a-z]\ .*" mailguard: throttle of a domain (domain:a.example, action "[0-9a-f]{16}")'"$ ]]
}

@test "notify-mail: a message without a fault, whatever the reason is" {
	shipped notify-mail 's/^to=.*/to=postmaster@host.example/'
	mkdir -p "$BATS_TEST_TMPDIR/sbin"
	printf '#!/bin/sh\necho "$*" >>%s/arguments\ncat >%s/mail\nexit ${FAIL-0}\n' "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR" \
		>"$BATS_TEST_TMPDIR/sbin/sendmail"
	chmod 755 "$BATS_TEST_TMPDIR/sbin/sendmail"
	run -0 mg throttle a.example --reason "$(printf 'x\n.\nBcc: all@far.example\n=?utf-8?q?y?= %03000d' 0)"
	run -0 apart env MG_TEST_NOW=$NOW "$MAILGUARD-test" sweep --root "$ROOT"
		[ "$(cat "$BATS_TEST_TMPDIR/arguments")" = '-i -- postmaster@host.example' ]
	run -0 /usr/bin/python3 - "$BATS_TEST_TMPDIR/mail" <<-'END'
		import email, email.policy, sys
		raw = open(sys.argv[1], "rb").read()
		assert max(map(len, raw.split(b"\n"))) <= 998
		m = email.message_from_bytes(raw, policy=email.policy.default)
		assert not m.defects and m.keys() == ["To", "Subject", "Auto-Submitted", "MIME-Version", "Content-Type"], m.keys()
		print(m["subject"])
		assert r"x\\x0a.\\x0aBcc: all@far.example" in " ".join(m.get_content().split())
	END
	[ "$output" = "mailguard: throttle of a domain" ]
	sed -i 's/^exit.*/exit 1/' "$BATS_TEST_TMPDIR/sbin/sendmail"
	run -0 mg hold a.example --reason x
	run -4 apart env MG_TEST_NOW=$NOW "$MAILGUARD-test" sweep --root "$ROOT"
}
