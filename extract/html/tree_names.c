// SPDX-License-Identifier: Apache-2.0
// Names of elements and attributes as small numbers: the known ones are fixed, others are interned
// per page. Runs in the extractor's worker; memory from the document's arena.
#include "extract/html/tree_build.h"

#include <sys/random.h>

static const char *const known_names[NAME_KNOWN_COUNT] = {[TAG_NONE] = "",
#define X(t) [TAG_##t] = #t,
    TAG_TABLE(X)
#undef X
#define X(sym, name) [ATTR_##sym] = name,
	ATTR_TABLE(X)
#undef X
};

uint64_t name_factor;

// base/digest.h would bring libcrypto into the extractor.
__attribute__((constructor)) static void
choose_factor(void)
{
	if (getrandom(&name_factor, sizeof(name_factor), 0) != (ssize_t)sizeof(name_factor))
		abort();
	name_factor |= 1;
}

static uint64_t
key_of(struct sv v)
{
	char eight[8] = {0};

	if (v.n >= sizeof(eight))
		return name_key_of(v.p, v.n, true);
	if (v.n > 0)
		memcpy(eight, v.p, v.n);
	return name_key_of(eight, v.n, true);
}

// `lower_name` is in lower case.
static bool
is_name(const char *lower_name, struct sv v)
{
	return strncasecmp(lower_name, v.p, v.n) == 0 && lower_name[v.n] == '\0';
}

// The slot of `name`: its id, or 0 when it is free.
static uint32_t *
find_slot(const struct tree *t, struct sv name, uint64_t key)
{
	uint32_t mask = t->name_hash_cap - 1;

	for (uint32_t i = name_first_slot(t, key);; i = (i + 1) & mask) {
		uint32_t id = t->name_hash[i];

		if (id == 0 || (t->name_keys[id] == key &&
				   (name.n <= NAME_KEY_BYTES || is_name(t->names[id], name))))
			return &t->name_hash[i];
	}
}

static bool
rehash(struct tree *t)
{
	uint32_t cap = t->name_hash_cap ? t->name_hash_cap * 2 : 1024;
	uint32_t *slots = arena_array(t->arena, cap, sizeof(*slots));

	if (!slots)
		return false;
	t->name_hash = slots;
	t->name_hash_cap = cap;
	for (uint32_t id = 1; id < t->n_names; id++) { // all differ
		uint32_t i = name_first_slot(t, t->name_keys[id]);

		while (slots[i] != 0)
			i = (i + 1) & (cap - 1);
		slots[i] = id;
	}
	return true;
}

static char *
lower_dup(struct tree *t, struct sv name)
{
	char *s = arena_alloc(t->arena, name.n + 1);

	for (size_t i = 0; s && i < name.n; i++)
		s[i] = sv_lower(name.p[i]);
	return s;
}

static bool
grow_names(struct tree *t, size_t need)
{
	uint32_t cap = t->cap_names;

	return tree_grow(t->arena, &t->name_keys, &cap, need, sizeof(*t->name_keys)) &&
	       tree_grow(t->arena, &t->names, &t->cap_names, need, sizeof(*t->names));
}

static uint32_t
add_name(struct tree *t, struct sv name, uint64_t key)
{
	uint32_t *slot;

	if (t->n_names * 2 >= t->name_hash_cap && !rehash(t))
		return 0;
	if (!grow_names(t, (size_t)t->n_names + 1))
		return 0;
	t->names[t->n_names] = lower_dup(t, name);
	t->name_keys[t->n_names] = key;
	if (!t->names[t->n_names])
		return 0;
	slot = find_slot(t, name, key);
	*slot = t->n_names;
	return t->n_names++;
}

uint32_t
tree_known(const struct tree *t, struct sv name, uint64_t key)
{
	return *find_slot(t, name, key);
}

uint32_t
tree_intern(struct tree *t, struct sv name)
{
	uint64_t key = key_of(name);
	uint32_t id = tree_known(t, name, key);

	return id != 0 ? id : add_name(t, name, key);
}

bool
tree_init_names(struct tree *t)
{
	if (!grow_names(t, NAME_KNOWN_COUNT))
		return false;
	for (uint32_t id = 0; id < NAME_KNOWN_COUNT; id++) {
		t->names[id] = known_names[id];
		t->name_keys[id] = key_of(sv_from(known_names[id]));
	}
	t->n_names = NAME_KNOWN_COUNT;
	return rehash(t);
}

uint32_t
tree_name_id(const struct tree *t, const char *name)
{
	struct sv v = sv_from(name);

	return *find_slot(t, v, key_of(v));
}

const char *
tree_name(const struct tree *t, uint32_t id)
{
	return id < t->n_names ? t->names[id] : "";
}
