// SPDX-License-Identifier: Apache-2.0
// The checks of `riptide doctor` that start programs: Chromium, its sandbox, the extractor and its
// filter. Main thread.
#include "orchestrator/cli/doctor.h"
#include "orchestrator/cli/probe.h"

#include "cdp/loop.h"
#include "orchestrator/egress/egress.h"
#include "orchestrator/pool/browser.h"
#include "orchestrator/pool/extractor.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define START_MS 20000
#define CLOSE_MS 2000

static void
bad(struct doctor_finding *f, const struct err *err, const char *advice)
{
	f->verdict = DOCTOR_BAD;
	buf_str(&f->text, err->message);
	buf_str(&f->advice, advice);
}

void
doctor_browser(struct doctor_finding *f)
{
	struct err err = ERR_INIT;
	cleanup_free char *version = NULL;
	char path[4096];

	if (browser_find(BROWSER_HEADLESS_SHELL, path, sizeof(path), &err) == 0)
		version = probe_browser_version(BROWSER_HEADLESS_SHELL, &err);
	if (version)
		buf_fmt(&f->text, "%s in %s", version, path);
	else
		bad(f, &err, "apt-get install chromium-headless-shell");
}

// Of a browser that runs behind a guard.
typedef int look_fn(struct browser *b, struct deadline dl, struct err *err);

static int
try_browser(look_fn *look, cJSON **status, struct err *err)
{
	struct deadline dl = deadline_in_ms(START_MS);
	struct browser_opts o = {
	    .kind = BROWSER_HEADLESS_SHELL, .window_width = 800, .window_height = 600};
	struct loop *loop = loop_new(err);
	struct browser *b = NULL;
	int rc = loop ? egress_open(&o.egress, err) : err->code;

	if (rc == 0)
		rc = browser_open(loop, &o, dl, &b, err);
	if (rc == 0)
		rc = look(b, dl, err);
	if (rc == 0)
		*status = browser_status(b);
	browser_close(b, deadline_in_ms(CLOSE_MS));
	egress_close(o.egress);
	if (loop)
		loop_free(loop);
	return rc;
}

static const char *
yes_or_no(const cJSON *isolation, const char *key)
{
	return json_bool(isolation, key, false) ? "yes" : "no";
}

void
doctor_sandbox(struct doctor_finding *f)
{
	struct err err = ERR_INIT;
	cJSON *status = NULL;

	if (try_browser(browser_check_sandbox, &status, &err) == 0) {
		const cJSON *isolation = json_get(status, "isolation");

		buf_fmt(&f->text,
		    "renderers run under seccomp; uid %lld, pid namespace: %s, mount namespace: %s",
		    (long long)json_int(isolation, "uid", -1),
		    yes_or_no(isolation, "pid_namespace"), yes_or_no(isolation, "mount_namespace"));
	} else {
		bad(f, &err,
		    "apt-get install chromium-sandbox, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1)");
	}
	cJSON_Delete(status);
}

static int
nothing_more(struct browser *b UNUSED, struct deadline dl UNUSED, struct err *err UNUSED)
{
	return 0;
}

void
doctor_egress(struct doctor_finding *f)
{
	struct err err = ERR_INIT;
	cJSON *status = NULL;

	if (try_browser(nothing_more, &status, &err) != 0) {
		bad(f, &err,
		    err.code == ERR_SANDBOX
			? "riptide-egress must lie beside riptide, on a kernel with seccomp"
			: "no browser to look at: see chromium-sandbox");
	} else if (json_bool(json_get(status, "isolation"), "network_namespace", false)) {
		buf_str(&f->text,
		    "browsers have a network of their own, with no way out but the guard");
	} else {
		f->verdict = DOCTOR_WARN;
		buf_str(&f->text, "browsers share the machine's network");
		buf_str(&f->advice,
		    "only Chromium's proxy settings lead its connections through the guard; allow network namespaces");
	}
	cJSON_Delete(status);
}

// The worker's own view is not asked: /proc says what the kernel enforces.
static int
seccomp_mode(int64_t pid)
{
	char path[64], text[8192];
	cleanup_close int fd = -1;
	const char *line;
	size_t n = 0;

	snprintf(path, sizeof(path), "/proc/%lld/status", (long long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || util_read_all(fd, text, sizeof(text) - 1, &n) != 0)
		return -1;
	text[n] = '\0';
	line = strstr(text, "\nSeccomp:");
	return line ? (int)strtol(line + 9, NULL, 10) : -1;
}

static int
try_extractor(struct extractor *x, struct doctor_finding *f, struct err *err)
{
	struct sv page = SV("<title>t</title><h1>Doctor</h1><p>One paragraph of text.</p>");
	cJSON *head = json_obj(), *document = NULL, *status;
	int rc = extractor_run(x, NULL, head, page, deadline_in_ms(START_MS), -1, &document, err);

	cJSON_Delete(head);
	cJSON_Delete(document);
	if (rc != 0)
		return rc;
	status = extractor_status(x);
	if (seccomp_mode(json_int(status, "pid", 0)) != 2)
		rc = err_set(err, ERR_SANDBOX, "the worker runs without a seccomp filter");
	else
		buf_fmt(&f->text, "works under the filter \"%s\" (Seccomp: 2), Landlock ABI %lld",
		    json_str(status, "filter"), (long long)json_int(status, "landlock_abi", 0));
	cJSON_Delete(status);
	return rc;
}

void
doctor_extractor(struct doctor_finding *f)
{
	struct err err = ERR_INIT;
	struct extractor *x = NULL;
	int rc = extractor_open(deadline_in_ms(START_MS), &x, &err);

	if (rc == 0) {
		rc = try_extractor(x, f, &err);
		extractor_close(x);
	}
	if (rc != 0)
		bad(f, &err, "riptide-extract must lie beside riptide, on a kernel with seccomp");
}
