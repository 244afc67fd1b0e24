// SPDX-License-Identifier: Apache-2.0
// Metadata (and, for timing, links, media and tables) over many pages, for scoring
// (score_metadata.py) and for timing: reads lines "ID<TAB>URL" from standard input, parses
// HTMLDIR/ID.html and prints one JSON object a line. One process, one thread. With `sources`, each
// line also has what each source of dates alone says. usage: metadata_corpus HTMLDIR [sources]
// <LIST
#include "extract/content/content.h"
#include "extract/html/charset.h"
#include "extract/meta/metadata_priv.h"
#include "extract/meta/structured/structured.h"
#include "extract/parts/parts.h"

#include <stdio.h>
#include <time.h>

static struct {
	double parse, schema, metadata, parts;
	size_t pages, bytes;
} totals;

static double
cpu_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
set(cJSON *o, const char *key, struct sv v)
{
	if (v.p)
		json_set_sv(o, key, v);
	else
		json_set_null(o, key);
}

static bool with_sources;

static cJSON *
visible_dates(const struct meta_scan *s)
{
	cJSON *list = json_arr();

	for (size_t i = 0; i < s->seen->n; i++) {
		cJSON *o = json_obj();
		char iso[DATE_ISO_MAX];

		date_iso(&s->seen->v[i].date, iso);
		json_set_str(o, "date", iso);
		json_set_int(o, "cost", s->seen->v[i].cost);
		json_push(list, o);
	}
	return list;
}

static cJSON *
date_answers(const struct page *p, const struct metadata *m, cJSON **costs)
{
	struct meta_scan s;
	cJSON *o = json_obj();

	if (!meta_scan_read(&s, p))
		return o;
	s.lang = m->language;
	for (size_t i = 0; i < n_date_sources; i++) {
		struct dates d = dates_init(&s);
		char iso[DATE_ISO_MAX];

		if (!date_sources[i].read(&d))
			continue;
		date_iso(&d.found, iso);
		json_set_str(o, date_sources[i].name, iso);
	}
	*costs = visible_dates(&s);
	return o;
}

static void
print(const struct page *p, const char *id, const struct metadata *m)
{
	cleanup_buf line = BUF_INIT;
	cJSON *o = json_obj(), *list = json_arr();

	json_set_str(o, "id", id);
	set(o, "title", m->title);
	set(o, "byline", m->byline);
	set(o, "published_iso", m->published);
	set(o, "language", m->language);
	set(o, "site_name", m->site_name);
	set(o, "description", m->description);
	for (size_t i = 0; i < m->n_categories; i++)
		json_push(list, cJSON_CreateString(m->categories[i].p));
	json_set(o, "categories", list);
	set(o, "modified_iso", m->modified);
	set(o, "canonical_url", m->canonical);
	set(o, "favicon", m->favicon);
	if (with_sources) {
		cJSON *costs = NULL;

		json_set(o, "dates", date_answers(p, m, &costs));
		json_set(o, "visible", costs);
	}
	json_print(&line, o, false);
	puts(line.p);
	cJSON_Delete(o);
}

static int
read_page(struct sv html, const char *id, const char *url, struct arena *a, struct err *err)
{
	cleanup_buf utf8 = BUF_INIT;
	struct tree t;
	struct page p;
	struct metadata m;
	cJSON *schema;
	const char *charset;
	double t0 = cpu_seconds(), t1, t2;

	if (charset_to_utf8(html, NULL, &utf8, &charset, err) != 0 || tree_init(&t, a, err) != 0 ||
	    html_parse(&t, buf_view(&utf8), &tree_limits_default, err) != 0)
		return err->code;
	t1 = cpu_seconds();
	if (page_init(&p, &t, a, url, (int64_t)time(NULL) * 1000, err) != 0)
		return err->code;
	p.schema = schema = schema_read(&p);
	t2 = cpu_seconds();
	metadata_read(&p, &m);
	totals.parse += t1 - t0;
	totals.schema += t2 - t1;
	totals.metadata += cpu_seconds() - t2;
	t2 = cpu_seconds();
	cJSON_Delete(links_read(&p));
	cJSON_Delete(media_read(&p));
	cJSON_Delete(tables_read(&p));
	totals.parts += cpu_seconds() - t2;
	print(&p, id, &m);
	cJSON_Delete(schema);
	return 0;
}

static int
one_page(const char *dir, char *line)
{
	char *url = strchr(line, '\t');
	cleanup_free char *path = NULL;
	cleanup_buf html = BUF_INIT;
	struct arena a;
	struct err err = ERR_INIT;

	line[strcspn(line, "\n")] = '\0';
	if (url)
		*url++ = '\0';
	path = xasprintf("%s/%s.html", dir, line);
	if (buf_read_file(&html, path, &err) != 0) {
		fprintf(stderr, "%s: %s\n", path, err.message);
		return 1;
	}
	arena_init(&a, 0);
	if (read_page(buf_view(&html), line, url, &a, &err) != 0)
		fprintf(stderr, "%s: %s\n", line, err.message);
	arena_done(&a);
	totals.pages++;
	totals.bytes += html.n;
	return 0;
}

int
main(int argc, char **argv)
{
	char *line = NULL;
	size_t cap = 0;
	int rc = argc == 2 || argc == 3 ? 0 : 2;

	with_sources = argc == 3;
	if (rc != 0)
		fprintf(stderr, "usage: metadata_corpus HTMLDIR [sources] <LIST\n");
	while (rc == 0 && getline(&line, &cap, stdin) > 0)
		rc = one_page(argv[1], line);
	free(line);
	if (totals.pages > 0)
		fprintf(stderr,
		    "%zu pages, %.1f MB; ms/page: parse %.3f, structured data %.3f, metadata %.3f, links, media and tables %.3f\n",
		    totals.pages, (double)totals.bytes / 1e6,
		    totals.parse * 1e3 / (double)totals.pages,
		    totals.schema * 1e3 / (double)totals.pages,
		    totals.metadata * 1e3 / (double)totals.pages,
		    totals.parts * 1e3 / (double)totals.pages);
	return rc;
}
