// SPDX-License-Identifier: Apache-2.0
// The words on the control socket between riptide and riptide-egress (SOCK_SEQPACKET, fd
// EGRESS_CONTROL_FD of the guard, one JSON object a packet). Linked by both sides; packets with
// descriptors go by sandbox/launch.h's functions.
//
//   riptide -> guard
//     {"op": "listen", "listener": N} and one descriptor: a listening TCP socket, in whatever
//         network namespace. Whoever connects to it is known by the address that he connected to.
//     {"op": "unlisten", "listener": N}          closes it and all that came in by it
//     {"op": "grant", "listener": N, "slot": "127.x.y.z", "policy": POLICY}
//         From now on who connects to that address may dial what POLICY allows; the ledger of the
//         slot begins anew. Open connections that POLICY does not allow are closed. Before, and
//         after "revoke", he may dial nothing.
//     {"op": "revoke", "listener": N, "slot": …} closes its connections, forgets its ledger
//     {"op": "ledger", "listener": N, "slot": …, "id": N}
//         Of what it does not know: an empty one. Riptide asks for that of listener 0 now and then:
//         a guard that does not answer within seconds is killed.
//     {"op": "resolved", "id": N, "addresses": ["192.0.2.1", …]}, or with "error": TEXT instead
//   guard -> riptide
//     {"event": "resolve", "id": N, "host": NAME}
//     {"event": "ledger", "id": N, "bytes": N, "denied": N, "over": bool, "hosts": [{"host",
//         "port", "address"?, "detail"?, "verdict", "connections", "bytes_in", "bytes_out"}, …],
//         "dropped"?: N}
//         "dropped": rows there was no room for. "detail": of "proxy_failed", what the proxy did.
//         What goes by a proxy has no "address".
//
// bytes_in came to the client, bytes_out from it. A row with the host "" counts connections that
// were not even read ("overloaded").
//
// POLICY: {"allow_private": bool, "allow_hosts": [PATTERN …], "deny_hosts": [PATTERN …],
// "max_bytes": N, "upstream"?: {"kind": "http" or "socks5", "host", "port", "user"?, "password"?,
// "bypass": [PATTERN …]}} (sandbox/egress/policy.h). A grant with another upstream than the one
// before closes all connections. The guard reads all packets that wait before it
// accepts a connection: a grant that was sent before a page was told to load anything counts for
// it. It ends when the socket does.
#ifndef SANDBOX_EGRESS_EGRESS_H
#define SANDBOX_EGRESS_EGRESS_H

#define EGRESS_CONTROL_FD 3
#define EGRESS_PORT       1080 // of the listener in a browser's own network namespace
#define EGRESS_MAX_PACKET 65536
#define EGRESS_MAX_HOSTS  256 // rows of a ledger
#define EGRESS_MAX_DETAIL 128 // bytes, with the NUL

#endif
