#!/bin/bash
# SPDX-License-Identifier: MIT
#
# postfix_host.sh: a mail server 'px' running Postfix and a client host 'cl' from which traffic and the sink run.
#
#   packages                    print what is installed on the server, or will be by a test
#   root                        print the server's root directory
#   up [BASE]                   make both hosts over BASE, install and configure Postfix
#   record TRAFFIC LOGGING OUT  restart Postfix with postfix/log-LOGGING.cf and an empty log and queue, drive it with
#                               postfix_traffic.py TRAFFIC, write OUT.log and OUT.truth.json
#   stock                       restart Postfix with Debian's own configuration, to which postfix/stock-*.cf is added:
#                               daemons in their chroot, a submission service; and an empty log and queue
#   sweep OUT                   let mailguard count the log on the server itself, write OUT.json
#   down                        remove both
#
# Environment as for testhost.sh; set MG_HOST_ID where more than one verb is used.

set -eu

# shellcheck source=tests/host/mail_host.bash
. "$(dirname "$0")/mail_host.bash"

packages=(postfix rsyslog libsasl2-modules sasl2-bin ssl-cert)

# Exim's tables say "key: value", Postfix's "key value"; both servers have the same mailboxes.
configure() {
	local root=$1 name
	for name in mailboxes forwarders; do
		sed -n 's/^\([^ #:]*\): /\1 /p' "$here/exim/$name" >"$root/etc/postfix/$name"
	done
	sed -i 's,$,/,' "$root/etc/postfix/mailboxes"
	cp "$here/postfix/smtpd.conf" "$root/etc/postfix/sasl/"
	cp "$here/postfix/pipe-filter" "$root/usr/local/bin/"
	testhost run px make-ssl-cert generate-default-snakeoil --force-overwrite
	chroot "$root" useradd -r filter
	while IFS=@ read -r name domain; do
		printf %s secret | testhost run px saslpasswd2 -p -c -u "${domain%%:*}" "$name"
	done <<<"$(grep @ "$here/exim/passwords"; echo JOE@A.EXAMPLE)"
	chroot "$root" chgrp postfix /etc/sasldb2
	sed -i /imklog/d "$root/etc/rsyslog.conf"
	cp "$root/etc/postfix/master.cf" "$root/etc/postfix/master.cf.debian"
	cp "$root/etc/postfix/main.cf" "$root/etc/postfix/main.cf.debian"
}

up() {
	up_hosts px 3 "${1:-/}" "${packages[@]}"
	configure "$(testhost path px)"
}

stop() {
	if testhost run px postfix status >/dev/null 2>&1; then
		testhost run px postfix stop 2>/dev/null
	fi
	end_daemon "$1/run/rsyslogd.pid"
}

clear() {
	stop "$1"
	find "$1/var/spool/postfix" -type f -delete
}

# SASL's password database is in the chroot, too.
stock() {
	local root name
	root=$(testhost path px)
	clear "$root"
	rm -f "$root/var/log/mail.log"
	for name in main master; do
		cat "$root/etc/postfix/$name.cf.debian" "$here/postfix/stock-$name.cf" >"$root/etc/postfix/$name.cf"
	done
	install -D -m 640 "$root/etc/sasldb2" "$root/var/spool/postfix/etc/sasldb2"
	chroot "$root" chgrp postfix /var/spool/postfix/etc/sasldb2
	testhost run px postfix start >/dev/null 2>&1
}

restart() {
	local root=$1 logging=$2
	clear "$root"
	rm -rf "$root"/var/log/mail.log "$root/var/mail/vhosts"
	install -d -m 1777 "$root/var/mail/vhosts"
	cat "$here/postfix/main.cf" "$here/postfix/log-$logging.cf" >"$root/etc/postfix/main.cf"
	cat "$root/etc/postfix/master.cf.debian" "$here/postfix/master.cf" >"$root/etc/postfix/master.cf"
	testhost run px postconf -F '*/*/chroot = n'
	rm -f "$root/etc/rsyslog.d/reduced.conf"
	[ "$logging" != reduced ] || echo "\$RepeatedMsgReduction on" >"$root/etc/rsyslog.d/reduced.conf"
	[ "$logging" = postlogd ] || testhost run px rsyslogd
	testhost run px postfix start >/dev/null 2>&1
}

record() {
	local traffic=$1 logging=$2 out=$3 root
	root=$(testhost path px)
	restart "$root" "$logging"
	drive postfix_traffic.py "$traffic" "$logging" "$out"
	stop "$root"
	cp "$root/var/log/mail.log" "$out.log"
	chmod 644 "$out.log"
}

case ${1-}/$# in
packages/1) echo "${packages[@]}" postfix-lmdb postfix-sqlite strace ;;
root/1) testhost path px ;;
up/[12]) shift; up "$@" ;;
record/4) shift; record "$@" ;;
stock/1) stock ;;
sweep/2) sweep_there px postfix /var/log/mail.log "$2" ;;
down/1) down_hosts px ;;
*) sed -n '/^# *packages/,/^# *down/s/^# *//p' "$0" >&2; exit 2 ;;
esac
