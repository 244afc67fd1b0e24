// SPDX-License-Identifier: Apache-2.0
// The tokenizer under the HTML parser (HTML standard, 13.2.5): where tags, attributes, comments and
// raw text end in the bytes, and what character references mean. Interns names, writes the
// attributes of a start tag behind those of the tree; knows no nodes. Linear.
#ifndef EXTRACT_PARSE_SCAN_H
#define EXTRACT_PARSE_SCAN_H

#include "extract/html/tree_build.h"

enum token_kind {
	TOKEN_END_OF_INPUT,
	TOKEN_TEXT,
	TOKEN_START,
	TOKEN_END,
	TOKEN_COMMENT,
	TOKEN_DOCTYPE,
};

struct token {
	uint8_t kind;
	bool self_closing;
	bool may_hide;    // START: has an attribute that could hide the element
	uint32_t tag;     // START, END: name id
	uint32_t attr;    // START: first attribute in tree->attrs, which …
	uint32_t attrs;   // … become a node's when they are counted into tree->n_attrs
	struct span text; // TEXT, COMMENT: decoded
};

struct doctype {
	struct span name, public_id, system_id;
	bool has_name, has_public, has_system, force_quirks;
};

struct scan {
	struct tree *t;
	struct sv html;
	size_t whole;    // while html is cut: its length
	size_t at;       // where the next token begins
	bool cdata;      // `<![CDATA[` is text (inside svg and math)
	bool keep_nul;   // U+0000 in text becomes U+FFFD (there, too), else nothing
	bool plaintext;  // all that follows is text
	bool no_end_tag; // scan_find_end_tag has found none: nor will it further on
	bool failed;     // memory
	struct doctype doctype;
	// Attribute names seen on a tag with many of them: the number of that tag, by name id.
	uint32_t *seen, seen_cap, tag_number;
};

// What is no tag is text; behind the end it gives TOKEN_END_OF_INPUT for ever. Sets `failed`.
void scan_next(struct scan *s, struct token *tok);
// The bytes of the tag, text or comment that scan_next would return begin here with `prefix`.
bool scan_is_at(const struct scan *s, const char *prefix);

// The content of a raw text element whose start tag was just read, decoded as its kind says; what
// follows is its end tag or the end of the input.
enum raw_kind { RAW_TEXT, RAW_RCDATA, RAW_SCRIPT };
struct span scan_raw(struct scan *s, enum raw_kind kind, struct sv name);
// Where the next end tag of the name begins in the bytes that are left. False: there is none.
// Asked for one name only. Linear over the page.
bool scan_find_end_tag(struct scan *s, struct sv name, size_t *at);

// --- parse_decode.c ---
enum decode {
	DECODE_REFERENCES = 1,
	DECODE_ATTR = 2 | DECODE_REFERENCES, // the rules for attribute values
	DECODE_NUL = 4,                      // U+0000 becomes U+FFFD …
	DECODE_DROP_NUL = 8,                 // … or nothing; else it stays
};
// The text with CR and CR LF as LF and what `how` says; to tree->side if that changes it.
bool decode_span(struct tree *t, struct sv text, unsigned how, struct span *out);
// The numeric reference at the start of `text` (what follows the '&': a '#'). Its length with the
// ';' if there is one, 0 if there is none; *c is the character.
size_t entity_number(struct sv text, uint32_t *c);

// parse_entities.c: the longest named reference at the start of `text` (what follows the '&'). Its
// length with the ';' if there is one, 0 if there is none; *meaning is what it stands for, with a
// NUL behind it.
size_t entity_find(struct sv text, bool attr, struct sv *meaning);

#endif
