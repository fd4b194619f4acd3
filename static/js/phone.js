// The phone's page: every picture goes to the computer as soon as it was taken or chosen.
import { ParcelList } from "./parcels.js";
import { Parcel, Sending } from "./sending.js";
import { tokenOf } from "./token.js";

const form = document.querySelector("[data-phone-add]");
const shown = new ParcelList(form.querySelector("[data-upload-list]"), form.querySelector("[data-summary]"));
const sending = new Sending({ url: form.action, token: () => tokenOf(form), changed: (parcel) => shown.show(parcel) });
shown.sending = sending;

function take(field) {
  const files = [...field.files];
  if (!files.length) return;
  sending.add(...files.map((file) => new Parcel(file, file.name)));
  setTimeout(() => (field.value = ""));
}

form.addEventListener("change", (event) => take(event.target));

// Somebody quick has chosen a picture before this script ran.
for (const field of form.querySelectorAll("[type=file]")) take(field);

// When its time is over the page says so by itself.
const wait = () => (sending.isBusy ? setTimeout(wait, 2000) : location.reload());
setTimeout(wait, 1000 * (Number(form.dataset.secondsLeft) + 1));
