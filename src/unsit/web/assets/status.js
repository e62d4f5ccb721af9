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

const SETTLE_MS = 500; // as long as a click may still be meant for what was there before

const made = new Map(); // label -> button: one that stays keeps the focus
let drawn = "";
let places = "";
let settling = null;
let shown = null;

function show(view) {
  shown = view;
  const held = document.activeElement;
  const headline = view.connected ? view.headline : (view.parting ?? words.stands_still);
  const before = view.headline && words.before_that.replace("{state}", view.headline);
  setText(byId("headline"), headline);
  setText(byId("detail"), view.connected ? view.detail : before);
  document.title = headline;
  document.documentElement.dataset.phase = view.phase;
  document.documentElement.dataset.running = view.connected ? "yes" : "no";
  setText(byId("no-stretch"), view.no_stretch);
  byId("no-stretch").hidden = !view.no_stretch;
  setItems(byId("problems"), view.problems);
  byId("problems-box").hidden = !view.problems.length;
  showButtons(view);
  // What had the focus has gone with its command: the keyboard goes on from here, and not from the top of the page.
  if (held !== document.activeElement && !held.isConnected) byId("standing").focus({ preventScroll: true });
  settle();
}

function showButtons({ connected, allowed, undo }) {
  const wanted = connected ? BUTTONS.filter(([method]) => allowed.includes(method)) : [];
  if (connected && undo) wanted.push(["undo", undo, {}]);
  const told = JSON.stringify([connected, wanted]);
  if (told === drawn) return;
  drawn = told;
  const buttons = wanted.map(([method, label, params]) => button(label, method, params));
  if (connected) buttons.push(guide);
  const place = byId("actions");
  for (const old of [...place.children]) if (!buttons.includes(old)) old.remove();
  buttons.forEach((next, index) => {
    if (place.children[index] !== next) place.insertBefore(next, place.children[index] ?? null);
  });
}

/** Buttons that have come or moved under a pointer are not pressed by a click that was on its way. */
function settle() {
  const place = byId("actions");
  const now = [...place.children].map(({ textContent, offsetLeft, offsetTop }) => [textContent, offsetLeft, offsetTop]).join();
  if (now === places) return;
  if (places) {
    place.dataset.moved = "yes";
    clearTimeout(settling);
    settling = setTimeout(() => delete place.dataset.moved, SETTLE_MS);
  }
  places = now;
}

const guide = make("button", words.guide, { type: "button" });
guide.addEventListener("click", showGuide);

function button(label, method, params) {
  if (!made.has(label)) made.set(label, makeButton(label, method, params));
  return made.get(label);
}

function makeButton(label, method, params) {
  const element = make("button", label, { type: "button", "data-command": method });
  if (method === "begin") element.classList.add("primary");
  element.addEventListener("click", async () => {
    const refusal = await command(method, params);
    tell(refusal ?? "");
    if (method === "begin" && refusal === null) showGuide();
  });
  return element;
}

/** In place of this page: a window with a history could not close itself at the end. */
function showGuide() {
  location.replace("guide");
}

function tell(sentence) {
  byId("notice").hidden = !sentence;
  setText(byId("notice"), sentence);
}

/** Nothing more comes: whether Unsit itself runs, a page that has lost its server does not know. */
function part(sentence) {
  show({ ...shown, connected: false, parting: sentence === words.ended ? words.unconnected : words.stands_still });
  document.querySelector(".pages").hidden = true; // they come from the same server
}

follow({ show, tell, ended: part });
stayWithoutHistory();
