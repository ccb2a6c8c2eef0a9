// Asks the browser for a passkey and sends what it answers with the form. All else is decided by the hub.
"use strict";

const form = document.querySelector("form[data-passkey]");
const trouble = document.querySelector("[data-passkey-trouble]");
document.querySelector("[data-passkey-without]").hidden = true;
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

function say(sentence) {
  trouble.textContent = sentence;
  trouble.hidden = false;
}

async function ask(options) {
  options.challenge = bytes(options.challenge);
  for (const each of [...(options.excludeCredentials ?? []), ...(options.allowCredentials ?? [])]) {
    each.id = bytes(each.id);
  }
  if (!options.user) {
    return navigator.credentials.get({ publicKey: options });
  }
  options.user.id = bytes(options.user.id);
  return navigator.credentials.create({ publicKey: options });
}

function written(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) {
      response[name] = text(credential.response[name]);
    }
  }
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
}

if (form && window.PublicKeyCredential) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    trouble.hidden = true;
    try {
      form.elements.credential.value = written(await ask(JSON.parse(form.dataset.passkey)));
      form.submit();
    } catch (error) {
      say(
        error.name === "InvalidStateError"
          ? "This device holds a passkey for your account already."
          : "No passkey was used. Try again, or choose another way.",
      );
    }
  });
} else {
  say("This browser has no passkeys. Choose another way.");
}
