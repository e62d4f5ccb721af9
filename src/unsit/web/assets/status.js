// How things stand, and every command that the state allows. Times of day only: nothing here ticks.

import { byId, make, setItems, setText } from "./dom.js";
import { command, follow, words } from "./live.js";
import { stayWithoutHistory } from "./reading.js";

const BUTTONS = [
  ["begin", words.start, {}],
  ["snooze", words.snooze, {}],
  ["skip", words.skip_prompt, {}],
  ["done", words.done, {}],
  ["pause", words.pause_hour, { for: "1h" }],
  ["pause", words.pause_tomorrow, { tomorrow: "true" }],
  ["resume", words.resume, {}],
  ["stand", words.stand, {}],
  ["sit", words.sit, {}],
  ["stop", words.stop, {}],
];

let drawn = "";
let shown = null;

function show(view) {
  shown = view;
  setText(byId("headline"), view.headline || words.not_running);
  setText(byId("detail"), view.detail);
  document.title = view.headline || words.status_title;
  document.documentElement.dataset.phase = view.phase;
  setItems(byId("problems"), view.problems);
  byId("problems-box").hidden = !view.problems.length;
  const told = JSON.stringify([view.allowed, view.undo]);
  if (told === drawn) return;
  drawn = told;
  const buttons = BUTTONS.filter(([method]) => view.allowed.includes(method)).map(([method, label, params]) =>
    button(label, method, params),
  );
  if (view.undo) buttons.push(button(view.undo, "undo", {}));
  const guide = make("button", words.guide, { type: "button" });
  guide.addEventListener("click", showGuide);
  buttons.push(guide);
  byId("actions").replaceChildren(...buttons);
  byId("actions").querySelector("[data-command=begin]")?.classList.add("primary");
}

function button(label, method, params) {
  const made = make("button", label, { type: "button", "data-command": method });
  made.addEventListener("click", async () => {
    const refusal = await command(method, params);
    tell(refusal ?? "");
    if (method === "begin" && refusal === null) showGuide();
  });
  return made;
}

/** In place of this page: a window with a history could not close itself at the end. */
function showGuide() {
  location.replace("guide");
}

function tell(sentence) {
  byId("notice").hidden = !sentence;
  setText(byId("notice"), sentence);
}

follow({ show, tell, ended: () => show({ ...shown, allowed: [], undo: null }) });
stayWithoutHistory();
