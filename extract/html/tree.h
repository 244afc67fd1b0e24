// SPDX-License-Identifier: Apache-2.0
// The compact node tree that everything above the parser works on: nodes in document order, 32-bit
// indexes, one arena; a subtree is the range [i, nodes[i].end). Nobody above this header knows
// which parser filled it. Names are lower-case, interned: compare `tag` ids, not strings.
#ifndef EXTRACT_TREE_H
#define EXTRACT_TREE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

typedef uint32_t node_id; // index into tree->nodes; 0 is the document node
#define NODE_NONE UINT32_MAX

enum node_kind { NODE_DOCUMENT, NODE_ELEMENT, NODE_TEXT, NODE_COMMENT, NODE_DOCTYPE };

// Known tag names get fixed ids (TAG_DIV …), others are interned after TAG_KNOWN_COUNT.
// clang-format off
#define TAG_TABLE(X)                                                                       \
	X(a) X(abbr) X(acronym) X(address) X(annotation) X(applet) X(area) X(article) \
	X(aside) X(audio) X(b) X(base) X(basefont) X(bdi) X(bdo) X(bgsound) X(big) \
	X(blockquote) X(body) X(br) X(button) X(canvas) X(caption) X(center) X(cite) \
	X(code) X(col) X(colgroup) X(data) X(datalist) X(dd) X(del) X(desc) X(details) \
	X(dfn) X(dialog) X(dir) X(div) X(dl) X(dt) X(em) X(embed) X(fieldset) \
	X(figcaption) X(figure) X(font) X(footer) X(foreignobject) X(form) X(frame) \
	X(frameset) X(h1) X(h2) X(h3) X(h4) X(h5) X(h6) X(head) X(header) X(hgroup) X(hr) \
	X(html) X(i) X(iframe) X(image) X(img) X(input) X(ins) X(kbd) X(keygen) X(label) \
	X(legend) X(li) X(link) X(listing) X(main) X(malignmark) X(map) X(mark) X(marquee) \
	X(math) X(menu) X(meta) X(meter) X(mglyph) X(mi) X(mn) X(mo) X(ms) X(mtext) X(nav) \
	X(nobr) X(noembed) X(noframes) X(noscript) X(object) X(ol) X(optgroup) X(option) \
	X(output) X(p) X(param) X(picture) X(plaintext) X(pre) X(progress) X(q) X(rb) \
	X(rp) X(rt) X(rtc) X(ruby) X(s) X(samp) X(script) X(search) X(section) X(select) \
	X(slot) X(small) X(source) X(span) X(strike) X(strong) X(style) X(sub) X(summary) \
	X(sup) X(svg) X(table) X(tbody) X(td) X(template) X(textarea) X(tfoot) X(th) \
	X(thead) X(time) X(title) X(tr) X(track) X(tt) X(u) X(ul) X(var) X(video) X(wbr) \
	X(xmp)
// clang-format on
enum tag_id {
	TAG_NONE = 0, // not an element
#define X(t) TAG_##t,
	TAG_TABLE(X)
#undef X
	    TAG_KNOWN_COUNT
};

// Attribute names that are looked at on every element have fixed ids, too; those that are also
// element names (style, title, cite) are found under TAG_…. One element name that is no C
// identifier (annotation-xml) stands here, too.
// clang-format off
#define ATTR_TABLE(X)                                                                              \
	X(annotation_xml, "annotation-xml") X(aria_hidden, "aria-hidden") X(class, "class")        \
	X(color, "color") X(encoding, "encoding") X(face, "face") X(frame_url, "data-riptide-frame") \
	X(hidden, "hidden") X(href, "href") X(id, "id") X(itemprop, "itemprop") X(role, "role")    \
	X(shadowrootmode, "shadowrootmode") X(size, "size") X(src, "src") X(type, "type")
// clang-format on
enum attr_id {
	ATTR_BEFORE_FIRST = TAG_KNOWN_COUNT - 1,
#define X(sym, name) ATTR_##sym,
	ATTR_TABLE(X)
#undef X
	    NAME_KNOWN_COUNT
};

