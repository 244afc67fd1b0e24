// SPDX-License-Identifier: Apache-2.0
// Children get the fds of the list and no other, an empty environment, default signals; they are
// reaped with a deadline and killed for sure.
#include "base/buf.h"
#include "sandbox/spawn.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { PATIENCE_MS = 10000 };

static struct deadline
soon(void)
{
	return deadline_in_ms(PATIENCE_MS);
}

// What a shell command prints on its fd 1.
static void
output_of(const char *script, const struct spawn_fd *more, size_t n_more, struct buf *out)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	struct spawn_fd fds[8] = {{0}};
	struct child c = CHILD_INIT;
	struct err err = ERR_INIT;
	int pipes[2], status = -1;

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	fds[0] = (struct spawn_fd){pipes[1], 1};
	for (size_t i = 0; i < n_more; i++)
		fds[i + 1] = more[i];
	if (spawn_child(
		&(struct spawn){.path = "/bin/sh", .argv = argv, .fds = fds, .n_fds = 1 + n_more},
		&c, &err) != 0)
		fail_msg("%s", err.message);
	close(pipes[1]);
	assert_int_equal(buf_read_fd(out, pipes[0], "pipe", &err), 0);
	close(pipes[0]);
	assert_int_equal(child_wait(&c, soon(), &status), 1);
	assert_int_equal(status, 0);
	buf_ch(out, '\0');
}

static void
a_child_gets_only_the_listed_fds(void **state UNUSED)
{
	cleanup_buf out = BUF_INIT;
	int stray = open("/dev/null", O_RDONLY); // not close-on-exec: a library's leak
	int null = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	const struct spawn_fd more[] = {{null, 5}};

	output_of("cd /proc/self/fd && for f in 0 1 2 3 4 5 6 7 8 9; do [ -e $f ] && "
		  "echo $f $(readlink $f); done; true",
	    more, 1, &out);
	close(stray);
	close(null);
	assert_non_null(strstr(out.p, "0 /dev/null\n"));
	assert_non_null(strstr(out.p, "2 /dev/null\n"));
	assert_non_null(strstr(out.p, "5 /dev/zero\n"));
	assert_null(strstr(out.p, "3 /dev/null"));
	assert_null(strstr(out.p, "4 /dev/null"));
	assert_null(strstr(out.p, "6 "));
}

// fd 5 of the parent becomes 6 and fd 6 becomes 5: each must survive the other's dup2.
static void
fd_numbers_may_cross(void **state UNUSED)
{
	cleanup_buf out = BUF_INIT;
	int zero = fcntl(open("/dev/zero", O_RDONLY | O_CLOEXEC), F_DUPFD_CLOEXEC, 20);
	int null = fcntl(open("/dev/null", O_RDONLY | O_CLOEXEC), F_DUPFD_CLOEXEC, 21);
	const struct spawn_fd more[] = {{zero, null}, {null, zero}};
	char script[128], want[64];

	snprintf(script, sizeof(script), "readlink /proc/self/fd/%d /proc/self/fd/%d", zero, null);
	output_of(script, more, 2, &out);
	snprintf(want, sizeof(want), "/dev/null\n/dev/zero\n");
	assert_string_equal(out.p, want);
	close(zero);
	close(null);
}

static void
the_environment_and_signals_are_clean(void **state UNUSED)
{
	cleanup_buf env = BUF_INIT, sig = BUF_INIT;
	sigset_t set, old;
	const char *ignored;

	setenv("RIPTIDE_SECRET", "x", 1);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, &old);
	output_of("/usr/bin/env", NULL, 0, &env);
	output_of("exec grep -E 'Sig(Blk|Ign)' /proc/self/status", NULL, 0, &sig);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	signal(SIGPIPE, SIG_DFL);
	assert_null(strstr(env.p, "SECRET"));
	assert_non_null(strstr(env.p, "LANG=C.UTF-8"));
	assert_non_null(strstr(sig.p, "SigBlk:\t0000000000000000"));
	ignored = strstr(sig.p, "SigIgn:\t");
	assert_non_null(ignored);
	assert_int_equal(
	    strtoull(ignored + 8, NULL, 16) & 0x7fffffff, 0); // glibc's own 32 and 33 set aside
}

static struct child
start(const char *script)
{
	const char *const argv[] = {"sh", "-c", script, NULL};
	struct child c = CHILD_INIT;

	assert_int_equal(
	    spawn_child(&(struct spawn){.path = "/bin/sh", .argv = argv}, &c, NULL), 0);
	return c;
}

static void
the_status_is_told(void **state UNUSED)
{
	static const struct {
		const char *script, *text;
	} cases[] = {
	    {"exit 3", "exit status 3"},
	    {"kill -TERM $$", "signal 15 (Terminated)"},
	    {"kill -SYS $$", "signal 31 (Bad system call)"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct child c = start(cases[i].script);
		char text[64];
		int status;

		assert_int_equal(child_wait(&c, soon(), &status), 1);
		child_status_text(status, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
		assert_int_equal(c.pid, 0);
		assert_int_equal(c.pidfd, -1);
		assert_int_equal(child_wait(&c, soon(), &status), 1); // again does no harm
	}
}

static void
waiting_ends_at_the_deadline_and_stop_kills(void **state UNUSED)
{
	struct child c = start("trap '' TERM INT; while :; do read x < /dev/zero & wait; done");
	int64_t t = clock_ms();
	pid_t pid = c.pid;
	int status = 0;

	assert_int_equal(child_wait(&c, deadline_in_ms(50), &status), 0);
	assert_in_range(clock_ms() - t, 50, 2050);
	status = child_stop(&c, deadline_in_ms(20));
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_int_equal(kill(pid, 0), -1);
	kill(-pid, SIGKILL); // the loop's own children: it leads its process group
	child_kill(&c);
}

static void
a_program_that_is_not_there_is_an_error(void **state UNUSED)
{
	const char *const argv[] = {"x", NULL};
	struct child c = CHILD_INIT;
	struct err err = ERR_INIT;

	assert_int_equal(
	    spawn_child(&(struct spawn){.path = "/no/such/program", .argv = argv}, &c, &err),
	    ERR_SANDBOX);
	assert_non_null(strstr(err.message, "/no/such/program"));
	assert_int_equal(c.pid, 0);
}

static void
helpers_are_found_beside_the_program(void **state UNUSED)
{
	char path[4096];
	struct err err = ERR_INIT;

	assert_int_equal(spawn_helper_path("test_spawn", path, sizeof(path), &err), 0);
	assert_string_equal(path, TEST_BIN "/test_spawn");
	assert_int_equal(
	    spawn_helper_path("no-such-helper", path, sizeof(path), &err), ERR_SANDBOX);
	assert_non_null(strstr(err.message, "no-such-helper"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_child_gets_only_the_listed_fds),
	    cmocka_unit_test(fd_numbers_may_cross),
	    cmocka_unit_test(the_environment_and_signals_are_clean),
	    cmocka_unit_test(the_status_is_told),
	    cmocka_unit_test(waiting_ends_at_the_deadline_and_stop_kills),
	    cmocka_unit_test(a_program_that_is_not_there_is_an_error),
	    cmocka_unit_test(helpers_are_found_beside_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
