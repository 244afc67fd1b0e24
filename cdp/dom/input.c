// SPDX-License-Identifier: Apache-2.0
// Input.dispatchMouseEvent, dispatchKeyEvent, insertText. Job threads. The events of one gesture
// are sent together and only the last reply is waited for.
#include "cdp/input.h"

#include "cdp/keys.h"
#include "cdp/page/page_inside.h"

const char *const cdp_button_names[] = {"left", "right", "middle", NULL};

// The events of one gesture. One is always held back, so that the last can be a call that is waited
// for: the browser answers in order.
struct gesture {
	struct cdp_page *page;
	const char *method;
	cJSON *params; // the one held back
	int rc;
	struct err *err;
};

static void
send(struct gesture *g, const char *method, cJSON *params)
{
	if (g->rc == 0 && g->params)
		g->rc = cdp_send(g->page->client, g->page->session, g->method, steal_ptr(g->params),
		    NULL, g->err);
	if (g->rc != 0) {
		cJSON_Delete(params);
		return;
	}
	g->method = method;
	g->params = params;
}

static int
finish(struct gesture *g, struct deadline dl)
{
	if (g->rc == 0 && g->params)
		g->rc = cdp_call(g->page->client, g->page->session, g->method, steal_ptr(g->params),
		    dl, NULL, g->err);
	cJSON_Delete(steal_ptr(g->params));
	return g->rc;
}

static cJSON *
mouse(const char *type, double x, double y)
{
	cJSON *o = json_obj();

	json_set_str(o, "type", type);
	json_set_num(o, "x", x);
	json_set_num(o, "y", y);
	return o;
}

static int
begin(struct gesture *g, struct cdp_page *p, struct err *err)
{
	*g = (struct gesture){.page = p, .err = err};
	g->rc = page_ready(p, err);
	return g->rc;
}

int
cdp_input_move(struct cdp_page *p, double x, double y, struct deadline dl, struct err *err)
{
	struct gesture g;

	if (begin(&g, p, err) != 0)
		return g.rc;
	send(&g, "Input.dispatchMouseEvent", mouse("mouseMoved", x, y));
	return finish(&g, dl);
}

static void
press_button(struct gesture *g, const char *type, double x, double y, enum cdp_button b, int count)
{
	static const int masks[] = {[BUTTON_LEFT] = 1, [BUTTON_RIGHT] = 2, [BUTTON_MIDDLE] = 4};
	cJSON *o = mouse(type, x, y);

	json_set_str(o, "button", cdp_button_names[b]);
	json_set_int(o, "buttons", strcmp(type, "mousePressed") == 0 ? masks[b] : 0);
	json_set_int(o, "clickCount", count);
	send(g, "Input.dispatchMouseEvent", o);
}

int
cdp_input_click(struct cdp_page *p, double x, double y, enum cdp_button b, int count,
    struct deadline dl, struct err *err)
{
	struct gesture g;

	if (begin(&g, p, err) != 0)
		return g.rc;
	send(&g, "Input.dispatchMouseEvent", mouse("mouseMoved", x, y));
	for (int i = 1; i <= count; i++) {
		press_button(&g, "mousePressed", x, y, b, i);
		press_button(&g, "mouseReleased", x, y, b, i);
	}
	return finish(&g, dl);
}

int
cdp_input_wheel(struct cdp_page *p, double x, double y, double dx, double dy, struct deadline dl,
    struct err *err)
{
	struct gesture g;
	cJSON *o;

	if (begin(&g, p, err) != 0)
		return g.rc;
	o = mouse("mouseWheel", x, y);
	json_set_num(o, "deltaX", dx);
	json_set_num(o, "deltaY", dy);
	send(&g, "Input.dispatchMouseEvent", o);
	return finish(&g, dl);
}

// An editing command that Chromium maps to the shortcut only on a real keyboard.
static const char *
editing_command(const struct key_def *k, int modifiers)
{
	static const struct {
		int vk;
		const char *name;
	} commands[] = {{'A', "selectAll"}, {'Z', "undo"}, {'Y', "redo"}};

	for (size_t i = 0; modifiers == KEY_CONTROL && i < ARRAY_LEN(commands); i++)
		if (commands[i].vk == k->vk)
			return commands[i].name;
	return NULL;
}

