// SPDX-License-Identifier: Apache-2.0
// Run a program with --version and read its first line. No shell, no PATH, five seconds at most.
#include "orchestrator/cli/probe.h"

#include "base/buf.h"
#include "orchestrator/pool/browser.h"
#include "sandbox/spawn.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>

#define PROBE_MS        5000
#define PROBE_MAX_BYTES 4096

static void
read_output(int fd, struct deadline dl, struct buf *out)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	while (!out->overflow && poll(&p, 1, deadline_poll_ms(dl)) > 0) {
		char chunk[512];
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n <= 0)
			return;
		buf_add(out, chunk, (size_t)n);
	}
}

static int
run_version(const char *path, struct buf *out, struct err *err)
{
	const char *argv[] = {path, "--version", NULL};
	struct deadline dl = deadline_in_ms(PROBE_MS);
	struct child child = CHILD_INIT;
	cleanup_close int in = -1;
	int fd[2], rc;

	if (pipe2(fd, O_CLOEXEC) != 0)
		return err_set(err, ERR_INTERNAL, "no pipe");
	in = fd[0];
	const struct spawn_fd fds[] = {{fd[1], STDOUT_FILENO}};
	const struct spawn s = {.path = path, .argv = argv, .fds = fds, .n_fds = 1};
	rc = spawn_child(&s, &child, err);
	close(fd[1]);
	if (rc != 0)
		return rc;
	read_output(in, dl, out);
	rc = child_stop(&child, dl);
	return rc == 0 && out->n > 0 ? 0
				     : err_set(err, ERR_BROWSER_START, "%s --version failed", path);
}

char *
probe_browser_version(int kind, struct err *err)
{
	cleanup_buf out = BUF_INIT_MAX(PROBE_MAX_BYTES);
	struct err unused = ERR_INIT;
	struct sv line;
	char path[4096];

	err = err ? err : &unused;
	if (browser_find(kind, path, sizeof(path), err) != 0 || run_version(path, &out, err) != 0)
		return NULL;
	line = buf_view(&out);
	line.n = strcspn(out.p, "\n");
	line = sv_trim(line);
	if (sv_starts(line, "Chromium "))
		line = (struct sv){line.p + 9, line.n - 9};
	return sv_dup(line);
}

char *
probe_extractor_version(void)
{
	cleanup_buf out = BUF_INIT_MAX(PROBE_MAX_BYTES);
	struct err err = ERR_INIT;
	char path[4096];

	if (spawn_helper_path("riptide-extract", path, sizeof(path), &err) != 0 ||
	    run_version(path, &out, &err) != 0)
		return NULL;
	return buf_take(&out);
}
