// SPDX-License-Identifier: Apache-2.0
// `riptide keys create|list|revoke|audit`: API keys of the service, also beside a running daemon,
// which hears of changes within two seconds. Main thread.
#include "orchestrator/cli/cli.h"

#include "base/clock.h"
#include "orchestrator/service/auth.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define DEFAULT_SCOPES "render,script,session,artifacts"
#define ACTS_SHOWN     100 // of the audit log

struct keys_args {
	const char *config, *state_dir, *scopes, *rate, *artifact_bytes, *expires;
	int64_t burst, concurrency;
	int json, all;
};

#define O(member) offsetof(struct keys_args, member)
static const struct opt rows[] = {
    {.name = "scopes",
	.type = OPT_STRING,
	.offset = O(scopes),
	.arg = "LIST",
	.doc = "create: what the key may do: some of render,script,session,artifacts (these four), "
	       "metrics, admin"},
    {.name = "rate",
	.type = OPT_STRING,
	.offset = O(rate),
	.arg = "N[/s|/m|/h]",
	.doc = "create: requests a second, minute or hour"},
    {.name = "burst",
	.type = OPT_INT,
	.offset = O(burst),
	.min = 1,
	.max = 1000000,
	.arg = "N",
	.doc = "create: requests at once (as many as in a second)"},
    {.name = "concurrency",
	.type = OPT_INT,
	.offset = O(concurrency),
	.min = 1,
	.max = 100000,
	.arg = "N",
	.doc = "create: jobs at a time"},
    {.name = "artifact-bytes",
	.type = OPT_STRING,
	.offset = O(artifact_bytes),
	.arg = "SIZE",
	.doc = "create: artifacts stored at a time (2G)"},
    {.name = "expires",
	.type = OPT_STRING,
	.offset = O(expires),
	.arg = "TIME",
	.doc = "create: the key ends after so long (30d, 12h)"},
    {.name = "all",
	.type = OPT_FLAG,
	.offset = O(all),
	.doc = "list: revoked keys, too; audit: all acts, not the newest 100 only"},
    {.name = "json", .type = OPT_FLAG, .offset = O(json), .doc = "write JSON"},
    {.name = "state-dir",
	.type = OPT_STRING,
	.offset = O(state_dir),
	.arg = "DIR",
	.doc = "the service's state directory, when the settings do not say it"},
    {.name = "config",
	.type = OPT_STRING,
	.offset = O(config),
	.arg = "FILE",
	.doc = "the service's settings file"},
};
#undef O

// --- the store of the service ---

// What root makes in another user's directory would be out of that user's reach.
static int
become_owner(const char *dir, struct err *err)
{
	struct stat st;

	if (geteuid() != 0 || stat(dir, &st) != 0 || st.st_uid == 0)
		return 0;
	if (setegid(st.st_gid) != 0 || seteuid(st.st_uid) != 0)
		return err_set(err, ERR_STATE_DIR, "%s belongs to user %u: %s", dir,
		    (unsigned)st.st_uid, strerror(errno));
	return 0;
}

static int
open_store(const struct keys_args *a, struct store **out, struct err *err)
{
	const struct setting_source option = {"state_dir", a->state_dir};
	cleanup_buf dir = BUF_INIT;
	struct settings s;
	int rc = settings_load(a->config, &option, a->state_dir ? 1 : 0, &s, err);

	if (rc != 0)
		return rc;
	if (s.state_dir[0])
		buf_str(&dir, s.state_dir);
	else
		rc = store_default_dir(&dir, err);
	settings_done(&s);
	if (rc == 0)
		rc = become_owner(dir.p, err);
	return rc != 0 ? rc : store_open_shared(dir.p, out, err);
}

static void
audit(struct store *st, const char *act, const char *subject)
{
	char who[32];

	snprintf(who, sizeof(who), "uid:%u", (unsigned)getuid());
	store_audit(st, "cli", who, act, subject, NULL);
}

// --- create ---

static int
bad_value(const char *option, const char *expected, const char *text, struct err *err)
{
	return err_set(err, ERR_USAGE, "--%s: expected %s, not \"%s\"", option, expected, text);
}

// "10", "600/m": a second's worth.
static int
read_rate(const char *text, double *out, struct err *err)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = {{"", 1}, {"/s", 1}, {"/m", 60}, {"/h", 3600}};
	char *end;
	double n = strtod(text, &end);

	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (strchr("0123456789", text[0]) && end != text && n > 0 && n <= 1e6 &&
		    strcmp(end, units[i].name) == 0) {
			*out = n / units[i].seconds;
			return 0;
		}
	return bad_value("rate", "a number, with /s, /m or /h behind it", text, err);
}

