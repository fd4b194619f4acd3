// The token stands behind the '#' of the address. It goes into the form, and out of the address and the history.
const form = document.querySelector("[data-connect]");
const token = location.hash.slice(1);

if (token) {
  history.replaceState(null, "", location.pathname);
  form.elements.namedItem("token").value = token;
  form.hidden = false;
  document.querySelector("[data-no-token]").hidden = true;
  document.querySelector("[data-ended]")?.remove(); // Of an earlier link.
}
