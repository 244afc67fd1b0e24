// SPDX-License-Identifier: Apache-2.0
// Parameter tables: one row per JSON key of an object says its type, range, default and text. The
// same rows read the object into a C struct (strictly: an unknown key is an error that names the
// nearest known one), print its JSON Schema and print its reference documentation.
#ifndef BASE_PARAMS_H
#define BASE_PARAMS_H

#include "base/arena.h"
#include "base/json.h"

#include <stddef.h>

enum param_type {
	PARAM_STRING,         // slot: const char * (arena copy); min/max are bytes
	PARAM_INT,            // slot: int64_t
	PARAM_NUM,            // slot: double
	PARAM_BOOL,           // slot: bool
	PARAM_ENUM,           // slot: int, the index in `names`
	PARAM_STRINGS,        // slot: struct param_strings; min/max are the count
	PARAM_ENUMS,          // slot: uint64_t bit set of indexes in `names`
	PARAM_MAP,            // slot: struct param_map (string -> string); min/max are the count
	PARAM_OBJECT,         // slot: pointer to a struct of `table`, NULL when absent
	PARAM_OBJECT_OR_BOOL, // the same; true means all defaults, false means absent
	PARAM_ARRAY,  // slot: struct param_array of structs of `table`; min/max are the count
	PARAM_JSON,   // slot: const cJSON *, borrowed from the parsed request
	PARAM_CUSTOM, // `custom` reads the value and prints the schema
};

enum param_flags {
	PARAM_REQUIRED = 1,
	PARAM_NULLABLE = 2, // null means absent
	PARAM_UNBUILT = 4,  // documented but refused with ERR_NOT_IMPLEMENTED, path named
	PARAM_HIDDEN = 8,   // accepted (old spelling) but left out of docs and schema
	PARAM_LENGTH = 16,  // PARAM_NUM in inches: text with a unit ("2.5cm") will do, too
};

struct param_strings {
	const char **v;
	size_t n;
};
struct param_pair {
	const char *key;
	const char *value;
};
struct param_map {
	struct param_pair *v;
	size_t n;
};
struct param_array {
	void *v; // n structs of the row's table->size
	size_t n;
};

struct param_table;
struct param_custom {
	// Read `v` into `slot`. `path` is the value's own path ("actions"). 0 or an error code.
	int (*read)(const cJSON *v, void *slot, struct arena *a, const char *path, struct err *err);
	// The JSON Schema of the value ("{\"$ref\": …}" as an object). Owned by the caller.
	cJSON *(*schema)(void);
};

struct param {
	const char *name;
	enum param_type type;
	unsigned flags;
	size_t offset;   // offsetof(struct …, member)
	double min, max; // both 0: no limit; max < min: no upper limit
	const char *def; // default as JSON text ("10000", "\"load\"", "true"), NULL: zero / absent
	const char *const *names; // PARAM_ENUM(S): NULL-terminated
	const struct param_table *table;
	const struct param_custom *custom;
	const char *doc; // one sentence, with the unit
};

struct param_table {
	const char *name; // schema definition name ("viewport")
	const char *doc;
	size_t size; // sizeof the struct
	const struct param *rows;
	size_t n_rows;
	const char *const *one_of; // exactly one of these keys must be there; NULL-terminated
	// Other rules between fields; may be NULL. `obj` is the filled struct.
	int (*check)(void *obj, const char *path, struct err *err);
};

// Fill `out` (table->size bytes, zeroed here) from the object `v`; `path` is the object's path, ""
// at the root. Strings live in `a`; PARAM_JSON slots borrow `v`. Errors: ERR_INVALID_REQUEST with
// the path, ERR_NOT_IMPLEMENTED. Messages: "expected an integer from 1 to 600000", "unknown key;
// did you mean \"timeout_ms\"?", or with no name like it "unknown key; known are …".
int params_read(const struct param_table *t, const cJSON *v, void *out, struct arena *a,
    const char *path, struct err *err) MUST_CHECK;
// All defaults, as if from `{}` (required keys are not asked for). When the arena is full (a->oom)
// some are missing. A PARAM_CUSTOM reader with a default must not keep the value it is given.
void params_defaults(const struct param_table *t, void *out, struct arena *a);
// Also used by rows that share a tail of common rows: read rows of two tables from one object, each
// into its own struct; a key must be known to one of them.
int params_read2(const struct param_table *t1, void *out1, const struct param_table *t2, void *out2,
    const cJSON *v, struct arena *a, const char *path, struct err *err) MUST_CHECK;

// JSON Schema (draft 2020-12) of the object; nested tables are put into `defs` by name and
// referenced.
cJSON *params_schema(const struct param_table *t, cJSON *defs);
// As params_schema for the rows of two tables in one object (additionalProperties false over both).
cJSON *params_schema2(const struct param_table *t1, const struct param_table *t2, cJSON *defs);
// A Markdown table of the rows: key, type, default, text.
void params_markdown(const struct param_table *t, struct buf *out);

#endif
