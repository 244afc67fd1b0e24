// SPDX-License-Identifier: Apache-2.0
// Between document.c, which reads a page, and document_write.c, which writes what was asked for.
#ifndef EXTRACT_DOCUMENT_PRIV_H
#define EXTRACT_DOCUMENT_PRIV_H

#include "extract/content/content.h"
#include "extract/document.h"
#include "extract/fields/fields.h"
#include "extract/xml/xml.h"

struct doc {
	const struct extract_input *in;
	const struct extract_options *o;
	struct arena *a;
	struct sv html;  // as UTF-8: of the input itself, or of …
	struct buf utf8; // … what was converted or put together
	const char *charset;
	struct tree tree;
	const struct boxes *boxes; // NULL: no browser rendered it
	struct page page;
	struct xml_source *xml; // NULL: it is HTML
	struct page xml_page;   // of its tree, unless that is the page's
	struct metadata meta;
	struct content content;
	bool has_content, has_payload;
	bool too_large; // a rendering of the content: there is no part of one
	struct fields_plan *plan;
	cJSON *schema, *custom, *field_errors;
	cJSON *source; // the text that was read; NULL: nobody asks
	cJSON *out;
	int64_t started_us;
};

static inline bool
doc_strategy_on(const struct doc *d, enum extract_strategy s)
{
	if (d->o->strategies == 0)
		return s != STRATEGY_FULL;
	return d->o->strategies >> s & 1;
}

// The object of DESIGN §6 as d->out, with the fields that were asked for. ERR_EXTRACTOR_OOM,
// ERR_RESULT_TOO_LARGE.
int doc_write(struct doc *d, struct err *err) MUST_CHECK;

#endif
