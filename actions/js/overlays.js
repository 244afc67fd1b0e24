async rules => {
	// Dismisses consent banners and overlays in this document. Runs in the isolated world; clicks are el.click(): banners listen for nothing else,
	// and the page is about to be photographed, not operated.
	const report = [];
	const visible = el => {
		const r = el.getBoundingClientRect();
		return r.width > 0 && r.height > 0 && getComputedStyle(el).visibility !== 'hidden';
	};
	// "host >>> inner, other": every alternative, through open shadow roots.
	const find = selectors => {
		for (const one of (selectors || '').split(/,(?![^[]*\])/)) {
			let roots = [document];
			const parts = one.split('>>>');
			for (let i = 0; i < parts.length && roots.length; i++) {
				const css = parts[i].trim();
				const found = css ? roots.flatMap(r => [...r.querySelectorAll(css)]) : [];
				if (i === parts.length - 1) {
					const el = found.find(visible);
					if (el)
						return el;
				}
				roots = found.map(el => el.shadowRoot).filter(Boolean);
			}
		}
		return null;
	};
	const removeAll = selectors => {
		let n = 0;
		for (const el of document.querySelectorAll(selectors || 'x-none')) {
			el.remove();
			n++;
		}
		return n;
	};
	const settle = () => new Promise(done => {
		const timer = setTimeout(done, 60);
		requestAnimationFrame(() => requestAnimationFrame(() => { clearTimeout(timer); done(); }));
	});
	const click = async (rule, action, selectors) => {
		const el = find(selectors);
		if (!el)
			return false;
		el.click();
		await settle();
		report.push({rule: rule.name, action, selector: selectors});
		return true;
	};

	for (const rule of rules) {
		if (!find(rule.present))
			continue;
		if (!(await click(rule, 'reject', rule.reject)))
			await click(rule, 'accept', rule.accept);
		if (find(rule.present) && removeAll(rule.remove))
			report.push({rule: rule.name, action: 'remove', selector: rule.remove});
	}

	// Whatever else covers the page: a fixed or sticky box that says consent words, or a full cover of high z-order.
	const words = /\b(cookies?|consent|gdpr|privacy (settings|preferences|choices)|datenschutz|rgpd|confidentialit[eé])\b/i;
	const pitch = /\b(newsletter|subscribe|sign up|mailing list|abonnieren|inscri(vez|ption|bete)|s'abonner|suscr[ií]b(ete|irse)|iscriviti)(?!\p{L})/iu;
	const refuse = /^(reject|decline|deny|refuse|only (necessary|essential)|necessary only|essential only|continue without|ablehnen|nur notwendige|alle ablehnen|refuser|tout refuser|rechazar|rifiuta|weigeren)/i;
	const agree = /^(accept|agree|allow|got it|ok(ay)?|i understand|understood|close|dismiss|×|✕|x|no,? thanks|not now|maybe later|zustimmen|akzeptieren|alle akzeptieren|accepter|tout accepter|aceptar|accetta|schließen|fermer|cerrar)(?!\p{L})/iu;
	const label = el => (el.innerText || el.value || el.getAttribute('aria-label') || el.title || '').trim();
	const boxes = [];
	const points = [[.5, .5], [.5, .96], [.5, .99], [.5, .04], [.5, .01], [.04, .96], [.96, .96]];
	const under = points.map(([fx, fy]) => document.elementFromPoint(innerWidth * fx, innerHeight * fy));
	const dialogs = document.querySelectorAll('[role=dialog], [role=alertdialog], [aria-modal=true], dialog[open]');
	for (let el of [...under, ...[...dialogs].slice(0, 20)]) {
		for (; el; el = el.parentElement) {
			const s = getComputedStyle(el);
			if ((s.position === 'fixed' || s.position === 'sticky') && el !== document.body && el !== document.documentElement &&
				!boxes.includes(el))
				boxes.push(el);
		}
	}
	for (const box of boxes) {
		if (!box.isConnected || !visible(box) || /^(header|nav)$/i.test(box.tagName))
			continue;
		const text = (box.innerText || '').slice(0, 3000);
		const r = box.getBoundingClientRect();
		const covers = r.width >= innerWidth * .9 && r.height >= innerHeight * .9;
		const dialog = box.matches('[role=dialog], [role=alertdialog], [aria-modal=true], dialog') || box.querySelector('[role=dialog], [aria-modal=true]');
		const consent = words.test(text) && text.length < 2500;
		const asks = pitch.test(text) && text.length < 1500 && (dialog || /popup|modal|newsletter/i.test(box.id + ' ' + box.className));
		if (!consent && !asks && !(covers && dialog))
			continue;
		const buttons = [...box.querySelectorAll('button, [role=button], a[href="#"], a:not([href]), input[type=button], input[type=submit]')].filter(visible);
		const button = buttons.find(b => refuse.test(label(b))) || buttons.find(b => agree.test(label(b)));
		const name = consent ? 'generic-consent' : 'generic-overlay';
		const id = box.id ? '#' + CSS.escape(box.id) : box.tagName.toLowerCase() + [...box.classList].map(c => '.' + CSS.escape(c)).join('');
		if (button) {
			button.click();
			await settle();
			report.push({rule: name, action: refuse.test(label(button)) ? 'reject' : 'accept', selector: id});
		}
		if (box.isConnected && visible(box) && getComputedStyle(box).opacity !== '0') {
			box.remove();
			report.push({rule: name, action: 'remove', selector: id});
		}
	}
	if (report.length) {
		for (const el of [document.documentElement, document.body]) {
			if (!el)
				continue;
			const s = getComputedStyle(el);
			if (s.overflowY === 'hidden')
				el.style.setProperty('overflow', 'auto', 'important');
			if (s.position === 'fixed')
				el.style.setProperty('position', 'static', 'important');
		}
	}
	return report;
}
