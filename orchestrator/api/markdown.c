// SPDX-License-Identifier: Apache-2.0
// docs/API.md, printed from the route table and from the tables that check requests. Any thread.
#include "orchestrator/api/api_priv.h"

#include <string.h>

#define PRINTED                                                                                    \
	"<!-- Printed from the tables by `./run docs`; edit the tables, not this page. -->\n\n"

static void
curl_of(const struct route *r, struct buf *out)
{
	const char *id = strstr(r->path, "{id}");

	buf_str(out, "curl -sS ");
	if (r->method == HTTP_DELETE)
		buf_str(out, "-X DELETE ");
	if (r->curl)
		buf_str(out, r->curl);
	buf_str(out, "http://127.0.0.1:8377");
	if (id)
		buf_fmt(out, "%.*s$ID%s", (int)(id - r->path), r->path, id + 4);
	else
		buf_str(out, r->path);
}

static void
scopes_of(const struct route *r, struct buf *out)
{
	if (r->open)
		buf_str(out, "needs no key");
	for (int i = 0; i < SCOPE_COUNT; i++)
		if (r->scopes >> i & 1)
			buf_fmt(out, "scope `%s`", auth_scope_names[i]);
}

static void
markdown_route(const struct route *r, struct buf *out)
{
	buf_fmt(
	    out, "### %s %s\n\n%s %s (", http_method_names[r->method], r->path, r->summary, r->doc);
	scopes_of(r, out);
	buf_str(out, ")\n\n```sh\n");
	curl_of(r, out);
	buf_str(out, "\n```\n\n");
	for (size_t i = 0; r->query && r->query[i]; i += 2)
		buf_fmt(out, "- `?%s=` %s\n", r->query[i], r->query[i + 1]);
	for (size_t i = 0; i < ROUTE_ANSWERS && r->answers[i].text; i++)
		if (r->answers[i].status)
			buf_fmt(out, "- %d%s%s: %s\n", r->answers[i].status,
			    r->answers[i].type ? " " : "",
			    r->answers[i].type ? r->answers[i].type : "", r->answers[i].text);
	buf_ch(out, '\n');
	if (r->body && r->body != &request_table) {
		params_markdown(r->body, out);
		buf_ch(out, '\n');
	}
}

// The objects in an object, each under its path. Those of the actions are in ACTIONS.md.
static void
markdown_objects(const struct param_table *t, const char *prefix, struct buf *out)
{
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct param *p = &t->rows[i];
		const struct param_table *in =
		    p->custom == &request_extract_param ? &extract_options_table : p->table;
		cleanup_free char *path = NULL, *below = NULL;

		if (!in || in->n_rows == 0 || p->flags & (PARAM_HIDDEN | PARAM_UNBUILT))
			continue;
		path = xasprintf("%s%s", prefix, p->name);
		buf_fmt(
		    out, "### %s%s\n\n%s\n\n", path, p->type == PARAM_ARRAY ? "[]" : "", in->doc);
		params_markdown(in, out);
		buf_ch(out, '\n');
		if (in == &extract_options_table) {
			buf_fmt(out, "### %s.fields.NAME\n\n%s More in [FIELDS.md](FIELDS.md).\n\n",
			    path, extract_field_table.doc);
			params_markdown(&extract_field_table, out);
			buf_ch(out, '\n');
		}
		below = xasprintf("%s.", path);
		markdown_objects(in, below, out);
	}
}

void
api_markdown(struct buf *out)
{
	buf_str(out,
	    "# The API\n\n" PRINTED
	    "`riptide serve` listens on 127.0.0.1:8377. Keys go into `Authorization: Bearer KEY` (or "
	    "`X-API-Key`); without a configured key none is asked for, and only loopback is listened on. "
	    "Every answer carries `X-Request-Id`; send your own to find it in the log. Errors are "
	    "`{\"error\": {…}}` with a code of [ERRORS.md](ERRORS.md); keys, query "
	    "parameters and members of WebSocket messages that are not known are refused, not ignored. `POST` takes an `Idempotency-Key`. The "
	    "machine-readable form is `/openapi.json`.\n\n## The render request\n\n");
	params_markdown(&request_table, out);
	buf_str(out,
	    "\nActions are in [ACTIONS.md](ACTIONS.md); what to do with many pages, logins and jobs that "
	    "nobody waits for, and the names that other tools have for these keys, in "
	    "[GUIDE.md](GUIDE.md).\n\n");
	markdown_objects(&request_table, "", out);
	buf_str(out, "## The answer\n\nOf a job, the envelope. More keys may come.\n\n");
	api_answer_markdown("envelope", out);
	buf_str(out, "\nThe `document` is described in [EXTRACT.md](EXTRACT.md#the-document).\n\n"
		     "## Endpoints\n\n");
	for (size_t i = 0; i < api_n_routes; i++)
		markdown_route(&api_routes[i], out);
}
