// SPDX-License-Identifier: Apache-2.0
// What /proc says of processes. `proc` is "/proc", or a pretended one in tests.
#ifndef ORCHESTRATOR_POOL_PROCFS_H
#define ORCHESTRATOR_POOL_PROCFS_H

#include "base/util.h"

#include <stdbool.h>
#include <sys/types.h>

// The contents of proc/PID/name, cut to size - 1 bytes and NUL-terminated; -1: not to be read.
ssize_t proc_read(const char *proc, pid_t pid, const char *name, char *out, size_t size);
pid_t proc_parent(const char *proc, pid_t pid);                  // 0: there is no such process
bool proc_is_below(const char *proc, pid_t pid, pid_t ancestor); // or is it
bool proc_is_renderer(const char *proc, pid_t pid);              // one of Chromium's

#endif
