// SPDX-License-Identifier: Apache-2.0
// The parts of the Markdown writer (CommonMark with GitHub's tables and strikethrough): inline text
// is collected in a buffer and written as a block at the next block boundary, each line behind the
// prefixes of the quotes and list items around it. No recursion: one walk, and one more inside a
// table cell.
#ifndef EXTRACT_MARKDOWN_PRIV_H
#define EXTRACT_MARKDOWN_PRIV_H

#include "extract/content/blocks/content_url.h"
#include "extract/content/marks/notes.h"

#define MD_MAX_CONTAINERS 32 // deeper quotes and lists are not indented further
#define MD_MAX_MARKS      48 // deeper inline markup is left out
#define MD_MAX_URL        4096

enum md_mark_kind {
	MARK_STRONG,
	MARK_EM,
	MARK_DEL,
	MARK_SUP,
	MARK_SUB,
	MARK_LINK,
	MARK_QUOTE,
	MARK_RT
};

struct md_mark { // an open inline element
	enum md_mark_kind kind;
	bool written;     // its opening is in the buffer
	const char *html; // as this element of HTML, not as a delimiter
	size_t at;        // where
	node_id node;
};

struct md_closed { // delimiters
	enum md_mark_kind kind;
	size_t at, close; // of the opening, of the closing one
};

enum md_container_kind { BOX_QUOTE, BOX_ITEM, BOX_INDENT, BOX_DEFINITION, BOX_NOTE };

struct md_container {
	enum md_container_kind kind;
	bool used;  // the marker was written; further lines get the indent
	bool tight; // an item of a tight list
	uint8_t indent;
	node_id node;
	char marker[24];
};

struct md_list {
	node_id node;
	bool ordered, tight, other_marker;
	size_t at;       // where the output was when it began
	uint32_t number; // of the next item
};

struct md_list_end { // where the last list ended
	size_t at;
	uint32_t n_boxes;
	bool ordered, other_marker;
};

struct md_signs {         // of lists that are made of text
	size_t end;       // of the last item
	uint32_t n_boxes; // that it stands in
	bool ordered;
	char number[8];               // the last paragraph that is nothing but a number
	size_t number_at, number_end; // of it in the output; 0: there is none
	int breaks;                   // that were owed before it
};

struct md {
	const struct tree *t;
	const struct content *c;
	struct sv base;
	struct buf *out;
	size_t start;
	int breaks;                  // line ends owed before the next block
	size_t rule_start, rule_end; // of the last line across

	struct buf text;             // the inline text of the block
	bool space;                  // owed before the next word
	int brs;                     // <br> owed
	size_t last_close;           // end of the last closing marker in `text`
	enum md_mark_kind last_kind; // of that
	struct md_closed closed[4];  // that end there, the inner ones first
	uint32_t n_closed;
	bool before_word; // the next word begins with a letter, not with punctuation
	struct md_mark marks[MD_MAX_MARKS];
	uint32_t n_marks;
	size_t link_end, image_end; // ends of the last in `text`
	uint32_t links;             // open links: 0 or 1
	struct buf link_url;        // where it goes

	struct md_container boxes[MD_MAX_CONTAINERS];
	uint32_t n_boxes;
	struct md_list lists[MD_MAX_CONTAINERS];
	uint32_t n_lists, lost_lists;
	struct md_list_end list_end;
	struct md_signs signs;

	uint8_t heading; // level, while inside one
	bool cell;       // inside a table cell: block boundaries are <br>
	bool cell_break;
	bool term; // inside a <dt>, which may be a sign

	struct md_seen *seen;     // pictures
	uint32_t mjx_math;        // the name of that element, or 0
	bool tex_attributes;      // the page has some of those that hold formulas
	node_id no_tex;           // an element that there was no TeX of, nor in it
	node_id letter;           // for leftovers_is_gutter
	node_id label;            // of the last box of advice, which the alert says; or NODE_NONE
	uint8_t *noted;           // per note: its definition was written
	const struct note *note;  // whose definition has no text yet
	bool note_labelled;       // but for its label, which is left out
	node_id shown, shown_end; // nodes that are written though they are not kept
};

// The text of a block is written; what is known of its bytes holds no longer.
static inline void
md_text_reset(struct md *w)
{
	buf_reset(&w->text);
	w->last_close = w->link_end = w->image_end = 0;
	w->n_closed = 0;
}

// markdown_inline.c
void md_text(struct md *w, struct sv text);
void md_br(struct md *w);
void md_mark_open(struct md *w, enum md_mark_kind kind, node_id node);
void md_link_open(struct md *w, node_id a); // not inside a link, and not without a usable address
void md_mark_close(struct md *w, node_id node);
void md_code_span(struct md *w, node_id code);
void md_code_line(struct md *w, struct sv line); // not empty
void md_raw(struct md *w, struct sv text);       // Markdown as it is, part of the inline text
static inline bool
md_has_waiting_mark(const struct md *w) // opened, and not written yet
{
	return w->n_marks > 0 && !w->marks[w->n_marks - 1].written;
}
void md_end_marks(
    struct md *w); // write what closes the open marks; they open again with the next text

