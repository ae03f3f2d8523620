// Passkeys: asks the server for options, the device for an answer, and sends it back.
// Everything else on these pages works without this script.
"use strict";

(() => {
  const toBytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  };

  const toText = (buffer) => {
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };

  const named = (list) => (list || []).map((each) => ({ ...each, id: toBytes(each.id) }));

  const send = async (box, address, body) => {
    const response = await fetch(address, {
      method: "POST",
      headers: {
        Accept: "application/json",
        "Content-Type": "application/json",
        "X-CSRFToken": box.dataset.token,
      },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (response.status === 401) {
      window.location.reload();
    }
    if (!response.ok) {
      throw new Error(answer.title);
    }
    return answer;
  };

  const create = async (options) => {
    const made = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: toBytes(options.challenge),
        user: { ...options.user, id: toBytes(options.user.id) },
        excludeCredentials: named(options.excludeCredentials),
      },
    });
    const { response } = made;
    return {
      ...common(made),
      response: {
        clientDataJSON: toText(response.clientDataJSON),
        attestationObject: toText(response.attestationObject),
        transports: response.getTransports ? response.getTransports() : [],
      },
    };
  };

  const get = async (options) => {
    const shown = await navigator.credentials.get({
      publicKey: {
        ...options,
        challenge: toBytes(options.challenge),
        allowCredentials: named(options.allowCredentials),
      },
    });
    const { response } = shown;
    return {
      ...common(shown),
      response: {
        clientDataJSON: toText(response.clientDataJSON),
        authenticatorData: toText(response.authenticatorData),
        signature: toText(response.signature),
        userHandle: response.userHandle ? toText(response.userHandle) : null,
      },
    };
  };

  const common = (credential) => {
    const { prf } = credential.getClientExtensionResults();
    return {
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      clientExtensionResults: prf ? { prf: { enabled: prf.enabled === true } } : {},
    };
  };

  const words = (box, error) => {
    if (error instanceof DOMException) {
      const known = error.name === "InvalidStateError";
      return known ? box.dataset.known : box.dataset.cancelled;
    }
    return error instanceof TypeError || error instanceof SyntaxError || !error.message
      ? box.dataset.failed
      : error.message;
  };

  const run = async (box) => {
    const isNew = box.dataset.passkey === "register";
    const button = box.querySelector("button");
    const status = box.querySelector("[role=status]");
    const label = box.querySelector("input");
    button.disabled = true;
    status.textContent = box.dataset.working;
    try {
      const options = await send(box, box.dataset.options, {});
      const answer = await (isNew ? create : get)(options);
      if (label) {
        answer.label = label.value;
      }
      const done = await send(box, box.dataset.answer, answer);
      window.location.assign(done.next);
    } catch (error) {
      status.textContent = words(box, error);
      button.disabled = false;
      button.focus();
    }
  };

  const can = Boolean(window.PublicKeyCredential && navigator.credentials);
  for (const box of document.querySelectorAll("[data-passkey]")) {
    box.hidden = !can;
    box.querySelector("button").addEventListener("click", () => run(box));
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target instanceof HTMLInputElement) {
        event.preventDefault();
        run(box);
      }
    });
  }
  for (const notice of document.querySelectorAll("[data-passkey-unable]")) {
    notice.hidden = can;
  }
})();
