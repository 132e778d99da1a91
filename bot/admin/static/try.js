// Sends the requests of the API's page, with the key that was entered there, else as who is signed in.
"use strict";
(() => {
  const MOST = 200000, SECONDS = 60;
  const keys = document.getElementById("key");
  if (!keys) return;
  keys.hidden = false;
  keys.addEventListener("submit", (event) => event.preventDefault());

  const request = (form) => {
    let path = form.dataset.path;
    const query = new URLSearchParams(), key = keys.elements.key.value.trim();
    const headers = {Accept: "application/json, text/plain, text/event-stream"};
    for (const field of form.querySelectorAll("[data-at]")) {
      const value = field.value;
      if (field.dataset.at === "path") path = path.replace(`{${field.name}}`, encodeURIComponent(value));
      else if (value && field.dataset.at === "query") query.set(field.name, value);
      else if (value) headers[field.name] = value;
    }
    if (key) headers.Authorization = `Bearer ${key}`;
    const how = {method: form.dataset.method, headers, credentials: key ? "omit" : "same-origin"};
    if (how.method !== "GET") { headers["Content-Type"] = "application/json"; how.body = form.elements.body?.value ?? "{}"; }
    return [path + (query.size ? `?${query}` : ""), how];
  };

  const pretty = (text) => { try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; } };

  const send = async (form) => {
    const place = form.parentElement.querySelector(".answer"), [state, text] = place.children;
    const stop = form.querySelector(".stop"), ends = new AbortController();
    const late = setTimeout(() => ends.abort(), SECONDS * 1000);
    place.hidden = false;
    state.textContent = "…";
    text.textContent = "";
    if (stop) { stop.hidden = false; stop.onclick = () => ends.abort(); }
    try {
      const [path, how] = request(form), began = performance.now();
      const answer = await fetch(path, {...how, signal: ends.signal});
      state.textContent = `${answer.status} ${answer.statusText}, ${Math.round(performance.now() - began)} ms, ${path}`;
      if ("stream" in form.dataset && answer.ok) {
        for (const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader(); ;) {
          const {value, done} = await reader.read();
          if (done) break;
          text.textContent = (text.textContent + value).slice(-MOST);
        }
      } else text.textContent = pretty((await answer.text()).slice(0, MOST));
    } catch (error) {
      state.textContent += ends.signal.aborted ? " · stopped" : ` ${error.message}`;
    }
    clearTimeout(late);
    if (stop) stop.hidden = true;
  };

  for (const form of document.querySelectorAll("form.try")) {
    form.querySelector("button").hidden = false;
    form.addEventListener("submit", (event) => { event.preventDefault(); send(form); });
  }
})();
