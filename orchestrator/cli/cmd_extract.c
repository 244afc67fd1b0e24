// SPDX-License-Identifier: Apache-2.0
// `riptide extract FILE`: HTML in, document out, in the extractor's sandbox, without a browser;
// with
// --bulk, many of them. Main thread.
#include "orchestrator/cli/bulk.h"
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/output.h"
#include "orchestrator/cli/render_args.h"

#include "base/url.h"
#include "extract/document.h"
#include "orchestrator/pool/extractor.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define MAX_HTML_BYTES ((size_t)256 << 20)

struct extract_args {
	const char *url, *output, *fields, *schema, *charset;
	int format;
	int64_t timeout_ms, jobs;
	int stats, bulk, ordered, resume;
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
	.doc = "what is written (markdown; json with --bulk, --fields or --schema)"},
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
    {.name = "schema",
	.type = OPT_STRING,
	.offset = O(schema),
	.arg = "FILE",
	.doc = "JSON Schema of the fields' values, as in `extract.schema` of a request"},
    {.name = "charset",
	.type = OPT_STRING,
	.offset = O(charset),
	.arg = "NAME",
	.doc =
	    "character set of the page, believed before all but a byte order mark; absent: found out"},
    {.name = "timeout",
	.type = OPT_INT,
	.offset = O(timeout_ms),
	.min = 1,
	.max = 600000,
	.arg = "MS",
	.doc = "limit in ms (30000), for each page"},
    {.name = "stats",
	.type = OPT_FLAG,
	.offset = O(stats),
	.doc = "say on standard error what each page took and gave, and the sums"},
    {.name = "bulk",
	.type = OPT_FLAG,
	.offset = O(bulk),
	.doc =
	    "many pages: a directory of HTML and XML files (.html .htm .xhtml .xml .rss .atom), or "
	    "- for lines of {\"id\", \"url\", \"html\"}; a line of JSON each comes out"},
    {.name = "ordered",
	.type = OPT_FLAG,
	.offset = O(ordered),
	.doc = "with --bulk: lines come out in the order of the pages"},
    {.name = "resume",
	.type = OPT_FLAG,
	.offset = O(resume),
	.doc = "with --bulk -o FILE: pass over pages that FILE has, append the others"},
    {.name = "jobs",
	.letter = 'j',
	.type = OPT_INT,
	.offset = O(jobs),
	.min = 1,
	.max = 63,
	.arg = "N",
	.doc = "with --bulk: extractors at a time (as many as cores)"},
};
#undef O

// Why it can't be read, and which command was meant.
static int
input_error(const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return err_set(
		    err, ERR_INPUT, "%s: is a directory; --bulk extracts all pages in one", path);
	if (strncasecmp(path, "http://", 7) == 0 || strncasecmp(path, "https://", 8) == 0)
		return err_set(
		    err, ERR_INPUT, "%s: no such file; `riptide render URL` loads a page", path);
	return err->code;
}

static int
read_html(const char *path, struct buf *out, struct err *err)
{
	bool from_stdin = strcmp(path, "-") == 0;
	int rc = from_stdin ? buf_read_fd(out, STDIN_FILENO, "standard input", err)
			    : buf_read_file(out, path, err);

	if (rc != 0)
		return from_stdin ? rc : input_error(path, err);
	return bulk_check_bytes(from_stdin ? "standard input" : path, buf_view(out), err);
}

static int
add_file(const char *path, const char *key, cJSON *extract, struct err *err)
{
	cJSON *v = NULL;
	int rc = path ? cli_read_json_file(path, &v, err) : 0;

	if (v)
		json_set(extract, key, v);
	return rc;
}

// A format other than JSON is the one member of the document that is asked for, beside what is told
// about it.
static void
ask_for_format(const struct extract_args *a, bool about, cJSON *extract)
{
	static const char *const told[] = {"word_count", "quality_score", "extraction_metadata"};
	cJSON *members;

	if (a->format == FORMAT_JSON)
		return;
	members = json_arr();
	json_push(members, cJSON_CreateString(formats[a->format]));
	for (size_t i = 0; about && i < ARRAY_LEN(told); i++)
		json_push(members, cJSON_CreateString(told[i]));
	json_set(extract, "document", members);
}