struct node {
	uint8_t kind;  // enum node_kind
	uint8_t flags; // NODE_F_*
	uint16_t n_attrs;
	uint32_t tag; // enum tag_id or an interned name
	node_id parent;
	node_id end;   // first index after the subtree
	node_id next;  // next sibling or NODE_NONE
	uint32_t attr; // first attribute in tree->attrs
	union {
		uint32_t text; // TEXT/COMMENT/DOCTYPE: where the text begins (tree_slice) …
		node_id same;  // elements: tree_next_same
	};
	uint32_t text_len; // … and length, UTF-8, entities decoded
	uint32_t depth;
};
enum node_flags {
	NODE_F_HIDDEN = 1, // hidden attribute, aria-hidden, inline display:none / visibility:hidden
	NODE_F_SVG = 2,    // the element's namespace, when it is not HTML's
	NODE_F_MATHML = 4,
	NODE_F_BLANK = 8,       // a text of nothing but white space; a few of those are not marked
	NODE_F_BUILDING = 0xf0, // for the parser
};

struct attr {
	uint32_t name;  // interned like tags (same table)
	uint32_t value; // where it begins (tree_slice)
	uint32_t value_len;
};

struct tree_limits {
	uint32_t max_nodes; // 2 M by default
	uint32_t max_depth; // 512: deeper elements are reparented, not dropped
	uint32_t max_attrs; // per element
};
extern const struct tree_limits tree_limits_default;

// The elements of one known name, of a finished tree.
struct same_tag {
	node_id first;
	uint32_t n;
};

// Text is a slice of the input wherever it says there what it means; decoded and joined text lies
// in `side`. Read it through tree_text, tree_get and tree_attr_value only.
struct tree {
	struct arena *arena; // borrowed
	struct node *nodes;
	uint32_t n, cap;
	struct attr *attrs;
	uint32_t n_attrs, cap_attrs;
	struct sv input; // what was parsed, borrowed: must live as long as the tree
	char *side;
	uint32_t side_len, side_cap;
	const char **names; // interned names by id
	uint32_t n_names, cap_names;
	uint64_t *name_keys; // what tells them apart
	uint32_t *name_hash; // open addressing: ids
	uint32_t name_hash_cap;
	bool depth_limited, node_limited;
	bool quirks; // the doctype is not HTML's of today: ids and classes ignore case
	struct same_tag same[TAG_KNOWN_COUNT]; // by enum tag_id
	struct tree_limits lim;                // the defaults until a parser sets its own
};

int tree_init(
    struct tree *t, struct arena *a, struct err *err) MUST_CHECK; // adds the document node

// --- reading ---
uint32_t tree_name_id(const struct tree *t, const char *name); // 0 when the page has no such name
const char *tree_name(const struct tree *t, uint32_t id);
static inline bool
tree_is(const struct tree *t, node_id i, enum tag_id tag)
{
	return t->nodes[i].tag == (uint32_t)tag;
}
static inline bool
tree_is_cell(const struct tree *t, node_id i)
{
	return tree_is(t, i, TAG_td) || tree_is(t, i, TAG_th);
}
node_id tree_first_child(const struct tree *t, node_id i);
// All elements of a known name in document order, without a look at the others; NODE_NONE behind
// the last. Only once the tree is finished.
static inline node_id
tree_first_same(const struct tree *t, enum tag_id tag)
{
	return t->same[tag].first;
}
static inline node_id
tree_next_same(const struct tree *t, node_id i)
{
	return t->nodes[i].same;
}
static inline struct sv
tree_slice(const struct tree *t, uint32_t at, uint32_t n)
{
	if (n == 0)
		return SV("");
	return at <= t->input.n ? (struct sv){t->input.p + at, n}
				: (struct sv){t->side + (at - t->input.n - 1), n};
}
// Of a text, comment or doctype (`html`, or `html "PUBLIC" "SYSTEM"`); SV_NULL for others.
static inline struct sv
tree_text(const struct tree *t, node_id i)
{
	const struct node *n = &t->nodes[i];

	return n->kind == NODE_TEXT || n->kind == NODE_COMMENT || n->kind == NODE_DOCTYPE
		   ? tree_slice(t, n->text, n->text_len)
		   : SV_NULL;
}
// Up to where memory may be read from a slice on that begins there.
static inline const char *
tree_slice_end(const struct tree *t, uint32_t at)
{
	return at <= t->input.n ? t->input.p + t->input.n : t->side + t->side_len;
}
static inline struct sv
tree_attr_value(const struct tree *t, const struct attr *a)
{
	return tree_slice(t, a->value, a->value_len);
}
// SV_NULL when absent; an empty value has p != NULL.
struct sv tree_get(const struct tree *t, node_id el, const char *attr);
// By enum attr_id.
static inline struct sv
tree_get_id(const struct tree *t, node_id el, uint32_t name)
{
	const struct node *n = &t->nodes[el];

	for (uint32_t k = 0; k < n->n_attrs; k++) {
		const struct attr *a = &t->attrs[n->attr + k];

		if (a->name == name)
			return tree_attr_value(t, a);
	}
	return SV_NULL;
}
// Does `part` stand anywhere in its class attribute?
static inline bool
tree_class_has(const struct tree *t, node_id el, const char *part)
{
	return sv_has(tree_get_id(t, el, ATTR_class), part);
}
// All text of the subtree, white space collapsed, script/style/template left out, block boundaries
// as spaces.
void tree_inner_text(const struct tree *t, node_id i, struct buf *out);
// Raw text of the subtree (a script's content).
void tree_raw_text(const struct tree *t, node_id i, struct buf *out);
// First element with the tag in the subtree of `from` (document order), or NODE_NONE.
node_id tree_find(const struct tree *t, node_id from, enum tag_id tag);
// The subtree as HTML text (for XPath, clean HTML uses its own writer).
void tree_serialise(const struct tree *t, node_id i, struct buf *out);

