// SPDX-License-Identifier: Apache-2.0
// One document over HTTP: what is dialled, what is followed, what is kept, and how each ends. A
// thread of this program is the server; it answers the bytes that a test wrote for the path.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "orchestrator/fetch/fetch.h"

#define HEAD(status, fields) "HTTP/1.1 " status "\r\nConnection: close\r\n" fields "\r\n"
#define PAGE(body)           HEAD("200 OK", "Content-Type: text/html\r\n") body

// --- the server ---

static const struct {
	const char *path, *answer;
	bool stays; // the connection is not closed after it
} pages[] = {
    {"/plain", PAGE("<p>plain"), false},
    {"/to-plain", HEAD("302 Found", "Location: plain#there\r\n") "gone", false},
    {"/loop", HEAD("301 Moved", "Location: /loop\r\n"), false},
    {"/to-file", HEAD("302 Found", "Location: file:///etc/passwd\r\n"), false},
    {"/to-nothing", HEAD("302 Found", "Location: http://\r\n"), false},
    {"/to-denied", HEAD("302 Found", "Location: http://denied.test/\r\n"), false},
    {"/no-location", HEAD("302 Found", "Content-Type: text/html\r\n") "<p>here", false},
    {"/empty", HEAD("204 No Content", ""), false},
    {"/film", HEAD("200 OK", "Content-Type: video/mp4\r\n") "xx", false},
    {"/zip", HEAD("200 OK", "Content-Type: application/zip\r\n") "PK", false},
    {"/file",
	HEAD("200 OK",
	    "Content-Type: text/html\r\nContent-Disposition: attachment; filename=x\r\n") "x",
	false},
    {"/short", HEAD("200 OK", "Content-Type: text/html\r\nContent-Length: 99\r\n") "<p>short",
	false},
    {"/stall", HEAD("200 OK", "Content-Type: text/html\r\nContent-Length: 99\r\n") "<p>begun",
	true},
    {"/hang", "", true},
    {"/no-http", "SSH-2.0-OpenSSH\r\n", false},
    {"/to-plain-hangs", "HTTP/1.1 302 F\r\nLocation: /plain\r\nContent-Length: 99\r\n\r\nx", true},
    {"/to-plain-short", HEAD("302 F", "Location: /plain\r\nContent-Length: 99\r\n") "x", false},
    {"/to-plain-odd", HEAD("302 F", "Location: /plain\r\nContent-Encoding: gzip\r\n") "x", false},
    {"/to-plain-chunks", HEAD("302 F", "Location: /plain\r\nTransfer-Encoding: chunked\r\n") "x",
	false},
    {"/half-a-redirect", "HTTP/1.1 302 Found\r\nLocation: /pla", false},
    {"/half-a-head", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n", false},
    {"/trailers",
	HEAD("200 OK",
	    "Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n") "5\r\n<p>hi"
									 "\r\n0\r\nContent-Type: image/png\r\nRefresh: 0;url=/plain\r\n\r\n",
	false},
    {"/switched", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n<p>", false},
    {"/odd", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\nnot gzip",
	false},
};

static struct server {
	int fd;
	uint16_t port;
	pthread_t thread;
	atomic_uint accepted;
	pthread_mutex_t lock;
	struct buf heads; // of all requests
	int kept[64];
	size_t n_kept;
} server = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void
read_head(int fd, char *out, size_t size)
{
	size_t n = 0;
	ssize_t k;

	while (n + 1 < size && (k = read(fd, out + n, size - 1 - n)) > 0) {
		n += (size_t)k;
		out[n] = '\0';
		if (strstr(out, "\r\n\r\n"))
			break;
	}
	out[n] = '\0';
}

static void
answer(int fd)
{
	char head[8192] = "", path[64] = "";
	bool stays = false;

	read_head(fd, head, sizeof(head));
	pthread_mutex_lock(&server.lock);
	buf_str(&server.heads, head);
	pthread_mutex_unlock(&server.lock);
	(void)!sscanf(head, "GET %63s", path);
	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		if (strcmp(pages[i].path, path) == 0) {
			(void)!write(fd, pages[i].answer, strlen(pages[i].answer));
			stays = pages[i].stays;
		}
	if (stays && server.n_kept < ARRAY_LEN(server.kept))
		server.kept[server.n_kept++] = fd;
	else
		close(fd);
}

static void *
serve(void *arg)
{
	int fd;

	(void)arg;
	while ((fd = accept(server.fd, NULL, NULL)) >= 0) {
		atomic_fetch_add(&server.accepted, 1);
		answer(fd);
	}
	return NULL;
}

static int
start(void **state)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(sa);

	(void)state;
	server.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(server.fd, (struct sockaddr *)&sa, n), 0);
	assert_int_equal(listen(server.fd, 64), 0);
	assert_int_equal(getsockname(server.fd, (struct sockaddr *)&sa, &n), 0);
	server.port = ntohs(sa.sin_port);
	return pthread_create(&server.thread, NULL, serve, NULL);
}

