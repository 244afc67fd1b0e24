// SPDX-License-Identifier: Apache-2.0
// Action scripts: JSON -> steps -> results. One act_*.c per action with its parameter table; the
// registry lists them; the runner applies min(step, remaining) and writes one result per step.
#ifndef ACTIONS_ACTIONS_H
#define ACTIONS_ACTIONS_H

#include "base/params.h"
#include "cdp/capture.h"
#include "cdp/page.h"

#define ACTIONS_MAX_STEPS 1000 // in a script, nested ones counted
#define ACTIONS_MAX_RUN   5000 // executed steps of one job (repeat)
#define ACTIONS_MAX_DEPTH 8

struct action;
struct action_list {
	struct action *v;
	size_t n;
};
// Row reader for parameter tables: `actions`, `then`, `else`. Slot: struct action_list.
extern const struct param_custom action_list_param;

// What lies above the actions, supplied by the orchestrator.
struct action_host {
	void *arg;
	// Store bytes as an artifact; *ref is the object that goes into the step's result ({kind,
	// name, …}).
	int (*artifact)(void *arg, const char *kind, const char *name, const char *content_type,
	    struct sv bytes, uint32_t width, uint32_t height, cJSON **ref, struct err *err);
	// Extract from this HTML, with what the browser knows besides, with these options (the
	// action's object); *document owned by the caller.
	int (*extract)(void *arg, struct sv html, const cJSON *facts, const char *url,
	    const cJSON *options, struct deadline dl, cJSON **document, struct err *err);
	void (*event)(void *arg, const char *type, cJSON *data); // takes data
	const struct cdp_stitcher *stitcher;
	// May the script use this file for upload (CLI: yes)? *path becomes what the browser can
	// read.
	int (*upload)(void *arg, const char *file, struct buf *path, struct err *err);
	bool allow_private; // goto
	// Does somebody else look up the host of this URL? NULL: never.
	bool (*by_proxy)(void *arg, struct sv url);
	int cancel_fd; // of the job: readable once cancelled; -1: none
};

struct action_env {
	struct cdp_page *page;
	const struct action_host *host;
	struct arena *arena;
	struct deadline job; // the job's
	int64_t action_ms;   // timeouts.action_ms
	int64_t navigation_ms;
	int64_t script_ms;
	struct cdp_wait_opts wait; // for goto, back …
	size_t first_index;        // of the list's first step among all that the job does
};

enum action_outcome {
	ACTIONS_DONE,
	ACTIONS_STOPPED /* on_error: stop */,
	ACTIONS_FAILED,
	ACTIONS_OUT_OF_TIME
};
// Run all steps in order. *results: a cJSON array {index, name, type, status, started_ms,
// duration_ms, result?, error?, steps?}, one per step, those not reached are `skipped`. `err` is
// the failing step's error for ACTIONS_FAILED (path "actions[2]"), or the state error that ended
// the page.
enum action_outcome actions_run(
    const struct action_list *list, struct action_env *env, cJSON **results, struct err *err);

// A script file: an array of actions, or an object with `actions` (other keys refused). `v` is
// parsed JSON that must outlive the list.
int actions_parse(const cJSON *v, struct arena *a, const char *path, struct action_list *out,
    struct err *err) MUST_CHECK;

// Visit every action, nested ones too (depth is bounded by the parser), with its JSON and path;
// stops at the first non-zero return, which it gives back.
typedef int action_visit_fn(
    void *arg, const char *type, const cJSON *json, const char *path, struct err *err);
int actions_each(const struct action_list *list, action_visit_fn *fn, void *arg, const char *path,
    struct err *err) MUST_CHECK;

// Dismiss consent banners and overlays by the rule table; *report: [{rule, action, selector}] owned
// by the caller.
int overlays_dismiss(
    struct cdp_page *p, struct deadline dl, cJSON **report, struct err *err) MUST_CHECK;

// docs/ACTIONS.md and the JSON Schema of an action, printed from the tables.
void actions_markdown(struct buf *out);
cJSON *actions_schema(cJSON *defs); // of one action (oneOf by type)

#endif