// --- walking ---
// Enter and leave every node of a subtree in document order, without recursion or a stack.
enum walk_event { WALK_END, WALK_ENTER, WALK_LEAVE };
struct tree_walk {
	const struct tree *t;
	node_id root, i;
	enum walk_event last;
	bool skip; // set after WALK_ENTER: the children are passed over, WALK_LEAVE comes next
};
static inline struct tree_walk
tree_walk_init(const struct tree *t, node_id root)
{
	return (struct tree_walk){.t = t, .root = root, .i = root};
}
static inline enum walk_event
tree_walk_next(struct tree_walk *w)
{
	const struct node *n = &w->t->nodes[w->i];

	if (w->last == WALK_END)
		return w->last = WALK_ENTER;
	if (w->last == WALK_ENTER) {
		if (w->skip || n->end == w->i + 1) {
			w->skip = false;
			return w->last = WALK_LEAVE;
		}
		w->i++;
		return WALK_ENTER;
	}
	if (w->i == w->root)
		return WALK_END;
	if (n->next != NODE_NONE) {
		w->i = n->next;
		return w->last = WALK_ENTER;
	}
	w->i = n->parent;
	return WALK_LEAVE;
}

// --- what HTML says about an element's name (tree_tags.c) ---
enum tag_flags {
	TAGF_VOID = 1,       // no content, no end tag
	TAGF_INLINE = 2,     // does not break a line of text
	TAGF_SILENT = 4,     // its content is never shown as text
	TAGF_SPECIAL = 8,    // HTML's "special" category
	TAGF_SCOPE = 16,     // bounds "in scope"
	TAGF_CLOSES_P = 32,  // a start tag that ends an open <p>
	TAGF_FORMAT = 64,    // HTML's "formatting" category
	TAGF_RAW = 128,      // content is text without tags
	TAGF_RCDATA = 256,   // content is text without tags but with character references
	TAGF_HEAD = 512,     // belongs into <head>
	TAGF_HEADING = 1024, // h1 … h6
	TAGF_IMPLIED = 2048, // its end tag may be left out
};
extern const uint16_t tag_flag_table[TAG_KNOWN_COUNT];
static inline unsigned
tag_flags(uint32_t tag)
{
	return tag < TAG_KNOWN_COUNT ? tag_flag_table[tag] : TAGF_INLINE;
}

// --- the parser behind (extract/html/parse_html.c) ---
enum html_scripting {
	SCRIPTING_MIXED, // <noscript> is text in the head, so that the head goes on, and elements
			 // below
	SCRIPTING_OFF,
	SCRIPTING_ON,
};
struct html_options {
	struct tree_limits lim;
	enum html_scripting scripting;
	// Leave <template shadowrootmode> and <template data-riptide-frame> what they are; else
	// their content stands in their place.
	bool keep_templates;
	// The fragment case: the name of the context element, SV_NULL for a document; "svg NAME"
	// and "math NAME" for foreign ones. The nodes are children of an <html> element then.
	struct sv context;
};
// UTF-8 bytes -> tree (HTML standard, 13.2). `html` is borrowed for as long as the tree is used.
// ERR_EXTRACTOR_OOM, ERR_TOO_LARGE (node limit). Bad UTF-8 was repaired by the caller.
int html_parse(
    struct tree *t, struct sv html, const struct tree_limits *lim, struct err *err) MUST_CHECK;
int html_parse_with(
    struct tree *t, struct sv html, const struct html_options *o, struct err *err) MUST_CHECK;

#endif
