// The page that checks a proof: reads the file here, shows each step in words.
"use strict";

(() => {
  const at = (id) => document.getElementById(id);
  const [form, result, button] = [at("verifier"), at("result"), at("verify")];
  const words = new Map();
  for (const each of at("words").content.querySelectorAll("[data-word]")) {
    words.set(each.dataset.word, each.textContent);
  }
  const KINDS = { ok: "good", bad: "bad", skipped: "warn" };
  const LAST_MOMENT = 8.64e15;
  const SIGNS = { ok: "✔", bad: "✘", skipped: "–" };

  function element(kind, className, ...content) {
    const made = document.createElement(kind);
    if (className) made.className = className;
    made.append(...content);
    return made;
  }

  const filled = (text, values) =>
    text.replace(/\{(\w+)\}/g, (_, name) => Number.isFinite(Number(values[name]))
      ? Number(values[name]).toLocaleString("en") : String(values[name]));

  function wordsOf({ name, state, code, values }) {
    const keys = [`${state}.${name}.${code}`, `${state}.${name}`, state];
    return filled(words.get(keys.find((key) => words.has(key))), values);
  }

  function notice(kind, ...texts) {
    const paragraphs = texts.map((text) => element("p", "", text));
    return element("div", `notice notice-${kind}`, element("div", "", ...paragraphs));
  }

  function facts(rows, className = "") {
    const list = element("dl", "facts");
    for (const [term, text] of rows) {
      list.append(element("div", "", element("dt", "", term), element("dd", className, text)));
    }
    return list;
  }

  function moment(millis) {
    const style = { dateStyle: "long", timeStyle: "medium", timeZone: "Asia/Tokyo" };
    // A leaf may name a moment beyond the last day that there is.
    if (millis > LAST_MOMENT) return String(millis);
    return new Intl.DateTimeFormat(document.documentElement.lang, style).format(millis);
  }

  const worded = (kind, value) => words.get(`${kind}.${value}`) ?? String(value);

  function leafRows(leaf) {
    const shown = {
      typ: () => worded("typ", leaf.typ),
      t: () => moment(leaf.t),
      rcp: () => leaf.rcp,
      pur: () => worded("pur", leaf.pur),
      cats: () => leaf.cats.map((each) => worded("cats", each)).join(words.get("comma")),
      form: () => worded("form", leaf.form),
      id: () => leaf.id,
    };
    return Object.entries(shown).filter(([name]) => Object.hasOwn(leaf, name))
      .map(([name, text]) => [words.get(`leaf.${name}`), text()]);
  }

  function fieldRow([name, value]) {
    const text = name === "reasons"
      ? value.split(" ").map((each) => worded("reasons", each)).join(" ") : value;
    return [words.get(`field.${name}`) ?? name, text];
  }

  function heading(text) {
    return element("h2", "", text);
  }

  function show(found, isAlone) {
    const advice = { ok: isAlone ? [words.get("alone")] : [], bad: [words.get("kept")], skipped: [] };
    const verdict = notice(KINDS[found.verdict], words.get(`verdict.${found.verdict}`), ...advice[found.verdict]);
    verdict.dataset.verdict = found.verdict;
    const list = element("ol", "proof-steps");
    for (const step of found.steps) {
      const sign = element("span", "proof-sign", SIGNS[step.state]);
      sign.setAttribute("aria-hidden", "true");
      const state = element("strong", `tag tag-${KINDS[step.state]}`, sign, ` ${words.get(`state.${step.state}`)}`);
      const line = element("li", "", element("strong", "", words.get(`name.${step.name}`)), " ", state, element("p", "", wordsOf(step)));
      Object.assign(line.dataset, { step: step.name, state: step.state });
      list.append(line);
    }
    result.replaceChildren(verdict, heading(words.get("steps")), list);
    // What does not hold is not shown as if it were said by the log.
    const holds = (name) => found.steps.some((each) => each.name === name && each.state === "ok");
    if (holds("inclusion")) result.append(heading(words.get("says")), facts(leafRows(found.leaf)));
    if (holds("inclusion") && holds("fields")) {
      result.append(heading(words.get("details")), facts(found.opened.map(fieldRow), "mono"));
    }
  }

  async function ask(older, newer) {
    let answer;
    try {
      answer = await fetch(`/log/proof/consistency?from=${older}&to=${newer}`, { credentials: "omit" });
      if (!answer.ok) throw new LogProof.Unanswered();
      return (await answer.json()).hashes;
    } catch {
      throw new LogProof.Unanswered();
    }
  }

  async function proofBytes() {
    const [file] = at("proof").files;
    if (file) return new Uint8Array(await file.arrayBuffer());
    // A text field drops carriage returns and whoever pastes may lose the last newline.
    const text = at("pasted").value.trim();
    return text ? new TextEncoder().encode(`${text}\n`) : null;
  }

  async function check() {
    const proof = await proofBytes();
    if (!proof) {
      result.replaceChildren(notice("warn", words.get("nothing")));
      return;
    }
    const elsewhere = at("elsewhere").value;
    const found = await LogProof.check({ proof, vkey: at("vkey").value, elsewhere, ask });
    show(found, !elsewhere.trim());
    result.scrollIntoView();
  }

  if (!globalThis.crypto?.subtle) {
    result.replaceChildren(notice("warn", words.get("insecure")));
    return;
  }
  at("vkey").value = button.dataset.vkey;
  form.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    // Whatever happens now, no earlier verdict may stand for it.
    result.replaceChildren();
    check().finally(() => { button.disabled = false; });
  });
})();
