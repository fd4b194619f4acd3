// A camera of this machine: opened, chosen, watched, closed. It says in a sentence why there is no picture.

const WANTED = { width: { ideal: 1920 }, height: { ideal: 1080 } };
/** Cameras that look at the person at the desk; a scope or a capture card beside them goes first. */
const DESK = /integrated|built-?in|facetime|webcam|ir camera/i;

const SENTENCES = {
  NotAllowedError: "The browser was not allowed to use the camera. Allow it beside the address at the top, then try again.",
  NotFoundError: "No camera is connected. Plug in the scope's camera or capture card; it is opened here by itself.",
  NotReadableError: "Another program holds the camera. Close it there, then try again.",
  ended: "The camera was unplugged or switched off. Plug it in again; the stills below are kept.",
};
const INSECURE = "Browsers open a camera only on a secure address: https, or localhost on this machine. Ask whoever runs Ductus for its https address; until then add files instead.";
const OTHER = "The camera could not be opened. Plug it in again, then try once more.";

export class Camera {
  /** video: where it shows; list: the choice of cameras; said(sentence): why there is no picture, empty when there is one. */
  constructor({ video, list, said }) {
    Object.assign(this, { video, list, said, stream: null, wasChosen: false });
    list.addEventListener("change", () => {
      this.wasChosen = true;
      this.open(list.value);
    });
    navigator.mediaDevices?.addEventListener("devicechange", () => this.devicesChanged());
    addEventListener("pagehide", () => this.close());
    addEventListener("pageshow", (event) => event.persisted && this.open());
  }

  get isLive() {
    return Boolean(this.stream?.active && this.video.videoWidth);
  }

  async open(id = "") {
    if (!navigator.mediaDevices?.getUserMedia) return this.said(isSecureContext ? SENTENCES.NotFoundError : INSECURE);
    this.close();
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: id ? { ...WANTED, deviceId: { exact: id } } : WANTED });
    } catch (error) {
      if (id && error.name === "OverconstrainedError") return this.open();
      return this.said(SENTENCES[error.name] ?? OTHER);
    }
    const [track] = this.stream.getVideoTracks();
    track.addEventListener("ended", () => this.lost());
    this.video.srcObject = this.stream;
    await this.video.play().catch(() => {}); // A new choice came before this one played.
    const better = await this.fill(track.getSettings().deviceId);
    if (better && !this.wasChosen && !id) return this.open(better);
    this.said("");
  }

  /** Show what can be chosen. Returns a camera that is more likely the scope than the one that is open. */
  async fill(openId) {
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter((d) => d.kind === "videoinput");
    this.list.replaceChildren(...cameras.map((d, n) => new Option(d.label || `Camera ${n + 1}`, d.deviceId, false, d.deviceId === openId)));
    this.list.disabled = cameras.length < 2;
    const now = cameras.find((d) => d.deviceId === openId);
    return now && DESK.test(now.label) ? cameras.find((d) => d.label && !DESK.test(d.label))?.deviceId : "";
  }

  async devicesChanged() {
    if (!this.stream?.active) return this.open();
    await this.fill(this.stream.getVideoTracks()[0].getSettings().deviceId);
  }

  lost() {
    this.close();
    this.said(SENTENCES.ended);
  }

  close() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
  }

  /**
   * The picture of this moment as a JPEG. Capture cards deliver colour at half resolution already, so that quality 95
   * loses nothing one could see, and payers take JPEG as it is; a PNG would be five times as large and be converted.
   */
  freeze() {
    const canvas = document.createElement("canvas");
    canvas.width = this.video.videoWidth;
    canvas.height = this.video.videoHeight;
    canvas.getContext("2d").drawImage(this.video, 0, 0);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.95));
  }
}
