"use strict";

// One passage at a time; Enter goes on to the next without codes, and over all again once there is none. What the coder chose and has not saved stays in `drafts` until they save it.
const ANSWERS = [["yes", true, "Yes"], ["no", false, "No"], ["unsure", null, "?"]];
const at = (id) => document.getElementById(id);
const make = (tag, given = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), given);
  node.append(...children);
  return node;
};

let state, place = 0, chosen = 0, busy = false;
const drafts = new Map();

const whole = (item) => state.themes.every((t) => t.theme in item.codes);
const draft = () => {
  const item = state.items[place];
  if (!drafts.has(item.id)) drafts.set(item.id, { codes: { ...item.codes }, note: item.note });
  return drafts.get(item.id);
};
const changed = (item) => {
  const mine = drafts.get(item.id);
  return mine && (mine.note !== item.note || state.themes.some((t) => mine.codes[t.theme] !== item.codes[t.theme]));
};

async function start() {
  try {
    const answer = await fetch("state");
    state = await answer.json();
    if (!answer.ok) throw new Error(state.error);
  } catch (error) {
    at("passage").textContent = `The codes can't be loaded (${error.message}). Run themeshift label serve again and open the address that it prints.`;
    return;
  }
  document.title = `${state.sample} · coding`;
  at("sample").textContent = state.sample;
  at("coder").textContent = state.coder;
  at("total").textContent = state.items.length;
  at("themes").replaceChildren(...state.themes.map(themeRow));
  if (state.gone) tell(`${state.gone} passages of the sample have changed since it was drawn and are left out.`);
  const first = state.items.findIndex((item) => !whole(item));
  first < 0 ? finish() : show(first);
}

function themeRow(theme, number) {
  const answers = make("span", { className: "answers" });
  for (const [kind, value, word] of ANSWERS) {
    const id = `t${number}-${kind}`;
    const input = make("input", { type: "radio", name: `t${number}`, id, className: `is-${kind}` });
    input.addEventListener("change", () => { choose(number); answer(number, value); });
    input.addEventListener("focus", () => choose(number));
    const label = make("label", { htmlFor: id }, word);
    if (value === null) { label.title = "can’t tell"; input.setAttribute("aria-label", "can’t tell"); }
    answers.append(input, label);
  }
  const key = number < 9 ? make("kbd", { ariaHidden: "true" }, String(number + 1)) : make("span");
  const definition = make("p", { className: "definition", id: `d${number}` }, theme.definition);
  const parts = [make("legend", {}, key, make("span", { className: "name" }, theme.label)), answers, definition];
  if (theme.examples.length) {
    parts.push(make("details", {}, make("summary", {}, "Examples"), make("ul", {}, ...theme.examples.map((x) => make("li", {}, x)))));
  }
  const row = make("fieldset", { id: `row${number}` }, ...parts);
  row.setAttribute("aria-describedby", definition.id);
  row.addEventListener("click", (event) => {
    choose(number);
    // After a click with the mouse the keys are the page's again; who goes by Tab keeps the focus.
    if (event.detail && event.target.matches("input, label")) at("passage").focus({ preventScroll: true });
  });
  return row;
}

function show(number) {
  place = number;
  at("end").hidden = true;
  document.querySelector("main").hidden = false;
  const item = state.items[place];
  const kept = whole(item) ? "coded" : "";
  at("place").replaceChildren(`Passage ${place + 1} of ${state.items.length} `, make("span", { className: "state" }, kept));
  const { title, source, date } = item.about;
  const rest = [source, date].filter(Boolean).join(", ");
  at("about").hidden = !title && !rest;
  at("about").replaceChildren(...(title ? [make("cite", {}, title), rest ? ". " : ""] : []), rest);
  at("passage").replaceChildren(...item.text.split(/\n{2,}/).map((paragraph) => make("p", {}, paragraph)));
  at("note").value = draft().note;
  document.querySelector("article").scrollTop = 0;
  choose(0);
  document.querySelectorAll("details").forEach((examples) => { examples.open = false; });
  paint();
  window.scrollTo(0, 0);
  at("passage").focus({ preventScroll: true });
}

