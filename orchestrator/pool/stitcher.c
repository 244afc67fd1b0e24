// SPDX-License-Identifier: Apache-2.0
// Feeds tiles to riptide-stitch and takes the image back at the same time, so that neither side
// waits for the other with its buffers full. One helper process per image, gone after any error.
// Job threads.
#include "orchestrator/pool/stitcher.h"

#include "base/json.h"
#include "extract/proto.h"
#include "sandbox/spawn.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { MAX_FRAME = 256 << 10, END_MS = 200, IMAGE_SLACK = 4 << 20, MAX_PIXELS = 200000000 };

struct stitcher {
	struct cdp_stitcher iface;
	struct child child;
	int sock; // -1: no helper
	enum image_format format;
	struct proto_reader reader;
	struct buf image;
	bool done;
	uint64_t id;
};

static void
stop(struct stitcher *s)
{
	if (s->sock >= 0)
		close(steal_fd(s->sock));
	child_kill(&s->child);
	proto_reader_done(&s->reader);
	proto_reader_init(&s->reader, MAX_FRAME);
	buf_done(&s->image);
}

static int
start(struct stitcher *s, struct err *err)
{
	char path[4096];
	int pair[2];
	int rc = spawn_helper_path("riptide-stitch", path, sizeof(path), err);

	if (rc != 0)
		return rc;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return err_set(err, ERR_SANDBOX, "socketpair: %s", strerror(errno));
	rc = spawn_child(
	    &(struct spawn){
		.path = path,
		.argv = (const char *const[]){"riptide-stitch", NULL},
		.fds = (const struct spawn_fd[]){{pair[1], PROTO_FD}, {2, 2}},
#ifdef RIPTIDE_SANITIZER
		.n_fds = 2,
#else
		.n_fds = 1,
#endif
	    },
	    &s->child, err);
	close(pair[1]);
	if (rc == 0)
		s->sock = pair[0];
	else
		close(pair[0]);
	return rc;
}

// --- what comes back ---

static int
helper_failed(struct buf *text, struct err *err)
{
	const struct json_limits lim = {.max_bytes = 64 << 10, .max_depth = 2, .max_values = 8};
	cJSON *v = NULL;
	const char *code, *message;
	int rc = ERR_CAPTURE_FAILED;

	if (json_parse_api(buf_view(text), &lim, &v, NULL) != 0)
		return err_set(err, ERR_EXTRACTOR_PROTOCOL, "the stitcher's error is not valid");
	code = json_str(v, "code");
	message = json_str(v, "message");
	if (code && (err_by_name(code) == ERR_IMAGE_TOO_TALL || err_by_name(code) == ERR_SANDBOX))
		rc = err_by_name(code);
	err_set(err, rc, "%s", message ? message : "the stitcher failed");
	cJSON_Delete(v);
	return rc;
}

static int
on_frame(struct stitcher *s, struct proto_frame *f, struct err *err)
{
	if (f->type == PROTO_FAILED)
		return helper_failed(&f->body, err);
	if (f->id != s->id || s->done ||
	    (f->type != PROTO_STITCH_DATA && f->type != PROTO_STITCH_DONE))
		return err_set(
		    err, ERR_EXTRACTOR_PROTOCOL, "the stitcher sent frame %u out of turn", f->type);
	s->done = f->type == PROTO_STITCH_DONE;
	buf_add(&s->image, f->body.p, f->body.n);
	if (s->image.overflow)
		return err_set(err, ERR_EXTRACTOR_PROTOCOL, "the stitcher sent more than an image");
	return 0;
}

static int
read_frames(struct stitcher *s, struct err *err)
{
	for (;;) {
		struct proto_frame f;
		int rc = proto_reader_step(&s->reader, s->sock, err);

		if (rc <= 0)
			return rc;
		f = proto_reader_take(&s->reader);
		rc = on_frame(s, &f, err);
		proto_frame_done(&f);
		if (rc != 0 || s->done)
			return rc;
	}
}

// Send what `w` holds and read whatever comes; with `to_the_end`, until the image is complete. A
// helper that no longer reads has said why: its last frame is read before anything is made of it.
static int
pump(struct stitcher *s, struct proto_writer *w, bool to_the_end, struct deadline dl,
    struct err *err)
{
	int sent = 0;

