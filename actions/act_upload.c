// SPDX-License-Identifier: Apache-2.0
// upload: put files into a file field (DOM.setFileInputFiles).
#include "actions/actions_priv.h"

struct upload_params {
	const char *css;
	struct param_strings files;
};

static const struct param rows[] = {
    {.name = "css",
	.type = PARAM_STRING,
	.flags = PARAM_REQUIRED,
	.offset = offsetof(struct upload_params, css),
	.min = 1,
	.max = 4096,
	.doc = "Selector of the `<input type=file>`"},
    {.name = "files",
	.type = PARAM_STRINGS,
	.flags = PARAM_REQUIRED,
	.offset = offsetof(struct upload_params, files),
	.min = 1,
	.max = 32,
	.doc = "Paths of the files"},
};
ACT_TABLE(table, upload_params, rows);

static int
browser_paths(
    struct action_run *r, const struct param_strings *files, const char **out, struct err *err)
{
	const struct action_host *host = r->env->host;

	for (size_t i = 0; i < files->n; i++) {
		cleanup_buf path = BUF_INIT_MAX(4096);
		int rc = host->upload
			     ? host->upload(host->arg, files->v[i], &path, err)
			     : err_set(err, ERR_ACTION_FAILED, "files can't be uploaded here");

		if (rc != 0)
			return rc;
		out[i] = arena_sv(r->env->arena, buf_view(&path));
		if (!out[i])
			return err_set(err, ERR_TOO_LARGE, "the job needs too much memory");
	}
	return 0;
}

static int
run(struct action_run *r, const void *params, struct deadline dl, cJSON **result UNUSED,
    struct err *err)
{
	const struct upload_params *p = params;
	const char *paths[32];
	struct param_strings list = {paths, p->files.n};
	struct cdp_element el;
	int rc = browser_paths(r, &p->files, paths, err);

	if (rc == 0)
		rc = act_attached(r, p->css, dl, &el, err);
	if (rc != 0)
		return rc;
	rc = cdp_dom_set_files(r->env->page, &el, &list, dl, err);
	cdp_dom_release(r->env->page, &el);
	return rc;
}

const struct action_type act_upload = {
    .name = "upload",
    .doc = "Put files of this machine into a file field.",
    .example = "{\"type\": \"upload\", \"css\": \"input[type=file]\", \"files\": [\"report.pdf\"]}",
    .limit = LIMIT_ACTION,
    .params = &table,
    .run = run,
};
