#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# isolated.sh COMMAND…: in namespaces of its own, so that tests reach loopback only and an empty /tmp shows exactly
# what they leave behind. As root or as an ordinary user, who keeps the uid.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)

case ${1:?usage: isolated.sh COMMAND…} in
--inside)
	shift
	ip link set lo up
	# A way out that ends at once: with no other interface than loopback, Chromium calls every failure "offline".
	if ip link add out type veth peer name end 2>/dev/null; then
		ip addr add 192.0.2.1/24 dev out # TEST-NET-1, RFC 5737
		# No IPv6 address that comes a second later: Chromium would end requests with "network changed".
		ip link set dev out addrgenmode none
		ip link set dev end addrgenmode none
		ip link set end up
		ip link set out up
	fi
	case $root in
	/tmp/*) ;; # a checkout in /tmp must stay visible
	*) mount -t tmpfs -o mode=1777 tmpfs /tmp ;;
	esac
	[ "$(id -u)" = 0 ] || exec setpriv --ambient-caps=-all --inh-caps=-all "$@"
	exec "$@"
	;;
*)
	[ "$(id -u)" = 0 ] || exec unshare --map-current-user --keep-caps -n -m "$root/tests/isolated.sh" --inside "$@"
	exec unshare -n -m "$root/tests/isolated.sh" --inside "$@"
	;;
esac
