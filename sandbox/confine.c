// SPDX-License-Identifier: Apache-2.0
// rlimits, root, fds and Landlock for the helper that calls; the seccomp filters are in
// confine_seccomp.c. Single-threaded helper processes only, before they read anything from a page.
#include "sandbox/confine.h"

#include <assert.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum { NOBODY = 65534, MAX_KEEP = 8 };

static int
limit(int resource, rlim_t value, const char *what, struct err *err)
{
	struct rlimit old, r = {value, value};

	// A hard limit can only be lowered.
	if (getrlimit((__rlimit_resource_t)resource, &old) == 0 && old.rlim_max < value)
		r.rlim_cur = r.rlim_max = old.rlim_max;
	if (setrlimit((__rlimit_resource_t)resource, &r) == 0)
		return 0;
	return err_set(err, ERR_SANDBOX, "rlimit %s: %s", what, strerror(errno));
}

int
confine_rlimits(const struct confine_limits *lim, struct err *err)
{
	const struct {
		bool on;
		int resource;
		rlim_t value;
		const char *what;
	} rows[] = {
	    {true, RLIMIT_CORE, 0, "core"},
	    {true, RLIMIT_FSIZE, lim->fsize_bytes, "fsize"},
	    {lim->stack_bytes > 0, RLIMIT_STACK, lim->stack_bytes, "stack"},
	    {lim->cpu_s > 0, RLIMIT_CPU, lim->cpu_s, "cpu"},
	    {lim->set_nproc, RLIMIT_NPROC, lim->nproc, "nproc"},
	    {true, RLIMIT_NOFILE, lim->nofile, "nofile"},
	    {lim->address_space_bytes > 0, RLIMIT_AS, lim->address_space_bytes, "address space"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int rc = rows[i].on ? limit(rows[i].resource, rows[i].value, rows[i].what, err) : 0;

		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
drop_capabilities(struct err *err)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct none[2] = {{0}};

	if (syscall(SYS_capset, &head, none) == 0)
		return 0;
	return err_set(err, ERR_SANDBOX, "drop capabilities: %s", strerror(errno));
}

int
confine_drop_root(struct err *err)
{
	if (geteuid() != 0)
		return 0;
	if (setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
	    setresuid(NOBODY, NOBODY, NOBODY) == 0)
		return 0; // the change of uid took the capabilities along
	return drop_capabilities(err);
}

// --- Landlock ---

// Debian 12's header ends at ABI 2; the kernel reads as much of the struct as its size says.
struct landlock_attr {
	uint64_t fs;
	uint64_t net;    // ABI 4
	uint64_t scoped; // ABI 6
};

static const struct landlock_abi {
	int abi;
	size_t size;
	struct landlock_attr deny;
} landlock_abis[] = {
    {6, 24, {(1u << 16) - 1, 3, 3}}, // + abstract Unix sockets, signals
    {5, 16, {(1u << 16) - 1, 3, 0}}, // + ioctl on devices
    {4, 16, {(1u << 15) - 1, 3, 0}}, // + TCP bind and connect
    {3, 8, {(1u << 15) - 1, 0, 0}},  // + truncate
    {2, 8, {(1u << 14) - 1, 0, 0}},  // + link and rename between folders
    {1, 8, {(1u << 13) - 1, 0, 0}},
};

enum { LANDLOCK_CONNECT_TCP = 2 };

static int
landlock_restrict(const struct landlock_abi *row, uint64_t net_allowed, struct err *err)
{
	struct landlock_attr deny = row->deny;
	int fd, e;

	deny.net &= ~net_allowed;
	fd = (int)syscall(SYS_landlock_create_ruleset, &deny, row->size, 0);
	if (fd < 0)
		return err_set(err, ERR_SANDBOX, "landlock ruleset: %s", strerror(errno));
	e = syscall(SYS_landlock_restrict_self, fd, 0) == 0 ? 0 : errno;
	close(fd);
	return e ? err_set(err, ERR_SANDBOX, "landlock: %s", strerror(e)) : 0;
}

static int
landlock(uint64_t net_allowed, int *abi, struct err *err)
{
	long version =
	    syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	*abi = version > 0 ? (int)version : 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_set(err, ERR_SANDBOX, "no_new_privs: %s", strerror(errno));
	for (size_t i = 0; i < ARRAY_LEN(landlock_abis); i++)
		if (*abi >= landlock_abis[i].abi)
			return landlock_restrict(&landlock_abis[i], net_allowed, err);
	return 0;
}

int
confine_landlock(int *abi, struct err *err)
{
	return landlock(0, abi, err);
}

int
confine_landlock_client(int *abi, struct err *err)
{
	return landlock(LANDLOCK_CONNECT_TCP, abi, err);
}

// --- fds ---

void
confine_close_fds(const int *keep, size_t n)
{
	unsigned from = 3;

	assert(n <= MAX_KEEP);
	for (;;) {
		unsigned next = ~0u; // the lowest kept fd that is not below `from`

		for (size_t i = 0; i < n; i++)
			if (keep[i] >= (int)from && (unsigned)keep[i] < next)
				next = (unsigned)keep[i];
		if (next > from)
			(void)close_range(from, next == ~0u ? next : next - 1, 0);
		if (next == ~0u)
			return;
		from = next + 1;
	}
}
