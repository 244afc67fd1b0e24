// SPDX-License-Identifier: Apache-2.0
// Inside actions/: what an action is made of, and the helpers that the act_*.c files share.
#ifndef ACTIONS_ACTIONS_PRIV_H
#define ACTIONS_ACTIONS_PRIV_H

#include "actions/actions.h"
#include "cdp/dom.h"
#include "cdp/input.h"

enum action_on_error { ON_ERROR_FAIL, ON_ERROR_CONTINUE, ON_ERROR_STOP };

// The keys that every action has.
struct action_common {
	const char *type;
	const char *name;
	int64_t timeout_ms; // 0: the action's default
	bool optional;
	int on_error;
};
extern const struct param_table action_common_table;

// Where a step's default limit comes from.
enum action_limit {
	LIMIT_ACTION,     // timeouts.action_ms
	LIMIT_NAVIGATION, // timeouts.navigation_ms
	LIMIT_SCRIPT,     // timeouts.script_execution_ms
	LIMIT_JOB,        // what is left of the job: the action bounds itself (wait, if, repeat)
};

struct action_run;
typedef int action_fn(
    struct action_run *r, const void *params, struct deadline dl, cJSON **result, struct err *err);

struct action_type {
	const char *name;
	const char *doc;
	const char *example; // one JSON object
	enum action_limit limit;
	const struct param_table *params;
	action_fn *run;
};
extern const struct action_type *const action_types[]; // NULL-terminated
extern const struct action_type act_wait_for_css, act_wait_for_js, act_wait_for_network, act_wait,
    act_scroll, act_click, act_type, act_press, act_hover, act_select, act_check, act_upload,
    act_goto, act_back, act_forward, act_reload, act_execute_script, act_screenshot, act_pdf,
    act_snapshot, act_extract, act_if, act_repeat;

struct action {
	const struct action_type *type;
	struct action_common common;
	void *params;
	const cJSON *json; // borrowed from the request
};

// One run of a script: shared by its nested lists.
struct action_run {
	struct action_env *env;
	int64_t start_us;
	unsigned executed; // steps run so far, against ACTIONS_MAX_RUN
	bool stopped;      // on_error: stop
	bool out_of_time;
	const char *name; // of the running step, else its type: names its artifacts
	cJSON *steps;     // results of the nested list that the running step made
};

// Run a nested list (if, repeat): its results are appended to the running step's `steps`. 0 or the
// error of the failing step, its path prefixed with `key` ("then[0]").
int actions_run_nested(struct action_run *r, const struct action_list *list, const char *key,
    struct err *err) MUST_CHECK;

// Pass time while events are handled. 0 at the deadline or when `ms` passed, else the page's state
// error.
int act_pause(struct action_run *r, int64_t ms, struct deadline dl, struct err *err) MUST_CHECK;
// What an element must be to be acted on.
enum act_need { NEED_POINT = 1, NEED_ENABLED = 2 };
// Wait until the first match is; NEED_POINT: scroll it in and give its point, while it moves or is
// covered there is none. Release *el.
int act_find(struct action_run *r, const char *css, unsigned need, struct deadline dl,
    struct cdp_element *el, double *x, double *y, struct err *err) MUST_CHECK;
// Is it one of the errors by which an element can't be acted on now?
bool act_may_come(int rc);
// Wait for the first match to be attached. Release *el.
int act_attached(struct action_run *r, const char *css, struct deadline dl, struct cdp_element *el,
    struct err *err) MUST_CHECK;
// {"url", "http_status", "settled"} of a navigation.
cJSON *act_nav_result(const struct cdp_nav *nav);
// Is there a match now? 1, 0 or a negative code.
int act_matches(
    struct action_run *r, const char *css, struct deadline dl, struct err *err) MUST_CHECK;
// Is it the text of a function, whose answer is meant?
bool act_is_function(const char *expr);
// The truth of a page expression, or of what a function given in its place returns: 1, 0 or a
// negative code.
int act_truth(
    struct action_run *r, const char *expr, struct deadline dl, struct err *err) MUST_CHECK;

// A parameter table of rows[] for struct type `t`, in one line.
#define ACT_TABLE(id, t, rows_)                                                                    \
	static const struct param_table id = {                                                     \
	    .name = #t, .size = sizeof(struct t), .rows = rows_, .n_rows = ARRAY_LEN(rows_)}

#endif
