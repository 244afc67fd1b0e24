// SPDX-License-Identifier: Apache-2.0
// Structured data of a page: JSON-LD as found in the wild, microdata and RDFa Lite as trees in the
// same shape (`@type`, `@id`, properties), Open Graph. Everything is capped in depth, values and
// bytes.
#ifndef EXTRACT_STRUCTURED_H
#define EXTRACT_STRUCTURED_H

#include "extract/page.h"

#define SCHEMA_MAX_DEPTH  40
#define SCHEMA_MAX_ITEMS  2000
#define SCHEMA_MAX_VALUES 50000
#define SCHEMA_MAX_BYTES  ((size_t)4 << 20)

// What of the caps is left; shared by all readers of one page.
struct schema_budget {
	size_t items, values, bytes;
	bool spent; // something was left out
};

// JSON-LD objects with @graph flattened, then microdata, then RDFa items. Owned by the caller; an
// array, never NULL.
cJSON *schema_read(struct page *p);

// Text that means to be JSON to a strict JSON array of its roots. Takes comments, CDATA marks, raw
// control characters and bare quotes in strings, trailing commas and semicolons, missing or surplus
// brackets, several roots, single quotes, unquoted keys, HTML-escaped quotes. Values beyond the
// budget are left out.
void jsonld_normalise(struct sv text, struct buf *out, struct schema_budget *b);
void jsonld_read(const struct page *p, cJSON *out, struct schema_budget *b);
void microdata_read(const struct page *p, cJSON *out, struct schema_budget *b);
void rdfa_read(const struct page *p, cJSON *out, struct schema_budget *b);
// Open Graph and its relatives as an object: {"og": {"title": …, "image": [{"url", "width"}]}}.
cJSON *opengraph_read(const struct page *p);
cJSON *twitter_read(const struct page *p);     // {"twitter:card": …}
cJSON *dublin_core_read(const struct page *p); // {"dc.title": …, "dcterms.issued": …}

// --- building ---
// One more value of a property; a second one makes it an array. Takes value.
void schema_add(cJSON *obj, const char *name, cJSON *value);
// The next of the words of an attribute, empty at its end; *pos moves behind it.
struct sv schema_word(struct sv list, size_t *pos);

// --- asking ---
// Is one of the object's types `type` (with or without "schema:" or "http://schema.org/")?
bool schema_is(const cJSON *obj, const char *type);
// The value behind an {"@id": …} reference to another object of the page, else v itself.
const cJSON *schema_deref(const struct page *p, const cJSON *v);
// Text of a value: a string, a number, {"@value"}, or an object's name or url; the first of an
// array. Page-owned or arena memory.
struct sv schema_text(const struct page *p, const cJSON *v);

#endif
