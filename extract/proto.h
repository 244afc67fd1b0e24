// SPDX-License-Identifier: Apache-2.0
// Frames between riptide, the extractor's fork server and its workers (socketpairs, host byte
// order, one machine). Linked by both sides; parses nothing but frame headers. Every read checks
// magic, version, type, id and length before it allocates; trailing bytes are an error.
#ifndef EXTRACT_PROTO_H
#define EXTRACT_PROTO_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

#include <stdint.h>

#define PROTO_MAGIC        0x54504952u // "RIPT"
#define PROTO_VERSION      1
#define PROTO_MAX_DOCUMENT ((uint64_t)64 << 20) // a worker's answer
#define PROTO_EXIT_OOM     77                   // exit status of a helper that got no memory
#define PROTO_FD           3                    // the socket of an exec'd helper
#define PROTO_MAX_BODY     ((uint64_t)512 << 20)

enum proto_type {
	// fork server
	PROTO_SPAWN = 1, // -> server: start a worker
	PROTO_SPAWNED,   // <- server: pid in body (u32); pidfd and socket by SCM_RIGHTS
	PROTO_EXITED,    // <- server: struct proto_exited
	// worker
	PROTO_EXTRACT = 16, // -> worker: options JSON + HTML bytes (two parts)
	PROTO_DOCUMENT,     // <- worker: document JSON
	PROTO_FAILED,       // <- worker, stitcher: {"code": "...", "message": "...", "path": "..."}
	PROTO_PING,         // -> worker
	PROTO_PONG,         // <- worker: {"filter": "...", "landlock_abi": N}
	PROTO_TEST_OP, // -> worker, builds with RIPTIDE_TEST_OPS only: do the named forbidden thing
	// stitcher
	PROTO_STITCH_BEGIN = 32, // -> struct proto_stitch_plan
	PROTO_STITCH_TILE,       // -> one PNG
	PROTO_STITCH_END,        // -> no more tiles
	PROTO_STITCH_DATA,       // <- a piece of the image
	PROTO_STITCH_DONE,       // <- the image is complete
	PROTO_TYPE_END,
};

struct proto_exited {
	uint32_t pid;
	int32_t status; // as of waitpid
};

struct proto_stitch_plan {
	uint32_t format; // PROTO_STITCH_PNG or PROTO_STITCH_JPEG
	uint32_t quality;
	uint32_t width, height;
	uint32_t columns, rows;
};
enum { PROTO_STITCH_PNG = 0, PROTO_STITCH_JPEG = 1 };

struct proto_frame {
	uint32_t type;
	uint64_t id;
	struct buf head; // first part (options), may be empty
	struct buf body; // second part
};
void proto_frame_done(struct proto_frame *f);

// Blocking with a deadline (poll); fd stays blocking-agnostic. 0, ERR_TIMEOUT,
// ERR_EXTRACTOR_CRASHED (peer gone between frames), ERR_EXTRACTOR_PROTOCOL (malformed, or gone
// inside a frame), ERR_TOO_LARGE, ERR_EXTRACTOR_OOM (no memory for the frame). *out stays untouched
// on failure.
int proto_send(int fd, uint32_t type, uint64_t id, struct sv head, struct sv body,
    struct deadline dl, struct err *err) MUST_CHECK;
int proto_recv(int fd, struct proto_frame *out, uint64_t max_body, struct deadline dl,
    struct err *err) MUST_CHECK;
// Did the peer send bytes that nobody asked for (or close)? True is a protocol error between
// frames.
bool proto_pending(int fd);

// The pure part: check a header of PROTO_HEADER_BYTES. 0 or ERR_EXTRACTOR_PROTOCOL / ERR_TOO_LARGE.
#define PROTO_HEADER_BYTES 32
#define PROTO_MAX_HEAD     ((uint64_t)4 << 20)
struct proto_header {
	uint32_t magic;
	uint16_t version;
	uint16_t type;
	uint64_t id;
	uint64_t head_len;
	uint64_t body_len;
};
int proto_header_check(const struct proto_header *h, uint64_t max_body, struct err *err) MUST_CHECK;

// The steps that proto_send and proto_recv are made of, for callers that must do both at once. A
// step never blocks: 1 done, 0 the fd must become ready first, or an error as above.
struct proto_writer {
	struct proto_header header;
	struct sv parts[3]; // header, head, body: borrowed until done
	size_t done;        // bytes of all parts already sent
};
void proto_writer_init(
    struct proto_writer *w, uint32_t type, uint64_t id, struct sv head, struct sv body);
int proto_writer_step(struct proto_writer *w, int fd, struct err *err) MUST_CHECK;

struct proto_reader {
	struct proto_header header;
	size_t got; // bytes of the header
	struct proto_frame frame;
	uint64_t max_body;
	int failed; // an error code: a stream that went wrong stays so
};
void proto_reader_init(struct proto_reader *r, uint64_t max_body);
void proto_reader_done(struct proto_reader *r);
int proto_reader_step(struct proto_reader *r, int fd, struct err *err) MUST_CHECK;
// The finished frame; the reader is ready for the next one.
struct proto_frame proto_reader_take(struct proto_reader *r);

// A small frame with fds (SPAWNED). The fds received are close-on-exec and the caller's.
#define PROTO_MAX_FDS 4
int proto_send_fds(int fd, uint32_t type, uint64_t id, struct sv body, const int *fds, size_t n_fds,
    struct err *err) MUST_CHECK;
int proto_recv_fds(int fd, struct proto_frame *out, int *fds, size_t max_fds, size_t *n_fds,
    struct deadline dl, struct err *err) MUST_CHECK;

#endif
