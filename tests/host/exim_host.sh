#!/bin/bash
# SPDX-License-Identifier: MIT
#
# exim_host.sh: a mail server 'ex' running Exim and a client host 'cl' from which traffic and the sink run.
#
#   packages                    print what is installed on the server
#   root                        print the server's root directory
#   up [BASE]                   make both hosts over BASE, install and configure Exim
#   record TRAFFIC LOGGING OUT  restart Exim with exim/log-LOGGING.conf and an empty log and queue, drive it with
#                               exim_traffic.py TRAFFIC, write OUT.log and OUT.truth.json
#   sweep OUT                   let mailguard count the log on the server itself, write OUT.json
#   down                        remove both
#
# Environment as for testhost.sh; set MG_HOST_ID where more than one verb is used.

set -eu

# shellcheck source=tests/host/mail_host.bash
. "$(dirname "$0")/mail_host.bash"

packages=(exim4-daemon-heavy rsyslog)

up() {
	local root
	up_hosts ex 2 "${1:-/}" "${packages[@]}"
	root=$(testhost path ex)
	cp "$here"/exim/* "$root/etc/exim4/"
	mv "$root/etc/exim4/port-owner" "$root/usr/local/bin/"
	mkdir -p "$root/run/exim4"
	sed -i /imklog/d "$root/etc/rsyslog.conf"
}

restart() {
	local root=$1 logging=$2
	end_daemon "$root/run/exim4/exim.pid"
	end_daemon "$root/run/rsyslogd.pid"
	rm -rf "$root"/var/spool/exim4/{input,msglog,db}/* "$root"/var/log/exim4/* "$root/var/log/mail.log" \
		"$root/var/mail/vhosts"
	install -d -m 1777 "$root/var/mail/vhosts"
	cp "$here/exim/log-$logging.conf" "$root/etc/exim4/log.conf"
	[ "$logging" != syslog ] || testhost run ex rsyslogd
	testhost run ex exim4 -bd
}

# The log of the last record.
log_of() {
	if [ -e "$1/var/log/exim4/mainlog" ]; then
		echo /var/log/exim4/mainlog
	else
		echo /var/log/mail.log
	fi
}

record() {
	local traffic=$1 logging=$2 out=$3 root
	root=$(testhost path ex)
	restart "$root" "$logging"
	drive exim_traffic.py "$traffic" "$logging" "$out"
	cp "$root$(log_of "$root")" "$out.log"
	chmod 644 "$out.log"
}

case ${1-}/$# in
packages/1) echo "${packages[@]}" ;;
root/1) testhost path ex ;;
up/[12]) shift; up "$@" ;;
record/4) shift; record "$@" ;;
sweep/2) sweep_there ex "${MG_DIALECT:-exim}" "$(log_of "$(testhost path ex)")" "$2" ;;
down/1) down_hosts ex ;;
*) sed -n '/^# *packages/,/^# *down/s/^# *//p' "$0" >&2; exit 2 ;;
esac
