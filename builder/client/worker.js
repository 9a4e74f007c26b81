// One stream of news for all tabs of this browser: it may hold only six connections to one server at a time.
// A shared worker; where there are none, a worker of each tab.
"use strict";

const tabs = new Map();
const name = Math.random().toString(36).slice(2);
let [token, current, pause, waiting] = ["", null, 0, 0];

const soon = (milliseconds) => {
  clearTimeout(waiting);
  waiting = setTimeout(listen, milliseconds);
};

const listen = async () => {
  if (current) current.abort();
  current = null;
  if (!tabs.size) return;
  const own = (current = new AbortController());
  const all = [...tabs.values()];
  const asked = new URLSearchParams({
    name,
    since: Math.min(...all.map((tab) => tab.since)),
    tabs: JSON.stringify(all.map((tab) => [tab.route, tab.version, tab.files])),
  });
  try {
    const answer = await fetch("events?" + asked, { headers: { "Broadsheet-Token": token }, cache: "no-store", signal: own.signal });
    if (answer.status === 403) {
      // Another process, which knows us not: the pages are asked for anew.
      for (const port of tabs.keys()) port.postMessage({ restarted: true });
      tabs.clear();
      return;
    }
    if (!answer.ok) throw new Error(answer.status);
    pause = 0;
    await read(answer.body.pipeThrough(new TextDecoderStream()).getReader());
  } catch {
    // The server is away, or this stream was given up for another.
  }
  if (own !== current) return;
  pause = Math.min(2000, pause * 2 || 100);
  soon(pause);
};

const read = async (reader) => {
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) if (event.startsWith("data: ")) tell(JSON.parse(event.slice(6)));
  }
};

const tell = (news) => {
  for (const [port, tab] of tabs) {
    tab.since = news.serial;
    const version = news.pages[tab.route];
    const troubles = Object.keys(news.troubles).filter((file) => file === "" || tab.files.includes(file));
    port.postMessage({
      serial: news.serial,
      version: version === tab.version ? undefined : version,
      assets: news.assets,
      troubles: troubles.map((file) => news.troubles[file]),
    });
  }
};

const attach = (port) => {
  port.onmessage = ({ data }) => {
    if (data.gone) {
      tabs.delete(port);
      if (!tabs.size && current) current.abort();
      return;
    }
    tabs.set(port, data.tab);
    token = data.token;
    // A tab that shows now what it was told of needs no other stream.
    if (!data.shows) soon(0);
  };
};

if ("onconnect" in self) self.onconnect = (event) => attach(event.ports[0]);
else attach(self);
