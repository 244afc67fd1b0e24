// SPDX-License-Identifier: Apache-2.0
// Tables of data become GitHub tables: a grid with row and column spans padded, every cell on one
// line. Tables that only place things on the page are left to the walk as if they were plain
// blocks.
#include "extract/content/blocks/cell_sign.h"
#include "extract/write/leftovers.h"
#include "extract/write/markdown_priv.h"

#define MAX_COLUMNS 64
#define MAX_ROWS    5000
#define MAX_CELLS   50000

// --- which tables ---

bool
md_is_code_table(struct md *w, node_id table)
{
	const struct tree *t = w->t;
	uint32_t rows = 0, gutters = 0;

	for (node_id i = table + 1; i < t->nodes[table].end; i++) {
		if (tree_is(t, i, TAG_pre) || tree_is(t, i, TAG_table))
			return false;
		rows += tree_is(t, i, TAG_tr);
		gutters += tree_is(t, i, TAG_td) && leftovers_is_gutter(t, i, &w->letter);
		if (rows > gutters + 2) // soon clear for tables of data
			return false;
	}
	return rows > 0 && gutters >= rows;
}

struct table_shape {
	uint32_t rows, cells, headers, headings, widest, in_row;
	bool nested, code;
};

static void
look_at(const struct tree *t, node_id i, struct table_shape *s)
{
	switch (t->nodes[i].tag) {
	case TAG_table:
		s->nested = true;
		break;
	case TAG_pre:
	case TAG_textarea:
		s->code = true;
		break;
	case TAG_tr:
		s->rows++;
		s->in_row = 0;
		break;
	case TAG_th:
		s->headers++; // fall through
	case TAG_td:
		s->cells++;
		s->in_row++;
		s->widest = MAX(s->widest, s->in_row);
		break;
	default:
		s->headings += (tag_flags(t->nodes[i].tag) & TAGF_HEADING) != 0;
	}
}

#define CODE_IN_CELL_LINES 12
#define CODE_IN_CELL_BYTES 1000

static bool
is_short(const struct tree *t, node_id pre)
{
	size_t lines = 0, bytes = 0;

	for (node_id k = pre; k < t->nodes[pre].end; k++) {
		struct sv v = t->nodes[k].kind == NODE_TEXT ? tree_text(t, k) : SV_NULL;

		bytes += v.n;
		for (size_t c = 0; c < v.n && bytes <= CODE_IN_CELL_BYTES; c++)
			lines += v.p[c] == '\n';
		if (lines > CODE_IN_CELL_LINES || bytes > CODE_IN_CELL_BYTES)
			return false;
	}
	return true;
}

// Code is what the table tells of if the table has a head, and no more code than a cell may hold.
static bool
has_examples_only(const struct tree *t, node_id table)
{
	node_id head = tree_find(t, table, TAG_tr), cell;

	cell = head == NODE_NONE ? NODE_NONE : tree_first_child(t, head);
	while (cell != NODE_NONE && t->nodes[cell].kind != NODE_ELEMENT)
		cell = t->nodes[cell].next;
	if (cell == NODE_NONE || !tree_is(t, cell, TAG_th))
		return false;
	for (node_id i = table; i < t->nodes[table].end; i++) {
		if (tree_is(t, i, TAG_textarea))
			return false;
		if (!tree_is(t, i, TAG_pre))
			continue;
		if (!is_short(t, i))
			return false;
		i = t->nodes[i].end - 1;
	}
	return true;
}

bool
md_is_data_table(const struct md *w, node_id table)
{
	struct table_shape s = {0};
	struct sv role = tree_get(w->t, table, "role");

	if (sv_ieq_str(role, "presentation") || sv_ieq_str(role, "none"))
		return false;
	for (node_id i = table + 1; i < w->t->nodes[table].end && !s.nested; i++)
		if (w->t->nodes[i].kind == NODE_ELEMENT && md_keeps(w, i))
			look_at(w->t, i, &s);
	if (s.nested || s.rows < 2 || s.widest < 2 || s.widest > MAX_COLUMNS || s.rows > MAX_ROWS ||
	    s.cells > MAX_CELLS || (s.code && !has_examples_only(w->t, table)))
		return false;
	return s.headings == 0 || s.headers > 0;
}

// --- the grid ---

enum { ALIGN_LEFT, ALIGN_RIGHT, ALIGN_CENTER };

struct grid {
	struct md *w;
	uint32_t spans[MAX_COLUMNS]; // rows for which the column is still taken
	uint32_t columns, at;        // at: of the cell that comes next in its row
	uint64_t filled;             // columns with anything in them
	uint32_t measured;           // rows
	uint8_t align[MAX_COLUMNS];
	struct buf lines; // the table so far
	uint32_t rows;
};
_Static_assert(MAX_COLUMNS <= 64, "a bit for each");

