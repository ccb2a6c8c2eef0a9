// Lets a page move while it is looked at. When the feed says that figures moved, the page is fetched again and what
// differs is put in its place: focus, opened details and scrolling stay as they are.

const LEAST = 2000; // milliseconds between two fetches
const AGAIN = 30000; // until the next attempt, when the hub has no room

const line = document.querySelector("[data-live]");
const main = document.getElementById("main");
let shown = line.dataset.live; // the id of what the page shows
let feed, timer;
let fetched = 0;

function listen() {
  if (document.hidden || feed) return;
  feed = new EventSource(`/feed?after=${encodeURIComponent(shown)}`);
  feed.addEventListener("moved", (event) => {
    if (event.lastEventId !== shown) soon(JSON.parse(event.data).spread * 1000 * Math.random());
  });
  feed.addEventListener("error", () => {
    if (feed?.readyState !== EventSource.CLOSED) return; // it comes back by itself
    rest();
    setTimeout(listen, AGAIN * (1 + Math.random()));
  });
}

function rest() {
  feed?.close();
  clearTimeout(timer);
  feed = timer = undefined;
}

function soon(wait) {
  timer ??= setTimeout(() => {
    timer = undefined;
    fetched = Date.now();
    renew().catch(() => feed && soon(LEAST * 2));
  }, Math.max(wait, fetched + LEAST - Date.now()));
}

async function renew() {
  const answer = await fetch(location.href, { cache: "no-store" });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = fresh.querySelector("[data-live]")?.dataset.live;
  if (!answer.ok || !now) throw new Error("no such page");
  const said = changes(figures(document), figures(fresh));
  const focused = document.activeElement;
  sync(main, fresh.getElementById("main"));
  if (focused.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
  shown = now;
  if (said) line.textContent = `Updated at ${new Date().toLocaleTimeString("en-GB", { timeStyle: "short" })}: ${said}.`;
}

// what the page says of each area and in all, by name
function figures(page) {
  const text = (node) => node?.textContent.trim() ?? "";
  const areas = [...page.querySelectorAll("#areas tbody tr[id]")];
  const keys = [...page.querySelectorAll(".key-figure")];
  return {
    // where some areas have no row, one that comes into view need not have joined
    whole: !page.querySelector("#areas [data-part]"),
    areas: new Map(areas.map((row) => [text(row.querySelector("th")), amount(text(row.querySelector(".number")))])),
    keys: new Map(keys.map((each) => [text(each.querySelector("dt")), text(each.querySelector("dd"))])),
  };
}

const amount = (text) => Number(text.replace(/[^\d.]/g, ""));

function changes(before, after) {
  const said = [];
  for (const [name, value] of after.areas) {
    const more = value - (before.areas.get(name) ?? 0);
    const unit = Math.abs(more) === 1 ? line.dataset.one : line.dataset.many;
    if (!before.areas.has(name)) before.whole && said.push(`${name} joined`);
    else if (more) said.push(`${Math.abs(more)} ${more > 0 ? "more" : "fewer"} ${unit} in ${name}`);
  }
  if (!said.length) {
    for (const [label, value] of after.keys) if (before.keys.get(label) !== value) said.push(`${label}: ${value}`);
  }
  const rest = said.splice(3).length;
  if (rest) said.push(`${rest} more changes`);
  return new Intl.ListFormat("en-GB").format(said);
}

// makes one tree like another, and keeps every node that can stay
function sync(old, fresh) {
  if (old.nodeName !== fresh.nodeName) return void old.replaceWith(fresh);
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes]) {
    if (name !== "open" && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  const nodes = [...fresh.childNodes];
  nodes.forEach((node, n) => {
    const here = old.childNodes[n];
    const twin = node.id ? [...old.children].find((each) => each.id === node.id) : here?.id ? undefined : here;
    if (twin !== here || !twin) old.insertBefore(twin ?? node, here ?? null);
    if (twin) sync(twin, node);
  });
  while (old.childNodes.length > nodes.length) old.lastChild.remove();
}

document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
if (document.readyState === "complete") listen();
else addEventListener("load", listen);
