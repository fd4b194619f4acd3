// Forms: a double click sends once; data-guard warns before typed words are left behind;
// a button with aria-disabled explains itself instead of sending.
import { wasTyped } from "./typed.js";

/** Who listens for what is typed hears of what a quick hand typed before; a search that narrows its list as one types begins. */
function hearAgain() {
  const typed = [...document.forms].filter((f) => !f.matches("[data-autosave]")).flatMap((f) => [...f.elements].filter(wasTyped));
  const searches = new Set(typed.map((field) => field.form).filter((f) => f.matches("[role=search]:is([hx-get], [hx-post])")));
  for (const search of searches) search.requestSubmit();
  for (const field of typed) {
    if (searches.has(field.form)) continue;
    for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
  }
}

/** A part of a form that is to be drawn anew while its fields say something else by now: what they say is asked with first. */
function isOutOfDate({ target, requestConfig: { elt, formData } }) {
  const form = elt.closest("form");
  if (!form || !target.isConnected) return false;
  const now = new FormData(form);
  const typed = [...target.querySelectorAll("input:not([type=hidden]), select, textarea")].filter((f) => f.form === form);
  const names = new Set(typed.map((field) => field.name));
  return [...names].some((name) => String(now.getAll(name)) !== String(formData.getAll(name)));
}

let typed = false;

/** Does a form that saves nothing by itself hold what somebody typed? */
export const isTyped = () => typed;

export function startForms() {

  document.addEventListener("input", (event) => {
    if (event.target.closest("form[data-guard]")) typed = true;
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const pressed = event.submitter;
    if (pressed?.getAttribute("aria-disabled") === "true" || form.dataset.sent) {
      event.preventDefault();
      return;
    }
    if (form.method === "post") {
      typed = false;
      form.dataset.sent = "true";
    }
  });

  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (!detail.shouldSwap || !isOutOfDate(detail)) return;
    const { elt, triggeringEvent } = detail.requestConfig;
    detail.shouldSwap = false;
    setTimeout(() => window.htmx.trigger(elt, triggeringEvent.type));
  });

  // Coming back by the browser's own button must find a form that can be sent again.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    delete event.detail.elt.closest?.("form")?.dataset.sent;
  });

  document.addEventListener("DOMContentLoaded", hearAgain); // htmx listens from then on, too
  addEventListener("beforeunload", (event) => {
    if (typed) event.preventDefault();
  });
}
