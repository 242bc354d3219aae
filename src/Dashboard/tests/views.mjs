// Looks at every view of a running server in Chromium, as a user would: no error on the console, no request to another origin, no serious finding of
// axe-core, keys and addresses that work, controls that do what they say. Screenshots go into a folder if one is named.
// Usage: node tests/views.mjs http://127.0.0.1:5080 [FOLDER] [light|dark]
import { AxeBuilder } from "@axe-core/playwright";
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

const [server, folder, scheme = "light"] = process.argv.slice(2);
if (folder) mkdirSync(folder, { recursive: true });
const wrong = [];
const check = (holds, what) => { if (!holds) wrong.push(what); };

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, colorScheme: scheme });
const page = await context.newPage();
page.on("console", (message) => message.type() === "error" && wrong.push(`${page.url()}: console: ${message.text()}`));
page.on("pageerror", (error) => wrong.push(`${page.url()}: ${error.message}`));
page.on("request", (request) => { if (!request.url().startsWith(server) && !/^(data|blob):/.test(request.url())) wrong.push(`request to ${request.url()}`); });

const get = async (path) => (await fetch(`${server}/api/v1/${path}`)).json();
const ready = async () => {
  await page.waitForFunction(() => (document.querySelector("main")?.textContent ?? "").length > 20 && !document.querySelector("[aria-busy=true]"), undefined, { timeout: 20_000 });
  await page.waitForTimeout(150);
};
const open = async (path) => { await page.goto(server + path); await ready(); };
const text = () => page.textContent("main");

const sweeps = await get("sweeps");
const sweep = sweeps.find(({ name }) => name === "quickstart") ?? sweeps.find(({ name }) => name !== "seen-here"); // which is submitted here
const findings = await get(`sweeps/${sweep.id}/findings`);
const runs = findings.groups.flatMap((group) => group.runs);
const run = runs.find((candidate) => candidate.circuit?.is_induction) ?? runs.find((candidate) => candidate.circuit) ?? runs[0];
const head = run.circuit ? `${run.circuit.induction_layer}.${run.circuit.induction_head}` : "0.0";
const deep = runs.find((candidate) => typeof candidate.circuit?.previous_head === "number");
const views = {
  sweeps: ["/", sweep.name], sweep: [`/sweeps/${sweep.id}`, findings.sentences[0].text], heads: [`/sweeps/${sweep.id}/heads`, "layer 0"], circuits: [`/sweeps/${sweep.id}/circuits?least=any`, "of each run the mean over its pairs of heads"],
  runs: [`/sweeps/${sweep.id}/runs`, `${sweep.runs.total} rows`], compare: [`/sweeps/${sweep.id}/compare`, "Seed by seed"], run: [`/runs/${(deep ?? run).run}?kind=all&least=any`, "Attempts"], head: [`/runs/${run.run}/heads/${head}?entries=3`, "From the weights at step"],
  query: ["/query", "Questions"], submit: ["/submit", "Submit a sweep"], workers: ["/workers", "slots are busy"],
};
for (const [name, [path, expected]] of Object.entries(views)) {
  await open(path);
  check((await text()).includes(expected), `${name}: '${expected}' is not there`);
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
  const { violations } = await new AxeBuilder({ page }).analyze();
  for (const violation of violations.filter(({ impact }) => impact === "serious" || impact === "critical")) {
    wrong.push(`${name}: ${violation.id}: ${violation.help}: ${violation.nodes[0].html.slice(0, 160)}`);
  }
}

await open(views.run[0]);
check((await page.$$eval(".panels svg.plot", (plots) => plots.map((plot) => plot.getBoundingClientRect().width))).every((width) => width > 200), "the curves of a run are too small to read");

// Groups are chosen by the values of their axes.
const [axis, value] = Object.entries(findings.groups[0].by)[0];
await open(`/sweeps/${sweep.id}?only=${encodeURIComponent(`${axis}=${value}`)}`);
check((await text()).includes(`of ${findings.groups.length} groups`) && (await page.$$("section:has(h2:text('Groups')) tbody tr")).length < findings.groups.length, "groups cannot be chosen by the values of their axes");

// The state of a view is in its address, and back.
await open(`/sweeps/${sweep.id}`);
await page.selectOption("label:has-text('align') select", "yes");
check(page.url().includes("align=yes"), "aligning does not show in the address");
await open(page.url().slice(server.length));
check((await page.inputValue("label:has-text('align') select")) === "yes", "an address with align=yes does not align");

