// SPDX-License-Identifier: Apache-2.0
// Inside of a fetch: its state, and what its files share.
#ifndef ORCHESTRATOR_FETCH_FETCH_PRIV_H
#define ORCHESTRATOR_FETCH_FETCH_PRIV_H

#include "orchestrator/fetch/fetch.h"
#include "orchestrator/fetch/fetch_curl.h"

struct fetch {
	struct fetch_opts o;
	const struct curl *curl;
	CURLM *multi;
	CURL *easy;
	struct curl_slist *headers; // of the request under way
	struct curl_slist *resolve; // the host that was looked up last, as libcurl takes it
	struct buf origin;          // of opts.url
	struct buf url;             // asked for now
	struct deadline dl;
	struct deadline drain; // how long a redirect's body is waited for, once head_done
	bool head_done;
	bool far;         // by the proxy: what is looked up and dialled is that
	bool begun;       // the request under way is for the server, no longer for the proxy …
	long to_proxy[2]; // … with which so many bytes were exchanged: headers, requests
	char text[CURL_ERROR_SIZE]; // libcurl's words for what failed
	struct err why;             // what a callback ended the transfer for
	struct err denied;          // the address that was not dialled
	struct fetch_answer a;
	struct buf location;
	size_t header_bytes, counted;
	uint64_t bytes; // of the transfers before, both ways
};

// fetch_answer.c: an answer's headers, and what they mean.
#define FETCH_DRAIN_MS 100
size_t fetch_on_header(char *line, size_t size, size_t n, void *arg);
bool fetch_is_redirect(const struct fetch *f);
// Is it a page at all? 0, or why not.
int fetch_judge(const struct fetch_answer *a, struct err *err) MUST_CHECK;
// libcurl's code as one of ours.
int fetch_error(const struct fetch *f, CURLcode code, struct err *err) MUST_CHECK;

// fetch_proxy.c
void fetch_set_proxy(struct fetch *f); // for f->url
int fetch_on_begin(void *arg, char *to_ip, char *from_ip, int to_port, int from_port);
// ERR_PROXY_FAILED when it is the proxy's doing; 0: it is not.
int fetch_proxy_error(const struct fetch *f, CURLcode code, struct err *err) MUST_CHECK;

// fetch_policy.c
// Of f->url. ERR_HOST_FORBIDDEN, ERR_ADDRESS_FORBIDDEN.
int fetch_judge_host(const struct fetch *f, struct err *err) MUST_CHECK;
curl_socket_t fetch_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to);
uint64_t fetch_bytes_now(const struct fetch *f); // of the transfer under way, both ways
// ERR_BYTE_LIMIT: with those before it has too many.
int fetch_check_bytes(const struct fetch *f, uint64_t now, struct err *err) MUST_CHECK;

// fetch_resolve.c: look the host of f->url up, for the next transfer. ERR_DNS_FAILED, _OVERLOADED,
// _NAVIGATION_TIMEOUT, _CANCELLED, _INTERNAL.
int fetch_resolve(struct fetch *f, struct err *err) MUST_CHECK;

// fetch_request.c
void fetch_set_request(struct fetch *f);
int fetch_set_cookies(struct fetch *f, struct err *err) MUST_CHECK;

#endif
