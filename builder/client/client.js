// What the preview adds to a page, in the answer alone: it keeps the page as its files say, and says what is wrong.
(() => {
  "use strict";

  const script = document.currentScript;
  const here = JSON.parse(script.dataset.broadsheet);
  const folder = new URL(".", script.src).pathname;
  script.remove();

  // -- what was served, and what the page's own scripts made of it since: that stays when the page changes

  const served = new WeakMap();
  const attributes = (element) => new Map([...element.attributes].map(({ name, value }) => [name, value]));
  const note = (node) => served.set(node, node.nodeType === Node.ELEMENT_NODE ? attributes(node) : new Map());
  const noteAll = (node, but = new Set()) => {
    if (but.has(node)) return;
    note(node);
    for (const child of node.childNodes) noteAll(child, but);
  };
  // This script comes last and before all deferred ones, so all that is there now was served.
  noteAll(document.documentElement);

  const made = (node, found = []) => {
    for (const child of node.childNodes) {
      if (served.has(child)) made(child, found);
      else found.push(child);
    }
    return found;
  };
  const kind = (element) => element.localName + "." + ((served.get(element) || attributes(element)).get("class") || "");

  // -- what cannot be changed in place: scripts ran, styles were applied, a policy only grows

  const LOUD = "script:not([type]), script[type=module], script[type='text/javascript'], link[rel~=stylesheet], meta[http-equiv], base";
  const ours = (element) => Boolean(element.dataset && element.dataset.broadsheet);
  const shape = (from) => [...from.querySelectorAll(LOUD)].filter((one) => !ours(one)).map((one) => one.outerHTML).join("\n");
  const quiet = (from) => [...from.head.children].filter((one) => !one.matches(LOUD) && one.localName !== "title" && !ours(one));
  const told = (elements) => elements.map((one) => one.outerHTML).join("\n");
  const [loud, head] = [shape(document), { said: told(quiet(document)) }];

  const KEPT = "broadsheet " + location.pathname;
  const reload = () => {
    const open = [...document.querySelectorAll("details")].map((one) => one.open);
    try {
      sessionStorage.setItem(KEPT, JSON.stringify({ open, at: [scrollX, scrollY] }));
    } catch { /* Then it begins at the top. */ }
    location.reload();
  };
  const resume = () => {
    try {
      const kept = JSON.parse(sessionStorage.getItem(KEPT));
      sessionStorage.removeItem(KEPT);
      if (!kept) return;
      const all = [...document.querySelectorAll("details")];
      if (all.length === kept.open.length) all.forEach((one, number) => (one.open = kept.open[number]));
      scrollTo(...kept.at);
    } catch { /* A forbidden storage. */ }
  };
  resume();

  // -- the page in place

  const KEYED = "article:not([id]), li:not([id]), tr:not([id])";
  // What is listed is told apart by a link that only it has: so a new card comes in between, and no card becomes another.
  const keysOf = (body, mine) => {
    const [keys, times] = [new Map(), new Map()];
    for (const element of body.querySelectorAll(KEYED)) {
      const links = [...element.querySelectorAll("a[href]")].filter(mine);
      const own = new Set(links.map((link) => `${element.localName} ${link.getAttribute("href")}`));
      keys.set(element, own);
      for (const key of own) times.set(key, (times.get(key) || 0) + 1);
    }
    return [...keys].map(([element, own]) => [[...own].find((key) => times.get(key) === 1), element]).filter(([key]) => key);
  };
  const MARK = "broadsheet:";
  const mark = (next) => {
    const [before, after] = [keysOf(document.body, (link) => served.has(link)), keysOf(next, () => true)];
    for (const [key, element] of [...before, ...after]) element.id = MARK + key;
  };
  const unmark = () => {
    for (const element of document.querySelectorAll(`[id^="${MARK}"]`)) {
      element.removeAttribute("id");
      if (served.has(element)) served.get(element).delete("id");
    }
  };

  const morph = (next) => {
    const own = new Set(made(document.body));
    // A page's script that added something to such elements would add it to new ones too: only a reload lets it.
    const dressed = new Set([...own].filter((one) => one.nodeType === Node.ELEMENT_NODE).map((one) => kind(one.parentNode)));
    const isDressed = (node) => node.nodeType === Node.ELEMENT_NODE && [node, ...node.querySelectorAll("*")].some((one) => dressed.has(kind(one)));
    let undressed = false;
    mark(next);
    let number = 0;
    // Nothing that is served may take the place of what a script made.
    for (const one of own) if (one.nodeType === Node.ELEMENT_NODE && !one.id) one.id = `${MARK}made ${(number += 1)}`;
    const callbacks = {
      beforeNodeAdded: (node) => {
        undressed ||= isDressed(node);
        return true;
      },
      afterNodeAdded: (node) => noteAll(node, own),
      beforeNodeRemoved: (node) => !own.has(node),
      afterNodeMorphed: (old, now) => served.set(old, now.nodeType === Node.ELEMENT_NODE ? attributes(now) : new Map()),
      // What the page says as before stays as it is now: a script or a reader changed it (`open`, `class`, `value`).
      beforeAttributeUpdated: (name, element, how) => {
        const was = served.get(element);
        if (!was) return true;
        const says = pending.get(element);
        return !(says && (says.get(name) ?? null) === (was.get(name) ?? null));
      },
    };
    const pending = new Map();
    callbacks.beforeNodeMorphed = (old, now) => {
      if (now.nodeType === Node.ELEMENT_NODE) pending.set(old, attributes(now));
      return true;
    };
    Idiomorph.morph(document.body, next, { morphStyle: "outerHTML", callbacks });
    unmark();
    return !undressed;
  };

  const change = (next) => {
    for (const one of next.querySelectorAll("script[data-broadsheet]")) one.remove();
    if (shape(next) !== loud) return false;
    document.title = next.title;
    for (const name of ["lang", "dir", "class"]) {
      const [was, says] = [served.get(document.documentElement).get(name) ?? null, next.documentElement.getAttribute(name)];
      if (was === says) continue;
      if (says === null) document.documentElement.removeAttribute(name);
      else document.documentElement.setAttribute(name, says);
    }
    note(document.documentElement);
    const metas = quiet(next);
    if (told(metas) !== head.said) {
      head.said = told(metas);
      for (const one of quiet(document)) if (served.has(one)) one.remove();
      for (const one of metas) noteAll(document.head.appendChild(document.importNode(one, true)));
    }
    return morph(next.body);
  };

  let morphing;
  const idiomorph = () =>
    (morphing ||= new Promise((resolve, reject) => {
      const element = document.createElement("script");
      element.dataset.broadsheet = "idiomorph";
      element.onload = resolve;
      element.onerror = (event) => {
        morphing = undefined;
        reject(event);
      };
      element.src = `${folder}idiomorph.js?v=${here.client}`;
      document.head.append(element);
    }));

  // -- what the server says

  // What the stream said last; what is shown follows.
  let [wanted, failed] = [here.version, 0];
  let [busy, again] = [false, false];
  const refresh = async () => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    do {
      again = false;
      try {
        await look();
      } catch {
        // Whatever could not be changed in place can be loaded.
        return reload();
      }
    } while (again);
    busy = false;
  };
  const look = async () => {
    let [answer, text] = [null, ""];
    try {
      [answer] = await Promise.all([fetch(location.pathname + location.search, { headers: { Accept: "text/html" } }), idiomorph()]);
      text = await answer.text();
    } catch {
      // If the server is away, the stream comes back with it, and says again what this page does not show.
      wanted = here.version;
      if (failed < 5) setTimeout(refresh, 100 * 2 ** (failed += 1));
      return;
    }
    failed = 0;
    const next = new DOMParser().parseFromString(text, "text/html");
    const own = next.querySelector("script[data-broadsheet]");
    if (!own || answer.redirected) return reload();
    const now = JSON.parse(own.dataset.broadsheet);
    if (now.token !== here.token) return reload();
    if (now.status === 500 && here.status !== 500) {
      // The last good page stays below what is wrong.
      trouble.page = next.querySelector(".trouble").outerHTML;
    } else if (now.status !== here.status || !change(next)) return reload();
    else {
      trouble.page = "";
      here.source = now.source;
      here.files = now.files;
    }
    here.version = wanted = now.version;
    show();
    say({ shows: true });
    document.dispatchEvent(new CustomEvent("broadsheet:changed"));
  };

  const path = (address) => new URL(address, document.baseURI).pathname;
  const swap = (link, serial) => {
    const next = link.cloneNode();
    const address = new URL(link.href);
    address.searchParams.set("v", serial);
    next.href = address.href;
    if (served.has(link)) note(next);
    next.onload = () => link.remove();
    next.onerror = () => next.remove();
    link.after(next);
  };
  const load = (assets, serial) => {
    const changed = new Set(assets.map((route) => path(here.base + encodeURI(route.slice(1)))));
    const isOurs = (address) => new URL(address, document.baseURI).origin === location.origin;
    const loaded = (selector, name) => [...document.querySelectorAll(selector)].filter((one) => one[name] && isOurs(one[name]) && changed.has(path(one[name])));
    if (loaded("script[src]", "src").length) return reload();
    const all = [...document.querySelectorAll("link[rel~=stylesheet]")].filter((link) => isOurs(link.href));
    const sheets = loaded("link[rel~=stylesheet]", "href");
    const pictures = loaded("img", "src");
    for (const one of pictures) one.src = `${path(one.src)}?v=${serial}`;
    // What no element of the page names may be imported by a style, or be a picture or a font in it.
    const named = new Set([...sheets.map((link) => path(link.href)), ...pictures.map((one) => path(one.src))]);
    const unnamed = [...changed].some((one) => !named.has(one) && !one.endsWith(".js"));
    for (const link of unnamed ? all : sheets) swap(link, serial);
  };

  const hear = ({ data }) => {
    if (data.restarted) return reload();
    here.serial = data.serial;
    if (data.assets.length) load(data.assets, data.serial);
    trouble.files = data.troubles.join("");
    show();
    if (data.version !== undefined && data.version !== wanted) {
      wanted = data.version;
      refresh();
    }
  };

  let port;
  const say = (more) => {
    const tab = { route: here.route, version: here.version, files: here.files, since: here.serial };
    if (port) port.postMessage({ tab, token: here.token, ...more });
  };
  const connect = () => {
    if (!here.route) return;
    const address = `${folder}worker.js?v=${here.client}`;
    const alone = typeof SharedWorker === "undefined";
    port = alone ? new Worker(address) : new SharedWorker(address).port;
    port.onmessage = hear;
    say();
    addEventListener("pagehide", () => port.postMessage({ gone: true }));
    addEventListener("pageshow", (event) => event.persisted && say());
    // Each tab has a connection of its own then, and those that nobody sees give theirs up.
    if (alone) document.addEventListener("visibilitychange", () => (document.hidden ? port.postMessage({ gone: true }) : say()));
  };

  // -- what is wrong, and what to edit

  const trouble = { page: "", files: "", hidden: "" };
  const make = (tag, text, more = {}) => Object.assign(document.createElement(tag), { textContent: text }, more);
  const host = document.createElement("broadsheet-preview");
  const root = host.attachShadow({ mode: "open" });
  const [overlay, said, bar] = [make("div", "", { className: "overlay", hidden: true }), make("div", ""), make("div", "", { className: "bar", hidden: true })];
  overlay.dir = bar.dir = "ltr";
  said.setAttribute("role", "alert");
  const away = make("button", "Hide", { type: "button", className: "hide" });
  const inner = make("div", "");
  inner.append(away, said);
  overlay.append(inner);
  const wrong = make("button", "what is wrong?", { type: "button", className: "bad", hidden: true });
  const file = make("button", "", { type: "button", title: "Copy the path of this page's file" });
  const about = make("a", "about this site", { title: "What is to be known of this site" });
  bar.append(wrong, file, about);
  root.append(overlay, bar);

  const hide = () => {
    trouble.hidden = said.dataset.all;
    show();
  };
  const show = () => {
    if (!ready) return;
    // A page that tells what is wrong needs nothing over it.
    // Nor is anything told twice.
    const page = trouble.files.includes(trouble.page) ? "" : trouble.page;
    const all = here.status === 500 ? "" : page + trouble.files;
    if (!all) trouble.hidden = "";
    overlay.hidden = !all || all === trouble.hidden;
    wrong.hidden = !all || !overlay.hidden;
    if (said.dataset.all !== all) {
      said.innerHTML = all;
      said.dataset.all = all;
    }
    if (file.dataset.path !== here.source) file.textContent = file.dataset.path = here.source;
    file.hidden = !here.source;
    about.href = `${folder}?from=${encodeURIComponent(here.route)}`;
    // It may be gone with a page's own script; a page in trouble says so itself.
    bar.hidden = here.status !== 200 && !all;
    if (!host.isConnected) document.documentElement.append(host);
  };
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Only this machine's own names are safe enough for the clipboard.
      prompt("Copy this", text);
    }
  };
  file.addEventListener("click", async () => {
    await copy(file.dataset.path);
    file.textContent = "copied";
    setTimeout(() => (file.textContent = file.dataset.path), 1000);
  });
  away.addEventListener("click", () => hide());
  wrong.addEventListener("click", () => {
    trouble.hidden = "";
    show();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !overlay.hidden && !document.querySelector("dialog[open]")) hide();
  });
  let ready = false;
  const dress = async () => {
    try {
      // A style sheet that is made here needs no leave of the page's policy.
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(await (await fetch(`${folder}own.css?v=${here.client}`)).text());
      root.adoptedStyleSheets = [sheet];
    } catch { /* What is wrong can be read without looks. */ }
    ready = true;
    show();
  };
  dress();

  connect();
  addEventListener("load", () => void idiomorph());
})();