static int
stop(void **state)
{
	(void)state;
	shutdown(server.fd, SHUT_RDWR);
	pthread_join(server.thread, NULL);
	close(server.fd);
	for (size_t i = 0; i < server.n_kept; i++)
		close(server.kept[i]);
	buf_done(&server.heads);
	return 0;
}

// --- one load ---

struct load {
	char url[256];
	struct fetch_opts o;
	struct fetch *f;
	struct err err;
};

static struct load
load_of(const char *path)
{
	struct load l = {
	    .o = {.policy = {.allow_private = true}, .max_body_bytes = 1 << 20, .cancel_fd = -1}};

	snprintf(l.url, sizeof(l.url), "http://127.0.0.1:%u%s", server.port, path);
	return l;
}

static int
run(struct load *l, int64_t ms)
{
	l->o.url = l->url;
	l->f = fetch_new(&l->o);
	return fetch_load(l->f, deadline_in_ms(ms), &l->err);
}

static struct sv
body(struct load *l)
{
	return buf_view(&fetch_answer(l->f)->body);
}

#define assert_body(l, text) assert_true(sv_eq_str(body(l), text))

static void
a_page_comes_with_its_address_status_and_type(void **state)
{
	struct load l = load_of("/plain");

	(void)state;
	assert_int_equal(run(&l, 5000), 0);
	assert_body(&l, "<p>plain");
	assert_string_equal(fetch_answer(l.f)->final_url.p, l.url);
	assert_string_equal(fetch_answer(l.f)->content_type.p, "text/html");
	assert_int_equal(fetch_answer(l.f)->http_status, 200);
	assert_true(fetch_answer(l.f)->bytes_received > strlen("<p>plain"));
	fetch_free(l.f);
}

static void
redirects_are_followed_and_counted(void **state)
{
	struct load l = load_of("/to-plain");

	(void)state;
	assert_int_equal(run(&l, 5000), 0);
	assert_body(&l, "<p>plain");
	assert_non_null(strstr(fetch_answer(l.f)->final_url.p, "/plain#there"));
	assert_int_equal(fetch_answer(l.f)->redirects, 1);
	assert_int_equal(fetch_answer(l.f)->requests, 2);
	fetch_free(l.f);
}

// As browsers do: what a redirect has for a body is of no account.
static void
redirects_are_followed_whatever_their_body_does(void **state)
{
	static const char *const paths[] = {
	    "/to-plain-hangs", "/to-plain-short", "/to-plain-odd", "/to-plain-chunks"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct load l = load_of(paths[i]);
		int rc = run(&l, 5000);

		if (rc != 0 || !sv_eq_str(body(&l), "<p>plain"))
			fail_msg("%s: %d, %s", paths[i], rc, l.err.message);
		fetch_free(l.f);
	}
}

static void
what_comes_after_the_body_changes_no_header(void **state)
{
	struct load l = load_of("/trailers");

	(void)state;
	assert_int_equal(run(&l, 5000), 0);
	assert_body(&l, "<p>hi");
	assert_string_equal(fetch_answer(l.f)->content_type.p, "text/html");
	assert_int_equal(fetch_answer(l.f)->refresh.n, 0);
	fetch_free(l.f);
}

