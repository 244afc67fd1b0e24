// SPDX-License-Identifier: Apache-2.0
// The loop thread: owns the one libwebsockets context. Nothing else calls lws. It never blocks,
// never parses page-sized JSON. Other threads hand it work with loop_post.
#ifndef CDP_LOOP_H
#define CDP_LOOP_H

#include "base/err.h"
#include "base/util.h"

struct loop;
struct lws_context;

struct loop *loop_new(struct err *err); // creates the context and starts the thread
void loop_free(struct loop *l);         // closes every connection, joins the thread
// Run fn(arg) in the loop thread, in order of posting. Any thread. Never blocks.
void loop_post(struct loop *l, void (*fn)(void *arg), void *arg);
bool loop_is_current(const struct loop *l);
struct lws_context *loop_lws(struct loop *l); // loop thread only

// Call fn(arg) in the loop thread as long as `fd` is readable (level-triggered). Both in the loop
// thread. The descriptor stays the caller's; after loop_unwatch fn is not called again. NULL: no
// room for it.
struct loop_watch;
struct loop_watch *loop_watch(struct loop *l, int fd, void (*fn)(void *arg), void *arg);
void loop_unwatch(struct loop_watch *w);

#endif
