// Values that were filled in and wait to be confirmed: buttons that fill, confirm and take back, and the marks at fields.
import { actAfterSaving } from "./act.js";

const ACTS = new Set(["fill", "confirm", "undo", "take"]);

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[name]");
  if (!button?.form || !ACTS.has(button.name)) return;
  event.preventDefault();
  actAfterSaving(button);
});

/** Whoever changes a value has confirmed it: after each save only those marks stay that the record still has. */
function keepMarks(waiting) {
  for (const mark of document.querySelectorAll("[data-mark]")) if (!waiting.has(mark.dataset.mark)) mark.remove();
  for (const bar of document.querySelectorAll("[data-confirm-all]")) bar.hidden = !document.querySelector("[data-mark]");
}

document.addEventListener("autosave:answer", (event) => {
  const bar = event.detail.querySelector("[data-waiting]") ?? document.querySelector("[data-waiting]");
  if (bar) keepMarks(new Set(bar.dataset.waiting.split(" ")));
});
