# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# mail_host.bash: what the hosts with a mail server have in common. Sourced.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mailguard=${MAILGUARD:-$here/../../build/mailguard}
export MG_HOST_ID=${MG_HOST_ID:-$PPID}

testhost() { "$here/testhost.sh" "$@"; }

# Customers come from 198.51.100.0/24, strangers from 203.0.113.0/24, both also from 2001:db8::/32, and machines
# that may relay without a password from 192.0.2.0/24.
make_net() {
	local server=$1 client net host
	client=$(testhost netns cl)
	server=$(testhost netns "$server")
	for net in 198.51.100 203.0.113 192.0.2; do
		ip -n "$server" route add "$net.0/24" dev eth0
		for host in 7 8 9 66; do
			ip -n "$client" addr add "$net.$host/32" dev eth0
		done
	done
	ip -n "$server" -6 route add 2001:db8::/32 dev eth0
	ip -n "$client" addr add 2001:db8::7/128 dev eth0 nodad
}

# up_hosts SERVER NUMBER BASE PACKAGE...: the server and the client host 'cl', over BASE; alice and bob have accounts.
up_hosts() {
	local server=$1 number=$2 base=$3 root
	shift 3
	testhost net-up
	testhost up "$server" "$number" "$base"
	testhost up cl 9
	make_net "$server"
	testhost install "$server" "$@"
	root=$(testhost path "$server")
	chroot "$root" useradd -u 5001 -m alice
	chroot "$root" useradd -u 5002 -m bob
	chmod 711 "$root/home/alice" "$root/home/bob"
	rm -f "$root/etc/resolv.conf"
	echo 'nameserver 10.99.0.9' >"$root/etc/resolv.conf"
}

# end_daemon PIDFILE: end the daemon, if it runs, and wait for it.
end_daemon() {
	local pid
	if [ -e "$1" ]; then
		pid=$(cat "$1")
		kill "$pid"
		tail --pid="$pid" -f /dev/null
		rm -f "$1"
	fi
}

# drive PROGRAM TRAFFIC LOGGING OUT: let PROGRAM send TRAFFIC from the client host, and write OUT.truth.json.
drive() {
	ip netns exec "$(testhost netns cl)" python3 -B "$here/$1" "$2" "$3" >"$4.truth.json"
}

# sweep_there SERVER DIALECT LOG OUT [BY]: as somebody would who copies the one file to SERVER and lists the domains.
sweep_there() {
	local server=$1 dialect=$2 log=$3 out=$4 by=${5:-domain --hours} root
	root=$(testhost path "$server")
	install -D "$mailguard" "$root/usr/local/sbin/mailguard"
	install -D -m 644 "$here/../data/hosts/plain/etc/mailguard/domains" "$root/etc/mailguard/domains"
	rm -rf "$root/var/lib/mailguard"
	testhost run "$server" mailguard sweep --quiet --dialect "$dialect" "$log"
	# shellcheck disable=SC2086 # a word and perhaps an option
	testhost run "$server" mailguard report --by $by --since all --utc --top 0 --format json >"$out.json"
}

down_hosts() {
	testhost down "$1"
	testhost down cl
	testhost net-down
}