	for (;;) {
		struct pollfd p = {.fd = s->sock, .events = POLLIN};
		int rc;

		if (sent == 0)
			sent = proto_writer_step(w, s->sock, NULL);
		rc = read_frames(s, err);
		if (rc < 0 || (sent == 1 && (s->done || !to_the_end)))
			return rc;
		if (sent == 0)
			p.events |= POLLOUT;
		(void)poll(&p, 1, deadline_poll_ms(dl));
		if (deadline_passed(dl))
			return err_set(err, ERR_TIMEOUT, "the image was not put together in time");
	}
}

// --- the end ---

static int
post_mortem(struct stitcher *s, struct err *err)
{
	char text[64];
	int status = child_stop(&s->child, deadline_in_ms(END_MS));

	child_status_text(status, text, sizeof(text));
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return err_set(err, ERR_EXTRACTOR_VIOLATION,
		    "the stitcher tried a forbidden system call and was killed");
	return err_set(err, ERR_CAPTURE_FAILED, "the stitcher ended unexpectedly: %s", text);
}

static int
send_frame(struct stitcher *s, uint32_t type, struct sv body, struct deadline dl, struct err *err)
{
	struct proto_writer w;
	int rc;

	if (s->sock < 0)
		return err_set(err, ERR_CAPTURE_FAILED, "no image is being put together");
	proto_writer_init(&w, type, s->id, SV_NULL, body);
	rc = pump(s, &w, type == PROTO_STITCH_END, dl, err);
	if (rc == ERR_EXTRACTOR_CRASHED)
		rc = post_mortem(s, err);
	if (rc != 0)
		stop(s);
	return rc;
}

// --- struct cdp_stitcher ---

static int
begin(void *arg, enum image_format f, int quality, uint32_t width, uint32_t height,
    uint32_t columns, uint32_t rows, struct deadline dl, struct err *err)
{
	struct stitcher *s = arg;
	struct proto_stitch_plan plan = {
	    .format = f == IMAGE_JPEG ? PROTO_STITCH_JPEG : PROTO_STITCH_PNG,
	    .quality = (uint32_t)(quality > 0 ? quality : 80),
	    .width = width,
	    .height = height,
	    .columns = columns,
	    .rows = rows,
	};
	int rc;

	if (f != IMAGE_PNG && f != IMAGE_JPEG)
		return err_set(err, ERR_IMAGE_TOO_TALL, "WebP ends at 16,383 pixels");
	stop(s);
	rc = start(s, err);
	if (rc != 0)
		return rc;
	s->format = f;
	s->done = false;
	s->id++;
	s->image.max = MIN((size_t)width * height, (size_t)MAX_PIXELS) * 4 + IMAGE_SLACK;
	return send_frame(
	    s, PROTO_STITCH_BEGIN, (struct sv){(const char *)&plan, sizeof(plan)}, dl, err);
}

static int
tile(void *arg, const void *png, size_t n, struct deadline dl, struct err *err)
{
	return send_frame(arg, PROTO_STITCH_TILE, (struct sv){png, n}, dl, err);
}

static int
finish(void *arg, struct buf *out, struct deadline dl, struct err *err)
{
	struct stitcher *s = arg;
	int rc = send_frame(s, PROTO_STITCH_END, SV_NULL, dl, err);

	if (rc != 0)
		return rc;
	if (!sv_starts(
		buf_view(&s->image), s->format == IMAGE_JPEG ? "\xff\xd8\xff" : "\x89PNG\r\n"))
		rc = err_set(err, ERR_EXTRACTOR_PROTOCOL, "what the stitcher sent is no image");
	if (rc == 0) {
		buf_done(out);
		*out = s->image;
		s->image = (struct buf)BUF_INIT;
	}
	stop(s);
	return rc;
}

struct stitcher *
stitcher_new(void)
{
	struct stitcher *s = xcalloc(1, sizeof(*s));

	s->iface = (struct cdp_stitcher){.arg = s, .begin = begin, .tile = tile, .finish = finish};
	s->child = (struct child)CHILD_INIT;
	s->sock = -1;
	proto_reader_init(&s->reader, MAX_FRAME);
	return s;
}

void
stitcher_free(struct stitcher *s)
{
	if (!s)
		return;
	stop(s);
	free(s);
}

const struct cdp_stitcher *
stitcher_iface(struct stitcher *s)
{
	return &s->iface;
}
