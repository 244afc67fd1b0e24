// SPDX-License-Identifier: Apache-2.0
// The threads of a bulk run and the window between them: the reader puts pages in, workers take
// them, extract them and write their lines. Pages are in a ring until their line is written, in
// order if that was asked for; a full ring stops the reader.
#include "base/thread.h"
#include "orchestrator/cli/bulk.h"
#include "orchestrator/cli/cli.h"
#include "orchestrator/pool/extractor.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

enum {
	OPEN_MS = 30000,
	WINDOW = 8, // pages for each worker that may be on their way
	MAX_WORKERS = 64,
	PROGRESS_MS = 200,
};
#define MAX_WAITING                                                                                \
	((size_t)256 << 20) // bytes of lines read but not extracted, and of lines not written

enum slot_state { SLOT_EMPTY, SLOT_READ, SLOT_TAKEN, SLOT_DONE };
struct slot {
	enum slot_state state;
	struct bulk_page page;
	struct buf line; // SLOT_DONE: to be written; empty: nothing is
	size_t bytes;    // counted in `waiting`
	bool given_up;   // SLOT_DONE: it was interrupted
};

struct bulk {
	const struct bulk_opts *o;
	struct extractor *x;
	struct bulk_source *source;
	struct bulk_sink *sink;
	int stop_fd, done_fd; // events: give up; all is written
	struct slot *slots;
	size_t n_slots, n_workers;
	pthread_mutex_t lock; // all below
	pthread_cond_t changed;
	uint64_t put, taken, written; // pages so far; slot = number % n_slots
	size_t waiting;
	bool ended, stopped,
	    cut;          // cut: what comes after a page that was interrupted waits for --resume
	unsigned running; // threads
	int rc;           // first error that ends all
	struct err err;
	struct bulk_sums sums;
	double share;
};

static void
stop(struct bulk *b, int rc, const struct err *err)
{
	if (b->rc == 0 && rc != 0) {
		b->rc = rc;
		b->err = *err;
	}
	b->stopped = true;
	(void)!write(b->stop_fd, &(uint64_t){1}, sizeof(uint64_t));
	pthread_cond_broadcast(&b->changed);
}

// --- reading ---

static bool
put(struct bulk *b, struct bulk_page *page)
{
	struct slot *s;

	pthread_mutex_lock(&b->lock);
	while (!b->stopped && (b->put - b->written >= b->n_slots ||
				  (b->waiting > MAX_WAITING && b->put > b->written)))
		pthread_cond_wait(&b->changed, &b->lock);
	if (!b->stopped) {
		s = &b->slots[b->put++ % b->n_slots];
		s->page = *page;
		s->bytes = page->line.n;
		s->state = SLOT_READ;
		b->waiting += s->bytes;
		b->share = bulk_source_share(b->source);
		*page = (struct bulk_page){0};
		pthread_cond_broadcast(&b->changed);
	}
	pthread_mutex_unlock(&b->lock);
	bulk_page_done(page);
	return !b->stopped;
}

static void
thread_end(struct bulk *b)
{
	if (--b->running == 0)
		(void)!write(b->done_fd, &(uint64_t){1}, sizeof(uint64_t));
	pthread_cond_broadcast(&b->changed);
}

