// SPDX-License-Identifier: Apache-2.0
// The words on the control socket between riptide and riptide-launch (SOCK_SEQPACKET, one message a
// packet, text). Linked by both sides.
//
//   riptide -> launcher, first packet: JSON {"argv": [...], "argv_shared": [...], "env": {...},
//       "profile_root": DIR, "shm_bytes": N, "no_sandbox": bool, "egress": bool}
//     `argv[0]` is the absolute path of the browser; `argv_shared` is appended when there is no
//     mount namespace. LAUNCH_DIR in argv and env values becomes the browser's own directory, which
//     holds `profile`, `home`, `tmp` and `uploads`.
//     "egress": it gets a network namespace that leads nowhere, if that can be had, and a
//     listening socket on every address of 127.0.0.0/8. Its port takes the place of LAUNCH_EGRESS
//     in argv. Without the namespace the socket hears the host's loopback, and the browser has the
//     host's network: its proxy flags are all that keep it to the guard.
//   riptide -> launcher, later: {"op": "upload", "name": BASENAME}, with two fds: the open file,
//       and a stream that gets the answer {"path": PATH} or {"code", "message"} and is then closed
//   launcher -> riptide: {"event": "ready", "port": N, "path": "/devtools/browser/…", "pid": N,
//   "uid": N,
//       "init_pid": N, "pid_namespace": bool, "mount_namespace": bool, "user_namespace": bool,
//       "network_namespace": bool, "no_new_privs": bool, "dir": DIR, "egress_port"?: N,
//       "degraded"?: "why there are fewer namespaces than asked for"}, with one fd or two: a TCP
//       socket that is connected to DevTools, and the listening socket if "egress" was asked for
//       {"event": "exit", "status": N, "stderr": "last 4 kB"}    (status as of waitpid, -1 when
//       unknown)
//       {"event": "error", "code": "…", "message": "…", "transient"?: true}
//       (codes of base/err.h; transient: another try may help; the launcher ends)
// `pid` is in the browser's namespace, `init_pid` in the launcher's. The socket closing, from
// either side, ends the browser and everything in its namespace or process group.
#ifndef SANDBOX_LAUNCH_H
#define SANDBOX_LAUNCH_H

#include "base/util.h"

#include <sys/types.h>

#define LAUNCH_MAX_PACKET   65536
#define LAUNCH_MAX_FDS      2
#define LAUNCH_CONTROL_FD   3
#define LAUNCH_STDERR_BYTES 4096
#define LAUNCH_DIR          "{dir}"
#define LAUNCH_EGRESS       "{egress}"
#define LAUNCH_UPLOAD_BYTES ((int64_t)256 << 20) // cap on one uploaded file

// One packet with up to LAUNCH_MAX_FDS fds, restarting on EINTR; `flags` as of sendmsg,
// MSG_NOSIGNAL is added. 0, or -1 with errno.
int launch_send(
    int sock, const void *p, size_t n, const int *fds, size_t n_fds, int flags) MUST_CHECK;
// Its size, 0 at the end, -1 with errno. fds that did not come are -1; the caller closes the
// others.
ssize_t launch_recv(int sock, void *p, size_t size, int fds[LAUNCH_MAX_FDS], int flags) MUST_CHECK;

#endif
