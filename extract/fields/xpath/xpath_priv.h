// SPDX-License-Identifier: Apache-2.0
// The compiled form of an XPath expression and the values of its parts, between the files that read
// it (parse_priv.h), those that evaluate it (evaluate_priv.h), functions.c and values.c.
#ifndef EXTRACT_XPATH_PRIV_H
#define EXTRACT_XPATH_PRIV_H

#include "extract/fields/xpath/xpath.h"

// --- expressions ---

enum xkind {
	X_OR,
	X_AND,
	X_EQ,
	X_NE,
	X_LT,
	X_LE,
	X_GT,
	X_GE,
	X_ADD,
	X_SUB,
	X_MUL,
	X_DIV,
	X_MOD,
	X_UNION,
	X_NEG,
	X_NUMBER,
	X_STRING,
	X_CALL,
	X_PATH
};
enum xaxis {
	AXIS_CHILD,
	AXIS_DESCENDANT,
	AXIS_DESCENDANT_OR_SELF,
	AXIS_PARENT,
	AXIS_ANCESTOR,
	AXIS_ANCESTOR_OR_SELF,
	AXIS_FOLLOWING_SIBLING,
	AXIS_PRECEDING_SIBLING,
	AXIS_FOLLOWING,
	AXIS_PRECEDING,
	AXIS_ATTRIBUTE,
	AXIS_SELF,
	AXIS_NAMESPACE, // always empty: HTML has none to declare
};
enum xtest {
	TEST_NAME,
	TEST_PREFIX,
	TEST_ANY_NAME,
	TEST_NODE,
	TEST_TEXT,
	TEST_COMMENT,
	TEST_NOTHING
};

struct xexpr;
struct xpred {
	struct xexpr *e;
	bool positional; // its value may depend on position() or last()
	struct xpred *next;
};
struct xstep {
	uint8_t axis, test;
	bool positional; // one of its predicates is
	struct sv name;
	uint32_t name_id; // in the tree at hand
	struct xpred *preds;
	struct xstep *next;
};
struct xfunction;
struct xexpr {
	uint8_t kind; // enum xkind
	bool absolute;
	bool is_number;             // its value is one
	bool asks_position;         // holds position() or last() outside of predicates
	struct xexpr *left, *right; // operands; left: where a path begins, when not with a step
	double number;
	struct sv string;
	const struct xfunction *function;
	struct xexpr *args, *next; // of a call; next: the argument behind
	unsigned n_args;
	struct xpred *preds; // of `left` of a path
	struct xstep *steps;
};
struct xpath {
	struct xexpr *e;
};

// --- values ---

// A node: an element, text, comment or the document as its id, an attribute behind its element;
// their order is the document's.
typedef uint64_t xnode;
#define XNODE_SHIFT 17
static inline xnode
xnode_of(node_id i)
{
	return (xnode)i << XNODE_SHIFT;
}
static inline xnode
xnode_attr(node_id i, uint32_t k)
{
	return xnode_of(i) | (k + 1);
}
static inline node_id
xnode_id(xnode x)
{
	return (node_id)(x >> XNODE_SHIFT);
}
static inline bool
xnode_is_attr(xnode x)
{
	return (x & ((1u << XNODE_SHIFT) - 1)) != 0;
}
static inline uint32_t
xnode_attr_index(xnode x)
{
	return (uint32_t)(x & ((1u << XNODE_SHIFT) - 1)) - 1;
}

struct xset { // ascending, no node twice
	xnode *v;
	size_t n, cap;
};
enum xtype { XV_SET, XV_NUMBER, XV_STRING, XV_BOOL };
struct xvalue {
	enum xtype type;
	struct xset set;
	double number;
	struct sv string;
	bool boolean;
};
struct xcontext {
	xnode node;
	size_t position, size;
};

// One row of the function table.
struct xfunction {
	const char *name;
	unsigned min_args, max_args;
	enum xtype type;
	struct xvalue (*call)(struct xpath_engine *e, const struct xcontext *c,
	    const struct xvalue *args, unsigned n);
	bool asks_position;
	bool wants_set; // the first argument must be one
};
#define XPATH_MAX_ARGS 64
const struct xfunction *xpath_function(struct sv name); // NULL: there is none

// False when the budget is spent; everything then ends as fast as it can, and what it returns is
// of no use.
bool xpath_step(struct xpath_engine *e, uint64_t n);
void *xpath_alloc(struct xpath_engine *e, size_t n); // for the evaluation; not zeroed
bool xset_add(struct xpath_engine *e, struct xset *s, xnode x);

static inline bool
xpath_count_bytes(struct xpath_engine *e, size_t n)
{
	return xpath_step(e, n / 8);
}
static inline bool
xpath_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct sv xpath_copy(struct xpath_engine *e, struct sv v);
struct sv xpath_node_string(struct xpath_engine *e, xnode x);
struct sv xpath_string(struct xpath_engine *e, const struct xvalue *v);
double xpath_number(struct xpath_engine *e, const struct xvalue *v);
bool xpath_bool(const struct xvalue *v);
double xpath_node_number(struct xpath_engine *e, xnode x);
double xpath_number_of(struct sv s); // NaN when it is none; its bytes are not counted
bool xpath_compare(
    struct xpath_engine *e, enum xkind op, const struct xvalue *a, const struct xvalue *b);

static inline struct xvalue
xvalue_number(double n)
{
	return (struct xvalue){.type = XV_NUMBER, .number = n};
}
static inline struct xvalue
xvalue_bool(bool b)
{
	return (struct xvalue){.type = XV_BOOL, .boolean = b};
}
static inline struct xvalue
xvalue_string(struct sv s)
{
	return (struct xvalue){.type = XV_STRING, .string = s};
}

#endif
