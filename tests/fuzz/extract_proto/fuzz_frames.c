// SPDX-License-Identifier: Apache-2.0
// A stream of bytes from a worker that a page has taken over, through the frame reader: in one
// piece and in pieces as the first byte says. Frames read must be within the limits.
#include "extract/proto.h"

#include <assert.h>
#include <string.h>
#include <sys/socket.h>

enum { MAX_INPUT = 64 << 10, MAX_BODY = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// 1 when the stream is at its end for the reader.
static int
read_all(struct proto_reader *r, int fd)
{
	struct err err = ERR_INIT;
	int rc;

	while ((rc = proto_reader_step(r, fd, &err)) == 1) {
		struct proto_frame f = proto_reader_take(r);

		assert(f.type > 0 && f.type < PROTO_TYPE_END);
		assert(f.body.n <= MAX_BODY && f.head.n <= PROTO_MAX_HEAD);
		proto_frame_done(&f);
	}
	if (rc < 0)
		assert(err.code == rc);
	return rc < 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t piece = size > 0 && data[0] ? data[0] : MAX_INPUT;
	struct proto_reader r;
	int pair[2];

	if (size < 1 || size > MAX_INPUT || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		return 0;
	proto_reader_init(&r, MAX_BODY);
	for (size_t at = 1; at < size; at += piece) {
		size_t n = MIN(piece, size - at);

		if (send(pair[0], data + at, n, MSG_NOSIGNAL) != (ssize_t)n ||
		    read_all(&r, pair[1]))
			break;
	}
	close(pair[0]);
	(void)read_all(&r, pair[1]);
	proto_reader_done(&r);
	close(pair[1]);
	return 0;
}
