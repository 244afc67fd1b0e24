// SPDX-License-Identifier: Apache-2.0
// The JSON API over orchestrator/http: routes, handlers, streams, the OpenAPI description. What
// runs in the loop thread only decides and hands over; bodies are read and answers made in the
// API's own worker threads and in job threads.
#ifndef ORCHESTRATOR_API_API_H
#define ORCHESTRATOR_API_API_H

#include "orchestrator/http/http.h"
#include "orchestrator/job/jobs.h"
#include "orchestrator/service/auth.h"
#include "orchestrator/store/artifacts.h"

struct api_parts { // borrowed, outlive the API
	struct runtime *rt;
	struct jobs *jobs;
	struct sessions *sessions;
	struct store *store;
	struct artifacts *artifacts;
	struct auth *auth;
};

struct api;
// Starts the workers. Never NULL.
struct api *api_new(const struct api_parts *p);
// What the HTTP server is to call.
void api_hooks(struct api *a, struct http_hooks *out);
// The server behind, for its figures; set once it listens.
void api_set_server(struct api *a, struct http_server *s);
// A few times a second: tries again what found the queue full.
void api_tick(struct api *a);
void api_drain(struct api *a); // /readyz says 503 from now on
// Ends the workers; after http_server_free.
void api_free(struct api *a);

// The description (OpenAPI 3.1) and docs/API.md, printed from the route table; owned by the caller.
cJSON *api_openapi(void);
void api_markdown(struct buf *out);

#endif
