rt => {
	// Finding elements, waiting for them, and where they can be seen. Coordinates are CSS pixels of this session's top document.
	const d = rt.dom;

	// --- selectors: CSS, with >>> into shadow roots and frames ---
	const split = css => {
		const parts = [''];
		let quote = '', depth = 0;
		for (let i = 0; i < css.length; i++) {
			const c = css[i];
			if (c === '\\') {
				parts[parts.length - 1] += c + (css[++i] || '');
				continue;
			}
			if (quote)
				quote = c === quote ? '' : quote;
			else if (c === '"' || c === "'")
				quote = c;
			else if (c === '[' || c === '(')
				depth++;
			else if (c === ']' || c === ')')
				depth--;
			else if (!depth && css.startsWith('>>>', i)) {
				parts.push('');
				i += 2;
				continue;
			}
			parts[parts.length - 1] += c;
		}
		for (const part of parts)
			d.querySelector(new DocumentFragment(), part); // each must parse, also where nothing is left to search
		return parts.map(s => s.trim());
	};
	const inside = el => { // roots that `>>>` enters from an element: its own, then those of its descendants
		const own = rt.rootOf(el) || rt.frameDoc(el);
		return (own ? rt.all(own) : []).concat(rt.below(el).flatMap(r => rt.all(r)));
	};
	const pierce = (parts, max) => {
		let roots = [document], found = [];
		parts.forEach((css, i) => {
			const last = i === parts.length - 1;
			found = [...new Set(roots.flatMap(r => [...d.querySelectorAll(r, css)]))];
			roots = last ? [] : [...new Set(found.flatMap(inside))];
		});
		return found.slice(0, max);
	};
	rt.findAll = (css, max) => {
		const parts = split(css);
		if (parts.length > 1)
			return pierce(parts, max);
		const plain = d.querySelectorAll(document, css);
		if (plain.length)
			return [...plain].slice(0, max);
		return rt.all(document).slice(1).flatMap(r => [...d.querySelectorAll(r, css)]).slice(0, max);
	};
	rt.find = css => {
		const parts = split(css);
		if (parts.length > 1)
			return pierce(parts, 1)[0] || null;
		return d.querySelector(document, css) || rt.findAll(css, 1)[0] || null;
	};

	// --- visibility ---
	const frameOf = el => d.ownerDocument(el) === document ? null : d.frameElement(d.ownerDocument(el));
	const hasBox = el => {
		for (const r of d.getClientRects(el))
			if (r.width > 0 && r.height > 0)
				return true;
		return false;
	};
	rt.visible = el => {
		for (; el; el = frameOf(el))
			if (!d.isConnected(el) || !d.checkVisibility(el, {visibilityProperty: true}) || !hasBox(el))
				return false;
		return true;
	};
	const reached = {
		attached: el => !!el,
		visible: el => !!el && rt.visible(el),
		hidden: el => !el || !rt.visible(el),
		detached: el => !el,
	};

	// --- waiting: mutations in every root; a slow timer for what CSS alone changes, and for roots that come later ---
	rt.wait = (css, state, max) => new Promise((done, fail) => {
		const start = performance.now(), seen = new WeakSet();
		let timer = 0, queued = false;
		const observer = new MutationObserver(() => {
			if (!queued) {
				queued = true;
				setTimeout(check, 10);
			}
		});
		const end = (fn, value) => {
			observer.disconnect();
			clearTimeout(timer);
			fn(value);
		};
		const check = () => {
			queued = false;
			clearTimeout(timer);
			try {
				const el = rt.find(css);
				if (reached[state](el))
					return end(done, {ok: true, el});
			} catch (e) {
				return end(fail, e);
			}
			const left = start + max - performance.now();
			if (left <= 0)
				return end(done, {ok: false});
			for (const root of rt.all(document))
				if (!seen.has(root)) {
					seen.add(root);
					observer.observe(root, {subtree: true, childList: true, attributes: true});
				}
			timer = setTimeout(check, Math.min(left, state === 'attached' || state === 'detached' ? 250 : 60));
		};
		check();
	});

	// --- geometry ---
	const frameOrigin = frame => {
		const r = d.getBoundingClientRect(frame), s = getComputedStyle(frame), w = d.offsetWidth(frame), h = d.offsetHeight(frame);
		const sx = w ? r.width / w : 1, sy = h ? r.height / h : 1;
		return {x: r.left + (d.clientLeft(frame) + parseFloat(s.paddingLeft || 0)) * sx, y: r.top + (d.clientTop(frame) + parseFloat(s.paddingTop || 0)) * sy, sx, sy};
	};
	const toTop = (el, r) => {
		let box = {x: r.left, y: r.top, w: r.width, h: r.height};
		for (let f = frameOf(el); f; f = frameOf(f)) {
			const o = frameOrigin(f);
			box = {x: o.x + box.x * o.sx, y: o.y + box.y * o.sy, w: box.w * o.sx, h: box.h * o.sy};
		}
		return box;
	};
	// Of a frame whose document another session has.
	rt.frameOrigin = frame => {
		const o = frameOrigin(frame), top = toTop(frame, {left: o.x, top: o.y, width: o.sx, height: o.sy});
		return [top.x, top.y, top.w, top.h];
	};
	rt.box = el => {
		const b = toTop(el, d.getBoundingClientRect(el));
		return [b.x, b.y, b.w, b.h];
	};
	// Does `css >>>` lead into this frame, whose document is not to be seen from here? `nested`: this document may itself be what a `>>>` leads into.
	rt.leadsTo = (frame, css, nested) => {
		for (let parts = split(css); parts.length; parts = nested ? parts.slice(1) : [])
			if (pierce(parts, 5000).some(el => holds(el, frame)))
				return true;
		return false;
	};
	// The element that a mouse at this point would hit, through frames and shadow roots.
	const hitAt = (x, y) => {
		let root = document, hit = null;
		for (let i = 0; i < 100; i++) {
			const el = d.elementFromPoint(root, x, y);
			if (!el || el === hit)
				return hit;
			hit = el;
			const doc = rt.frameDoc(el), shadow = rt.rootOf(el);
			if (doc) {
				const o = frameOrigin(el);
				x = (x - o.x) / o.sx;
				y = (y - o.y) / o.sy;
				root = doc;
			} else if (shadow) {
				root = shadow;
			} else {
				return hit;
			}
		}
		return hit;
	};
	const above = (outer, inner, up) => {
		for (let n = inner; n; n = up(n))
			if (n === outer)
				return true;
		return false;
	};
	const slotUp = n => (d.nodeType(n) === Node.ELEMENT_NODE && d.assignedSlot(n)) || rt.up(n);
	const holds = (outer, inner) => above(outer, inner, rt.up);
	const hits = (el, hit) => hit && (holds(el, hit) || above(el, hit, slotUp) || (d.localName(el) !== 'form' && el.labels && [...el.labels].some(l => holds(l, hit))) ||
		(holds(hit, el) && getComputedStyle(el).pointerEvents === 'none'));
	const describe = el => d.localName(el) + (d.id(el) ? '#' + d.id(el) : '') +
		(d.className(el).trim ? d.className(el).trim().split(/\s+/).slice(0, 2).map(c => c && '.' + c).join('') : '');
	const spots = [[.5, .5], [.25, .25], [.75, .75], [.25, .75], [.75, .25], [.1, .5], [.9, .5]];
	const visiblePoint = el => {
		let cover = null, inView = false;
		for (const rect of d.getClientRects(el)) {
			const b = toTop(el, rect);
			const x0 = Math.max(b.x, 0), y0 = Math.max(b.y, 0), x1 = Math.min(b.x + b.w, innerWidth), y1 = Math.min(b.y + b.h, innerHeight);
			if (x1 - x0 < 1 || y1 - y0 < 1)
				continue;
			inView = true;
			for (const [fx, fy] of spots) {
				const x = x0 + (x1 - x0) * fx, y = y0 + (y1 - y0) * fy, hit = hitAt(x, y);
				if (hits(el, hit))
					return {x, y};
				cover = cover || hit;
			}
		}
		return {why: !inView ? 'it lies outside of what can be scrolled into view' : cover ? 'covered by ' + describe(cover) : 'nothing of it can be hit'};
	};
	const inForeignFrame = () => window !== window.top && !d.frameElement(document);
	// Why a point inside of a frame, in the document around it, does not hit the frame; null: it does.
	rt.missed = (frame, x, y) => {
		const hit = hitAt(x, y);
		return hits(frame, hit) ? null : hit ? 'covered by ' + describe(hit) : 'it lies outside of what can be scrolled into view';
	};
	const frame = () => new Promise(done => {
		const timer = setTimeout(done, 100);
		requestAnimationFrame(() => { clearTimeout(timer); done(); });
	});
	const key = el => {
		const b = toTop(el, d.getBoundingClientRect(el));
		return [b.x, b.y, b.w, b.h].map(Math.round).join();
	};
	const rest = async (el, max) => {
		const end = performance.now() + max;
		for (let before = key(el), now; performance.now() < end; before = now) {
			await frame();
			now = key(el);
			if (now === before)
				return;
		}
	};
	const labelled = Function.prototype.call.bind(Object.getOwnPropertyDescriptor(HTMLLabelElement.prototype, 'control').get);
	const controlOf = n => {
		if (d.matches(n, 'button, input, select, textarea, option, optgroup'))
			return n;
		try {
			return d.localName(n) === 'label' ? labelled(n) : null;
		} catch { // of that name in SVG
			return null;
		}
	};
	// Is the control disabled that a click on this element is for: itself, the button around it, that of its label?
	rt.disabled = el => {
		for (let n = el; n; n = rt.up(n)) {
			if (d.nodeType(n) !== Node.ELEMENT_NODE)
				continue;
			const control = controlOf(n);
			if (control)
				return d.matches(control, ':disabled');
			if (n === el && d.localName(n) !== 'fieldset' && d.matches(n, ':disabled'))
				return true; // a page's own kind of control
			if (d.matches(n, 'a[href]'))
				return false;
		}
		return false;
	};
	rt.point = async (el, max) => {
		if (!d.isConnected(el))
			return {gone: true};
		if (!rt.visible(el) || inForeignFrame()) // what is around that is not to be seen from here
			d.scrollIntoView(el, {block: 'center', inline: 'center', behavior: 'instant'});
		if (!rt.visible(el))
			return {why: hasBox(el) ? 'it is hidden by CSS' : 'it has no box'};
		await rest(el, Math.min(max, 1500));
		let at = visiblePoint(el);
		for (const block of ['center', 'start', 'end']) {
			if (at.x !== undefined)
				return at;
			if (!d.isConnected(el))
				return {gone: true};
			d.scrollIntoView(el, {block, inline: 'center', behavior: 'instant'});
			await rest(el, Math.min(max, 1000));
			at = visiblePoint(el);
		}
		return at;
	};
}