// The graph of composition tells its numbers to the keyboard too, and what it draws is in its address.
if (deep) {
  await open(`/runs/${deep.run}?kind=all&least=any&edges=1`);
  check((await page.$$("svg.graph .edge")).length === 1, "edges=1 does not draw one line");
  for (const [what, told] of [["a.node", "previous token"], [".edge", "-composition of"]]) {
    await page.focus(`svg.graph ${what}`);
    check((await page.textContent(".graphrow + .hint")).includes(told), `the focus on ${what} of the graph tells nothing of '${told}'`);
  }
}

// Composition over seeds at an earlier snapshot, by the slider and by its address.
if (findings.groups.some(({ composition }) => composition?.pairs.length)) {
  const earlier = findings.conditions.snapshot_steps.at(-2);
  await open(`/sweeps/${sweep.id}/circuits?least=any`);
  await page.focus("label:has-text('snapshot') input");
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction((step) => document.querySelector("main").textContent.includes(`At step ${step}`), earlier, { timeout: 10_000 }).catch(() => wrong.push("the composition of a sweep has no earlier snapshot"));
  check(page.url().includes(`step=${earlier}`), "the snapshot of the composition is not in the address");
}

// Both circuits of a head between tokens, as many entries of either end as the address says.
await open(`/runs/${run.run}/heads/${head}?entries=3`);
check((await page.$$eval("svg.entries", (plots) => plots.map((plot) => plot.querySelectorAll("rect").length))).join() === "6,6", "a head does not show three entries of either end of its circuits");

// Filter, sort and hide columns of the runs.
await open(`/sweeps/${sweep.id}/runs`);
await page.fill("input[type=search]", `${runs[0].run.slice(0, 10)}`);
await page.waitForFunction(() => document.querySelector(".gridtools")?.textContent?.startsWith("1 row"), undefined, { timeout: 5_000 }).catch(() => wrong.push("the filter leaves more than one run"));
await page.fill("input[type=search]", "");
await page.click("[role=columnheader] button:has-text('loss')");
const losses = (await page.$$eval("[role=row] [role=cell]:nth-last-child(5)", (cells) => cells.map((cell) => Number(cell.textContent.replace("−", "-"))))).filter((value) => !Number.isNaN(value));
check(losses.length > 1 && losses.every((value, i) => i === 0 || value >= losses[i - 1]), `runs are not sorted by loss: ${losses.slice(0, 5)}`);

