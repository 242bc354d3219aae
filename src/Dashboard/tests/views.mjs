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
const sweep = sweeps.find(({ name }) => name === "quickstart") ?? sweeps.find(({ name }) => !name.endsWith("-here")); // which are submitted here
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

// No label of a plot is cut off at its edges, however long training is.
await page.route("**/trajectory", async (route) => { const response = await route.fetch(); const found = await response.json(); for (const group of found.groups) for (const point of group.points) point.step *= 100_000; await route.fulfill({ response, json: found }); });
for (const [name, path] of [["sweep", views.sweep[0]], ["run", views.run[0]], ["circuits", views.circuits[0]], ["head", views.head[0]]]) {
  await open(path);
  const cut = await page.$$eval("svg.plot", (plots) => plots.flatMap((plot) => { const frame = plot.getBoundingClientRect(); return [...plot.querySelectorAll("text")].filter((text) => { const { left, right } = text.getBoundingClientRect(); return left < frame.left - 0.5 || right > frame.right + 0.5; }).map((text) => text.textContent); }));
  check(cut.length === 0, `labels of the plots of ${name} are cut off: ${cut.slice(0, 5)}`);
}
await page.unrouteAll({ behavior: "wait" });

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

// Every head at an earlier snapshot, by the slider and by its address, and by any of its metrics.
const stepBefore = findings.conditions.snapshot_steps.at(-2);
await open(`/sweeps/${sweep.id}/heads`);
check((await text()).includes("A mark is a head at the last step"), "the map of heads does not begin at the last step");
await page.focus("label:has-text('snapshot') input");
await page.keyboard.press("ArrowLeft");
const earlierHeads = () => page.waitForFunction((step) => document.querySelector("main").textContent.includes(`A mark is a head at step ${step}`), stepBefore, { timeout: 10_000 });
await earlierHeads().catch(() => wrong.push("the map of heads has no earlier snapshot"));
check(page.url().includes(`step=${stepBefore}`), "the snapshot of the map of heads is not in the address");
await page.selectOption("label:has-text('x') select", "entropy");
await open(page.url().slice(server.length));
await earlierHeads().catch(() => wrong.push("an address of the map of heads at a step shows another"));
check((await page.$$eval(".layered [role=img]", (maps) => maps.map((map) => map.getAttribute("aria-label")))).some((label) => /^[1-9][0-9]* heads: .* against entropy \(nats\)$/.test(label)), "heads are not drawn by their entropy");

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

check(page.url().includes("sort=final_loss"), "the order of the runs is not in the address");

// The filter of runs takes conditions as --where does, and says what is wrong with one.
const count = (await get(`sweeps/${sweep.id}/runs`)).filter(({ config }) => config.seed === 0).length;
const rowsAre = (start, what) => page.waitForFunction((start) => document.querySelector(".gridtools")?.textContent?.startsWith(start), start, { timeout: 10_000 }).catch(() => wrong.push(what));
await open(`/sweeps/${sweep.id}/runs`);
await page.fill("input[type=search]", "seed == 0 and state == 'completed'");
await rowsAre(`${count} rows`, "a condition does not choose the runs for which it holds");
check((await text()).includes(`The condition holds for ${count} of ${sweep.runs.total} runs`) && page.url().includes("q=seed"), "a condition says nothing of how many runs it holds for, or is not in the address");
const quiet = wrong.length;
await page.fill("input[type=search]", "seed == ");
await page.waitForSelector("input[aria-invalid=true]", { timeout: 10_000 }).catch(() => wrong.push("a wrong condition is not told"));
check((await page.textContent("#filter-says")).includes("at character"), "a wrong condition is told without its place");
await page.fill("input[type=search]", "nothing_like_it > 3");
await page.waitForFunction(() => document.querySelector("#filter-says").textContent.includes("'nothing_like_it' is unknown here"), undefined, { timeout: 10_000 }).catch(() => wrong.push("an unknown name in a condition is not told"));
wrong.splice(quiet, wrong.length, ...wrong.slice(quiet).filter((line) => !line.includes("status of 400"))); // the browser tells of it on the console
await page.fill("input[type=search]", "completed");
await rowsAre(`${sweep.runs.completed} rows`, "words are no longer searched for");

