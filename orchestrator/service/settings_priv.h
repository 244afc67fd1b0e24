// SPDX-License-Identifier: Apache-2.0
// What the files of the settings share: the table as rows, and values as text.
#ifndef ORCHESTRATOR_SERVICE_SETTINGS_PRIV_H
#define ORCHESTRATOR_SERVICE_SETTINGS_PRIV_H

#include "orchestrator/service/settings.h"

#define SETTING_MAX_TEXT 4096 // bytes of one value

struct setting {
	const char *name;
	enum setting_type type;
	size_t offset;
	const char *fallback; // the default, as text
	int64_t min, max;
	bool reloadable;
	const char *doc;
};
extern const struct setting setting_rows[SETTING_COUNT];

enum setting_origin { FROM_DEFAULT, FROM_FILE, FROM_ENVIRONMENT, FROM_OPTION };

struct settings_meta {
	enum setting_origin origin[SETTING_COUNT];
	unsigned line[SETTING_COUNT]; // FROM_FILE
	char *file;                   // that was read, or NULL
	unsigned refs;                // of a published snapshot; under the lock
};

// The row of `name`, '-' read as '_'; NULL: unknown.
const struct setting *setting_find(struct sv name);
// Its values, NULL-terminated; NULL unless SETTING_ENUM.
const char *const *setting_names(const struct setting *row);
// RIPTIDE_NAME.
void setting_variable(const struct setting *row, char out[64]);

// Reads `text` into the slot of `s`; `where` ("riptide.conf:12", "--browsers") is err->path.
int setting_set(struct settings *s, const struct setting *row, const char *text, const char *where,
    struct err *err) MUST_CHECK;
// Appends the value so that setting_set reads the same again, without quotes.
void setting_text(const struct settings *s, const struct setting *row, struct buf *out);
bool setting_same(const struct settings *a, const struct settings *b, const struct setting *row);
void setting_copy(struct settings *to, const struct settings *from, const struct setting *row);

// All settings as the table says.
void settings_defaults(struct settings *s);
// A file of `key = value` lines, and its text. ERR_CONFIG.
int settings_read_text(
    struct settings *s, struct sv text, const char *path, struct err *err) MUST_CHECK;
int settings_read_file(struct settings *s, const char *path, struct err *err) MUST_CHECK;
// What no single value can show: TLS without a key, a file that can't be read.
int settings_check(const struct settings *s, struct err *err) MUST_CHECK;
// The place that a setting was read from, for messages.
void setting_where(const struct settings *s, const struct setting *row, struct buf *out);

#endif