static void
answers_that_are_no_page_have_names(void **state)
{
	static const struct {
		const char *path;
		int code;
		const char *says;
	} rows[] = {
	    {"/loop", ERR_NAVIGATION_FAILED, "more than 20 redirects"},
	    {"/to-file", ERR_NAVIGATION_FAILED, "not http or https"},
	    {"/to-nothing", ERR_NAVIGATION_FAILED, "redirects to"},
	    {"/empty", ERR_NO_CONTENT, "204"},
	    {"/half-a-redirect", ERR_CONNECTION_FAILED, "ended early"},
	    {"/half-a-head", ERR_CONNECTION_FAILED, "ended early"},
	    {"/switched", ERR_NAVIGATION_FAILED, "101"},
	    {"/film", ERR_NOT_HTML, "video/mp4"},
	    {"/zip", ERR_DOWNLOAD, "application/zip"},
	    {"/file", ERR_DOWNLOAD, "a download"},
	    {"/no-http", ERR_NAVIGATION_FAILED, ""},
	    {"/odd", ERR_NAVIGATION_FAILED, ""},
	    {"/nobody-knows", ERR_CONNECTION_FAILED, ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct load l = load_of(rows[i].path);
		int rc = run(&l, 5000);

		if (rc != rows[i].code || !strstr(l.err.message, rows[i].says))
			fail_msg("%s: %d, %s", rows[i].path, rc, l.err.message);
		fetch_free(l.f);
	}
}

static void
a_redirect_to_nowhere_is_the_page(void **state)
{
	struct load l = load_of("/no-location");

	(void)state;
	assert_int_equal(run(&l, 5000), 0);
	assert_body(&l, "<p>here");
	assert_int_equal(fetch_answer(l.f)->http_status, 302);
	fetch_free(l.f);
}

static void
a_page_whose_end_did_not_come_is_kept_and_told(void **state)
{
	struct load l = load_of("/short");

	(void)state;
	assert_int_equal(run(&l, 5000), 0);
	assert_body(&l, "<p>short");
	assert_true(fetch_answer(l.f)->cut[0] != '\0');
	fetch_free(l.f);
}

static void
the_deadline_ends_it_and_what_came_stays(void **state)
{
	struct load l = load_of("/stall"), m = load_of("/hang");
	int64_t begin = clock_ms();

	(void)state;
	assert_int_equal(run(&l, 200), ERR_NAVIGATION_TIMEOUT);
	assert_true(clock_ms() - begin < 2000);
	assert_body(&l, "<p>begun");
	fetch_free(l.f);
	assert_int_equal(run(&m, 200), ERR_NAVIGATION_TIMEOUT);
	assert_int_equal(body(&m).n, 0);
	assert_non_null(strstr(m.err.message, "no answer in time"));
	fetch_free(m.f);
}

static void *
cancel_soon(void *arg)
{
	int *fd = arg;
	unsigned before = atomic_load(&server.accepted);

	for (int i = 0; i < 500 && atomic_load(&server.accepted) == before; i++)
		(void)poll(NULL, 0, 5);
	(void)!write(*fd, &(uint64_t){1}, sizeof(uint64_t));
	return NULL;
}

static void
a_cancelled_load_ends_at_once(void **state)
{
	struct load l = load_of("/hang");
	pthread_t thread;
	int fd = eventfd(0, EFD_CLOEXEC);
	int64_t begin = clock_ms();

	(void)state;
	l.o.cancel_fd = fd;
	assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &fd), 0);
	assert_int_equal(run(&l, 30000), ERR_CANCELLED);
	assert_true(clock_ms() - begin < 10000);
	pthread_join(thread, NULL);
	fetch_free(l.f);
	close(fd);
}

static void
a_body_is_bounded(void **state)
{
	struct load l = load_of("/plain");

	(void)state;
	l.o.max_body_bytes = 4;
	assert_int_equal(run(&l, 5000), ERR_RESULT_TOO_LARGE);
	fetch_free(l.f);
}

