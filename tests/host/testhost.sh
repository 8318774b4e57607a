#!/bin/bash
# SPDX-License-Identifier: MIT
#
# testhost.sh: throw-away hosts on which a real mail server can be installed and driven.
#
# A host is an overlay root over a base tree plus a network namespace on a private bridge.
# Nothing is written to the base tree, and no packet leaves the machine: hosts see only one
# another, as 10.99.0.N and fd99::N. Needs root.
#
#   check                 exit 0, or say in one line why hosts cannot run here and exit 1
#   net-up | net-down     make, remove the bridge that the hosts share
#   up NAME N [BASE]      new host NAME with address N; its root overlays BASE (default /)
#   install NAME PKG...   apt-get install into the host's root; daemons are not started
#   run NAME CMD...       run CMD as root inside the host
#   path NAME             print the host's root directory
#   netns NAME            print the name of the host's network namespace
#   down NAME             end the host's processes and remove it, half-built or not
#
# MG_HOST_ID  keeps runs apart that go on at the same time (default: pid of the caller)
# MG_HOSTS    where the hosts live (default /dev/shm)

set -eu

id=${MG_HOST_ID:-$PPID}
hosts=${MG_HOSTS:-/dev/shm}/mg-hosts-$id
switch=mg-$id-switch

die()   { echo "testhost: $*" >&2; exit 1; }
usage() { sed -n '/^# *check/,/^# *down/s/^# *//p' "$0" >&2; exit 2; }
netns() { echo "mg-$id-$1"; }
root()  { echo "$hosts/$1/root"; }

check() {
	[ "$(id -u)" -eq 0 ] || die 'test hosts need root'
	command -v ip >/dev/null || die "test hosts need 'ip' (iproute2)"
	try=$(mktemp -d "${MG_HOSTS:-/dev/shm}/mg-check-XXXXXX") || die 'no room for test hosts'
	trap 'rm -rf "$try"' EXIT
	mkdir "$try/upper" "$try/work" "$try/root"
	mount -t overlay mg-check -o "lowerdir=/,upperdir=$try/upper,workdir=$try/work" "$try/root" \
		2>/dev/null || die 'test hosts need overlayfs and the right to mount it'
	umount "$try/root"
	ip netns add "mg-$id-check" 2>/dev/null || die 'test hosts need network namespaces'
	ip netns del "mg-$id-check"
}

# A device tree of its own: a syslog daemon inside a host must not take over the machine's /dev/log.
make_dev() {
	mount -t tmpfs -o mode=755 tmpfs "$1/dev"
	local node name minor major
	for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
		IFS=: read -r name major minor <<<"$node"
		mknod -m 666 "$1/dev/$name" c "$major" "$minor"
	done
	mkdir "$1/dev/shm" "$1/dev/pts"
	ln -s /proc/self/fd "$1/dev/fd"
	ln -s fd/0 "$1/dev/stdin"
	ln -s fd/1 "$1/dev/stdout"
	ln -s fd/2 "$1/dev/stderr"
}

make_root() {
	local name=$1 number=$2 base=$3 dir=$hosts/$1 root
	root=$(root "$name")
	mkdir -p "$dir"/{upper,work,root}
	mount -t overlay "mg-$name" -o "lowerdir=$base,upperdir=$dir/upper,workdir=$dir/work" "$root"
	mount -t proc proc "$root/proc"
	mount -t sysfs -o ro sysfs "$root/sys"
	mount -t tmpfs -o mode=755 tmpfs "$root/run"
	mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
	make_dev "$root"
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod 755 "$root/usr/sbin/policy-rc.d"
	echo "$name.hoster.test" >"$root/etc/hostname"
	printf '127.0.0.1 localhost\n::1 localhost\n10.99.0.%s %s.hoster.test %s\n' \
		"$number" "$name" "$name" >"$root/etc/hosts"
}

make_net() {
	local ns number=$2
	ns=$(netns "$1")
	ip netns add "$ns"
	ip link add "port$number" netns "$switch" type veth peer name eth0 netns "$ns"
	ip -n "$switch" link set "port$number" master bridge up
	ip -n "$ns" link set lo up
	ip -n "$ns" addr add "10.99.0.$number/24" dev eth0
	ip -n "$ns" addr add "fd99::$number/64" dev eth0 nodad
	ip -n "$ns" link set eth0 up
}

up() {
	[ ! -e "$hosts/$1" ] || die "host '$1' exists"
	make_root "$1" "$2" "${3:-/}"
	make_net "$1" "$2"
}

run() {
	local name=$1
	shift
	# shellcheck disable=SC2016 # expanded inside the host
	exec ip netns exec "$(netns "$name")" unshare --uts chroot "$(root "$name")" \
		/bin/sh -c 'hostname "$(cat /etc/hostname)"; exec "$@"' sh "$@"
}

install() {
	local name=$1
	shift
	DEBIAN_FRONTEND=noninteractive chroot "$(root "$name")" \
		apt-get install -q -y --no-install-recommends "$@"
}

# Only processes in the host's own network namespace are ever signalled.
end_processes() {
	local signal pids tries
	for signal in TERM KILL; do
		for tries in 1 2 3 4 5 6 7 8 9 10; do
			pids=$(ip netns pids "$1")
			[ -n "$pids" ] || return 0
			# shellcheck disable=SC2086 # a list of numbers
			[ "$tries" -gt 1 ] || kill -s "$signal" $pids 2>/dev/null || true
			sleep 0.1
		done
	done
	die "processes of namespace $1 will not end"
}

down() {
	local ns
	ns=$(netns "$1")
	if [ -e "/run/netns/$ns" ]; then
		end_processes "$ns"
		ip netns del "$ns"
	fi
	if mountpoint -q "$(root "$1")"; then
		umount -R "$(root "$1")"
	fi
	rm -rf "${hosts:?}/$1"
	rmdir "$hosts" 2>/dev/null || true
}

[ $# -ge 1 ] || usage
verb=$1
shift
case $verb/$# in
check/0) check ;;
net-up/0)
	ip netns add "$switch"
	ip -n "$switch" link set lo up
	ip -n "$switch" link add bridge type bridge
	ip -n "$switch" link set bridge up
	;;
net-down/0) [ ! -e "/run/netns/$switch" ] || ip netns del "$switch" ;;
up/[23]) up "$@" ;;
install/[2-9] | install/[1-9][0-9]) install "$@" ;;
run/*) [ $# -ge 2 ] || usage; run "$@" ;;
path/1) root "$1" ;;
netns/1) netns "$1" ;;
down/1) down "$1" ;;
*) usage ;;
esac
