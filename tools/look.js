// What tools/look.py asks of a page. The value of this file is an object of functions.
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const style = e => getComputedStyle(e), box = e => e.getBoundingClientRect();
  const visible = e => e.checkVisibility({visibilityProperty: true});
  const words = e => (e.getAttribute("aria-label") || e.alt || e.textContent || e.title || "").trim().slice(0, 50);
  const name = e => [e.tagName.toLowerCase(), ...e.classList].slice(0, 2).join(".") + ` “${words(e)}”`;
  const scrolls = e => ["auto", "scroll"].includes(style(e).overflowX);

  // Why a part of a box cannot be seen; nothing if all of it can, by scrolling its own box if need be.
  const hidden = (e, main, width) => {
    const r = box(e);
    let left = r.left, right = scrolls(e) ? r.right : Math.max(r.right, r.left + e.scrollWidth);
    for (let p = e.parentElement; p && p !== main; p = p.parentElement) {
      if (style(p).overflowX === "visible") continue;
      const q = box(p), end = q.left + p.clientLeft + p.clientWidth + 1;
      if (left >= q.left - 1 && right <= end) continue;
      if (!scrolls(p)) return `cut off by ${name(p).split(" ")[0]}`;
      const was = p.scrollLeft;
      p.scrollLeft = 1e6;
      const moved = p.scrollLeft;
      p.scrollLeft = was;
      if (right + was - moved > end) return "its end cannot be scrolled to";
      if (left + was < q.left - 1) return "its beginning cannot be scrolled to";
      [left, right] = [q.left, q.right];
    }
    const wide = e.closest("[class*=column-]"), column = box(main);
    const [first, last] = wide ? [0, width] : [column.left, column.right];
    if (right > last + 2) return `${Math.round(right - last)} px beyond its column`;
    if (left < first - 2) return `begins ${Math.round(first - left)} px before its column`;
  };

  const formulas = (main, say) => {
    for (const e of all(".katex-error")) say("formula", `${e.textContent}: ${e.title}`);
    for (const e of all(".math"))
      if (!e.querySelector(".katex, .katex-error")) say("formula", `not rendered: ${e.textContent}`);
    const texts = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode.data, within = texts.currentNode.parentElement;
      if (!/\\[[\]()]|\$\$|\\(begin|frac|hat|mathbf|mathrm|sum|text)\b/.test(text)) continue;
      if (!within.closest("pre, code, script, style, .katex, .math")) say("formula", `raw TeX: ${text.trim()}`);
    }
  };

  const pictures = say => {
    for (const e of all("img")) {
      const silent = e.getAttribute("role") === "presentation";
      if (!silent && !(e.alt || "").trim()) say("picture", `no alternative text: ${e.src.slice(0, 60)}`);
      if (!e.complete || !e.naturalWidth) say("picture", `not loaded: ${e.src.slice(0, 60)}`);
    }
  };

  const boxes = (main, width, say) => {
    for (const e of all("table, pre, .katex-display, img, svg, canvas, iframe, video", main)) {
      if (!visible(e) || e.parentElement.closest(".katex, svg")) continue;
      const why = hidden(e, main, width);
      if (why) say("box", `${name(e)}: ${why}`);
      if (style(e).overflowY === "hidden" && e.scrollHeight > e.clientHeight + 2)
        say("box", `${name(e)}: cut off below`);
    }
    for (const e of all("h1, h2, h3, h4, p, li, dt, dd, figcaption, blockquote, a, :not(pre) > code", main))
      if (visible(e) && hidden(e, main, width)) say("text", `${name(e)}: ${hidden(e, main, width)}`);
    const across = document.documentElement.scrollWidth;
    if (across > width) say("page", `${across} px wide`);
  };

  const keyboard = say => {
    for (const e of all("[tabindex]")) if (e.tabIndex > 0) say("keyboard", `${name(e)}: tabindex ${e.tabIndex}`);
    const reached = e => { e.focus({preventScroll: true}); return e === document.activeElement; };
    for (const e of all("[data-bs-toggle], [onclick], .quarto-btn-toggle").filter(visible)) {
      const alike = e.dataset.bsTarget ? all(`[data-bs-target="${e.dataset.bsTarget}"]`) : [e];
      if (!alike.some(reached)) say("keyboard", `${name(e)}: for the mouse alone`);
    }
    document.activeElement.blur();
  };

  // Faults of a page: pairs of a kind and words.
  // On a wide screen formulas need no scrolling, and where `whole` says so, nor does the first table.
  const look = ([width, whole]) => {
    const faults = [], main = document.querySelector("main");
    const say = (kind, text) => faults.push([kind, text.replace(/\s+/g, " ").slice(0, 160)]);
    if (!main) return [["page", "there is no main"]];
    const n = all("h1").filter(visible).length;
    if (n !== 1) say("headings", `${n} headings of the first level`);
    for (let p = main.parentElement; p; p = p.parentElement) p.style.overflowX = "visible"; // clips nothing
    formulas(main, say);
    pictures(say);
    boxes(main, width, say);
    keyboard(say);
    const wider = e => e && e.scrollWidth > e.clientWidth + 1, table = main.querySelector("table");
    if (whole && (wider(table) || wider(table.parentElement))) say("table", "the main table needs scrolling");
    if (width > 1000) all(".katex-display", main).filter(wider).forEach(e => say("formula", `too wide: ${words(e)}`));
    return faults;
  };

  // Where the focus is, whether it shows, and on what. It shows if its style is another without it.
  const focus = () => {
    const e = document.activeElement, r = box(e);
    if (e === document.body) return ["nothing", true, ""];
    const now = () => [style(e).outlineStyle, style(e).outlineWidth, style(e).boxShadow, style(e).borderColor,
                       style(e).backgroundColor].join();
    const on = now(), there = r.right > 0 && r.left < innerWidth && r.bottom > 0 && r.top < innerHeight;
    e.blur();
    const shows = visible(e) && there && on !== now();
    e.focus();
    const parts = {search: "input[type=search]", sidebar: "#quarto-sidebar *", contents: "#TOC *", page: "main *",
                   header: "header *"};
    return [Object.keys(parts).find(k => e.matches(parts[k])) || "other", shows, name(e)];
  };

  return {look, focus};
})()