static uint32_t
span_of(const struct tree *t, node_id cell, const char *name, uint32_t max)
{
	struct sv v = sv_trim(tree_get(t, cell, name));
	uint32_t n = 0;

	for (size_t i = 0; i < v.n && i < 6 && sv_is_digit(v.p[i]); i++)
		n = n * 10 + (uint32_t)(v.p[i] - '0');
	return n == 0 ? 1 : MIN(n, max);
}

// A cell that is not kept leaves its place to the others; a hidden one has none.
static bool
is_gone(const struct md *w, node_id cell)
{
	return !md_keeps(w, cell) && w->t->nodes[cell].flags & NODE_F_HIDDEN;
}

static uint8_t
align_of(const struct tree *t, node_id cell)
{
	static const char name[] = "text-align:";
	struct sv v = tree_get_id(t, cell, TAG_style), align = tree_get(t, cell, "align");
	const char *p = v.n > 0 ? memmem(v.p, v.n, name, sizeof(name) - 1) : NULL;

	if (p) {
		p += sizeof(name) - 1;
		align = sv_trim((struct sv){p, (size_t)(v.p + v.n - p)});
	}
	return sv_istarts(align, "right")    ? ALIGN_RIGHT
	       : sv_istarts(align, "center") ? ALIGN_CENTER
					     : ALIGN_LEFT;
}

// How many columns the row takes, spans from above included.
static uint32_t
width_of_row(struct grid *g, node_id row, bool advance)
{
	const struct tree *t = g->w->t;
	uint32_t c = 0;

	for (node_id i = tree_first_child(t, row); i != NODE_NONE; i = t->nodes[i].next) {
		uint32_t wide, high;

		if (!tree_is_cell(t, i) || is_gone(g->w, i))
			continue;
		while (c < MAX_COLUMNS && g->spans[c] > 0)
			c++;
		wide = span_of(t, i, "colspan", MAX_COLUMNS);
		high = span_of(t, i, "rowspan", MAX_ROWS);
		for (; wide > 0 && c < MAX_COLUMNS; wide--, c++) {
			g->spans[c] = advance ? high : g->spans[c];
			if (g->measured == 1) // of what is below the head
				g->align[c] = align_of(t, i);
		}
	}
	while (c < MAX_COLUMNS && g->spans[c] > 0)
		c++;
	return c;
}

static void
end_row(struct grid *g)
{
	for (uint32_t c = 0; c < MAX_COLUMNS; c++)
		g->spans[c] -= g->spans[c] > 0;
}

static void
begin_row(struct grid *g)
{
	buf_ch(&g->lines, '|');
	g->at = 0;
}

static void
add_cell(struct grid *g, struct sv text)
{
	g->filled |= (uint64_t)(text.n > 0) << g->at++;
	buf_ch(&g->lines, ' ');
	buf_sv(&g->lines, text);
	buf_str(&g->lines, text.n > 0 ? " |" : "|");
}

// Of a cell without words or pictures.
static void
write_sign(struct md *w, node_id cell)
{
	struct sv sign = cell_sign(w->t, cell);

	if (sign.n > 0)
		md_text(w, sign);
}

static void
write_cell(struct grid *g, node_id cell)
{
	struct md *w = g->w;

	md_text_reset(w);
	w->cell = true;
	if (md_keeps(w, cell))
		md_walk_inside(w, cell);
	md_end_marks(w);
	if (w->text.n == 0 && md_keeps(w, cell))
		write_sign(w, cell);
	w->cell = w->cell_break = w->space = false;
	w->brs = 0;
	add_cell(g, buf_view(&w->text));
	md_text_reset(w);
}

static void
write_row(struct grid *g, node_id row)
{
	const struct tree *t = g->w->t;
	uint32_t c = 0;

	begin_row(g);
	for (node_id i = tree_first_child(t, row); i != NODE_NONE; i = t->nodes[i].next) {
		uint32_t wide, high;

		if (!tree_is_cell(t, i) || is_gone(g->w, i))
			continue;
		for (; c < g->columns && g->spans[c] > 0; c++)
			add_cell(g, SV(""));
		if (c >= g->columns)
			break;
		wide = span_of(t, i, "colspan", g->columns - c);
		high = span_of(t, i, "rowspan", MAX_ROWS);
		write_cell(g, i);
		for (g->spans[c++] = high; wide > 1; wide--) {
			add_cell(g, SV(""));
			g->spans[c++] = high;
		}
	}
	for (; c < g->columns; c++)
		add_cell(g, SV(""));
	end_row(g);
	buf_ch(&g->lines, '\n');
}

