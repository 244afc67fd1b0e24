// SPDX-License-Identifier: Apache-2.0
// Where the pages of a bulk run come from: the HTML files of a directory, in order of their names,
// or lines of JSON on standard input. Links to files are read, links to directories are not gone
// into, so that there are no loops. Reader thread; bulk_input_read() is called by the workers.
#include "orchestrator/cli/bulk.h"

#include "base/mime.h"
#include "base/url.h"

#include <errno.h>
#include <fts.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define MAX_HTML_BYTES ((size_t)256 << 20)
#define READ_BYTES     ((size_t)256 << 10)

struct bulk_source {
	FTS *fts; // NULL: standard input
	char *root;
	size_t total; // files, or bytes when standard input is a file; 0: unknown
	size_t given; // of them
	uint64_t number;
	struct bulk_passed passed;
	struct buf input; // read, but not handed out
	size_t scanned;   // of it, without a line end
	bool ended, skips_line;
};

// --- a directory ---

static int
compare_names(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool
has_name_of_page(const FTSENT *e)
{
	static const char *const ends[] = {".html", ".htm", ".xhtml", ".xml", ".rss", ".atom"};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		size_t n = strlen(ends[i]);

		if (e->fts_namelen > n &&
		    strcasecmp(e->fts_name + e->fts_namelen - n, ends[i]) == 0)
			return true;
	}
	return false;
}

// A link to a file is that file; of the others FTS_SL remains for those to directories and nowhere.
static int
info_of(const FTSENT *e)
{
	struct stat st;

	if (e->fts_info != FTS_SL || stat(e->fts_accpath, &st) != 0)
		return e->fts_info;
	return S_ISREG(st.st_mode) ? FTS_F : S_ISDIR(st.st_mode) ? FTS_SL : FTS_DEFAULT;
}

// What can't be read is an error in its line, a directory, too.
static enum bulk_entry
entry_of(const FTSENT *e)
{
	switch (info_of(e)) {
	case FTS_DNR:
	case FTS_ERR:
		return ENTRY_PAGE;
	case FTS_F:
		return has_name_of_page(e) ? ENTRY_PAGE : ENTRY_NAME;
	case FTS_NS:
		return has_name_of_page(e) ? ENTRY_PAGE : ENTRY_UNREADABLE;
	case FTS_SL:
		return ENTRY_LINK;
	case FTS_DEFAULT:
		return ENTRY_SPECIAL;
	default:
		return ENTRY_WAY;
	}
}

static FTS *
open_tree(char *root)
{
	char *roots[] = {root, NULL};

	return fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, compare_names);
}

static void
count_entries(struct bulk_source *s)
{
	FTS *fts = open_tree(s->root);

	for (FTSENT *e; fts && (e = fts_read(fts));) {
		enum bulk_entry what = entry_of(e);

		s->total += what == ENTRY_PAGE;
		bulk_passed_add(&s->passed, what, e->fts_name);
	}
	if (fts)
		fts_close(fts);
}

static int
open_directory(struct bulk_source *s, struct err *err)
{
	cleanup_buf others = BUF_INIT;

	count_entries(s);
	bulk_source_passed(s, &others);
	if (s->total == 0)
		return err_set(err, ERR_INPUT,
		    "%s: no file in it ends in .html, .htm, .xhtml, .xml, .rss or .atom%s%s",
		    s->root, others.n ? "; it has " : "", others.n ? others.p : "");
	s->fts = open_tree(s->root);
	return s->fts ? 0 : err_set(err, ERR_INPUT, "%s: %s", s->root, strerror(errno));
}

static int
next_file(struct bulk_source *s, struct bulk_page *out)
{
	for (FTSENT *e; (e = fts_read(s->fts));) {
		if (entry_of(e) != ENTRY_PAGE)
			continue;
		s->given++;
		*out = (struct bulk_page){.path = xstrdup(e->fts_path), .number = ++s->number};
		return 1;
	}
	return 0;
}

// --- lines ---

