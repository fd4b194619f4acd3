// Short news that needs no answer. They stay until closed when they tell of a failure, otherwise eight seconds.

const STAYS_MS = 8000;
const STAYS_WITH_ACTION_MS = 20000;
const TONES = { success: "paid", info: "submitted", warning: "attention", error: "denied" };

/** Show a sentence. level: success, info, warning or error. action: { label, act }, a button that acts once. */
export function toast(text, level = "info", action = null) {
  const item = document.createElement("div");
  item.className = `message tone-${TONES[level] ?? TONES.info}`;
  if (level === "error") item.setAttribute("role", "alert");
  const words = document.createElement("span");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.setAttribute("aria-label", "Close");
  close.textContent = "×";
  close.addEventListener("click", () => item.remove());
  item.append(words, close);
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "message-action";
    button.textContent = action.label;
    button.addEventListener("click", () => {
      item.remove();
      action.act();
    });
    close.before(button);
  }
  document.getElementById("toasts")?.append(item);
  if (level !== "error") setTimeout(() => item.remove(), action ? STAYS_WITH_ACTION_MS : STAYS_MS);
}

export function startToasts() {
  // A response may carry HX-Trigger: {"toast": {"text": "…", "level": "success"}}
  document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.level));
  document.addEventListener("htmx:sendError", () =>
    toast("The server did not answer. Nothing was lost; try again in a moment.", "error"));
  document.addEventListener("htmx:responseError", (event) => {
    // An answer that says by itself what happened was shown already, by the listener above.
    if (event.detail.xhr.getResponseHeader("HX-Trigger")) return;
    const reference = event.detail.xhr.getResponseHeader("X-Reference");
    toast(`That did not work.${reference ? ` Reference ${reference}.` : ""} Load the page again and repeat the step.`, "error");
  });
}
