// SPDX-License-Identifier: Apache-2.0
// For tests with pages made to be slow: builds them, runs them through the whole extractor, and
// says how long that took and which limit was told.
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include "content_testing.h"
#include "tests/unit/patience.h"

#include "extract/document.h"

#define MEGABYTE ((size_t)1 << 20)
#define LIMIT_MS 2000
#define MEMORY   ((size_t)1 << 30)
// `unit` again and again between head and tail, up to `bytes`; %u is a running number.
struct text_plan {
	const char *head, *unit, *tail;
	size_t bytes;
};

static inline void
hostile_build(const struct text_plan *h, size_t part, struct buf *b)
{
	buf_str(b, h->head);
	for (unsigned i = 0; b->n < h->bytes / part && h->unit[0]; i++)
		for (const char *p = h->unit; *p; p++)
			if (p[0] == '%' && p[1] == 'u') {
				buf_fmt(b, "%u", i);
				p++;
			} else {
				buf_ch(b, *p);
			}
	buf_str(b, h->tail);
}

// --- running ---

struct seen {
	int64_t us;
	bool limited;
	char why[640]; // the limit
};

static inline int64_t
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static inline void
note_limit(struct seen *s, const char *what, const char *text)
{
	if (s->limited)
		return;
	s->limited = true;
	snprintf(s->why, sizeof(s->why), "%s: %s", what, text);
}

// What the document itself says was cut.
static inline void
note_document(struct seen *s, const cJSON *doc)
{
	const cJSON *meta = json_get(doc, "extraction_metadata");

	json_foreach (e, json_get(meta, "field_errors"))
		note_limit(s, "field_errors", json_str(e, "error"));
	json_foreach (e, json_get(meta, "truncated"))
		note_limit(s, "truncated", e->valuestring);
}

static inline void
hostile_run_sv(struct sv html, const cJSON *options, struct seen *s)
{
	struct extract_input in = {.html = html,
	    .url = "https://example.org/2024/01/31/page",
	    .charset = "utf-8",
	    .now_ms = 1767225600000};
	struct extract_options *o = NULL;
	cleanup_buf text = BUF_INIT_MAX((size_t)512 << 20);
	struct err err = ERR_INIT;
	struct arena a;
	cJSON *doc = NULL;
	int64_t started;
	int rc;

	*s = (struct seen){0};
	arena_init(&a, MEMORY);
	started = cpu_us();
	rc = extract_options_read(options, &a, "extract", &o, &err);
	in.options = o;
	if (rc == 0)
		rc = extract_document(&in, &a, &doc, &err);
	if (rc == 0)
		json_print(&text, doc, false);
	s->us = cpu_us() - started;
	assert_true(rc == 0 || (err.code == rc && err.message[0] && rc != ERR_INTERNAL));
	if (rc != 0)
		note_limit(s, err_info(rc)->code, err.message);
	else
		note_document(s, doc);
	cJSON_Delete(doc);
	arena_done(&a);
}

// A part of the page: the unit so many times less often.
static inline void
hostile_run(const struct text_plan *html, size_t part, const cJSON *options, struct seen *s)
{
	cleanup_buf b = BUF_INIT;

	hostile_build(html, part, &b);
	hostile_run_sv(buf_view(&b), options, s);
}

// `quarter` may be NULL.
static inline void
hostile_report(const char *name, const struct seen *s, const struct seen *quarter)
{
	double ms = (double)s->us / 1000;

	if (quarter)
		print_message("%-38s %8.1f ms, a quarter %8.1f ms  %s\n", name, ms,
		    (double)quarter->us / 1000, s->why);
	else
		print_message("%-38s %8.1f ms  %s\n", name, ms, s->why);
	assert_true(s->us < patient_ms(LIMIT_MS) * 1000);
}

#endif
