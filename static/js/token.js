// The token of the page's forms, fetched anew after somebody signed in again in another tab.

/** Put a fresh token into every form. Resolves to it, or to "" where nobody is signed in or nothing answers. */
export async function freshToken() {
  const { session, who } = document.body.dataset;
  try {
    const page = await fetch(session, { redirect: "manual", cache: "no-store", headers: { "X-Background": "1" } });
    if (!page.ok) return "";
    const answer = await page.json();
    // Somebody else signed in meanwhile: what was typed here is not theirs to send.
    if (String(answer.who) !== who) return "";
    putToken(answer.token);
    return answer.token;
  } catch {
    return "";
  }
}

/** Put a token into every form, and into what htmx sends along. */
function putToken(token) {
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
  document.body.setAttribute("hx-headers", JSON.stringify({ "x-csrftoken": token }));
}

export const tokenOf = (place = document) => place.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