static cJSON *
key_event(const char *type, const struct key_def *k, int modifiers)
{
	cJSON *o = json_obj();

	json_set_str(o, "type", type);
	json_set_int(o, "modifiers", modifiers);
	json_set_str(o, "key", k->key);
	json_set_str(o, "code", k->code);
	json_set_int(o, "windowsVirtualKeyCode", k->vk);
	return o;
}

static void
key_down_up(struct gesture *g, const struct key_def *k, int modifiers)
{
	bool types = k->text[0] && !(modifiers & ~KEY_SHIFT);
	const char *command = editing_command(k, modifiers);
	cJSON *down = key_event(types ? "keyDown" : "rawKeyDown", k, modifiers);

	if (types) {
		json_set_str(down, "text", k->text);
		json_set_str(down, "unmodifiedText", k->text);
	}
	if (command) {
		cJSON *list = json_arr();

		json_push(list, cJSON_CreateString(command));
		json_set(down, "commands", list);
	}
	send(g, "Input.dispatchKeyEvent", down);
	send(g, "Input.dispatchKeyEvent", key_event("keyUp", k, modifiers));
}

bool
cdp_input_key_known(const char *keys)
{
	struct key_def k;
	int modifiers;

	return key_parse(keys, &modifiers, &k);
}

static void
modifier_keys(struct gesture *g, int modifiers, const char *type)
{
	int held = 0;

	for (int bit = KEY_ALT; bit <= KEY_SHIFT; bit <<= 1) {
		struct key_def k;

		if (!(modifiers & bit))
			continue;
		key_modifier(bit, &k);
		held |= bit;
		send(g, "Input.dispatchKeyEvent",
		    key_event(type, &k, strcmp(type, "keyUp") ? held : 0));
	}
}

int
cdp_input_press(struct cdp_page *p, const char *keys, struct deadline dl, struct err *err)
{
	struct gesture g;
	struct key_def k;
	int modifiers;

	if (!key_parse(keys, &modifiers, &k))
		return err_set(err, ERR_INVALID_REQUEST, "unknown key \"%s\"", keys);
	if (begin(&g, p, err) != 0)
		return g.rc;
	if (k.shift)
		modifiers |= modifiers & ~KEY_SHIFT ? 0 : KEY_SHIFT;
	modifier_keys(&g, modifiers, "rawKeyDown");
	key_down_up(&g, &k, modifiers);
	modifier_keys(&g, modifiers, "keyUp");
	return finish(&g, dl);
}

// What no key of the keyboard makes (CJK, emoji, accents) goes in as an input method would put it.
static void
type_one(struct gesture *g, struct sv ch)
{
	struct key_def k;
	cJSON *o;

	if (ch.n == 1 && ch.p[0] == '\n')
		ch = SV("Enter");
	else if (ch.n == 1 && ch.p[0] == '\t')
		ch = SV("Tab");
	if (key_lookup(ch, &k)) {
		key_down_up(g, &k, k.shift ? KEY_SHIFT : 0);
		return;
	}
	o = json_obj();
	json_set_sv(o, "text", ch);
	send(g, "Input.insertText", o);
}

static bool
never(struct cdp_page *p UNUSED, void *arg UNUSED)
{
	return false;
}

static int
pause_between(struct cdp_page *p, int64_t ms, struct deadline dl, struct err *err)
{
	struct err e = ERR_INIT;
	int rc = page_wait_until(p, never, NULL, deadline_step(dl, ms), &e);

	if (rc == ERR_TIMEOUT && !deadline_passed(dl))
		return 0;
	*err = e;
	return rc;
}

#define TYPE_BATCH 64 // characters sent before a reply is waited for

int
cdp_input_type(
    struct cdp_page *p, const char *text, int64_t delay_ms, struct deadline dl, struct err *err)
{
	struct sv rest = sv_from(text);
	struct gesture g;
	unsigned n = 0;

	if (begin(&g, p, err) != 0)
		return g.rc;
	while (rest.n && g.rc == 0) {
		struct sv ch = {rest.p, MAX(utf8_seq(rest.p, rest.n), (size_t)1)};

		type_one(&g, ch);
		rest.p += ch.n;
		rest.n -= ch.n;
		if (g.rc == 0 && (delay_ms || ++n % TYPE_BATCH == 0)) {
			g.rc = finish(&g, dl);
		}
		if (g.rc == 0 && delay_ms && rest.n)
			g.rc = pause_between(p, delay_ms, dl, err);
	}
	return finish(&g, dl);
}
