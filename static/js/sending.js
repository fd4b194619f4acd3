// Files on their way to the server: one after the other, so that they arrive in the order in which they were given,
// each under a key of its own, so that one whose answer was lost is not taken in twice.
import { freshToken } from "./token.js";

const RETRY_MS = 4000;

export const SIGNED_OUT = "You were signed out. Sign in again in another tab";
const BROKEN = "The connection broke off, or the file can no longer be read.";
const OURS = "Something went wrong on our side.";

/** A key for something that must happen once. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Only secure addresses have randomUUID; a practice's own network may be none.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join("-");
}

/**
 * One file. state: waiting, sending, sent, refused (for good: `why`, and `same` where the picture is here already),
 * held (it is kept aside until somebody decides: `why`, and `decide` is where) or failed (can be tried again).
 */
export class Parcel {
  constructor(blob, name, { due = 0, takenAt = null } = {}) {
    Object.assign(this, { blob, name, due, takenAt, key: newKey(), state: "waiting", progress: 0, why: "", image: null, same: null, decide: "" });
  }
}

export class Sending {
  /**
   * url and token(): where to and with which token; changed(parcel): something of it changed; done(): nothing waits.
   * insist: a parcel that could not be sent goes on waiting and holds up the others, so that their order is kept.
   */
  constructor({ url, token, changed, done = () => {}, insist = false }) {
    Object.assign(this, { url, token, changed, done, insist, parcels: [], running: false });
    addEventListener("online", () => this.retryAll());
    addEventListener("beforeunload", (event) => {
      if (this.isBusy) event.preventDefault();
    });
  }

  get isBusy() {
    return this.parcels.some((p) => p.state === "waiting" || p.state === "sending");
  }

  add(...parcels) {
    this.parcels.push(...parcels);
    for (const parcel of parcels) this.changed(parcel);
    this.run();
  }

  /** Let a parcel go that has not left yet. Returns whether that was still possible. */
  discard(parcel) {
    if (parcel.state === "sending" || parcel.state === "sent") return false;
    this.parcels.splice(this.parcels.indexOf(parcel), 1);
    this.wake?.();
    return true;
  }

  retry(parcel) {
    if (parcel.state === "failed") this.set(parcel, { state: "waiting", why: "", progress: 0 });
    this.run();
  }

  retryAll() {
    for (const parcel of this.parcels) if (parcel.state === "failed") this.set(parcel, { state: "waiting", why: "", progress: 0 });
    this.wake?.();
    this.run();
  }

  /** Send what waits without its time for second thoughts. Resolves when nothing waits any more. */
  async flush() {
    for (const parcel of this.parcels) parcel.due = 0;
    this.wake?.();
    await this.run();
  }

  set(parcel, values) {
    Object.assign(parcel, values);
    this.changed(parcel);
  }

  run() {
    this.turn ??= this.work().finally(() => { this.turn = null; });
    return this.turn;
  }

  async work() {
    for (let parcel; (parcel = this.parcels.find((p) => p.state === "waiting")); ) {
      const early = parcel.due - performance.now();
      if (early > 0) {
        await this.sleep(early);
        continue;
      }
      const result = await this.send(parcel);
      this.set(parcel, result);
      if (result.state === "waiting") await this.sleep(RETRY_MS);
    }
    this.done();
  }

  sleep(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async send(parcel) {
    this.set(parcel, { state: "sending", why: "", progress: 0 });
    let answer = await this.post(parcel);
    if (answer.status === 403 && (await freshToken())) answer = await this.post(parcel);
    if (answer.status === 0) return this.later(BROKEN);
    if (answer.signedOut || answer.status === 403) return this.later(`${SIGNED_OUT}.`);
    if (answer.status >= 500 || !answer.outcome) return this.later(OURS);
    const { refusal, image, same_as, decide } = answer.outcome;
    if (decide) return { state: "held", why: refusal, decide };
    if (refusal) return { state: "refused", why: refusal, same: same_as ?? null };
    return { state: "sent", image, progress: 1 };
  }

  later(why) {
    return this.insist ? { state: "waiting", why } : { state: "failed", why };
  }

  post(parcel) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) this.set(parcel, { progress: event.loaded / event.total });
      });
      request.addEventListener("load", () => resolve(read(request)));
      for (const end of ["error", "abort", "timeout"]) request.addEventListener(end, () => resolve({ status: 0 }));
      request.open("POST", this.url);
      request.setRequestHeader("HX-Request", "true");
      request.send(this.pack(parcel));
    });
  }

  pack(parcel) {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", this.token());
    body.append("once", parcel.key);
    if (parcel.takenAt !== null) body.append("age_ms", Math.round(performance.now() - parcel.takenAt));
    // One that goes up again belongs before those that were chosen after it and are here already.
    const next = this.parcels.slice(this.parcels.indexOf(parcel) + 1).find((p) => p.image);
    if (next) body.append("before", next.image.key);
    body.append("images", parcel.blob, parcel.name);
    return body;
  }
}

function read(request) {
  const answer = { status: request.status, outcome: null, signedOut: new URL(request.responseURL, location).pathname.startsWith("/accounts/") };
  try {
    answer.outcome = JSON.parse(request.responseText).outcomes[0];
  } catch {
    // A page instead of an answer: its status says enough.
  }
  return answer;
}
