// What a link marked data-copy leads to is put on the clipboard; where there is none, it is shown as any link's.
"use strict";
(() => {
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("a[data-copy]");
    if (!link || !navigator.clipboard || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const wanted = new URL(link.href), marked = /^#s\d+L(\d+(?:-\d+)?)$/.exec(location.hash);
    if (marked) wanted.searchParams.set("lines", marked[1]);
    try {
      const answer = await fetch(wanted);
      if (!answer.ok) throw new Error();
      await navigator.clipboard.writeText(await answer.text());
      document.getElementById("live").textContent = "· copied";
    } catch { location.href = wanted; }
  });
})();
