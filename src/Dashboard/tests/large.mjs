// Times the dashboard on a large sweep of a running server: each view from its address to the last answer, and scrolling the table of runs.
// Usage: node tests/large.mjs http://127.0.0.1:5080 SWEEP
import { chromium } from "playwright-core";

const [server, sweep] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 1360, height: 900 } });
for (const view of ["", "/heads", "/circuits", "/compare", "/runs"]) {
  const began = Date.now();
  await page.goto(`${server}/sweeps/${sweep}${view}`);
  await page.waitForFunction(() => (document.querySelector("main")?.textContent ?? "").length > 200 && !document.querySelector("[aria-busy=true]"), undefined, { timeout: 60_000 });
  console.log(`${view || "/"}: ${Date.now() - began} ms`);
}
const { blank, rate } = await page.evaluate(async () => {
  const frame = document.querySelector(".gridframe");
  const began = performance.now();
  let blank = 0;
  for (let i = 0; i < 240; i++) {
    frame.scrollBy(0, 400);
    await new Promise(requestAnimationFrame);
    const box = frame.getBoundingClientRect();
    const middle = box.top + box.height / 2;
    if (![...frame.querySelectorAll("[role=row]")].some((row) => { const { top, bottom } = row.getBoundingClientRect(); return top <= middle && bottom >= middle; })) blank++;
  }
  return { blank, rate: 240 / ((performance.now() - began) / 1000) };
});
console.log(`scrolling the runs: ${rate.toFixed(0)} frames/s, ${blank} of 240 with a blank row`);
await browser.close();
