// SPDX-License-Identifier: Apache-2.0
// riptide-egress: started by riptide with the control socket as fd 3; confines itself, and from
// then on passes on what is allowed and nothing else. Arguments: NAME=NUMBER (limits.c).
#include "sandbox/egress/guard.h"

#include "base/url.h"
#include "sandbox/confine.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { FDS_OF_OTHERS = 1024, FDS_A_CONNECTION = 1 + DIALS_MAX };

static int
confine(struct guard *g, struct err *err)
{
	const int keep = EGRESS_CONTROL_FD;
	struct confine_limits lim = {
	    .nofile = (unsigned)g->limits.connections * FDS_A_CONNECTION + FDS_OF_OTHERS,
	    .set_nproc = true,
	    .fsize_bytes = SIZE_MAX}; // stderr may be a file, and no other can be opened
	int abi, rc = confine_drop_root(err);

	confine_close_fds(&keep, 1);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); // the end of the control socket ends it, too
	if (rc == 0)
		rc = confine_landlock_client(&abi, err);
	if (rc == 0)
		rc = confine_rlimits(&lim, err);
	return rc;
}

// Where fewer fds can be had there are fewer connections.
static void
fit_connections(struct limits *l)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0)
		return;
	if (r.rlim_cur < (rlim_t)l->connections * FDS_A_CONNECTION + FDS_OF_OTHERS)
		l->connections =
		    MIN(l->connections, MAX((int64_t)(r.rlim_cur / FDS_A_CONNECTION), (int64_t)16));
}

static bool
is_control(int fd)
{
	int type = 0;
	socklen_t n = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 && type == SOCK_SEQPACKET;
}

int
main(int argc, char **argv)
{
	static struct guard g;
	struct err err = ERR_INIT;
	int rc = 0;

	if (!is_control(EGRESS_CONTROL_FD)) {
		guard_say("a helper of riptide; it can't be started by hand");
		return EXIT_USAGE;
	}
	struct limits limits = limits_default;

	for (int i = 1; i < argc; i++)
		if (limits_arg(&limits, argv[i]) != 0) {
			guard_say("unknown argument: %s", argv[i]);
			return EXIT_USAGE;
		}
	g.limits = limits;
	rc = confine(&g, &err);
	if (rc == 0) {
		fit_connections(&limits);
		guard_init(&g);
		g.limits = limits;
		if (control_open(&g) != 0)
			rc = err_set(&err, ERR_SANDBOX, "epoll");
	}
	if (rc == 0)
		rc = confine_seccomp(confine_filter_for_build(CONFINE_EGRESS), &err);
	if (rc != 0) {
		guard_say("%s", err.message);
		return 1;
	}
	while (!g.ended)
		guard_turn(&g);
	guard_done(&g);
	_exit(0); // no exit handlers: a sanitizer's would ask for more than the filter allows
}
