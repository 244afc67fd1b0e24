(origin, list) => {
	// In the tab's first document of the origin: a tab that has a sessionStorage of its own keeps it.
	if (location.origin !== origin || sessionStorage.length > 0)
		return;
	for (const {name, value, utf16} of list) {
		let text = value;
		if (utf16) {
			const bytes = Uint8Array.from(atob(utf16), c => c.charCodeAt(0));
			text = Array.from(new Uint16Array(bytes.buffer), c => String.fromCharCode(c)).join('');
		}
		sessionStorage.setItem(name, text);
	}
}
