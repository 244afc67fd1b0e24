// SPDX-License-Identifier: Apache-2.0
// Keys by name as Input.dispatchKeyEvent wants them: UI Events `key` and `code` values of a US
// keyboard, Windows virtual key codes.
#ifndef CDP_KEYS_H
#define CDP_KEYS_H

#include "base/buf.h"

enum { KEY_ALT = 1, KEY_CONTROL = 2, KEY_META = 4, KEY_SHIFT = 8 }; // CDP's modifier bits

struct key_def {
	char key[24];  // "Enter", "a"
	char code[24]; // "Enter", "KeyA"
	int vk;        // windowsVirtualKeyCode
	char text[8];  // what it types, empty for none
	bool shift;    // needs Shift on a US keyboard
};

// A named key or a single character of the US layout; false when there is no such key.
bool key_lookup(struct sv name, struct key_def *out);
// "Control+Shift+A": the modifiers and the last key. False when a part is unknown.
bool key_parse(const char *keys, int *modifiers, struct key_def *out);
// The key of a modifier bit ("Control").
void key_modifier(int bit, struct key_def *out);

#endif