// A packed file has no lines: one word about it, not an error for each of what look like some.
static int
check_unpacked(const struct bulk_source *s, struct err *err)
{
	const char *type = mime_of_binary(buf_view(&s->input));

	if (!type || !mime_is_packed(type))
		return 0;
	return err_set(err, ERR_INPUT,
	    "standard input is %s, not lines of JSON; unpack it first (`zcat FILE | …`)", type);
}

static int
fill(struct bulk_source *s, int stop_fd, struct err *err)
{
	struct pollfd p[] = {
	    {.fd = STDIN_FILENO, .events = POLLIN}, {.fd = stop_fd, .events = POLLIN}};
	char *room;
	ssize_t n;

	while (poll(p, 2, -1) < 0 && errno == EINTR)
		;
	if (p[1].revents)
		return err_set(err, ERR_CANCELLED, NULL);
	room = buf_reserve(&s->input, READ_BYTES);
	if (!room)
		return err_set(
		    err, ERR_TOO_LARGE, "line %llu is too long", (unsigned long long)s->number + 1);
	n = read(STDIN_FILENO, room, READ_BYTES);
	if (n < 0 && errno != EINTR && errno != EAGAIN)
		return err_set(err, ERR_INPUT, "standard input: %s", strerror(errno));
	s->ended = n == 0;
	s->input.n += n > 0 ? (size_t)n : 0;
	return s->given == 0 && s->scanned == 0 ? check_unpacked(s, err) : 0;
}

static void
drop(struct bulk_source *s, size_t n)
{
	s->given += n;
	memmove(s->input.p, s->input.p + n, s->input.n - n);
	s->input.n -= n;
	s->scanned = 0;
}

// The line of n bytes at the front, and its end. One that was too long came in parts: its last one
// is not a line.
static int
take_line(struct bulk_source *s, size_t n, size_t end, struct bulk_page *out)
{
	bool skipped = s->skips_line;
	struct sv line = sv_trim((struct sv){s->input.p, n});

	s->skips_line = false;
	s->number += !skipped;
	if (!skipped && line.n > 0) {
		*out = (struct bulk_page){.number = s->number};
		buf_sv(&out->line, line);
	}
	drop(s, n + end);
	return !skipped && line.n > 0;
}

static int
next_line(struct bulk_source *s, int stop_fd, struct bulk_page *out, struct err *err)
{
	for (;;) {
		char *end = s->input.n > s->scanned
				? memchr(s->input.p + s->scanned, '\n', s->input.n - s->scanned)
				: NULL;
		int rc;

		if (end && take_line(s, (size_t)(end - s->input.p), 1, out))
			return 1;
		if (end)
			continue;
		s->scanned = s->input.n;
		if (s->ended)
			return s->input.n > 0 ? take_line(s, s->input.n, 0, out) : 0;
		if (s->input.n > MAX_HTML_BYTES) { // reported as a page of its own
			bool first = !s->skips_line;

			drop(s, s->input.n);
			s->skips_line = true;
			if (first) {
				*out = (struct bulk_page){.number = ++s->number};
				return 1;
			}
		}
		rc = fill(s, stop_fd, err);
		if (rc != 0)
			return rc;
	}
}

// --- both ---

int
bulk_source_open(const char *source, struct bulk_source **out, struct err *err)
{
	struct bulk_source *s;
	struct stat st;
	bool lines = strcmp(source, "-") == 0;

	if ((lines ? fstat(STDIN_FILENO, &st) : stat(source, &st)) != 0)
		return err_set(err, ERR_INPUT, "%s: %s", source, strerror(errno));
	if (!lines && !S_ISDIR(st.st_mode))
		return err_set(err, ERR_INPUT,
		    "%s: not a directory; lines of JSON are read by `--bulk - < FILE`", source);
	s = xcalloc(1, sizeof(*s));
	s->root = xstrdup(source);
	if (lines) {
		s->total = S_ISREG(st.st_mode) ? (size_t)st.st_size : 0;
	} else {
		int rc = open_directory(s, err);

		if (rc != 0) {
			bulk_source_close(s);
			return rc;
		}
	}
	*out = s;
	return 0;
}

