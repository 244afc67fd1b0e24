// SPDX-License-Identifier: Apache-2.0
// The seccomp filters: one table of system calls each, every row with its reason; what is in no row
// kills the process by SIGSYS. Calls of another architecture (int 0x80, x32) are killed too.
#include "sandbox/confine.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE              65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

#ifdef RIPTIDE_SANITIZER
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

const char *const confine_filter_names[] = {
    "worker", "fork-server", "egress", "sanitizer", "egress-sanitizer", NULL};

enum { OWN_PID = 1 }; // the first argument must be the process's own pid

struct row {
	int nr;
	const char *reason;
	unsigned flags;
	unsigned n_cmp;
	struct scmp_arg_cmp cmp[2];
	uint32_t action; // 0: allow
};

#define ARG(i, v)                                                                                  \
	{                                                                                          \
		(i), SCMP_CMP_EQ, (uint64_t)(v), 0                                                 \
	}
#define ARG_BITS(i, mask, want)                                                                    \
	{                                                                                          \
		(i), SCMP_CMP_MASKED_EQ, (uint64_t)(mask), (uint64_t)(want)                        \
	}
// ALLOW(system call, reason, further fields of the row…)
#define ALLOW(name, why, ...)                                                                      \
	{                                                                                          \
		.nr = SCMP_SYS(name), .reason = (why), __VA_ARGS__                                 \
	}
#define IF(...)    .n_cmp = 1, .cmp = {__VA_ARGS__}
#define FORK_FLAGS (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD)

// What every one of them needs, however little it does.
static const struct row common_rows[] = {
    ALLOW(restart_syscall, "waiting goes on after SIGSTOP and SIGCONT"),
    ALLOW(rt_sigreturn, "end of a signal handler"),
    ALLOW(exit_group, "the end"),
    ALLOW(exit, "the end"),
    ALLOW(brk, "malloc"),
    ALLOW(mmap, "malloc; never executable", IF(ARG_BITS(2, PROT_EXEC, 0))),
    ALLOW(munmap, "free"),
    ALLOW(mremap, "realloc"),
    ALLOW(madvise, "free"),
    ALLOW(clock_gettime, "the clock where the vDSO can't read it"),
    ALLOW(gettimeofday, "the same"),
    ALLOW(time, "the same"),
    ALLOW(write, "last words of an assertion, stderr only", IF(ARG(0, 2))),
    ALLOW(writev, "last words of glibc, stderr only", IF(ARG(0, 2))),
    ALLOW(rt_sigprocmask, "abort(): a failed assertion shows as SIGABRT, not as a violation"),
    ALLOW(getpid, "abort()"),
    ALLOW(gettid, "abort()"),
    ALLOW(tgkill, "abort(): SIGABRT to itself only", .flags = OWN_PID, .n_cmp = 2,
	.cmp = {ARG(0, 0), ARG(2, SIGABRT)}),
};

static const struct row worker_rows[] = {
    ALLOW(recvfrom, "read frames"),
    ALLOW(sendto, "write frames; no address, so the socketpair only", IF(ARG(4, 0))),
    ALLOW(poll, "wait for a frame"),
    ALLOW(ppoll, "the same where poll is made of it"),
    ALLOW(mmap, "a refused JIT falls back to its interpreter",
	IF(ARG_BITS(2, PROT_EXEC, PROT_EXEC)), .action = SCMP_ACT_ERRNO(EPERM)),
};

static const struct row server_rows[] = {
    ALLOW(clone, "fork of a worker, nothing else that clone can do", IF(ARG(0, FORK_FLAGS))),
    ALLOW(tgkill, "abort() of a worker, whose own filter says more", IF(ARG(2, SIGABRT))),
    ALLOW(set_robust_list, "fork, in the child"),
    ALLOW(rseq, "fork, in the child"),
    ALLOW(wait4, "reap workers"),
    ALLOW(waitid, "reap workers"),
    ALLOW(socketpair, "a worker's socket: AF_UNIX only", IF(ARG(0, AF_UNIX))),
    ALLOW(sendmsg, "hand the worker's pidfd and socket to riptide"),
    ALLOW(pidfd_open, "a worker's pidfd"),
    ALLOW(pidfd_send_signal, "SIGKILL to workers at the end", IF(ARG(1, SIGKILL))),
    ALLOW(close, "fds handed over"),
    ALLOW(close_range, "a worker drops every other fd"),
    ALLOW(getppid, "a worker checks that its server still lives"),
    ALLOW(prctl, "a worker dies with its server", IF(ARG(0, PR_SET_PDEATHSIG))),
    ALLOW(prctl, "a worker's own filter", IF(ARG(0, PR_SET_NO_NEW_PRIVS))),
    ALLOW(prctl, "a worker's own filter", IF(ARG(0, PR_SET_DUMPABLE))),
    ALLOW(prctl, "a worker's own filter", IF(ARG(0, PR_SET_MDWE))),
    ALLOW(prctl, "a worker's own filter", IF(ARG(0, PR_SET_SECCOMP))),
    ALLOW(seccomp, "a worker's own filter"),
    ALLOW(landlock_create_ruleset, "a worker's own Landlock domain"),
    ALLOW(landlock_restrict_self, "a worker's own Landlock domain"),
    ALLOW(prlimit64, "a worker's limits"),
    ALLOW(getrlimit, "a worker's limits"),
    ALLOW(setrlimit, "a worker's limits"),
};

