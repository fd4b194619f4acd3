// The note's prose: what is typed is stored before a sentence is taken, and a phrase goes in where the cursor stands.
import { actAfterSaving } from "./act.js";

const PROMPT = /\[(?!sic\])[^[\]\n]{0,80}\]/;

/** Put a phrase in at the cursor and choose its first prompt, so that typing fills it. */
function insert(field, words) {
  const before = field.value.slice(0, field.selectionStart);
  const start = field.selectionStart + (/\S$/.test(before) ? 1 : 0);
  field.setRangeText((/\S$/.test(before) ? " " : "") + words, field.selectionStart, field.selectionEnd, "end");
  field.focus();
  const prompt = PROMPT.exec(words);
  if (prompt) field.setSelectionRange(start + prompt.index, start + prompt.index + prompt[0].length);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=prose]");
  if (!button) return;
  event.preventDefault();
  const field = document.getElementById(`id_${button.value.split(":")[1].split(".")[1]}`);
  if (button.dataset.phrase && field) insert(field, button.dataset.phrase);
  else actAfterSaving(button);
});
