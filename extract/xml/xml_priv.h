// SPDX-License-Identifier: Apache-2.0
// Between the files of extract/xml: what a page is written with. Worker only.
#ifndef EXTRACT_XML_PRIV_H
#define EXTRACT_XML_PRIV_H

#include "extract/xml/xml.h"

struct xml_writer {
	const struct xml_source *x;
	const struct tree *t;
	struct page page; // its base is of the element that is written
	struct arena scratch;
	struct buf *out;
	struct metadata *meta;
	uint8_t *roles; // feeds: by name
	uint32_t base_name;
	int rc;
};

// The text without its DOCTYPE, in `scratch` when there was one; what no limit of libxml2's bounds
// is refused.
int xml_prepare(struct sv text, struct buf *scratch, struct sv *out, struct err *err) MUST_CHECK;
enum xml_kind xml_kind_of(const struct tree *t);
node_id xml_root(const struct tree *t); // NODE_NONE

void xml_add_text(struct buf *out, struct sv v); // escaped
void xml_add_attr(struct buf *out, const char *name, struct sv v);
// Raw text of the element, trimmed; arena memory.
struct sv xml_text_of(const struct xml_writer *w, node_id i);
void xml_set_base(struct xml_writer *w, node_id i); // xml:base of it and what it stands in
void xml_write_feed(struct xml_writer *w);

#endif