#define SOCKET_TYPE_BITS 0xf

static const struct row egress_rows[] = {
    ALLOW(epoll_wait, "the loop"),
    ALLOW(epoll_pwait, "the same where epoll_wait is made of it"),
    ALLOW(epoll_ctl, "the loop"),
    ALLOW(recvmsg, "packets of riptide's, listeners with them"),
    ALLOW(recvfrom, "bytes to be relayed"),
    ALLOW(sendto, "bytes to be relayed; no address", IF(ARG(4, 0))),
    ALLOW(accept4, "connections of browsers"),
    ALLOW(socket, "to dial", .n_cmp = 2,
	.cmp = {ARG(0, AF_INET), ARG_BITS(1, SOCKET_TYPE_BITS, SOCK_STREAM)}),
    ALLOW(socket, "to dial", .n_cmp = 2,
	.cmp = {ARG(0, AF_INET6), ARG_BITS(1, SOCKET_TYPE_BITS, SOCK_STREAM)}),
    ALLOW(socket, "is an address the machine's own?", .n_cmp = 2,
	.cmp = {ARG(0, AF_INET), ARG_BITS(1, SOCKET_TYPE_BITS, SOCK_DGRAM)}),
    ALLOW(socket, "is an address the machine's own?", .n_cmp = 2,
	.cmp = {ARG(0, AF_INET6), ARG_BITS(1, SOCKET_TYPE_BITS, SOCK_DGRAM)}),
    ALLOW(bind, "is an address the machine's own?"),
    ALLOW(connect, "to dial"),
    ALLOW(getsockname, "which slot a connection is for"),
    ALLOW(getsockopt, "did dialling succeed", IF(ARG(1, SOL_SOCKET))),
    ALLOW(setsockopt, "TCP_NODELAY, TCP_KEEPIDLE, TCP_KEEPINTVL", IF(ARG(1, IPPROTO_TCP))),
    ALLOW(setsockopt, "SO_LINGER: an abort is passed on; SO_KEEPALIVE", IF(ARG(1, SOL_SOCKET))),
    ALLOW(shutdown, "an end is passed on"),
    ALLOW(close, "the end of a connection"),
    ALLOW(fcntl, "a listener does not block", IF(ARG(1, F_SETFL))),
};

// What the sanitizers' run-time does beside the program. Still no socket, connect, exec,
// ptrace, io_uring, bpf.
static const struct row sanitizer_rows[] = {
    ALLOW(openat, "own mappings, for reports"),
    ALLOW(open, "the same"),
    ALLOW(close, "the same"),
    ALLOW(read, "the same"),
    ALLOW(pread64, "the same"),
    ALLOW(lseek, "the same"),
    ALLOW(readlink, "the same"),
    ALLOW(readlinkat, "the same"),
    ALLOW(newfstatat, "the same"),
    ALLOW(fstat, "the same"),
    ALLOW(stat, "the same"),
    ALLOW(access, "the same"),
    ALLOW(getcwd, "the same"),
    ALLOW(ioctl, "is stderr a terminal"),
    ALLOW(write, "reports"),
    ALLOW(writev, "reports"),
    ALLOW(mmap, "shadow memory"),
    ALLOW(mprotect, "shadow memory"),
    ALLOW(mincore, "shadow memory"),
    ALLOW(sigaltstack, "signal handlers"),
    ALLOW(rt_sigaction, "signal handlers"),
    ALLOW(tgkill, "abort()"),
    ALLOW(futex, "locks of the run-time"),
    ALLOW(membarrier, "the same"),
    ALLOW(sched_yield, "the same"),
    ALLOW(nanosleep, "the run-time's own thread"),
    ALLOW(clock_nanosleep, "the same"),
    ALLOW(clone, "the same"),
    ALLOW(clone3, "the same"),
    ALLOW(set_tid_address, "the same"),
    ALLOW(arch_prctl, "the same"),
    ALLOW(prctl, "thread names"),
    ALLOW(sched_getaffinity, "size of the machine"),
    ALLOW(sysinfo, "the same"),
    ALLOW(uname, "the same"),
    ALLOW(getrusage, "the same"),
    ALLOW(personality, "address space randomisation"),
    ALLOW(getrandom, "seeds"),
    ALLOW(getuid, "who runs"),
    ALLOW(geteuid, "the same"),
    ALLOW(getgid, "the same"),
    ALLOW(getegid, "the same"),
};

