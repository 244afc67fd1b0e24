// SPDX-License-Identifier: Apache-2.0
// Building a tree, for parsers only. Nodes are numbered as they are made. While each goes behind
// all others (a well-formed page) that is the document's order, and ranges and siblings are set on
// the way. The first node that goes elsewhere, or moves, makes the builder link the nodes, and
// build_finish numbers them anew in one pass.
#ifndef EXTRACT_TREE_BUILD_H
#define EXTRACT_TREE_BUILD_H

#include "extract/html/tree.h"

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
// The key of a name: the bytes of one of up to NAME_KEY_BYTES, so that equal keys are equal names;
// of longer ones a hash with a bit that those have not.
#define NAME_KEY_BYTES 7
#define NAME_KEY_LONG  (UINT64_C(1) << 63)
static inline uint64_t
name_key_step(uint64_t key, size_t i, unsigned char lower_case)
{
	return i < NAME_KEY_BYTES
		   ? key << 8 | lower_case
		   : ((key ^ lower_case) * UINT64_C(0x9e3779b97f4a7c15)) | NAME_KEY_LONG;
}
// The key of the first n bytes at p, at most NAME_KEY_BYTES, in lower case; eight can be read.
static inline uint64_t
name_key_of(const char *p, size_t n)
{
	uint64_t key;

	memcpy(&key, p, sizeof(key));
	return __builtin_bswap64(key) >> (64 - 8 * n);
}
bool tree_init_names(struct tree *t);
uint32_t tree_intern(struct tree *t, struct sv name); // lower-cased; 0: memory
uint32_t tree_intern_key(struct tree *t, struct sv name, uint64_t key);
static inline uint32_t
name_first_slot(const struct tree *t, uint64_t key)
{
	return (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (t->name_hash_cap - 1);
}
// The id of a name of up to NAME_KEY_BYTES that was interned before, or 0.
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
// A text there; joins the text it would stand behind.
void build_text(struct tree_builder *b, node_id parent, node_id before, struct span text);
void build_remove(struct tree_builder *b, node_id i);
uint32_t build_move_children(struct tree_builder *b, node_id from, node_id to); // how many
bool build_link(struct tree_builder *b);              // before moving nodes; false: memory
bool tree_is_hidden(const struct tree *t, node_id i); // by its attributes
void build_finish(struct tree_builder *b);

#endif
