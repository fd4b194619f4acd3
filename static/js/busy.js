// A step that takes a while says so: data-busy="Building…" on its button. Without a script the browser's own sign serves.

document.addEventListener("submit", (event) => {
  const pressed = event.submitter;
  if (!pressed?.dataset.busy || event.defaultPrevented) return;
  pressed.dataset.words = pressed.innerHTML;
  pressed.setAttribute("aria-busy", "true");
  const turning = document.createElement("span");
  turning.className = "spinner";
  turning.setAttribute("aria-hidden", "true");
  pressed.replaceChildren(turning, pressed.dataset.busy);
  // Disabled after the form is on its way: a disabled button would not be sent with it.
  setTimeout(() => { pressed.disabled = true; });
});

addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll('button[aria-busy="true"]')) {
    button.innerHTML = button.dataset.words;
    button.removeAttribute("aria-busy");
    button.disabled = false;
  }
});