void
bulk_source_close(struct bulk_source *s)
{
	if (!s)
		return;
	if (s->fts)
		fts_close(s->fts);
	buf_done(&s->input);
	free(s->root);
	free(s);
}

int
bulk_source_next(struct bulk_source *s, int stop_fd, struct bulk_page *out, struct err *err)
{
	return s->fts ? next_file(s, out) : next_line(s, stop_fd, out, err);
}

void
bulk_page_done(struct bulk_page *p)
{
	free(steal_ptr(p->path));
	buf_done(&p->line);
}

void
bulk_source_passed(const struct bulk_source *s, struct buf *out)
{
	bulk_passed_text(&s->passed, out);
}

double
bulk_source_share(const struct bulk_source *s)
{
	return s->total > 0 ? (double)MIN(s->given, s->total) / (double)s->total : -1;
}

// --- what a page is ---

static char *
json_text(const cJSON *v)
{
	struct buf b = BUF_INIT;

	json_print(&b, v, false);
	return b.p;
}

static char *
text_id(const char *text)
{
	cJSON *v = cJSON_CreateString(text);
	char *out = json_text(v);

	cJSON_Delete(v);
	return out;
}

int
bulk_check_bytes(const char *name, struct sv bytes, struct err *err)
{
	const char *type = mime_of_binary(bytes);

	return type ? err_set(err, ERR_UNSUPPORTED_MEDIA_TYPE, "%s: is %s, not HTML or XML%s", name,
			  type, mime_is_packed(type) ? "; unpack it first" : "")
		    : 0;
}

// A name need not be UTF-8. In one that is not, the bytes at fault and % are %XX, so that no two
// names have the same id.
static char *
name_id(const char *name)
{
	cleanup_buf out = BUF_INIT;
	size_t n = strlen(name), len, bad = 0;

	for (size_t i = 0; i < n; i += MAX(len, (size_t)1)) {
		len = utf8_seq(name + i, n - i);
		bad += len == 0;
		if (len == 0 || name[i] == '%')
			buf_fmt(&out, "%%%02X", (unsigned char)name[i]);
		else
			buf_add(&out, name + i, len);
	}
	return text_id(bad > 0 ? out.p : name);
}

static int
read_file(const struct bulk_source *s, struct bulk_page *p, const struct bulk_opts *o,
    struct bulk_input *in, struct err *err)
{
	const char *name = p->path + strlen(s->root);

	while (*name == '/')
		name++;
	in->id = name_id(name);
	if (o->charset)
		json_set_str(in->head, "charset", o->charset);
	if (buf_read_file(&in->html, p->path, err) != 0)
		return err->code;
	in->body = buf_view(&in->html);
	return bulk_check_bytes(p->path, in->body, err);
}

// Of a line without an id: `"line"` stands beside it, so that it is nobody's id.
static char *
number_id(uint64_t number)
{
	return xasprintf("null,\"line\":%llu", (unsigned long long)number);
}

static int
record_url(const cJSON *record, cJSON *head, struct err *err)
{
	const cJSON *url = json_get(record, "url");
	cleanup_buf checked = BUF_INIT_MAX(1 << 20);
	int rc;

	if (!url || cJSON_IsNull(url))
		return 0;
	if (!cJSON_IsString(url))
		return err_at(err, ERR_INVALID_REQUEST, "url", "expected a string");
	rc = url_check(sv_from(url->valuestring), &checked, err);
	if (rc == 0)
		json_set_sv(head, "url", buf_view(&checked));
	else
		err_prefix(err, "url");
	return rc;
}

