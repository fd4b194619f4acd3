// Asks before a step that matters: data-confirm="Question?" on a button or link.
// data-confirm-title and data-confirm-button set the dialog's words. Also answers htmx's hx-confirm.

/** Ask in the page's dialog. Resolves to true when the person goes on. */
export function ask(question, { title = "Are you sure?", button = "Continue" } = {}) {
  const dialog = document.getElementById("confirm");
  dialog.querySelector("#confirm-title").textContent = title;
  dialog.querySelector("[data-confirm-question]").textContent = question;
  dialog.querySelector("[data-confirm-yes]").textContent = button;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

const wordsOf = (element) => ({
  title: element.dataset.confirmTitle,
  button: element.dataset.confirmButton ?? element.textContent.trim(),
});

export function startConfirm() {
  const agreed = new WeakSet();

  document.addEventListener("click", async (event) => {
    const asked = event.target.closest("[data-confirm]");
    if (!asked || agreed.delete(asked) || asked.getAttribute("aria-disabled") === "true") return;
    event.preventDefault();
    event.stopPropagation();
    if (await ask(asked.dataset.confirm, wordsOf(asked))) {
      agreed.add(asked);
      asked.click();
    }
  }, true);

  document.addEventListener("htmx:confirm", async (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    if (await ask(event.detail.question, wordsOf(event.detail.elt))) event.detail.issueRequest(true);
  });
}
