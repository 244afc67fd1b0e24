async entry => {
	// Puts what storage.js (or Playwright) took out of an origin back into it.
	const bytes_of = s => Uint8Array.from(atob(s), c => c.charCodeAt(0));
	const arrays = {i8: Int8Array, ui8: Uint8Array, ui8c: Uint8ClampedArray, i16: Int16Array, ui16: Uint16Array,
		i32: Int32Array, ui32: Uint32Array, f32: Float32Array, f64: Float64Array, bi64: BigInt64Array,
		bui64: BigUint64Array};
	const words = {undefined, null: null, NaN, Infinity, '-Infinity': -Infinity, '-0': -0};

	const error_of = e => {
		const out = new Error(e.m);
		out.name = e.n;
		out.stack = e.s;
		return out;
	};

	const own = (obj, key) => Object.prototype.hasOwnProperty.call(obj, key);

	const decode = (v, refs) => {
		const keep = made => {
			refs.set(v.id, made);
			return made;
		};
		if (typeof v !== 'object' || v === null)
			return v;
		if (own(v, 'ref'))
			return refs.get(v.ref);
		if (own(v, 'v'))
			return words[v.v];
		if (own(v, 'd'))
			return new Date(v.d);
		if (own(v, 'u'))
			return v.u;
		if (own(v, 'bi'))
			return BigInt(v.bi);
		if (own(v, 'e'))
			return error_of(v.e);
		if (own(v, 'r'))
			return new RegExp(v.r.p, v.r.f);
		if (own(v, 'ab'))
			return bytes_of(v.ab.b).buffer;
		if (own(v, 'ta'))
			return new arrays[v.ta.k](bytes_of(v.ta.b).buffer);
		if (own(v, 'a')) {
			const made = keep([]);
			v.a.forEach(x => made.push(decode(x, refs)));
			return made;
		}
		if (own(v, 'm')) {
			const made = keep(new Map());
			v.m.forEach(({k, v: x}) => made.set(decode(k, refs), decode(x, refs)));
			return made;
		}
		if (own(v, 's')) {
			const made = keep(new Set());
			v.s.forEach(x => made.add(decode(x, refs)));
			return made;
		}
		if (!own(v, 'o'))
			throw new Error('an encoded value of an unknown kind');
		const made = keep({});
		for (const {k, v: x} of v.o)
			Object.defineProperty(made, k, {value: decode(x, refs), writable: true, enumerable: true, configurable: true});
		return made;
	};

	const pick = (record, name) => name in record ? record[name] :
		name + 'Encoded' in record ? decode(record[name + 'Encoded'], new Map()) : undefined;

	const ask = req => new Promise((done, failed) => {
		req.onsuccess = () => done(req.result);
		req.onerror = () => failed(req.error);
		req.onblocked = () => failed(new Error('the database is in use'));
	});

	const path = x => x.keyPathArray ?? x.keyPath ?? null;

	const restore_db = async info => {
		await ask(indexedDB.deleteDatabase(info.name));
		const req = indexedDB.open(info.name, info.version);
		req.onupgradeneeded = () => {
			for (const s of info.stores) {
				const store = req.result.createObjectStore(s.name, {keyPath: path(s), autoIncrement: s.autoIncrement});
				for (const i of s.indexes)
					store.createIndex(i.name, path(i), {unique: i.unique, multiEntry: i.multiEntry});
			}
		};
		const db = await ask(req);
		try {
			if (info.stores.length === 0)
				return;
			const tx = db.transaction(info.stores.map(s => s.name), 'readwrite');
			const all = new Promise((done, failed) => {
				tx.oncomplete = done;
				tx.onabort = () => failed(tx.error || new Error('the transaction was aborted'));
			});
			for (const s of info.stores) {
				const store = tx.objectStore(s.name);
				for (const r of s.records) {
					const key = path(s) === null ? pick(r, 'key') : undefined;
					store.add(pick(r, 'value'), key);
				}
			}
			await all;
		} finally {
			db.close();
		}
	};

	const utf16_text = s => Array.from(new Uint16Array(bytes_of(s).buffer), c => String.fromCharCode(c)).join('');
	for (const {name, value, utf16} of entry.localStorage || [])
		localStorage.setItem(name, utf16 ? utf16_text(utf16) : value);
	for (const info of entry.indexedDB || [])
		await restore_db(info);
}
