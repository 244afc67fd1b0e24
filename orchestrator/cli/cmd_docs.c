// SPDX-License-Identifier: Apache-2.0
// `riptide docs WHAT`: reference documentation printed from the tables; a lint test compares it
// with docs/. Main thread.
#include "orchestrator/cli/cli.h"

#include "actions/actions.h"
#include "orchestrator/job/request.h"
#include "orchestrator/pool/browser.h"

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
}

static const struct {
	const char *name;
	void (*print)(struct buf *out);
} pages[] = {{"actions", actions_markdown}, {"schema", print_schema}, {"errors", print_errors},
    {"flags", print_flags}};

int
cmd_docs(int argc, char **argv)
{
	const struct opts_spec spec = {
	    .usage = "riptide docs actions|schema|errors|flags",
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
	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		if (strcmp(args[0], pages[i].name) == 0) {
			pages[i].print(&text);
			return cli_print(buf_view(&text));
		}
	err_set(&err, ERR_USAGE, "no page \"%s\"; usage: %s", args[0], spec.usage);
	return cli_error(&err);
}
