// The guided record: rows that come and go, fields that show when they make sense, suggestions, links to fields.
import { keeperOf, startAutosave } from "./autosave.js";
import { startDuctmap } from "./ductmap.js";
import { toast } from "./toast.js";

const NUMBERED = ["id", "name", "for", "value", "aria-describedby", "aria-labelledby"];

// Rows

function rename(row, list, index) {
  const marks = new RegExp(`(^|[ _-])(${list})-(\\d+|__prefix__)(?=-|$|_| )`, "g");
  for (const element of [row, ...row.querySelectorAll("*")]) {
    for (const name of NUMBERED) {
      if (name === "value" && !(element.name === "remove")) continue;
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.replace(marks, `$1$2-${index}`));
    }
  }
  for (const number of row.querySelectorAll("[data-row-number]")) number.textContent = index + 1;
  const words = row.querySelector(".fold-words");
  if (words) {
    words.id = `said-${list}-${index}`;
    words.dataset.swap = "";
  }
}

function renumber(box) {
  const list = box.dataset.rows;
  const rows = [...box.querySelectorAll(":scope [data-rows-list] > [data-row]")];
  // Down from two sides would let names meet on the way: first away, then to their places.
  const checked = rows.map((row) => [...row.querySelectorAll("input:checked")]);
  rows.forEach((row, index) => rename(row, list, index + 1000));
  rows.forEach((row, index) => rename(row, list, index));
  for (const inputs of checked) for (const input of inputs) input.checked = true;
  box.querySelector(`[name="${list}-TOTAL_FORMS"]`).value = rows.length;
}

function addRow(box, preset, withFocus = true) {
  const blank = box.querySelector("[data-rows-blank]").content.cloneNode(true);
  const row = blank.querySelector("[data-row]");
  box.querySelector("[data-rows-list]").append(blank);
  renumber(box);
  const first = row.querySelector("select, input:not([type=hidden]), textarea");
  if (preset && first) {
    const chip = [...row.querySelectorAll("input[type=radio]")].find((i) => i.value === preset);
    if (first.matches("select")) first.value = preset;
    else if (chip) chip.checked = true;
  }
  inherit(box, row);
  fit(row);
  if (withFocus) first?.focus();
  keeperOf(box.closest("form"))?.changed();
  return row;
}

/** Put values into a row as if somebody had typed them. */
function writeRow(row, values) {
  for (const [name, value] of Object.entries(values)) {
    const fields = [...row.querySelectorAll(`[name$="-${name}"]`)];
    const field = fields.find((f) => f.type !== "radio" || f.value === value);
    if (!field) continue;
    if (field.type === "radio") field.checked = true;
    else field.value = value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/** A row that was offered whole needs no more typing: it folds, and the focus stays at it. */
function foldComplete(row, values) {
  writeRow(row, values);
  const fold = row.querySelector("details.fold");
  if (!fold) return;
  fold.open = false;
  fold.querySelector("summary").focus();
}

/** A new finding lies most often in the gland of the one before it. */
function inherit(box, row) {
  const before = row.previousElementSibling;
  if (!before || box.dataset.rows !== "findings") return;
  row.querySelector('[name$="-gland"]').value = before.querySelector('[name$="-gland"]').value;
  const side = before.querySelector('[name$="-side"]:checked')?.value;
  const chip = side && row.querySelector(`[name$="-side"][value="${side}"]`);
  if (chip) chip.checked = true;
}

/** Take a row away. Returns what brings it back; a button offers the same for a while. */
function removeRow(button) {
  const row = button.closest("[data-row]");
  const box = row.closest("[data-rows]");
  const keeper = keeperOf(box.closest("form"));
  const after = row.nextElementSibling;
  const next = after ?? row.previousElementSibling;
  const words = row.querySelector("legend")?.textContent.trim() ?? "Row";
  const freed = freeTreatments(box, row);
  row.remove();
  renumber(box);
  (next?.querySelector("summary, select, input:not([type=hidden])") ?? box.querySelector(".rows-add button")).focus();
  keeper?.changed();

  const undo = () => {
    if (row.isConnected) return;
    // Under its old numbers it would take the choices of the row that has them now.
    rename(row, box.dataset.rows, 2000);
    const now = document.getElementById(box.id); // Drawn anew, if somebody else changed it meanwhile.
    const list = now.querySelector("[data-rows-list]");
    list.insertBefore(row, after?.parentElement === list ? after : null);
    renumber(now);
    for (const [select, key] of freed) {
      if (![...select.options].some((o) => o.value === key)) select.add(new Option(words, key));
      select.value = key;
    }
    row.querySelector("summary, select, input:not([type=hidden])")?.focus();
    keeper?.changed();
  };
  toast(`${words} removed.`, "info", { label: "Undo", act: undo });
  return undo;
}

/** Treatments of a finding that goes are for none in particular. */
function freeTreatments(box, row) {
  const key = box.dataset.rows === "findings" && row.querySelector('input[name$="-key"]')?.value;
  if (!key) return [];
  const selects = [...document.querySelectorAll('select[name^="interventions-"][name$="-finding"]')].filter((s) => s.value === key);
  for (const select of selects) select.value = "";
  return selects.map((select) => [select, key]);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=add], button[name=remove]");
  if (!button?.closest("[data-autosave]")) return;
  event.preventDefault();
  if (button.name === "add") {
    const [list, preset] = button.value.split(":");
    const row = addRow(document.getElementById(`id_${list}`), button.dataset.values ? "" : preset);
    if (button.dataset.values) foldComplete(row, JSON.parse(button.dataset.values));
  } else removeRow(button);
});

