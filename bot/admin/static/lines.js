// Lines of logs have addresses: `#s12L40-52` are lines 40 to 52 of command 12. A click on a number marks it, with
// shift all up to it.
"use strict";
(() => {
  const named = () => /^#s(\d+)L(\d+)(?:-(\d+))?$/.exec(location.hash);
  const line = (command, number) => document.getElementById(`s${command}L${number}`);
  const place = document.querySelector("[data-lines]");

  const mark = () => {
    const found = named();
    if (!found) return;
    const [, command, one, other] = found;
    const [first, last] = [Number(one), Number(other ?? one)].sort((a, b) => a - b);
    for (const was of document.querySelectorAll(".l.hit")) was.classList.remove("hit");
    const begin = line(command, first);
    if (!begin) return elsewhere(command, first);
    for (let number = first; number <= Math.min(last, first + 5000); number++) {
      const here = line(command, number);
      here?.classList.add("hit");
      for (let up = here; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
    }
    begin.scrollIntoView({block: "center"});
  };

  // The line is on the page of its command, or on another part of that.
  const elsewhere = (command, number) => {
    const wanted = new URL(`${place.dataset.lines}/${command}`, location.href);
    const each = Number(place.dataset.perPage ?? 0);
    const page = each ? Math.ceil(number / each) : 0;
    if (wanted.pathname === location.pathname && page === Number(place.dataset.page)) return;
    if (page) wanted.searchParams.set("page", String(page));
    wanted.hash = location.hash;
    location.replace(wanted);
  };

  addEventListener("hashchange", mark);
  document.addEventListener("click", (event) => {
    const number = event.target.closest?.("a.n");
    const was = named(), [, command, to] = /^s(\d+)L(\d+)$/.exec(number?.parentElement.id ?? "") ?? [];
    if (!command || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const from = event.shiftKey && was && was[1] === command ? Number(was[2]) : Number(to);
    const [first, last] = [from, Number(to)].sort((a, b) => a - b);
    history.replaceState(null, "", `#s${command}L${first === last ? first : `${first}-${last}`}`);
    mark();
  });
  if (place) mark();
})();
