// SPDX-License-Identifier: Apache-2.0
// Between socket.c (the connection: what comes in, what goes out) and socket_ops.c (what its
// messages ask for).
#ifndef ORCHESTRATOR_API_SOCKET_PRIV_H
#define ORCHESTRATOR_API_SOCKET_PRIV_H

#include "orchestrator/api/api_priv.h"

#define MAX_FOLLOWED 64
#define MAX_INBOX    32
#define MAX_ANSWERS  256
#define MAX_MESSAGE  ((size_t)16 << 20)
#define PING_MS      20000

struct text { // a message in a list
	struct text *next;
	size_t n;
	char p[];
};
struct text_list {
	struct text *head, **tail;
	size_t n;
};

struct followed {
	struct followed *next;
	struct job_record *record;
	struct event_watch *watch;
	struct feed *feed; // takes actions while it runs; NULL: it was not begun so
	char *id;          // the client's own name for it, JSON text; NULL: none
	uint64_t last;
	bool owned; // begun here: it ends with the connection
	bool ended;
};

struct socket {
	struct call *call;
	pthread_mutex_t lock;
	unsigned holders; // the connection, and a worker while it reads the inbox
	bool closed, working;
	struct text_list inbox, answers;
	struct followed *jobs;
	size_t n_jobs;
};

// socket.c: any thread
void socket_say(struct socket *s, const cJSON *v);
// {"op": op, "id": as in the message}; owned by the caller.
cJSON *socket_answer(const cJSON *message, const char *op);
// The connection gets the job's events after `last`. Takes the reference to the record, also on
// error; `owned`: the job ends with the connection; `feed` may be NULL.
int socket_follow(struct socket *s, struct job_record *r, struct feed *feed, const cJSON *message,
    uint64_t last, bool owned, struct err *err) MUST_CHECK;

// socket_ops.c: a worker's thread
int socket_op(struct socket *s, const cJSON *message, struct err *err) MUST_CHECK;

#endif
