# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016 # run sets output, stderr and lines; scripts expand their own words
#
# Bundles of evidence: what is in them, that the same question gives the same bytes, that others verify them, how they
# end. A real Exim wrote the log.

bats_require_minimum_version 1.5.0

load ../helper

NOW=1795327200 # 2026-11-22 06:00 UTC

setup() {
	ROOT=$BATS_TEST_TMPDIR/root
	STATE=$ROOT/var/lib/mailguard
	mkdir -p "$ROOT/var/lib" "$ROOT/var/log" "$ROOT/etc"
	cp -r "$TESTS/data/hosts/plain/etc/." "$ROOT/etc/"
	LOG=$ROOT/var/log/mainlog
	cp "$TESTS/data/exim/demo.log" "$LOG"
	touch -d @$((NOW - 60)) "$LOG"
	mg sweep -q --state "$STATE" "$LOG"
}

mg() {
	MG_TEST_NOW=${AT-$NOW} "$MAILGUARD-test" "$@" --root "$ROOT"
}

# create SUBJECT OPTION...: make a bundle; its path is in BUNDLE, its folder in NAME.
create() {
	BUNDLE=$(mg evidence create "$@" --json | jq -r .name)
	NAME=$BUNDLE
	BUNDLE=$STATE/evidence/$BUNDLE.tar.gz
}

# unpack: BUNDLE into DIR.
unpack() {
	mkdir "$BATS_TEST_TMPDIR/out"
	bsdtar -xf "$BUNDLE" -C "$BATS_TEST_TMPDIR/out"
	DIR=$BATS_TEST_TMPDIR/out/$NAME
}

# spoil FILE: a byte of it is another, whatever it was.
spoil() {
	python3 -c 'if True:
		import sys
		with open(sys.argv[1], "r+b") as f:
		    bytes = bytearray(f.read())
		    bytes[100] ^= 1
		    f.seek(0)
		    f.write(bytes)' "$1"
}

@test "a bundle holds the exact lines of its subject, and says where they stand" {
	create ann@a.example --reason 'case 42'
	unpack
	(cd "$DIR" && sha256sum --quiet -c SHA256SUMS)
	# Each line is one of the log, byte for byte, where the ranges say.
	python3 - "$LOG" "$DIR" <<-'END'
		import json, sys
		log, folder = open(sys.argv[1], "rb").read(), sys.argv[2]
		about = json.load(open(folder + "/log/0001.json"))
		lines = open(folder + "/log/0001.log", "rb").read()
		assert about["path"] == sys.argv[1]
		assert b"".join(log[a:a + n] for a, n in about["ranges"]) == lines
		assert lines.count(b"\n") == about["lines"] > 0
	END
	# What was charged to her when it was counted, and nothing else that came in.
	n=$(grep -c ' <= .* A=PLAIN:ann@a.example ' "$DIR/log/0001.log")
	[ "$n" = "$(jq '[.rows[].messages] | add' "$DIR/counts.json")" ]
	[ "$n" = "$(grep -c ' <= .* A=PLAIN:ann@a.example ' "$LOG")" ]
	[ "$(jq '[.rows[].delivered] | add' "$DIR/counts.json")" = "$(grep -cE ' (=>|->) ' "$DIR/log/0001.log")" ]
	run ! grep -F 'A=PLAIN:ben@' "$DIR/log/0001.log"
	[ "$(jq -c '[.account, .uid, .domains]' "$DIR/account.json")" = '["alice",5001,["a.example","b.example"]]' ]
	[ "$(jq -c '[.schema, .per, .subject, .by != "", .reason, .since, .until, .cut]' "$DIR/manifest.json")" = \
		'["mailguard.evidence/1","mailbox","ann@a.example",true,"case 42","2026-11-21T06:00:00Z","2026-11-22T06:00:00Z",[]]' ]
	[ "$(jq -r '.files[] | .sha256 + "  " + .name' "$DIR/manifest.json" | sort)" = \
		"$(grep -v manifest.json "$DIR/SHA256SUMS" | sort)" ]
}

@test "the same question gives the same bytes, and is recorded once" {
	create ann@a.example
	first=$(sha256sum <"$BUNDLE")
	cp "$BUNDLE.minisig" "$BATS_TEST_TMPDIR/first"
	rm "$BUNDLE"
	create ann@a.example
	[ "$(sha256sum <"$BUNDLE")" = "$first" ]
	cmp "$BUNDLE.minisig" "$BATS_TEST_TMPDIR/first"
	[ "$(mg evidence list --json | jq '.rows | length')" = 1 ]
	create domain:b.example
	[ "$(mg evidence list --json | jq '.rows | length')" = 2 ]
	# Asked anew it has no other bundle before it.
	create ann@a.example
	[ "$(sha256sum <"$BUNDLE")" = "$first" ]
	# Other bytes are another bundle, and the first one stays.
	create ann@a.example --reason another
	[[ "$NAME" == *-asked-2 ]]
	[ "$(sha256sum <"$STATE/evidence/${NAME%-2}.tar.gz")" = "$first" ]
	run -0 --separate-stderr mg ledger verify
}

@test "JSON of the list and of a manifest keeps to its schema" {
	create ann@a.example --reason why
	DOC=$BATS_TEST_TMPDIR/list.json
	mg evidence list --json >"$DOC"
	KIND=bundles run -0 validate
	DOC=$BATS_TEST_TMPDIR/manifest.json
	mg evidence show "$NAME" --json >"$DOC"
	KIND=evidence run -0 validate
}

