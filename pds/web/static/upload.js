// Sends several files one after another with their progress; without this the form
// sends one.
"use strict";

(() => {
  const form = document.getElementById("upload");
  const list = document.getElementById("uploads");
  const input = form.querySelector("input[type=file]");
  const words = form.dataset;
  input.multiple = true;

  function entry(name) {
    const box = document.createElement("section");
    box.className = "upload";
    const heading = document.createElement("h2");
    heading.textContent = name;
    const bar = document.createElement("progress");
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", name);
    const state = document.createElement("p");
    state.textContent = words.sending;
    box.append(heading, bar, state);
    list.append(box);
    return { box, bar, state };
  }

  function finish({ box, bar, state }, text, html) {
    bar.remove();
    state.textContent = text;
    if (!html) return;
    const page = new DOMParser().parseFromString(html, "text/html");
    const result = page.getElementById("result") ?? page.querySelector(".summary");
    if (!result) return;
    result.removeAttribute("id");
    const title = result.querySelector("h2");
    if (title?.textContent === box.firstChild.textContent) title.remove();
    box.append(document.adoptNode(result));
  }

  const send = (file) => new Promise((done) => {
    const shown = entry(file.name);
    const isArchive = /\.(zip|age)$/i.test(file.name);
    if (file.size > Number(isArchive ? words.mostArchiveBytes : words.mostBytes)) {
      finish(shown, words.tooLarge);
      done();
      return;
    }
    const body = new FormData(form);
    body.set("file", file);
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (event) => {
      const part = event.lengthComputable ? Math.round((100 * event.loaded) / event.total) : 0;
      shown.bar.value = part;
      shown.state.textContent = part < 100 ? `${words.sending} ${part} %` : words.reading;
    });
    request.addEventListener("load", () => {
      if (request.status === 413) finish(shown, words.tooLarge);
      else if (request.status === 200 && request.responseText.includes('id="result"')) {
        finish(shown, words.done, request.responseText);
      } else if (request.status >= 400 && request.status < 500) finish(shown, words.refused, request.responseText);
      else finish(shown, words.failed);
    });
    request.addEventListener("error", () => finish(shown, words.failed));
    request.addEventListener("loadend", () => done());
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "text/html");
    request.send(body);
  });

  let waiting = Promise.resolve();
  function sendAll(files) {
    for (const file of files) waiting = waiting.then(() => send(file));
    waiting = waiting.then(() => { input.value = ""; });
  }

  form.addEventListener("submit", (event) => {
    if (!input.files.length) return;
    event.preventDefault();
    sendAll([...input.files]);
  });

  const hint = document.createElement("p");
  hint.className = "hint";
  hint.textContent = words.drop;
  form.append(hint);
  form.addEventListener("dragover", (event) => {
    event.preventDefault();
    form.classList.add("dropping");
  });
  form.addEventListener("dragleave", () => form.classList.remove("dropping"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("dropping");
    sendAll([...event.dataTransfer.files]);
  });
})();
