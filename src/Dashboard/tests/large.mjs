// Times the dashboard on a large sweep of a running server: each view from its address to the last answer, scrolling the table of runs, brushing. Fails where a
// view does not come, a row stays blank, or the page tells of an error.
// Usage: node tests/large.mjs http://127.0.0.1:5080 SWEEP
import { chromium } from "playwright-core";

const [server, sweep] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 1360, height: 900 } });
const wrong = [];
page.on("console", (message) => message.type() === "error" && wrong.push(`${page.url()}: console: ${message.text()}`));
page.on("pageerror", (error) => wrong.push(`${page.url()}: ${error.message}`));
for (const view of ["", "/heads", "/heads?step=0", "/circuits", "/circuits?step=0", "/compare", "/runs"]) {
  const began = Date.now();
  await page.goto(`${server}/sweeps/${sweep}${view}`);
  await page.waitForFunction(() => (document.querySelector("main")?.textContent ?? "").length > 200 && !document.querySelector("[aria-busy=true]"), undefined, { timeout: 60_000 });
  console.log(`${view || "/"}: ${Date.now() - began} ms`);
  if (await page.$("main [role=alert]")) wrong.push(`${view || "/"}: ${await page.textContent("main [role=alert]")}`);
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
if (blank > 0) wrong.push(`${blank} of 240 frames have a blank row`);
// Brushing: the pointer moves along an axis of the runs, and over the map of heads, with the button down, a step a frame.
const brush = async (what, selector, at) => {
  await page.waitForSelector(selector);
  const box = await (await page.$(selector)).boundingBox();
  const place = (share) => ({ x: box.x + at.x(box, share), y: box.y + at.y(box, share), steps: 1 });
  const from = place(0);
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  const rate = await page.evaluate(async ({ selector, from, to, frames }) => {
    const element = document.querySelector(selector);
    const began = performance.now();
    for (let i = 1; i <= frames; i++) {
      const [clientX, clientY] = [from.x + ((to.x - from.x) * i) / frames, from.y + ((to.y - from.y) * i) / frames];
      element.dispatchEvent(new MouseEvent("mousemove", { bubbles: true, clientX, clientY }));
      await new Promise(requestAnimationFrame);
    }
    return frames / ((performance.now() - began) / 1000);
  }, { selector, from, to: place(1), frames: 90 });
  await page.mouse.up();
  console.log(`brushing ${what}: ${rate.toFixed(0)} frames/s`);
};
await brush("the runs, along an axis", ".layered canvas + canvas", { x: () => 40, y: (box, share) => box.height * (0.15 + 0.6 * share) });
await page.goto(`${server}/sweeps/${sweep}/heads`);
await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"), undefined, { timeout: 60_000 });
await brush("the heads", ".layered canvas + canvas", { x: (box, share) => box.width * (0.2 + 0.5 * share), y: (box, share) => box.height * (0.2 + 0.5 * share) });
await browser.close();
for (const line of wrong) console.log(line);
process.exit(wrong.length > 0 ? 1 : 0);
