// SPDX-License-Identifier: Apache-2.0
// What a text beside a date says of it (metadata_date_labels.c), and how dates that are seen are
// compared (metadata_date_text.c, metadata_date_cost.c).
#ifndef EXTRACT_METADATA_DATE_PRIV_H
#define EXTRACT_METADATA_DATE_PRIV_H

#include "extract/meta/metadata_priv.h"

enum label {
	LABEL_NONE,
	LABEL_PUBLISHED,
	LABEL_MODIFIED,
	LABEL_OTHER, // neither: someone joined, an offer ends
	LABEL_ENTRY, // "This entry was posted on": of the page, whatever stands around it
};

// Names of attributes of this page that hold dates, in the order in which they are asked;
// `telling_only`: those that make any element one with a date.
#define DATE_ATTRS_MAX 20
size_t date_attributes(const struct tree *t, bool telling_only, uint32_t ids[DATE_ATTRS_MAX]);

enum label date_label(struct sv v);

// --- dates that are seen ---
enum date_kind { KIND_ITEMPROP, KIND_TIME, KIND_HINTED, KIND_TEXT, KIND_META, KIND_LINE };
struct date_search {
	struct dates *d;
	struct visible_dates *seen;
	uint32_t attrs[DATE_ATTRS_MAX]; // names of attributes with dates
	size_t n_attrs;
	uint32_t pubdate, testid; // and of others; 0 when the page has none
	node_id h1, h1_end;       // NODE_NONE: no heading
	struct date month;        // that the address names; year 0: none
};
// Where in the text a date stands; 0, 0: it is not of the text but of an attribute.
struct date_span {
	size_t from, end;
	size_t of; // bytes of a longer text that the text is the rest of, or 0
};
// Said of the date at `at` in the text of the node, by that and by what stands around it.
enum label date_label_around(
    const struct date_search *s, node_id i, struct sv text, struct date_span at);
#define DATES_VISIBLE_MAX 600
// Corrects the dates that were seen, and what they cost, by each other.
void dates_settle(const struct meta_scan *m, bool month_first);
#define COST_BEFORE 20 // that a date above the heading may cost more than the like below it
#define COST_CHANGE 15 // of a date that says it is of a change
#define COST_LIMIT  100
int date_cost(const struct date_search *s, node_id i, int kind, enum label label, struct sv text,
    struct date_span at);

#endif
