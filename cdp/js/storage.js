rt => {
	// The storage of this document's origin in the shape of Playwright's storageState. A part (localStorage,
	// sessionStorage, indexedDB) that does not fit the limits or JSON is left out whole, and named.
	class LeftOut extends Error {}

	const DEPTH = 12; // of a value; its encoding is up to four times as deep
	const arrays = {i8: Int8Array, ui8: Uint8Array, ui8c: Uint8ClampedArray, i16: Int16Array, ui16: Uint16Array,
		i32: Int32Array, ui32: Uint32Array, f32: Float32Array, f64: Float64Array, bi64: BigInt64Array,
		bui64: BigUint64Array};

	const budget = (chars, values) => (n, v) => {
		chars -= n;
		values -= v;
		if (chars < 0 || values < 0)
			throw new LeftOut('is larger than what is kept');
	};

	const base64 = bytes => {
		const parts = [];
		for (let i = 0; i < bytes.length; i += 0x8000)
			parts.push(String.fromCharCode(...bytes.subarray(i, i + 0x8000)));
		return btoa(parts.join(''));
	};

	const utf16 = s => {
		const bytes = new Uint8Array(2 * s.length);
		for (let i = 0; i < s.length; i++) {
			bytes[2 * i] = s.charCodeAt(i);
			bytes[2 * i + 1] = s.charCodeAt(i) >> 8;
		}
		return base64(bytes);
	};

	// Halves of surrogate pairs and NUL don't pass through JSON and C.
	const plain = s => s.isWellFormed() && !s.includes('\0');
	const text = s => {
		if (!plain(s))
			throw new LeftOut('holds a string that is no text');
		return s;
	};

	const items = (store, take) => {
		const out = [];
		for (let i = 0; i < store.length; i++) {
			const name = text(store.key(i)), value = store.getItem(name);
			const item = {name, value};
			if (!plain(value)) {
				item.value = value.toWellFormed().replaceAll('\0', '\ufffd');
				item.utf16 = utf16(value);
			}
			take(name.length + item.value.length + (item.utf16 || '').length, 4);
			out.push(item);
		}
		return out.sort((a, b) => a.name < b.name ? -1 : 1); // the browser's order changes
	};

	// --- values of IndexedDB: as they are where JSON can say them, else tagged as Playwright does ---
	const is_plain_object = v => typeof v === 'object' && v !== null && Object.getPrototypeOf(v) === Object.prototype;

	const trivial = (v, depth) => {
		if (v === null || typeof v === 'boolean')
			return true;
		if (typeof v === 'string')
			return plain(v);
		if (typeof v === 'number')
			return Number.isFinite(v) && !Object.is(v, -0);
		if (depth === 0)
			return false;
		if (Array.isArray(v))
			return Object.keys(v).length === v.length && v.every(x => trivial(x, depth - 1));
		return is_plain_object(v) && Object.entries(v).every(([k, x]) => plain(k) && trivial(x, depth - 1));
	};

	const view_bytes = v => new Uint8Array(v.buffer, v.byteOffset, v.byteLength);

	const encode_leaf = v => {
		if (v === undefined)
			return {v: 'undefined'};
		if (v === null)
			return {v: 'null'};
		if (typeof v === 'boolean')
			return v;
		if (typeof v === 'string')
			return text(v);
		if (typeof v === 'number')
			return Number.isFinite(v) && !Object.is(v, -0) ? v : {v: Object.is(v, -0) ? '-0' : String(v)};
		if (typeof v === 'bigint')
			return {bi: v.toString()};
		if (v instanceof Date)
			return Number.isNaN(v.getTime()) ? undefined : {d: v.toJSON()};
		if (v instanceof RegExp)
			return {r: {p: text(v.source), f: v.flags}};
		if (v instanceof Error)
			return {e: {n: text(v.name), m: text(v.message), s: text(String(v.stack || ''))}};
		if (v instanceof ArrayBuffer)
			return {ab: {b: base64(new Uint8Array(v))}};
		for (const [k, type] of Object.entries(arrays))
			if (v instanceof type)
				return {ta: {b: base64(view_bytes(v)), k}};
		return undefined;
	};

	const encode = (v, seen, depth) => {
		const leaf = encode_leaf(v);
		if (leaf !== undefined)
			return leaf;
		if (seen.has(v))
			return {ref: seen.get(v)};
		if (depth === 0)
			throw new LeftOut('holds a value nested too deeply');
		const id = seen.size + 1, go = x => encode(x, seen, depth - 1);
		seen.set(v, id);
		if (v instanceof Map)
			return {m: [...v].map(([k, x]) => ({k: go(k), v: go(x)})), id};
		if (v instanceof Set)
			return {s: [...v].map(go), id};
		if (Array.isArray(v))
			return {a: Array.from(v, go), id};
		if (is_plain_object(v))
			return {o: Object.entries(v).map(([k, x]) => ({k: text(k), v: go(x)})), id};
		throw new LeftOut('holds a ' + Object.prototype.toString.call(v).slice(8, -1));
	};

	const put = (record, name, v, take) => {
		if (trivial(v, DEPTH))
			record[name] = v;
		else
			record[name += 'Encoded'] = encode(v, new Map(), DEPTH);
		const json = JSON.stringify(record[name]);
		take(json.length, 1 + (json.match(/[:,[]/g) || []).length);
	};

	// --- databases ---
	const ask = req => new Promise((done, failed) => {
		req.onsuccess = () => done(req.result);
		req.onerror = () => failed(req.error);
	});

	const key_path = (out, path) => {
		if (typeof path === 'string')
			out.keyPath = text(path);
		else if (path)
			out.keyPathArray = [...path].map(text);
		return out;
	};

	const read_store = async (store, take) => {
		const records = [];
		await new Promise((done, failed) => {
			const req = store.openCursor();
			req.onerror = () => failed(req.error);
			req.onsuccess = () => {
				const cursor = req.result, record = {};
				if (!cursor)
					return done();
				try {
					if (store.keyPath === null)
						put(record, 'key', cursor.primaryKey, take);
					put(record, 'value', cursor.value, take);
					records.push(record);
					cursor.continue();
				} catch (e) {
					failed(e);
				}
			};
		});
		const indexes = [...store.indexNames].map(name => {
			const index = store.index(name);
			take(name.length + 60, 6);
			return key_path({name: text(name), multiEntry: index.multiEntry, unique: index.unique}, index.keyPath);
		});
		take(store.name.length + 80, 8);
		return key_path({name: text(store.name), autoIncrement: store.autoIncrement, records, indexes}, store.keyPath);
	};

	const read_db = async (info, take) => {
		const req = indexedDB.open(info.name);
		req.onupgradeneeded = () => req.transaction.abort(); // it has gone meanwhile: it is not made again
		const db = await ask(req);
		db.onversionchange = () => db.close(); // the page's own work goes first
		try {
			const names = [...db.objectStoreNames], stores = [];
			const tx = names.length ? db.transaction(names, 'readonly') : null;
			for (const name of names)
				stores.push(await read_store(tx.objectStore(name), take));
			take(info.name.length + 40, 4);
			return {name: text(info.name), version: db.version, stores};
		} finally {
			db.close();
		}
	};

	const read_dbs = async take => {
		const out = [];
		for (const info of await indexedDB.databases())
			out.push(await read_db(info, take));
		return out;
	};

	// {entry, left_out: [{part, why}]}, or null where there is no storage. `tab`: sessionStorage, too.
	rt.storage = async (chars, values, ms, tab) => {
		const entry = {origin: location.origin, localStorage: []}, left_out = [], take = budget(chars, values);
		if (!/^https?:\/\//.test(entry.origin))
			return null;
		const late = new Promise((_, failed) => setTimeout(() => failed(new LeftOut('could not be read in time')), ms));
		late.catch(() => {});
		const part = async (name, get) => {
			try {
				const list = await get();
				if (list.length)
					entry[name] = list;
			} catch (e) {
				left_out.push({part: name, why: e instanceof LeftOut ? e.message : "can't be read (" + e.name + ')'});
			}
		};
		await part('localStorage', () => items(localStorage, take));
		if (tab)
			await part('sessionStorage', () => items(sessionStorage, take));
		await part('indexedDB', () => Promise.race([late, read_dbs(take)]));
		return {entry, left_out};
	};
}