// A query, a refused one, and one that writes.
await open("/query");
const ask = async (sql) => { await page.fill("textarea", sql); await page.click("button.primary"); await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"), undefined, { timeout: 20_000 }); return text(); };
check((await ask(`select count(*) as n from runs where sweep = '${sweep.id}'`)).includes(String(sweep.runs.total)), "a query does not answer");
const expected = wrong.length;
check((await ask("delete from runs")).length > 0 && (await page.$("[role=alert]")) !== null, "a query that writes is not refused aloud");
wrong.splice(expected, wrong.length, ...wrong.slice(expected).filter((line) => !line.includes("status of 400"))); // the browser tells of it on the console

// A sweep file: refused with the place of what is wrong, planned, submitted after a question.
await open("/submit");
const plan = async (yaml) => { await page.fill("textarea", yaml); await page.click("button.primary:has-text('plan')"); await page.waitForSelector("[role=alert], section[aria-label=plan]", { timeout: 20_000 }); return text(); };
const before = wrong.length;
check((await plan("name: seen-here\nmodel: { layers: two }\n")).includes("layers"), "a wrong sweep file is not refused with its place");
wrong.splice(before, wrong.length, ...wrong.slice(before).filter((line) => !line.includes("status of 4")));
await open("/submit");
const small = `name: seen-here\nmodel: { layers: 1, heads: 1, d_model: 8, n_ctx: 8 }\ndata: { kind: repeated-segments, vocab: 8, segment: [2, 3] }\ntrain: { steps: 2, batch: 2 }\nseeds: ${Date.now() % 1_000_000}\n`;
check((await plan(small)).includes("1: 1 new"), "a sweep file is not planned");
await page.click("button:has-text('submit')");
await page.click("dialog[open] button.primary");
await page.waitForURL("**/sweeps/*", { timeout: 20_000 }).catch(() => wrong.push("a sweep that is submitted is not shown"));

// An address by another name of a sweep takes its whole id, which events name, and keeps what was chosen; so do the tabs.
await open(`/sweeps/${sweep.id.slice(0, 8)}/heads?only=${encodeURIComponent(`${axis}=${value}`)}`);
await page.waitForURL(`**/sweeps/${sweep.id}/heads?only=*`, { timeout: 5_000 }).catch(() => wrong.push("an address with a short id stays as it is"));
check((await page.title()) === `${sweep.name} · heads – Orchestrator`, `the heads of a sweep are called '${await page.title()}'`);
await page.click("nav.places a:has-text('circuits')");
check(page.url().includes("/circuits?only="), "the choice of groups is lost from one view to the next");

// What is not among the choices is the default.
await open(`/sweeps/${sweep.id}/heads?x=constructor`);
check((await page.inputValue("label:has-text('x') select")) === "previous_token", "x=constructor is an axis");
await open(`/runs/${run.run}?step=abc`);
check(!(await text()).includes("NaN"), "step=abc is a step");
await open(`/sweeps/${sweep.id}/compare?a=99&b=-1`);
check((await page.$$("tbody tr")).length > 0, "groups that are not there are compared");

// Runs that failed are not hidden by a sweep that completed.
await page.route("**/api/v1/sweeps", async (route) => { const response = await route.fetch(); await route.fulfill({ response, json: (await response.json()).map((each) => ({ ...each, runs: { ...each.runs, failed: 4 } })) }); });
await open("/");
check((await text()).includes("completed, 4 failed"), "a sweep with failed runs is shown as completed");
if (folder) await page.screenshot({ path: `${folder}/failed.png` });
await page.unroute("**/api/v1/sweeps");

// Keys alone.
await open(`/sweeps/${sweep.id}`);
await page.focus(".tools button");
check((await page.$eval(".tools", (tools) => getComputedStyle(tools).opacity)) === "1", "the buttons of a figure are not seen when the keyboard is at them");
await page.evaluate(() => document.activeElement.blur());
await page.keyboard.press("?");
check(await page.evaluate(() => document.activeElement?.closest("dialog.help") !== null), "the help does not take the focus");
await page.keyboard.press("Escape");
check((await page.$("dialog[open]")) === null, "Escape does not close the help");
await open("/");
await page.keyboard.press("Tab");
check((await page.evaluate(() => document.activeElement?.textContent)) === "skip to the view", "the first stop of the keyboard is not the way to the view");
await page.keyboard.press("g");
await page.keyboard.press("q");
await page.waitForURL("**/query", { timeout: 5_000 }).catch(() => wrong.push("g q does not open the query"));

// On a phone the sentence and the curves remain.
await page.setViewportSize({ width: 400, height: 800 });
await open(`/sweeps/${sweep.id}`);
check((await page.evaluate(() => document.documentElement.scrollWidth)) <= 400, `the page scrolls sideways at 400 pixels: ${await page.evaluate(() => document.documentElement.scrollWidth)}`);
check((await page.$$("svg.plot")).length > 0, "no curves at 400 pixels");
await open(views.run[0]);
check((await page.evaluate(() => document.documentElement.scrollWidth)) <= 400, "the page of a run scrolls sideways at 400 pixels");
const { violations: misnamed } = await new AxeBuilder({ page }).withRules(["label-content-name-mismatch"]).analyze();
check(misnamed.length === 0, `what is read on the page of a run is not in its names: ${misnamed[0]?.nodes[0].html.slice(0, 160)}`);

// A browser opens six connections to a host: more tabs than that have a view each, and one stream of events between them.
let streams = 0;
const shared = await browser.newContext();
shared.on("request", (request) => { if (request.url().endsWith("/api/v1/events")) streams++; });
const tabs = [];
for (let i = 0; i < 8; i++) {
  const tab = await shared.newPage();
  tabs.push(tab);
  await tab.goto(`${server}/sweeps/${sweep.id}`, { timeout: 10_000 }).then(() => tab.waitForSelector("svg.plot", { timeout: 10_000 })).catch(() => wrong.push(`tab ${i + 1} does not get its plots`));
}
check(streams === 1, `eight tabs have ${streams} streams of events`);
await tabs[0].close();
for (let i = 0; i < 50 && streams === 1; i++) await tabs[1].waitForTimeout(100);
check(streams === 2, "no tab takes over the events of one that was closed");
await shared.close();

await browser.close();
for (const line of wrong) console.log(line);
console.log(wrong.length === 0 ? "every view is as it should be" : `${wrong.length} things are wrong`);
process.exit(wrong.length > 0 ? 1 : 0);