// Axes are brushed by keys: arrows move a range, shift extends it, Escape frees the axis; what it is now is told.
await open(`/sweeps/${sweep.id}/runs`);
const axisOf = (name) => `[role=slider][aria-label="range of ${name}"]`;
const say = (selector) => page.getAttribute(selector, "aria-valuetext");
await page.focus(axisOf("loss"));
await page.keyboard.press("ArrowUp");
check(page.url().includes("ranges=final_loss"), "an arrow does not brush the axis of a loss");
const [narrow, rowsNarrow] = [await say(axisOf("loss")), Number.parseInt(await page.textContent(".gridtools"), 10)];
check(/^from .* to .*: [0-9]+ of [0-9]+ runs pass$/.test(narrow) && rowsNarrow < sweep.runs.total, `the range of an axis is told as '${narrow}'`);
for (let i = 0; i < 20; i++) await page.keyboard.press("Shift+ArrowUp");
await rowsAre(`${sweep.runs.completed} rows`, "shift and arrows do not extend a range to all runs");
check((await page.$eval(axisOf("loss"), (axis) => getComputedStyle(axis).outlineStyle)) !== "none", "an axis that has the focus does not look so");
await page.keyboard.press("Escape");
check(!page.url().includes("ranges="), "Escape does not free an axis");
await open(`/sweeps/${sweep.id}/heads?x=ov_copying`);
await page.focus(axisOf("OV copying"));
for (let i = 0; i < 20; i++) await page.keyboard.press("Shift+ArrowRight");
await page.waitForFunction(() => location.search.includes("runs="), undefined, { timeout: 5_000 }).catch(() => wrong.push("arrows on an axis of the heads choose no runs"));
check(/^from -1 to 1: [1-9][0-9]* heads of [1-9][0-9]* runs inside$/.test(await say(axisOf("OV copying"))), `the range of heads is told as '${await say(axisOf("OV copying"))}'`);
await page.keyboard.press("Escape");
check(!page.url().includes("runs="), "Escape does not clear the runs that keys chose");

