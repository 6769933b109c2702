"use strict";

// Opens failing samples and sorts and filters the table of tasks. The page reads without it.
//
// Text of the run only ever becomes a text node; nothing here builds markup from strings.

const run = JSON.parse(document.getElementById("run").textContent);

// How many samples a list shows before it offers more.
const BATCH = 50;

function element(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

// Sets characters that were written out, as ‹ESC› or ‹U+202E›, apart from what stands around them.
function text(value) {
  const fragment = document.createDocumentFragment();
  // A pattern in brackets makes every second part a match.
  for (const [at, part] of value.split(/(‹(?:[A-Z][A-Z0-9]{1,2}|U\+[0-9A-F]{4,6})›)/).entries()) {
    fragment.append(at % 2 ? element("span", { className: "unseen" }, part) : part);
  }
  return fragment;
}

// ---- Samples -------------------------------------------------------------------------------

function sampleItem(failure) {
  const outcome = failure.outcome.replaceAll("_", " ");
  const summary = element(
    "summary",
    {},
    element("span", { className: `o-${failure.outcome}`, title: outcome }, element("span", { className: "spoken" }, outcome)),
    element("bdi", { className: "task" }, failure.task_id),
    element("span", { className: "sample-number" }, `sample ${failure.sample}`),
    element("bdi", { className: "message" }, text(failure.message.split("\n", 1)[0])),
  );
  const item = element("details", { className: "sample" }, summary);
  item.addEventListener("toggle", () => item.append(...sampleBody(failure)), { once: true });
  return item;
}

function sampleBody(failure) {
  const facts = failure.facts.map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, text(value))));
  const body = [element("dl", { className: "facts" }, ...facts)];
  if (failure.message.includes("\n")) body.push(...block("Message", failure.message));
  if (failure.stderr) body.push(...block("End of standard error", failure.stderr));
  body.push(...program(failure));
  return body;
}

function block(title, value) {
  return [element("h4", {}, title), element("pre", {}, text(value))];
}

function program(failure) {
  if (!failure.program) return [element("p", { className: "left-out" }, "There is no program.")];
  const lines = failure.program.replace(/\n$/, "").split("\n");
  const list = element("ol", { className: "program" });
  list.append(...lines.map((line) => element("li", {}, element("code", {}, text(line)))));
  list.style.setProperty("--digits", String(lines.length).length);
  const parts = [element("h4", {}, "Program"), list];
  if (failure.cut) {
    parts.push(element("p", { className: "left-out" }, `${failure.cut} more are not on this page; samples.jsonl beside it has the whole text.`));
  }
  return parts;
}

// Fills `box` with the first samples of the list and a button for the next ones.
function showSamples(box, failures) {
  box.replaceChildren();
  const more = element("button", { className: "more", type: "button" });
  let shown = 0;
  const next = () => {
    const batch = failures.slice(shown, shown + BATCH).map(sampleItem);
    more.before(...batch);
    if (shown > 0) batch[0]?.querySelector("summary").focus();
    shown += batch.length;
    more.hidden = shown === failures.length;
    more.textContent = `Show ${Math.min(BATCH, failures.length - shown)} more of ${failures.length}`;
  };
  box.append(more);
  more.addEventListener("click", next);
  next();
}

// ---- Failures by kind ----------------------------------------------------------------------

for (const kind of document.querySelectorAll("details.kind")) {
  const open = () => showSamples(
    kind.querySelector(".samples"),
    run.failures.filter((failure) => failure.outcome === kind.dataset.outcome),
  );
  kind.addEventListener("toggle", open, { once: true });
}

// A link to a kind, as those of the legend, opens it.
function openTarget() {
  const target = document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement) target.open = true;
}

addEventListener("hashchange", openTarget);
for (const link of document.querySelectorAll('a[href^="#kind-"]')) link.addEventListener("click", () => setTimeout(openTarget));
openTarget();

// ---- Tasks ---------------------------------------------------------------------------------

const table = document.getElementById("table");
const body = table.tBodies[0];
const filter = document.getElementById("filter");
const failuresOf = Map.groupBy(run.failures, (failure) => failure.task);

// One entry per task; `detail` is the row with its samples once that was opened.
const tasks = Array.from(body.rows, (row) => {
  const failures = failuresOf.get(Number(row.dataset.at)) ?? [];
  const words = [row.cells[0].textContent, ...failures.map((failure) => failure.message)];
  return { row, failures, detail: null, words: words.join("\n").toLowerCase() };
});

function toggleTask(task) {
  const button = task.row.querySelector("button.open");
  if (!task.detail) {
    const cell = element("td", { colSpan: task.row.cells.length });
    task.detail = element("tr", { className: "detail", hidden: true }, cell);
    task.row.after(task.detail);
    showSamples(cell, task.failures);
    // One sample needs no list.
    if (task.failures.length === 1) cell.querySelector("details").open = true;
  }
  task.detail.hidden = !task.detail.hidden;
  button.setAttribute("aria-expanded", String(!task.detail.hidden));
}

for (const task of tasks) task.row.querySelector("button.open")?.addEventListener("click", () => toggleTask(task));

function sortBy(button) {
  const header = button.closest("th");
  // A first click shows what one looks for: the first task, the lowest rate, the most of the rest.
  const first = ["at", "rate"].includes(button.dataset.sort) ? "ascending" : "descending";
  const second = first === "ascending" ? "descending" : "ascending";
  const order = header.getAttribute("aria-sort") === first ? second : first;
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", order);

  const sign = order === "ascending" ? 1 : -1;
  const by = (key) => (task) => Number(task.row.dataset[key]);
  const [value, place] = [by(button.dataset.sort), by("at")];
  tasks.sort((one, other) => sign * (value(one) - value(other)) || place(one) - place(other));
  body.append(...tasks.flatMap((task) => (task.detail ? [task.row, task.detail] : [task.row])));
}

for (const button of table.tHead.querySelectorAll("button")) button.addEventListener("click", () => sortBy(button));

function applyFilter() {
  const wanted = filter.elements.text.value.trim().toLowerCase();
  const outcome = filter.elements.outcome.value;
  const failedOnly = filter.elements.failed.checked;
  let shown = 0;
  for (const task of tasks) {
    const { outcomes, failed } = task.row.dataset;
    const fits = task.words.includes(wanted)
      && (!outcome || outcomes.split(" ").includes(outcome))
      && (!failedOnly || Number(failed) > 0);
    task.row.hidden = !fits;
    if (task.detail) task.detail.hidden = !fits || task.row.querySelector("button.open").getAttribute("aria-expanded") !== "true";
    shown += fits;
  }
  filter.elements.shown.value = shown === tasks.length ? `${shown} tasks` : `${shown} of ${tasks.length} tasks`;
}

filter.hidden = false;
filter.addEventListener("input", applyFilter);
filter.addEventListener("submit", (event) => event.preventDefault());
applyFilter();
