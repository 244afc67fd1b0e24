// SPDX-License-Identifier: Apache-2.0
// The settings of the daemon: read from file, environment and options, checked together, and kept
// as counted snapshots that any thread may read while a reload goes on.
#include "orchestrator/service/settings_priv.h"

#include "base/log.h"
#include "base/nearest.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>

// --- sources ---

// The first file of the usual places, appended to `out`; nothing: none. One that exists and can't
// be read is an error, not an absence.
static int
find_file(struct buf *out, struct err *err)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	cleanup_buf user = BUF_INIT;
	const char *places[] = {NULL, "/etc/riptide/riptide.conf"};

	if (xdg && xdg[0] == '/')
		buf_fmt(&user, "%s/riptide/riptide.conf", xdg);
	else if (home && home[0] == '/')
		buf_fmt(&user, "%s/.config/riptide/riptide.conf", home);
	places[0] = user.p;
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		if (!places[i] || access(places[i], F_OK) != 0) {
			if (places[i] && errno != ENOENT && errno != ENOTDIR && errno != EACCES)
				return err_at(err, ERR_CONFIG, places[i], "%s", strerror(errno));
			continue;
		}
		buf_str(out, places[i]);
		return 0;
	}
	return 0;
}

static int
read_environment(struct settings *s, struct err *err)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		char name[64], where[65];
		const char *text;
		int rc;

		setting_variable(&setting_rows[i], name);
		text = getenv(name);
		if (!text || !text[0])
			continue;
		snprintf(where, sizeof(where), "$%s", name);
		rc = setting_set(s, &setting_rows[i], text, where, err);
		if (rc != 0)
			return rc;
		s->meta->origin[i] = FROM_ENVIRONMENT;
	}
	return 0;
}

void
settings_say_strays(void)
{
	static const char begin[] = "RIPTIDE_", path[] = "RIPTIDE_BROWSER_PATH=";
	char known[SETTING_COUNT][64], name[64];
	const char *bare[SETTING_COUNT], *near;

	for (size_t i = 0; i < SETTING_COUNT; i++) {
		setting_variable(&setting_rows[i], known[i]);
		bare[i] = known[i] + sizeof(begin) - 1;
	}
	for (char **e = environ; *e; e++) {
		size_t n = strcspn(*e, "=");

		if (strncmp(*e, begin, sizeof(begin) - 1) != 0 || n >= sizeof(name) ||
		    strncmp(*e, path, sizeof(path) - 1) == 0)
			continue;
		memcpy(name, *e, n);
		name[n] = '\0';
		near = nearest_word(name + sizeof(begin) - 1, bare, SETTING_COUNT);
		if (near && strcmp(near, name + sizeof(begin) - 1) != 0)
			log_warn("%s is no setting and left aside; did you mean %s%s?", name, begin,
			    near);
	}
}

static int
read_options(struct settings *s, const struct setting_source *options, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct setting *row = setting_find(sv_from(options[i].name));
		char where[80];
		int rc;

		snprintf(where, sizeof(where), "--%.70s", options[i].name);
		for (char *c = where; *c; c++)
			*c = *c == '_' ? '-' : *c;
		if (!row)
			return err_at(err, ERR_CONFIG, where, "no such setting");
		rc = setting_set(s, row, options[i].value, where, err);
		if (rc != 0)
			return rc;
		s->meta->origin[row - setting_rows] = FROM_OPTION;
	}
	return 0;
}

void
settings_defaults(struct settings *s)
{
	*s = (struct settings){.meta = xcalloc(1, sizeof(*s->meta))};
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		int rc = setting_set(s, &setting_rows[i], setting_rows[i].fallback, "", NULL);

		assert(rc == 0);
	}
}

static int
read_sources(struct settings *s, const char *file, const struct setting_source *options, size_t n,
    struct err *err)
{
	cleanup_buf found = BUF_INIT;
	int rc;

	if (!file) {
		rc = find_file(&found, err);
		if (rc != 0)
			return rc;
		file = found.p;
	}
	rc = file ? settings_read_file(s, file, err) : 0;
	if (rc == 0)
		rc = read_environment(s, err);
	if (rc == 0)
		rc = read_options(s, options, n, err);
	return rc != 0 ? rc : settings_check(s, err);
}

int
settings_load(const char *file, const struct setting_source *options, size_t n,
    struct settings *out, struct err *err)
{
	struct settings s;
	int rc;

	settings_defaults(&s);
	rc = read_sources(&s, file, options, n, err);
	if (rc != 0)
		settings_done(&s);
	else
		*out = s;
	return rc;
}

