(() => {
	// navigator.webdriver answers false, as in a browser that a person started. The proxied getter still prints as native code.
	const own = Object.getOwnPropertyDescriptor(Navigator.prototype, 'webdriver');
	if (own && own.get)
		Object.defineProperty(Navigator.prototype, 'webdriver', {...own, get: new Proxy(own.get, {apply: (get, self, args) => { Reflect.apply(get, self, args); return false; }})});
})();
