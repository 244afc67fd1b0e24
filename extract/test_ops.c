// SPDX-License-Identifier: Apache-2.0
// Builds with RIPTIDE_TEST_OPS only: what a worker taken over by a page might try, by name. An op
// that the filter lets pass is answered by `internal`, so that a test can tell it from one that was
// stopped.
#ifdef RIPTIDE_TEST_OPS
#include "extract/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

struct op_call { // frames on the worker's socket
	int fd;
	uint64_t id;
};

static const struct timespec a_while = {.tv_sec = 1};
static const char *const no_args[] = {NULL};

// Plain system calls: {name, number, arguments}.
static const struct {
	const char *name;
	long nr;
	const void *ptr; // first argument if set, else a[0]
	long a[4];
} calls[] = {
#ifdef SYS_open
    {"open", SYS_open, "/etc/passwd", {0, O_RDONLY}},
    {"fork", SYS_fork, NULL, {0}},
    {"vfork", SYS_vfork, NULL, {0}},
    {"unlink", SYS_unlink, "/tmp/riptide-test-op", {0}},
    {"x32", 0x40000000 | SYS_getpid, NULL, {0}},
#endif
    {"openat", SYS_openat, NULL, {AT_FDCWD, 0, O_RDONLY}},
    {"socket", SYS_socket, NULL, {AF_INET, SOCK_STREAM, 0}},
    {"connect", SYS_connect, NULL, {PROTO_FD, 0, 0}},
    {"sendmsg", SYS_sendmsg, NULL, {PROTO_FD, 0, 0}},
    {"clone3", SYS_clone3, NULL, {0, 0}},
    {"execve", SYS_execve, "/bin/true", {0}},
    {"ptrace", SYS_ptrace, NULL, {0, 0, 0, 0}},
    {"kill", SYS_kill, NULL, {0, 0}},
    {"tgkill", SYS_tgkill, NULL, {1, 1, 0}},
    {"io_uring_setup", SYS_io_uring_setup, NULL, {1, 0}},
    {"memfd_create", SYS_memfd_create, "x", {0}},
    {"bpf", SYS_bpf, NULL, {0, 0, 0}},
    {"setuid", SYS_setuid, NULL, {0}},
    {"prctl", SYS_prctl, NULL, {1, SIGKILL}},
    {"seccomp", SYS_seccomp, NULL, {0}},
    {"dup", SYS_dup, NULL, {PROTO_FD}},
    {"pidfd_open", SYS_pidfd_open, NULL, {1, 0}},
    {"process_vm_readv", SYS_process_vm_readv, NULL, {1}},
    {"nanosleep", SYS_nanosleep, &a_while, {0}},
};

