// SPDX-License-Identifier: Apache-2.0
// riptide-launch: the first packet on the control socket, as a struct. Lives as long as the
// process.
#include "sandbox/launch_priv.h"

#include "base/json.h"

#include <stdio.h>

static int
refuse(struct err *err, const char *path, const char *what)
{
	return err_at(err, ERR_INVALID_REQUEST, path, "expected %s", what);
}

// Append the strings of `list` to r->argv.
static int
add_strings(struct launch_request *r, const cJSON *list, const char *path, struct err *err)
{
	json_foreach (item, list) {
		if (!cJSON_IsString(item) || r->n_argv >= LAUNCH_ARGV_MAX)
			return refuse(err, path, "at most 256 strings");
		r->argv[r->n_argv++] = xstrdup(item->valuestring);
	}
	return 0;
}

static int
read_argv(struct launch_request *r, const cJSON *root, struct err *err)
{
	r->argv = xcalloc(LAUNCH_ARGV_MAX + 1, sizeof(*r->argv));
	int rc = add_strings(r, json_get(root, "argv"), "argv", err);
	if (rc)
		return rc;
	if (!r->n_argv || r->argv[0][0] != '/')
		return refuse(err, "argv[0]", "the absolute path of a browser");
	size_t own = r->n_argv;
	rc = add_strings(r, json_get(root, "argv_shared"), "argv_shared", err);
	r->n_shared = r->n_argv - own;
	return rc;
}

static int
read_env(struct launch_request *r, const cJSON *root, struct err *err)
{
	const cJSON *env = json_get(root, "env");
	size_t n = env ? (size_t)cJSON_GetArraySize(env) : 0;
	if (n > LAUNCH_ARGV_MAX)
		return refuse(err, "env", "at most 256 variables");
	r->env = xcalloc(n + 1, sizeof(*r->env));
	size_t i = 0;
	json_foreach (item, env) {
		if (!cJSON_IsString(item))
			return refuse(err, "env", "strings");
		r->env[i++] = xasprintf("%s=%s", item->string, item->valuestring);
	}
	return 0;
}

static int
read_fields(struct launch_request *r, const cJSON *root, struct err *err)
{
	int rc = read_argv(r, root, err);
	if (!rc)
		rc = read_env(r, root, err);
	if (rc)
		return rc;
	const char *profile_root = json_str(root, "profile_root");
	if (!profile_root || profile_root[0] != '/')
		return refuse(err, "profile_root", "an absolute path");
	r->profile_root = xstrdup(profile_root);
	int64_t shm = json_int(root, "shm_bytes", (int64_t)512 << 20);
	if (shm < 1 << 20)
		return refuse(err, "shm_bytes", "at least 1 MB");
	r->shm_bytes = (size_t)shm;
	int64_t nice_value = json_int(root, "nice", 0);
	if (nice_value < 0 || nice_value > 19)
		return refuse(err, "nice", "0 to 19");
	r->nice = (int)nice_value;
	r->no_sandbox = json_bool(root, "no_sandbox", false);
	r->egress = json_bool(root, "egress", false);
	r->degrade = json_bool(root, "degrade", false);
	r->degrade_network = r->degrade || json_bool(root, "degrade_network", false);
#ifndef RIPTIDE_TEST_OPS
	if (r->degrade_network)
		return err_at(err, ERR_NOT_IMPLEMENTED, "degrade", "only in builds with test ops");
#endif
	return 0;
}

int
launch_request_read(struct sv text, struct launch_request *out, struct err *err)
{
	cJSON *root = NULL;
	int rc = json_parse_api(text, &json_limits_default, &root, err);
	if (rc)
		return rc;
	rc = read_fields(out, root, err);
	cJSON_Delete(root);
	return rc;
}

static void
free_strings(char **list)
{
	for (char **s = list; s && *s; s++)
		free(*s);
	free(list);
}

void
launch_request_done(struct launch_request *r)
{
	free_strings(r->argv);
	free_strings(r->env);
	free(r->profile_root);
	*r = (struct launch_request){0};
}

static void
place(char **text, const char *word, const char *value)
{
	char *at = strstr(*text, word);
	if (!at)
		return;
	char *with = xasprintf("%.*s%s%s", (int)(at - *text), *text, value, at + strlen(word));
	free(*text);
	*text = with;
}

void
launch_request_place(struct launch_request *r, const char *dir, bool isolated)
{
	if (isolated && r->n_shared)
		r->argv[r->n_argv - r->n_shared] = NULL;
	for (char **a = r->argv + 1; *a; a++)
		place(a, LAUNCH_DIR, dir);
	for (char **e = r->env; *e; e++)
		place(e, LAUNCH_DIR, dir);
}

void
launch_request_place_egress(struct launch_request *r, int port)
{
	char text[16];
	snprintf(text, sizeof(text), "%d", port);
	for (char **a = r->argv + 1; *a; a++)
		place(a, LAUNCH_EGRESS, text);
}
