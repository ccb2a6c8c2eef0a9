// Shows a page of ours when a form cannot be sent, with what was typed and a button that sends it again. It keeps that
// page, which is the same for everybody, and nothing else; every other request goes its way as if it were not there.
"use strict";

const PAGE = "/no-connection";
const FORM = /^\/areas\/[^/]+\/(record\/[^/]+|recorded\/\d+\/correct)$/;
const HEADERS = ["Content-Type", "Content-Security-Policy", "Referrer-Policy"];

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(VERSION).then((cache) => cache.add(new Request(PAGE, { credentials: "omit" }))));
});

self.addEventListener("activate", (event) => {
  const older = async () => (await caches.keys()).filter((name) => name !== VERSION);
  event.waitUntil(older().then((names) => Promise.all(names.map((name) => caches.delete(name)))));
});

// Passed on by a worker, another site's form would look like one of ours: only what a page of ours sends is touched.
const isOurs = (request) => request.referrer.startsWith(`${location.origin}/`);

self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  if (method === "POST" && mode === "navigate" && FORM.test(new URL(url).pathname) && isOurs(event.request)) {
    event.respondWith(send(event.request));
  }
});

async function send(request) {
  const typed = request.clone().text();
  try {
    return await fetch(request);
  } catch {
    return noConnection(new URLSearchParams(await typed));
  }
}

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text) => text.replace(/[&<>"]/g, (letter) => ENTITIES[letter]);

async function noConnection(typed) {
  const page = await (await caches.open(VERSION)).match(PAGE);
  if (!page) return Response.error();
  const inputs = [...typed].map(([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`);
  const headers = HEADERS.map((name) => [name, page.headers.get(name)]);
  // its form has no address and so goes to that of this answer, which is where it was sent before
  const body = (await page.text()).replace("<!-- what was typed -->", () => inputs.join(""));
  return new Response(body, { status: 503, headers: [...headers, ["Cache-Control", "no-store"]] });
}
