// Forms that make a passkey or sign with one. Such a form carries data-passkey ("create" or "get") and data-options
// (JSON from the server); the answer goes into its field named "credential", and the form is sent as any other.
"use strict";

(() => {
  const toBytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (character) => character.charCodeAt(0));
  };

  const toText = (buffer) => {
    const plain = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };

  const opened = (credentials) => (credentials || []).map((one) => ({ ...one, id: toBytes(one.id) }));

  const ask = (kind, options) => {
    const publicKey = { ...options, challenge: toBytes(options.challenge) };
    if (kind === "create") {
      publicKey.user = { ...options.user, id: toBytes(options.user.id) };
      publicKey.excludeCredentials = opened(options.excludeCredentials);
      return navigator.credentials.create({ publicKey });
    }
    publicKey.allowCredentials = opened(options.allowCredentials);
    return navigator.credentials.get({ publicKey });
  };

  const written = (credential) => {
    const { response } = credential;
    const answer = { clientDataJSON: toText(response.clientDataJSON) };
    if (response.attestationObject) {
      answer.attestationObject = toText(response.attestationObject);
      answer.transports = response.getTransports ? response.getTransports() : [];
    } else {
      answer.authenticatorData = toText(response.authenticatorData);
      answer.signature = toText(response.signature);
      if (response.userHandle) answer.userHandle = toText(response.userHandle);
    }
    return JSON.stringify({
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment,
      response: answer,
    });
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = form.querySelector("button");
    const problem = form.querySelector("[data-passkey-problem]");
    const missing = form.querySelector("[data-passkey-missing]");
    if (!window.PublicKeyCredential || !navigator.credentials) {
      if (missing) missing.hidden = false;
      button.disabled = true;
      continue;
    }
    button.disabled = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      button.disabled = true;
      if (problem) problem.hidden = true;
      try {
        const credential = await ask(form.dataset.passkey, JSON.parse(form.dataset.options));
        form.elements.credential.value = written(credential);
        form.submit();
      } catch {
        if (problem) problem.hidden = false;
        button.disabled = false;
      }
    });
  }
})();
