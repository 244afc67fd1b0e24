// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/service/notify.h"

#include "base/buf.h"
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

// A manager's socket, named in NOTIFY_SOCKET.
static int
manager(const char *name)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	assert_true(fd >= 0);
	memcpy(a.sun_path, name, strlen(name));
	if (name[0] == '@')
		a.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&a,
			     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
	    0);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static const char *
next(int fd)
{
	static char text[512];
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void
nothing_is_sent_when_nobody_asked(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	notify_send("READY=1");
	setenv("NOTIFY_SOCKET", "", 1);
	notify_send("READY=1");
	setenv("NOTIFY_SOCKET", "relative", 1);
	notify_send("READY=1");
	setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
	notify_send("READY=1");
}

static void
states_arrive_by_path_and_by_abstract_name(void **state)
{
	char dir[] = "/tmp/riptide-notify-XXXXXX", path[64], abstract[64];
	long long usec = 0;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/n", dir);
	fd = manager(path);
	notify_send("READY=1");
	assert_string_equal(next(fd), "READY=1");
	close(fd);
	unlink(path);
	rmdir(dir);

	snprintf(abstract, sizeof(abstract), "@riptide-notify-%d", getpid());
	fd = manager(abstract);
	notify_status("%d jobs\nREADY=1", 3);
	notify_status("%d jobs\nREADY=1", 3); // known already
	notify_reloading();
	assert_string_equal(next(fd), "STATUS=3 jobs READY=1");
	assert_int_equal(sscanf(next(fd), "RELOADING=1\nMONOTONIC_USEC=%lld", &usec), 1);
	assert_in_range(clock_us() - usec, 0, 10000000);
	assert_string_equal(next(fd), "");
	close(fd);
}

static void
a_manager_that_does_not_read_stops_nobody(void **state)
{
	char abstract[64];
	int fd;

	(void)state;
	snprintf(abstract, sizeof(abstract), "@riptide-notify-%d-full", getpid());
	fd = manager(abstract);
	for (int i = 0; i < 10000; i++)
		notify_send("STATUS=on and on");
	close(fd);
}

// What `child` returns in a process of its own, whose pid the variables may name.
static int
in_child(int (*child)(void *arg), void *arg)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(child(arg));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int
beats(void *arg)
{
	int64_t end = clock_us() + 300000;
	char pid[24];
	int fd = *(int *)arg, n = 0;

	setenv("WATCHDOG_USEC", "100000", 1);
	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("WATCHDOG_PID", pid, 1);
	while (clock_us() < end) {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		notify_watchdog();
		if (poll(&p, 1, 5) > 0)
			n += strcmp(next(fd), "WATCHDOG=1") == 0;
	}
	return n;
}

static int
no_beats(void *arg)
{
	setenv("WATCHDOG_USEC", "1", 1);
	setenv("WATCHDOG_PID", "1", 1);
	notify_watchdog();
	return next(*(int *)arg)[0] != '\0';
}

static void
the_watchdog_hears_twice_in_its_time(void **state)
{
	char abstract[64];
	int fd;

	(void)state;
	snprintf(abstract, sizeof(abstract), "@riptide-notify-%d-dog", getpid());
	fd = manager(abstract);
	assert_in_range(in_child(beats, &fd), 2, 7); // 6 on a machine that has time
	assert_int_equal(in_child(no_beats, &fd), 0);
	close(fd);
	unsetenv("NOTIFY_SOCKET");
}

// --- socket activation ---

struct given {
	const char *names, *pid; // pid NULL: the child's own
	int n;                   // sockets from 3 on; the last of them listens
};

static int
listening(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 || listen(fd, 5) != 0)
		_exit(200);
	return fd;
}

static int
take_fd(void *arg)
{
	const struct given *g = arg;
	char text[24];
	int fd, last;

	for (int i = 0; i < g->n; i++) {
		fd = i == g->n - 1 ? listening() : socket(AF_INET, SOCK_STREAM, 0);
		if (fd != 100 + i) {
			dup2(fd, 100 + i);
			close(fd);
		}
	}
	for (int i = 0; i < g->n; i++)
		dup2(100 + i, 3 + i);
	snprintf(text, sizeof(text), "%d", g->n);
	setenv("LISTEN_FDS", text, 1);
	snprintf(text, sizeof(text), "%d", getpid());
	setenv("LISTEN_PID", g->pid ? g->pid : text, 1);
	if (g->names)
		setenv("LISTEN_FDNAMES", g->names, 1);
	last = 3 + g->n - 1;
	fd = notify_listen_fd();
	if (getenv("LISTEN_FDS") || getenv("LISTEN_PID") || getenv("LISTEN_FDNAMES"))
		return 201;
	if (fd >= 0 && fcntl(fd, F_GETFD) != FD_CLOEXEC)
		return 202;
	for (int i = 3; fd >= 0 && i < last; i++)
		if (i != fd && fcntl(i, F_GETFD) >= 0)
			return 203;
	return fd < 0 ? 0 : fd;
}

static void
the_handed_over_socket_is_taken(void **state)
{
	struct given one = {.n = 1};
	struct given named = {.n = 3, .names = "metrics:x:riptide"};
	struct given others = {.n = 3, .names = "a:b:c"};
	struct given foreign = {.n = 1, .pid = "1"};
	struct given odd = {.n = 1, .pid = "12x"};
	struct given none = {.n = 0};

	(void)state;
	assert_int_equal(in_child(take_fd, &one), 3);
	assert_int_equal(in_child(take_fd, &named), 5);
	assert_int_equal(in_child(take_fd, &others), 0);
	assert_int_equal(in_child(take_fd, &foreign), 0);
	assert_int_equal(in_child(take_fd, &odd), 0);
	assert_int_equal(in_child(take_fd, &none), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_is_sent_when_nobody_asked),
	    cmocka_unit_test(states_arrive_by_path_and_by_abstract_name),
	    cmocka_unit_test(a_manager_that_does_not_read_stops_nobody),
	    cmocka_unit_test(the_watchdog_hears_twice_in_its_time),
	    cmocka_unit_test(the_handed_over_socket_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
