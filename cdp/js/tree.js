rt => {
	// What the other libraries share: shadow roots (open, and closed ones that CDP told of) and documents of frames in this process.
	const closed = new WeakMap();
	rt.addClosed = roots => {
		for (const r of roots)
			if (r && r.host)
				closed.set(r.host, r);
	};
	rt.rootOf = el => el.shadowRoot || closed.get(el) || null;
	rt.frameDoc = el => {
		try {
			return /^(iframe|frame|object|embed)$/.test(el.localName) ? el.contentDocument || null : null;
		} catch {
			return null;
		}
	};
	// The shadow roots and frame documents right below a root, in document order.
	rt.below = root => {
		const found = [];
		for (const el of root.querySelectorAll('*')) {
			const r = rt.rootOf(el) || rt.frameDoc(el);
			if (r)
				found.push(r);
		}
		return found;
	};
	// The root and all below it, depth first.
	rt.all = root => {
		const out = [root];
		for (const r of rt.below(root))
			if (out.length < 5000)
				out.push(...rt.all(r));
		return out;
	};
	rt.parent = n => n.assignedSlot || n.parentNode || n.host || (n.defaultView && n.defaultView.frameElement) || null;
}
