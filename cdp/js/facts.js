rt => {
	// What no parser knows of a document's elements: is each one shown, where is its box, how large its type, what stands in its form controls.
	// A record per element in the order in which html.js writes them, so that the text itself needs no marks and the page is not touched.
	// The format is that of extract/facts.h.
	const d = rt.dom;
	const getter = (proto, name) => Function.prototype.call.bind(Object.getOwnPropertyDescriptor(proto, name).get);
	d.contains = Function.prototype.call.bind(Node.prototype.contains);
	d.offsetParent = getter(HTMLElement.prototype, 'offsetParent');
	for (const [name, proto, property] of [['selected', HTMLOptionElement, 'selected'], ['defaultSelected', HTMLOptionElement, 'defaultSelected'],
		['areaValue', HTMLTextAreaElement, 'value'], ['areaDefault', HTMLTextAreaElement, 'defaultValue'], ['inputType', HTMLInputElement, 'type'],
		['inputValue', HTMLInputElement, 'value'], ['inputDefault', HTMLInputElement, 'defaultValue'], ['checked', HTMLInputElement, 'checked'],
		['defaultChecked', HTMLInputElement, 'defaultChecked']])
		d[name] = getter(proto.prototype, property);
	const ELEMENTS_MAX = 30000, VALUES_MAX = 500, VALUES_CHARS = 200000;
	const NO_BOX = 1, UNSEEN = 2, CLEAR = 4, UP = 8, FRAME = 16, BOX = 32, FONT = 64; // beside the name's six bits
	const INLINE = 64, SILENT = 128, CONTROL = 256; // beside the hash of the name
	const kinds = new Map();
	for (const name of ('a abbr acronym b bdi bdo big cite code data del dfn em font i img input ins kbd label mark nobr output q rb rp rt ruby s samp small ' +
		'span strike strong sub sup textarea time tt u var').split(' '))
		kinds.set(name, INLINE);
	for (const name of ('area base bgsound br circle clippath col colgroup defs ellipse g head lineargradient line link mask meta noscript optgroup option ' +
		'param path polygon polyline radialgradient rect script source stop style template title track use wbr').split(' '))
		kinds.set(name, SILENT);
	const tags = new Map();
	const tagOf = name => {
		let tag = tags.get(name);
		if (tag === undefined) {
			const lower = name.toLowerCase();
			tag = 0;
			for (let i = 0; i < lower.length; i++)
				tag = (tag * 31 + lower.charCodeAt(i)) & 0xffff;
			tag = tag % 61 | (kinds.get(lower) || 0) | (/^(input|textarea|option)$/.test(lower) ? CONTROL : 0);
			if (tags.size < 1000)
				tags.set(name, tag);
		}
		return tag;
	};

	// --- the record's words ---
	const room = (out, words) => {
		if (out.words.length - out.at < words) {
			const more = new Uint16Array((out.at + words) * 2);
			more.set(out.words.subarray(0, out.at));
			out.words = more;
		}
	};
	const put = (out, tag, state) => { out.words[out.at++] = tag & 63 | state << 6; };
	const clamp = (v, most) => v < 0 ? 0 : v > most ? most : v;
	const putBox = (out, x, y, width, height) => {
		const w = out.words, down = clamp(y + 65536, 0x7fffffff), at = out.at;
		w[at] = clamp(x + 16384, 65535);
		w[at + 1] = clamp(width, 65535);
		w[at + 2] = down & 65535;
		w[at + 3] = down >> 16;
		w[at + 4] = clamp(height, 65535);
		out.at += 5;
	};

	// --- form controls ---
	const value = (out, kind, text) => {
		if (out.values.length < VALUES_MAX && out.chars + text.length <= VALUES_CHARS) {
			out.values.push([out.n, kind, text]);
			out.chars += text.length;
		}
	};
	// What was typed, chosen and ticked since; no secrets.
	const readControl = (el, name, out) => {
		if (name === 'option') {
			if (d.selected(el) !== d.defaultSelected(el))
				value(out, d.selected(el) ? 'selected' : 'unselected', '');
		} else if (name === 'textarea') {
			if (d.areaValue(el) !== d.areaDefault(el))
				value(out, 'text', d.areaValue(el));
		} else {
			const type = d.inputType(el);
			if (type === 'checkbox' || type === 'radio') {
				if (d.checked(el) !== d.defaultChecked(el))
					value(out, d.checked(el) ? 'checked' : 'unchecked', '');
			} else if (type !== 'password' && type !== 'file' && d.inputValue(el) !== d.inputDefault(el))
				value(out, 'value', d.inputValue(el));
		}
	};

	// --- one element ---
	// Every question that needs layout costs a microsecond: only elements with text of their own are asked whether they are shown, only boxes
	// around text where they are, and nothing of what lies in an element that is known not to be shown.
	const shown = {visibilityProperty: true, opacityProperty: true};
	// Does the element begin with text of its own (2), with an inline element (1)? What holds only other boxes tells no more than they do.
	const leads = el => {
		for (let n = d.firstChild(el), i = 0; n && i < 4; n = d.nextSibling(n), i++) {
			const type = d.nodeType(n);
			if (type === Node.TEXT_NODE && /\S/.test(n.data))
				return 2;
			if (type === Node.ELEMENT_NODE)
				return tagOf(d.localName(n)) & INLINE ? 1 : 0;
		}
		return 0;
	};
	// The outermost element that keeps this one from having a box, `levels` above it. A closed <details> and the like (content-visibility)
	// don't: a click opens them.
	const skipFrom = (el, out) => {
		let levels = 0, top = el;
		out.skip = null;
		for (let n = el; n && d.nodeType(n) === Node.ELEMENT_NODE && !d.checkVisibility(n); n = d.parentNode(n), levels++) {
			const display = getComputedStyle(n).display;
			top = n;
			if (display === 'none' || display === '') // '': outside of the flat tree
				out.skip = {el: n, state: NO_BOX, levels};
			if (d.isShadowRoot(d.parentNode(n)))
				n = d.parentNode(n);
		}
		out.skip ||= {el: top, state: 0, levels: 0};
	};
	const putUnseen = (el, tag, out) => {
		if (d.checkVisibility(el))
			return put(out, tag, UNSEEN);
		skipFrom(el, out);
		if (!out.skip.levels)
			return put(out, tag, out.skip.state);
		put(out, tag, NO_BOX | UP);
		out.words[out.at++] = clamp(out.skip.levels, 1000);
	};
	const isClipped = (el, box, style) => box.width <= 1 && box.height <= 1 && !/^visible/.test((style || getComputedStyle(el)).overflow);
	// The element that clips this one, too narrow for text, to nothing: itself or one near above.
	const clips = (el, box, style) => {
		if (isClipped(el, box, style))
			return {el, levels: 0};
		for (let n = d.parentNode(el), levels = 1; levels < 4 && n && d.nodeType(n) === Node.ELEMENT_NODE; n = d.parentNode(n), levels++)
			if (isClipped(n, d.getBoundingClientRect(n)))
				return {el: n, levels};
		return null;
	};
	const putClipped = (clip, tag, out) => {
		out.skip = {el: clip.el, state: NO_BOX};
		put(out, tag, NO_BOX | (clip.levels ? UP : 0));
		if (clip.levels)
			out.words[out.at++] = clip.levels;
	};
	const measure = (el, tag, lead, state, out) => {
		const style = lead === 2 ? getComputedStyle(el) : null;
		if (tag & INLINE) {
			if (style.position === 'absolute' && isClipped(el, d.getBoundingClientRect(el), style))
				return putClipped({el, levels: 0}, tag, out);
			put(out, tag, state | FONT);
		} else {
			const box = d.getBoundingClientRect(el);
			const clip = lead === 2 && (box.width <= 1 || box.height <= 1) ? clips(el, box, style) : null;
			if (clip)
				return putClipped(clip, tag, out);
			if (box.width <= 1 && box.height <= 1)
				return put(out, tag, state);
			put(out, tag, state | BOX | (style ? FONT : 0));
			putBox(out, box.x + out.x, box.y + out.y, box.width, box.height);
		}
		if (style)
			out.words[out.at++] = parseFloat(style.fontSize);
	};
	const record = (el, out) => {
		const name = d.localName(el), tag = tagOf(name);
		room(out, 16);
		if (tag & CONTROL)
			try {
				readControl(el, name, out);
			} catch { /* of that name in SVG */ }
		out.n++;
		if (out.skip) {
			if (d.contains(out.skip.el, el))
				return put(out, tag, out.skip.state);
			out.skip = null;
		}
		if (out.hidden || tag & SILENT)
			return put(out, tag, out.hidden ? NO_BOX : 0);
		const lead = leads(el);
		if (!lead || (tag & INLINE && lead === 1))
			return put(out, tag, 0);
		let state = 0;
		if (lead === 2 && !d.checkVisibility(el, shown)) {
			if (!d.checkVisibility(el) || getComputedStyle(el).visibility !== 'visible')
				if (getComputedStyle(el).display !== 'contents')
					return putUnseen(el, tag, out);
			state = CLEAR;
		}
		measure(el, tag, lead, state, out);
	};

	// --- the document ---
	const scrolled = (out, doc) => {
		const view = d.defaultView(doc);
		out.x = view ? view.scrollX : 0;
		out.y = view ? view.scrollY : 0;
	};
	const append = (out, told) => {
		if (!told || typeof told.elements !== 'string' || out.n + told.n > ELEMENTS_MAX)
			return;
		const bytes = Uint8Array.fromBase64(told.elements), words = new Uint16Array(bytes.buffer, 0, bytes.length >> 1);
		room(out, words.length + 16);
		out.words.set(words, out.at);
		out.at += words.length;
		for (const v of told.values)
			if (out.values.length < VALUES_MAX)
				out.values.push([out.n + v[0], v[1], v[2]]);
		out.n += told.n;
	};
	// The frame's document begins: where, in the document around it.
	const frame = (el, told, out, job) => {
		const box = d.getBoundingClientRect(el), {x, y, hidden} = out;
		if (out.n >= ELEMENTS_MAX)
			return;
		room(out, 16);
		put(out, tagOf('div'), FRAME | BOX | (hidden || out.skip?.state ? NO_BOX : 0));
		putBox(out, box.x + x + d.clientLeft(el), box.y + y + d.clientTop(el), box.width, box.height);
		out.n++;
		if (told.doc) {
			out.hidden = hidden || !!out.skip?.state || box.width <= 1 || box.height <= 1;
			scrolled(out, told.doc);
			walk(told.doc, out, job);
			Object.assign(out, {x, y, hidden});
		} else
			append(out, told.facts);
	};
	const walk = (root, out, job) => {
		const all = d.querySelectorAll(root, '*'), deep = job.path.size > 0 || job.options.shadowRoots?.length > 0;
		for (let i = 0; i < all.length && out.n < ELEMENTS_MAX; i++) {
			const el = all[i];
			record(el, out);
			if (!deep)
				continue;
			const shadow = rt.rootOf(el), told = job.inlined.get(el);
			if (shadow)
				walk(shadow, out, job);
			if (told)
				frame(el, told, out, job);
		}
	};
	// job: what html.js wrote, and how. Null when the page nests deeper than the stack.
	rt.facts = job => {
		const out = {words: new Uint16Array(1 << 14), at: 0, n: 0, x: 0, y: 0, skip: null, hidden: false, values: [], chars: 0};
		try {
			const top = d.documentElement(document);
			scrolled(out, document);
			walk(document, out, job);
			return {elements: new Uint8Array(out.words.buffer, 0, out.at * 2).toBase64(), n: out.n, values: out.values,
				viewport: [innerWidth, innerHeight, d.scrollWidth(top), d.scrollHeight(top)].map(v => Math.min(Math.round(v), 1e7))};
		} catch {
			return null;
		}
	};
}
