// SPDX-License-Identifier: Apache-2.0
// riptide-launch, in the child that becomes Chromium: which kinds of sockets there are for it and
// all that it starts. A network namespace holds the internet's protocols and abstract Unix sockets,
// but not all families: AF_VSOCK leads from any namespace to the machine's hypervisor. Chromium's
// own filters come on top.
#include "sandbox/launch_priv.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#else
#error "which architecture is this to seccomp?"
#endif
#define X32_BIT 0x40000000u // of system call numbers: another table, on x86-64

#define LOAD(field)                                                                                \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define LEAVE(action)            BPF_STMT(BPF_RET | BPF_K, (action))
#define IF_EQUAL(v, then, other) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (v), (then), (other))
#define IF_BELOW(v, then, other) BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (v), (other), (then))
#define REFUSE(e)                LEAVE(SECCOMP_RET_ERRNO | (e))

// What does not look at arguments costs nothing from Linux 5.11 on, where the kernel remembers it.
int
launch_filter_sockets(void)
{
	struct sock_filter rows[] = {
	    LOAD(arch),
	    IF_EQUAL(NATIVE, 1, 0),
	    REFUSE(ENOSYS), // int 0x80 has its own way to sockets
	    LOAD(nr),
	    IF_BELOW(X32_BIT, 1, 0),
	    REFUSE(ENOSYS),
	    IF_EQUAL(SYS_io_uring_setup, 0, 1),
	    REFUSE(ENOSYS), // makes sockets that no filter sees
	    IF_EQUAL(SYS_socket, 2, 0),
	    IF_EQUAL(SYS_socketpair, 1, 0),
	    LEAVE(SECCOMP_RET_ALLOW),
	    LOAD(args[0]), // the lower half of it: little-endian
	    IF_EQUAL(AF_UNIX, 4, 0),
	    IF_EQUAL(AF_INET, 3, 0),
	    IF_EQUAL(AF_INET6, 2, 0),
	    IF_EQUAL(AF_NETLINK, 1, 0),
	    REFUSE(EAFNOSUPPORT),
	    LEAVE(SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = ARRAY_LEN(rows), .filter = rows};

	// Older kernels would slow its scripts down otherwise (Spectre v4).
	return (int)syscall(
	    SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
}
