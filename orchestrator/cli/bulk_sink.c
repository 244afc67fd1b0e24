// SPDX-License-Identifier: Apache-2.0
// Where the lines of a bulk run go: a file that is appended to, so that what was done stays when
// the run ends early, the ids that it has already, and the sums and the bar on the terminal. Calls
// are made one at a time.
#include "base/hash.h"
#include "orchestrator/cli/bulk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define READ_BYTES  ((size_t)256 << 10)
#define START_BYTES ((size_t)6 * PATH_MAX + 64) // a file's name may be all \u0001
_Static_assert(START_BYTES > BULK_MAX_ID + 64, "room for every id");

struct bulk_sink {
	int fd;
	char *path;
	uint64_t *ids; // sums of the ids in the file, sorted
	size_t n_ids, cap_ids;
};

// --- the ids that are there ---

// 64 bits of FNV-1a: among a million ids the chance that one is taken for another is 1 in 37
// million.
static uint64_t
id_sum(struct sv id)
{
	return hash64_add(HASH64_START, id);
}

static int
compare_sums(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

// The id of a line of ours, as it is written there.
static struct sv
line_id(struct sv line)
{
	static const char before[] = "{\"id\":", of_line[] = "null,\"line\":";
	struct sv id = {line.p + sizeof(before) - 1, 0};
	size_t max = line.n - MIN(line.n, sizeof(before) - 1);
	bool string;

	if (!sv_starts(line, before) || max == 0)
		return SV_NULL;
	string = id.p[0] == '"';
	id.n = max >= sizeof(of_line) && memcmp(id.p, of_line, sizeof(of_line) - 1) == 0
		   ? sizeof(of_line) - 1
		   : (size_t)string;
	for (; id.n < max && id.p[id.n] != (string ? '"' : ','); id.n++)
		id.n += id.p[id.n] == '\\';
	id.n += string;
	return id.n < max ? id : SV_NULL;
}

static void
add_id(struct bulk_sink *s, struct sv line)
{
	struct sv id = line_id(line);

	if (!id.p)
		return;
	if (s->n_ids == s->cap_ids) {
		s->cap_ids = s->cap_ids ? s->cap_ids * 2 : 1024;
		s->ids = xrealloc(s->ids, s->cap_ids * sizeof(*s->ids));
	}
	s->ids[s->n_ids++] = id_sum(id);
}

bool
bulk_sink_has(const struct bulk_sink *s, const char *id)
{
	uint64_t sum = id_sum(sv_from(id));

	return s->n_ids > 0 && bsearch(&sum, s->ids, s->n_ids, sizeof(sum), compare_sums);
}

static int
io_error(const struct bulk_sink *s, int errnum, struct err *err)
{
	return err_set(err, err_from_errno(errnum, ERR_OUTPUT), "%s: %s",
	    strcmp(s->path, "-") == 0 ? "standard output" : s->path, strerror(errnum));
}

// Only the beginning of a line is looked at: "id" is what lines begin with. *end: after the last
// whole line.
static int
read_ids(struct bulk_sink *s, off_t *end, struct err *err)
{
	cleanup_free char *chunk = xmalloc(READ_BYTES);
	cleanup_buf start = BUF_INIT;
	off_t at = 0;
	ssize_t n;

	while ((n = pread(s->fd, chunk, READ_BYTES, at)) > 0) {
		char *p = chunk, *stop = chunk + n;

		while (p < stop) {
			char *lf = memchr(p, '\n', (size_t)(stop - p));
			size_t len = (size_t)((lf ? lf : stop) - p);

			buf_add(&start, p, MIN(len, START_BYTES - start.n));
			if (!lf)
				break;
			add_id(s, buf_view(&start));
			buf_reset(&start);
			p = lf + 1;
			*end = at + (p - chunk);
		}
		at += n;
	}
	if (n < 0)
		return io_error(s, errno, err);
	if (s->n_ids > 0)
		qsort(s->ids, s->n_ids, sizeof(*s->ids), compare_sums);
	return 0;
}

// --- the file ---

static int
open_file(struct bulk_sink *s, bool resume, struct err *err)
{
	struct stat st;
	off_t end = 0;
	int rc;

	s->fd = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
	if (s->fd < 0 || fstat(s->fd, &st) != 0)
		return io_error(s, errno, err);
	if (!S_ISREG(st.st_mode))
		return 0;
	if (flock(s->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
		return err_set(err, ERR_OUTPUT, "%s is being written by another run", s->path);
	if (st.st_size == 0)
		return 0;
	if (!resume)
		return err_set(
		    err, ERR_OUTPUT, "%s is there already; --resume goes on with it", s->path);
	rc = read_ids(s, &end, err);
	if (rc != 0)
		return rc;
	// A line that was cut short is done again.
	if (ftruncate(s->fd, end) != 0 || lseek(s->fd, end, SEEK_SET) < 0)
		return io_error(s, errno, err);
	return 0;
}

int
bulk_sink_open(const struct bulk_opts *o, struct bulk_sink **out, struct err *err)
{
	struct bulk_sink *s = xcalloc(1, sizeof(*s));
	int rc = 0;

	s->path = xstrdup(o->output);
	if (strcmp(o->output, "-") == 0) {
		s->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
		if (s->fd < 0)
			rc = io_error(s, errno, err);
	} else {
		rc = open_file(s, o->resume, err);
	}
	if (rc != 0) {
		bulk_sink_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

void
bulk_sink_close(struct bulk_sink *s)
{
	if (!s)
		return;
	util_closep(&s->fd);
	free(s->path);
	free(s->ids);
	free(s);
}

int
bulk_sink_write(struct bulk_sink *s, struct sv line, struct err *err)
{
	return util_write_all(s->fd, line.p, line.n) == 0 ? 0 : io_error(s, errno, err);
}

// --- sums ---

static const char *const type_names[] = {
    "article", "forum", "product", "collection", "listing", "documentation", "service", "other"};
_Static_assert(ARRAY_LEN(type_names) <= ARRAY_LEN(((struct bulk_sums *)0)->types), "room for all");

static double
skim_num(struct sv obj, const char *key, double fallback)
{
	struct sv raw = json_skim(obj, key);
	char text[32];

	if (!raw.p || raw.n == 0 || raw.n >= sizeof(text) || raw.p[0] == 'n')
		return fallback;
	memcpy(text, raw.p, raw.n);
	text[raw.n] = '\0';
	return strtod(text, NULL);
}

// An id for people.
static const char *
shown(const char *id)
{
	return strncmp(id, "null,\"line\":", 12) == 0 ? id + 5 : id;
}

void
bulk_sums_add(
    struct bulk_sums *s, const char *id, size_t html_bytes, struct sv document, bool stats)
{
	struct sv meta = json_skim(document, "extraction_metadata");
	struct sv type = json_skim_str(json_skim(json_skim(meta, "page_type"), "type"));
	struct sv method = json_skim_str(json_skim(meta, "extraction_method"));
	double ms = skim_num(meta, "extraction_time_ms", 0),
	       words = skim_num(document, "word_count", 0);
	double quality = skim_num(document, "quality_score", -1);

	s->done++;
	s->bytes_in += html_bytes;
	s->bytes_out += document.n;
	s->words += (uint64_t)MAX(words, 0.0);
	s->extract_ms += ms;
	s->max_ms = MAX(s->max_ms, ms);
	if (quality >= 0) {
		s->quality += quality;
		s->quality_n++;
	}
	for (size_t i = 0; i < ARRAY_LEN(type_names); i++)
		s->types[i] += sv_eq_str(type, type_names[i]);
	if (stats)
		fprintf(stderr,
		    "%s: %.1f ms, %zu bytes of HTML, %zu of JSON, %.0f words, %.*s, by %.*s, quality "
		    "%.3f\n",
		    shown(id), ms, html_bytes, document.n, words,
		    SV_ARG(type.p ? type : SV("no type")),
		    SV_ARG(method.p ? method : SV("no method")), MAX(quality, 0.0));
}

void
bulk_sums_fail(struct bulk_sums *s, const char *id, const struct err *err, bool stats)
{
	s->failed++;
	if (stats)
		fprintf(stderr, "%s: %s%s%s (%s)\n", shown(id), err->path, err->path[0] ? ": " : "",
		    err->message[0] ? err->message : err_info(err->code)->text,
		    err_info(err->code)->code);
}

void
bulk_sums_print(const struct bulk_sums *s)
{
	double seconds = (double)(clock_us() - s->started_us) / 1e6;
	double n = s->done > 0 ? (double)s->done : 1;

	fprintf(stderr,
	    "%llu pages, %llu failed, %llu skipped in %.2f s: %.1f pages/s, %.1f MB/s\n",
	    (unsigned long long)s->done, (unsigned long long)s->failed,
	    (unsigned long long)s->skipped, seconds, (double)s->done / MAX(seconds, 1e-6),
	    (double)s->bytes_in / 1e6 / MAX(seconds, 1e-6));
	if (s->done == 0)
		return;
	fprintf(stderr,
	    "%llu bytes of HTML, %llu of JSON, %llu words; %.1f ms a page, %.1f at most; quality "
	    "%.3f\n",
	    (unsigned long long)s->bytes_in, (unsigned long long)s->bytes_out,
	    (unsigned long long)s->words, s->extract_ms / n, s->max_ms,
	    s->quality_n ? s->quality / (double)s->quality_n : 0);
	for (size_t i = 0; i < ARRAY_LEN(type_names); i++)
		if (s->types[i] > 0)
			fprintf(
			    stderr, "%s %llu  ", type_names[i], (unsigned long long)s->types[i]);
	fputs("\n", stderr);
}

void
bulk_progress(const struct bulk_sums *s, double share, bool last)
{
	double seconds = (double)(clock_us() - s->started_us) / 1e6;
	char bar[31] = "";
	int full = (int)(share * 30);

	if (share >= 0)
		for (int i = 0; i < 30; i++)
			bar[i] = i < full ? '#' : '.';
	fprintf(stderr, "\r\033[K%s%s%llu pages, %.1f/s", bar, share >= 0 ? " " : "",
	    (unsigned long long)s->done, (double)s->done / MAX(seconds, 1e-6));
	if (s->failed > 0)
		fprintf(stderr, ", %llu failed", (unsigned long long)s->failed);
	if (s->skipped > 0)
		fprintf(stderr, ", %llu skipped", (unsigned long long)s->skipped);
	if (last)
		fputs("\n", stderr);
	fflush(stderr);
}
