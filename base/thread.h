// SPDX-License-Identifier: Apache-2.0
// Signals are the main thread's: it reads them from a descriptor, and the threads started here have
// them blocked.
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include "base/util.h"

#include <pthread.h>

// 0 or pthread_create's error. `name` has at most 15 bytes; stack_bytes 0: the system's own size.
int thread_start(pthread_t *out, const char *name, size_t stack_bytes, void *(*fn)(void *),
    void *arg) MUST_CHECK;
// Blocks SIGINT, SIGTERM and `also` (0: no other) in the calling thread and those it starts from
// now on. Returns a signalfd(2) of them, which does not block, or -1 with errno.
int signals_open(int also) MUST_CHECK;

#endif
