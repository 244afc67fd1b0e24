rt => {
	// The document as HTML text. Chromium's own serialiser does the work (getHTML, with shadow roots); only the ancestors of frames whose
	// documents are to be inlined are written out here.
	const d = rt.dom;
	const count = (doc, node) => {
		try {
			return node ? d.evaluate(doc, 'count(descendant-or-self::node())', node, null, XPathResult.NUMBER_TYPE, null).numberValue : 0;
		} catch {
			return 0;
		}
	};
	const countRoot = root => {
		if (d.nodeType(root) === Node.DOCUMENT_NODE)
			return count(root, d.documentElement(root));
		let n = 0;
		for (const child of d.childNodes(root))
			n += count(d.ownerDocument(root), child);
		return n;
	};
	const escapeText = s => s.replace(/[&<>\u00a0]/g, c => ({'&': '&amp;', '<': '&lt;', '>': '&gt;'})[c] || '&nbsp;');
	const escapeValue = s => s.replace(/[&"<>\u00a0]/g, c => ({'&': '&amp;', '"': '&quot;', '<': '&lt;', '>': '&gt;'})[c] || '&nbsp;');
	const tagName = el => d.prefix(el) ? d.tagName(el) : d.localName(el);
	const openTag = el => {
		let s = '<' + tagName(el);
		for (const a of d.attributes(el))
			s += ' ' + a.name + '="' + escapeValue(a.value) + '"';
		return s + '>';
	};
	const voids = /^(area|base|basefont|bgsound|br|col|embed|frame|hr|img|input|keygen|link|meta|param|source|track|wbr)$/;
	const doctype = t => '<!DOCTYPE ' + t.name + (t.publicId ? ' PUBLIC "' + t.publicId + '"' : t.systemId ? ' SYSTEM' : '') +
		(t.systemId ? ' "' + t.systemId + '"' : '') + '>';
	const foreign = new Map(); // <iframe> that can't be looked into -> {url, html, …}, told by CDP
	// nodes: of a frame of another origin in this process, which CDP counts with this document's; -1: of another process.
	rt.addFrame = (el, url, html, facts, nodes, capture) => { foreign.set(el, {url, html, facts, nodes, capture}); };
	// Frames come and go: what was told for an earlier capture is none of this one's.
	const forget = capture => {
		for (const [el, told] of foreign)
			if (told.capture !== capture)
				foreign.delete(el);
	};

	const frameText = (el, job) => {
		const told = foreign.get(el), doc = told ? null : rt.frameDoc(el);
		if (told)
			return told;
		const body = doc && d.body(doc);
		if (!body || !(d.querySelector(body, '*') || d.textContent(body).trim()))
			return null;
		return {url: d.URL(doc), html: documentText(doc, job), doc};
	};
	const nodeText = (n, job) => {
		switch (d.nodeType(n)) {
		case Node.ELEMENT_NODE: return elementText(n, job);
		case Node.COMMENT_NODE: return '<!--' + n.data + '-->';
		case Node.DOCUMENT_TYPE_NODE: return doctype(n);
		case Node.PROCESSING_INSTRUCTION_NODE: return '<?' + n.target + ' ' + n.data + '>';
		default: return escapeText(n.data || '');
		}
	};
	const shadowText = (root, job) => {
		let s = '<template shadowrootmode="' + root.mode + '"' + (root.delegatesFocus ? ' shadowrootdelegatesfocus=""' : '') +
			(root.serializable ? ' shadowrootserializable=""' : '') + (root.clonable ? ' shadowrootclonable=""' : '') + '>';
		for (const child of d.childNodes(root))
			s += nodeText(child, job);
		return s + '</template>';
	};
	const elementText = (el, job) => {
		const open = openTag(el), end = '</' + tagName(el) + '>';
		if (voids.test(d.localName(el)))
			return open;
		if (!job.path.has(el))
			return open + d.getHTML(el, job.options) + end;
		let s = open;
		const root = rt.rootOf(el);
		if (root)
			s += shadowText(root, job);
		const frame = job.frames.has(el) ? frameText(el, job) : null;
		if (frame) {
			job.inlined.set(el, frame);
			return s + '<template data-riptide-frame="' + escapeValue(frame.url) + '">' + frame.html + '</template>' + end;
		}
		for (const child of d.childNodes(el))
			s += nodeText(child, job);
		return s + end;
	};
	const documentText = (doc, job) => {
		let s = '';
		for (const child of d.childNodes(doc))
			s += nodeText(child, job);
		return s;
	};
	const plan = () => {
		const job = {path: new Set(), frames: new Set(), inlined: new Map(), options: {shadowRoots: []}, nodes: 0, blind: 0};
		const todo = [document];
		while (todo.length) {
			const root = todo.pop();
			job.nodes += countRoot(root);
			for (const el of d.querySelectorAll(root, '*')) {
				const shadow = rt.rootOf(el), doc = rt.frameDoc(el);
				if (shadow) {
					job.options.shadowRoots.push(shadow);
					todo.push(shadow);
				}
				if (doc)
					todo.push(doc);
				if (doc || foreign.has(el))
					job.frames.add(el);
				else if (/^i?frame$/.test(d.localName(el)))
					job.blind++;
				job.nodes += Math.max(0, foreign.get(el)?.nodes ?? 0);
			}
		}
		for (const el of job.frames)
			for (let n = el; n && !job.path.has(n); n = d.parentNode(n) || d.host(n))
				job.path.add(n);
		return job;
	};
	// XML without a style sheet is shown by a viewer of Chromium's, built around the source: the page is the source, told as text like that of
	// the XML types that Chromium has no viewer for.
	const xmlSource = () => {
		const box = /xml$/.test(d.contentType(document)) ? d.querySelector(document, '#webkit-xml-viewer-source-xml') : null;
		const writer = new XMLSerializer();
		return box && [...d.childNodes(box)].map(n => writer.serializeToString(n)).join('');
	};
	// `depth` 0: the document alone; 1: with its frames, but without looking for shadow roots: `nodes`, compared with what CDP counts, says
	// whether there are any; 2: with them. `blind` are frames that nothing is known of. `facts`: 1, with what facts.js knows of the elements
	// written, 2, and of their boxes. `capture`: its number.
	rt.html = (max, depth, facts, capture) => {
		forget(capture);
		const top = d.documentElement(document);
		if (!top)
			return {html: '', nodes: 0};
		const source = xmlSource();
		if (source !== null) {
			const html = '<!DOCTYPE html><html><head></head><body><pre>' + escapeText(source) + '</pre></body></html>';
			return html.length > max ? {large: html.length} : {html, nodes: count(document, top), facts: null};
		}
		const simple = depth === 0 || depth === 1 && foreign.size === 0 && !d.querySelector(document, 'iframe, frame, object');
		const plain = options => ({path: new Set(), frames: new Set(), inlined: new Map(), options, nodes: count(document, top)});
		let job = simple ? plain({}) : plan();
		let html;
		try {
			html = documentText(document, job);
		} catch { // frames nested deeper than the stack: the page without them
			job = {...plain(job.options), nodes: job.nodes, blind: job.blind};
			html = documentText(document, job);
		}
		return html.length > max ? {large: html.length} : {html, nodes: job.nodes, blind: job.blind, facts: facts ? rt.facts(job, facts > 1) : null};
	};
}