@test "an investigation names the mechanism, what is behind it, and who refused what" {
	mg investigate account:alice --json >"$BATS_TEST_TMPDIR/doc"
	DOC=$BATS_TEST_TMPDIR/doc
	KIND=investigation run -0 validate
	n=$(grep -c ' <= .* A=PLAIN:info@a.example ' "$LOG")
	[ "$(jq --arg t info@a.example '.facts[] | select(.kind == "login" and .text == $t).n' "$DOC")" = "$n" ]
	[ "$(jq -r '.facts[] | select(.kind == "script").text' "$DOC")" = /home/alice/public_html/shop ]
	[ "$(jq -r '.facts[] | select(.kind == "helo" and .text == "winbox").n' "$DOC")" = 25 ]
	[ "$(jq -c '[.mechanism, .addresses, .networks]' "$DOC")" = '["login",4,3]' ]
	jq -e '.facts[] | select(.kind == "refused" and .text == "prey0.test: 550 5.1.1 <>: No such user") | .n > 1' "$DOC"
	jq -e '.facts[] | select(.kind == "refused" and .text == "prey0.test: 554 5.7.1 <>: refused as spam") | .n > 1' "$DOC"
	run -0 --separate-stderr mg investigate ann@a.example
	[[ "$output" == *"
Messages by login
       29  2026-11-22 04:45:33 +0000  ann@a.example
"* ]]
	# The same stands in a bundle.
	create account:alice
	unpack
	cmp "$DIR/investigation.json" "$DOC"
	run -2 --separate-stderr mg investigate
	run -2 --separate-stderr mg investigate nobody.example
}

# arrivals ADDRESS...: messages by a login, in a log of their own.
arrivals() {
	local i=0
	for ip in "$@"; do
		printf '2026-11-22 05:00:%02d +0000 1xUAA%c-0004C4-1p <= ann@a.example H=(%s) [%s] P=esmtpa A=PLAIN:ann@a.example S=900 for x@b.test\n' \
			$i "$(printf '%b' "\\x$((41 + i))")" "${HELO-pc}" "$ip"
		i=$((i + 1))
	done >"$LOG"
	touch -d @$((NOW - 60)) "$LOG"
	rm -r "${STATE:?}"
	mg sweep -q --state "$STATE" "$LOG"
}

# other DIALECT LOG: another log instead, of the time when it was written.
other() {
	cp "$TESTS/data/$2" "$LOG"
	touch -d @$((NOW - 60)) "$LOG"
	rm -r "${STATE:?}"
	mg sweep -q --state "$STATE" --dialect "$1" "$LOG"
}

@test "lines of Postfix and of Dovecot are those that were counted, hostile ones too" {
	AT=$((NOW + 86400))
	for log in 3.7-hostile 3.10-filter; do
		other postfix "postfix/$log.log"
		create joe@a.example --since 2026-11-01
		unpack
		n=$(jq '[.rows[].messages] | add' "$DIR/counts.json")
		[ "$n" -gt 0 ]
		# Of each message its first line, its last, and all between.
		grep -oE ' [0-9A-F]{8,}: (client=|removed)| [0-9A-Za-z]{12,}: (client=|removed)' "$DIR/log/0001.log" |
			sort | uniq -c >"$BATS_TEST_TMPDIR/ids"
		[ "$(grep -c 'client=' "$BATS_TEST_TMPDIR/ids")" -ge "$n" ]
		run ! grep -F 'sasl_username=ann@' "$DIR/log/0001.log"
		rm -r "${BATS_TEST_TMPDIR:?}/out"
	done
	other dovecot dovecot/2.3-own.log
	create domain:a.example --since 2026-11-01
	unpack
	[ "$(grep -c ' Login: user=<[^>]*@a.example>' "$DIR/log/0001.log")" = "$(wc -l <"$DIR/log/0001.log")" ]
	jq -e '.facts[] | select(.kind == "check")' "$DIR/investigation.json"
}

@test "a login from four networks is a stolen password, from three it is not" {
	arrivals 192.0.2.1 192.0.2.2 198.51.100.1 203.0.113.1
	[ "$(mg investigate ann@a.example --json | jq -c '[.mechanism, .networks]')" = '["login",3]' ]
	arrivals 192.0.2.1 198.51.100.1 203.0.113.1 2001:db8::1
	[ "$(mg investigate ann@a.example --json | jq -c '[.mechanism, .networks]')" = '["stolen-password",4]' ]
	rm "$LOG"
	[ "$(mg investigate ann@a.example --json | jq -r .mechanism)" = unknown ]
}

@test "A50: what a client calls itself reaches no terminal as it came" {
	HELO=$'e\033[31m\302\233x' arrivals 192.0.2.1
	run -0 --separate-stderr mg investigate ann@a.example
	[[ "$output" == *'e\x1b[31m\xc2\x9bx'* ]]
	LC_ALL=C run ! grep -q '[^ -~]' <(printf '%s' "$output" | tr -d '\n')
	create ann@a.example
	mg evidence show "$NAME" >"$BATS_TEST_TMPDIR/shown"
	LC_ALL=C run ! grep -q '[^ -~]' "$BATS_TEST_TMPDIR/shown"
}

@test "each bundle has the hash of the one before" {
	create ann@a.example
	unpack
	[ "$(jq -c .previous "$DIR/manifest.json")" = null ]
	rm -r "${BATS_TEST_TMPDIR:?}/out"
	before=$NAME
	sum=$(sha256sum <"$BUNDLE")
	create ben@a.example
	unpack
	[ "$(jq -r '.previous | .name + " " + .sha256' "$DIR/manifest.json")" = "$before ${sum%% *}" ]
}

@test "minisign and signify verify it with the public key, and see a changed byte" {
	create ann@a.example
	mg evidence key >"$BATS_TEST_TMPDIR/key.pub"
	minisign -Vq -p "$BATS_TEST_TMPDIR/key.pub" -m "$BUNDLE"
	[ "$(minisign -VQ -p "$BATS_TEST_TMPDIR/key.pub" -m "$BUNDLE")" = "$NAME" ]
	signify-openbsd -Vq -p "$BATS_TEST_TMPDIR/key.pub" -m "$BUNDLE" -x "$BUNDLE.minisig"
	spoil "$BUNDLE"
	run ! minisign -Vq -p "$BATS_TEST_TMPDIR/key.pub" -m "$BUNDLE"
	run -1 --separate-stderr mg evidence verify "$NAME"
	[[ "$stderr" == *"is not as it was signed by key "* ]]
	run -1 --separate-stderr mg evidence show "$NAME"
	[ -z "$output" ]
}

@test "another machine verifies it without state and settings" {
	create ann@a.example
	mg evidence key >"$BATS_TEST_TMPDIR/key.pub"
	mkdir "$BATS_TEST_TMPDIR/away"
	cp "$BUNDLE" "$BUNDLE.minisig" "$BATS_TEST_TMPDIR/away/"
	cd "$BATS_TEST_TMPDIR/away"
	run -0 --separate-stderr "$MAILGUARD" evidence verify "./$NAME.tar.gz" --pubkey ../key.pub --root /nonexistent
	[[ "$output" == *' files, each as it was sealed by key '* ]]
	run -0 --separate-stderr "$MAILGUARD" evidence verify "./$NAME.tar.gz" --pubkey "$(tail -n 1 ../key.pub)" --json
	[ "$(jq .verified <<<"$output")" = true ]
	minisign -GW -p other.pub -s other.key >/dev/null
	run -1 --separate-stderr "$MAILGUARD" evidence verify "./$NAME.tar.gz" --pubkey other.pub
	[[ "$stderr" == *'it is signed by key '*' and not by key '* ]]
	run -5 --separate-stderr "$MAILGUARD" evidence verify "./$NAME.tar.gz" --pubkey "$BATS_TEST_TMPDIR/root/etc/passwd"
	rm "$NAME.tar.gz.minisig"
	run -4 --separate-stderr "$MAILGUARD" evidence verify "./$NAME.tar.gz" --pubkey ../key.pub
}

@test "an archive that somebody else made is never opened, whatever it holds" {
	create ann@a.example
	minisign -GW -p "$BATS_TEST_TMPDIR/other.pub" -s "$BATS_TEST_TMPDIR/other.key" >/dev/null
	cd "$BATS_TEST_TMPDIR"
	ln -s /etc/passwd link
	for what in link root; do
		bsdtar -czf evil.tar.gz "$what"
		minisign -SlW -s other.key -m evil.tar.gz >/dev/null </dev/null
		run -1 --separate-stderr mg evidence verify ./evil.tar.gz
		run ! --separate-stderr "$MAILGUARD" evidence verify ./evil.tar.gz --pubkey other.pub
		[ "$status" = 5 ]
	done
}

@test "A38: what is extracted are regular files in one folder, and nothing outside changes" {
	[ "$(id -u)" -eq 0 ] || mg_skip 'needs root'
	create domain:a.example
	bsdtar -tvf "$BUNDLE" >"$BATS_TEST_TMPDIR/list"
	run ! grep -v '^-rw-r--r-- ' "$BATS_TEST_TMPDIR/list"
	bsdtar -tf "$BUNDLE" >"$BATS_TEST_TMPDIR/list"
	run ! grep -vE "^$NAME/[A-Za-z0-9._/-]+$" "$BATS_TEST_TMPDIR/list"
	[ "$(bsdtar -tf "$BUNDLE")" = "$(bsdtar -tf "$BUNDLE" | LC_ALL=C sort -u)" ]
	mkdir -p "$BATS_TEST_TMPDIR/world/in"
	bsdtar -xPf "$BUNDLE" -C "$BATS_TEST_TMPDIR/world/in"
	[ "$(ls "$BATS_TEST_TMPDIR/world/in")" = "$NAME" ]
	[ "$(ls "$BATS_TEST_TMPDIR/world")" = in ]
	python3 -c 'import sys, tarfile; assert all(m.isreg() for m in tarfile.open(sys.argv[1]))' "$BUNDLE"
}

# shop: what lies in the directory that alice's scripts sent from, all of it hers.
shop() {
	[ "$(id -u)" -eq 0 ] || mg_skip 'only root can give files away'
	SHOP=$ROOT/home/alice/public_html/shop
	mkdir -p "$SHOP"
	printf '<?php mail();' >"$SHOP/send.php"
	printf logo >"$SHOP/logo.png"
	chown -R 5001:5001 "$ROOT/home/alice"
}

@test "A38: the script that sent is in the bundle, whatever it is called" {
	shop
	python3 - "$SHOP" <<-'END'
		import os, sys
		for name in (b"new\nline.php", b"-rf.php", b"..\\..\\x.php", b"\xff" * 251 + b".php", b"$(x);a.php"):
		    path = os.path.join(sys.argv[1].encode(), name)
		    open(path, "wb").write(b"by " + name)
		    os.chown(path, 5001, 5001)
	END
	create account:alice
	unpack
	(cd "$DIR" && sha256sum --quiet -c SHA256SUMS)
	[ "$(ls "$DIR/script")" = "$(printf '%06d.txt\n' 1 2 3 4 5 6)
files.json" ]
	python3 - "$DIR" <<-'END'
		import json, sys
		folder = sys.argv[1]
		for f in json.load(open(folder + "/manifest.json"))["files"]:
		    if f["name"].startswith("script/0"):
		        name = f["origin"]["path"].rsplit("/", 1)[1]
		        bytes = open(folder + "/" + f["name"], "rb").read()
		        assert f["origin"]["uid"] == 5001 and f["origin"]["bytes"] == len(bytes)
		        assert bytes == b"<?php mail();" or bytes[:3] == b"by ", bytes
	END
	[ "$(jq -r '.[0].files[] | select(.path | endswith("logo.png")).note' "$DIR/script/files.json")" = 'no script' ]
	bsdtar -tvf "$BUNDLE" >"$BATS_TEST_TMPDIR/list"
	run ! grep -v '^-rw-r--r-- ' "$BATS_TEST_TMPDIR/list"
	tar -tzf "$BUNDLE" >"$BATS_TEST_TMPDIR/list"
	run ! grep -vE "^$NAME/[A-Za-z0-9._/-]+$" "$BATS_TEST_TMPDIR/list"
	python3 -c 'import sys, tarfile; assert all(m.isreg() for m in tarfile.open(sys.argv[1]))' "$BUNDLE"
	# The same home gives the same bytes.
	first=$(sha256sum <"$BUNDLE")
	create account:alice
	[ "$(sha256sum <"$BUNDLE")" = "$first" ]
	mg investigate account:alice --json >"$BATS_TEST_TMPDIR/doc"
	DOC=$BATS_TEST_TMPDIR/doc
	KIND=investigation run -0 validate
	[ "$(jq '.scripts | length' "$DOC")" = 6 ]
	mg investigate account:alice >"$BATS_TEST_TMPDIR/text"
	grep -F 'shop/new\x0aline.php' "$BATS_TEST_TMPDIR/text"
	LC_ALL=C run ! grep -q '[^ -~]' "$BATS_TEST_TMPDIR/text"
}

@test "A36: nothing of another's gets into a bundle through an account's home" {
	shop
	printf 'top secret' >"$ROOT/etc/secret"
	chmod 600 "$ROOT/etc/secret"
	ln "$ROOT/etc/secret" "$SHOP/hard.php"
	ln -s /etc/secret "$SHOP/soft.php"
	ln -s /proc/self/root/etc/shadow "$SHOP/magic.php"
	mkfifo "$SHOP/fifo.php"
	create account:alice
	unpack
	[ "$(ls "$DIR/script")" = '000001.txt
files.json' ]
	run ! grep -r 'top secret' "$DIR"
	# The directory itself is a link to where the secret is, or the home another's.
	rm -r "${SHOP:?}"
	ln -s /etc "$SHOP"
	mg investigate account:alice >"$BATS_TEST_TMPDIR/text"
	grep -F 'there is no such directory, or a link leads to it' "$BATS_TEST_TMPDIR/text"
	chown 5002 "$ROOT/home/alice"
	mg investigate account:alice >"$BATS_TEST_TMPDIR/text"
	grep -F "the home is another user's" "$BATS_TEST_TMPDIR/text"
	# Only of whom it is about.
	mg investigate account:bob --json | jq -e '.scripts == []'
}

@test "the script that PHP names in a header which Exim logs is the one that sent; else it is said to be a guess" {
	shop
	for i in {1..40}; do printf '<?php' >"$SHOP/new$i.php"; done
	mkdir -p "$SHOP/inc"
	touch -d '2026-11-01 00:00' "$SHOP/send.php"
	chown -R 5001:5001 "$SHOP"
	mg investigate account:alice >"$BATS_TEST_TMPDIR/text"
	grep -F 'Which of them sent is a guess' "$BATS_TEST_TMPDIR/text"
	run ! grep -F 'named in the log' "$BATS_TEST_TMPDIR/text"
	# A site's ACL logs the header before the message has arrived; a subject says the same, and is no such line.
	python3 - "$LOG" <<-'END'
		import re, sys
		out = []
		for line in open(sys.argv[1], "rb"):
		    m = re.match(rb"(\S+ \S+ \S+) (\S+) <= .* U=alice ", line)
		    if m:
		        out.append(b"%s %s U=alice Warning: X-PHP-Originating-Script: 5001:send.php\n" % m.groups())
		        out.append(b"%s %s X-PHP-Originating-Script: 5001:../../etc/shadow\n" % (m[1], b"1wL5aa-000000000aa-1aaa"))
		        line = line.replace(b" for ", b" T=\"X-PHP-Originating-Script: 5001:new1.php\" for ", 1)
		    out.append(line)
		open(sys.argv[1], "wb").write(b"".join(out))
	END
	create account:alice
	unpack
	mg investigate account:alice --json >"$BATS_TEST_TMPDIR/doc"
	DOC=$BATS_TEST_TMPDIR/doc
	KIND=investigation run -0 validate
	[ "$(jq -c '[.facts[] | select(.kind == "file").text]' "$DOC")" = '["5001:send.php"]' ]
	[ "$(jq -c '[.scripts[] | select(.named) | .path, .copy]' "$DOC")" = \
		'["/home/alice/public_html/shop/send.php","script/000001.txt"]' ]
	[ "$(<"$DIR/script/000001.txt")" = '<?php mail();' ]
	mg investigate account:alice >"$BATS_TEST_TMPDIR/text"
	grep -F 'shop/send.php (named in the log)' "$BATS_TEST_TMPDIR/text"
	run ! grep -F 'is a guess' "$BATS_TEST_TMPDIR/text"
	# One that is somewhere else is said to be.
	rm "$SHOP/send.php"
	mg investigate account:alice >"$BATS_TEST_TMPDIR/text"
	grep -F 'send.php, which the log names, is in no directory that was looked at' "$BATS_TEST_TMPDIR/text"
}

# web FILE LINE...: an access log of root's, or more lines of it; "TIME METHOD PATH CLIENT".
web() {
	local file=$ROOT/var/log/web/$1 line at method path client
	mkdir -p "${file%/*}"
	for line in "${@:2}"; do
		read -r at method path client <<<"$line"
		printf '%s - - [22/Nov/2026:%s +0000] "%s %s HTTP/1.1" 200 17 "-" "curl"\n' \
			"$client" "$at" "$method" "$path" >>"$file"
	done
	printf 'weblogs = [ "/var/log/web/%%d.log", "/var/log/web/%%u/access" ];\n' >"$ROOT/etc/mailguard/mailguard.conf"
}

@test "requests to the web server near what a script sent are told, and are in the bundle" {
	shop
	# The script sent at 04:45 and 04:46.
	web a.example.log '04:39:59 POST /early.php 203.0.113.1' '04:41:00 POST /shop/send.php?to=joe 203.0.113.7' \
		'04:45:40 POST /shop/send.php 203.0.113.7' '04:46:01 POST /shop/send.php 198.51.100.9' \
		'04:46:02 GET /shop/logo.png 203.0.113.8' '04:47:59 PUT /x 203.0.113.8' '04:48:00 POST /late.php 203.0.113.1'
	web b.example.log.1 '04:46:30 POST /other.php 203.0.113.7'
	gzip "$ROOT/var/log/web/b.example.log.1"
	web alice/access '05:46:31 POST /later.php 203.0.113.7'
	# Neither another customer's nor what is only called alike.
	web c.example.log '04:46:30 POST /bob.php 203.0.113.7'
	web a.example.log.example.org.log '04:46:30 POST /not-hers.php 203.0.113.7'
	printf '%s\n' 'no line of such a log' >>"$ROOT/var/log/web/a.example.log"
	mg investigate account:alice --json >"$BATS_TEST_TMPDIR/doc"
	DOC=$BATS_TEST_TMPDIR/doc
	KIND=investigation run -0 validate
	[ "$(jq -c '[.facts[] | select(.kind == "post") | [.n, .text]]' "$DOC")" = '[[3,"/shop/send.php"],[1,"/other.php"]]' ]
	[ "$(jq -c '[.facts[] | select(.kind == "client") | [.n, .text]]' "$DOC")" = '[[3,"203.0.113.7"],[1,"198.51.100.9"]]' ]
	mg investigate account:alice >"$BATS_TEST_TMPDIR/text"
	grep -A1 'POST requests to the web server' "$BATS_TEST_TMPDIR/text" | grep -F ' 3  2026-11-22 04:41:00 +0000  /shop/send.php'
	create account:alice
	unpack
	# The lines as they are, where it says they are.
	[ "$(cat "$DIR"/web/*.log | wc -l)" = 6 ]
	[ "$(grep -c . "$DIR/web/0001.log" "$DIR/web/0002.log" | cut -d: -f2 | sort | xargs)" = '1 5' ]
	python3 - "$ROOT" "$DIR/web" <<-'END'
		import glob, gzip, json, sys
		for name in glob.glob(sys.argv[2] + "/*.json"):
		    about = json.load(open(name))
		    whole = (gzip.open if about["packed"] else open)(sys.argv[1] + about["path"], "rb").read()
		    parts = b"".join(whole[a:a + n] for a, n in about["ranges"])
		    assert parts == open(name[:-4] + "log", "rb").read()
	END
	grep -F 'web/            requests to the web server' "$DIR/README.txt"
	run ! grep -rE 'early|late|bob|not-hers' "$DIR/web"
	first=$(sha256sum <"$BUNDLE")
	create account:alice
	[ "$(sha256sum <"$BUNDLE")" = "$first" ]
	# A mailbox that sent by a login has nothing to do with it.
	mg investigate ann@a.example --json | jq -e '[.facts[] | select(.kind == "post")] == []'
	[ "$(mg investigate account:bob --json | jq -c '[.facts[] | select(.kind == "post").text]')" = '["/bob.php"]' ]
}

@test "an access log that a customer could have replaced is not read, and that is said" {
	shop
	web a.example.log '04:45:40 POST /shop/send.php 203.0.113.7'
	mg investigate account:alice --json | jq -e '[.facts[] | select(.kind == "post")] | length == 1'
	# Where he may write, anything may lie: another customer's log.
	web c.example.log '04:46:30 POST /bob.php 203.0.113.7'
	web alice/none '04:45:40 POST /x 203.0.113.7'
	ln "$ROOT/var/log/web/c.example.log" "$ROOT/var/log/web/alice/access"
	chown 5001 "$ROOT/var/log/web/alice"
	mg investigate account:alice --json >"$BATS_TEST_TMPDIR/doc"
	jq -e '[.facts[] | select(.text | test("bob"))] == []' "$BATS_TEST_TMPDIR/doc"
	jq -e '[.cut[] | select(test("^web: .*/var/log/web/alice. belongs to uid 5001"))] | length == 1' "$BATS_TEST_TMPDIR/doc"
	# A link, in place of a log.
	rm "$ROOT/var/log/web/a.example.log"
	ln -s c.example.log "$ROOT/var/log/web/a.example.log"
	mg investigate account:alice --json >"$BATS_TEST_TMPDIR/doc"
	jq -e '[.facts[] | select(.kind == "post")] == []' "$BATS_TEST_TMPDIR/doc"
	jq -e '[.cut[] | select(test("^web: .*a.example.log"))] | length == 1' "$BATS_TEST_TMPDIR/doc"
	# A log of everybody's is none of his.
	printf 'weblogs = [ "/var/log/access.log" ];\n' >"$ROOT/etc/mailguard/mailguard.conf"
	run -3 --separate-stderr mg config check
	[[ $stderr == *'%d (the domain)'* ]]
}

@test "no access log at all is said" {
	shop
	mg investigate account:alice >"$BATS_TEST_TMPDIR/text"
	grep -F 'web: no access log of the web server was found; the setting weblogs says where they are' "$BATS_TEST_TMPDIR/text"
}

@test "a flood of requests for pages does not push what was posted out of the bundle" {
	shop
	web a.example.log
	python3 - "$ROOT/var/log/web/a.example.log" <<-'END'
		import sys
		with open(sys.argv[1], "w") as f:
		    for i in range(60000):
		        f.write('203.0.113.9 - - [22/Nov/2026:04:45:00 +0000] "GET /%s HTTP/1.1" 200 5\n' % ("x" * 100))
		    f.write('203.0.113.7 - - [22/Nov/2026:04:45:30 +0000] "POST /shop/send.php HTTP/1.1" 200 5\n')
	END
	create account:alice
	unpack
	[ "$(tail -n 1 "$DIR/web/0001.log" | cut -d'"' -f2)" = 'POST /shop/send.php HTTP/1.1' ]
	jq -e '[.cut[] | select(test("^web: [0-9]+ more lines"))] | length == 1' "$DIR/manifest.json"
}

@test "a log that its owner made endless hides neither its end nor other logs" {
	shop
	web a.example.log '04:45:39 POST /early.php 203.0.113.7'
	web b.example.log '04:46:30 POST /other.php 203.0.113.7'
	# Beyond what is read; nothing is stored of its middle.
	truncate -s 3G "$ROOT/var/log/web/a.example.log"
	printf '\n' >>"$ROOT/var/log/web/a.example.log"
	web a.example.log '04:45:40 POST /shop/send.php 203.0.113.7'
	touch "$ROOT/var/log/web/a.example.log"
	mg investigate account:alice --json >"$BATS_TEST_TMPDIR/doc"
	jq -c '[[.facts[] | select(.kind == "post").text], .cut]' "$BATS_TEST_TMPDIR/doc"
	jq -e '[.facts[] | select(.kind == "post").text] | index("/shop/send.php")' "$BATS_TEST_TMPDIR/doc"
	jq -e '[.cut[] | select(test("^web: the first [0-9]+ bytes of /var/log/web/a.example.log were not read"))] | length == 1' \
		"$BATS_TEST_TMPDIR/doc"
	# A compressed one is read so far.
	python3 - "$ROOT/var/log/web/b.example.log.1.gz" <<-'END'
		import gzip, sys
		with gzip.open(sys.argv[1], "wb", 9) as f:
		    f.write(b'203.0.113.9 - - [22/Nov/2026:04:46:30 +0000] "POST /first.php HTTP/1.1" 200 5\n')
		    for i in range(40):
		        f.write(b"\n" * (1 << 20))
		    f.write(b'203.0.113.9 - - [22/Nov/2026:04:46:30 +0000] "POST /last.php HTTP/1.1" 200 5\n')
	END
	rm "$ROOT/var/log/web/a.example.log"
	mg investigate account:alice --json >"$BATS_TEST_TMPDIR/doc"
	[ "$(jq -c '[.facts[] | select(.kind == "post").text] | sort' "$BATS_TEST_TMPDIR/doc")" = '["/first.php","/other.php"]' ]
	jq -e '[.cut[] | select(test("^web: .* 1 of 2 logs could not be read to the end"))] | length == 1' "$BATS_TEST_TMPDIR/doc"
}

@test "a request whose line is too long is told, and what is not kept is noted" {
	shop
	web a.example.log '04:45:40 GET /x 203.0.113.7'
	python3 - "$ROOT/var/log/web/a.example.log" <<-'END'
		import sys
		with open(sys.argv[1], "a") as f:
		    for n in (70000, 700000):
		        f.write('203.0.113.9 - - [22/Nov/2026:04:46:30 +0000] "POST /long%d.php HTTP/1.1" 200 5 "-" "%s"\n' % (n, "\\x80" * n))
		    for i in range(3000):
		        f.write('203.0.113.9 - - [22/Nov/2026:04:46:30 +0000] "POST /%d HTTP/1.1" 200 5\n' % i)
	END
	mg investigate account:alice --json >"$BATS_TEST_TMPDIR/doc"
	jq -e '[.facts[] | select(.kind == "post").text] | index("/long70000.php") and index("/long700000.php")' "$BATS_TEST_TMPDIR/doc"
	jq -e '[.cut[] | select(test("^web: 2 more lines .* or too long"))] | length == 1' "$BATS_TEST_TMPDIR/doc"
	jq -e '[.cut[] | select(test("^web: of what lines .* tell, [0-9]+ more things"))] | length == 1' "$BATS_TEST_TMPDIR/doc"
}

@test "lines are found in rotated and compressed logs, and each message whole" {
	split=$(($(wc -l <"$LOG") / 2))
	create ann@a.example
	unpack
	whole=$(sort "$DIR/log/0001.log" | sha256sum)
	rm -r "${BATS_TEST_TMPDIR:?}/out" "${STATE:?}"
	head -n "$split" "$LOG" >"$LOG.1"
	sed -i "1,${split}d" "$LOG"
	gzip "$LOG.1"
	touch -d @$((NOW - 3600)) "$LOG.1.gz"
	touch -d @$((NOW - 60)) "$LOG"
	mg sweep -q --state "$STATE" "$LOG"
	create ann@a.example
	unpack
	[ "$(jq -r .packed "$DIR/log/0001.json")" = gzip ]
	[ "$(jq -r .packed "$DIR/log/0002.json")" = null ]
	[ "$(sort "$DIR"/log/*.log | sha256sum)" = "$whole" ]
}

# tool NAME SCRIPT: a program of the host.
tool() {
	[ "$(id -u)" -eq 0 ] || mg_skip 'programs of root'
	mkdir -p "$ROOT/usr/sbin"
	printf '#!/bin/sh\n%s\n' "$2" >"$ROOT/usr/sbin/$1"
	chmod 755 "$ROOT/usr/sbin/$1"
}

# queued LAST: messages of ann's, of ids 1 to LAST, that are not completed.
queued() {
	for ((i = 1; i <= $1; i++)); do
		printf '2026-11-22 05:00:00 +0000 1xUAA0-%06d-1p <= ann@a.example H=(pc) [192.0.2.1] P=esmtpa A=PLAIN:ann@a.example S=900 for x@b.test\n' "$i"
	done >"$LOG"
	touch -d @$((NOW - 60)) "$LOG"
	rm -r "${STATE:?}"
	mg sweep -q --state "$STATE" "$LOG"
}

@test "what is in the queue is listed, with headers byte for byte, bodies only if asked for" {
	HOSTILE='\0332J\0377Subject: ../\r\nx: {"a":"\n' TOLD=$BATS_TEST_TMPDIR/told
	tool exim 'echo "$*" >>'"$TOLD"'
		case $* in
		*000002*) echo "no such file"; exit 1 ;;
		-Mvh*) echo "$2-H"; printf "'"${HOSTILE//\"/\\\"}"'" ;;
		-Mvb*) echo "$2-D" ;;
		esac'
	queued 3
	create ann@a.example
	unpack
	(cd "$DIR" && sha256sum --quiet -c SHA256SUMS)
	[ "$(jq -r '.[] | "\(.id) \(.server) \(.headers)"' "$DIR/queue.json")" = '1xUAA0-000001-1p exim messages/000001.txt
1xUAA0-000002-1p exim null
1xUAA0-000003-1p exim messages/000002.txt' ]
	cmp "$DIR/messages/000002.txt" <(echo 1xUAA0-000003-1p-H && /bin/sh -c "printf '$HOSTILE'")
	[ "$(jq -r '.files[] | select(.name == "messages/000002.txt").origin.from' "$DIR/manifest.json")" = 'exim -Mvh 1xUAA0-000003-1p' ]
	run ! grep -e -Mvb "$TOLD"
	# The same queue gives the same bytes.
	first=$NAME
	create ann@a.example
	[ "$NAME" = "$first" ]
	rm -r "${BATS_TEST_TMPDIR:?}/out"
	create ann@a.example --bodies --reason 'judge asked'
	unpack
	[ "$(cat "$DIR/messages/000002-body.txt")" = 1xUAA0-000003-1p-D ]
	[ "$(jq -r '.[2].body' "$DIR/queue.json")" = messages/000002-body.txt ]
	mg evidence verify "$NAME"
}

@test "a long queue and long messages are cut, and how much is said" {
	tool exim 'case $* in *000001*) head -c 3000000 /dev/zero ;; *) echo h ;; esac'
	queued 203
	create ann@a.example
	unpack
	[ "$(stat -c %s "$DIR/messages/000001.txt")" = 1048576 ]
	[ "$(jq length "$DIR/queue.json")" = 203 ]
	[ "$(find "$DIR/messages" -type f | wc -l)" = 200 ]
	[ "$(jq -c .cut "$DIR/manifest.json")" = '["queue: messages/000001.txt has the first 1048576 bytes of more","queue: 3 of 203 messages were not looked at, and 0 of them are not listed"]' ]
	rm -r "${BATS_TEST_TMPDIR:?}/out"
	# Of all together, too.
	tool exim 'head -c 1048576 /dev/zero'
	create ann@a.example --reason again
	unpack
	[ "$(du -sb "$DIR/messages" | cut -f 1)" -le $((17 << 20)) ]
	jq -e '.cut[] | select(test("^queue: 188 of 203 "))' "$DIR/manifest.json"
}

@test "of a host without the tool the ids are listed, and that it is missing is said once" {
	queued 3
	create ann@a.example
	unpack
	[ "$(jq -c 'map(.headers)' "$DIR/queue.json")" = '[null,null,null]' ]
	[ "$(jq '[.cut[] | select(test("exim"))] | length' "$DIR/manifest.json")" = 1 ]
}

@test "only the time that was asked for is in it" {
	create ann@a.example --since '2026-11-22 04:45:37Z' --until '2026-11-22 04:46:00Z'
	unpack
	run ! grep -E '^2026-11-22 (04:45:3[0-6]|04:46:0[1-9]|04:4[7-9]|05)' "$DIR/log/0001.log"
	grep -q '^2026-11-22 04:45:37' "$DIR/log/0001.log"
}

@test "a bundle that is made again after its time begins another" {
	create ann@a.example --since 2026-11-22 --until '2026-11-22 06:00'
	sum=$(sha256sum <"$BUNDLE")
	AT=$((NOW + 90 * 86400)) mg evidence expire
	[ ! -e "$BUNDLE" ]
	name=$NAME
	AT=$((NOW + 91 * 86400)) create ann@a.example --since 2026-11-22 --until '2026-11-22 06:00'
	[ "$NAME" = "$name" ]
	[ "$(sha256sum <"$BUNDLE")" = "$sum" ]
	[ "$(mg evidence list --json | jq -c '[.rows[].state]')" = '["kept"]' ]
	AT=$((NOW + 180 * 86400)) mg evidence expire
	[ -e "$BUNDLE" ]
	AT=$((NOW + 181 * 86400)) mg evidence expire
	[ ! -e "$BUNDLE" ]
	[ "$(mg ledger list --all --json | jq -c '[.rows[].action]')" = '["made","expired","made","expired"]' ]
	mg evidence list --json | jq -e '[.rows[].state] == ["expired"]'
}

@test "bundles expire after their time, unless somebody holds them" {
	create ann@a.example
	ann=$NAME
	create ben@a.example
	ben=$NAME
	run -2 --separate-stderr mg evidence hold "$ann"
	run -2 --separate-stderr mg evidence hold nothing --reason x
	run -0 --separate-stderr mg evidence hold "$ann" --reason 'court 7'
	AT=$((NOW + 89 * 86400)) run -0 --separate-stderr mg evidence expire
	[ -z "$output" ]
	AT=$((NOW + 90 * 86400)) run -0 --separate-stderr mg evidence expire --dry-run
	[ "$output" = "would remove $ben" ]
	[ -e "$STATE/evidence/$ben.tar.gz" ]
	AT=$((NOW + 90 * 86400)) run -0 --separate-stderr mg evidence expire
	[ "$output" = "removed $ben" ]
	[ "$(ls "$STATE/evidence")" = "$ann.tar.gz
$ann.tar.gz.minisig" ]
	[ "$(mg evidence list --json | jq -c '[.rows[].state]')" = '["held","expired"]' ]
	run -0 --separate-stderr mg evidence release "$ann" --reason over
	AT=$((NOW + 90 * 86400)) mg evidence expire
	[ -z "$(ls "$STATE/evidence")" ]
	[ "$(mg ledger list --all --json | jq -c '[.rows[].action]')" = '["made","made","held","expired","released","expired"]' ]
	run -0 --separate-stderr mg ledger verify
}

@test "the key is of root alone, and stands until somebody forces another" {
	run -0 --separate-stderr mg evidence keygen
	[ "$(stat -c %a "$STATE/evidence.key")" = 600 ]
	[ "$output" = "$(mg evidence key)" ]
	run -2 --separate-stderr mg evidence keygen
	create ann@a.example
	old=$(mg evidence key)
	run -0 --separate-stderr mg evidence keygen --force
	run -1 --separate-stderr mg evidence verify "$NAME"
	run -0 --separate-stderr mg evidence verify "$NAME" --pubkey "$(tail -n 1 <<<"$old")"
	chmod 644 "$STATE/evidence.key"
	run -3 --separate-stderr mg evidence create ann@a.example
	[[ "$stderr" == *"others can read '"* ]]
}

@test "what is asked wrongly makes no bundle" {
	run -2 --separate-stderr mg evidence create
	run -2 --separate-stderr mg evidence create nobody.example
	run -2 --separate-stderr mg evidence create ann@a.example --since tomorrow
	run -2 --separate-stderr mg evidence verify 'no name'
	run -2 --separate-stderr mg evidence frobnicate
	run -3 --separate-stderr mg evidence key
	[ ! -e "$STATE/evidence" ]
}

# export_copy NAME OPTION...: a redacted copy; BUNDLE and NAME are of it from then on, COPY its folder.
export_copy() {
	NAME=$(mg evidence export "$@" --redact recipients --json | jq -r .name)
	BUNDLE=$STATE/evidence/$NAME.tar.gz
	COPY=$BATS_TEST_TMPDIR/copy/$NAME
	mkdir -p "$BATS_TEST_TMPDIR/copy"
	bsdtar -xf "$BUNDLE" -C "$BATS_TEST_TMPDIR/copy"
}

# strangers DIR...: local parts of all addresses in logs that are not of a.example, each once.
strangers() {
	grep -ohE '[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+' "$@" | grep -v '@a\.example$' | sed 's/@.*//' | sort -u
}

@test "A62: a redacted copy has no recipient's local part anywhere, and says what it is" {
	create domain:a.example --reason 'rivka.stranger@b.test asked'
	unpack
	original=$NAME
	sum=$(sha256sum <"$BUNDLE")
	export_copy "$original"
	run -0 --separate-stderr mg evidence verify "$NAME"
	(cd "$COPY" && sha256sum --quiet -c SHA256SUMS)
	n=0
	for word in $(strangers "$DIR"/log/*.log) rivka.stranger; do
		[[ ${#word} -ge 3 && $word != hidden-* && ! $word =~ ^[0-9]{3,5}$ ]] || continue
		run ! grep -rFiw -e "$word" "$COPY/log" "$COPY/README.txt" "$COPY/counts.json" "$COPY/investigation.txt"
		run ! grep -rFi -e "$word@" "$COPY"
		n=$((n + 1))
	done
	[ "$n" -gt 3 ]
	# The subject's own addresses, and as many lines as there were.
	grep -F 'A=PLAIN:ann@a.example' "$COPY/log/0001.log"
	[ "$(wc -l <"$COPY/log/0001.log")" = "$(wc -l <"$DIR/log/0001.log")" ]
	# Equal addresses are equal, others are not.
	[ "$(grep -ohE 'hidden-[0-9a-f]{16}@' "$COPY"/log/*.log | sort -u | wc -l)" -gt 3 ]
	DOC=$COPY/manifest.json
	KIND=evidence run -0 validate
	[[ "$(jq -r .redacted "$DOC")" == "recipients: "*" ${sum%% *}" ]]
	[ "$(jq -r .previous "$DOC")" = null ]
	for file in "$COPY"/*.json "$COPY"/log/*.json; do
		jq -e . "$file"
	done
	mg evidence list --json | jq -e --arg n "$original" '.rows[] | select(.reason == "redacted copy of " + $n)'
	run -0 --separate-stderr mg ledger verify
}

@test "a redacted copy is the same bytes again, of another bundle other pseudonyms, and goes where it is told" {
	create ann@a.example
	first=$NAME
	export_copy "$first"
	names=$(grep -ohE 'hidden-[0-9a-f]{16}' "$COPY/log/0001.log" | sort -u)
	sum=$(sha256sum <"$BUNDLE")
	rm "$BUNDLE"
	export_copy "$first"
	[ "$(sha256sum <"$BUNDLE")" = "$sum" ]
	run -0 --separate-stderr mg evidence export "$first" --redact recipients -o "$BATS_TEST_TMPDIR/out.tar.gz"
	[ "$output" = "${sum%% *}  $BATS_TEST_TMPDIR/out.tar.gz" ]
	mg evidence key >"$BATS_TEST_TMPDIR/key.pub"
	minisign -Vq -p "$BATS_TEST_TMPDIR/key.pub" -m "$BATS_TEST_TMPDIR/out.tar.gz"
	[ "$(mg evidence list --json | jq '.rows | length')" = 2 ]
	create ann@a.example --reason another
	export_copy "$NAME"
	run ! grep -F "$names" "$COPY/log/0001.log"
}

@test "what is no bundle, no kind of redaction or not as it was sealed is not exported" {
	create ann@a.example
	run -2 --separate-stderr mg evidence export "$NAME"
	[[ "$stderr" == *'export needs --redact recipients'* ]]
	run -2 --separate-stderr mg evidence export "$NAME" --redact all
	run -2 --separate-stderr mg evidence export ../x --redact recipients
	run -4 --separate-stderr mg evidence export 20260101T000000Z-x --redact recipients
	spoil "$BUNDLE"
	run -1 --separate-stderr mg evidence export "$NAME" --redact recipients -o "$BATS_TEST_TMPDIR/out.tar.gz"
	[ ! -e "$BATS_TEST_TMPDIR/out.tar.gz" ]
	[ "$(mg evidence list --json | jq '.rows | length')" = 1 ]
}

@test "A62: headers of the queue are redacted, bodies and scripts are not in a copy for others" {
	tool exim 'case $* in
		-Mvh*) printf "%s-H\n<ann@a.example>\n1\nrivka@b.test\n\n037T To: \"rivka s\"@b.test, Rivka <RIVKA@b.test>\n" "$2"
			printf "045F From: =?utf-8?B?cml2a2FAYi50ZXN0?= <ann@a.example>\n" ;;
		-Mvb*) echo "dear rivka" ;;
		esac'
	queued 1
	create ann@a.example --bodies --reason 'judge asked'
	export_copy "$NAME"
	mg evidence verify "$NAME"
	grep -F '<ann@a.example>' "$COPY/messages/000001.txt"
	run ! grep -riE 'rivka|cml2a2' "$COPY"
	[ ! -e "$COPY/messages/000001-body.txt" ]
	jq -e '.cut | index("messages/000001-body.txt: not in a redacted copy")' "$COPY/manifest.json"
}

@test "A62: scripts and requests to the web server are not in a copy for others, their rows are" {
	shop
	web a.example.log '04:45:40 POST /send.php?cml2a2FAYi50ZXN0 203.0.113.7'
	create account:alice
	export_copy "$NAME"
	[[ "$NAME" == *-alice-redacted-* ]]
	[ "$(ls "$COPY/script")" = files.json ]
	jq -e '.cut | index("script/000001.txt: not in a redacted copy")' "$COPY/manifest.json"
	[ "$(ls "$COPY/web")" = 0001.json ]
	jq -e '.cut | index("web/0001.log: not in a redacted copy")' "$COPY/manifest.json"
	grep -F '/home/alice/public_html/shop' "$COPY/script/files.json"
}
