// While a phone may add pictures, this page asks every few seconds whether some came, and shows them by itself.
import { refresh } from "./pictures.js";

const EVERY_MS = 3000;
let known = document.getElementById("phone")?.dataset.pictures;

async function look() {
  const panel = document.getElementById("phone");
  if (!panel?.dataset.news || document.visibilityState === "hidden") return;
  const answer = await fetch(panel.dataset.news, { headers: { "X-Background": "1" } });
  if (!answer.ok || answer.redirected) return;
  const { pictures, words, closed } = await answer.json();
  const line = panel.querySelector("[data-phone-words]");
  if (line && line.textContent !== words && words) line.textContent = words;
  if (pictures !== known && (await refresh({ background: true }))) known = pictures;
  if (closed && panel.isConnected) {
    panel.outerHTML = closed;
    window.htmx?.process(document.getElementById("phone"));
  }
}

// Once it was asked for, the code is where the eyes are.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id === "phone") document.getElementById("phone-title")?.focus();
});

async function watch() {
  await look().catch(() => {}); // No connection: the next look will tell.
  setTimeout(watch, EVERY_MS);
}
watch();
