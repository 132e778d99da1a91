// Keeps a page as the server has it: on an event the page is fetched, and the parts marked data-live that have
// changed are put in place. What is open, written and focused stays so.
"use strict";
(() => {
  const address = document.body.dataset.events;
  if (!address || !window.EventSource) return;
  const told = document.getElementById("live");
  let busy = false, again = false, soonest = 0;

  const busyWith = (part) =>
    [...part.querySelectorAll("input,textarea,select")].some(
      (field) => field === document.activeElement || (field.type !== "hidden" && field.value !== field.defaultValue && field.tagName !== "SELECT"));

  const put = (fresh) => {
    for (const part of document.querySelectorAll("[data-live]")) {
      const next = fresh.querySelector(`[data-live="${CSS.escape(part.dataset.live)}"]`);
      if (!next || next.innerHTML === part.dataset.was || busyWith(part)) continue;
      if (next.innerHTML === part.innerHTML) continue;
      const open = [...part.querySelectorAll("details[id]")].filter((one) => one.open).map((one) => one.id);
      const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
      const low = innerHeight + scrollY >= document.body.scrollHeight - 8 && part.hasAttribute("data-follow");
      part.replaceChildren(...next.childNodes);
      for (const id of open) { const one = document.getElementById(id); if (one) one.open = true; }
      if (focused) document.getElementById(focused)?.focus();
      if (low) scrollTo(0, document.body.scrollHeight);
    }
  };

  const look = async () => {
    if (busy) { again = true; return; }
    busy = true;
    await new Promise((done) => setTimeout(done, Math.max(0, soonest - Date.now())));
    soonest = Date.now() + 700;
    again = false;
    try {
      const answer = await fetch(location.href, {headers: {Accept: "text/html"}});
      if (answer.ok) put(new DOMParser().parseFromString(await answer.text(), "text/html"));
      else if (answer.status === 401 || answer.status === 404) { source.close(); told.textContent = "· not live: load the page again"; }
    } catch { again = false; }
    busy = false;
    if (again) look();
  };

  const source = new EventSource(address);
  source.addEventListener("run", look);
  source.addEventListener("reset", look);
  source.onopen = () => { told.textContent = "· live"; look(); };
  source.onerror = () => { told.textContent = "· connecting again"; };
  addEventListener("pagehide", () => source.close());
})();
