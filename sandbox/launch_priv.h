// SPDX-License-Identifier: Apache-2.0
// The parts of riptide-launch. Two processes of one program, both single-threaded: the supervisor
// (talks to riptide, outside the namespaces) and the init (pid 1 of the namespace, or, where
// namespaces can't be had, the keeper of the process group), which starts Chromium and reaps.
#ifndef SANDBOX_LAUNCH_PRIV_H
#define SANDBOX_LAUNCH_PRIV_H

#include "base/buf.h"
#include "base/err.h"
#include "sandbox/launch.h"

#include <sys/types.h>

#define LAUNCH_TMP_BYTES  ((size_t)1 << 30) // tmpfs that holds the browser's directory
#define LAUNCH_ARGV_MAX   256
#define LAUNCH_PATH_BYTES 512
#define LAUNCH_NS_DIR     "/tmp/riptide"
#define LAUNCH_DIR_PREFIX "riptide-browser-"

// the first packet (launch_request.c)
struct launch_request {
	char **argv; // NULL-terminated; argv[0] absolute
	char **env;  // "NAME=value", NULL-terminated
	size_t n_argv;
	size_t n_shared; // of argv, at its end: only without a mount namespace
	char *profile_root;
	size_t shm_bytes;
	int nice; // of the browser
	bool no_sandbox;
	bool egress;          // it is to have no network but the guard
	bool degrade;         // test builds: pretend that namespaces can't be had
	bool degrade_network; // test builds: the same of network namespaces
};
int launch_request_read(struct sv text, struct launch_request *out, struct err *err) MUST_CHECK;
void launch_request_done(struct launch_request *r);
// Put the directory in place of LAUNCH_DIR in argv and env; drops the shared flags if `isolated`.
void launch_request_place(struct launch_request *r, const char *dir, bool isolated);
// Put the port in place of LAUNCH_EGRESS in argv.
void launch_request_place_egress(struct launch_request *r, int port);

// whom Chromium runs as (launch_uid.c)
struct launch_uid {
	uid_t uid;
	gid_t gid;
	uid_t outer_uid; // the same user in the launcher's user namespace
	gid_t outer_gid;
	bool drop;   // we are root and must become uid
	int lock_fd; // holds the uid; -1: none needed
};
int launch_uid_choose(const char *profile_root, struct launch_uid *out, struct err *err) MUST_CHECK;
// Is `uid` one that a root-started launcher gives to browsers?
bool launch_uid_is_slot(uid_t uid);
// Become who->uid for good, without groups and capabilities.
int launch_uid_become(const struct launch_uid *who, struct err *err) MUST_CHECK;
// May this (unprivileged) process make user namespaces, as Chromium's sandbox must?
bool launch_uid_can_userns(void);

// --- mount namespace (launch_ns.c)
// ------------------------------------------------------------------ In a fresh mount and pid
// namespace, with capabilities over them: build the small root that the browser sees, with its own
// /proc, /tmp and /dev/shm, and move into it.
int launch_ns_enter(const struct launch_request *r, struct err *err) MUST_CHECK;

// network (launch_net.c)
// In a fresh network namespace, with capabilities over it: bring loopback up.
int launch_net_up(struct err *err) MUST_CHECK;
// There too: a link that leads nowhere, so that Chromium does not think it is offline
// (launch_link.c). -1 with errno where the kernel has none to give.
int launch_link_make(void);
// A listening socket, non-blocking, on every address of 127.0.0.0/8: at EGRESS_PORT of a network
// namespace of its `own`, else at a free port of the host's. A negative error code when it fails.
int launch_net_listen(bool own, int *port, struct err *err) MUST_CHECK;
// A socket connected to 127.0.0.1:port, non-blocking; -1 with errno when nobody answers there, or
// when the other side of `until` goes meanwhile.
int launch_net_dial(int port, int until) MUST_CHECK;

// sockets (launch_filter.c)
// With no_new_privs: none from now on but of Unix, IPv4, IPv6 and netlink. -1 with errno.
int launch_filter_sockets(void) MUST_CHECK;

// directory of a browser without namespaces (launch_dir.c)
struct launch_dir {
	char path[LAUNCH_PATH_BYTES];
	int fd; // holds the lock that says "alive"; -1: none
};
int launch_dir_make(const char *root, const struct launch_uid *who, struct launch_dir *out,
    struct err *err) MUST_CHECK;
void launch_dir_remove(struct launch_dir *d);
// Remove the directories under `root` whose owner is dead.
void launch_dir_sweep(const char *root, const struct launch_uid *who);

// Chromium's stderr (launch_tail.c)
struct launch_tail {
	char ring[LAUNCH_STDERR_BYTES];
	uint64_t n; // bytes ever written
	char line[512];
	size_t line_n;
};
// Returns the port and puts the path into `path` when a line of these bytes tells the DevTools
// address, else 0.
int launch_tail_add(struct launch_tail *t, const char *p, size_t n, char *path, size_t size);
// The last LAUNCH_STDERR_BYTES bytes.
void launch_tail_text(const struct launch_tail *t, struct buf *out);

// init and keeper (launch_init.c)
enum launch_msg_kind {
	MSG_GO,           // supervisor -> init: the id maps are written
	MSG_UPLOAD,       // supervisor -> init: text = name; the file and the stream for the answer
	MSG_DIAL,         // supervisor -> init: value = the port of DevTools
	MSG_SETUP_FAILED, // init -> supervisor: value = error code, text; try with less
	MSG_FAILED,       // init -> supervisor: value = error code, text, flag: it may pass
	MSG_LISTENING,    // init -> supervisor: value = port; the socket for the egress guard
	MSG_STARTED,      // init -> supervisor: value = pid, flag: no_new_privs is set
	MSG_DIALLED,      // init -> supervisor: the connected socket
	MSG_EXITED,       // init -> supervisor: value = wait status
};
struct launch_msg {
	int32_t kind;
	int32_t value;
	int32_t flag;
	char text[400];
};
// The next message from `sock`; -1 when there is none (any more).
int launch_msg_recv(int sock, struct launch_msg *m, int fds[LAUNCH_MAX_FDS], int flags) MUST_CHECK;

struct launch_init {
	struct launch_request *req;
	const struct launch_uid *who;
	struct launch_dir *dir; // of a browser without namespaces
	bool isolated;          // in namespaces of its own
	bool own_network;       // a network namespace is among them
	int sock;               // to the supervisor
	int stderr_fd;          // Chromium's stderr
};
// The body of the init process.
void launch_init_run(struct launch_init *in) __attribute__((noreturn));
// Kill every child, and every orphan that thereby becomes a child (subreaper), until none is left
// or 2 s have passed.
void launch_kill_children(void);

#endif