// What the worker is told beside the HTML; the fields are checked here, where their file can be
// named.
static int
make_head(const struct extract_args *a, cJSON *head, struct err *err)
{
	cleanup_buf url = BUF_INIT_MAX(1 << 20);
	struct extract_options *o;
	struct arena arena;
	cJSON *extract = json_obj();
	int rc = a->url ? url_check(sv_from(a->url), &url, err) : 0;

	json_set(head, "extract", extract);
	ask_for_format(a, !a->bulk || a->stats, extract);
	if (rc != 0) {
		err_prefix(err, "--url");
		return rc;
	}
	if (a->url)
		json_set_sv(head, "url", buf_view(&url));
	if (a->charset)
		json_set_str(head, "charset", a->charset);
	rc = add_file(a->fields, "fields", extract, err);
	if (rc == 0)
		rc = add_file(a->schema, "schema", extract, err);
	if (rc != 0)
		return rc;
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
format_document(int format, const char *name, const cJSON *document, struct buf *out)
{
	const char *text = json_str(document, formats[format]);

	if (format != FORMAT_JSON && (!text || text[0] == '\0'))
		fprintf(stderr,
		    "riptide: %s: no content found; if scripts are to fill the page, "
		    "`riptide render URL` runs them\n",
		    name);
	if (format == FORMAT_JSON)
		json_print(out, document, true);
	else if (text)
		buf_str(out, text);
	if (out->n > 0 && out->p[out->n - 1] != '\n')
		buf_ch(out, '\n');
}

// The sums of one page, whatever format was written.
static void
print_stats(const char *page, size_t html_bytes, const cJSON *document)
{
	struct bulk_sums sums = {0};
	cleanup_buf text = BUF_INIT, id = BUF_INIT;
	cJSON *name = cJSON_CreateString(page);

	json_print(&text, document, false);
	json_print(&id, name, false);
	bulk_sums_add(&sums, id.p, html_bytes, buf_view(&text), true);
	cJSON_Delete(name);
}

// Values that are missing or not as the schema wants them don't fail the page, but are told.
static void
say_field_errors(const char *name, const cJSON *document)
{
	const cJSON *list = json_path(document, "extraction_metadata.field_errors");
	int n = cJSON_GetArraySize(list);

	if (n > 0)
		fprintf(stderr,
		    "riptide: %s: %d field error%s, the first of \"%s\": %s; all are in "
		    "extraction_metadata.field_errors\n",
		    name, n, n > 1 ? "s" : "", json_str(list->child, "name"),
		    json_str(list->child, "error"));
}

static int
extract(const struct extract_args *a, const char *path, struct output *o, struct err *err)
{
	cleanup_buf html = BUF_INIT_MAX(MAX_HTML_BYTES), text = BUF_INIT;
	const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
	cJSON *head = json_obj(), *document = NULL;
	int rc = make_head(a, head, err);

	if (rc == 0)
		rc = output_open(o, a->output ? a->output : "-", false, err);
	if (rc == 0)
		rc = read_html(path, &html, err);
	if (rc == 0)
		rc = run_extractor(head, buf_view(&html), a->timeout_ms, &document, err);
	if (rc == 0) {
		format_document(a->format, name, document, &text);
		rc = output_write(o, buf_view(&text), err);
	}
	if (rc == 0)
		rc = output_commit(o, err);
	if (rc == 0)
		say_field_errors(name, document);
	if (rc == 0 && a->stats)
		print_stats(name, html.n, document);
	cJSON_Delete(document);
	cJSON_Delete(head);
	return rc;
}

static int
charset_check(const char *label, struct err *err)
{
	if (!label || extract_knows_charset(label))
		return 0;
	return err_at(err, ERR_USAGE, "--charset",
	    "\"%.40s\" is no encoding of the web; such are utf-8, shift_jis, windows-1251", label);
}

static int
bulk_options_check(const struct extract_args *a, const char *source, struct err *err)
{
	if (!a->bulk && (a->ordered || a->resume || a->jobs))
		return err_set(err, ERR_USAGE, "--ordered, --resume and --jobs go with --bulk");
	if (a->bulk && a->url)
		return err_set(
		    err, ERR_USAGE, "--url is of one page; with --bulk each line has its own");
	if (a->bulk && a->charset && strcmp(source, "-") == 0)
		return err_set(err, ERR_USAGE, "--charset is of files; lines of JSON are UTF-8");
	if (a->resume && !a->output)
		return err_set(err, ERR_USAGE, "--resume needs -o FILE");
	return 0;
}

// What is not JSON goes into the lines as that one member of the documents.
static int
extract_bulk(const struct extract_args *a, const char *source)
{
	struct err err = ERR_INIT;
	cJSON *head = json_obj(), *extract;
	struct bulk_opts o = {.source = source,
	    .output = a->output ? a->output : "-",
	    .member = a->format == FORMAT_JSON ? NULL : formats[a->format],
	    .charset = a->charset,
	    .timeout_ms = a->timeout_ms,
	    .jobs = a->jobs,
	    .ordered = a->ordered,
	    .resume = a->resume,
	    .stats = a->stats};
	int rc = make_head(a, head, &err);

	if (rc == 0) {
		extract = cJSON_DetachItemFromObjectCaseSensitive(head, "extract");
		o.extract = extract;
		rc = bulk_run(&o);
		cJSON_Delete(extract);
	} else {
		rc = cli_error(&err);
	}
	cJSON_Delete(head);
	return rc;
}

int
cmd_extract(int argc, char **argv)
{
	const struct opts_spec spec = {
	    .usage = "riptide extract FILE|- [options], riptide extract --bulk DIR|- [options]",
	    .doc = "Extract the document from an HTML file, without a browser.",
	    .rows = rows,
	    .n_rows = ARRAY_LEN(rows),
	    .min_args = 1,
	    .max_args = 1,
	    .many = "one file at a time, or --bulk DIR, or --bulk - with lines of JSON",
	};
	cleanup_free const char **args = xcalloc((size_t)argc + 1, sizeof(*args));
	struct extract_args a = {.format = FORMAT_DEFAULT, .timeout_ms = 30000};
	struct output o = OUTPUT_INIT;
	struct err err = ERR_INIT;
	size_t n;
	int rc = cli_parse(&spec, argc, argv, &a, args, &n);

	if (rc >= 0)
		return rc;
	rc = bulk_options_check(&a, args[0], &err);
	if (rc == 0)
		rc = charset_check(a.charset, &err);
	if (a.format == FORMAT_DEFAULT)
		a.format = a.bulk || a.fields || a.schema ? FORMAT_JSON : FORMAT_MARKDOWN;
	if (rc == 0 && a.bulk)
		return extract_bulk(&a, args[0]);
	if (rc == 0)
		rc = extract(&a, args[0], &o, &err);
	output_close(&o);
	return rc == 0 ? EXIT_COMPLETE : cli_error(&err);
}