static void *
reader(void *arg)
{
	struct bulk *b = arg;
	struct bulk_page page = {0};
	struct err err = ERR_INIT;
	int rc;

	while ((rc = bulk_source_next(b->source, b->stop_fd, &page, &err)) == 1 && put(b, &page))
		;
	pthread_mutex_lock(&b->lock);
	b->ended = true;
	if (rc < 0 && rc != ERR_CANCELLED)
		stop(b, rc, &err);
	thread_end(b);
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

// --- writing; the lock is held ---

static void
write_line(struct bulk *b, struct slot *s)
{
	struct err err = ERR_INIT;
	int rc = 0;

	b->cut = b->cut || (s->given_up && b->o->ordered);
	if (s->line.n > 0 && b->rc == 0 && !b->cut)
		rc = bulk_sink_write(b->sink, buf_view(&s->line), &err);

	b->waiting -= s->bytes;
	s->bytes = 0;
	buf_done(&s->line);
	if (rc != 0)
		stop(b, rc, &err);
}

static void
finish(struct bulk *b, struct slot *s)
{
	s->state = SLOT_DONE;
	b->waiting += s->line.n - s->bytes;
	s->bytes = s->line.n;
	if (!b->o->ordered)
		write_line(b, s);
	while (b->written < b->taken) {
		struct slot *first = &b->slots[b->written % b->n_slots];

		if (first->state != SLOT_DONE)
			break;
		write_line(b, first);
		first->state = SLOT_EMPTY;
		b->written++;
	}
	pthread_cond_broadcast(&b->changed);
}

// --- extracting ---

struct result {
	struct bulk_input in;
	struct buf document;
	struct err err;
	int rc;
	bool skipped;
};

static void
extract_page(struct bulk *b, struct bulk_page *page, struct result *r)
{
	r->rc = bulk_input_read(b->source, page, b->o, &r->in, &r->err);
	r->skipped = bulk_sink_has(b->sink, r->in.id);
	if (r->rc == 0 && !r->skipped)
		r->rc = extractor_run_text(b->x, NULL, r->in.head, r->in.body,
		    deadline_in_ms(b->o->timeout_ms), b->stop_fd, &r->document, &r->err);
}

// With --stats the document has more members than were asked for.
static void
add_document(const char *member, struct sv document, struct buf *out)
{
	struct sv value = member ? json_skim(document, member) : SV_NULL;

	buf_str(out, "\"document\":");
	if (value.p) {
		buf_fmt(out, "{\"%s\":", member);
		buf_sv(out, value);
		buf_ch(out, '}');
	} else {
		buf_sv(out, document);
	}
}

// A line end in the document's JSON can only be white space.
static void
make_line(const char *member, struct result *r, struct buf *out)
{
	cJSON *error;

	buf_fmt(out, "{\"id\":%s,", r->in.id);
	if (r->rc == 0) {
		for (size_t i = 0; i < r->document.n; i++)
			if (r->document.p[i] == '\n' || r->document.p[i] == '\r')
				r->document.p[i] = ' ';
		add_document(member, buf_view(&r->document), out);
	} else {
		const struct err_info *info = err_info(r->rc);

		error = json_obj();
		json_set_str(error, "code", info->code);
		json_set_str(error, "message", r->err.message[0] ? r->err.message : info->text);
		json_set_str(error, "path", r->err.path);
		buf_str(out, "\"error\":");
		json_print(out, error, false);
		cJSON_Delete(error);
	}
	buf_str(out, "}\n");
}

static void
account(struct bulk *b, const struct result *r)
{
	if (r->skipped)
		b->sums.skipped++;
	else if (r->rc == 0)
		bulk_sums_add(
		    &b->sums, r->in.id, r->in.body.n, buf_view(&r->document), b->o->stats);
	else if (r->rc != ERR_CANCELLED)
		bulk_sums_fail(&b->sums, r->in.id, &r->err, b->o->stats);
}

static struct slot *
take(struct bulk *b)
{
	struct slot *s = NULL;

	pthread_mutex_lock(&b->lock);
	while (!b->stopped && b->taken == b->put && !b->ended)
		pthread_cond_wait(&b->changed, &b->lock);
	if (!b->stopped && b->taken < b->put) {
		s = &b->slots[b->taken++ % b->n_slots];
		s->state = SLOT_TAKEN;
	}
	pthread_mutex_unlock(&b->lock);
	return s;
}

static void *
worker(void *arg)
{
	struct bulk *b = arg;

	for (struct slot *s; (s = take(b));) {
		struct result r = {.err = ERR_INIT};

		extract_page(b, &s->page, &r);
		bulk_page_done(&s->page);
		s->given_up = r.rc == ERR_CANCELLED;
		if (!s->given_up && !r.skipped)
			make_line(b->o->member, &r, &s->line);
		pthread_mutex_lock(&b->lock);
		account(b, &r);
		finish(b, s);
		pthread_mutex_unlock(&b->lock);
		bulk_input_done(&r.in);
		buf_done(&r.document);
	}
	pthread_mutex_lock(&b->lock);
	thread_end(b);
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

// --- the main thread ---

// Not among lines of JSON or of figures on the same terminal.
static bool
shows_progress(const struct bulk *b)
{
	bool lines_here = strcmp(b->o->output, "-") == 0 && isatty(STDOUT_FILENO) == 1;

	return isatty(STDERR_FILENO) == 1 && !b->o->stats && !lines_here;
}

// True when a signal ended the run; at the second one the process ends at once.
static bool
watch(struct bulk *b, int signal_fd)
{
	struct pollfd p[] = {
	    {.fd = b->done_fd, .events = POLLIN}, {.fd = signal_fd, .events = POLLIN}};
	struct signalfd_siginfo si;
	bool shows = shows_progress(b), interrupted = false;

	for (;;) {
		int n = poll(p, 2, shows ? PROGRESS_MS : -1);

		if (n > 0 && p[0].revents)
			break;
		pthread_mutex_lock(&b->lock);
		if (n > 0 && read(signal_fd, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
			if (interrupted)
				_exit(EXIT_INTERRUPTED);
			interrupted = true;
			stop(b, 0, NULL);
		}
		if (shows)
			bulk_progress(&b->sums, b->share, false);
		pthread_mutex_unlock(&b->lock);
	}
	if (shows)
		bulk_progress(&b->sums, b->share, true);
	return interrupted;
}

static void
run_threads(struct bulk *b, int signal_fd, bool *interrupted)
{
	pthread_t threads[MAX_WORKERS + 1];
	size_t n = 0;

	pthread_mutex_lock(&b->lock);
	for (; n <= b->n_workers; n++, b->running++)
		if (thread_start(&threads[n], "riptide-bulk", 0, n ? worker : reader, b) != 0)
			break;
	if (n < 2) {
		err_set(&b->err, ERR_INTERNAL, "no thread for the pages");
		stop(b, ERR_INTERNAL, &b->err);
	}
	pthread_mutex_unlock(&b->lock);
	*interrupted = n > 0 && watch(b, signal_fd);
	for (size_t i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}

static int
start(struct bulk *b, struct err *err)
{
	struct extractor_opts opts = {.workers = (unsigned)b->o->jobs};
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t jobs = b->o->jobs > 0 ? (size_t)b->o->jobs : (size_t)MAX(cores, 1);
	int rc;

	// One more than extractors, so that a line is read while the others work.
	b->n_workers = MIN(jobs + 1, (size_t)MAX_WORKERS);
	b->n_slots = b->n_workers * WINDOW;
	b->slots = xcalloc(b->n_slots, sizeof(*b->slots));
	b->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	b->done_fd = eventfd(0, EFD_CLOEXEC);
	if (b->stop_fd < 0 || b->done_fd < 0)
		return err_set(err, ERR_INTERNAL, "eventfd: %s", strerror(errno));
	rc = bulk_source_open(b->o->source, &b->source, err);
	if (rc == 0)
		rc = bulk_sink_open(b->o, &b->sink, err);
	if (rc == 0)
		rc = extractor_open_with(&opts, deadline_in_ms(OPEN_MS), &b->x, err);
	return rc;
}

static void
bulk_done(struct bulk *b)
{
	for (size_t i = 0; i < b->n_slots; i++) {
		bulk_page_done(&b->slots[i].page);
		buf_done(&b->slots[i].line);
	}
	free(b->slots);
	if (b->x)
		extractor_close(b->x);
	bulk_sink_close(b->sink);
	bulk_source_close(b->source);
	util_closep(&b->stop_fd);
	util_closep(&b->done_fd);
}

static void
say_passed(const struct bulk *b)
{
	cleanup_buf others = BUF_INIT;

	bulk_source_passed(b->source, &others);
	if (others.n > 0)
		fprintf(stderr, "riptide: %s: passed over %s\n", b->o->source, others.p);
}

// Why the exit code is not 0, in a line for people. The code.
static int
report(const struct bulk *b, bool interrupted)
{
	const struct bulk_sums *s = &b->sums;
	const char *resume = strcmp(b->o->output, "-") != 0 ? "; --resume goes on" : "";

	if (b->rc != 0 && b->rc != ERR_OUTPUT_CLOSED && s->done + s->failed > 0 && resume[0])
		fprintf(stderr, "riptide: ended after %llu pages%s\n",
		    (unsigned long long)(s->done + s->failed), resume);
	if (b->rc != 0)
		return cli_error(&b->err);
	if (interrupted)
		fprintf(stderr, "riptide: interrupted after %llu pages%s\n",
		    (unsigned long long)(s->done + s->failed), resume);
	if (s->failed > 0)
		fprintf(stderr,
		    "riptide: %llu of %llu pages failed; their lines have an \"error\"\n",
		    (unsigned long long)s->failed, (unsigned long long)(s->done + s->failed));
	if (interrupted)
		return EXIT_INTERRUPTED;
	return s->failed > 0 ? EXIT_PARTIAL : EXIT_COMPLETE;
}

int
bulk_run(const struct bulk_opts *o)
{
	struct bulk b = {.o = o,
	    .stop_fd = -1,
	    .done_fd = -1,
	    .lock = PTHREAD_MUTEX_INITIALIZER,
	    .changed = PTHREAD_COND_INITIALIZER,
	    .share = -1,
	    .err = ERR_INIT};
	cleanup_close int signal_fd = signals_open(0); // before the extractors' threads begin
	bool interrupted = false;

	b.rc = start(&b, &b.err);
	b.sums.started_us = clock_us();
	if (b.rc == 0)
		run_threads(&b, signal_fd, &interrupted);
	if (b.rc == 0 && o->stats)
		bulk_sums_print(&b.sums);
	if (b.rc == 0)
		say_passed(&b);
	bulk_done(&b);
	return report(&b, interrupted);
}
