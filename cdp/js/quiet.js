rt => {
	// "No DOM change for so long": children, text and the attributes that carry content; not class and style, which animations write all the time.
	const options = {subtree: true, childList: true, characterData: true, attributes: true,
		attributeFilter: ['src', 'srcset', 'href', 'data', 'value', 'hidden', 'open', 'content', 'alt', 'title', 'poster', 'srcdoc']};
	const seen = new WeakSet();
	let last = performance.now();
	const observer = new MutationObserver(() => { last = performance.now(); });
	const watch = () => {
		for (const root of rt.all(document))
			if (!seen.has(root)) {
				seen.add(root);
				observer.observe(root, options);
			}
	};
	rt.watch = () => { watch(); return 0; };
	// True after `ms` without a change, false after `max` ms without such a pause.
	rt.quiet = (ms, max) => new Promise(done => {
		const start = performance.now();
		watch();
		const check = () => {
			const now = performance.now(), rest = last + ms - now, left = start + max - now;
			if (rest <= 0)
				done(true);
			else if (left <= 0)
				done(false);
			else
				setTimeout(check, Math.min(rest, left));
		};
		check();
	});
}
