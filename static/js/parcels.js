// The list of files on their way: each with its progress, with why it was refused, and the way to try it again.

const words = (parcel) =>
  ({
    waiting: "waiting",
    sending: parcel.progress < 1 ? `${Math.round(100 * parcel.progress)} %` : "checking…",
    sent: "added",
    refused: "not added",
    held: "waits for you",
    failed: "not added",
  })[parcel.state];

export class ParcelList {
  /** list: where the lines go; summary: the one line that says how it stands. `sending` is set by whoever sends. */
  constructor(list, summary) {
    Object.assign(this, { list, summary, rows: new WeakMap(), sending: null });
  }

  count(...states) {
    return this.sending.parcels.filter((p) => states.includes(p.state)).length;
  }

  clear() {
    this.list.replaceChildren();
    this.sending.parcels = [];
  }

  show(parcel) {
    if (!this.rows.has(parcel)) {
      this.rows.set(parcel, line(parcel));
      this.list.append(this.rows.get(parcel));
    }
    const row = this.rows.get(parcel);
    row.querySelector("progress").value = parcel.progress;
    row.querySelector("progress").hidden = ["refused", "held", "failed"].includes(parcel.state);
    row.querySelector(".num").textContent = words(parcel);
    row.querySelector(".lack")?.remove();
    if (parcel.why) row.append(this.why(parcel));
    if (parcel.state !== "sending") this.sum();
  }

  why(parcel) {
    const why = document.createElement("span");
    why.className = "lack";
    why.append(parcel.why, " ");
    if (parcel.same) why.append(linkTo(`#${parcel.same.anchor}`, `Go to figure ${parcel.same.figure}`));
    if (parcel.decide) why.append(wayTo(parcel));
    if (parcel.state === "failed") why.append(again("Try again", () => this.sending.retry(parcel), parcel.name));
    return why;
  }

  sum() {
    const [here, refused, held, failed] = ["sent", "refused", "held", "failed"].map((state) => this.count(state));
    const parts = [`${here} of ${this.sending.parcels.length} added`];
    if (refused) parts.push(`${refused} refused`);
    if (held) parts.push(`${held} for you to decide`);
    if (failed) parts.push(`${failed} to try again`);
    this.summary.replaceChildren(`${parts.join(", ")}. `);
    if (failed > 1 && !this.sending.isBusy) this.summary.append(again(`Try all ${failed} again`, () => this.sending.retryAll()));
  }
}

function line(parcel) {
  const row = document.createElement("li");
  const label = document.createElement("span");
  const bar = document.createElement("progress");
  const state = document.createElement("span");
  label.textContent = parcel.name;
  bar.max = 1;
  bar.setAttribute("aria-label", `Upload of ${parcel.name}`);
  state.className = "muted num";
  row.append(label, bar, state);
  return row;
}

function linkTo(address, words) {
  const link = document.createElement("a");
  link.href = address;
  link.textContent = words;
  return link;
}

function wayTo(parcel) {
  const link = linkTo(parcel.decide, "Decide");
  link.setAttribute("aria-label", `Decide about ${parcel.name}`);
  return link;
}

function again(text, act, name = "") {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-quiet btn-sm";
  button.textContent = text;
  if (name) button.setAttribute("aria-label", `Try again: ${name}`);
  button.addEventListener("click", act);
  return button;
}