// Fields that make sense only for some words of the row's first field. One that holds a value is never hidden.

const holds = (box) =>
  [...box.querySelectorAll("input, select, textarea")].some((f) => (f.matches("[type=radio], [type=checkbox]") ? f.checked && f.value : f.value));

function fit(row) {
  const first = row.querySelector("select, input[type=radio]");
  if (!first) return;
  const word = first.matches("select") ? first.value : row.querySelector(`input[name="${first.name}"]:checked`)?.value;
  const sign = row.closest('[data-rows="findings"]') && row.querySelector(".sign");
  sign?.classList.toggle("tone-denied", Boolean(word) && word !== "normal");
  for (const box of row.querySelectorAll("[data-when]")) {
    const said = box.dataset.after ? row.querySelector(`[name$="-${box.dataset.after}"]:checked`)?.value : word;
    box.hidden = !box.dataset.when.split(" ").includes(said) && !holds(box);
  }
}

document.addEventListener("change", (event) => {
  const row = event.target.closest("[data-row]");
  if (row) fit(row);
});

// Suggestions: one click puts a value in

for (const box of document.querySelectorAll("[data-suggest]")) {
  const field = document.getElementById(box.dataset.suggest);
  if (!field) continue;
  box.hidden = false;
  document.getElementById(`div_${field.id}`)?.after(box);
  box.addEventListener("click", (event) => {
    const chip = event.target.closest("button[value]");
    if (!chip) return;
    if (field.matches("textarea")) {
      const lines = field.value.split("\n").map((l) => l.trim()).filter(Boolean);
      if (!lines.includes(chip.value)) field.value = [...lines, chip.value].join("\n");
    } else field.value = chip.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

// 'None' stands alone: choosing it takes the others back, and the reverse

document.addEventListener("change", (event) => {
  const box = event.target;
  if (!box.matches('.chips input[type="checkbox"]') || !box.checked) return;
  for (const other of box.closest(".chips").querySelectorAll("input:checked")) {
    if (other !== box && (box.value === "none" || other.value === "none")) other.checked = false;
  }
});

// A saved finding can be chosen at treatments at once

document.addEventListener("autosave:answer", (event) => {
  const offered = event.detail.getElementById("finding-choices");
  if (!offered) return;
  const boxes = [document, ...[...document.querySelectorAll("[data-rows-blank]")].map((t) => t.content)];
  for (const select of boxes.flatMap((b) => [...b.querySelectorAll('select[name^="interventions-"][name$="-finding"]')])) {
    const chosen = select.value;
    const fresh = [...offered.options].map((o) => new Option(o.textContent, o.value));
    select.replaceChildren(select.options[0], ...fresh);
    select.value = [...select.options].some((o) => o.value === chosen) ? chosen : "";
  }
});

// A picture of a finding lies where the finding lies, unless its place was chosen already

document.addEventListener("change", (event) => {
  const form = event.target.closest(".picture-form");
  if (!form || !event.target.name.endsWith("-finding")) return;
  const place = document.querySelector(`[data-place="${CSS.escape(event.target.value)}"]`);
  const fields = ["gland", "side", "segment"].map((n) => [n, [...form.querySelectorAll(`[name$="-${n}"]`)]]);
  if (!place || fields.some(([, inputs]) => inputs.some((i) => (i.matches("select") ? i.value : i.checked && i.value)))) return;
  for (const [name, inputs] of fields) {
    for (const input of inputs) {
      if (input.matches("select")) input.value = place.dataset[name];
      else input.checked = input.value !== "" && input.value === place.dataset[name];
    }
  }
});

// A link to a field opens what it lies in and puts the cursor there, also the second time

function goTo(hash) {
  const target = hash.length > 1 && document.getElementById(decodeURIComponent(hash.slice(1)));
  if (!target || target.matches("main")) return;
  const inside = target.matches("input, select, textarea") ? target : (target.querySelector("[data-row] details:not([open]) summary") ?? target.querySelector("input:not([type=hidden]), select, textarea, .rows-add button"));
  for (let fold = (inside ?? target).closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  inside?.focus({ preventScroll: true });
  target.scrollIntoView({ block: "center" });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href*='#']");
  if (link && link.pathname === location.pathname) setTimeout(() => goTo(link.hash));
});

// A list that somebody else changed was drawn anew

document.addEventListener("autosave:fresh", (event) => {
  for (const row of event.detail.querySelectorAll("[data-row]")) fit(row);
});

for (const row of document.querySelectorAll("[data-row]")) fit(row);
startAutosave();
startDuctmap({ add: (box) => addRow(box, "", false), remove: removeRow });
if (location.hash) setTimeout(() => goTo(location.hash));
