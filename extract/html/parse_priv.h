// SPDX-License-Identifier: Apache-2.0
// The tree construction stage (HTML standard, 13.2.6) between its files: the parser's state, the
// stack of open elements, insertion, active formatting, foreign content, insertion modes. One page,
// one thread, no recursion.
#ifndef EXTRACT_PARSE_PRIV_H
#define EXTRACT_PARSE_PRIV_H

#include "extract/html/parse_bytes.h"
#include "extract/html/parse_scan.h"

enum {
	NODE_F_OPEN = 0x20, // on the stack of open elements
};
enum name_space { NS_HTML, NS_SVG, NS_MATHML };

// A frame's or a shadow root's <template> has `tag` TAG_template but no element of that name.
enum open_flags {
	OPEN_SHARED = 1,  // `node` is its parent's: the content of a rendered shadow root
	OPEN_HTML_IP = 2, // HTML integration point
	OPEN_TEXT_IP = 4, // MathML text integration point
	OPEN_BARRIER = 8, // bounds every scope
};

struct open_el {
	node_id node;
	uint32_t tag; // of an HTML element, else TAG_NONE: comparing it compares the namespace, too
	uint32_t name;
	uint8_t ns, flags;
	// What makes every scope check O(1). Stack indexes, 1-based; 0 is none.
	uint32_t same;    // the next lower one with this name (and kind of namespace)
	uint32_t scope;   // the nearest, itself included, that bounds "in scope"
	uint32_t special; // … of the "special" category
	uint32_t item;    // … of that category but address, div, p
	uint32_t html;    // … in HTML's namespace
};

struct formatting {   // an entry of the list of active formatting elements
	node_id node; // NODE_NONE: a marker
	uint32_t tag, n_attrs;
	uint32_t sum; // of name and attributes; 0: not known yet
};

enum mode {
	MODE_INITIAL,
	MODE_BEFORE_HTML,
	MODE_BEFORE_HEAD,
	MODE_IN_HEAD,
	MODE_IN_HEAD_NOSCRIPT,
	MODE_AFTER_HEAD,
	MODE_IN_BODY,
	MODE_IN_TABLE,
	MODE_IN_CAPTION,
	MODE_IN_COLUMN_GROUP,
	MODE_IN_TABLE_BODY,
	MODE_IN_ROW,
	MODE_IN_CELL,
	MODE_IN_TEMPLATE,
	MODE_IN_FRAME, // ours: the document of a frame, written in place by the capture
	MODE_AFTER_BODY,
	MODE_IN_FRAMESET,
	MODE_AFTER_FRAMESET,
	MODE_AFTER_AFTER_BODY,
	MODE_AFTER_AFTER_FRAMESET,
	MODE_COUNT
};

struct noscript {       // the one that bounds the input, and what held before it
	uint32_t index; // on the stack; 0: there is none
	uint32_t active, templates;
	node_id form;
	enum mode mode;
};

struct late_comment { // behind </body>: written when nothing can come before it any more
	struct span text;
	bool in_document; // else in <html>
};

struct parser {
	struct tree *t;
	struct tree_builder b;
	struct scan s;
	struct html_options o;
	enum mode mode;

	struct open_el *stack;
	uint32_t n, cap;
	uint32_t *innermost; // by name id * 2 + (in a foreign namespace): stack index, 1-based
	uint32_t cap_innermost;

	struct formatting *active;
	uint32_t n_active, cap_active;

	uint8_t *template_modes; // the stack of template insertion modes
	uint32_t n_templates, cap_templates;

	struct late_comment *late;
	uint32_t n_late, cap_late;

	struct noscript noscript;

	node_id head, form; // element pointers, NODE_NONE
	uint32_t context;   // fragment case: name id of the context element, else TAG_NONE
	enum name_space context_ns;
	uint8_t context_flags; // enum open_flags
	bool quirks, frameset_ok, foster, skip_newline, failed;
	int64_t budget; // of steps that the standard lets grow with depth times input
};

// --- parse_stack.c ---
void stack_push(struct parser *p, node_id node, uint32_t tag); // an element of HTML
// Another: `name` is the element's own, `flags` OPEN_….
void stack_push_as(struct parser *p, node_id node, uint32_t tag, uint32_t name, enum name_space ns,
    unsigned flags);
