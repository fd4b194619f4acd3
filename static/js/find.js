// The search of every page: Ctrl K, or typing into the field of the top bar, opens it over the page. The server answers as one
// types; arrows choose, Enter opens, Escape closes and the focus is where it was. Nothing that was found stays in the page.

const dialog = document.getElementById("find-everything");
const words = document.getElementById("find-words");
const said = dialog?.querySelector("[data-find-said]");
const list = () => document.getElementById("found");
const options = () => [...list().querySelectorAll("[role=option]")];
const chosen = () => list().querySelector('[aria-selected="true"]');

/** Open the search, with what was typed elsewhere already. False where something else lies over the page. */
export function openFind(typed = "") {
  if (!dialog || (!dialog.open && document.querySelector("dialog[open]"))) return false;
  if (dialog.open) {
    words.select();
    return true;
  }
  for (const open of document.querySelectorAll("[popover]:popover-open")) open.hidePopover();
  words.value = typed;
  dialog.showModal();
  words.focus();
  words.setSelectionRange(typed.length, typed.length);
  window.htmx?.trigger(words.form, "find-now");
  return true;
}

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) words.setAttribute("aria-activedescendant", option.id);
  else words.removeAttribute("aria-activedescendant");
}

function step(by) {
  const all = options();
  if (!all.length) return;
  const at = all.indexOf(chosen());
  choose(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length]);
}

/** Whether the list answers what stands in the field; a quick hand is ahead of it. */
const isCurrent = () => list().dataset.asked === words.value;

function onKey(event) {
  if (event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    step(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter") {
    event.preventDefault();
    if (isCurrent() && chosen()) chosen().click();
    else if (words.value.trim()) words.form.requestSubmit();
  }
}

function forget() {
  words.value = "";
  said.textContent = "";
  words.removeAttribute("aria-activedescendant");
  list().replaceChildren();
  delete list().dataset.asked;
}

export function startFind() {
  if (!dialog) return;
  const field = document.querySelector('[data-shortcut="search"]');
  field?.addEventListener("click", () => openFind(field.value) && (field.value = ""));
  field?.addEventListener("input", () => openFind(field.value) && (field.value = ""));
  if (/Mac|iP(hone|ad)/.test(navigator.platform)) {
    for (const key of document.querySelectorAll("[data-modifier]")) key.textContent = "⌘";
  }

  words.addEventListener("keydown", onKey);
  dialog.querySelector("[data-find-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("mousemove", (event) => {
    const under = event.target.closest("[role=option]");
    if (under && under !== chosen()) choose(under);
  });
  dialog.addEventListener("htmx:beforeSwap", ({ detail }) => {
    // Led elsewhere, such as to the log-in: that is a page of its own and no list.
    if (new URL(detail.xhr.responseURL || location.href).pathname === new URL(words.form.action).pathname) return;
    detail.shouldSwap = false;
    location.reload();
  });
  dialog.addEventListener("htmx:afterSwap", () => {
    if (!dialog.open) return forget(); // an answer that came late
    choose(words.value.trim() ? options()[0] : undefined);
    said.textContent = list().dataset.said;
  });
  dialog.addEventListener("close", forget);
}
