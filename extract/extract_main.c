// SPDX-License-Identifier: Apache-2.0
// riptide-extract: started by riptide with its socket on fd 3, becomes the fork server of the
// extractor's workers. Also replaces malloc, so that a worker can't overlook that memory ran out.
#include "extract/versions.h"
#include "extract/worker.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#ifndef RIPTIDE_SANITIZER
// Libraries may call what they had memory for a success. A worker whose malloc fails ends at once
// with a status of its own; riptide reports extractor_oom.
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static void *
checked(void *p)
{
	if (!p && atomic_load_explicit(&worker_dies_of_oom, memory_order_relaxed))
		_exit(PROTO_EXIT_OOM);
	return p;
}

void *
malloc(size_t n)
{
	return checked(__libc_malloc(n));
}

void *
calloc(size_t n, size_t size)
{
	return checked(__libc_calloc(n, size));
}

void *
realloc(void *p, size_t n)
{
	void *q = __libc_realloc(p, n);

	return n > 0 ? checked(q) : q;
}
#endif

enum { DEFAULT_MEMORY_MB = 2048 };

static bool
is_socket(int fd)
{
	int type;
	socklen_t n = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 && type == SOCK_STREAM;
}

static int
print_versions(void)
{
	cleanup_buf text = BUF_INIT;

	extract_versions(&text);
	buf_ch(&text, '\n');
	return util_write_all(STDOUT_FILENO, text.p, text.n) == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct worker_opts o = {.memory_bytes = (size_t)DEFAULT_MEMORY_MB << 20};
	char *end = NULL;
	unsigned long mb =
	    argc == 3 && strcmp(argv[1], "--memory-mb") == 0 ? strtoul(argv[2], &end, 10) : 0;

	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return print_versions();
	if (argc != 1 && (!end || *end || mb < 64 || mb > 1 << 20)) {
		fprintf(stderr, "usage: riptide-extract [--memory-mb 64..1048576]\n");
		return 2;
	}
	if (!is_socket(PROTO_FD)) {
		fprintf(stderr,
		    "riptide-extract is a helper of riptide; it can't be started by hand\n");
		return 2;
	}
	if (mb)
		o.memory_bytes = (size_t)mb << 20;
	// By now nothing is allowed that exit() would still do.
	_exit(server_run(PROTO_FD, &o));
}
