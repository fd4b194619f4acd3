// The token of the page's forms, fetched anew after somebody signed in again in another tab.

/** Put a fresh token into every form. Resolves to it, or to "" where nobody is signed in or nothing answers. */
export async function freshToken() {
  try {
    const page = await fetch(location.pathname, { redirect: "manual", headers: { "X-Background": "1" } });
    if (!page.ok) return "";
    const token = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("[name=csrfmiddlewaretoken]");
    if (!token) return "";
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token.value;
    return token.value;
  } catch {
    return "";
  }
}

export const tokenOf = (place = document) => place.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
