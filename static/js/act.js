// A button that acts on what is stored: what is typed is saved first, then the button's own form goes, once.
import { saveAll } from "./autosave.js";

/** Save everything typed, then send the form of a button with the button's name and value. */
export async function actAfterSaving(button) {
  const form = button.form;
  if (form.dataset.acting) return;
  form.dataset.acting = "true";
  if (!(await saveAll())) {
    delete form.dataset.acting;
    document.getElementById("problems")?.focus();
    return;
  }
  if (!button.isConnected) return sendAgain(button); // The save's answer has drawn it anew.
  send(form, button);
}

function sendAgain({ name, value }) {
  const fresh = document.querySelector(`button[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`);
  if (fresh?.form) send(fresh.form, fresh);
}

function send(form, button) {
  const said = document.createElement("input");
  Object.assign(said, { type: "hidden", name: button.name, value: button.value });
  said.dataset.sentTo = form.getAttribute("action") ?? "";
  form.append(said);
  if (button.hasAttribute("formaction")) form.action = button.formAction;
  form.submit();
}

// Coming back by the browser's own button must find a form that can be sent again, to where it went before.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-acting]")) delete form.dataset.acting;
  for (const said of document.querySelectorAll("[data-sent-to]")) {
    if (said.dataset.sentTo) said.form.setAttribute("action", said.dataset.sentTo);
    else said.form.removeAttribute("action");
    said.remove();
  }
});