static int
read_limits(const struct keys_args *a, cJSON *limits, struct err *err)
{
	int64_t bytes;
	double rate = 0;

	if (a->rate) {
		if (read_rate(a->rate, &rate, err) != 0)
			return ERR_USAGE;
		json_set_num(limits, "rate", rate);
	}
	if (a->burst && !a->rate)
		return err_set(err, ERR_USAGE, "--burst needs --rate, too");
	if (a->burst)
		json_set_int(limits, "burst", a->burst);
	if (a->concurrency)
		json_set_int(limits, "concurrency", a->concurrency);
	if (a->artifact_bytes) {
		if (!settings_read_size(a->artifact_bytes, &bytes) || bytes == 0)
			return bad_value(
			    "artifact-bytes", "a size (k, M, G)", a->artifact_bytes, err);
		json_set_int(limits, "artifact_bytes", bytes);
	}
	return 0;
}

static int
read_expiry(const char *text, int64_t *out, struct err *err)
{
	int64_t ms;

	if (!text)
		return 0;
	if (!settings_read_time(text, &ms) || ms < 1000 || ms > INT64_C(100) * 365 * 86400000)
		return bad_value("expires", "a time (30d, 12h)", text, err);
	*out = clock_wall_ms() + ms;
	return 0;
}

static void
set_time(cJSON *v, const char *name, int64_t wall_ms)
{
	char text[32];

	if (wall_ms > 0)
		clock_iso(wall_ms, text);
	json_set_str(v, name, wall_ms > 0 ? text : NULL);
}

static const char *
status_of(const struct store_key *k)
{
	if (k->revoked_ms)
		return "revoked";
	return k->expires_ms && clock_wall_ms() >= k->expires_ms ? "expired" : "active";
}

static cJSON *
key_json(const struct store_key *k)
{
	cJSON *v = json_obj(), *scopes = json_arr();

	for (int i = 0; i < SCOPE_COUNT; i++)
		if (k->scopes & 1ULL << i)
			json_push(scopes, cJSON_CreateString(auth_scope_names[i]));
	json_set_str(v, "id", k->id);
	json_set_str(v, "name", k->name);
	json_set_str(v, "status", status_of(k));
	json_set(v, "scopes", scopes);
	json_set(v, "limits", k->limits ? cJSON_Duplicate(k->limits, true) : json_obj());
	set_time(v, "created_at", k->created_ms);
	set_time(v, "expires_at", k->expires_ms);
	set_time(v, "revoked_at", k->revoked_ms);
	set_time(v, "last_used_at", k->last_used_ms);
	return v;
}

// The secret alone on standard output: `KEY=$(riptide keys create ci)`.
static int
show_new(const struct keys_args *a, const struct store_key *k, const char *secret)
{
	cleanup_buf line = BUF_INIT;
	int rc;

	if (a->json) {
		cJSON *v = key_json(k);

		json_set_str(v, "secret", secret);
		rc = cli_print_json(v);
		cJSON_Delete(v);
		return rc;
	}
	buf_fmt(&line, "%s\n", secret);
	rc = cli_print(buf_view(&line));
	if (rc == EXIT_COMPLETE)
		fprintf(stderr,
		    "riptide: this is the secret of the key %s (id %s); it is not kept and can't be "
		    "shown again\n",
		    k->name, k->id);
	return rc;
}

static int
create_key(const struct keys_args *a, struct store *st, const char *name, struct err *err)
{
	char secret[AUTH_SECRET_BYTES];
	cJSON *limits = json_obj();
	struct store_key k;
	int64_t expires_ms = 0;
	uint64_t scopes;
	int rc = auth_scopes_parse(a->scopes ? a->scopes : DEFAULT_SCOPES, &scopes, err);

	if (rc == 0)
		rc = read_limits(a, limits, err);
	if (rc == 0)
		rc = read_expiry(a->expires, &expires_ms, err);
	if (rc == 0)
		rc = auth_key_create(
		    st, name, scopes, limits->child ? limits : NULL, expires_ms, &k, secret, err);
	cJSON_Delete(limits);
	if (rc != 0)
		return rc;
	audit(st, "key.create", k.name);
	rc = show_new(a, &k, secret);
	explicit_bzero(secret, sizeof(secret));
	store_key_done(&k);
	return rc;
}

// --- list and revoke ---

static void
add_when(struct buf *out, int64_t wall_ms, const char *none)
{
	char text[32];

	if (wall_ms > 0)
		clock_iso(wall_ms, text);
	buf_fmt(out, "  %-20.19s", wall_ms > 0 ? text : none);
}