#define TABLE(rows)                                                                                \
	{                                                                                          \
		rows, ARRAY_LEN(rows)                                                              \
	}
static const struct filter {
	struct {
		const struct row *rows;
		size_t n;
	} tables[4];
} filters[] = {
    [CONFINE_WORKER] = {{TABLE(worker_rows), TABLE(common_rows)}},
    [CONFINE_FORK_SERVER] = {{TABLE(worker_rows), TABLE(server_rows), TABLE(common_rows)}},
    [CONFINE_EGRESS] = {{TABLE(egress_rows), TABLE(common_rows)}},
    [CONFINE_SANITIZER] = {{TABLE(worker_rows), TABLE(server_rows), TABLE(common_rows),
	TABLE(sanitizer_rows)}},
    [CONFINE_EGRESS_SANITIZER] = {{TABLE(egress_rows), TABLE(worker_rows), TABLE(common_rows),
	TABLE(sanitizer_rows)}},
};

enum confine_filter
confine_filter_for_build(enum confine_filter f)
{
	if (!SANITIZED)
		return f;
	return f == CONFINE_EGRESS ? CONFINE_EGRESS_SANITIZER : CONFINE_SANITIZER;
}

static int
add_row(scmp_filter_ctx ctx, const struct row *r)
{
	struct scmp_arg_cmp cmp[ARRAY_LEN(r->cmp)];

	memcpy(cmp, r->cmp, sizeof(cmp));
	if (r->flags & OWN_PID)
		cmp[0].datum_a = (uint64_t)getpid();
	return seccomp_rule_add_array(
	    ctx, r->action ? r->action : SCMP_ACT_ALLOW, r->nr, r->n_cmp, cmp);
}

static int
add_filter(scmp_filter_ctx ctx, const struct filter *f)
{
	int rc = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (size_t t = 0; t < ARRAY_LEN(f->tables); t++)
		for (size_t i = 0; rc == 0 && i < f->tables[t].n; i++)
			rc = add_row(ctx, &f->tables[t].rows[i]);
	return rc;
}

static int
process_flags(struct err *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_set(err, ERR_SANDBOX, "no_new_privs: %s", strerror(errno));
	// A sanitizer reads its own /proc files and makes shadow memory as it goes.
	if (prctl(PR_SET_DUMPABLE, SANITIZED, 0, 0, 0) != 0)
		return err_set(err, ERR_SANDBOX, "dumpable: %s", strerror(errno));
	if (!SANITIZED && prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) != 0 &&
	    errno != EINVAL)
		return err_set(err, ERR_SANDBOX, "memory-deny-write-execute: %s", strerror(errno));
	return 0; // EINVAL: kernels before 6.3
}

int
confine_seccomp(enum confine_filter f, struct err *err)
{
	scmp_filter_ctx ctx;
	int rc = process_flags(err);

	if (rc != 0)
		return rc;
	ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!ctx)
		return err_set(err, ERR_SANDBOX, "seccomp is not available");
	rc = add_filter(ctx, &filters[f]);
	if (rc == 0)
		rc = seccomp_load(ctx);
	seccomp_release(ctx);
	if (rc != 0)
		return err_set(err, ERR_SANDBOX, "seccomp filter %s: %s", confine_filter_names[f],
		    strerror(-rc));
	return 0;
}

void
confine_markdown(enum confine_filter f, struct buf *out)
{
	buf_str(out, "| system call | for |\n|---|---|\n");
	for (size_t t = 0; t < ARRAY_LEN(filters[f].tables); t++) {
		for (size_t i = 0; i < filters[f].tables[t].n; i++) {
			const struct row *r = &filters[f].tables[t].rows[i];
			cleanup_free char *name =
			    seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, r->nr);

			buf_fmt(out, "| `%s`%s | %s |\n", name ? name : "?",
			    r->action  ? " refused"
			    : r->n_cmp ? " restricted"
				       : "",
			    r->reason);
		}
	}
}
