rt => {
	// What no parser knows of a document's elements: is each one shown, where is its box, how large its type, what stands in its form controls.
	// A record per element with text of its own, in the order in which html.js writes them: the text needs no marks, the page is not touched.
	// The format is that of extract/facts.h.
	const d = rt.dom;
	const getter = (proto, name) => Function.prototype.call.bind(Object.getOwnPropertyDescriptor(proto, name).get);
	d.contains = Function.prototype.call.bind(Node.prototype.contains);
	for (const [name, proto, property] of [['selected', HTMLOptionElement, 'selected'], ['defaultSelected', HTMLOptionElement, 'defaultSelected'],
		['areaValue', HTMLTextAreaElement, 'value'], ['areaDefault', HTMLTextAreaElement, 'defaultValue'], ['inputType', HTMLInputElement, 'type'],
		['inputValue', HTMLInputElement, 'value'], ['inputDefault', HTMLInputElement, 'defaultValue'], ['checked', HTMLInputElement, 'checked'],
		['defaultChecked', HTMLInputElement, 'defaultChecked']])
		d[name] = getter(proto.prototype, property);
	const ELEMENTS_MAX = 30000, STEPS_MAX = 20000, TIME_MAX = 100, VALUES_MAX = 500, VALUES_CHARS = 200000;
	const NO_BOX = 1, UNSEEN = 2, CLEAR = 4, UP = 8, FRAME = 16, BOX = 32, FONT = 64, SEEN = 128; // beside the name's six bits
	const SILENT = 64, CONTROL = 128; // beside the hash of the name
	const silent = new Set(('script style title noscript template textarea option input iframe noembed noframes').split(' '));
	const tags = new Map();
	const tagOf = name => {
		let tag = tags.get(name);
		if (tag === undefined) {
			const lower = name.toLowerCase();
			tag = 0;
			for (let i = 0; i < lower.length; i++)
				tag = (tag * 31 + lower.charCodeAt(i)) & 0xffff;
			tag = tag % 61 | (silent.has(lower) ? SILENT : 0) | (/^(input|textarea|option)$/.test(lower) ? CONTROL : 0);
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
	const value = (out, n, kind, text) => {
		if (out.values.length < VALUES_MAX && out.chars + text.length <= VALUES_CHARS) {
			out.values.push([n, kind, text]);
			out.chars += text.length;
		}
	};
	// What was typed, chosen and ticked since; no secrets.
	const readControl = (el, name, out) => {
		if (name === 'option') {
			if (d.selected(el) !== d.defaultSelected(el))
				value(out, out.n, d.selected(el) ? 'selected' : 'unselected', '');
		} else if (name === 'textarea') {
			if (d.areaValue(el) !== d.areaDefault(el))
				value(out, out.n, 'text', d.areaValue(el));
		} else {
			const type = d.inputType(el);
			if (type === 'checkbox' || type === 'radio') {
				if (d.checked(el) !== d.defaultChecked(el))
					value(out, out.n, d.checked(el) ? 'checked' : 'unchecked', '');
			} else if (type !== 'password' && type !== 'file' && d.inputValue(el) !== d.inputDefault(el))
				value(out, out.n, 'value', d.inputValue(el));
		}
	};

	// --- one element ---
	// Every question that needs layout costs a microsecond, and every element a wrapper: only those with text of their own are looked at, and
	// nothing of what lies in an element that is known not to be shown.
	const shown = {visibilityProperty: true, opacityProperty: true};
	// The outermost element that keeps this one from having a box, `levels` above it. A closed <details> and the like (content-visibility)
	// don't: a click opens them.
	const skipFrom = (el, out) => {
		let levels = 0, top = el;
		out.skip = null;
		for (let n = el; n && out.steps-- > 0 && d.nodeType(n) === Node.ELEMENT_NODE && !d.checkVisibility(n); n = d.parentNode(n), levels++) {
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
	// The element that clips this one, too narrow for text, to nothing: itself or one near above.
	const clips = el => {
		for (let n = el, levels = 0; levels < 4 && n && d.nodeType(n) === Node.ELEMENT_NODE; n = d.parentNode(n), levels++) {
			const box = d.getBoundingClientRect(n);
			if (box.width <= 1 && box.height <= 1 && !/^visible/.test(getComputedStyle(n).overflow))
				return {el: n, state: NO_BOX, levels};
		}
		return null;
	};
	const putClipped = (tag, out) => {
		put(out, tag, NO_BOX | (out.skip.levels ? UP : 0));
		if (out.skip.levels)
			out.words[out.at++] = out.skip.levels;
	};
	const isNarrow = el => {
		try {
			return d.offsetWidth(el) <= 1;
		} catch { // SVG and MathML have no such thing
			return false;
		}
	};
	const record = (el, out) => {
		const name = d.localName(el), tag = tagOf(name);
		if (tag & SILENT) {
			if (!(tag & CONTROL))
				return;
			try {
				readControl(el, name, out);
			} catch { /* of that name in SVG */ }
		}
		room(out, 16);
		out.n++;
		if (out.skip) {
			if (d.contains(out.skip.el, el))
				return put(out, tag, out.skip.state);
			out.skip = null;
		}
		if (out.hidden || tag & CONTROL)
			return put(out, tag, out.hidden ? NO_BOX : 0);
		let state = 0;
		if (!d.checkVisibility(el, shown)) {
			if (!d.checkVisibility(el) || getComputedStyle(el).visibility !== 'visible')
				if (getComputedStyle(el).display !== 'contents')
					return putUnseen(el, tag, out);
			state = CLEAR;
		}
		if (isNarrow(el) && (out.skip = clips(el)))
			return putClipped(tag, out);
		if (!out.boxes)
			return put(out, tag, state | SEEN);
		const box = d.getBoundingClientRect(el);
		put(out, tag, state | SEEN | BOX | FONT);
		putBox(out, box.x + out.x, box.y + out.y, box.width, box.height);
		out.words[out.at++] = parseFloat(getComputedStyle(el).fontSize);
	};

	// --- the document ---
	const scrolled = (out, doc) => {
		const view = d.defaultView(doc);
		out.x = view ? view.scrollX : 0;
		out.y = view ? view.scrollY : 0;
	};
	const append = (out, told) => {
		if (!told || typeof told.elements !== 'string' || !(told.n >= 0 && out.n + told.n <= ELEMENTS_MAX))
			return;
		const bytes = Uint8Array.fromBase64(told.elements), words = new Uint16Array(bytes.buffer, 0, bytes.length >> 1);
		room(out, words.length + 16);
		out.words.set(words, out.at);
		out.at += words.length;
		for (const v of told.values)
			value(out, out.n + v[0], v[1], v[2]);
		out.n += told.n;
	};
	// The frame's document begins: where, in the document around it.
	const frame = (el, told, out, job) => {
		const box = d.getBoundingClientRect(el), {x, y, hidden} = out;
		if (out.n >= ELEMENTS_MAX)
			return;
		room(out, 16);
		const unseen = hidden || out.skip?.state && d.contains(out.skip.el, el) || !d.checkVisibility(el) || box.width <= 1 || box.height <= 1;
		put(out, tagOf('div'), FRAME | BOX | (unseen ? NO_BOX : 0));
		putBox(out, box.x + x + d.clientLeft(el), box.y + y + d.clientTop(el), box.width, box.height);
		out.n++;
		if (told.doc) {
			out.hidden = unseen;
			scrolled(out, told.doc);
			walk(told.doc, out, job);
			Object.assign(out, {x, y, hidden});
		} else
			append(out, told.facts);
	};
	// The elements with text of their own, and form controls, in document order.
	const controls = is => ['input', 'textarea', 'option'].map(is).join(' or ');
	const told = {
		html: 'descendant-or-self::*[text()[normalize-space()] or ' + controls(name => 'self::' + name) + ']',
		other: 'descendant-or-self::*[text()[normalize-space()] or ' + controls(name => 'local-name()="' + name + '"') + ']', // slower
	};
	const list = (doc, node, into) => {
		const found = d.evaluate(doc, d.contentType(doc) === 'text/html' ? told.html : told.other, node, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
		for (let i = 0; i < found.snapshotLength; i++)
			into.push(found.snapshotItem(i));
	};
	const listRoot = root => {
		const all = [];
		if (d.nodeType(root) === Node.DOCUMENT_NODE)
			list(root, d.documentElement(root), all);
		else
			for (const child of d.childNodes(root))
				if (d.nodeType(child) === Node.ELEMENT_NODE)
					list(d.ownerDocument(root), child, all);
		return all;
	};
	// Deep pages make every question slow: what is not known by then stays so.
	const enough = out => out.n >= ELEMENTS_MAX || (out.n % 64 === 0 && performance.now() > out.until);
	const walk = (root, out, job) => {
		const all = listRoot(root);
		if (job.path.size === 0 && !job.options.shadowRoots?.length) {
			for (let i = 0; i < all.length && !enough(out); i++)
				record(all[i], out);
			return;
		}
		const own = new Set(all);
		for (const el of d.querySelectorAll(root, '*')) {
			if (enough(out))
				return;
			if (own.has(el))
				record(el, out);
			const shadow = rt.rootOf(el), inlined = job.inlined.get(el);
			if (shadow)
				walk(shadow, out, job);
			if (inlined)
				frame(el, inlined, out, job);
		}
	};
	// job: what html.js wrote, and how. `boxes`: also where everything is. Null when the page nests deeper than the stack.
	rt.facts = (job, boxes) => {
		const out = {words: new Uint16Array(1 << 14), at: 0, n: 0, x: 0, y: 0, skip: null, hidden: false, steps: STEPS_MAX, until: performance.now() + TIME_MAX, boxes, values: [], chars: 0};
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