// A query, a refused one, and one that writes.
await open("/query");
const ask = async (sql) => { await page.fill("textarea", sql); await page.click("button.primary"); await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"), undefined, { timeout: 20_000 }); return text(); };
check((await ask(`select count(*) as n from runs where sweep = '${sweep.id}'`)).includes(String(sweep.runs.total)), "a query does not answer");
await ask(`select model_layers, seed, final_loss from runs where sweep = '${sweep.id}' order by all`);
check((await page.$("section[aria-label='plot of the answer'] svg.plot")) === null, "an answer is drawn before anybody asks");
await page.selectOption("label:has-text('plot') select", "bar");
await page.selectOption("label:has-text('colour') select", "seed");
const bars = () => page.waitForFunction((total) => document.querySelectorAll("section[aria-label='plot of the answer'] svg.plot rect").length === total, sweep.runs.total + new Set(runs.map(({ seed }) => seed)).size, { timeout: 20_000 });
await bars().catch(() => wrong.push("an answer of a row for each run is not drawn as so many bars with a legend of its seeds"));
await open(page.url().slice(server.length));
await bars().catch(() => wrong.push("a link to the plot of an answer does not show it"));
await page.hover("section[aria-label='plot of the answer'] figure");
const [saved] = await Promise.all([page.waitForEvent("download", { timeout: 10_000 }), page.click("button[aria-label$='as SVG']")]);
check(saved.suggestedFilename() === "query-final_loss-over-model_layers.svg", `the plot of an answer is saved as ${saved.suggestedFilename()}`);
for (const kind of ["line", "scatter"]) {
  await page.selectOption("label:has-text('plot') select", kind);
  check((await page.getAttribute("section[aria-label='plot of the answer'] svg.plot", "aria-label")).startsWith(kind), `an answer is not drawn as ${kind}`);
}
if (folder) {
  const curves = `select step, model_layers, avg(curves.loss) as loss, avg(curves.icl_score) as icl_score from curves join runs using (sweep, run)\nwhere sweep_name = '${sweep.name}' group by all order by all`;
  await open(`/query?sql=${encodeURIComponent(curves)}&plot=line&y=loss&colour=model_layers`);
  await page.waitForSelector("svg.plot", { timeout: 20_000 });
  await page.screenshot({ path: `${folder}/query.png`, fullPage: true });
}
const expected = wrong.length;
check((await ask("delete from runs")).length > 0 && (await page.$("[role=alert]")) !== null, "a query that writes is not refused aloud");
wrong.splice(expected, wrong.length, ...wrong.slice(expected).filter((line) => !line.includes("status of 400"))); // the browser tells of it on the console

// The first question has an address too; the way to queries begins anew; a wrong query's file is refused in the page.
await open("/query");
await page.click("button.primary");
await page.waitForFunction(() => location.search.includes("sql=select"), undefined, { timeout: 5_000 }).catch(() => wrong.push("the first question is not in the address"));
await ask("select 41 + 1 as answer");
await page.click("header a[href='/query']");
await page.waitForFunction(() => document.querySelector("main").textContent.includes("Nothing is asked yet") && !document.querySelector("textarea").value.includes("41"), undefined, { timeout: 5_000 }).catch(() => wrong.push("the way to queries shows the last one"));
const sound = wrong.length;
await page.fill("textarea", "select nothing_like_it from runs");
await page.click("button:has-text('CSV')");
await page.waitForFunction(() => document.querySelector("[role=alert]")?.textContent.includes("nothing_like_it"), undefined, { timeout: 10_000 }).catch(() => wrong.push("the file of a wrong query is not refused in the page"));
wrong.splice(sound, wrong.length, ...wrong.slice(sound).filter((line) => !line.includes("status of 400")));

// What is asked is in the address as it was written, whatever it has of what addresses use themselves.
for (const sql of [`select count(*) as n from curves where step%20=0 and run like '%25%'`, `select 'a+b&c=d#e' as x, '%' as y`]) {
  await open("/query");
  await ask(sql);
  await open(page.url().slice(server.length));
  check((await page.inputValue("textarea")) === sql, `a link to '${sql}' asks '${await page.inputValue("textarea")}'`);
}

// A sweep file: refused with the place of what is wrong, planned, submitted after a question.
await open("/submit");
const plan = async (yaml) => { await page.fill("textarea", yaml); await page.click("button.primary:has-text('plan')"); await page.waitForSelector("[role=alert], section[aria-label=plan]", { timeout: 20_000 }); return text(); };
const before = wrong.length;
check((await plan("name: seen-here\nmodel: { layers: two }\n")).includes("layers"), "a wrong sweep file is not refused with its place");
wrong.splice(before, wrong.length, ...wrong.slice(before).filter((line) => !line.includes("status of 4")));
await open("/submit");
const small = `name: seen-here\nmodel: { layers: 1, heads: 1, d_model: 8, n_ctx: 8 }\ndata: { kind: repeated-segments, vocab: 8, segment: [2, 3] }\ntrain: { steps: 2, batch: 2 }\nmeasure: [heads, superposition, token-losses]\nseeds: ${Date.now() % 1_000_000}\n`;
check((await plan(small)).includes("1: 1 new"), "a sweep file is not planned");
await page.click("button:has-text('submit')");
await page.click("dialog[open] button.primary");
await page.waitForURL("**/sweeps/*", { timeout: 20_000 }).catch(() => wrong.push("a sweep that is submitted is not shown"));

// What is measured on request is shown where it was, and else the command that does it.
await open(`/runs/${run.run}`);
if (!findings.conditions.measures.includes("superposition")) check((await text()).includes("--measure superposition") && (await text()).includes("--measure token-losses"), "a run does not say how superposition and token losses are measured");
const toys = `name: toys-here\nmodel: { kind: relu-toy, features: 6, hidden: 2 }\ndata: { kind: sparse-features, sparsity: 0.9 }\ntrain: { steps: 4, batch: 4 }\nsnapshots: { every: 2 }\nseeds: ${Date.now() % 1_000_000}\n`;
await fetch(`${server}/api/v1/sweeps`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ document: null, yaml: toys }) });
const ended = async (name) => {
  for (let i = 0; i < 300; i++) {
    const found = (await get("sweeps")).find((one) => one.name === name); // newest first
    if (found?.state === "completed") return (await get(`sweeps/${found.id}/runs`))[0].id;
    await page.waitForTimeout(100);
  }
  wrong.push(`${name} does not complete`);
};
const [measured, toy] = [await ended("seen-here"), await ended("toys-here")];
for (const [id, shown] of [[measured, ["W_E (by token)", "effective rank of each head's factors at step 2", "At step 2 their mean is"]], [toy, ["features represented", "dimensionality of each feature"]]]) {
  await open(`/runs/${id}`);
  for (const part of shown) await page.waitForFunction((part) => document.querySelector("main").textContent.includes(part), part, { timeout: 10_000 }).catch(() => wrong.push(`a run whose superposition was measured does not show '${part}'`));
  check((await page.$$("section[aria-label='superposition'] svg.plot")).length >= 3, "superposition is not drawn");
  const { violations } = await new AxeBuilder({ page }).analyze();
  for (const violation of violations.filter(({ impact }) => impact === "serious" || impact === "critical")) wrong.push(`superposition: ${violation.id}: ${violation.help}: ${violation.nodes[0].html.slice(0, 160)}`);
}
await open(`/runs/${toy}?step=2`);
check((await text()).includes("at step 2"), "a toy model's superposition is not shown at the step of its address");

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

