// Signing in again on the page itself, when the session ended while something was typed. The password goes to the log-in
// and nowhere else; nothing is kept. Whoever signs in another way (a passkey, a second step) does so in another tab.

const dialog = () => document.getElementById("signed-out");

/** Ask for the password. again() runs once the person is signed in. */
export function askToSignIn(again) {
  const box = dialog();
  if (!box || box.open) return;
  const form = box.querySelector("form");
  form.onsubmit = (event) => {
    event.preventDefault();
    send(box, form, again);
  };
  // Behind a covered page this dialog is all there is.
  box.oncancel = (cancel) => "locked" in document.body.dataset && cancel.preventDefault();
  say(box, "");
  box.showModal();
  form.elements.password.focus();
}

/** Signed in after all, in another tab: nothing is asked any more. */
export function stopAsking() {
  const box = dialog();
  if (box?.open) close(box);
}

function close(box) {
  box.querySelector("form").elements.password.value = "";
  box.close();
}

const say = (box, sentence) => (box.querySelector("[role=alert]").textContent = sentence);

async function send(box, form, again) {
  if (!form.elements.password.value) return say(box, "Type your password.");
  let answer;
  try {
    const page = await (await fetch(box.dataset.login)).text();
    const token = new DOMParser().parseFromString(page, "text/html").querySelector("[name=csrfmiddlewaretoken]");
    const body = new URLSearchParams(new FormData(form));
    body.set("csrfmiddlewaretoken", token?.value ?? "");
    const headers = { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" };
    const response = await fetch(box.dataset.login, { method: "POST", body, headers });
    answer = { ok: response.ok, ...(await response.json()) };
  } catch {
    return say(box, "No connection. What you typed still stands here; try again in a moment.");
  }
  if (answer.ok && /\/2fa\//.test(answer.location ?? "")) {
    return say(box, "Your account asks for a second step. Sign in in another tab; this page then goes on.");
  }
  // Refused before anybody looked at the password: the database was busy, the form too old.
  if (answer.problem) {
    return say(box, [answer.problem, ...answer.sentences, `Reference ${answer.reference}.`].join(" "));
  }
  if (!answer.ok) {
    form.elements.password.select();
    const fields = Object.values(answer.form?.fields ?? {}).flatMap((field) => field.errors ?? []);
    return say(box, [...(answer.form?.errors ?? []), ...fields][0] ?? "This is not your password. Try again.");
  }
  close(box);
  again();
}
