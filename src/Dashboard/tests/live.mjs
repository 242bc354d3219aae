// Watches a page while its server changes, and says on standard output what it sees: "open", then each text that it waits for, "lost" and "back".
// Usage: node tests/live.mjs ADDRESS TEXT [TEXT ...]        where the word lost among the texts waits for the connection to break and return
import { chromium } from "playwright-core";

const [address, ...texts] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage();
let loads = 0;
page.on("load", () => loads++);
await page.goto(address);
await page.waitForFunction(() => (document.querySelector("main")?.textContent ?? "").length > 10 && !document.querySelector("[aria-busy=true]"));
console.log("open");
for (const text of texts) {
  if (text === "lost") {
    await page.waitForSelector(".lost", { timeout: 60_000 });
    console.log("lost");
    await page.waitForSelector(".lost", { state: "detached", timeout: 60_000 });
    console.log("back");
  } else {
    await page.waitForFunction((wanted) => document.querySelector("main")?.textContent?.includes(wanted), text, { timeout: 60_000 });
    console.log(text);
  }
}
await browser.close();
if (loads !== 1) {
  console.log(`the page was loaded ${loads} times`);
  process.exit(1);
}