void
settings_done(struct settings *s)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (setting_rows[i].type == SETTING_STRING)
			free(*(char **)((char *)s + setting_rows[i].offset));
	if (s->meta)
		free(s->meta->file);
	free(s->meta);
	memset(s, 0, sizeof(*s));
}

const char *
settings_file(const struct settings *s)
{
	return s->meta->file;
}

// --- the command line ---

const struct opt *
settings_opts(size_t *n)
{
	static struct opt rows[SETTING_COUNT + 1];
	static char names[SETTING_COUNT][40], docs[SETTING_COUNT][200];
	static const char *const placeholders[] = {[SETTING_STRING] = "TEXT",
	    [SETTING_INT] = "N",
	    [SETTING_MS] = "TIME",
	    [SETTING_BYTES] = "SIZE",
	    [SETTING_ENUM] = "NAME"};

	rows[0] = (struct opt){.name = "config",
	    .type = OPT_STRING,
	    .offset = offsetof(struct settings_args, config),
	    .arg = "FILE",
	    .doc = "The settings file; absent: the first that exists of the usual places."};
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting *row = &setting_rows[i];
		bool flag = row->type == SETTING_BOOL;

		snprintf(names[i], sizeof(names[i]), "%s", row->name);
		snprintf(docs[i], sizeof(docs[i]), "%.150s%s%s%s", row->doc,
		    row->fallback[0] ? " (" : "", row->fallback, row->fallback[0] ? ")" : "");
		for (char *c = names[i]; *c; c++)
			*c = *c == '_' ? '-' : *c;
		rows[i + 1] = (struct opt){.name = names[i],
		    .type = flag ? OPT_FLAG : OPT_STRING,
		    .offset = flag ? offsetof(struct settings_args, flag) + i * sizeof(int)
				   : offsetof(struct settings_args, text) + i * sizeof(char *),
		    .arg = placeholders[row->type],
		    .doc = docs[i]};
	}
	*n = SETTING_COUNT + 1;
	return rows;
}

void
settings_args_init(struct settings_args *a)
{
	*a = (struct settings_args){0};
	for (size_t i = 0; i < SETTING_COUNT; i++)
		a->flag[i] = -1;
}

int
settings_load_args(const struct settings_args *a, struct settings *out, struct err *err)
{
	struct setting_source options[SETTING_COUNT];
	size_t n = 0;

	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const char *name = setting_rows[i].name;

		if (a->text[i])
			options[n++] = (struct setting_source){name, a->text[i]};
		else if (a->flag[i] >= 0)
			options[n++] = (struct setting_source){name, a->flag[i] ? "true" : "false"};
	}
	return settings_load(a->config, options, n, out, err);
}

// --- the snapshot in force ---

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct settings *current; // its own reference is counted, too

static struct settings *
snapshot(struct settings *s)
{
	struct settings *copy = xmalloc(sizeof(*copy));

	*copy = *s;
	copy->meta->refs = 1;
	memset(s, 0, sizeof(*s));
	return copy;
}

void
settings_publish(struct settings *s)
{
	pthread_mutex_lock(&lock);
	assert(!current);
	current = snapshot(s);
	pthread_mutex_unlock(&lock);
}

const struct settings *
settings_current(void)
{
	struct settings *s;

	pthread_mutex_lock(&lock);
	s = current;
	assert(s);
	s->meta->refs++;
	pthread_mutex_unlock(&lock);
	return s;
}

void
settings_release(const struct settings *s)
{
	struct settings *mine = (struct settings *)(uintptr_t)s;
	bool last;

	if (!s)
		return;
	pthread_mutex_lock(&lock);
	assert(mine->meta->refs > 0);
	last = --mine->meta->refs == 0;
	pthread_mutex_unlock(&lock);
	if (!last)
		return;
	settings_done(mine);
	free(mine);
}

void
settings_releasep(const struct settings **s)
{
	settings_release(*s);
}

void
settings_reload(struct settings *next, struct buf *changed, struct buf *ignored)
{
	struct settings *fresh = snapshot(next);
	const struct settings *old;

	pthread_mutex_lock(&lock);
	old = current;
	assert(old);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting *row = &setting_rows[i];
		struct buf *list = row->reloadable ? changed : ignored;

		if (setting_same(old, fresh, row))
			continue;
		buf_fmt(list, "%s%s", list->n ? ", " : "", row->name);
		if (row->reloadable)
			continue;
		setting_copy(fresh, old, row);
		fresh->meta->origin[i] = old->meta->origin[i];
		fresh->meta->line[i] = old->meta->line[i];
	}
	current = fresh;
	pthread_mutex_unlock(&lock);
	settings_release(old);
}
