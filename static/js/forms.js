// Forms: a double click sends once; data-guard warns before typed words are left behind;
// a button with aria-disabled explains itself instead of sending.

export function startForms() {
  let typed = false;

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

  // Coming back by the browser's own button must find a form that can be sent again.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    delete event.detail.elt.closest?.("form")?.dataset.sent;
  });

  addEventListener("beforeunload", (event) => {
    if (typed) event.preventDefault();
  });
}
