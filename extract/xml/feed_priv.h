// SPDX-License-Identifier: Apache-2.0
// Between feed_read.c, which reads a feed and its entries, and feed.c, which writes them as a page.
#ifndef EXTRACT_XML_FEED_PRIV_H
#define EXTRACT_XML_FEED_PRIV_H

#include "extract/xml/xml_priv.h"

#define AUTHORS_MAX METADATA_MAX_AUTHORS

enum feed_role {
	ROLE_NONE,
	ROLE_ENTRY,
	ROLE_TITLE,
	ROLE_LINK,
	ROLE_GUID,
	ROLE_SUMMARY,
	ROLE_SUMMARY_ELSE, // where there is no other
	ROLE_CONTENT,
	ROLE_PUBLISHED,
	ROLE_UPDATED,
	ROLE_AUTHOR,
	ROLE_CATEGORY,
	ROLE_MEDIA,
	ROLE_IMAGE,
	ROLE_ICON,
	ROLE_GROUP,
	ROLE_LANGUAGE,
	ROLE_CHANNEL,
	ROLE_COUNT
};

// What is said of the feed, or of an entry.
struct feed_item {
	node_id el;
	node_id first[ROLE_COUNT];
	struct sv link, self, author[AUTHORS_MAX];
	size_t n_authors;
};

bool feed_read_roles(struct xml_writer *w); // before all else; false: the arena is spent
enum feed_role feed_role_of(const struct xml_writer *w, node_id i);
void feed_read_item(struct xml_writer *w, node_id el, struct feed_item *it);
void feed_read_metadata(struct xml_writer *w, const struct feed_item *it); // into w->meta
// Of an element, or nothing of NODE_NONE: its text without markup, its date (ISO 8601).
struct sv feed_plain(struct xml_writer *w, node_id i);
struct sv feed_date(const struct xml_writer *w, node_id i);

#endif
