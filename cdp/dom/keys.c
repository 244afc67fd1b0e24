// SPDX-License-Identifier: Apache-2.0
// The keys of a US keyboard by name (UI Events KeyboardEvent key and code values). Pure.
#include "cdp/keys.h"

#include <stdio.h>

struct named {
	const char *key;
	int vk;
	const char *text;
	const char *code; // NULL: as key
};

static const struct named named_keys[] = {
    {"Enter", 13, "\r", NULL},
    {"Tab", 9, "", NULL},
    {"Escape", 27, "", NULL},
    {"Backspace", 8, "", NULL},
    {"Delete", 46, "", NULL},
    {"Insert", 45, "", NULL},
    {"Space", 32, " ", NULL},
    {"ArrowLeft", 37, "", NULL},
    {"ArrowUp", 38, "", NULL},
    {"ArrowRight", 39, "", NULL},
    {"ArrowDown", 40, "", NULL},
    {"Home", 36, "", NULL},
    {"End", 35, "", NULL},
    {"PageUp", 33, "", NULL},
    {"PageDown", 34, "", NULL},
    {"Control", 17, "", "ControlLeft"},
    {"Shift", 16, "", "ShiftLeft"},
    {"Alt", 18, "", "AltLeft"},
    {"Meta", 91, "", "MetaLeft"},
    {"CapsLock", 20, "", NULL},
    {"ContextMenu", 93, "", NULL},
    {"F1", 112, "", NULL},
    {"F2", 113, "", NULL},
    {"F3", 114, "", NULL},
    {"F4", 115, "", NULL},
    {"F5", 116, "", NULL},
    {"F6", 117, "", NULL},
    {"F7", 118, "", NULL},
    {"F8", 119, "", NULL},
    {"F9", 120, "", NULL},
    {"F10", 121, "", NULL},
    {"F11", 122, "", NULL},
    {"F12", 123, "", NULL},
};

// Each mark key: what it types alone and with Shift.
struct mark {
	char plain, shifted;
	const char *code;
	int vk;
};

static const struct mark marks[] = {
    {'`', '~', "Backquote", 192},
    {'-', '_', "Minus", 189},
    {'=', '+', "Equal", 187},
    {'[', '{', "BracketLeft", 219},
    {']', '}', "BracketRight", 221},
    {'\\', '|', "Backslash", 220},
    {';', ':', "Semicolon", 186},
    {'\'', '"', "Quote", 222},
    {',', '<', "Comma", 188},
    {'.', '>', "Period", 190},
    {'/', '?', "Slash", 191},
    {'1', '!', "Digit1", '1'},
    {'2', '@', "Digit2", '2'},
    {'3', '#', "Digit3", '3'},
    {'4', '$', "Digit4", '4'},
    {'5', '%', "Digit5", '5'},
    {'6', '^', "Digit6", '6'},
    {'7', '&', "Digit7", '7'},
    {'8', '*', "Digit8", '8'},
    {'9', '(', "Digit9", '9'},
    {'0', ')', "Digit0", '0'},
    {' ', ' ', "Space", 32},
};

static void
fill(struct key_def *out, const char *key, const char *code, int vk, const char *text, bool shift)
{
	*out = (struct key_def){.vk = vk, .shift = shift};
	snprintf(out->key, sizeof(out->key), "%s", key);
	snprintf(out->code, sizeof(out->code), "%s", code);
	snprintf(out->text, sizeof(out->text), "%s", text);
}

static bool
by_char(char c, struct key_def *out)
{
	char text[2] = {c, '\0'}, code[8];

	if (sv_is_alpha(c)) {
		snprintf(code, sizeof(code), "Key%c", c & ~0x20);
		fill(out, text, code, c & ~0x20, text, c <= 'Z');
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		if (marks[i].plain != c && marks[i].shifted != c)
			continue;
		fill(out, text, marks[i].code, marks[i].vk, text, marks[i].plain != c);
		return true;
	}
	return false;
}

bool
key_lookup(struct sv name, struct key_def *out)
{
	if (name.n == 1)
		return by_char(name.p[0], out);
	for (size_t i = 0; i < ARRAY_LEN(named_keys); i++) {
		const struct named *k = &named_keys[i];

		if (!sv_eq_str(name, k->key))
			continue;
		fill(out, strcmp(k->key, "Space") ? k->key : " ", k->code ? k->code : k->key, k->vk,
		    k->text, false);
		return true;
	}
	return false;
}

static const struct {
	const char *name;
	int bit;
} modifiers[] = {
    {"Control", KEY_CONTROL},
    {"Ctrl", KEY_CONTROL},
    {"Shift", KEY_SHIFT},
    {"Alt", KEY_ALT},
    {"Meta", KEY_META},
};

static int
modifier_bit(struct sv name)
{
	for (size_t i = 0; i < ARRAY_LEN(modifiers); i++)
		if (sv_eq_str(name, modifiers[i].name))
			return modifiers[i].bit;
	return 0;
}

void
key_modifier(int bit, struct key_def *out)
{
	*out = (struct key_def){0};
	for (size_t i = 0; i < ARRAY_LEN(modifiers); i++)
		if (modifiers[i].bit == bit && key_lookup(sv_from(modifiers[i].name), out))
			return;
}

bool
key_parse(const char *keys, int *bits, struct key_def *out)
{
	struct sv rest = sv_from(keys);

	*bits = 0;
	while (rest.n) {
		// A '+' that ends the text is the key itself ("Control++").
		const char *plus = rest.n > 1 ? memchr(rest.p + 1, '+', rest.n - 1) : NULL;
		struct sv part = {rest.p, plus ? (size_t)(plus - rest.p) : rest.n};
		int bit = modifier_bit(part);

		if (!plus)
			return key_lookup(part, out);
		if (!bit)
			return false;
		*bits |= bit;
		rest.p = plus + 1;
		rest.n -= part.n + 1;
	}
	return false;
}
