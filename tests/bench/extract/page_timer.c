// SPDX-License-Identifier: Apache-2.0
// Our side of bench.py: extracts one page after the other in one warm process and says what each
// took. Reads a path a line, answers "CPU_NANOSECONDS OUTPUT_BYTES PEAK_BYTES" a line; the file is
// read before the clock starts. `markdown` writes Markdown only, `metadata` a JSON of Markdown and
// all metadata, `document` the whole document; PEAK_BYTES is what the process' memory grew by, with
// the page's bytes, as the worker has them.
// usage: page_timer markdown|metadata|document <PATHS
#include "extract/content/content.h"
#include "extract/document.h"
#include "tests/process_memory.h"
#include "extract/html/charset.h"

#include <malloc.h>
#include <stdio.h>
#include <time.h>

static const char options_metadata[] =
    "{\"document\":[\"url\",\"title\",\"byline\",\"published_iso\",\"markdown\",\"language\",\"categories\","
    "\"site_name\",\"description\",\"extraction_metadata\"]}";

static int64_t
cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void
forget_peak(void)
{
	FILE *f = fopen("/proc/self/clear_refs", "w");

	if (f) {
		fputs("5", f);
		fclose(f);
	}
}

static int
markdown(struct sv html, struct arena *a, struct buf *out, struct err *err)
{
	struct tree t;
	struct content c;
	struct content_hints h = {0};
	struct write_opts o = {.base = SV("https://example.org/")};
	cleanup_buf utf8 = BUF_INIT;
	struct sv view;
	const char *charset;
	int rc = charset_view(html, NULL, &utf8, &view, &charset, err);

	if (rc == 0)
		rc = tree_init(&t, a, err);
	if (rc == 0)
		rc = html_parse(&t, view, &tree_limits_default, err);
	if (rc == 0)
		rc = content_find(&t, a, &h, &c, err);
	if (rc == 0)
		markdown_write(&t, &c, &o, out);
	return rc;
}

static int
document(struct sv html, const struct extract_options *o, struct arena *a, struct buf *out,
    struct err *err)
{
	struct extract_input in = {.html = html,
	    .url = "https://example.org/",
	    .options = o,
	    .now_ms = (int64_t)time(NULL) * 1000};
	cJSON *doc = NULL;
	int rc = extract_document(&in, a, &doc, err);

	if (rc == 0)
		json_print(out, doc, false);
	cJSON_Delete(doc);
	return rc;
}

static int
one_page(const char *path, const char *mode, const struct extract_options *o, struct arena *a)
{
	cleanup_buf out = BUF_INIT;
	struct buf html = BUF_INIT;
	struct err err = ERR_INIT;
	size_t before = memory_of("VmRSS"), peak;
	int64_t t0;
	int rc = buf_read_file(&html, path, &err);

	if (rc == 0) {
		forget_peak();
		t0 = cpu_ns();
		rc = mode[0] == 'm' && mode[1] == 'a' ? markdown(buf_view(&html), a, &out, &err)
						      : document(buf_view(&html), o, a, &out, &err);
		arena_reset(a);
		t0 = cpu_ns() - t0;
	}
	if (rc == 0) {
		peak = memory_of("VmHWM");
		printf("%lld %zu %zu\n", (long long)t0, out.n, peak > before ? peak - before : 0);
	} else
		printf("error %s\n", err.message);
	fflush(stdout);
	buf_done(&html);
	return rc;
}

int
main(int argc, char **argv)
{
	cleanup_free char *line = NULL;
	size_t cap = 0;
	struct arena a, kept;
	struct extract_options *o = NULL;
	struct err err = ERR_INIT;
	cJSON *json;
	int rc;

	if (argc != 2) {
		fprintf(stderr, "usage: page_timer markdown|metadata|document <PATHS\n");
		return 2;
	}
	arena_init(&a, 0);
	arena_init(&kept, 0);
	json = cJSON_Parse(strcmp(argv[1], "metadata") == 0 ? options_metadata : "{}");
	rc = extract_options_read(json, &kept, "extract", &o, &err);
	while (rc == 0 && getline(&line, &cap, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		(void)one_page(line, argv[1], o, &a);
	}
	arena_done(&a);
	arena_done(&kept);
	cJSON_Delete(json);
	return rc == 0 ? 0 : 1;
}
