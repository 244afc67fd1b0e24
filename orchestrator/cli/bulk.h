// SPDX-License-Identifier: Apache-2.0
// `riptide extract --bulk`: many pages through all extractors, one line of JSON out for each. A
// thread reads, as many as there are extractors work, the main thread watches signals and shows how
// far it is. What is read but not written is bounded in number and bytes.
#ifndef ORCHESTRATOR_CLI_BULK_H
#define ORCHESTRATOR_CLI_BULK_H

#include "base/clock.h"
#include "base/json.h"

#define BULK_MAX_ID 4096 // bytes of an id as JSON

struct bulk_opts {
	const char *source; // a directory, or "-": lines of {"id", "url", "html"} on standard input
	const char *output; // a file, or "-"
	const cJSON *extract; // the `extract` of every page, or NULL; borrowed
	const char *member;   // the one of each document that the lines have, or NULL: all
	const char *charset;  // of files in a directory, or NULL
	int64_t timeout_ms;   // of one page
	int64_t jobs;         // extractors at a time, 0: as many as cores
	bool ordered;         // lines out as pages came in
	bool resume;          // pass over ids that the output has
	bool stats;           // a line on standard error for each page, and the sums
};
// The exit code: EXIT_PARTIAL when some pages failed, EXIT_INTERRUPTED after a signal.
int bulk_run(const struct bulk_opts *o);

// --- bulk_source.c: pages one after the other ---
struct bulk_source;
struct bulk_page {
	char *path;      // a file that is still to be read, or NULL
	struct buf line; // a line of standard input
	uint64_t number; // of the page in the source, from 1
};
int bulk_source_open(const char *source, struct bulk_source **out, struct err *err) MUST_CHECK;
void bulk_source_close(struct bulk_source *s);
// 1, 0 at the end, ERR_CANCELLED once stop_fd is readable, ERR_INPUT. The page is the caller's.
int bulk_source_next(
    struct bulk_source *s, int stop_fd, struct bulk_page *out, struct err *err) MUST_CHECK;
void bulk_page_done(struct bulk_page *p);
// Appends what the directory has beside pages, for people; nothing when there is none of it.
void bulk_source_passed(const struct bulk_source *s, struct buf *out);
// How much of it was handed out, 0 to 1; negative: unknown.
double bulk_source_share(const struct bulk_source *s);

// Its id, head and HTML, from the file or the line. `id` is given even when the page is bad.
struct bulk_input {
	cJSON *head;     // owned
	char *id;        // as JSON text, or `null,"line":N`; owned
	struct buf html; // of a file
	cJSON *record;   // of a line; owns the HTML
	struct sv body;
};
int bulk_input_read(const struct bulk_source *s, struct bulk_page *p, const struct bulk_opts *o,
    struct bulk_input *out, struct err *err) MUST_CHECK;
void bulk_input_done(struct bulk_input *in);
// ERR_UNSUPPORTED_MEDIA_TYPE for what is no text: pictures, PDFs, archives.
int bulk_check_bytes(const char *name, struct sv bytes, struct err *err) MUST_CHECK;

// --- bulk_passed.c: what is in the directory beside pages, and is passed over ---
enum bulk_entry {
	ENTRY_PAGE,
	ENTRY_WAY, // a directory that is gone into
	ENTRY_NAME,
	ENTRY_LINK,
	ENTRY_SPECIAL,
	ENTRY_UNREADABLE,
	ENTRY_COUNT
};
struct bulk_passed {
	uint64_t n[ENTRY_COUNT];
	struct bulk_ending {
		char text[8]; // ".txt"; "": none, or no short one
		uint64_t n;
	} endings[64]; // of ENTRY_NAME, as many as there is room for
};
void bulk_passed_add(struct bulk_passed *p, enum bulk_entry what, const char *name);
// "5 files with other endings (.css 3, .txt 2), 1 link to a directory or nowhere"
void bulk_passed_text(const struct bulk_passed *p, struct buf *out);

// --- bulk_sink.c: the output file, the ids in it, and what is told about the pages ---
struct bulk_sink;
int bulk_sink_open(const struct bulk_opts *o, struct bulk_sink **out, struct err *err) MUST_CHECK;
void bulk_sink_close(struct bulk_sink *s);
bool bulk_sink_has(const struct bulk_sink *s, const char *id); // before the run; read only
int bulk_sink_write(struct bulk_sink *s, struct sv line, struct err *err) MUST_CHECK;

struct bulk_sums {
	uint64_t done, failed, skipped, bytes_in, bytes_out, words, quality_n;
	double quality, extract_ms, max_ms;
	uint64_t types[16]; // by enum order of bulk_type_names
	int64_t started_us;
};
// Adds one page, and its line on standard error when `stats`.
void bulk_sums_add(
    struct bulk_sums *s, const char *id, size_t html_bytes, struct sv document, bool stats);
void bulk_sums_fail(struct bulk_sums *s, const char *id, const struct err *err, bool stats);
void bulk_sums_print(const struct bulk_sums *s);
// The bar on the terminal; share negative: unknown.
void bulk_progress(const struct bulk_sums *s, double share, bool last);

#endif
