// SPDX-License-Identifier: Apache-2.0
// XML in place of HTML: feeds, sitemaps, XHTML and any other. libxml2 reads it into a node tree;
// what is no XHTML becomes a small HTML page that the rest of the extractor takes as any other.
// Runs in the extractor's worker; opens nothing, knows no DTD and no entities but HTML's names.
#ifndef EXTRACT_XML_H
#define EXTRACT_XML_H

#include "extract/meta/metadata.h"

enum xml_kind { // in the order of xml_kind_names
	XML_NONE,
	XML_XHTML,
	XML_RSS,  // 0.9x, 2.0
	XML_RDF,  // RSS 1.0
	XML_ATOM, // also 0.3
	XML_URLSET,
	XML_SITEMAPINDEX,
	XML_OTHER,
};
extern const char *const xml_kind_names[];

// Is the text XML? By its media type (may be NULL); without one by its declaration or its root.
// UTF-8.
bool xml_is_told(const char *content_type, struct sv text);

// A browser shows XML that it knows no way to show as text in <pre>: that text, if the page is of
// an XML type and nothing else is in it, else SV_NULL.
struct sv xml_shown(const struct tree *t, const char *source_type);

#define XML_PROBLEM_MAX 160
struct xml_source {
	struct tree tree; // names as written, in lower case; those of well-known namespaces with
			  // their usual prefix where they have one
	enum xml_kind kind;
	char problem[XML_PROBLEM_MAX]; // "line 3: …" when it is not well-formed; the tree has what
				       // could be read
};
// The kind is XML_NONE when no element was found. ERR_EXTRACTOR_OOM; ERR_TOO_LARGE for what would
// take long: nodes, attributes, namespaces.
int xml_read(struct xml_source *x, struct sv text, struct arena *a, struct err *err) MUST_CHECK;
void xml_init(void); // before the process is confined

// What is no XHTML as an HTML page, and of a feed what it says of itself. `p` is of x->tree.
// ERR_TOO_LARGE, ERR_EXTRACTOR_OOM.
int xml_page(const struct xml_source *x, const struct page *p, struct buf *html,
    struct metadata *meta, struct err *err) MUST_CHECK;

#endif
