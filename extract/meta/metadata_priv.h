// SPDX-License-Identifier: Apache-2.0
// What the readers of single facts share: the elements of interest, collected in one pass, the
// structured data object that describes the page, and small questions about texts.
#ifndef EXTRACT_METADATA_PRIV_H
#define EXTRACT_METADATA_PRIV_H

#include "extract/meta/dates/date.h"
#include "extract/meta/keywords.h"
#include "extract/meta/metadata.h"
#include "extract/meta/structured/structured.h"

#define SCAN_MAX 1000 // elements of one list

struct node_list {
	node_id *v;
	size_t n, cap;
};
// What the words in class, id, itemprop or data-testid speak of.
enum hint {
	HINT_AUTHOR = 1,
	HINT_BYLINE = 2,
	HINT_DATE = 4,
	HINT_CRUMB = 8,
	HINT_META = 16, // where dates often stand beside other facts
	HINT_USER = 32, // of a forum
};
struct visible_date {
	struct date date;
	node_id node;
	int cost;       // smaller is better
	uint32_t shape; // alike for dates whose elements are
	bool modified;
	uint8_t label; // enum label
};
struct visible_dates { // filled when first asked for
	struct visible_date *v;
	size_t n, cap;
	bool read;
};
struct meta_scan {
	const struct page *p;
	struct node_list h1;
	struct node_list h2;           // h2 to h4: the first of them
	struct node_list rel_author;   // a, link with rel=author
	struct node_list author;       // HINT_AUTHOR
	struct node_list byline;       // HINT_BYLINE
	struct node_list author_links; // a[href] to an author's page
	struct node_list posters; // data-author, or author on an element of the page's own making
	struct node_list users;   // HINT_USER
	struct node_list times;   // time elements, abbr with a date
	struct node_list dates;   // HINT_DATE, HINT_BYLINE
	struct node_list metas;   // HINT_META
	struct node_list digits;  // text nodes that may hold a date
	struct node_list signatures; // short text nodes that begin with "Written by"
	struct node_list crumbs;     // HINT_CRUMB
	struct node_list tags;       // a[rel~=tag]
	struct node_list links;      // link elements
	node_id heading;             // the h1 or h2 that the page is headed by, or NODE_NONE
	struct sv title_tag;         // <title>, collapsed
	struct sv sample;            // of running text, to tell its language
	const cJSON *article;        // Article-like or forum posting of this page, or NULL
	const cJSON *webpage;        // WebPage, or NULL
	struct sv canonical;
	uint8_t *places; // 1 + enum place of each element that was asked for, by itself
	struct visible_dates *seen;
	struct sv site_name, host, lang;
};

// Everything above but the language and the site's name. False: no memory.
bool meta_scan_read(struct meta_scan *s, const struct page *p);
// Its steps behind the pass over the tree: by title_tag, h1 and h2; by canonical and title_tag.
node_id meta_find_heading(const struct meta_scan *s);
void meta_scan_schema(struct meta_scan *s); // article, webpage

enum text_kind {
	TEXT_BLANK,
	TEXT_PLAIN,
	TEXT_DATED, // may hold a date, for all that its bytes tell
};
enum text_kind meta_text_kind(const struct tree *t, struct sv v);
#define META_LINE_MAX 160 // bytes of a text that is read for a date
// Trimmed, and with single blanks if that leaves it so short: its source may be indented by more
// than it says.
struct sv meta_line(struct sv text, char out[META_LINE_MAX]);

struct sv meta_title(const struct meta_scan *s);
// Is the text all that stands in <title> between two separators, or one and an end?
bool meta_is_title_part(struct sv tag, struct sv text);
// "The Cafe |": without the mark at its end, where a template left the rest out.
struct sv meta_before_mark(struct sv v);
// The other end of a <title> that begins or ends with the page's title: the site's name; SV_NULL
// when it is too long for one.
struct sv meta_beside_title(struct sv tag, struct sv title);
// Without "Forum • View topic - " and the like before the name of a thread.
struct sv meta_behind_topic(struct sv tag);
void meta_authors(const struct meta_scan *s, struct metadata *out); // and the byline
struct sv meta_published(const struct meta_scan *s);
struct sv meta_modified(const struct meta_scan *s);
struct sv meta_language(const struct page *p, struct sv sample);
struct sv meta_canonical(const struct meta_scan *s);
void meta_pictures(const struct meta_scan *s, struct metadata *out);
void meta_categories(const struct meta_scan *s, struct metadata *out);

// A date of the page and where it was found; the sources in their order, for measuring.
struct dates {
	const struct meta_scan *s;
	struct date_opts o;
	struct date found;
};
struct date_source {
	const char *name;
	bool (*read)(struct dates *d);
};
extern const struct date_source date_sources[];
extern const size_t n_date_sources;
struct dates dates_init(const struct meta_scan *s);
bool dates_parse(struct dates *d, struct sv v);
// The best date that a reader sees (metadata_date_text.c), if it is as good as DATES_CLEAR (beside
// the heading, not of a change), DATES_NEAR (the same of a mere text) or DATES_ANY; DATES_CHANGE:
// only those that say they are of a change.
enum dates_wanted { DATES_CLEAR, DATES_NEAR, DATES_ANY, DATES_CHANGE };
bool dates_visible(struct dates *d, enum dates_wanted wanted);
// Where the best of DATES_NEAR stands, or NODE_NONE.
node_id dates_visible_node(struct dates *d);
// Is it a page of a kind that has a date, and not a shop's or a front page?
bool dates_expected(const struct meta_scan *s);

// --- elements ---
// In the comments, a sidebar, the footer, a box of other pages? What holds the h1 is none of these.
enum place { PLACE_GOOD, PLACE_ASIDE, PLACE_BAD };
enum place meta_place(const struct meta_scan *s, node_id i);
// Is there a short text in the element that can hold a date?
bool meta_may_have_date(const struct meta_scan *s, node_id i);
// Is the heading a link to the front page, or to a folder that the page is in: the site's name,
// whatever <title> says?
bool meta_leads_home(const struct page *p, node_id h);
bool meta_holds_heading(const struct meta_scan *s, node_id i);

// --- texts ---
// &#8217; in a headline: some systems escape once too often. SV_NULL stays SV_NULL.
struct sv meta_unescaped(const struct page *p, struct sv v);
// The same, without tags that came along, and with single blanks.
struct sv meta_plain(const struct page *p, struct sv v);

// --- words ---
#define WORDS_MAX 64
struct words { // hashes of lower-case words
	uint32_t v[WORDS_MAX];
	size_t n;
};
void words_read(struct words *w, struct sv text);
// Share of a's words that b has too; 0 for no words.
double words_contained(const struct words *a, const struct words *b);
double words_f1(const struct words *a, const struct words *b);

#endif
