// SPDX-License-Identifier: Apache-2.0
// Building a tree, for parsers only. Nodes are numbered as they are made. While each goes behind
// all others (a well-formed page) that is the document's order, and ranges and siblings are set on
// the way. The first node that goes elsewhere, or moves, makes the builder link the nodes, and
// build_finish numbers them anew in one pass.
#ifndef EXTRACT_TREE_BUILD_H
#define EXTRACT_TREE_BUILD_H

#include "extract/html/tree.h"

#include <endian.h>

// A slice of the text of a tree.
struct span {
	uint32_t at, n;
};

struct tree_link {
	node_id first, last, prev, next; // children, siblings
};
struct tree_piece { // of a text node that is joined at the end
	struct span text;
	uint32_t next;
};

struct tree_builder {
	struct tree *t;
	node_id last;            // the node made last
	struct tree_link *links; // NULL as long as nodes come in order
	uint32_t cap_links;
	struct tree_piece *pieces;
	uint32_t n_pieces, cap_pieces;
	node_id *split; // text nodes that consist of pieces
	uint32_t n_split, cap_split;
	bool failed; // memory or the node limit
};

enum {
	NODE_F_PIECES = 0x10, // text: first piece, text_len: last piece
};

// --- names and text ---
// The key of a name in lower case: the bytes of one of up to NAME_KEY_BYTES, so that equal keys are
// equal names; of longer ones a hash with a bit that those have not.
#define NAME_KEY_BYTES 7
#define NAME_KEY_LONG  (UINT64_C(1) << 63)
extern uint64_t name_factor; // random, so that no page can be made of names that share a slot
// Eight bytes at once; only ASCII capitals change.
static inline uint64_t
name_lower(uint64_t bytes)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
	uint64_t low = bytes & ~tops;
	uint64_t from_a = low + (0x80 - 'A') * ones, above_z = low + (0x7f - 'Z') * ones;

	return bytes | (from_a & ~above_z & ~bytes & tops) >> 2;
}
static inline uint64_t
name_eight(const char *p, bool lower)
{
	uint64_t bytes;

	memcpy(&bytes, p, sizeof(bytes));
	return lower ? name_lower(bytes) : bytes;
}
static inline uint64_t
name_mix(uint64_t key)
{
	unsigned __int128 m = (unsigned __int128)key * name_factor;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}
// Of the first n bytes at p, where eight can be read; `lower`: there may be capitals.
static inline uint64_t
name_key_of(const char *p, size_t n, bool lower)
{
	uint64_t key = name_eight(p, lower);

	if (n <= NAME_KEY_BYTES)
		return be64toh(key) >> 8 >> (8 * (NAME_KEY_BYTES - n));
	for (size_t i = 8; i < n; i += 8) // the last eight may overlap those before
		key = name_mix(key ^ n) ^ name_eight(p + MIN(i, n - 8), lower);
	return name_mix(key) | NAME_KEY_LONG;
}
bool tree_init_names(struct tree *t);
uint32_t tree_intern(struct tree *t, struct sv name); // lower-cased; 0: memory
// The id of a name that was interned before, or 0.
uint32_t tree_known(const struct tree *t, struct sv name, uint64_t key);
static inline uint32_t
name_first_slot(const struct tree *t, uint64_t key)
{
	return (uint32_t)(key * name_factor >> 32) & (t->name_hash_cap - 1);
}
// The same of a name of up to NAME_KEY_BYTES.
static inline uint32_t
tree_known_short(const struct tree *t, uint64_t key)
{
	uint32_t mask = t->name_hash_cap - 1, i = name_first_slot(t, key);

	while (t->name_hash[i] != 0 && t->name_keys[t->name_hash[i]] != key)
		i = (i + 1) & mask;
	return t->name_hash[i];
}

typedef void *grow_fn(struct arena *a, void *p, size_t old_n, size_t new_n);
bool tree_grow_by(grow_fn *grow, struct arena *a, void *p, uint32_t *cap, size_t need, size_t size);
// Room for `need` elements in the arena array at *p; doubles it. False on memory shortage.
static inline bool
tree_grow(struct arena *a, void *p, uint32_t *cap, size_t need, size_t size)
{
	return need <= *cap || tree_grow_by(arena_grow, a, p, cap, need, size);
}
// The same without zeroing, for arrays that may get large.
static inline bool
tree_grow_raw(struct arena *a, void *p, uint32_t *cap, size_t need, size_t size)
{
	return need <= *cap || tree_grow_by(arena_grow_raw, a, p, cap, need, size);
}

static inline struct sv
tree_view(const struct tree *t, struct span s)
{
	return tree_slice(t, s.at, s.n);
}
// Where the side text to be written next will be seen; between side_begin and side_end, side_add
// adds to it. False: memory.
bool side_add(struct tree *t, const void *p, size_t n);
bool side_grow(struct tree *t, size_t n); // side_room where there is none yet
// Room for n more bytes at t->side + t->side_len; false: memory. The caller adds to side_len.
static inline bool
side_room(struct tree *t, size_t n)
{
	return n <= t->side_cap - t->side_len || side_grow(t, n);
}
uint32_t side_at(const struct tree *t);

// --- changes to a finished tree ---
bool tree_set_attr(struct tree *t, node_id el, struct sv name, struct sv value); // false: memory
void tree_drop_attr(struct tree *t, node_id el, struct sv name);

// --- nodes ---
void build_init(struct tree_builder *b, struct tree *t, struct sv input);
// A node that is nowhere yet; NODE_NONE: limit or memory.
node_id build_node(struct tree_builder *b, enum node_kind kind);
// As a child of `parent`, before its child `before` or (NODE_NONE) as its last.
void build_insert(struct tree_builder *b, node_id i, node_id parent, node_id before);
// Both at once.
node_id build_child(struct tree_builder *b, enum node_kind kind, node_id parent, node_id before);
// A text there; joins the text it would stand behind.
void build_text(struct tree_builder *b, node_id parent, node_id before, struct span text);
void build_remove(struct tree_builder *b, node_id i);
uint32_t build_move_children(struct tree_builder *b, node_id from, node_id to); // how many
bool build_link(struct tree_builder *b);              // before moving nodes; false: memory
bool tree_is_hidden(const struct tree *t, node_id i); // by its attributes
void build_finish(struct tree_builder *b);

#endif
