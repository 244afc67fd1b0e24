// SPDX-License-Identifier: Apache-2.0
// The peer: puppeteer-core, a fresh browser context per render, waits for load, takes the HTML.
import puppeteer from 'puppeteer-core';

const [url, count] = [process.argv[2], Number(process.argv[3])];
const browser = await puppeteer.launch({
	executablePath: '/usr/lib/chromium/chromium-headless-shell',
	headless: 'shell',
	args: ['--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
});
let bytes = 0;
for (let i = 0; i < count; i++) {
	const context = await browser.createBrowserContext();
	const page = await context.newPage();
	await page.goto(url, {waitUntil: 'load'});
	bytes = (await page.content()).length;
	await context.close();
}
await browser.close();
console.log(bytes);
