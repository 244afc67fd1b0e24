// SPDX-License-Identifier: Apache-2.0
// Data tables as grids of text: headers and rows, colspan and rowspan filled in, layout tables left
// out, and the same as CSV (RFC 4180). Cells and bytes of all tables together are capped, since
// spans multiply them.
#include "extract/content/blocks/cell_sign.h"
#include "extract/parts/parts.h"

#define TABLE_COLS_MAX 1000
#define TABLE_ROWS_MAX 20000
#define CELL_TEXT_MAX  4000

struct row {
	node_id tr;
	node_id section_end; // end of the thead, tbody or tfoot it stands in: rowspans stop there
	bool in_head;
};
struct cell {
	struct sv text;
	bool th, filled;
};
struct grid {
	const struct page *p;
	node_id table;
	struct row *rows;
	size_t n_rows, n_cols;
	struct cell *cells; // n_rows * n_cols
	struct sv caption;
	bool nested, has_th;
	size_t n_cells; // in the markup
};
struct budget {
	size_t cells, bytes;
};

// --- rows and cells of the markup ---

// rowspan=0 reaches to the end of the section.
static size_t
span_of(const struct tree *t, node_id cell, const char *name, size_t max)
{
	struct sv v = page_attr(t, cell, name);
	size_t n = 0;

	if (sv_eq_str(v, "0") && strcmp(name, "rowspan") == 0)
		return max;
	for (size_t i = 0; i < v.n && i < 6 && sv_is_digit(v.p[i]); i++)
		n = n * 10 + (size_t)(v.p[i] - '0');
	return n == 0 ? 1 : MIN(n, max);
}

static void
row_add(struct grid *g, node_id tr)
{
	const struct tree *t = g->p->t;
	node_id parent = t->nodes[tr].parent;
	size_t width = 0;

	if (g->n_rows == TABLE_ROWS_MAX)
		return;
	for (node_id c = tree_first_child(t, tr); c != NODE_NONE; c = t->nodes[c].next)
		if (tree_is_cell(t, c)) {
			width += span_of(t, c, "colspan", TABLE_COLS_MAX);
			g->n_cells++;
			g->has_th |= tree_is(t, c, TAG_th);
		}
	if (width == 0)
		return;
	g->n_cols = MIN(MAX(g->n_cols, width), (size_t)TABLE_COLS_MAX);
	g->rows[g->n_rows++] =
	    (struct row){tr, t->nodes[parent].end, tree_is(t, parent, TAG_thead)};
}

// Stops at a table inside the table: that makes the outer one layout.
static size_t
count_rows(struct grid *g)
{
	const struct tree *t = g->p->t;
	size_t n = 0;

	for (node_id i = g->table + 1; i < t->nodes[g->table].end && !g->nested; i++) {
		n += tree_is(t, i, TAG_tr);
		g->nested = tree_is(t, i, TAG_table);
	}
	return MIN(n, (size_t)TABLE_ROWS_MAX);
}

#define FIGURE_CHILDREN 64 // that are looked at; a figure may hold many tables

// <figure><table>…</table><figcaption>
static struct sv
figure_caption(const struct grid *g)
{
	const struct tree *t = g->p->t;
	node_id figure = t->nodes[g->table].parent, k;

	for (unsigned up = 0; up < 3 && figure != 0 && !tree_is(t, figure, TAG_figure); up++)
		figure = t->nodes[figure].parent;
	if (!tree_is(t, figure, TAG_figure))
		return SV_NULL;
	k = tree_first_child(t, figure);
	for (unsigned n = 0; k != NODE_NONE && n < FIGURE_CHILDREN; n++, k = t->nodes[k].next)
		if (tree_is(t, k, TAG_figcaption))
			return page_text(g->p, k, CELL_TEXT_MAX);
	return SV_NULL;
}

static bool
grid_scan(struct grid *g)
{
	const struct tree *t = g->p->t;
	size_t max = count_rows(g);

	if (g->nested || max == 0)
		return false;
	g->rows = arena_array(g->p->a, max, sizeof(*g->rows));
	for (node_id i = g->table + 1; g->rows && i < t->nodes[g->table].end; i++) {
		if (tree_is(t, i, TAG_tr))
			row_add(g, i);
		else if (tree_is(t, i, TAG_caption) && !g->caption.p)
			g->caption = page_text(g->p, i, CELL_TEXT_MAX);
	}
	if (g->caption.n == 0)
		g->caption = figure_caption(g);
	return g->rows != NULL;
}

// --- is it data? ---

static bool
is_data_table(const struct grid *g)
{
	const struct tree *t = g->p->t;
	struct sv role = page_attr(t, g->table, "role");

	if (sv_ieq_str(role, "presentation") || sv_ieq_str(role, "none"))
		return false;
	if (g->n_rows == 0 || g->n_cells < 2)
		return false;
	if (g->has_th || g->caption.n > 0)
		return true;
	return g->n_rows >= 2 && g->n_cols >= 2;
}

// --- the grid ---

static void
fill(struct grid *g, size_t r, size_t c, struct cell v, size_t rows, size_t cols)
{
	for (size_t y = r; y < r + rows && y < g->n_rows; y++) {
		if (y > r && g->rows[y].section_end != g->rows[r].section_end)
			break;
		for (size_t x = c; x < c + cols && x < g->n_cols; x++)
			if (!g->cells[y * g->n_cols + x].filled)
				g->cells[y * g->n_cols + x] = v;
	}
}

static struct sv
sign_text(const struct page *p, node_id cell)
{
	struct sv sign = cell_sign(p->t, cell);

	return sign.n > 0 ? page_collapse(p, sign) : SV("");
}

