rt => {
	// What the other libraries share. Names of a page's elements shadow properties of documents and forms (<input name=parentNode>), in this
	// world as well: whatever touches an element or document that the page made goes through the getters and methods below.
	const get = (proto, name) => Function.prototype.call.bind(Object.getOwnPropertyDescriptor(proto, name).get);
	const method = (proto, name) => Function.prototype.call.bind(proto[name]);
	const d = rt.dom = {};
	for (const name of ['nodeType', 'childNodes', 'parentNode', 'isConnected', 'ownerDocument', 'textContent'])
		d[name] = get(Node.prototype, name);
	for (const name of ['localName', 'prefix', 'tagName', 'attributes', 'shadowRoot', 'assignedSlot', 'id', 'className', 'clientLeft', 'clientTop',
		'scrollWidth', 'scrollHeight'])
		d[name] = get(Element.prototype, name);
	for (const name of ['offsetWidth', 'offsetHeight'])
		d[name] = get(HTMLElement.prototype, name);
	for (const name of ['documentElement', 'body', 'URL', 'defaultView', 'contentType'])
		d[name] = get(Document.prototype, name);
	for (const name of ['getHTML', 'getClientRects', 'getBoundingClientRect', 'checkVisibility', 'scrollIntoView', 'matches'])
		d[name] = method(Element.prototype, name);
	d.evaluate = method(Document.prototype, 'evaluate');
	d.frameDocument = {iframe: get(HTMLIFrameElement.prototype, 'contentDocument'), frame: get(HTMLFrameElement.prototype, 'contentDocument'),
		object: get(HTMLObjectElement.prototype, 'contentDocument')};
	const of = (el, doc, fragment) => root => {
		const type = d.nodeType(root);
		return type === Node.DOCUMENT_NODE ? doc : type === Node.ELEMENT_NODE ? el : fragment;
	};
	for (const name of ['querySelector', 'querySelectorAll']) {
		const pick = of(method(Element.prototype, name), method(Document.prototype, name), method(DocumentFragment.prototype, name));
		d[name] = (root, css) => pick(root)(root, css);
	}
	const pointed = of(null, method(Document.prototype, 'elementFromPoint'), method(ShadowRoot.prototype, 'elementFromPoint'));
	d.elementFromPoint = (root, x, y) => pointed(root)(root, x, y);
	const host = get(ShadowRoot.prototype, 'host');
	// Nodes of frames have their own realm's prototypes: types are told by nodeType.
	d.isShadowRoot = n => {
		try {
			return d.nodeType(n) === Node.DOCUMENT_FRAGMENT_NODE && !!host(n);
		} catch {
			return false;
		}
	};
	d.host = n => d.isShadowRoot(n) ? host(n) : null;
	d.frameElement = doc => {
		const view = d.defaultView(doc);
		return view ? view.frameElement : null;
	};

	const closed = new WeakMap(); // host -> closed root that CDP told of
	rt.addClosed = roots => {
		for (const r of roots)
			if (d.isShadowRoot(r))
				closed.set(host(r), r);
	};
	rt.rootOf = el => d.shadowRoot(el) || closed.get(el) || null;
	rt.frameDoc = el => {
		try {
			const read = d.frameDocument[d.localName(el)];
			return read ? read(el) : null;
		} catch {
			return null;
		}
	};
	// The shadow roots and frame documents right below a root, in document order.
	rt.below = root => {
		const found = [];
		for (const el of d.querySelectorAll(root, '*')) {
			const r = rt.rootOf(el) || rt.frameDoc(el);
			if (r)
				found.push(r);
		}
		return found;
	};
	// The root and all below it, depth first in document order. Bounded, and no recursion: pages nest as deep as they like.
	rt.all = root => {
		const out = [], todo = [root];
		while (todo.length && out.length < 5000) {
			const r = todo.pop();
			out.push(r);
			todo.push(...rt.below(r).reverse());
		}
		return out;
	};
	// Upwards through shadow roots and frames.
	rt.up = n => d.parentNode(n) || d.host(n) || (d.nodeType(n) === Node.DOCUMENT_NODE ? d.frameElement(n) : null);
}
