// SPDX-License-Identifier: Apache-2.0
// What a service manager is told and what it hands over, by systemd's plain socket protocols
// (sd_notify(3), sd_listen_fds(3)), without its library. Does nothing when there is no manager.
// Main thread.
#ifndef ORCHESTRATOR_SERVICE_NOTIFY_H
#define ORCHESTRATOR_SERVICE_NOTIFY_H

// One datagram to $NOTIFY_SOCKET ("READY=1", "STOPPING=1", "STATUS=…").
void notify_send(const char *message);
// Called a few times a second: WATCHDOG=1 when a third of $WATCHDOG_USEC has passed since the last.
void notify_watchdog(void);
// The first listening stream socket that was passed ($LISTEN_FDS, $LISTEN_PID is ours), close-on-exec;
// -1: none. Takes the variables out of the environment, so that children don't take them for theirs.
int notify_listen_fd(void);

#endif
