// SPDX-License-Identifier: Apache-2.0
// What systemd (or whoever started the service) is told and gives: sd_notify(3) by its socket
// protocol, the watchdog, and listening sockets (sd_listen_fds(3)). All do nothing when it is not
// there. Main thread.
#ifndef ORCHESTRATOR_SERVICE_NOTIFY_H
#define ORCHESTRATOR_SERVICE_NOTIFY_H

#include "base/util.h"

// "READY=1", "STOPPING=1", "STATUS=…"; several are separated by line ends. Never blocks.
void notify_send(const char *state);
// STATUS= with a formatted text, when it is not the last one that was sent.
void notify_status(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
// RELOADING=1 with the time that Type=notify-reload wants; READY=1 ends it.
void notify_reloading(void);
// WATCHDOG=1 when half of the time that $WATCHDOG_USEC allows has gone by: call it often, from what
// must be alive.
void notify_watchdog(void);

// The listening socket that was handed over, close-on-exec: named `riptide`, or the only one; -1:
// none. What else was handed over is closed. Once; the variables are removed, so that no child
// takes them for its own.
int notify_listen_fd(void);

#endif
