// SPDX-License-Identifier: Apache-2.0
// `riptide extract FILE`: HTML in, document out, in the extractor's sandbox, without a browser.
// Main thread.
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/output.h"
#include "orchestrator/cli/render_args.h"

#include "base/url.h"
#include "extract/document.h"
#include "orchestrator/pool/extractor.h"

#include <string.h>

#define MAX_HTML_BYTES ((size_t)256 << 20)

struct extract_args {
	const char *url, *output, *fields, *charset;
	int format;
	int64_t timeout_ms;
};

static const char *const formats[] = {"json", "markdown", "text", "html", NULL};

#define O(member) offsetof(struct extract_args, member)
static const struct opt rows[] = {
    {.name = "url",
	.type = OPT_STRING,
	.offset = O(url),
	.arg = "URL",
	.doc = "where the page comes from: links become absolute"},
    {.name = "format",
	.letter = 'f',
	.type = OPT_ENUM,
	.offset = O(format),
	.names = formats,
	.arg = "FORMAT",
	.doc = "what is written"},
    {.name = "output",
	.letter = 'o',
	.type = OPT_STRING,
	.offset = O(output),
	.arg = "FILE",
	.doc = "write there, not to standard output"},
    {.name = "fields",
	.type = OPT_STRING,
	.offset = O(fields),
	.arg = "FILE",
	.doc = "custom fields: a JSON or YAML object as in `extract.fields` of a request"},
    {.name = "charset",
	.type = OPT_STRING,
	.offset = O(charset),
	.arg = "NAME",
	.doc = "character set, if the transport said it; absent: found out"},
    {.name = "timeout",
	.type = OPT_INT,
	.offset = O(timeout_ms),
	.min = 1,
	.max = 600000,
	.arg = "MS",
	.doc = "limit in ms (30000)"},
};
#undef O

static int
read_html(const char *path, struct buf *out, struct err *err)
{
	if (strcmp(path, "-") == 0)
		return buf_read_fd(out, STDIN_FILENO, "standard input", err);
	return buf_read_file(out, path, err);
}

// What the worker is told beside the HTML; the fields are checked here, where their file can be
// named.
static int
make_head(const struct extract_args *a, cJSON *head, struct err *err)
{
	cleanup_buf url = BUF_INIT_MAX(1 << 20);
	struct extract_options *o;
	struct arena arena;
	cJSON *fields = NULL, *extract;
	int rc = a->url ? url_check(sv_from(a->url), &url, err) : 0;

	if (rc != 0)
		return rc;
	if (a->url)
		json_set_sv(head, "url", buf_view(&url));
	if (a->charset)
		json_set_str(head, "charset", a->charset);
	if (!a->fields)
		return 0;
	rc = cli_read_json_file(a->fields, &fields, err);
	if (rc != 0)
		return rc;
	extract = json_obj();
	json_set(extract, "fields", fields);
	json_set(head, "extract", extract);
	arena_init(&arena, (size_t)64 << 20);
	rc = extract_options_read(extract, &arena, "extract", &o, err);
	arena_done(&arena);
	return rc;
}

static int
run_extractor(
    const cJSON *head, struct sv html, int64_t timeout_ms, cJSON **document, struct err *err)
{
	struct deadline dl = deadline_in_ms(timeout_ms);
	struct extractor *x = NULL;
	int rc = extractor_open(dl, &x, err);

	if (rc != 0)
		return rc;
	rc = extractor_run(x, NULL, head, html, dl, -1, document, err);
	extractor_close(x);
	return rc;
}

static void
format_document(int format, const cJSON *document, struct buf *out)
{
	const char *text = json_str(document, formats[format]);

	if (format == FORMAT_JSON)
		json_print(out, document, true);
	else if (text)
		buf_str(out, text);
	if (out->n > 0 && out->p[out->n - 1] != '\n')
		buf_ch(out, '\n');
}

static int
extract(const struct extract_args *a, const char *path, struct output *o, struct err *err)
{
	cleanup_buf html = BUF_INIT_MAX(MAX_HTML_BYTES), text = BUF_INIT;
	cJSON *head = json_obj(), *document = NULL;
	int rc = make_head(a, head, err);

	if (rc == 0)
		rc = output_open(o, a->output ? a->output : "-", false, err);
	if (rc == 0)
		rc = read_html(path, &html, err);
	if (rc == 0)
		rc = run_extractor(head, buf_view(&html), a->timeout_ms, &document, err);
	if (rc == 0) {
		format_document(a->format, document, &text);
		rc = output_write(o, buf_view(&text), err);
	}
	if (rc == 0)
		rc = output_commit(o, err);
	cJSON_Delete(document);
	cJSON_Delete(head);
	return rc;
}

int
cmd_extract(int argc, char **argv)
{
	const struct opts_spec spec = {
	    .usage = "riptide extract FILE|- [options]",
	    .doc = "Extract the document from an HTML file, without a browser.",
	    .rows = rows,
	    .n_rows = ARRAY_LEN(rows),
	    .min_args = 1,
	    .max_args = 1,
	};
	cleanup_free const char **args = xcalloc((size_t)argc + 1, sizeof(*args));
	struct extract_args a = {.format = FORMAT_MARKDOWN, .timeout_ms = 30000};
	struct output o = OUTPUT_INIT;
	struct err err = ERR_INIT;
	size_t n;
	int rc = cli_parse(&spec, argc, argv, &a, args, &n);

	if (rc >= 0)
		return rc;
	rc = extract(&a, args[0], &o, &err);
	output_close(&o);
	return rc == 0 ? EXIT_COMPLETE : cli_error(&err);
}