void stack_pop(struct parser *p);
void stack_pop_to(struct parser *p, uint32_t index); // 1-based: pops it and all above
void stack_remove(struct parser *p, uint32_t index); // from the middle
// Take out of the entries above `from` those that `from..n` no longer holds and count anew.
void stack_unlink(struct parser *p, uint32_t from); // entries at index ≥ from lose their links …
void stack_relink(struct parser *p, uint32_t from); // … and get them anew
static inline struct open_el *
stack_top(struct parser *p)
{
	return &p->stack[p->n - 1];
}
static inline struct open_el *
stack_at(struct parser *p, uint32_t index)
{
	return &p->stack[index - 1];
}
static inline bool
top_is(const struct parser *p, uint32_t tag)
{
	return p->n > 0 && p->stack[p->n - 1].tag == tag;
}
// The innermost open HTML element of the name: its index, 0: none.
static inline uint32_t
innermost(const struct parser *p, uint32_t tag)
{
	return tag * 2 < p->cap_innermost ? p->innermost[tag * 2] : 0;
}
// The innermost open element of the name if it is in that scope: its index, else 0.
uint32_t in_scope(const struct parser *p, uint32_t tag);
uint32_t in_list_scope(const struct parser *p, uint32_t tag);
uint32_t in_button_scope(const struct parser *p, uint32_t tag);
uint32_t in_table_scope(const struct parser *p, uint32_t tag);
uint32_t heading_in_scope(const struct parser *p);
void implied_end_tags(struct parser *p, uint32_t except);
void close_p(struct parser *p); // the one in button scope, if any

// --- parse_tree.c ---
struct place {
	node_id parent, before;
};
// The appropriate place for inserting a node; `target` is a stack index.
struct place insertion_place(struct parser *p, uint32_t target);
node_id insert_element(struct parser *p, struct token *tok); // and push it
void insert_void(struct parser *p, struct token *tok);
// Under another name than the token's; `tag` is what end tags match.
void insert_renamed(struct parser *p, struct token *tok, enum tag_id name, uint32_t tag);
node_id insert_implied(struct parser *p, enum tag_id tag); // no token, no attributes; pushed
void insert_foreign(struct parser *p, struct token *tok, enum name_space ns);
void insert_raw(struct parser *p, struct token *tok, enum raw_kind kind);
void insert_text(struct parser *p, struct span text);
void insert_comment(struct parser *p, const struct token *tok);
void insert_comment_at(struct parser *p, struct span text, node_id parent);
void late_comment(struct parser *p, const struct token *tok, bool in_document);
void flush_late_comments(struct parser *p);
void insert_doctype(struct parser *p);
// Attributes of a repeated <html> or <body> that the element has not.
void merge_attrs(struct parser *p, struct token *tok, node_id el);
const struct attr *token_attr(const struct parser *p, const struct token *tok, uint32_t name);
node_id clone_element(struct parser *p, node_id el); // shares the attributes; is nowhere yet

// --- parse_noscript.c ---
bool begin_noscript(struct parser *p, struct token *tok); // false: it is an element like others
bool end_noscript(struct parser *p); // at the end of the input; false: that is the page's

// --- parse_formatting.c ---
void active_push(struct parser *p, uint32_t index); // the stack entry
void active_marker(struct parser *p);
void active_clear(struct parser *p); // to the last marker, which goes, too
void reconstruct_formatting(struct parser *p);
// An end tag of a formatting element (the adoption agency). False: it is any other end tag.
bool adopt(struct parser *p, uint32_t tag);
// The last active one of the name above the last marker: its position + 1, or 0.
uint32_t active_find(const struct parser *p, uint32_t tag);
void active_remove(struct parser *p, uint32_t position);

// --- parse_foreign.c ---
// Dispatch to foreign content? Asked where some token may be.
bool is_foreign_token(struct parser *p, const struct token *tok);
static inline bool
may_be_foreign(struct parser *p)
{
	return p->n == 1 || (p->n > 1 && stack_top(p)->ns != NS_HTML);
}
bool foreign_token(struct parser *p, struct token *tok); // true: again
uint8_t integration_flags(
    const struct parser *p, uint32_t name, enum name_space ns, const struct token *tok);
unsigned foreign_categories(uint32_t name, enum name_space ns); // TAGF_SPECIAL | TAGF_SCOPE

// --- the insertion modes: true when the token is to be dealt with again, in the mode now set ---
typedef bool mode_fn(struct parser *p, struct token *tok);
extern mode_fn *const parse_modes[MODE_COUNT]; // parse_modes.c
mode_fn mode_in_head;                          // parse_modes.c
mode_fn mode_in_body;                          // parse_modes_body.c
mode_fn mode_in_table, mode_in_caption, mode_in_column_group, mode_in_table_body, mode_in_row,
    mode_in_cell;                                         // parse_modes_table.c
mode_fn mode_in_template, mode_in_frame;                  // parse_templates.c
bool start_template(struct parser *p, struct token *tok); // parse_templates.c
void end_template(struct parser *p);
bool end_of_templates(struct parser *p); // at the end of the input: true: again
void reset_mode(struct parser *p);
bool is_quirky(const struct parser *p); // parse_quirks.c: by the doctype just read
// Text up to the first byte that is no white space; the token keeps the rest. n == 0: none.
struct span take_space(struct parser *p, struct token *tok);
bool is_all_space(struct parser *p, const struct token *tok);
bool is_insignificant(struct parser *p, const struct token *tok); // keeps a frameset possible
void insert_only_space(struct parser *p, struct token *tok);      // nothing else of the text

#endif
