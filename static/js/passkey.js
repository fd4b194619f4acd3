// A passkey in the place of the password: the button asks the server what to sign, the browser asks the person, and the
// form is sent with the answer. Where a browser cannot do that, the button stays hidden and the password is the way.
import { toast } from "./toast.js";

const able = () => window.PublicKeyCredential?.parseRequestOptionsFromJSON && navigator.credentials;

async function answer(button) {
  const form = button.form;
  const body = new URLSearchParams({ csrfmiddlewaretoken: form.elements.namedItem("csrfmiddlewaretoken").value });
  const response = await fetch(button.dataset.passkey, { method: "POST", body, redirect: "manual" });
  if (!response.ok) throw new Error("no challenge");
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON((await response.json()).publicKey);
  const credential = await navigator.credentials.get({ publicKey });
  form.elements.namedItem("credential").value = JSON.stringify(credential.toJSON());
  form.requestSubmit(form.querySelector("[data-passkey-sends]"));
}

for (const button of document.querySelectorAll("[data-passkey]")) {
  if (!able()) continue;
  button.hidden = false;
  button.addEventListener("click", () =>
    answer(button).catch(() => toast("The passkey was not taken. Try again, or type your password.", "error")),
  );
}
