// Keeps what was typed until the hub has answered. It is locked under a key that the hub gives to this account alone,
// so that it is of no use to whoever takes up the phone next. The form does all its work without this.
"use strict";

const LONGEST = 7 * 24 * 60 * 60 * 1000;
const PATIENCE = 5000;

const form = document.querySelector("form[data-draft]");
const kept = () => Object.keys(localStorage).filter((name) => name.startsWith("draft:"));
const nameOf = (key) => `draft:${key}`;

// what the hub answered, by whichever page, is kept no longer
const answered = document.cookie.match(/(?:^|; )__Host-answered=([0-9A-Za-z-]+)/);
if (answered) {
  localStorage.removeItem(nameOf(answered[1]));
  document.cookie = "__Host-answered=; Max-Age=0; Path=/; Secure; SameSite=Lax";
}

// the form, and what the link that leads to it says: another link may lead to the same form for something else
const whatFor = () => {
  const hidden = [...form.querySelectorAll("input[type=hidden]:not([name=key])")];
  return JSON.stringify([form.getAttribute("action"), ...hidden.map((input) => [input.name, input.value])]);
};

const lock = () => {
  const key = Uint8Array.from(form.dataset.draftKey.match(/../g), (digits) => parseInt(digits, 16));
  return crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]);
};

async function keep(button) {
  const fields = [...new FormData(form, button)].filter(([name]) => name !== "key");
  const plain = new TextEncoder().encode(JSON.stringify({ whatFor: whatFor(), fields }));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const locked = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await lock(), plain));
  const draft = { at: Date.now(), iv: [...iv], locked: [...locked] };
  localStorage.setItem(nameOf(form.elements.key.value), JSON.stringify(draft));
}

// what this account kept; what is too old or cannot be opened, as another account's, is thrown away
async function drafts() {
  const found = [];
  for (const name of kept()) {
    try {
      const { at, iv, locked } = JSON.parse(localStorage.getItem(name));
      if (at < Date.now() - LONGEST) throw new Error("too old");
      const how = { name: "AES-GCM", iv: new Uint8Array(iv) };
      const plain = await crypto.subtle.decrypt(how, await lock(), new Uint8Array(locked));
      found.push({ name, at, ...JSON.parse(new TextDecoder().decode(plain)) });
    } catch {
      localStorage.removeItem(name);
    }
  }
  return found.sort((one, other) => other.at - one.at);
}

function fillIn(fields) {
  for (const input of form.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    const said = fields.filter(([name]) => name === input.name).map(([, value]) => value);
    if (input.type === "radio" || input.type === "checkbox") input.checked = said.includes(input.value);
    else input.value = said.findLast((value) => value) ?? "";
    if (said.some((value) => value)) input.closest("details")?.setAttribute("open", "");
  }
}

async function goOn() {
  const draft = (await drafts()).find((each) => each.whatFor === whatFor());
  if (!draft || form.dataset.draft === "answered") return;
  fillIn(draft.fields);
  // under the key it was sent with before: if that did arrive, it is not recorded a second time
  form.elements.key.value = draft.name.slice(nameOf("").length);
  const here = new URL(location);
  here.searchParams.set("key", form.elements.key.value);
  history.replaceState(null, "", here);
  const said = document.querySelector("[data-draft-kept]");
  const when = { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" };
  said.querySelector("time").textContent = new Date(draft.at).toLocaleString("en-GB", when);
  said.querySelector("button").addEventListener("click", () => {
    localStorage.removeItem(draft.name);
    location.reload();
  });
  said.hidden = false;
}

if (form?.requestSubmit && crypto.subtle) {
  goOn();
  navigator.serviceWorker?.register("/drafts-worker.js", { scope: "/areas/" }).catch(() => {});
  let state = "ready";
  addEventListener("pageshow", () => (state = "ready"));
  form.addEventListener("submit", async (event) => {
    if (state === "kept") return void (state = "sent");
    event.preventDefault();
    if (state !== "ready") return; // a second tap
    state = "keeping";
    await keep(event.submitter).catch(() => {}); // it is sent all the same
    await new Promise((go) => setTimeout(go)); // a form cannot be sent again while it is still being told of the first time
    state = "kept";
    form.requestSubmit(event.submitter);
    setTimeout(() => (state = "ready"), PATIENCE);
  });
}