// A group and itself are not compared, least of all with the numbers of the pair before; another pair begins without them too.
if (findings.groups.length > 2) {
  await open(`/sweeps/${sweep.id}/compare?a=0&b=${findings.groups.length - 1}`);
  check((await page.$("[aria-label=differences] tbody tr")) !== null, "a pair that not every answer has is not compared");
  await page.selectOption("label:has-text('to') select", "0");
  await ready();
  check((await text()).includes("choose two different ones") && (await page.$("tbody tr")) === null, "a group is compared with itself, by the numbers of another pair");
}

// Runs that failed are not hidden by a sweep that completed.
await page.route("**/api/v1/sweeps", async (route) => { const response = await route.fetch(); await route.fulfill({ response, json: (await response.json()).map((each) => ({ ...each, runs: { ...each.runs, failed: 4 } })) }); });
await open("/");
check((await text()).includes("completed, 4 failed"), "a sweep with failed runs is shown as completed");
if (folder) await page.screenshot({ path: `${folder}/failed.png` });
await page.unrouteAll({ behavior: "wait" });

// When the session ends, what is shown stays, with its time and the way to sign in and back; a query and a sweep file say the same.
await open(`/sweeps/${sweep.id}`);
const signedIn = wrong.length;
await page.route("**/api/v1/**", (route) => (route.request().url().endsWith("/session") ? route.fulfill({ json: { needed: true, signed_in: false } }) : route.fulfill({ status: 401, json: { title: "Unauthorized", detail: "Send the header 'Authorization: Bearer TOKEN'." } })));
await page.waitForTimeout(2_500); // what was asked just now is not asked again
await page.click("nav.places a:has-text('circuits')");
await page.waitForSelector(".out", { timeout: 10_000 }).catch(() => wrong.push("a session that ended is not told"));
check(/Signed out: what is shown is of [0-9]{2}:[0-9]{2}\./.test(await page.textContent(".out")), "a page whose session ended does not say of when it is");
await page.waitForFunction((to) => document.querySelector(".out a")?.getAttribute("href") === to, `/sign-in?to=${encodeURIComponent(`/sweeps/${sweep.id}/circuits`)}`, { timeout: 5_000 }).catch(() => wrong.push("the way to sign in has no way back"));
check((await text()).includes(sweep.name), "what was shown is gone with the session");
if (folder) await page.screenshot({ path: `${folder}/signed-out.png` });
for (const [link, press] of [["/query", "button:has-text('ask')"], ["/submit", "button:has-text('plan')"]]) {
  await page.click(`header a[href='${link}']`);
  await page.click(press);
  await page.waitForSelector("[role=alert] a[href^='/sign-in?to=']", { timeout: 10_000 }).catch(() => wrong.push(`${link} does not tell where to sign in`));
  check(!(await text()).includes("Bearer"), `${link} speaks of headers`);
}
await page.unrouteAll({ behavior: "wait" });
await page.waitForSelector(".out", { state: "detached", timeout: 10_000 }).catch(() => wrong.push("a page stays signed out when there is a session again"));
wrong.splice(signedIn, wrong.length, ...wrong.slice(signedIn).filter((line) => !line.includes("status of 401")));

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