bool md_add_url(
    const struct md *w, struct sv ref, bool image, struct buf *out); // absolute, encoded
void md_collapse_into(struct buf *out, struct sv v);                 // white space
void md_begin_word(struct md *w);                                    // what is owed before it
char md_last_byte(const struct md *w);                               // ' ' at the start
static inline bool
md_is_word_byte(char c)
{
	return sv_is_alnum(c) || (unsigned char)c >= 0x80;
}

// markdown_flank.c: delimiters between punctuation and letters
bool md_is_sign(struct sv v); // begins with punctuation, or is nothing
void md_flank_closed(struct md *w, enum md_mark_kind kind, size_t at, size_t close); // written
void md_flank_after_close(struct md *w, struct sv next);   // `next` is to be written right after
size_t md_flank_before_open(struct md *w, struct sv word); // bytes of stops that were written
const char *md_flank_open(
    const struct md *w, uint32_t mark, bool before_sign); // the name of the HTML element, or NULL

// markdown_image.c
void md_film(struct md *w, node_id i);     // a link, if it is one
void md_image(struct md *w, node_id img);  // the first time in a row of its own
void md_left_out(struct md *w, node_id i); // what is wanted of a node that is not kept

// markdown_escape.c
struct md_escape {
	bool in_link, in_cell;
	char before; // the byte before the text, ' ' at the start of a block
};
extern const bool md_is_special[256]; // bytes that it may have to escape
void md_escape(struct buf *out, struct sv text, const struct md_escape *e);
void md_escape_line_starts(struct buf *out, struct sv block); // of a finished paragraph

// markdown_block.c
void md_flush(struct md *w); // end the paragraph; a <br> in a cell, a space in a heading
void md_end_heading(struct md *w);
void md_block(struct md *w, struct sv lines); // a block as it is, prefixes added to each line
void md_box_push(
    struct md *w, enum md_container_kind kind, node_id node, const char *marker, size_t indent);
void md_box_pop(struct md *w, node_id node);
void md_list_enter(struct md *w, node_id list);
void md_list_leave(struct md *w, node_id list);
void md_item_enter(struct md *w, node_id item);
void md_item_leave(struct md *w, node_id item);

// markdown_signs.c
void md_paragraph(struct md *w, struct sv text); // or a list, if lines begin with bullets
const char *md_take_number(
    struct md *w); // the number that stands alone before what is to be written, or NULL

// markdown_code.c
void md_pre_in_cell(struct md *w, node_id pre);            // a code span for each line
void md_pre(struct md *w, node_id pre);                    // or a table of lines of code
bool md_is_code_block(const struct tree *t, node_id code); // <code> that is shown as a block

// markdown_math.c
bool md_math(struct md *w, node_id math);      // MathML, or the TeX in it; false: write its text
bool md_math_script(struct md *w, node_id i);  // MathJax 2: a formula in a script
bool md_math_span(struct md *w, node_id span); // a formula, or the picture of one that follows
bool md_math_image(struct md *w, node_id img); // MediaWiki: TeX as alternative text; or as address
bool md_math_attributes_are_used(const struct tree *t);            // anywhere on the page
bool md_math_attribute(struct md *w, node_id i);                   // TeX in data-math and the like
bool md_math_left_out(struct md *w, node_id around, node_id math); // hidden, for screen readers
bool md_math_shown(struct md *w, node_id i); // what MathJax 3 shows, where that is all there is

// markdown_tex.c: MathML, or what MathJax 3 shows, as TeX
void md_tex_of_math(const struct tree *t, node_id math, struct buf *out);

// markdown_callout.c
bool md_callout_enter(struct md *w, node_id i); // a box of advice becomes GitHub's alert
bool md_callout_title(struct md *w, node_id i, bool *skip);

// markdown_table.c
bool md_is_data_table(const struct md *w, node_id table);
void md_table(struct md *w, node_id table);
bool md_is_code_table(struct md *w, node_id table); // lines of code beside their numbers

// markdown_notes.c
bool md_note_reference(struct md *w, node_id i);         // true: written, or nothing to be written
bool md_note_enter(struct md *w, node_id i, bool *skip); // the block is a note; or comes later
struct sv md_note_text(struct md *w, struct sv text);    // without the label a note begins with
void md_notes_write(struct md *w);                       // what is still to be defined
bool md_is_back_link(const struct tree *t, node_id a);

// markdown.c: walk what an element holds, of a cell into w->text
void md_walk_inside(struct md *w, node_id i);
static inline bool
md_keeps(const struct md *w, node_id i)
{
	return w->c->keep[i] || (i >= w->shown && i < w->shown_end);
}

#endif
