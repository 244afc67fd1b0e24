// SPDX-License-Identifier: Apache-2.0
// Each layer of confinement on its own, in a forked child: files by Landlock, root, limits, the
// filters.
#include "base/buf.h"
#include "sandbox/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

// The wait status of a child that runs `f`; `f` returns the exit status.
static int
in_child(int (*f)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		const struct rlimit none = {0, 0};

		setrlimit(RLIMIT_CORE, &none);
		_exit(f());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
assert_passes(int (*f)(void))
{
	int status = in_child(f);

	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("wait status %04x", status);
}

// --- Landlock ---

static int
no_files_under_landlock(void)
{
	int abi;

	if (confine_landlock(&abi, NULL) != 0)
		return 1;
	if (abi == 0)
		return 0; // a kernel without it
	if (open("/etc/passwd", O_RDONLY) >= 0 || errno != EACCES)
		return 2;
	if (open("/tmp", O_RDONLY | O_DIRECTORY) >= 0 || errno != EACCES)
		return 3;
	if (open("/tmp/riptide-landlock-test", O_WRONLY | O_CREAT, 0600) >= 0 || errno != EACCES)
		return 4;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 5;
}

static int
no_tcp_under_landlock(void)
{
	struct sockaddr sa = {.sa_family = AF_INET};
	int abi, fd;

	if (confine_landlock(&abi, NULL) != 0)
		return 1;
	if (abi < 4)
		return 0;
	fd = socket(AF_INET, SOCK_STREAM, 0);
	return bind(fd, &sa, 16) == -1 && errno == EACCES ? 0 : 2;
}

static int
a_client_may_connect_and_not_listen_under_landlock(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(to);
	int server = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0), abi;

	if (bind(server, (struct sockaddr *)&to, n) != 0 || listen(server, 1) != 0 ||
	    getsockname(server, (struct sockaddr *)&to, &n) != 0)
		return 1;
	if (confine_landlock_client(&abi, NULL) != 0)
		return 2;
	if (connect(fd, (struct sockaddr *)&to, n) != 0)
		return 3;
	if (abi >= 1 && (open("/etc/passwd", O_RDONLY) >= 0 || errno != EACCES))
		return 4;
	to.sin_port = 0;
	fd = socket(AF_INET, SOCK_STREAM, 0);
	return abi < 4 || bind(fd, (struct sockaddr *)&to, n) != 0 ? 0 : 5;
}

static int
no_signal_to_outside_under_landlock(void)
{
	int abi;

	if (confine_landlock(&abi, NULL) != 0)
		return 1;
	if (abi < 6)
		return 0;
	return kill(getppid(), 0) == -1 && errno == EPERM ? 0 : 2;
}

static void
landlock_denies_files_tcp_and_signals(void **state UNUSED)
{
	assert_passes(no_files_under_landlock);
	assert_passes(no_tcp_under_landlock);
	assert_passes(a_client_may_connect_and_not_listen_under_landlock);
	assert_passes(no_signal_to_outside_under_landlock);
}

// --- root, limits, fds ---

// In a user namespace without `nobody` the uid stays, but it may do nothing that root may.
static int
root_is_gone(void)
{
	if (confine_drop_root(NULL) != 0)
		return 1;
	if (chroot("/") == 0)
		return 2;
	return geteuid() != 0 && setuid(0) == 0 ? 3 : 0;
}

static void
root_is_dropped_for_good(void **state UNUSED)
{
	if (geteuid() != 0)
		skip();
	assert_passes(root_is_gone);
}

static int
limits_hold(void)
{
	const struct confine_limits lim = {.address_space_bytes = (size_t)256 << 20,
	    .nofile = 3,
	    .set_nproc = true,
	    .cpu_s = 5,
	    .stack_bytes = 1 << 20};
	struct rlimit r;

	if (confine_rlimits(&lim, NULL) != 0)
		return 1;
	if (malloc((size_t)512 << 20))
		return 2;
	if (dup(0) >= 0 || errno != EMFILE)
		return 3;
	getrlimit(RLIMIT_CORE, &r);
	if (r.rlim_max != 0)
		return 4;
	getrlimit(RLIMIT_NPROC, &r);
	return r.rlim_max == 0 ? 0 : 5;
}

static void
limits_are_hard(void **state UNUSED)
{
#ifdef RIPTIDE_SANITIZER
	skip();
#endif
	assert_passes(limits_hold);
}

static int
only_kept_fds_stay(void)
{
	const int keep[] = {9, 5};

	for (int fd = 3; fd < 12; fd++)
		dup2(0, fd);
	confine_close_fds(keep, ARRAY_LEN(keep));
	for (int fd = 3; fd < 12; fd++)
		if ((fcntl(fd, F_GETFD) >= 0) != (fd == 5 || fd == 9))
			return fd;
	return fcntl(0, F_GETFD) >= 0 ? 0 : 1;
}

static void
fds_are_closed_but_for_those_kept(void **state UNUSED)
{
	assert_passes(only_kept_fds_stay);
}

// --- filters ---

static int
worker_filter(void)
{
	return confine_seccomp(CONFINE_WORKER, NULL);
}

static int
memory_and_frames_work(void)
{
	char byte = 'x';
	int pair[2];
	void *p;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || worker_filter() != 0)
		return 1;
	if (send(pair[0], &byte, 1, MSG_NOSIGNAL) != 1 || recv(pair[1], &byte, 1, 0) != 1)
		return 2;
	p = malloc(64 << 20);
	if (!p || !(p = realloc(p, 128 << 20)))
		return 3;
	memset(p, 1, 1 << 20);
	free(p);
	p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED && errno == EPERM ? 0 : 4;
}

