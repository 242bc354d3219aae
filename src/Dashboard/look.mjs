// Opens every main view of a running server in Chromium: screenshots into a folder, console errors and requests to other origins are failures.
// Usage: node look.mjs http://127.0.0.1:5080 FOLDER [light|dark]
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

const [server, folder, scheme = "light"] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
const page = await (await browser.newContext({ viewport: { width: 1360, height: 900 }, colorScheme: scheme })).newPage();
const wrong = [];
page.on("console", (message) => message.type() === "error" && wrong.push(`console: ${message.text()}`));
page.on("pageerror", (error) => wrong.push(`page: ${error.message}`));
page.on("request", (request) => !request.url().startsWith(server) && !request.url().startsWith("data:") && !request.url().startsWith("blob:") && wrong.push(`request to ${request.url()}`));

const get = async (path) => (await fetch(`${server}/api/v1/${path}`)).json();
const [sweep] = await get("sweeps");
const findings = await get(`sweeps/${sweep.id}/findings`);
const run = findings.groups.flatMap((group) => group.runs).find((candidate) => candidate.circuit?.is_induction) ?? findings.groups[0].runs[0];
const head = run.circuit ? `${run.circuit.induction_layer}.${run.circuit.induction_head}` : "0.0";
const views = { sweeps: "/", sweep: `/sweeps/${sweep.id}`, heads: `/sweeps/${sweep.id}/heads`, circuits: `/sweeps/${sweep.id}/circuits`, runs: `/sweeps/${sweep.id}/runs`, compare: `/sweeps/${sweep.id}/compare`, run: `/runs/${run.run}`, head: `/runs/${run.run}/heads/${head}`, query: "/query", workers: "/workers" };
for (const [name, path] of Object.entries(views)) {
  await page.goto(server + path);
  await page.waitForFunction(() => document.querySelector("main")?.textContent && !document.querySelector("[aria-busy=true]"), undefined, { timeout: 20_000 });
  await page.waitForTimeout(300);
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}
await browser.close();
for (const line of wrong) console.log(line);
process.exit(wrong.length > 0 ? 1 : 0);
