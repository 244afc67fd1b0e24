rt => {
	// What no parser knows of a document's elements: is each one shown, where is its box, how large its type, what stands in its form controls.
	// A record per element in the order in which html.js writes them, so that the text itself needs no marks and the page is not touched.
	// The format is that of extract/facts.h.
	const d = rt.dom;
	const getter = (proto, name) => Function.prototype.call.bind(Object.getOwnPropertyDescriptor(proto, name).get);
	d.contains = Function.prototype.call.bind(Node.prototype.contains);
	d.offsetParent = getter(HTMLElement.prototype, 'offsetParent');
	d.sheet = getter(HTMLLinkElement.prototype, 'sheet');
	for (const [name, proto, property] of [['selected', HTMLOptionElement, 'selected'], ['defaultSelected', HTMLOptionElement, 'defaultSelected'],
		['areaValue', HTMLTextAreaElement, 'value'], ['areaDefault', HTMLTextAreaElement, 'defaultValue'], ['inputType', HTMLInputElement, 'type'],
		['inputValue', HTMLInputElement, 'value'], ['inputDefault', HTMLInputElement, 'defaultValue'], ['checked', HTMLInputElement, 'checked'],
		['defaultChecked', HTMLInputElement, 'defaultChecked']])
		d[name] = getter(proto.prototype, property);
	const ELEMENTS_MAX = 30000, VALUES_MAX = 500, VALUES_CHARS = 200000;
	const NO_BOX = 1, UNSEEN = 2, CLEAR = 4, FIXED = 8, FRAME = 16, BOX = 32;
	const digits = Uint8Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', c => c.charCodeAt(0));
	const INLINE = 64, SILENT = 128, CONTROL = 256; // beside the digit of the name
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

	// --- the record's digits ---
	const room = out => {
		if (out.bytes.length - out.at < 32) {
			const more = new Uint8Array(out.bytes.length * 2);
			more.set(out.bytes);
			out.bytes = more;
		}
	};
	const put = (out, v) => { out.bytes[out.at++] = digits[v]; };
	const put3 = (out, v) => {
		v = v < 0 ? 0 : v > 262143 ? 262143 : v;
		put(out, v >> 12);
		put(out, v >> 6 & 63);
		put(out, v & 63);
	};
	const putBox = (out, x, y, width, height, font) => {
		put3(out, Math.round(x) + 65536);
		put3(out, Math.round(y) + 65536);
		put3(out, Math.round(width));
		put3(out, Math.round(height));
		put(out, Math.min(63, Math.round(font) || 0));
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
	const shown = {visibilityProperty: true, opacityProperty: true};
	// The state of an element that is not plainly shown. A closed <details> and the like (content-visibility) count as shown: a click opens them.
	const whyNot = (el, out) => {
		const style = getComputedStyle(el);
		if (!d.checkVisibility(el)) {
			if (style.display === 'none' || style.display === '') {
				out.none = el;
				return NO_BOX;
			}
			return style.visibility === 'visible' ? 0 : UNSEEN;
		}
		return style.visibility === 'visible' ? CLEAR : UNSEEN;
	};
	const isHiddenBox = (el, box) => box.width <= 1 && box.height <= 1 && !/^visible/.test(getComputedStyle(el).overflow);
	const isFixed = (el, name) => {
		try {
			return name !== 'body' && name !== 'html' && d.offsetParent(el) === null;
		} catch { // SVG and MathML have no such thing
			return false;
		}
	};
	const record = (el, out) => {
		const name = d.localName(el), tag = tagOf(name);
		room(out);
		put(out, tag & 63);
		if (tag & CONTROL)
			try {
				readControl(el, name, out);
			} catch { /* of that name in SVG */ }
		out.n++;
		if (out.none) {
			if (d.contains(out.none, el))
				return put(out, NO_BOX);
			out.none = null;
		}
		if (out.hidden)
			return put(out, NO_BOX);
		if (tag & SILENT)
			return put(out, 0);
		let state = d.checkVisibility(el, shown) ? 0 : whyNot(el, out);
		if (state & (NO_BOX | UNSEEN))
			return put(out, state);
		const box = d.getBoundingClientRect(el);
		if (box.width <= 1 && box.height <= 1) {
			if (!isHiddenBox(el, box))
				return put(out, state);
			out.none = el; // clipped to nothing, with all that is in it
			return put(out, NO_BOX);
		}
		const first = d.firstChild(el);
		if (tag & INLINE && (!first || d.nodeType(first) !== Node.TEXT_NODE))
			return put(out, state);
		if (!(tag & INLINE) && isFixed(el, name))
			state |= FIXED;
		put(out, state | BOX);
		putBox(out, box.x + out.x, box.y + out.y, box.width, box.height, parseFloat(getComputedStyle(el).fontSize));
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
		const more = new Uint8Array((out.at + told.elements.length) * 2 + 64);
		more.set(out.bytes.subarray(0, out.at));
		for (let i = 0; i < told.elements.length; i++)
			more[out.at++] = told.elements.charCodeAt(i);
		out.bytes = more;
		for (const v of told.values)
			if (out.values.length < VALUES_MAX)
				out.values.push([out.n + v[0], v[1], v[2]]);
		out.n += told.n;
	};
	// The frame's document begins: where, in the document around it.
	const frame = (el, told, out, job) => {
		const box = d.getBoundingClientRect(el), {x, y, hidden} = out;
		room(out);
		put(out, tagOf('div') & 63);
		put(out, FRAME | BOX | (hidden || out.none ? NO_BOX : 0));
		putBox(out, box.x + x + d.clientLeft(el), box.y + y + d.clientTop(el), box.width, box.height, 0);
		out.n++;
		if (told.doc) {
			out.hidden = hidden || !!out.none || box.width <= 1 || box.height <= 1;
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
	const sheets = () => {
		let loaded = d.querySelectorAll(document, 'style').length, failed = 0;
		for (const link of d.querySelectorAll(document, 'link[rel~=stylesheet i]'))
			if (d.sheet(link))
				loaded++;
			else
				failed++;
		return [loaded, failed];
	};
	const decoder = new TextDecoder('latin1');
	// job: what html.js wrote, and how. Null when the page nests deeper than the stack.
	rt.facts = job => {
		const out = {bytes: new Uint8Array(1 << 15), at: 0, n: 0, x: 0, y: 0, none: null, hidden: false, values: [], chars: 0};
		try {
			const top = d.documentElement(document);
			scrolled(out, document);
			walk(document, out, job);
			return {elements: decoder.decode(out.bytes.subarray(0, out.at)), n: out.n, values: out.values, sheets: sheets(),
				viewport: [innerWidth, innerHeight, d.scrollWidth(top), d.scrollHeight(top)].map(v => Math.min(Math.round(v), 1e7))};
		} catch {
			return null;
		}
	};
}
