"use strict";

const table = document.getElementById("table");
const body = table.tBodies[0];
const filter = document.getElementById("filter");
const tasks = Array.from(body.rows, (row) => ({ row, words: row.cells[0].textContent.toLowerCase() }));
const differing = tasks.filter((task) => Number(task.row.dataset.spread) > 0).length;

function sortBy(button) {
  const header = button.closest("th");
  // A first click shows what one looks for: the largest difference, the lowest rate.
  const first = button.dataset.sort === "spread" ? "descending" : "ascending";
  const second = first === "ascending" ? "descending" : "ascending";
  const order = header.getAttribute("aria-sort") === first ? second : first;
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", order);

  const sign = order === "ascending" ? 1 : -1;
  const key = button.dataset.sort;
  const names = new Intl.Collator("en", { numeric: true });
  const compare = key === "at"
    ? (one, other) => names.compare(one.words, other.words)
    : (one, other) => one.row.dataset[key] - other.row.dataset[key];
  tasks.sort((one, other) => sign * compare(one, other) || one.row.dataset.at - other.row.dataset.at);
  body.append(...tasks.map((task) => task.row));
}

for (const button of table.tHead.querySelectorAll("button")) button.addEventListener("click", () => sortBy(button));

function applyFilter() {
  const wanted = filter.elements.text.value.trim().toLowerCase();
  const differingOnly = filter.elements.differing.checked;
  let shown = 0;
  for (const { row, words } of tasks) {
    row.hidden = !words.includes(wanted) || (differingOnly && Number(row.dataset.spread) === 0);
    shown += !row.hidden;
  }
  filter.elements.shown.value = shown === tasks.length ? `${shown} tasks` : `${shown} of ${tasks.length} tasks`;
}

filter.hidden = false;
filter.elements.differing.checked = differing > 0;
filter.addEventListener("input", applyFilter);
filter.addEventListener("submit", (event) => event.preventDefault());
applyFilter();