function paint() {
  const mine = draft(), item = state.items[place];
  state.themes.forEach(({ theme }, number) => {
    for (const [kind, value] of ANSWERS) at(`t${number}-${kind}`).checked = theme in mine.codes && mine.codes[theme] === value;
    at(`row${number}`).classList.toggle("yes", mine.codes[theme] === true);
  });
  const count = (value) => state.themes.filter(({ theme }) => (theme in mine.codes ? mine.codes[theme] : false) === value).length;
  const parts = [[count(true), "yes"], [count(false), "no"], [count(null), "can’t tell"]].filter(([n]) => n);
  const only = state.themes.length === 1;
  at("saying").textContent = whole(item) && !changed(item) ? "Next" : `Save: ${parts.map(([n, word]) => (only ? word : `${n} ${word}`)).join(", ")}`;
  at("back").disabled = place === 0;
  at("forward").disabled = place === state.items.length - 1;
  const done = state.items.filter(whole).length;
  at("done").textContent = done;
  at("fill").style.width = `${(100 * done) / state.items.length}%`;
  at("track").setAttribute("aria-valuemax", state.items.length);
  at("track").setAttribute("aria-valuenow", done);
}

function choose(number) {
  chosen = (number + state.themes.length) % state.themes.length;
  state.themes.forEach((_, n) => {
    at(`row${n}`).classList.toggle("chosen", n === chosen);
    const examples = at(`row${n}`).querySelector("details");
    if (examples && n !== chosen) examples.open = false;
  });
}

function go(number) {
  choose(number);
  at(`row${chosen}`).scrollIntoView({ block: "nearest" });
}

function answer(number, value) {
  draft().codes[state.themes[number].theme] = value;
  paint();
}

function toggle(number) {
  go(number);
  answer(number, draft().codes[state.themes[number].theme] !== true);
}

function step(by) {
  const next = place + by;
  if (next >= 0 && next < state.items.length) show(next);
}

async function save() {
  if (busy) return;
  const item = state.items[place], mine = draft();
  const again = whole(item);
  if (again && !changed(item)) return onward(again);
  busy = true;
  at("save").disabled = true;
  const codes = Object.fromEntries(state.themes.map(({ theme }) => [theme, theme in mine.codes ? mine.codes[theme] : false]));
  const note = mine.note.trim();
  try {
    const answer = await fetch("save", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ id: item.id, codes, note }) });
    if (!answer.ok) throw new Error((await answer.json()).error);
    item.codes = codes;
    item.note = note;
    drafts.delete(item.id);
    tell(`Passage ${place + 1} is kept.`);
    onward(again);
  } catch (error) {
    const why = error instanceof TypeError ? "the server doesn’t answer" : error.message;
    tell(`Not saved: ${why}. Your choices stay here; press Enter to try again.`, true);
  } finally {
    busy = false;
    at("save").disabled = false;
  }
}

function onward(again) {
  const after = state.items.findIndex((item, number) => number > place && !whole(item));
  const open = after < 0 ? state.items.findIndex((item) => !whole(item)) : after;
  if (open >= 0) show(open);
  else if (again && place + 1 < state.items.length) show(place + 1);
  else finish();
}

function finish() {
  paint();
  document.querySelector("main").hidden = true;
  at("end").hidden = false;
  at("end").focus();
}

function tell(text, failed = false) {
  at("said").textContent = text;
  at("said").classList.toggle("failed", failed);
}

const KEYS = {
  y: () => answer(chosen, true),
  n: () => answer(chosen, false),
  "?": () => answer(chosen, null),
  Enter: save,
  ArrowLeft: () => (at("end").hidden ? step(-1) : show(state.items.length - 1)),
  ArrowRight: () => step(1),
  ArrowUp: () => go(chosen - 1),
  ArrowDown: () => go(chosen + 1),
  m: () => at("note").focus(),
  h: () => at("help").showModal(),
  e: () => {
    const examples = at(`row${chosen}`).querySelector("details");
    if (examples) examples.open = !examples.open;
  },
};

document.addEventListener("keydown", (event) => {
  if (!state || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || at("help").open) return;
  if (event.target === at("note")) {
    if (event.key === "Escape") at("passage").focus();
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); save(); }
    return;
  }
  // A button or a summary that has the focus is pressed by Enter, as everywhere.
  if (event.key === "Enter" && event.target.closest("button, summary, a")) return;
  if (event.target.type === "radio" && ["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  const number = Number(event.key) - 1;
  const act = event.key.length === 1 && number >= 0 && number < state.themes.length ? () => toggle(number) : KEYS[event.key];
  if (!act || (!at("end").hidden && event.key !== "ArrowLeft")) return;
  event.preventDefault();
  act();
});
at("note").addEventListener("input", () => { draft().note = at("note").value; paint(); });
at("themes").addEventListener("submit", (event) => event.preventDefault());
at("save").addEventListener("click", save);
at("back").addEventListener("click", () => step(-1));
at("forward").addEventListener("click", () => step(1));
at("again").addEventListener("click", () => show(state.items.length - 1));
at("help-open").addEventListener("click", () => at("help").showModal());
at("help-close").addEventListener("click", () => at("help").close());
window.addEventListener("beforeunload", (event) => { if (state && state.items.some(changed)) event.preventDefault(); });
start();
