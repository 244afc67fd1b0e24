// SPDX-License-Identifier: Apache-2.0
// Extracts every *.html of a folder and writes the text beside it as OUT/ID.txt (or .md, .html):
// for measuring with corpus/evaluate.py and for timing; `document` writes the whole document as the
// worker answers it, `metadata` only its Markdown and metadata. One process, one thread; prints
// pages, bytes and CPU time. usage: extract_corpus HTMLDIR OUTDIR
// [text|markdown|html|document|metadata]
#include "extract/content/content.h"
#include "extract/document.h"
#include "extract/html/charset.h"

#include <dirent.h>
#include <stdio.h>
#include <time.h>

enum format { TEXT, MARKDOWN, HTML, DOCUMENT, METADATA };
static const char *const format_names[] = {"text", "markdown", "html", "document", "metadata"};

static double
cpu_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static struct {
	double parse, find, write;
	size_t pages, bytes;
} totals;

// All fields, or those that are neither the content in other forms nor lists.
static int
document(struct sv html, enum format f, struct arena *a, struct buf *out, struct err *err)
{
	const struct extract_options metadata = {
	    .document =
		~(uint64_t)(1u << DOC_TEXT | 1u << DOC_HTML | 1u << DOC_LINKS | 1u << DOC_MEDIA |
			    1u << DOC_TABLES | 1u << DOC_SCHEMA_ORG | 1u << DOC_CUSTOM_FIELDS)};
	struct extract_input in = {.html = html,
	    .url = "https://example.org/",
	    .charset = "utf-8",
	    .options = f == METADATA ? &metadata : NULL};
	double t0 = cpu_seconds();
	cJSON *doc = NULL;
	int rc = extract_document(&in, a, &doc, err);

	if (rc == 0)
		json_print(out, doc, false);
	cJSON_Delete(doc);
	totals.write += cpu_seconds() - t0;
	return rc;
}

static int
extract(struct sv html, enum format f, struct arena *a, struct buf *out, struct err *err)
{
	struct tree t;
	struct content c;
	struct content_hints h = {0};
	struct write_opts o = {.base = SV("https://example.org/")};
	cleanup_buf utf8 = BUF_INIT;
	const char *charset;
	double t0 = cpu_seconds(), t1, t2;

	if (charset_to_utf8(html, NULL, &utf8, &charset, err) != 0 || tree_init(&t, a, err) != 0 ||
	    html_parse(&t, buf_view(&utf8), &tree_limits_default, err) != 0)
		return err->code;
	t1 = cpu_seconds();
	if (content_find(&t, a, &h, &c, err) != 0)
		return err->code;
	t2 = cpu_seconds();
	if (f == TEXT)
		text_write(&t, &c, out);
	else if (f == MARKDOWN)
		markdown_write(&t, &c, &o, out);
	else
		clean_html_write(&t, &c, &o, out);
	totals.parse += t1 - t0;
	totals.find += t2 - t1;
	totals.write += cpu_seconds() - t2;
	if (getenv("VERBOSE"))
		printf("%s %.3f %u %.3f %.3f %.3f\n", c.method, c.quality, c.words, c.link_density,
		    c.text_share, c.paragraph_share);
	return 0;
}

static int
one_page(const char *dir, const char *name, const char *outdir, enum format f)
{
	static const char *const ext[] = {"txt", "md", "html", "json", "json"};
	cleanup_free char *in = xasprintf("%s/%s", dir, name);
	cleanup_free char *out =
	    xasprintf("%s/%.*s.%s", outdir, (int)(strlen(name) - 5), name, ext[f]);
	cleanup_buf html = BUF_INIT, text = BUF_INIT;
	static struct arena a; // for all pages, as in the worker
	struct err err = ERR_INIT;
	FILE *file;

	if (buf_read_file(&html, in, &err) != 0)
		return 1;
	if (getenv("VERBOSE"))
		printf("%.*s ", (int)(strlen(name) - 5), name);
	if ((f >= DOCUMENT ? document(buf_view(&html), f, &a, &text, &err)
			   : extract(buf_view(&html), f, &a, &text, &err)) != 0)
		fprintf(stderr, "%s: %s\n", name, err.message);
	arena_reset(&a);
	totals.pages++;
	totals.bytes += html.n;
	file = fopen(out, "w");
	if (!file)
		return 1;
	if (text.n > 0)
		fwrite(text.p, 1, text.n, file);
	fclose(file);
	return 0;
}

int
main(int argc, char **argv)
{
	DIR *d = argc >= 3 ? opendir(argv[1]) : NULL;
	enum format f = TEXT;
	double seconds;

	if (!d) {
		fprintf(stderr,
		    "usage: extract_corpus HTMLDIR OUTDIR [text|markdown|html|document|metadata]\n");
		return 2;
	}
	for (size_t i = 0; argc > 3 && i < ARRAY_LEN(format_names); i++)
		if (strcmp(argv[3], format_names[i]) == 0)
			f = (enum format)i;
	for (struct dirent *e; (e = readdir(d));)
		if (strlen(e->d_name) > 5 &&
		    strcmp(e->d_name + strlen(e->d_name) - 5, ".html") == 0 &&
		    one_page(argv[1], e->d_name, argv[2], f) != 0)
			return 1;
	closedir(d);
	seconds = totals.parse + totals.find + totals.write;
	fprintf(stderr,
	    "%zu pages, %.1f MB, %.2f s CPU (parse %.2f, find %.2f, write %.2f): %.0f pages/s\n",
	    totals.pages, (double)totals.bytes / 1e6, seconds, totals.parse, totals.find,
	    totals.write, (double)totals.pages / seconds);
	return 0;
}
