// SPDX-License-Identifier: Apache-2.0
// The tokenizer under the HTML parser: where tags, attributes, comments and raw text end in the
// bytes, and what character references mean. Borrows everything from the input; linear; knows no
// tree.
#ifndef EXTRACT_PARSE_SCAN_H
#define EXTRACT_PARSE_SCAN_H

#include "base/buf.h"

enum scan_kind {
	SCAN_END,
	SCAN_TEXT,    // `text`, character references not decoded
	SCAN_START,   // `name`, attributes by scan_attr_next, self_closing
	SCAN_CLOSE,   // `name`
	SCAN_COMMENT, // `text`
	SCAN_DOCTYPE, // `text`
};

struct scan {
	struct sv html;
	size_t at; // where the next token begins
	struct sv name, text;
	size_t attrs;   // where the attributes begin
	size_t tag_end; // the '>' (or '/' before it) that ends them
	bool self_closing;
	bool cdata; // `<![CDATA[` is text (inside svg and math)
};

enum scan_kind scan_next(struct scan *s);

// The content of a raw text element whose start tag was just read: up to `</NAME`, which stays
// unread.
struct sv scan_raw_text(struct scan *s, struct sv name);

struct scan_attrs {
	struct sv html;
	size_t at, end;
};
struct scan_attrs scan_attrs_of(const struct scan *s);
bool scan_attr_next(struct scan_attrs *it, struct sv *name, struct sv *value);

// Does decoding change the text (character references, CR, NUL)?
bool scan_needs_decoding(struct sv text);
// Append the text with character references decoded (the rules for attribute values when `attr`),
// CR and CR LF as LF, NUL dropped.
void scan_decode(struct sv text, bool attr, struct buf *out);

// parse_entities.c: the longest named reference at the start of `text` (what follows the '&'). Its
// length with the ';' if there is one, 0 if there is none; *utf8 is what it stands for.
size_t entity_find(struct sv text, bool attr, const char **utf8);

#endif
