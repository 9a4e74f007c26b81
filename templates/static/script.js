// What a browser adds to pages that are complete without it: colours, density, keys, a reading list, what is new.
// Everything that it remembers stays in this browser's localStorage.
(() => {
  "use strict";

  const root = document.documentElement;
  const bar = document.querySelector(".masthead nav");
  // A theme of one's own may do without.
  if (!bar || typeof BROADSHEET === "undefined") return;
  const words = BROADSHEET;
  const site = document.currentScript.src.replace(/static\/script\.js.*/, "");
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  const get = (name, otherwise) => {
    try {
      return JSON.parse(localStorage.getItem(site + name)) ?? otherwise;
    } catch {
      return otherwise;
    }
  };
  const set = (name, value) => {
    try {
      localStorage.setItem(site + name, JSON.stringify(value));
    } catch { /* A full or forbidden storage forgets. */ }
  };
  const make = (tag, text, attributes = {}) => {
    const element = document.createElement(tag);
    if (text) element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };
  const push = (name, attributes = {}) => make("button", words[name], { type: "button", ...attributes });
  const named = (title, text) => {
    const found = make("button", text, { type: "button" });
    found.append(make("span", " " + title, { class: "unseen" }));
    return found;
  };
  const dialog = (name, ...parts) => {
    const found = make("dialog", "", { "aria-labelledby": name + "-title" });
    const form = make("form", "", { method: "dialog" });
    form.append(make("button", words.close));
    found.append(form, make("h2", words[name], { id: name + "-title" }), ...parts);
    document.body.append(found);
    return found;
  };
  const tools = { saved: push("saved"), density: push("density"), theme: push("theme"), help: push("help") };

  // -- colours and density: what early.js applied, the buttons change

  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
  const show = () => {
    tools.theme.setAttribute("aria-pressed", isDark());
    tools.density.setAttribute("aria-pressed", root.dataset.density === "compact");
  };
  tools.theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    set("theme", root.dataset.theme);
    show();
  });
  tools.density.addEventListener("click", () => {
    root.dataset.density = root.dataset.density === "compact" ? "" : "compact";
    set("density", root.dataset.density);
    show();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  show();

  // -- how long ago: beside the time itself, which stays

  const ago = new Intl.RelativeTimeFormat(root.lang, { numeric: "always", style: "short" });
  for (const time of all("time[datetime*='T']")) {
    const minutes = Math.round((Date.parse(time.dateTime) - Date.now()) / 60000);
    if (minutes > 0 || minutes < -24 * 60) continue;
    time.dataset.ago = minutes > -60 ? ago.format(minutes, "minute") : ago.format(Math.round(minutes / 60), "hour");
  }

  // -- what is wider than its window is scrolled, and so must be reached by keys

  const scrolled = new ResizeObserver((changes) => {
    for (const { target } of changes) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  for (const block of all(".text :is(pre, table)")) scrolled.observe(block);

  // -- the reading list

  let saved = get("saved", []);
  const isSaved = (url) => saved.some((one) => one.url === url);
  const described = (card) => {
    const link = card.querySelector(":is(h1, h2, h3) a") || card.querySelector("h1");
    const publisher = card.querySelector(".byline .publisher");
    const ours = card.querySelector(".byline > a") || link;
    return { url: new URL(card.matches(".card") ? ours.href : location.href, location).href.split("#")[0], title: link.textContent.trim(), publisher: publisher ? publisher.textContent.trim() : "" };
  };
  const mark = () => {
    for (const star of all("button.save")) {
      const there = isSaved(star.dataset.url);
      star.setAttribute("aria-pressed", there);
    }
    tools.saved.textContent = words.saved + (saved.length ? " " + saved.length : "");
  };
  const toggle = (one) => {
    saved = isSaved(one.url) ? saved.filter((other) => other.url !== one.url) : [one, ...saved].slice(0, 500);
    set("saved", saved);
    mark();
  };
  for (const card of all(".card, article.item")) {
    const one = described(card);
    const star = make("button", "", { type: "button", class: "save" });
    star.append(make("span", words.save + " " + one.title, { class: "unseen" }));
    star.dataset.url = one.url;
    star.addEventListener("click", () => toggle(one));
    card.querySelector(".byline").append(star);
  }
  const [none, lines, copy] = [make("p", words.empty), make("ul"), push("copy")];
  const list = dialog("saved", make("p", words.private, { class: "muted" }), none, lines, copy);
  const fill = () => {
    const items = saved.map((one) => {
      const item = make("li");
      const away = named(one.title, words.remove);
      away.addEventListener("click", () => {
        toggle(one);
        fill();
      });
      const link = make("a", one.title, { href: /^https?:/.test(one.url) ? one.url : "#", dir: "auto" });
      item.append(link, one.publisher ? make("span", " " + one.publisher, { class: "muted" }) : "", away);
      return item;
    });
    lines.replaceChildren(...items);
    none.hidden = saved.length > 0;
    copy.hidden = saved.length === 0;
  };
  tools.saved.addEventListener("click", () => {
    saved = get("saved", []);
    fill();
    list.showModal();
  });
  copy.addEventListener("click", () => {
    const text = saved.map((one) => `- [${one.title.replace(/([\\[\]])/g, "\\$1")}](${one.url})${one.publisher ? " – " + one.publisher : ""}`).join("\n");
    navigator.clipboard.writeText(text + "\n");
  });
  mark();

  // -- what is new since the last visit, on the page of the latest

  const latest = document.querySelector("[data-latest]");
  if (latest) {
    const moments = all(".card", latest).map((card) => [card, card.querySelector("time").dateTime]);
    const newest = moments.map(([, moment]) => moment).sort().pop() || "";
    const visit = get("visit", { since: newest, newest: newest, at: 0 });
    // Who comes back within half an hour is still there.
    if (Date.now() - visit.at > 1800000) visit.since = visit.newest;
    const fresh = moments.filter(([, moment]) => moment > visit.since).map(([card]) => card);
    for (const card of fresh) card.classList.add("new");
    if (fresh.length) latest.querySelector("h1").after(make("p", `${words.fresh} ${fresh.length}`, { class: "more" }));
    set("visit", { since: visit.since, newest: newest > visit.newest ? newest : visit.newest, at: Date.now() });
  }

  // -- keys

  const letters = make("input", "", { type: "checkbox" });
  const label = make("label");
  label.append(letters, " " + words.letters);
  const meanings = make("dl");
  for (const [key, said] of words.keys) {
    const term = make("dt");
    term.append(make("kbd", key));
    meanings.append(term, make("dd", said));
  }
  const help = dialog("help", label, meanings);
  letters.checked = get("keys", true);
  letters.addEventListener("change", () => set("keys", letters.checked));
  tools.help.addEventListener("click", () => help.showModal());

  const stops = all(".card, .course > li");
  const here = () => stops.findIndex((stop) => stop.contains(document.activeElement));
  const go = (step) => {
    const next = stops[Math.max(0, Math.min(stops.length - 1, here() < 0 ? (step > 0 ? 0 : stops.length - 1) : here() + step))];
    if (!next) return;
    next.querySelector(":is(h2, h3) a").focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };
  const current = () => stops[here()] || document.querySelector("article.item");
  const follow = (selector, from = document) => {
    const link = from && from.querySelector(selector);
    if (link) link.click();
  };
  const keys = {
    j: () => go(1),
    k: () => go(-1),
    o: () => follow(".byline > a, .ours a", current()),
    v: () => follow(":is(h1, h2, h3) a", current()),
    s: () => follow("button.save", current()),
    "/": () => follow('[data-key="/"]'),
    h: () => follow('[data-key="h"]'),
    d: () => follow('[data-key="d"]'),
    "[": () => follow('a[rel="prev"]'),
    "]": () => follow('a[rel="next"]'),
    "?": () => help.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    const busy = event.target.closest("input, textarea, select, [contenteditable], dialog");
    if (busy || !letters.checked || event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });

  const row = make("div", "", { class: "tools" });
  row.append(...Object.values(tools));
  bar.append(row);
})();
