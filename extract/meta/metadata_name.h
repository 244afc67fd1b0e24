// SPDX-License-Identifier: Apache-2.0
// People's names in the texts that name an author: taken out, cleaned, refused when they are none.
#ifndef EXTRACT_METADATA_NAME_H
#define EXTRACT_METADATA_NAME_H

#include "extract/meta/metadata_priv.h"

#define NAMES_BLOCK_MAX 90 // bytes of a text that names an author and little else

struct names {
	const struct meta_scan *s;
	struct sv v[METADATA_MAX_AUTHORS];
	struct sv degrees[METADATA_MAX_AUTHORS]; // ", MD, PhD" as it stands behind the name
	size_t n;
	bool person; // said to be one: may be called like the site
};

// "By Jane Doe, MD, and John Roe | 3 May" is two names.
void names_add_text(struct names *out, struct sv v);
// One name, whatever words and commas it has: an organisation, a citation.
void names_add_whole(struct names *out, struct sv v);
// A user's name: any word.
void names_add_handle(struct names *out, struct sv v);

bool names_is_site(const struct meta_scan *s, struct sv v);
bool names_out_of_place(const struct meta_scan *s, node_id i);
enum place names_place(const struct meta_scan *s, node_id i);
size_t names_words(struct sv v);
// "By", "Written by", "Author:": the name is elsewhere.
bool names_is_label(struct sv v);
bool names_begins_by(const struct meta_scan *s, struct sv v);
struct sv names_after_by(const struct meta_scan *s, struct sv v);
// Without the role, date or sentence behind a name.
struct sv names_cut(struct sv v);
// Of what stands before a date: without "on Monday,".
struct sv names_before_date(struct sv v);
// The author that the line with the date names.
void names_from_dated_line(struct names *out);
// Does each word begin with a capital, as names do ("van", "de" apart)?
bool names_is_capital(struct sv v);

#endif