static int
opens_a_file(void)
{
	return worker_filter() == 0 && open("/dev/null", O_RDONLY) >= 0;
}

static int
forks(void)
{
	return worker_filter() == 0 && fork() == 0;
}

static int
signals_another(void)
{
	pid_t other = getppid();

	return worker_filter() == 0 && syscall(SYS_tgkill, other, other, SIGABRT) == 0;
}

static int
aborts(void)
{
	if (worker_filter() == 0)
		abort();
	return 1;
}

static int
server_opens_a_file(void)
{
	return confine_seccomp(CONFINE_FORK_SERVER, NULL) == 0 && open("/dev/null", O_RDONLY) >= 0;
}

static int
server_makes_an_inet_socket(void)
{
	int pair[2];

	return confine_seccomp(CONFINE_FORK_SERVER, NULL) == 0 &&
	       socketpair(AF_INET, SOCK_STREAM, 0, pair) == 0;
}

static int
server_makes_a_thread(void)
{
	return confine_seccomp(CONFINE_FORK_SERVER, NULL) == 0 &&
	       syscall(SYS_clone, 0x10f00, 0, 0, 0, 0);
}

static int
server_forks_a_worker(void)
{
	int status;
	pid_t pid;

	if (confine_seccomp(CONFINE_FORK_SERVER, NULL) != 0)
		return 1;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(worker_filter() == 0 ? 7 : 8);
	}
	return waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 7 ? 0 : 2;
}

static bool
guard_filter(void)
{
	return confine_seccomp(CONFINE_EGRESS, NULL) == 0;
}

static int
guard_opens_a_file(void)
{
	return guard_filter() && open("/dev/null", O_RDONLY) >= 0;
}

static int
guard_makes_a_unix_socket(void)
{
	return guard_filter() && socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

static int
guard_makes_a_netlink_socket(void)
{
	return guard_filter() && socket(AF_NETLINK, SOCK_RAW, 0) >= 0;
}

static int
guard_makes_a_raw_socket(void)
{
	return guard_filter() && socket(AF_INET, SOCK_RAW, 1) >= 0;
}

static int
guard_listens(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return guard_filter() && listen(fd, 1) == 0;
}

static int
guard_sends_to_an_address(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	return guard_filter() && sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)) == 1;
}

static int
guard_runs_a_program(void)
{
	char *argv[] = {NULL};

	return guard_filter() && execve("/bin/true", argv, argv) == 0;
}

static int
guard_makes_code(void)
{
	return guard_filter() && mmap(NULL, 4096, PROT_READ | PROT_EXEC,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static int
guard_makes_sockets(void)
{
	static const int domains[] = {AF_INET, AF_INET6}, types[] = {SOCK_STREAM, SOCK_DGRAM};

	if (!guard_filter())
		return 1;
	for (size_t i = 0; i < 4; i++)
		(void)socket(domains[i / 2], types[i % 2] | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return 0;
}

static void
the_guard_s_filter_lets_it_dial(void **state UNUSED)
{
#ifdef RIPTIDE_SANITIZER
	skip();
#endif
	assert_passes(guard_makes_sockets);
}

static void
the_worker_s_filter_lets_memory_and_frames_pass(void **state UNUSED)
{
#ifdef RIPTIDE_SANITIZER
	skip();
#endif
	assert_passes(memory_and_frames_work);
}

static void
what_is_in_no_row_kills_by_sigsys(void **state UNUSED)
{
	static int (*const tries[])(void) = {opens_a_file, forks, signals_another,
	    server_opens_a_file, server_makes_an_inet_socket, server_makes_a_thread,
	    guard_opens_a_file, guard_makes_a_unix_socket, guard_makes_a_netlink_socket,
	    guard_makes_a_raw_socket, guard_listens, guard_sends_to_an_address,
	    guard_runs_a_program, guard_makes_code};

#ifdef RIPTIDE_SANITIZER
	skip();
#endif
	for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
		int status = in_child(tries[i]);

		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("try %zu: wait status %04x", i, status);
	}
}

static void
a_failed_assertion_is_no_violation(void **state UNUSED)
{
	int status;

#ifdef RIPTIDE_SANITIZER
	skip();
#endif
	status = in_child(aborts);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void
the_server_s_filter_lets_it_fork_workers(void **state UNUSED)
{
#ifdef RIPTIDE_SANITIZER
	skip();
#endif
	assert_passes(server_forks_a_worker);
}

static void
every_row_has_a_name_and_a_reason(void **state UNUSED)
{
	for (int f = CONFINE_WORKER; f <= CONFINE_EGRESS_SANITIZER; f++) {
		cleanup_buf out = BUF_INIT;

		confine_markdown((enum confine_filter)f, &out);
		assert_non_null(strstr(out.p, "| `recvfrom` | "));
		assert_null(strstr(out.p, "`?`"));
		assert_null(strstr(out.p, "|  |"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(landlock_denies_files_tcp_and_signals),
	    cmocka_unit_test(root_is_dropped_for_good),
	    cmocka_unit_test(limits_are_hard),
	    cmocka_unit_test(fds_are_closed_but_for_those_kept),
	    cmocka_unit_test(the_worker_s_filter_lets_memory_and_frames_pass),
	    cmocka_unit_test(what_is_in_no_row_kills_by_sigsys),
	    cmocka_unit_test(a_failed_assertion_is_no_violation),
	    cmocka_unit_test(the_server_s_filter_lets_it_fork_workers),
	    cmocka_unit_test(the_guard_s_filter_lets_it_dial),
	    cmocka_unit_test(every_row_has_a_name_and_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
