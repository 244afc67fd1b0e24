// SPDX-License-Identifier: Apache-2.0
// What a text beside a date says of it; metadata_date_labels.c.
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

#endif
