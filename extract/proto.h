// SPDX-License-Identifier: Apache-2.0
// Frames between riptide, the extractor's fork server and its workers (socketpairs, host byte order, one
// machine). Linked by both sides; parses nothing but frame headers. Every read checks magic, version, type,
// id and length before it allocates; trailing bytes are an error.
#ifndef EXTRACT_PROTO_H
#define EXTRACT_PROTO_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

#include <stdint.h>

#define PROTO_MAGIC   0x54504952u // "RIPT"
#define PROTO_VERSION 1
#define PROTO_MAX_BODY ((uint64_t)512 << 20)

enum proto_type {
	// fork server
	PROTO_SPAWN = 1,  // -> server: start a worker
	PROTO_SPAWNED,    // <- server: pid in body (u32); pidfd and socket by SCM_RIGHTS
	PROTO_EXITED,     // <- server: {u32 pid, i32 wait status}
	// worker
	PROTO_EXTRACT = 16, // -> worker: options JSON + HTML bytes (two parts)
	PROTO_DOCUMENT,     // <- worker: document JSON
	PROTO_FAILED,       // <- worker: {"code": "...", "message": "...", "path": "..."}
	PROTO_PING,         // -> worker
	PROTO_PONG,         // <- worker
	PROTO_TEST_OP,      // -> worker, builds with RIPTIDE_TEST_OPS only: do the named forbidden thing
};

struct proto_frame {
	uint32_t type;
	uint64_t id;
	struct buf head; // first part (options), may be empty
	struct buf body; // second part
};
void proto_frame_done(struct proto_frame *f);

// Blocking with a deadline (poll); fd stays blocking-agnostic. 0, ERR_TIMEOUT, ERR_EXTRACTOR_CRASHED (peer
// gone), ERR_EXTRACTOR_PROTOCOL (malformed), ERR_TOO_LARGE.
int proto_send(int fd, uint32_t type, uint64_t id, struct sv head, struct sv body,
    struct deadline dl, struct err *err) MUST_CHECK;
int proto_recv(int fd, struct proto_frame *out, uint64_t max_body, struct deadline dl, struct err *err)
    MUST_CHECK;
// The pure part: check a header of PROTO_HEADER_BYTES. 0 or ERR_EXTRACTOR_PROTOCOL / ERR_TOO_LARGE.
#define PROTO_HEADER_BYTES 32
struct proto_header {
	uint32_t magic;
	uint16_t version;
	uint16_t type;
	uint64_t id;
	uint64_t head_len;
	uint64_t body_len;
};
int proto_header_check(const struct proto_header *h, uint64_t max_body, struct err *err) MUST_CHECK;
// A frame with up to two fds (SPAWNED).
int proto_send_fds(int fd, uint32_t type, uint64_t id, struct sv body, const int *fds, size_t n_fds,
    struct err *err) MUST_CHECK;
int proto_recv_fds(int fd, struct proto_frame *out, int *fds, size_t max_fds, size_t *n_fds,
    struct deadline dl, struct err *err) MUST_CHECK;

#endif
