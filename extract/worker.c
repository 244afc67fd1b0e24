// SPDX-License-Identifier: Apache-2.0
// The extractor's worker: one document at a time from the socket through extract_document() and
// back, in one arena that is reset after each. Runs in a child of the fork server; once confined it
// opens nothing.
#include "extract/worker.h"

#include "extract/html/charset.h"
#include "extract/document.h"
#include "extract/xml/xml.h"
#include "sandbox/confine.h"

#include <malloc.h>
#include <time.h>

atomic_bool worker_dies_of_oom;

enum { CPU_LIMIT_S = 600, STACK_BYTES = 8 << 20, TRIM_BYTES = 1 << 20 };

struct worker {
	int fd;
	int landlock_abi;
	enum confine_filter filter;
	struct arena arena;
};

// --- before the first fork ---

static const char warm_html[] =
    "<!DOCTYPE html><html lang=en><head><title>One</title><meta property=og:title content=Two>"
    "<script type=application/ld+json>{\"@type\":\"Article\",\"datePublished\":\"2020-01-02\"}</script>"
    "</head><body><nav><a href=/>Home</a></nav><article><h1>One</h1><p>Some words, &eacute;, "
    "<a href=x>a link</a>.</p><ul><li>a<li>b</ul><table><tr><th>h<tr><td>1</table><pre>code</pre>"
    "<img src=i.png alt=i></article></body></html>";
static const char warm_options[] =
    "{\"strategies\":[\"article\",\"metadata\",\"json_ld\",\"css_json\",\"xpath\",\"regex\"],\"fields\":{"
    "\"a\":{\"css\":\"p > a[href]\",\"type\":\"url\"},\"b\":{\"xpath\":\"string(//h1)\"},"
    "\"c\":{\"regex\":\"w[a-z]+\"},\"d\":{\"json_ld\":\"datePublished\",\"type\":\"date\"}}}";

static int
compare_bytes(const void *a, const void *b)
{
	return *(const unsigned char *)a - *(const unsigned char *)b;
}

// glibc asks for the memory size at the first large sort, and for the time zone at the first date.
static void
warm_libc(void)
{
	unsigned char bytes[4096];
	time_t t = 0;
	struct tm tm;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 31);
	qsort(bytes, sizeof(bytes), 1, compare_bytes);
	tzset();
	(void)localtime_r(&t, &tm);
}

static int
extract(const cJSON *head, struct sv html, struct arena *a, cJSON **doc, struct err *err)
{
	struct extract_options *options = NULL;
	struct extract_input in = {.html = html, .now_ms = clock_wall_ms()};
	int rc = extract_options_read(json_get(head, "extract"), a, "extract", &options, err);

	if (rc != 0)
		return rc;
	in.options = options;
	in.url = json_str(head, "url");
	if (!in.url)
		in.url = json_str(head, "base_url");
	in.charset = json_str(head, "charset");
	in.http_charset = json_str(head, "http_charset");
	in.source_type = json_str(head, "source_type");
	in.content_type = json_str(head, "content_type");
	in.facts = json_get(head, "facts");
	in.unrendered = json_bool(head, "unrendered", false);
	in.source = json_bool(head, "source", false);
	return extract_document(&in, a, doc, err);
}

int
worker_warm_up(struct err *err)
{
	struct arena a;
	cJSON *doc = NULL, *head = json_obj();
	int rc;

	warm_libc();
	charset_init();
	xml_init();
	arena_init(&a, 0);
	json_set_str(head, "url", "https://warm.example/a/b");
	json_set(head, "extract", cJSON_Parse(warm_options));
	rc = extract(head, SV(warm_html), &a, &doc, err);
	cJSON_Delete(doc);
	cJSON_Delete(head);
	arena_done(&a);
	return rc;
}

// --- answers ---

static int
send_json(int fd, uint32_t type, uint64_t id, const cJSON *v, struct err *err)
{
	cleanup_buf b = BUF_INIT_MAX(PROTO_MAX_DOCUMENT);

	json_print(&b, v, false);
	if (b.overflow)
		return err_set(err, ERR_RESULT_TOO_LARGE, "the document has more than %llu bytes",
		    (unsigned long long)PROTO_MAX_DOCUMENT);
	return proto_send(fd, type, id, SV_NULL, buf_view(&b), deadline_in_ms(WORKER_SEND_MS), err);
}

