// SPDX-License-Identifier: Apache-2.0
// `riptide docs WHAT`: reference documentation printed from the tables; a lint test compares it
// with docs/. Main thread.
#include "orchestrator/cli/cli.h"

#include "actions/actions.h"
#include "base/metrics.h"
#include "orchestrator/api/api.h"
#include "orchestrator/job/job.h"
#include "orchestrator/pool/browser.h"
#include "orchestrator/request/request.h"
#include "orchestrator/service/settings.h"
#include "sandbox/confine.h"

#include <string.h>

static void
print_schema(struct buf *out)
{
	cJSON *schema = request_schema();

	json_print(out, schema, true);
	buf_ch(out, '\n');
	cJSON_Delete(schema);
}

#define PRINTED                                                                                    \
	"<!-- Printed from the tables by `./run docs`; edit the tables, not this page. -->\n\n"

static void
print_flags(struct buf *out)
{
	buf_str(out, "# The flags of Chromium\n\n" PRINTED);
	browser_flags_markdown(out);
}

static void
print_errors(struct buf *out)
{
	buf_str(out,
	    "# Errors\n\n" PRINTED
	    "Every error object has one of these codes: `{\"error\": {\"type\", \"code\", \"message\", "
	    "\"request_id\", \"timestamp\", \"retryable\", \"context\"}}`. The value at fault is named by "
	    "`context.path`. *Exit* is the exit code of the command line.\n\n"
	    "| code | type | HTTP | retryable | exit | meaning |\n|---|---|--:|---|--:|---|\n");
	for (int i = 0; i < ERR_COUNT; i++) {
		const struct err_info *e = err_info(-(i + 1));

		buf_fmt(out, "| `%s` | %s | %d | %s | %d | %s |\n", e->code, e->type,
		    e->http_status, e->retryable ? "yes" : "no", (int)e->cli_exit, e->text);
	}
	buf_str(out,
	    "\n*Retryable*: the same request may well succeed later. That does not say that nothing "
	    "was done: when the browser or its page ended (`browser_crashed`, `page_crashed`, "
	    "`page_detached`), the message says `the page may have been asked for` or `the actions had "
	    "been begun` if they were; `action_results` tell how far these came. A job whose browser "
	    "ended before it was told the address is given another browser and does not fail.\n\n"
	    "## Warnings\n\n"
	    "`warnings` of the envelope, events `warning`: what did not end the job. Codes of errors are "
	    "warnings, too, where the job goes on without what failed, as without a picture.\n\n");
	job_warnings_markdown(out);
}

static void
print_settings(struct buf *out)
{
	buf_str(out,
	    "# Settings of `riptide serve`\n\n" PRINTED
	    "Read from a file of `key = value` lines (`--config`, else "
	    "`$XDG_CONFIG_HOME/riptide/riptide.conf`, else `/etc/riptide/riptide.conf`), from the "
	    "environment (`RIPTIDE_` and the name in capitals) and from options (`--` and the name, "
	    "dashes for underscores); the later wins. Times take `ms` (default), `s`, `m`, `h`, `d`; "
	    "sizes take `k`, `M`, `G`, `T` (powers of 1024). `riptide config check FILE` tries a "
	    "file, `riptide config print` shows what is in force and where it comes from, "
	    "[deploy/riptide.conf](../deploy/riptide.conf) is an example. SIGHUP reads file and "
	    "environment anew; a file with an error changes nothing.\n\n");
	settings_markdown(out);
}

static void
print_metrics(struct buf *out)
{
	buf_str(out,
	    "# Metrics\n\n" PRINTED
	    "`GET /metrics` prints them in Prometheus' text format. What has not happened yet is left "
	    "out. A label has at most 256 values; the next ones are counted as `other`.\n\n");
	metrics_markdown(out);
}

static void
print_openapi(struct buf *out)
{
	cJSON *v = api_openapi();

	json_print(out, v, true);
	buf_ch(out, '\n');
	cJSON_Delete(v);
}

static void
print_syscalls(struct buf *out)
{
	buf_str(out,
	    "# System calls\n\n" PRINTED
	    "What the processes that read pages may ask of the kernel; anything else ends them at once "
	    "(seccomp, `SCMP_ACT_KILL_PROCESS`). *Refused*: answered with an error; *restricted*: with "
	    "these arguments only. Builds for sanitizers allow more.\n\n"
	    "## Workers of the extractor, and the stitcher\n\n");
	confine_markdown(CONFINE_WORKER, out);
	buf_str(out, "\n## The extractor's fork server\n\n");
	confine_markdown(CONFINE_FORK_SERVER, out);
	buf_str(out, "\n## The egress guard\n\n");
	confine_markdown(CONFINE_EGRESS, out);
}

static const struct {
	const char *name, *path;
	void (*print)(struct buf *out);
} pages[] = {
    {"actions", "docs/ACTIONS.md", actions_markdown},
    {"schema", "docs/schema/render-request.schema.json", print_schema},
    {"errors", "docs/ERRORS.md", print_errors},
    {"flags", "docs/CHROMIUM-FLAGS.md", print_flags},
    {"api", "docs/API.md", api_markdown},
    {"openapi", "docs/schema/openapi.json", print_openapi},
    {"settings", "docs/SETTINGS.md", print_settings},
    {"metrics", "docs/METRICS.md", print_metrics},
    {"config", "deploy/riptide.conf", settings_example},
    {"syscalls", "docs/SYSCALLS.md", print_syscalls},
};

// For `./run docs` and the lint test: each page and its file.
static void
print_list(struct buf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		buf_fmt(out, "%s %s\n", pages[i].name, pages[i].path);
}

int
cmd_docs(int argc, char **argv)
{
	const struct opts_spec spec = {
	    .usage = "riptide docs PAGE | list",
	    .doc = "Print generated documentation.",
	    .min_args = 1,
	    .max_args = 1,
	};
	cleanup_free const char **args = xcalloc((size_t)argc + 1, sizeof(*args));
	cleanup_buf text = BUF_INIT;
	struct err err = ERR_INIT;
	size_t n;
	int rc = cli_parse(&spec, argc, argv, NULL, args, &n);

	if (rc >= 0)
		return rc;
	if (strcmp(args[0], "list") == 0) {
		print_list(&text);
		return cli_print(buf_view(&text));
	}
	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		if (strcmp(args[0], pages[i].name) == 0) {
			pages[i].print(&text);
			return cli_print(buf_view(&text));
		}
	err_set(&err, ERR_USAGE, "no page \"%s\"; riptide docs list names them", args[0]);
	return cli_error(&err);
}