static void
hosts_are_judged_by_the_policy_at_each_hop(void **state)
{
	static const struct {
		const char *path, *allow, *deny;
		int code;
		const char *says;
	} rows[] = {
	    {"http://127.0.0.1/plain", NULL, "127.0.0.1", ERR_HOST_FORBIDDEN, "127.0.0.1"},
	    {"http://127.0.0.1/plain", "other.test", NULL, ERR_HOST_FORBIDDEN, "127.0.0.1"},
	    {"http://127.0.0.1/plain", "127.0.0.0/8", NULL, 0, ""},
	    {"http://127.0.0.1/plain", "127.0.0.0/8", "127.0.0.0/9", ERR_HOST_FORBIDDEN, ""},
	    {"http://localhost/plain", "localhost", NULL, 0, ""},
	    {"http://localhost/plain", NULL, "127.0.0.0/8", ERR_HOST_FORBIDDEN, "127.0.0.1"},
	    {"http://localhost/plain", "10.0.0.0/8", NULL, ERR_HOST_FORBIDDEN, ""},
	    {"http://127.0.0.1/to-denied", NULL, "denied.test", ERR_HOST_FORBIDDEN, "denied.test"},
	    {"http://localhost/to-denied", "localhost", NULL, ERR_HOST_FORBIDDEN, "denied.test"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct load l = load_of("/");
		const char *path = strchr(rows[i].path + 7, '/');
		int rc, want = rows[i].code;

		snprintf(l.url, sizeof(l.url), "%.*s:%u%s", (int)(path - rows[i].path),
		    rows[i].path, server.port, path);
		l.o.policy.allow_hosts =
		    (struct param_strings){(const char **)&rows[i].allow, rows[i].allow != NULL};
		l.o.policy.deny_hosts =
		    (struct param_strings){(const char **)&rows[i].deny, rows[i].deny != NULL};
		rc = run(&l, 5000);
		if (rc != want || (rc != 0 && !strstr(l.err.message, rows[i].says)))
			fail_msg("%zu: %d, %s", i, rc, l.err.message);
		fetch_free(l.f);
	}
}

static void
bytes_are_counted_over_all_hops(void **state)
{
	static const struct {
		const char *path;
		uint64_t max;
		int code;
	} rows[] = {
	    {"/plain", 40, ERR_BYTE_LIMIT},
	    {"/plain", 4000, 0},
	    {"/stall", 40, ERR_BYTE_LIMIT},
	    {"/loop", 2500, ERR_BYTE_LIMIT}, // each hop by itself has not as many
	    {"/loop", 100000, ERR_NAVIGATION_FAILED},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct load l = load_of(rows[i].path);
		int rc;

		l.o.policy.max_bytes = rows[i].max;
		rc = run(&l, 5000);
		if (rc != rows[i].code)
			fail_msg("%zu: %d, %s", i, rc, l.err.message);
		if (rc == ERR_BYTE_LIMIT)
			assert_non_null(strstr(l.err.message, "network.max_bytes"));
		fetch_free(l.f);
	}
}

// A name that resolves to an address of this machine, and is not "localhost".
static bool
find_private_name(char *out, size_t size)
{
	FILE *hosts = fopen("/etc/hosts", "re");
	char line[256], name[100];

	out[0] = '\0';
	while (hosts && fgets(line, sizeof(line), hosts))
		if (sscanf(line, "127.0.0.1 %99s", name) == 1 && strcmp(name, "localhost") != 0)
			snprintf(out, size, "%s", name);
	if (hosts)
		fclose(hosts);
	return out[0] != '\0';
}

static void
private_addresses_are_not_dialled(void **state)
{
	static const char *const hosts[] = {
	    "127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "[::ffff:7f00:1]"};
	unsigned before = atomic_load(&server.accepted);
	char name[100];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		struct load l = load_of("/plain");

		l.o.policy.allow_private = false;
		snprintf(l.url, sizeof(l.url), "http://%s:%u/plain", hosts[i], server.port);
		assert_int_equal(run(&l, 5000), ERR_ADDRESS_FORBIDDEN);
		fetch_free(l.f);
	}
	if (find_private_name(name, sizeof(name))) { // what DNS says is judged when it is dialled
		struct load l = load_of("/plain");

		l.o.policy.allow_private = false;
		snprintf(l.url, sizeof(l.url), "http://%s:%u/plain", name, server.port);
		assert_int_equal(run(&l, 5000), ERR_ADDRESS_FORBIDDEN);
		assert_non_null(strstr(l.err.message, "127.0.0.1"));
		fetch_free(l.f);
	}
	assert_int_equal(atomic_load(&server.accepted), before);
}

static void
proxies_of_the_environment_are_not_asked(void **state)
{
	struct load l = load_of("/plain");

	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	setenv("all_proxy", "http://127.0.0.1:1/", 1);
	assert_int_equal(run(&l, 5000), 0);
	unsetenv("http_proxy");
	unsetenv("all_proxy");
	fetch_free(l.f);
}

static void
headers_and_cookies_reach_the_server(void **state)
{
	struct param_pair pair[] = {{"X-One", "1"}, {"X-Empty", ""}, {"Accept", "text/x"}};
	struct param_map map = {pair, 3};
	struct load l = load_of("/plain");
	cleanup_buf text = BUF_INIT;
	cJSON *cookies = NULL;

	(void)state;
	buf_fmt(&text,
	    "[{\"name\": \"a\", \"value\": \"b\", \"url\": \"%s\"}, {\"name\": \"o\", "
	    "\"value\": \"1\", \"domain\": \"other.example\", \"path\": \"/\"}]",
	    l.url);
	assert_int_equal(json_parse_api(buf_view(&text), NULL, &cookies, &l.err), 0);
	l.o.headers = &map;
	l.o.cookies = cookies;
	l.o.locale = "de-CH";
	pthread_mutex_lock(&server.lock);
	buf_reset(&server.heads);
	pthread_mutex_unlock(&server.lock);
	assert_int_equal(run(&l, 5000), 0);
	pthread_mutex_lock(&server.lock);
	assert_non_null(strstr(server.heads.p, "X-One: 1\r\n"));
	assert_non_null(strstr(server.heads.p, "X-Empty:\r\n"));
	assert_non_null(strstr(server.heads.p, "Accept: text/x\r\n"));
	assert_non_null(strstr(server.heads.p, "Accept-Language: de-CH,de;q=0.9\r\n"));
	assert_non_null(strstr(server.heads.p, "a=b")); // not another host's
	assert_null(strstr(server.heads.p, "o=1"));
	assert_non_null(strstr(server.heads.p, fetch_user_agent));
	pthread_mutex_unlock(&server.lock);
	cJSON_Delete(cookies);
	fetch_free(l.f);
}

// A libcurl jar drops them without a word.
static void
cookies_that_cannot_be_sent_are_told(void **state)
{
	static const char *const rows[] = {
	    "[{\"name\":\"a\",\"value\":\"b\\tc\",\"domain\":\"127.0.0.1\"}]",
	    "[{\"name\":\"a\",\"value\":\"b\",\"domain\":\"127.0.0.1\",\"path\":\"/\\tx\"}]",
	    "[{\"name\":\"__Secure-a\",\"value\":\"b\",\"domain\":\"127.0.0.1\"}]",
	    "[{\"name\":\"__Host-a\",\"value\":\"b\",\"domain\":\"127.0.0.1\",\"secure\":true,"
	    "\"path\":\"/x\"}]",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct load l = load_of("/plain");
		cJSON *cookies = cJSON_Parse(rows[i]);

		l.o.cookies = cookies;
		assert_non_null(cookies);
		if (run(&l, 5000) != ERR_INVALID_REQUEST || strcmp(l.err.path, "cookies") != 0)
			fail_msg("%s: %s", rows[i], l.err.message);
		cJSON_Delete(cookies);
		fetch_free(l.f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_page_comes_with_its_address_status_and_type),
	    cmocka_unit_test(redirects_are_followed_and_counted),
	    cmocka_unit_test(redirects_are_followed_whatever_their_body_does),
	    cmocka_unit_test(what_comes_after_the_body_changes_no_header),
	    cmocka_unit_test(answers_that_are_no_page_have_names),
	    cmocka_unit_test(a_redirect_to_nowhere_is_the_page),
	    cmocka_unit_test(a_page_whose_end_did_not_come_is_kept_and_told),
	    cmocka_unit_test(the_deadline_ends_it_and_what_came_stays),
	    cmocka_unit_test(a_cancelled_load_ends_at_once),
	    cmocka_unit_test(a_body_is_bounded),
	    cmocka_unit_test(hosts_are_judged_by_the_policy_at_each_hop),
	    cmocka_unit_test(bytes_are_counted_over_all_hops),
	    cmocka_unit_test(private_addresses_are_not_dialled),
	    cmocka_unit_test(proxies_of_the_environment_are_not_asked),
	    cmocka_unit_test(headers_and_cookies_reach_the_server),
	    cmocka_unit_test(cookies_that_cannot_be_sent_are_told),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
