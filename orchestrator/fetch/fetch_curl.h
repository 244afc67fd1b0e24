// SPDX-License-Identifier: Apache-2.0
// libcurl, loaded when a page is fetched for the first time: with what it brings along it would
// double the time that every command takes to start (ADR 9). Any thread.
#ifndef ORCHESTRATOR_FETCH_FETCH_CURL_H
#define ORCHESTRATOR_FETCH_FETCH_CURL_H

#include "base/err.h"
#include "base/util.h"

#include <curl/curl.h>

#define CURL_FUNCTIONS(X)                                                                          \
	X(global_init)                                                                             \
	X(version_info)                                                                            \
	X(easy_init)                                                                               \
	X(easy_cleanup)                                                                            \
	X(easy_setopt)                                                                             \
	X(easy_getinfo)                                                                            \
	X(easy_strerror)                                                                           \
	X(multi_init)                                                                              \
	X(multi_cleanup)                                                                           \
	X(multi_add_handle)                                                                        \
	X(multi_remove_handle)                                                                     \
	X(multi_perform)                                                                           \
	X(multi_poll)                                                                              \
	X(multi_info_read)                                                                         \
	X(slist_append)                                                                            \
	X(slist_free_all)

struct curl {
#define X(name) __typeof__(curl_##name) *name;
	CURL_FUNCTIONS(X)
#undef X
};

// NULL: it is not installed; err says so.
const struct curl *curl_load(struct err *err) MUST_CHECK;

#endif
