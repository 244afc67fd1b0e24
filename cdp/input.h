// SPDX-License-Identifier: Apache-2.0
// Real input events (Input.dispatch*), trusted by the page. Job threads only.
#ifndef CDP_INPUT_H
#define CDP_INPUT_H

#include "cdp/page.h"

enum cdp_button { BUTTON_LEFT, BUTTON_RIGHT, BUTTON_MIDDLE };
extern const char *const cdp_button_names[];

// x, y: CSS pixels from the viewport's upper left corner.
int cdp_input_move(
    struct cdp_page *p, double x, double y, struct deadline dl, struct err *err) MUST_CHECK;
// Moves there first; `count` 2 is a double click.
int cdp_input_click(struct cdp_page *p, double x, double y, enum cdp_button b, int count,
    struct deadline dl, struct err *err) MUST_CHECK;
// The wheel at a point: real scrolling of whatever is under it.
int cdp_input_wheel(struct cdp_page *p, double x, double y, double dx, double dy,
    struct deadline dl, struct err *err) MUST_CHECK;
// Key events per character (keyDown/char/keyUp; Input.insertText for what no key makes), delay_ms
// between.
int cdp_input_type(struct cdp_page *p, const char *text, int64_t delay_ms, struct deadline dl,
    struct err *err) MUST_CHECK;
// "Enter", "Control+A", "Shift+ArrowLeft", "a". ERR_INVALID_REQUEST names an unknown key.
int cdp_input_press(
    struct cdp_page *p, const char *keys, struct deadline dl, struct err *err) MUST_CHECK;
bool cdp_input_key_known(const char *keys);

#endif
