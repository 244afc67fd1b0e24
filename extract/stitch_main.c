// SPDX-License-Identifier: Apache-2.0
// riptide-stitch: started by riptide with its socket on fd 3 for one tall image; confines itself,
// reads the plan and the tiles as frames and sends the image as frames. Opens nothing.
#include "extract/stitch/stitch.h"

#include "base/json.h"
#include "sandbox/confine.h"

#include <stdio.h>
#include <sys/socket.h>

enum {
	MEMORY_BYTES = 1 << 30,
	CPU_LIMIT_S = 600,
	STACK_BYTES = 8 << 20,
	WAIT_MS = 600000, // riptide ends the process long before
	DATA_BYTES = 64 << 10,
};

struct sender {
	uint64_t id;
	size_t n;
	char data[DATA_BYTES];
};

static int
flush(struct sender *s)
{
	struct sv data = {s->data, s->n};

	if (s->n == 0)
		return 0;
	s->n = 0;
	return proto_send(
	    PROTO_FD, PROTO_STITCH_DATA, s->id, SV_NULL, data, deadline_in_ms(WAIT_MS), NULL);
}

static int
sink(void *arg, const void *p, size_t n)
{
	struct sender *s = arg;

	for (const char *at = p; n > 0;) {
		size_t k = MIN(n, sizeof(s->data) - s->n);

		memcpy(s->data + s->n, at, k);
		s->n += k;
		at += k;
		n -= k;
		if (s->n == sizeof(s->data) && flush(s) != 0)
			return -1;
	}
	return 0;
}

static int
confine(struct err *err)
{
	const int keep = PROTO_FD;
	struct confine_limits lim = {
	    .cpu_s = CPU_LIMIT_S, .nofile = 1, .set_nproc = true, .stack_bytes = STACK_BYTES};
	int abi;
	int rc = confine_drop_root(err);

#ifndef RIPTIDE_SANITIZER
	lim.address_space_bytes = MEMORY_BYTES;
#endif
	confine_close_fds(&keep, 1);
	if (rc == 0)
		rc = confine_landlock(&abi, err);
	if (rc == 0)
		rc = confine_rlimits(&lim, err);
	if (rc == 0)
		rc = confine_seccomp(confine_filter_for_build(CONFINE_WORKER), err);
	return rc;
}

static int
handle(struct stitch **s, struct sender *out, struct proto_frame *f, struct err *err)
{
	const struct stitch_sink to = {out, sink};
	struct proto_stitch_plan plan;
	int rc;

	if (f->type == PROTO_STITCH_BEGIN && !*s && f->body.n == sizeof(plan)) {
		memcpy(&plan, f->body.p, sizeof(plan));
		out->id = f->id;
		return stitch_new(&plan, &to, s, err);
	}
	if (f->type == PROTO_STITCH_TILE && *s)
		return stitch_tile(*s, &f->body, err);
	if (f->type != PROTO_STITCH_END || !*s)
		return err_set(err, ERR_EXTRACTOR_PROTOCOL, "frame %u out of turn", f->type);
	rc = stitch_finish(*s, err);
	return rc == 0 ? flush(out) : rc;
}

static int
send_failure(uint64_t id, const struct err *e)
{
	cleanup_buf text = BUF_INIT;
	cJSON *v = json_obj();

	json_set_str(v, "code", err_info(e->code)->code);
	json_set_str(v, "message", e->message);
	json_print(&text, v, false);
	cJSON_Delete(v);
	return proto_send(
	    PROTO_FD, PROTO_FAILED, id, SV_NULL, buf_view(&text), deadline_in_ms(WAIT_MS), NULL);
}

static int
serve(struct err *err)
{
	static struct sender out;
	struct stitch *s = NULL;
	uint32_t type;
	int rc;

	do {
		struct proto_frame f = {0};

		rc = proto_recv(PROTO_FD, &f, STITCH_MAX_TILE, deadline_in_ms(WAIT_MS), err);
		if (rc == 0)
			rc = handle(&s, &out, &f, err);
		type = f.type;
		proto_frame_done(&f);
	} while (rc == 0 && type != PROTO_STITCH_END);
	stitch_free(s);
	if (rc == 0)
		rc = proto_send(PROTO_FD, PROTO_STITCH_DONE, out.id, SV_NULL, SV_NULL,
		    deadline_in_ms(WAIT_MS), NULL);
	return rc;
}

int
main(void)
{
	struct err err = ERR_INIT;
	int type, rc;
	socklen_t n = sizeof(type);

	if (getsockopt(PROTO_FD, SOL_SOCKET, SO_TYPE, &type, &n) != 0) {
		fprintf(
		    stderr, "riptide-stitch is a helper of riptide; it can't be started by hand\n");
		return 2;
	}
	rc = stitch_warm_up(&err);
	if (rc == 0)
		rc = confine(&err);
	if (rc == 0)
		rc = serve(&err);
	if (rc != 0 && rc != ERR_EXTRACTOR_CRASHED)
		rc = send_failure(0, &err);
	_exit(rc == 0 ? 0 : 1);
}
