#!/bin/bash
# SPDX-License-Identifier: MIT
#
# exim_host.sh: a mail server 'ex' running Exim and a client host 'cl' from which traffic and the sink run.
#
#   up [BASE]                   make both hosts over BASE, install and configure Exim
#   record TRAFFIC LOGGING OUT  restart Exim with exim/log-LOGGING.conf and an empty log and queue, drive it with
#                               exim_traffic.py TRAFFIC, write OUT.log and OUT.truth.json
#   down                        remove both
#
# Environment as for testhost.sh; set MG_HOST_ID where more than one verb is used.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
export MG_HOST_ID=${MG_HOST_ID:-$PPID}

testhost() { "$here/testhost.sh" "$@"; }

# Customers come from 198.51.100.0/24, strangers from 203.0.113.0/24, both also from 2001:db8::/32.
make_net() {
	local cl ex net
	cl=$(testhost netns cl)
	ex=$(testhost netns ex)
	for net in 198.51.100 203.0.113; do
		ip -n "$ex" route add "$net.0/24" dev eth0
		for host in 7 8 9 66; do
			ip -n "$cl" addr add "$net.$host/32" dev eth0
		done
	done
	ip -n "$ex" -6 route add 2001:db8::/32 dev eth0
	ip -n "$cl" addr add 2001:db8::7/128 dev eth0 nodad
}

configure() {
	local root=$1
	cp "$here"/exim/* "$root/etc/exim4/"
	mv "$root/etc/exim4/port-owner" "$root/usr/local/bin/"
	chroot "$root" useradd -u 5001 -m alice
	chroot "$root" useradd -u 5002 -m bob
	chmod 711 "$root/home/alice" "$root/home/bob"
	rm -f "$root/etc/resolv.conf"
	echo 'nameserver 10.99.0.9' >"$root/etc/resolv.conf"
	mkdir -p "$root/run/exim4"
}

up() {
	testhost net-up
	testhost up ex 2 "${1:-/}"
	testhost up cl 9
	make_net
	testhost install ex exim4-daemon-heavy
	configure "$(testhost path ex)"
}

restart() {
	local root=$1 pidfile=$1/run/exim4/exim.pid pid
	if [ -e "$pidfile" ]; then
		pid=$(cat "$pidfile")
		kill "$pid"
		tail --pid="$pid" -f /dev/null
	fi
	rm -rf "$root"/var/spool/exim4/{input,msglog,db}/* "$root"/var/log/exim4/* "$root/var/mail/vhosts"
	install -d -m 1777 "$root/var/mail/vhosts"
	cp "$here/exim/log-$2.conf" "$root/etc/exim4/log.conf"
	testhost run ex exim4 -bd
}

record() {
	local traffic=$1 logging=$2 out=$3 root
	root=$(testhost path ex)
	restart "$root" "$logging"
	ip netns exec "$(testhost netns cl)" \
		python3 -B "$here/exim_traffic.py" "$traffic" "$logging" >"$out.truth.json"
	cp "$root/var/log/exim4/mainlog" "$out.log"
	chmod 644 "$out.log"
}

down() {
	testhost down ex
	testhost down cl
	testhost net-down
}

case ${1-}/$# in
up/[12]) shift; up "$@" ;;
record/4) shift; record "$@" ;;
down/1) down ;;
*) sed -n '/^# *up/,/^# *down/s/^# *//p' "$0" >&2; exit 2 ;;
esac
