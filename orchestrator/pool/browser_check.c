// SPDX-License-Identifier: Apache-2.0
// Is the sandbox really there? What /proc says of a renderer of this browser, seen from outside.
// For doctor, the pool's probe and tests; not on the path of a job.
#include "orchestrator/pool/browser_priv.h"
#include "orchestrator/pool/procfs.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define CHECK_MS 10000

struct renderer {
	pid_t pid;
	int seccomp;    // 2: filter
	int filters;    // of its own, beside those that the launcher gave to all of the browser
	int pid_levels; // nested pid namespaces, 1: ours
};

// -1: it does not say.
static int
number_of(const char *status, const char *field)
{
	const char *at = strstr(status, field);
	return at ? (int)strtol(at + strlen(field), NULL, 10) : -1;
}

// Of a renderer, and of the zygote that it is a copy of. Without numbers (Linux before 5.9) the
// mode has to do.
static int
count_filters(const char *status)
{
	char parent[8192];
	int own = number_of(status, "\nSeccomp_filters:");
	pid_t zygote = (pid_t)number_of(status, "\nPPid:");
	if (own < 0)
		return 1;
	if (proc_read("/proc", zygote, "status", parent, sizeof(parent)) <= 0)
		return 0;
	return own - number_of(parent, "\nSeccomp_filters:");
}

static void
read_status(struct renderer *r)
{
	char status[8192];
	if (proc_read("/proc", r->pid, "status", status, sizeof(status)) <= 0)
		return;
	const char *ns = strstr(status, "\nNSpid:");
	r->seccomp = number_of(status, "\nSeccomp:");
	r->filters = count_filters(status);
	for (const char *p = ns ? ns + 7 : NULL; p && *p && *p != '\n'; p++)
		r->pid_levels += *p == '\t';
}

// The first renderer below `launcher`; pid 0 when there is none.
static struct renderer
find_renderer(pid_t launcher)
{
	struct renderer r = {0};
	DIR *d = opendir("/proc");
	if (!d)
		return r;
	for (struct dirent *e; !r.pid && (e = readdir(d));) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
		if (pid > 0 && proc_is_renderer("/proc", pid) &&
		    proc_is_below("/proc", pid, launcher))
			r.pid = pid;
	}
	closedir(d);
	if (r.pid)
		read_status(&r);
	return r;
}

static int
judge(const struct renderer *r, struct err *err)
{
	if (!r->pid)
		return err_set(err, ERR_SANDBOX, "no renderer process is to be seen in /proc");
	if (r->seccomp != 2 || r->filters < 1)
		return err_set(err, ERR_SANDBOX,
		    "the renderer (pid %d) runs without a seccomp filter of Chromium's (Seccomp: %d, "
		    "filters: %d)",
		    r->pid, r->seccomp, r->filters);
	if (r->pid_levels < 2)
		return err_set(err, ERR_SANDBOX,
		    "the renderer (pid %d) has no pid namespace of its own", r->pid);
	return 0;
}

// A renderer that has evaluated something has its sandbox on: it is engaged before the first
// message.
static int
evaluate(struct cdp_client *cl, const char *target, struct deadline dl, struct err *err)
{
	struct cdp_session *s = NULL;
	int rc = cdp_session_attach(cl, target, dl, &s, err);
	if (rc)
		return rc;
	cJSON *params = json_obj();
	json_set_str(params, "expression", "1");
	return cdp_call(cl, s, "Runtime.evaluate", params, dl, NULL, err);
}

static int
check_with_page(struct browser *b, struct cdp_client *cl, struct deadline dl, struct err *err)
{
	cJSON *made = NULL, *params = json_obj();
	json_set_str(params, "url", "about:blank");
	int rc = cdp_call(cl, NULL, "Target.createTarget", params, dl, &made, err);
	if (rc)
		return rc;
	const char *id = json_str(made, "targetId");
	rc = id ? evaluate(cl, id, dl, err) : err_set(err, ERR_PROTOCOL, NULL);
	if (!rc) {
		struct renderer r = find_renderer(b->launcher_pid);
		rc = judge(&r, err);
	}
	params = json_obj();
	json_set_str(params, "targetId", id);
	(void)!cdp_send(cl, NULL, "Target.closeTarget", params, NULL, NULL);
	cJSON_Delete(made);
	return rc;
}

int
browser_check_sandbox(struct browser *b, struct deadline dl, struct err *err)
{
	struct cdp_client *cl = cdp_client_new(b->conn, NULL, NULL);
	int rc = check_with_page(b, cl, deadline_step(dl, CHECK_MS), err);
	cdp_client_free(cl);
	return rc;
}
