// SPDX-License-Identifier: Apache-2.0
// What a browser knows of a page's elements beside their HTML: which are not shown, where the boxes
// are and how large the type is. Read by extract/facts.c; pages that no browser rendered have none.
#ifndef EXTRACT_BOXES_H
#define EXTRACT_BOXES_H

#include "extract/html/tree.h"

enum box_state {           // bits
	BOX_NONE = 1,      // display:none, clipped to nothing, or outside of the flat tree
	BOX_UNSEEN = 2,    // visibility:hidden
	BOX_CLEAR = 4,     // opacity 0, its own or an ancestor's
	BOX_UP = 8,        // BOX_NONE because of an ancestor
	BOX_FRAME = 16,    // of a frame, around its document
	BOX_MEASURED = 32, // place and size are known
	BOX_FONT = 64,     // the size of the type is known
	BOX_SEEN = 128,    // the element is shown
};

struct box {
	int32_t x, y; // CSS pixels from the page's upper left corner
	uint32_t width, height;
	uint8_t font; // px, at most 255
	uint8_t state;
};

struct boxes {
	struct box *of;         // per node of the tree
	bool measured;          // there are numbers, not only states
	uint32_t width, height; // of the viewport
	uint32_t page_height;   // with what scrolling shows
};

#endif