static void
write_rule(struct grid *g)
{
	static const char *const rules[] = {
	    [ALIGN_LEFT] = " --- |", [ALIGN_RIGHT] = " ---: |", [ALIGN_CENTER] = " :---: |"};

	buf_ch(&g->lines, '|');
	for (uint32_t c = 0; c < g->columns; c++)
		buf_str(&g->lines, rules[g->align[c]]);
	buf_ch(&g->lines, '\n');
}

// Rows that begin with their header, and none above them: the table gets an empty header row.
static bool
has_row_headers(const struct grid *g, node_id table)
{
	const struct tree *t = g->w->t;
	uint32_t rows = 0;

	for (node_id i = table + 1; i < t->nodes[table].end && rows < 2; i++) {
		uint32_t cells = 0;

		if (!tree_is(t, i, TAG_tr) || !md_keeps(g->w, i))
			continue;
		if (tree_is(t, t->nodes[i].parent, TAG_thead))
			return false;
		for (node_id k = tree_first_child(t, i); k != NODE_NONE; k = t->nodes[k].next)
			if (tree_is_cell(t, k) && tree_is(t, k, TAG_th) != (cells++ == 0))
				return false;
		rows += cells > 1;
	}
	return rows == 2;
}

static void
write_empty_header(struct grid *g)
{
	begin_row(g);
	for (uint32_t c = 0; c < g->columns; c++)
		add_cell(g, SV(""));
	buf_ch(&g->lines, '\n');
	write_rule(g);
	g->rows = 1;
}

// Rows that only keep others apart.
static bool
is_empty_row(const struct grid *g, size_t from)
{
	for (size_t i = from; i < g->lines.n; i++)
		if (g->lines.p[i] != '|' && g->lines.p[i] != ' ' && g->lines.p[i] != '\n')
			return false;
	return true;
}

static void
each_row(struct grid *g, node_id table, bool measure)
{
	const struct tree *t = g->w->t;
	size_t at;

	memset(g->spans, 0, sizeof(g->spans));
	for (node_id i = table + 1; i < t->nodes[table].end; i++) {
		if (!tree_is(t, i, TAG_tr) || !md_keeps(g->w, i))
			continue;
		if (measure) {
			g->columns = MAX(g->columns, width_of_row(g, i, true));
			end_row(g);
			g->measured++;
			continue;
		}
		at = g->lines.n;
		write_row(g, i);
		if (is_empty_row(g, at))
			g->lines.n = at;
		else if (g->rows++ == 0)
			write_rule(g);
	}
}

// Behind the cell that begins at i; pipes in cells are escaped.
static size_t
cell_end(struct sv lines, size_t i)
{
	while (i < lines.n && (lines.p[i] != '|' || lines.p[i - 1] == '\\'))
		i++;
	return i + 1;
}

// Columns that only keep others apart, or held what is not written.
static void
drop_empty_columns(struct grid *g)
{
	struct sv lines = buf_view(&g->lines);
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < lines.n; i++) { // at a line's first pipe
		buf_ch(&out, lines.p[i++]);
		for (uint32_t c = 0; c < g->columns; c++) {
			size_t from = i;

			i = cell_end(lines, i);
			if (g->filled >> c & 1)
				buf_add(&out, lines.p + from, i - from);
		}
		buf_ch(&out, '\n');
	}
	buf_done(&g->lines);
	g->lines = out;
}

// The caption stands before the table as a paragraph.
static void
write_caption(struct md *w, node_id table)
{
	const struct tree *t = w->t;

	for (node_id i = tree_first_child(t, table); i != NODE_NONE; i = t->nodes[i].next)
		if (tree_is(t, i, TAG_caption) && md_keeps(w, i)) {
			w->heading = 0;
			md_walk_inside(w, i);
			md_flush(w);
		}
}

void
md_table(struct md *w, node_id table)
{
	struct grid g = {.w = w};
	struct sv v;

	md_flush(w);
	write_caption(w, table);
	each_row(&g, table, true);
	if (has_row_headers(&g, table))
		write_empty_header(&g);
	if (g.columns > 0)
		each_row(&g, table, false);
	if (g.filled != 0 && g.columns > 0 && g.filled != UINT64_MAX >> (64 - g.columns))
		drop_empty_columns(&g);
	w->out->overflow |= g.lines.overflow;
	v = buf_view(&g.lines);
	if (v.n > 0)
		md_block(w, (struct sv){v.p, v.n - 1});
	buf_done(&g.lines);
}
