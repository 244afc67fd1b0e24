// SPDX-License-Identifier: Apache-2.0
// Which honest pages meet a limit? Every *.html of a folder, as a whole document with every output:
// prints those that are refused, cut or flattened, and a summary. usage: limits HTMLDIR
#include "extract/document.h"

#include <dirent.h>
#include <stdio.h>

static struct {
	size_t pages, refused, cut, flattened;
} totals;

static void
judge(const char *name, const cJSON *doc)
{
	const cJSON *meta = json_get(doc, "extraction_metadata");

	if (json_get(meta, "truncated")->child) {
		totals.cut++;
		json_foreach (e, json_get(meta, "truncated"))
			printf("%s: cut: %s\n", name, e->valuestring);
	}
	if (cJSON_IsTrue(json_get(meta, "depth_limited"))) {
		totals.flattened++;
		printf("%s: deeper than the limit\n", name);
	}
}

static void
one_page(const char *dir, const char *name, struct arena *a)
{
	cleanup_free char *path = xasprintf("%s/%s", dir, name);
	cleanup_buf html = BUF_INIT;
	struct extract_input in = {.url = "https://example.org/", .now_ms = 1767225600000};
	struct err err = ERR_INIT;
	cJSON *doc = NULL;
	int rc = buf_read_file(&html, path, &err);

	in.html = buf_view(&html);
	if (rc == 0)
		rc = extract_document(&in, a, &doc, &err);
	totals.pages++;
	if (rc != 0) {
		totals.refused++;
		printf("%s: %s\n", name, err.message);
	} else {
		judge(name, doc);
	}
	cJSON_Delete(doc);
	arena_reset(a);
}

int
main(int argc, char **argv)
{
	DIR *d = argc == 2 ? opendir(argv[1]) : NULL;
	struct arena a;

	if (!d) {
		fprintf(stderr, "usage: limits HTMLDIR\n");
		return 2;
	}
	arena_init(&a, 0);
	for (struct dirent *e; (e = readdir(d));)
		if (strlen(e->d_name) > 5 &&
		    strcmp(e->d_name + strlen(e->d_name) - 5, ".html") == 0)
			one_page(argv[1], e->d_name, &a);
	closedir(d);
	arena_done(&a);
	printf("%zu pages: %zu refused, %zu cut, %zu deeper than the limit\n", totals.pages,
	    totals.refused, totals.cut, totals.flattened);
	return totals.refused > 0;
}
