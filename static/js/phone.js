// The phone's page: every picture goes to the computer as soon as it was taken or chosen.
import { ParcelList } from "./parcels.js";
import { Parcel, Sending } from "./sending.js";
import { tokenOf } from "./token.js";

const form = document.querySelector("[data-phone-add]");
const shown = new ParcelList(form.querySelector("[data-upload-list]"), form.querySelector("[data-summary]"));
const sending = new Sending({ url: form.action, token: () => tokenOf(form), changed: (parcel) => shown.show(parcel) });
shown.sending = sending;

form.addEventListener("change", (event) => {
  const files = [...event.target.files];
  sending.add(...files.map((file) => new Parcel(file, file.name)));
  setTimeout(() => (event.target.value = ""));
});

// When its time is over the page says so by itself.
const wait = () => (sending.isBusy ? setTimeout(wait, 2000) : location.reload());
setTimeout(wait, 1000 * (Number(form.dataset.secondsLeft) + 1));
