// SPDX-License-Identifier: Apache-2.0
// What is checked before a page is loaded: the address is public, the field patterns compile. Runs
// in the job's thread; the name is looked up meanwhile.
#include "orchestrator/job/job_priv.h"
#include "orchestrator/request/request_proxy.h"

#include <stdio.h>

// Is the page loaded by a proxy, which looks up the name itself?
static bool
is_far(const struct job *j)
{
	const char *url = j->req->url ? j->req->url : j->req->base_url;

	return url && job_by_proxy(j, sv_from(url));
}

// Then the proxy's own address is to be public.
static int
check_proxy(struct job *j, struct err *err)
{
	const char *host = j->req->proxy->upstream.host;
	cleanup_free char *url = xasprintf(strchr(host, ':') ? "http://[%s]/" : "http://%s/", host);
	int rc = lookup_begin_public(sv_from(url), &j->lookup, err);

	if (rc != 0)
		err_prefix(err, "proxy_config.server");
	return rc;
}

int
job_check_address(struct job *j, struct err *err)
{
	const char *url = j->req->url ? j->req->url : j->req->base_url;
	struct url parts;
	int rc = 0;

	if (!url || j->opts.allow_private || !url_split(sv_from(url), &parts))
		return 0;
	if (host_is_private_literal(parts.host))
		return err_set(err, ERR_ADDRESS_FORBIDDEN,
		    SV_FMT " is private or loopback (see --allow-private)", SV_ARG(parts.host));
	if (!is_far(j))
		return lookup_begin_public(sv_from(url), &j->lookup, err);
	rc = lookup_check_literal(sv_from(url), err);
	return rc == 0 ? check_proxy(j, err) : rc;
}

int
job_await_address(struct job *j, struct err *err)
{
	int rc = 0;

	if (j->lookup)
		rc = lookup_await_public(j->lookup, j->soft, j->cancel_fd, err);
	if (rc == ERR_ADDRESS_FORBIDDEN && is_far(j))
		err_prefix(err, "proxy_config.server");
	if (rc == ERR_DNS_FAILED && is_far(j))
		rc = err_set(
		    err, ERR_PROXY_FAILED, "the proxy %s does not resolve", j->req->proxy->shown);
	lookup_closep(&j->lookup);
	return rc;
}

// --- what the request names must be usable before anything is started ---

// An empty page is enough to compile every selector, XPath and regular expression.
static int
try_patterns(struct job *j, const cJSON *options, struct err *err)
{
	cJSON *document = NULL;
	int rc = job_extract_html(
	    j, SV("<!doctype html><title></title>"), NULL, NULL, options, j->soft, &document, err);

	cJSON_Delete(document);
	return rc;
}

// The worker says "extract.fields.x.css"; in an action it is "actions[2].fields.x.css".
static int
try_action_patterns(struct job *j, const cJSON *action, const char *path, struct err *err)
{
	static const char root[] = "extract.";
	cJSON *options = request_action_extract(action);
	int rc = try_patterns(j, options, err);

	cJSON_Delete(options);
	if (rc != 0 && strncmp(err->path, root, sizeof(root) - 1) == 0) {
		memmove(
		    err->path, err->path + sizeof(root) - 1, strlen(err->path) - sizeof(root) + 2);
		err_prefix(err, path);
	}
	return rc;
}

static int
check_files(struct job *j, const cJSON *files, const char *path, struct err *err)
{
	size_t i = 0;

	json_foreach (file, files) {
		char at[192];
		int rc = job_check_upload(j, file->valuestring, err);

		if (rc != 0) {
			snprintf(at, sizeof(at), "%.150s.files[%zu]", path, i);
			err_prefix(err, at);
			return rc;
		}
		i++;
	}
	return 0;
}

static int
check_action(void *arg, const char *type, const cJSON *json, const char *path, struct err *err)
{
	if (strcmp(type, "upload") == 0)
		return check_files(arg, json_get(json, "files"), path, err);
	if (strcmp(type, "extract") == 0 && json_get(json, "fields"))
		return try_action_patterns(arg, json, path, err);
	return 0;
}

int
job_check_names(struct job *j, struct err *err)
{
	const struct extract_options *o = j->req->extract.options;
	int rc = o && o->n_fields > 0 ? try_patterns(j, j->req->extract.json, err) : 0;

	return rc == 0 ? actions_each(&j->req->actions, check_action, j, "actions", err) : rc;
}
