rt => {
	// The localStorage of every origin that the documents of this session show.
	rt.storage = () => {
		const found = new Map();
		for (const root of rt.all(document)) {
			const view = rt.dom.isShadowRoot(root) ? null : rt.dom.defaultView(root);
			try {
				const origin = view && view.location.origin;
				if (!origin || origin === 'null' || found.has(origin))
					continue;
				const items = [], store = view.localStorage;
				for (let i = 0; i < store.length; i++)
					items.push({name: store.key(i), value: store.getItem(store.key(i))});
				found.set(origin, {origin, localStorage: items});
			} catch {
				continue; // sandboxed documents have none
			}
		}
		return [...found.values()];
	};
}