// A number stays as it was written: a double does not hold every id of 64 bits.
static int
record_id(const cJSON *id, struct sv line, struct bulk_input *in, struct err *err)
{
	cleanup_free char *text = NULL;
	struct sv raw = SV_NULL;

	if (!id || cJSON_IsNull(id))
		return 0;
	if (!cJSON_IsString(id) && !cJSON_IsNumber(id))
		return err_at(err, ERR_INVALID_REQUEST, "id", "expected a string or a number");
	if (cJSON_IsNumber(id))
		raw = json_skim(line, "id");
	text = raw.p ? sv_dup(raw) : json_text(id);
	if (strlen(text) > BULK_MAX_ID)
		return err_at(
		    err, ERR_INVALID_REQUEST, "id", "expected at most %d bytes", BULK_MAX_ID);
	free(in->id);
	in->id = steal_ptr(text);
	return 0;
}

static void
drop_start(char *message, const char *start)
{
	size_t n = strlen(start);

	if (strncmp(message, start, n) == 0)
		memmove(message, message + n, strlen(message + n) + 1);
}

// Bytes that are not UTF-8 become U+FFFD, as in a browser. Most lines have none.
static void
repair_bytes(struct buf *line)
{
	struct buf out = BUF_INIT;
	size_t good = 0, len;

	for (size_t i = 0; i < line->n; i += MAX(len, (size_t)1)) {
		len = (unsigned char)line->p[i] < 0x80 ? 1 : utf8_seq(line->p + i, line->n - i);
		if (len > 0)
			continue;
		buf_add(&out, line->p + good, i - good);
		utf8_add(&out, 0xfffd);
		good = i + 1;
	}
	if (good == 0)
		return;
	buf_add(&out, line->p + good, line->n - good);
	buf_done(line);
	*line = out;
}

static int
read_record(struct bulk_page *p, struct bulk_input *in, struct err *err)
{
	const struct json_limits lim = {
	    .max_bytes = MAX_HTML_BYTES, .max_depth = 16, .max_values = 10000};
	struct sv line;
	const cJSON *html;
	int rc;

	in->id = number_id(p->number);
	if (p->line.n == 0)
		return err_set(
		    err, ERR_TOO_LARGE, "the line has more than %zu bytes", MAX_HTML_BYTES);
	repair_bytes(&p->line);
	json_repair(p->line.p, p->line.n); // a page may hold what JSON may not
	line = buf_view(&p->line);
	if (p->number == 1 && sv_starts(line, "\xef\xbb\xbf"))
		line = (struct sv){line.p + 3, line.n - 3};
	rc = json_parse_api(line, &lim, &in->record, err);
	if (rc != 0) {
		drop_start(err->message, "line 1, "); // the page's own line is told beside
		return rc;
	}
	if (!cJSON_IsObject(in->record))
		return err_set(err, ERR_INVALID_REQUEST, "expected an object with \"html\"");
	rc = record_id(json_get(in->record, "id"), line, in, err);
	if (rc != 0)
		return rc;
	html = json_get(in->record, "html");
	if (!cJSON_IsString(html))
		return err_at(err, ERR_INVALID_REQUEST, "html", "%s",
		    html ? "expected a string" : "is required: the page itself, a string");
	in->body = sv_from(html->valuestring);
	json_set_str(in->head, "charset", "utf-8");
	return record_url(in->record, in->head, err);
}

int
bulk_input_read(const struct bulk_source *s, struct bulk_page *p, const struct bulk_opts *o,
    struct bulk_input *in, struct err *err)
{
	int rc;

	*in = (struct bulk_input){.head = json_obj(), .html = BUF_INIT_MAX(MAX_HTML_BYTES)};
	if (o->extract)
		json_set(in->head, "extract", cJSON_Duplicate(o->extract, true));
	rc = p->path ? read_file(s, p, o, in, err) : read_record(p, in, err);
	if (!p->path)
		buf_done(&p->line); // the record has it
	return rc;
}

void
bulk_input_done(struct bulk_input *in)
{
	cJSON_Delete(in->head);
	cJSON_Delete(in->record);
	buf_done(&in->html);
	free(in->id);
	*in = (struct bulk_input){0};
}
