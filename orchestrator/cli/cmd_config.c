// SPDX-License-Identifier: Apache-2.0
// `riptide config check|print|example`: the settings of `riptide serve`, without starting it. Main
// thread.
#include "orchestrator/cli/cli.h"

#include "orchestrator/http/http.h"
#include "orchestrator/service/jwt.h"
#include "orchestrator/service/settings.h"
#include "orchestrator/store/store.h"

#include <string.h>

// The files that the settings name must do, too, or the service would not start with them.
static int
check(const struct settings *s, struct buf *out, struct err *err)
{
	const struct http_tls tls = {s->tls_cert, s->tls_key, s->tls_client_ca};
	struct jwt_verifier *jwt = NULL;
	const char *file = settings_file(s);
	int rc = http_tls_check(&tls, err);

	if (rc == 0 && s->jwt_key_file[0]) {
		jwt = jwt_verifier_new(s->jwt_key_file, s->jwt_issuer, s->jwt_audience, err);
		rc = jwt ? 0 : err->code;
		jwt_verifier_free(jwt);
	}
	if (rc == 0)
		buf_fmt(out, "%s: valid\n", file ? file : "no settings file, defaults");
	return rc;
}

static int
print(const struct settings *s, struct buf *out, struct err *err UNUSED)
{
	cleanup_buf dir = BUF_INIT;

	settings_print(s, out);
	if (!s->state_dir[0] && store_default_dir(&dir, NULL) == 0)
		buf_fmt(out, "# Here the state directory is %s.\n", dir.p);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(const struct settings *s, struct buf *out, struct err *err);
	size_t max_args;
} actions[] = {{"check", check, 1}, {"print", print, 0}};

static int
run(const char *name, const char **args, size_t n, struct settings_args *given, struct buf *out,
    struct err *err)
{
	struct settings s;
	int rc;

	if (strcmp(name, "example") == 0 && n == 0) {
		settings_example(out);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		if (strcmp(name, actions[i].name) != 0 || n > actions[i].max_args)
			continue;
		given->config = n > 0 ? args[0] : given->config;
		rc = settings_load_args(given, &s, err);
		if (rc != 0)
			return rc;
		rc = actions[i].run(&s, out, err);
		settings_done(&s);
		return rc;
	}
	return err_set(err, ERR_USAGE,
	    "usage: riptide config check [FILE] | print | example; \"%s\" is none of them", name);
}

int
cmd_config(int argc, char **argv)
{
	struct opts_spec spec = {
	    .usage = "riptide config check [FILE] | print | example [options]",
	    .doc =
		"Check a settings file, print the settings in force with where each comes from, or "
		"print an example file. Options are those of `riptide serve`.",
	    .min_args = 1,
	    .max_args = 2,
	};
	cleanup_free const char **args = xcalloc((size_t)argc + 1, sizeof(*args));
	struct settings_args given;
	cleanup_buf out = BUF_INIT;
	struct err err = ERR_INIT;
	size_t n;
	int rc;

	spec.rows = settings_opts(&spec.n_rows);
	settings_args_init(&given);
	rc = cli_parse(&spec, argc, argv, &given, args, &n);
	if (rc >= 0)
		return rc;
	if (run(args[0], args + 1, n - 1, &given, &out, &err) != 0)
		return cli_error(&err);
	settings_say_strays();
	return cli_print(buf_view(&out));
}
