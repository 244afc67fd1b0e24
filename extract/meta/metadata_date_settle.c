// SPDX-License-Identifier: Apache-2.0
// What the dates that are seen tell of each other: the order of day and month, a block's date that
// is of a change, lists of comments and other pages.
#include "extract/meta/metadata_date_priv.h"

#define LINE_ABOVE   12 // nodes before the heading
#define THREAD_BELOW 30 // nodes behind it, in which a thread begins
#define LIST_OTHERS  1  // dates besides one that make it one of a list
#define COST_OWN     24 // at most, of a date that a list is compared with
#define COST_LISTED  20

static struct date
swapped(struct date d)
{
	int day = d.day;

	d.day = d.month;
	d.month = day;
	return d;
}

// 3/4/2024 was read by the page's language. Other dates of the page may tell better: 31/1/2024 has
// the day first, and so has 3/4/2024 beside "3 April 2024".
static void
settle_order(struct visible_dates *seen, bool month_first)
{
	int swap = 0;

	for (size_t i = 0; i < seen->n; i++) {
		struct date chosen = seen->v[i].date, other = swapped(chosen);

		if (chosen.order != DATE_ORDER_CHOSEN)
			continue;
		for (size_t k = 0; k < seen->n && swap < DATES_VISIBLE_MAX; k++) {
			const struct date *d = &seen->v[k].date;
			bool clear = d->order != DATE_ORDER_CHOSEN;

			swap += clear && date_compare(d, &other) == 0;
			swap -= clear && date_compare(d, &chosen) == 0;
			swap += d->order == (month_first ? DATE_DAY_FIRST : DATE_MONTH_FIRST);
			swap -= d->order == (month_first ? DATE_MONTH_FIRST : DATE_DAY_FIRST);
		}
	}
	for (size_t i = 0; swap > 0 && i < seen->n; i++)
		if (seen->v[i].date.order == DATE_ORDER_CHOSEN)
			seen->v[i].date = swapped(seen->v[i].date);
}

static bool
is_in(const struct tree *t, const struct visible_date *v, const struct visible_date *block)
{
	return v->node > block->node && v->node < t->nodes[block->node].end;
}

// Is the block's date only that of something in it which says it is of a change?
static bool
is_change_within(
    const struct tree *t, const struct visible_dates *seen, const struct visible_date *block)
{
	bool change = false, own = false;

	for (size_t i = 0; i < seen->n && !own; i++) {
		const struct visible_date *v = &seen->v[i];

		if (!is_in(t, v, block) || date_compare(&v->date, &block->date) != 0)
			continue;
		change |= v->modified;
		own = v->label == LABEL_PUBLISHED;
	}
	return change && !own;
}

static void
settle_changes(const struct tree *t, struct visible_dates *seen)
{
	for (size_t i = 0; i < seen->n; i++)
		if (!seen->v[i].modified && is_change_within(t, seen, &seen->v[i])) {
			seen->v[i].modified = true;
			seen->v[i].cost += COST_CHANGE;
		}
}

// Is it one of several dates in like elements, all of which stand between the nodes?
static bool
is_of_list(
    const struct visible_dates *seen, const struct visible_date *v, node_id from, node_id end)
{
	size_t others = 0;

	for (size_t i = 0; i < seen->n; i++) {
		if (seen->v[i].shape != v->shape)
			continue;
		if (seen->v[i].node <= from || seen->v[i].node >= end)
			return false;
		others += date_compare(&seen->v[i].date, &v->date) != 0;
	}
	return others >= LIST_OTHERS;
}

// The first date that may be the text's own: behind the heading or in the line above it.
static const struct visible_date *
own_date(const struct visible_dates *seen, node_id heading)
{
	const struct visible_date *own = NULL;

	for (size_t i = 0; i < seen->n; i++) {
		const struct visible_date *v = &seen->v[i];

		if (v->node + LINE_ABOVE > heading &&
		    v->cost <= COST_OWN + (v->modified ? COST_CHANGE : 0) &&
		    (!own || v->node < own->node) &&
		    (v->node > heading || !is_of_list(seen, v, 0, heading)))
			own = v;
	}
	return own;
}

// Lists of other pages above the heading, and those of comments and other pages behind the text's
// own day, hold other dates.
static void
settle_lists(const struct tree *t, struct visible_dates *seen, node_id heading)
{
	const struct visible_date *own = heading == NODE_NONE ? NULL : own_date(seen, heading);
	node_id end = own ? MAX(own->node, t->nodes[own->node].end - 1) : 0;

	if (end < heading) // a thread's first post is below it
		end = heading + THREAD_BELOW;
	for (size_t i = 0; own && i < seen->n; i++) {
		struct visible_date *v = &seen->v[i];

		if (v->shape != own->shape &&
		    (v->node < heading ? is_of_list(seen, v, 0, heading)
				       : v->node > end && is_of_list(seen, v, end, t->n)))
			v->cost += COST_LISTED;
	}
}

void
dates_settle(const struct meta_scan *m, bool month_first)
{
	settle_order(m->seen, month_first);
	settle_changes(m->p->t, m->seen);
	settle_lists(m->p->t, m->seen, m->heading);
}
