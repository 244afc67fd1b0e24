async () => {
	// Scrolls through the page once, so that lazy images load, and back to where it was. Bounded: 60 screens, 2.5 seconds.
	const end = performance.now() + 2500;
	const [x, y] = [scrollX, scrollY];
	const pause = ms => new Promise(done => setTimeout(done, ms));
	for (const img of document.querySelectorAll('img[loading=lazy]'))
		img.loading = 'eager';
	if (document.documentElement.scrollHeight <= innerHeight && ![...document.images].some(img => !img.complete))
		return;
	for (let i = 1; i <= 60 && performance.now() < end; i++) {
		const at = i * innerHeight;
		if (at >= document.documentElement.scrollHeight)
			break;
		scrollTo({left: 0, top: at, behavior: 'instant'});
		await pause(20);
	}
	scrollTo({left: x, top: y, behavior: 'instant'});
	await pause(50); // what the last scroll events add
	const waiting = [...document.images].filter(img => !img.complete);
	await Promise.race([pause(Math.max(0, end - performance.now())),
		Promise.all(waiting.map(img => new Promise(done => { img.onload = img.onerror = done; })))]);
}
