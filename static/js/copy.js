// Copies a text of the page: data-copy="its id". Nothing is kept; without a script the text is selected by hand.

import { toast } from "./toast.js";

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
        toast("Copied.", "success");
      } catch {
        toast("The browser did not allow copying. Select the text and copy it by hand.", "error");
      }
    });
  }
}