static void
add_row(struct buf *out, const struct store_key *k)
{
	cleanup_buf scopes = BUF_INIT;

	auth_scopes_text(k->scopes, &scopes);
	buf_fmt(out, "%-20s  %-32s  %-8s", k->name, k->id, status_of(k));
	add_when(out, k->created_ms, "");
	add_when(out, k->expires_ms, "never");
	add_when(out, k->last_used_ms, "never");
	buf_fmt(out, "  %s", scopes.p);
	if (k->limits) {
		buf_str(out, "  ");
		json_print(out, k->limits, false);
	}
	buf_ch(out, '\n');
}

static int
list_keys(const struct keys_args *a, struct store *st, const char *none UNUSED, struct err *err)
{
	cleanup_buf text = BUF_INIT;
	cJSON *all = json_arr();
	struct store_key *keys;
	size_t n;
	int rc = store_key_list(st, &keys, &n, err);

	if (rc != 0) {
		cJSON_Delete(all);
		return rc;
	}
	buf_fmt(&text, "%-20s  %-32s  %-8s  %-20s  %-20s  %-20s  %s\n", "NAME", "ID", "STATUS",
	    "CREATED", "EXPIRES", "LAST USED", "SCOPES");
	for (size_t i = 0; i < n; i++) {
		if (a->all || !keys[i].revoked_ms) {
			add_row(&text, &keys[i]);
			json_push(all, key_json(&keys[i]));
		}
		store_key_done(&keys[i]);
	}
	free(keys);
	rc = a->json ? cli_print_json(all) : cli_print(buf_view(&text));
	cJSON_Delete(all);
	return rc;
}

static int
revoke_key(const struct keys_args *a, struct store *st, const char *name, struct err *err)
{
	cleanup_buf line = BUF_INIT;
	int rc = store_key_revoke(st, name, err);

	if (rc != 0)
		return rc;
	audit(st, "key.revoke", name);
	if (a->json)
		return EXIT_COMPLETE;
	buf_fmt(&line, "revoked %s; a running service refuses it within 2 s\n", name);
	return cli_print(buf_view(&line));
}

// --- audit ---

static const char *
act_text(const cJSON *act, const char *name)
{
	const char *text = json_str(act, name);

	return text ? text : "";
}

static int
list_acts(const struct keys_args *a, struct store *st, const char *none UNUSED, struct err *err)
{
	cleanup_buf text = BUF_INIT;
	cJSON *acts = NULL;
	int rc = store_audit_list(st, a->all ? SIZE_MAX : ACTS_SHOWN, &acts, err);

	if (rc != 0)
		return rc;
	buf_fmt(&text, "%-20s  %-12s  %-20s  %-10s  %s\n", "WHEN", "ACT", "NAME", "BY KEY", "PEER");
	json_foreach (act, acts)
		buf_fmt(&text, "%-20.19s  %-12s  %-20s  %-10s  %s\n", act_text(act, "at"),
		    act_text(act, "act"), act_text(act, "subject"), act_text(act, "key"),
		    act_text(act, "peer"));
	rc = a->json ? cli_print_json(acts) : cli_print(buf_view(&text));
	cJSON_Delete(acts);
	return rc;
}

// The exit code, or a negative error.
static const struct {
	const char *name;
	int (*run)(const struct keys_args *a, struct store *st, const char *arg, struct err *err);
	size_t n_args;
} actions[] = {{"create", create_key, 1}, {"list", list_keys, 0}, {"revoke", revoke_key, 1},
    {"audit", list_acts, 0}};

#define USAGE "riptide keys create NAME | list | revoke NAME|ID | audit [options]"

static int
run(const struct keys_args *a, const char **args, size_t n, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		struct store *st;
		int rc;

		if (strcmp(args[0], actions[i].name) != 0 || n - 1 != actions[i].n_args)
			continue;
		rc = open_store(a, &st, err);
		if (rc != 0)
			return rc;
		rc = actions[i].run(a, st, args[1], err);
		store_close(st);
		return rc;
	}
	return err_set(err, ERR_USAGE, "usage: " USAGE);
}

int
cmd_keys(int argc, char **argv)
{
	const struct opts_spec spec = {
	    .usage = USAGE,
	    .doc =
		"API keys of `riptide serve`. The secret of a new key is written to standard output, "
		"once; only its hash is kept. audit: who made and revoked keys, the latest first.",
	    .rows = rows,
	    .n_rows = ARRAY_LEN(rows),
	    .min_args = 1,
	    .max_args = 2,
	};
	cleanup_free const char **args = xcalloc((size_t)argc + 2, sizeof(*args));
	struct keys_args a = {0};
	struct err err = ERR_INIT;
	size_t n;
	int rc = cli_parse(&spec, argc, argv, &a, args, &n);

	if (rc >= 0)
		return rc;
	rc = run(&a, args, n, &err);
	return rc < 0 ? cli_error(&err) : rc;
}
