// Tells the server that this page of a draft is open, and shows who else is there. These are the page's own requests:
// they carry X-Background, so that a chart left open still locks itself. Nothing that was typed is in them.

const place = () => document.getElementById("presence-place");

function request(box, more = {}) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  const body = new URLSearchParams({ section: box.dataset.section, page: box.dataset.page, csrfmiddlewaretoken: token, ...more });
  return fetch(box.dataset.presence, { method: "POST", body, redirect: "manual", keepalive: true, headers: { "X-Background": "1" } });
}

function show(markup) {
  const answer = new DOMParser().parseFromString(markup, "text/html");
  for (const part of answer.querySelectorAll("[data-here]")) {
    const present = document.getElementById(part.id);
    // What says the same stays, so that a screen reader does not say it again.
    if (present && present.textContent.trim() !== part.textContent.trim()) present.replaceChildren(...part.childNodes);
  }
}

async function beat(more) {
  const box = place();
  if (!box) return;
  try {
    const answer = await request(box, more);
    if (answer.ok) show(await answer.text());
  } catch {
    // No connection: the page that saves says so.
  }
}

const box = place();
if (box) {
  setInterval(() => beat(), Number(box.dataset.every));
  addEventListener("pagehide", () => request(box, { left: "1" }).catch(() => {}));
  // Back from another tab, or brought back by the browser's own button: who is there now?
  addEventListener("pageshow", (event) => event.persisted && beat({ back: "1" }));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && beat());
}
