// Files that were chosen, dropped or pasted go up with their progress. A refused one says why, one that could not be
// sent can be tried again by itself, and each lies where it was chosen, whichever came first.
import { saveAll, say } from "./autosave.js";
import { ParcelList } from "./parcels.js";
import { refresh } from "./pictures.js";
import { Parcel, Sending } from "./sending.js";
import { tokenOf } from "./token.js";

const form = document.querySelector("form[data-upload]");
const list = form.querySelector("[data-upload-list]");
const summary = document.createElement("p");
summary.className = "upload-summary";
summary.setAttribute("role", "status");
summary.hidden = true;
list.removeAttribute("aria-live"); // The summary speaks; thirty lines of percent would not stop.
list.before(summary);

const shown = new ParcelList(list, summary);
let added = 0;

const sending = new Sending({
  url: form.action,
  token: () => tokenOf(form),
  changed: (parcel) => shown.show(parcel),
  done: async () => {
    shown.sum();
    const fresh = shown.count("sent") - added;
    if (!fresh && !shown.count("held")) return;
    added += fresh;
    if (await saveAll()) await refresh();
    if (fresh) say("saved", fresh === 1 ? "1 image added" : `${fresh} images added`);
  },
});
shown.sending = sending;

function take(field) {
  const parcels = [...field.files].map((file) => new Parcel(file, file.name));
  setTimeout(() => (field.value = ""));
  if (!sending.isBusy && !shown.count("failed")) {
    shown.clear();
    added = 0;
  }
  list.hidden = summary.hidden = false;
  sending.add(...parcels);
}

document.addEventListener("change", (event) => {
  if (event.target.matches("form[data-upload] [type=file]") && event.target.files.length) take(event.target);
});

// Somebody quick has chosen files before this script ran.
for (const field of document.querySelectorAll("form[data-upload] [type=file]")) if (field.files.length) take(field);
