// A caption proposed from the finding that a picture shows. It stands beside the empty field until it is taken, with one
// click or with Enter; nothing is ever filled in by itself.

const captionOf = (form) => form.querySelector('[name$="-caption"]');

function proposed(form) {
  const key = form.querySelector('[name$="-finding"]')?.value;
  return (key && document.querySelector(`[data-place="${CSS.escape(key)}"]`)?.dataset.caption) || "";
}

function offer(form) {
  const field = captionOf(form);
  if (!field) return;
  const words = field.value.trim() ? "" : proposed(form);
  let chip = form.querySelector("[data-caption-offer]");
  if (!words) return chip?.remove();
  if (chip?.value === words) return;
  if (!chip) {
    chip = document.createElement("button");
    chip.type = "button";
    chip.className = "chip caption-offer";
    chip.dataset.captionOffer = "";
    chip.id = `${field.id}-offer`;
    field.after(chip);
  }
  chip.value = words;
  chip.textContent = words;
  chip.setAttribute("aria-label", `Use this caption: ${words}. Enter in the empty field takes it, too.`);
}

function take(form) {
  const field = captionOf(form);
  field.value = form.querySelector("[data-caption-offer]").value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

const offerAll = () => document.querySelectorAll(".picture-form").forEach(offer);

document.addEventListener("input", (event) => {
  const form = event.target.closest(".picture-form");
  if (form) offer(form);
});
document.addEventListener("change", (event) => {
  const form = event.target.closest(".picture-form");
  if (form) offer(form);
});
document.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-caption-offer]");
  if (chip) take(chip.closest(".picture-form"));
});
document.addEventListener("keydown", (event) => {
  const form = event.key === "Enter" && event.target.closest(".picture-form");
  if (!form || event.target !== captionOf(form) || event.target.value.trim() || !form.querySelector("[data-caption-offer]")) return;
  event.preventDefault();
  take(form);
});

// Pictures that were added, or a list that was drawn anew.
const pictures = document.getElementById("pictures")?.parentElement;
if (pictures) new MutationObserver(offerAll).observe(pictures, { childList: true, subtree: true });
offerAll();
