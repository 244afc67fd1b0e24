// SPDX-License-Identifier: Apache-2.0
// The words on the control socket between riptide and riptide-launch (SOCK_SEQPACKET, one message a packet,
// text). Linked by both sides.
//
//   riptide -> launcher, first packet: JSON {"argv": [...], "env": {...}, "profile_root": DIR, "shm_bytes",
//       "no_sandbox": bool, "uploads": [FILE …]}
//   riptide -> launcher, later: {"op": "kill", "pid": N}   (N as seen in the browser's pid namespace)
//   launcher -> riptide: {"event": "ready", "port": N, "path": "/devtools/browser/…", "pid": N, "uid": N,
//       "pid_namespace": bool, "mount_namespace": bool, "profile": DIR}
//       {"event": "exit", "status": N, "stderr": "last 4 kB"}
//       {"event": "error", "code": "…", "message": "…"}
// The socket closing, from either side, ends the browser and everything in its namespace or process group.
#ifndef SANDBOX_LAUNCH_H
#define SANDBOX_LAUNCH_H

#define LAUNCH_MAX_PACKET   65536
#define LAUNCH_CONTROL_FD   3
#define LAUNCH_STDERR_BYTES 4096

#endif