static size_t
row_fill(struct grid *g, size_t r, size_t bytes_left)
{
	const struct tree *t = g->p->t;
	size_t x = 0, bytes = 0;

	for (node_id k = tree_first_child(t, g->rows[r].tr); k != NODE_NONE; k = t->nodes[k].next) {
		struct cell v = {.th = tree_is(t, k, TAG_th), .filled = true};
		size_t cols, rows;

		if (!tree_is_cell(t, k))
			continue;
		while (x < g->n_cols && g->cells[r * g->n_cols + x].filled)
			x++;
		if (x == g->n_cols)
			break;
		cols = MIN(span_of(t, k, "colspan", TABLE_COLS_MAX), g->n_cols - x);
		rows = MIN(span_of(t, k, "rowspan", TABLE_ROWS_MAX), g->n_rows - r);
		v.text = page_text(g->p, k, CELL_TEXT_MAX);
		if (v.text.n == 0)
			v.text = sign_text(g->p, k);
		bytes += v.text.n * cols * rows;
		if (bytes > bytes_left)
			return bytes;
		fill(g, r, x, v, rows, cols);
		x += cols;
	}
	return bytes;
}

static bool
grid_fill(struct grid *g, struct budget *b)
{
	size_t cells = g->n_rows * g->n_cols;

	if (cells > b->cells)
		return false;
	b->cells -= cells;
	g->cells = arena_array(g->p->a, cells, sizeof(*g->cells));
	for (size_t r = 0; g->cells && r < g->n_rows; r++) {
		size_t bytes = row_fill(g, r, b->bytes);

		if (bytes > b->bytes)
			return false;
		b->bytes -= bytes;
	}
	return g->cells != NULL;
}

// --- headers ---

static bool
row_all_th(const struct grid *g, size_t r)
{
	for (size_t c = 0; c < g->n_cols; c++)
		if (g->cells[r * g->n_cols + c].filled && !g->cells[r * g->n_cols + c].th)
			return false;
	return true;
}

static size_t
header_rows(const struct grid *g)
{
	size_t n = 0;

	while (n < g->n_rows && g->rows[n].in_head)
		n++;
	if (n == 0)
		while (n + 1 < g->n_rows && row_all_th(g, n))
			n++;
	return n;
}

// Header rows above one another are joined: "2024" over "Q1" is "2024 Q1".
static cJSON *
header_text(const struct grid *g, size_t n_head, size_t col)
{
	cleanup_buf b = BUF_INIT;
	struct sv last = SV_NULL;
	cJSON *s;

	for (size_t r = 0; r < n_head; r++) {
		struct sv v = g->cells[r * g->n_cols + col].text;

		if (v.n == 0 || sv_eq(v, last))
			continue;
		if (b.n > 0)
			buf_ch(&b, ' ');
		buf_sv(&b, v);
		last = v;
	}
	s = cJSON_CreateString(b.p ? b.p : "");
	return s;
}

// --- CSV ---

static void
csv_field(struct buf *b, const char *text, bool first)
{
	bool quoted = strpbrk(text, ",\"\r\n") != NULL || text[0] == ' ';

	if (!first)
		buf_ch(b, ',');
	if (quoted)
		buf_ch(b, '"');
	for (const char *c = text; *c; c++) {
		if (*c == '"')
			buf_ch(b, '"');
		buf_ch(b, *c);
	}
	if (quoted)
		buf_ch(b, '"');
}

static void
csv_row(struct buf *b, const cJSON *cells)
{
	json_foreach (cell, cells)
		csv_field(b, cell->valuestring, cell == cells->child);
	buf_str(b, "\r\n");
}

static cJSON *
csv_of(const cJSON *headers, const cJSON *rows)
{
	cleanup_buf b = BUF_INIT;

	if (headers->child)
		csv_row(&b, headers);
	json_foreach (row, rows)
		csv_row(&b, row);
	return cJSON_CreateString(b.p ? b.p : "");
}

static cJSON *
grid_json(const struct grid *g)
{
	cJSON *o = json_obj(), *headers = json_arr(), *rows = json_arr();
	size_t n_head = header_rows(g);

	for (size_t c = 0; n_head > 0 && c < g->n_cols; c++)
		json_push(headers, header_text(g, n_head, c));
	for (size_t r = n_head; r < g->n_rows; r++) {
		cJSON *row = json_arr();

		for (size_t c = 0; c < g->n_cols; c++) {
			const struct cell *cell = &g->cells[r * g->n_cols + c];

			json_push(row, cJSON_CreateString(cell->filled ? cell->text.p : ""));
		}
		json_push(rows, row);
	}
	json_set_sv(o, "caption", g->caption.n > 0 ? g->caption : SV_NULL);
	json_set(o, "headers", headers);
	json_set(o, "rows", rows);
	json_set(o, "csv", csv_of(headers, rows));
	return o;
}

static bool
has_text(const struct grid *g)
{
	for (size_t i = 0; i < g->n_rows * g->n_cols; i++)
		if (g->cells[i].text.n > 0)
			return true;
	return false;
}

cJSON *
tables_read(struct page *p)
{
	const struct tree *t = p->t;
	struct budget budget = {TABLE_CELLS_MAX, TABLE_BYTES_MAX};
	cJSON *out = json_arr();
	size_t n = 0;

	for (node_id i = tree_first_same(t, TAG_table); i != NODE_NONE; i = tree_next_same(t, i)) {
		struct grid g = {.p = p, .table = i};

		if (!grid_scan(&g) || !is_data_table(&g))
			continue;
		if (n == TABLES_MAX || !grid_fill(&g, &budget)) {
			p->truncated |= 1u << PAGE_CAP_TABLES;
			if (n == TABLES_MAX)
				break;
			continue;
		}
		if (has_text(&g)) {
			json_push(out, grid_json(&g));
			n++;
		}
	}
	return out;
}
