// SPDX-License-Identifier: Apache-2.0
// Loading libcurl at its first use; it stays. Any thread.
#include "orchestrator/fetch/fetch_curl.h"
#include "orchestrator/fetch/fetch.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

static struct curl curl;
static struct err problem = ERR_INIT;

static bool
find(void *library, const char *name, void *slot)
{
	void *symbol = dlsym(library, name);

	memcpy(slot, &symbol, sizeof(symbol));
	return symbol != NULL;
}

static void
load(void)
{
	void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
	bool all = library != NULL;

#define X(name) all = all && find(library, "curl_" #name, &curl.name);
	CURL_FUNCTIONS(X)
#undef X
	if (!all)
		err_set(&problem, ERR_INTERNAL,
		    "engine \"fetch\" needs libcurl: apt-get install libcurl4 (%s)", dlerror());
	else if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		err_set(&problem, ERR_INTERNAL, "libcurl does not start");
}

const struct curl *
curl_load(struct err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load);
	if (problem.code == ERR_OK)
		return &curl;
	*err = problem;
	return NULL;
}

int
fetch_describe(struct buf *out, bool *certificates, struct err *err)
{
	const struct curl *c = curl_load(err);
	const curl_version_info_data *v;

	if (!c)
		return err->code;
	v = c->version_info(CURLVERSION_NOW);
	*certificates = v->capath && access(v->capath, R_OK | X_OK) == 0;
	buf_fmt(out, "libcurl %s, %s, certificates in %s", v->version,
	    v->ssl_version ? v->ssl_version : "no TLS", v->capath ? v->capath : "no folder");
	return 0;
}