static void
op_mprotect(const struct op_call *c UNUSED)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static void
op_mmap_exec(const struct op_call *c UNUSED)
{
	(void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void
op_int80(const struct op_call *c UNUSED)
{
#ifdef __x86_64__
	long nr = 20; // getpid of i386

	__asm__ volatile("int $0x80" : "+a"(nr) : : "memory");
#endif
}

static void
op_segv(const struct op_call *c UNUSED)
{
	static volatile uintptr_t nowhere = 16; // the compiler must not know

	*(volatile int *)nowhere = 1;
}

static void
op_abort(const struct op_call *c UNUSED)
{
	abort();
}

static void
op_spin(const struct op_call *c UNUSED)
{
	for (volatile unsigned i = 0;; i = i + 1)
		;
}

static void
op_alloc_bomb(const struct op_call *c UNUSED)
{
	for (volatile char *p; (p = malloc(1 << 20));)
		for (size_t i = 0; i < 1 << 20; i += 4096)
			p[i] = 1;
}

// --- answers that break the protocol ---

static void
answer(const struct op_call *c, uint32_t type, uint64_t id, struct sv body)
{
	(void)!proto_send(c->fd, type, id, SV_NULL, body, deadline_in_ms(1000), NULL);
}

static void
raw(const struct op_call *c, const void *p, size_t n)
{
	(void)!send(c->fd, p, n, MSG_NOSIGNAL);
}

static void
op_garbage(const struct op_call *c)
{
	char noise[4096];

	memset(noise, 'x', sizeof(noise));
	raw(c, noise, sizeof(noise));
}

static void
op_huge(const struct op_call *c)
{
	struct proto_header h = {
	    PROTO_MAGIC, PROTO_VERSION, PROTO_DOCUMENT, c->id, 0, UINT64_MAX / 2};

	raw(c, &h, sizeof(h));
}

static void
op_half(const struct op_call *c)
{
	struct proto_header h = {PROTO_MAGIC, PROTO_VERSION, PROTO_DOCUMENT, c->id, 0, 100};

	raw(c, &h, sizeof(h));
	raw(c, "{\"title\":", 9);
	_exit(0);
}

static void
op_wrong_id(const struct op_call *c)
{
	answer(c, PROTO_DOCUMENT, c->id + 1, SV("{}"));
}

static void
op_wrong_type(const struct op_call *c)
{
	answer(c, PROTO_PONG, c->id, SV("{}"));
}

static void
op_twice(const struct op_call *c)
{
	struct {
		struct proto_header h1;
		char body1[2];
		char rest[8];
	} two = {{PROTO_MAGIC, PROTO_VERSION, PROTO_DOCUMENT, c->id, 0, 2}, {'{', '}'}, {'m'}};

	raw(c, &two, sizeof(two));
}

static void
op_not_json(const struct op_call *c)
{
	answer(c, PROTO_DOCUMENT, c->id, SV("{\"title\": \"x\","));
}

static void
op_not_utf8(const struct op_call *c)
{
	answer(c, PROTO_DOCUMENT, c->id, SV("{\"title\": \"\xff\xfe\"}"));
}

static void
op_unknown_key(const struct op_call *c)
{
	answer(c, PROTO_DOCUMENT, c->id, SV("{\"title\": \"x\", \"surprise\": 1}"));
}

static void
op_bad_type(const struct op_call *c)
{
	answer(c, PROTO_DOCUMENT, c->id, SV("{\"title\": {\"a\": 1}}"));
}

static void
op_not_object(const struct op_call *c)
{
	answer(c, PROTO_DOCUMENT, c->id, SV("[1, 2]"));
}

static void
op_odd_code(const struct op_call *c)
{
	answer(
	    c, PROTO_FAILED, c->id, SV("{\"code\": \"cancelled\", \"message\": \"\\u001b[2Jx\"}"));
}

static const struct {
	const char *name;
	void (*run)(const struct op_call *c);
	bool answers; // its own frame is the answer
} ops[] = {
    {"mprotect-exec", op_mprotect, false},
    {"mmap-exec", op_mmap_exec, false},
    {"int80", op_int80, false},
    {"segv", op_segv, false},
    {"abort", op_abort, false},
    {"spin", op_spin, false},
    {"alloc-bomb", op_alloc_bomb, false},
    {"garbage", op_garbage, true},
    {"huge", op_huge, true},
    {"half", op_half, true},
    {"wrong-id", op_wrong_id, true},
    {"wrong-type", op_wrong_type, true},
    {"twice", op_twice, true},
    {"not-json", op_not_json, true},
    {"not-utf8", op_not_utf8, true},
    {"unknown-key", op_unknown_key, true},
    {"bad-type", op_bad_type, true},
    {"not-object", op_not_object, true},
    {"odd-code", op_odd_code, true},
};

static bool
run_call(struct sv name)
{
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		long first = calls[i].ptr ? (long)(uintptr_t)calls[i].ptr : calls[i].a[0];
		long second =
		    calls[i].nr == SYS_openat ? (long)(uintptr_t) "/etc/passwd" : calls[i].a[1];

		if (!sv_eq_str(name, calls[i].name))
			continue;
		if (calls[i].nr == SYS_execve)
			second = (long)(uintptr_t)no_args;
		(void)syscall(calls[i].nr, first, second, calls[i].a[2], calls[i].a[3]);
		return true;
	}
	return false;
}

int
worker_test_op(int fd, uint64_t id, struct sv name)
{
	const struct op_call c = {fd, id};
	struct err err = ERR_INIT;
	bool known = false;

	errno = 0;
	known = run_call(name);
	for (size_t i = 0; i < ARRAY_LEN(ops) && !known; i++) {
		if (!sv_eq_str(name, ops[i].name))
			continue;
		ops[i].run(&c);
		if (ops[i].answers)
			return 0;
		known = true;
	}
	err_set(&err, ERR_INTERNAL, known ? "the op " SV_FMT " returned: %s" : "no op " SV_FMT "%s",
	    SV_ARG(name), known ? strerrorname_np(errno) : "");
	return worker_send_failure(fd, id, &err);
}
#endif
