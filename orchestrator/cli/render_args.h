// SPDX-License-Identifier: Apache-2.0
// The options that `render` and `run` share, and how they become a render request. Main thread.
#ifndef ORCHESTRATOR_CLI_RENDER_ARGS_H
#define ORCHESTRATOR_CLI_RENDER_ARGS_H

#include "base/json.h"
#include "base/opts.h"

enum out_format {
	FORMAT_DEFAULT = -1,
	FORMAT_JSON,
	FORMAT_MARKDOWN,
	FORMAT_TEXT,
	FORMAT_HTML,
	FORMAT_RAW_HTML
};
extern const char *const out_format_names[];

struct render_args {
	int format;               // enum out_format
	const char *bare_address; // what stood in place of a URL, without a scheme; NULL: none did
	const char *output, *screenshot, *pdf, *mhtml, *har, *output_dir;
	const char *script, *fields, *schema, *session_state;
	const char *user_agent, *viewport, *locale, *timezone;
	int color_scheme, wait_until, engine; // -1: not given
	int64_t timeout_ms;                   // 0: not given
	struct opt_strings headers, cookies, block, allow_hosts, deny_hosts;
	int64_t max_bytes; // 0: not given
	const char *proxy;
	int full_page, stealth, dismiss_overlays, fail, allow_private, inline_artifacts;
	int browser, insecure_no_sandbox;
	int64_t repeat;
	int log_level, log_format;
};

extern const struct opt render_opts[];
extern const size_t render_n_opts;
void render_args_defaults(struct render_args *a);

// Put what the options say into the request object `req` (changed in place). ERR_USAGE names the
// option; errors of the script file name the file.
int render_args_apply(const struct render_args *a, cJSON *req, struct err *err) MUST_CHECK;

// Write x over a password in --proxy, which points into argv: others can read that (ps). The
// request has it by then.
void render_args_hide(const struct render_args *a);

// Do the render: check everything, run, write the outputs. Takes `req`. Returns the exit code.
int render_execute(const struct render_args *a, cJSON *req, enum out_format dflt);

// Read a JSON or YAML file ("-": standard input); errors name it.
int cli_read_json_file(const char *path, cJSON **out, struct err *err) MUST_CHECK;

// Put the file's name in front of the message; returns the error's code.
int cli_name_file(struct err *err, const char *path);

#endif