int
worker_send_failure(int fd, uint64_t id, const struct err *e)
{
	cJSON *v = json_obj();
	int rc;

	json_set_str(v, "code", err_info(e->code)->code);
	json_set_str(v, "message", e->message);
	json_set_str(v, "path", e->path);
	rc = send_json(fd, PROTO_FAILED, id, v, NULL);
	cJSON_Delete(v);
	return rc;
}

static int
on_extract(struct worker *w, struct proto_frame *f)
{
	struct err err = ERR_INIT;
	cJSON *doc = NULL, *head = cJSON_ParseWithLength(f->head.p, f->head.n);
	int rc;

	if (!head)
		return err_set(NULL, ERR_EXTRACTOR_PROTOCOL, NULL);
	rc = extract(head, buf_view(&f->body), &w->arena, &doc, &err);
	if (rc == 0 && w->arena.oom)
		rc = err_set(&err, ERR_EXTRACTOR_OOM, NULL);
	if (rc == 0)
		rc = send_json(w->fd, PROTO_DOCUMENT, f->id, doc, &err);
	if (rc != 0)
		rc = worker_send_failure(w->fd, f->id, &err);
	cJSON_Delete(doc);
	cJSON_Delete(head);
	arena_reset(&w->arena);
	if (f->body.n >= TRIM_BYTES)
		malloc_trim(0);
	return rc;
}

static int
on_ping(struct worker *w, struct proto_frame *f)
{
	cJSON *v = json_obj();
	int rc;

	json_set_str(v, "filter", confine_filter_names[w->filter]);
	json_set_int(v, "landlock_abi", w->landlock_abi);
	rc = send_json(w->fd, PROTO_PONG, f->id, v, NULL);
	cJSON_Delete(v);
	return rc;
}

#ifdef RIPTIDE_TEST_OPS
static int
on_test_op(struct worker *w, struct proto_frame *f)
{
	return worker_test_op(w->fd, f->id, buf_view(&f->head));
}
#endif

static const struct {
	uint32_t type;
	int (*handle)(struct worker *w, struct proto_frame *f); // not 0: the worker ends
} handlers[] = {
    {PROTO_EXTRACT, on_extract},
    {PROTO_PING, on_ping},
#ifdef RIPTIDE_TEST_OPS
    {PROTO_TEST_OP, on_test_op},
#endif
};

static int
dispatch(struct worker *w, struct proto_frame *f)
{
	for (size_t i = 0; i < ARRAY_LEN(handlers); i++)
		if (handlers[i].type == f->type)
			return handlers[i].handle(w, f);
	return ERR_EXTRACTOR_PROTOCOL;
}

// --- the process ---

static int
confine(struct worker *w, const struct worker_opts *o, struct err *err)
{
	struct confine_limits lim = {
	    .cpu_s = CPU_LIMIT_S,
	    .nofile = 1, // poll asks for one; fd 0 is taken, so nothing can be opened
	    .set_nproc = true,
	    .stack_bytes = STACK_BYTES,
	};
	int rc = confine_landlock(&w->landlock_abi, err);

#ifdef RIPTIDE_SANITIZER
	(void)o; // a sanitizer's shadow memory is terabytes of address space
#else
	lim.address_space_bytes = o->memory_bytes;
#endif
	w->filter = confine_filter_for_build(CONFINE_WORKER);
	if (rc == 0)
		rc = confine_rlimits(&lim, err);
	if (rc == 0)
		rc = confine_seccomp(w->filter, err);
	return rc;
}

void
worker_main(int fd, const struct worker_opts *o)
{
	struct worker w = {.fd = fd};
	struct err err = ERR_INIT;
	int rc;

	arena_init(&w.arena, o->memory_bytes / 2);
	confine_close_fds(&fd, 1);
	if (confine(&w, o, &err) != 0) {
		rc = worker_send_failure(fd, 0, &err);
		_exit(rc == 0 ? 1 : 2);
	}
	atomic_store(&worker_dies_of_oom, true);
	do {
		struct proto_frame f = {0};

		rc = proto_recv(fd, &f, PROTO_MAX_BODY, deadline_in_ms(WORKER_WAIT_MS), NULL);
		if (rc == 0)
			rc = dispatch(&w, &f);
		proto_frame_done(&f);
	} while (rc == 0);
	_exit(rc == ERR_EXTRACTOR_CRASHED ? 0 : 2); // the other end closed: the usual end
}
