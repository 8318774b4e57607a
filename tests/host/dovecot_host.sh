#!/bin/bash
# SPDX-License-Identifier: MIT
#
# dovecot_host.sh: a mail server 'dc' running Dovecot and a client host 'cl' from which people log in.
#
#   packages                    print what is installed on the server
#   root                        print the server's root directory
#   up [BASE]                   make both hosts over BASE, install and configure Dovecot
#   record TRAFFIC LOGGING OUT  restart Dovecot with dovecot/log-LOGGING.conf and an empty log, drive it with
#                               dovecot_traffic.py TRAFFIC, write OUT.log and OUT.truth.json
#   beside HOST                 install, configure and start Dovecot on another mail server that is up, where the clients
#                               find it, too; its log is a file of its own
#   restart LOGGING             restart Dovecot with dovecot/log-LOGGING.conf and an empty log
#   login IP USER SERVICE COUNT log in from the client host, see dovecot_logins.py
#   sweep OUT                   let mailguard count the log on the server itself, write OUT.json
#   down                        remove both
#
# Environment as for testhost.sh; set MG_HOST_ID where more than one verb is used.

set -eu

# shellcheck source=tests/host/mail_host.bash
. "$(dirname "$0")/mail_host.bash"

packages=(dovecot-imapd dovecot-pop3d dovecot-submissiond dovecot-managesieved dovecot-lmtpd dovecot-sqlite rsyslog ssl-cert)

host=dc

# The same mailboxes as on the other servers, one that may not log in, and names that spell fields of a line.
configure() {
	local root=$1
	sed 's/: /:/' "$here/exim/passwords" "$here/dovecot/odd-passwords" >"$root/etc/dovecot/passwords"
	echo 'denied@c.example' >"$root/etc/dovecot/denied"
	chroot "$root" chgrp dovecot /etc/dovecot/passwords /etc/dovecot/denied
	chmod 640 "$root/etc/dovecot/passwords" "$root/etc/dovecot/denied"
	testhost run "$host" make-ssl-cert generate-default-snakeoil --force-overwrite
	sed -i /imklog/d "$root/etc/rsyslog.conf"
}

up() {
	up_hosts dc 4 "${1:-/}" "${packages[@]}"
	configure "$(testhost path dc)"
}

stop() {
	end_daemon "$1/run/dovecot/master.pid"
	end_daemon "$1/run/rsyslogd.pid"
}

restart() {
	local root=$1 logging=$2 version
	stop "$root"
	rm -rf "$root/var/log/mail.log" "$root/var/log/dovecot.log" "$root/var/mail/vhosts"
	install -d -m 1777 "$root/var/mail/vhosts"
	version=$(testhost run "$host" dovecot --version | cut -d. -f1,2)
	sed "s/^protocols = .*/protocols = ${protocols:-imap pop3 submission sieve lmtp}/" "$here/dovecot/dovecot-$version.conf" |
		cat - "$here/dovecot/log-$logging.conf" >"$root/etc/dovecot/dovecot.conf"
	[ "$logging" != rsyslog ] || testhost run "$host" rsyslogd
	testhost run "$host" dovecot
}

# The other server has the port of submission, and delivers.
beside() {
	local root
	host=$1
	root=$(testhost path "$host")
	testhost install "$host" "${packages[@]}"
	ip -n "$(testhost netns "$host")" addr replace 10.99.0.4/24 dev eth0
	configure "$root"
	protocols='imap pop3' restart "$root" own
}

record() {
	local traffic=$1 logging=$2 out=$3 root
	root=$(testhost path dc)
	restart "$root" "$logging"
	drive dovecot_traffic.py "$traffic" "$logging" "$out"
	stop "$root"
	cp "$root$(log_of "$root")" "$out.log"
	chmod 644 "$out.log"
}

# log_of ROOT: the log that there is.
log_of() {
	if [ -e "$1/var/log/dovecot.log" ]; then
		echo /var/log/dovecot.log
	else
		echo /var/log/mail.log
	fi
}

sweep() {
	local log dialect=dovecot
	log=$(log_of "$(testhost path dc)")
	[ "$log" = /var/log/dovecot.log ] || dialect=syslog
	sweep_there dc "$dialect" "$log" "$1" ip
}

case ${1-}/$# in
packages/1) echo "${packages[@]}" ;;
root/1) testhost path dc ;;
up/[12]) shift; up "$@" ;;
record/4) shift; record "$@" ;;
restart/2) restart "$(testhost path dc)" "$2" ;;
beside/2) beside "$2" ;;
login/5) shift; ip netns exec "$(testhost netns cl)" python3 -B "$here/dovecot_logins.py" "$@" ;;
sweep/2) sweep "$2" ;;
down/1) down_hosts dc ;;
*) sed -n '/^# *packages/,/^# *down/s/^# *//p' "$0" >&2; exit 2 ;;
esac
