// The guide: before the stretch, in it, and after it. It shows; the daemon decides and keeps the time.

import { byId, make, setFigure, setItems, setText } from "./dom.js";
import { command, follow, nowS, words } from "./live.js";
import { cueAt, positionAt, reading } from "./session.js";

const CLOSE_FAILED_AFTER_MS = 500;
const TICK_SLACK_MS = 4; // so that a timer that fires a hair early does not show the old second again

const page = document.documentElement;
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const views = [...document.querySelectorAll("[data-shown]")];

let view = null;
let seenSession = null; // the last session that ran on this page: its end is shown however long ago it was
let goneAt = null; // when it was no longer there, on the daemon's clock
let tickTimer = null;
let ringFrame = null;
let closeTimer = null;
let drawnSegment = "";
let drawnChoices = "";
let announced = "";

// ---------------------------------------------------------------------------------------------------- which of the views

function wanted() {
  if (view.session) return "session";
  if (view.phase !== "due" && endOfSession()) return "end";
  return view.offer ? "before" : "wait";
}

/** What to say of the session that is over, if one is: the daemon's word, or, where nothing of it stays, the page's own. */
function endOfSession() {
  const { end, stopped } = view;
  if (end && end.session === seenSession) return end;
  if (seenSession !== null && goneAt !== null && stopped) return { ...stopped, at_s: goneAt };
  return end && nowS() - end.at_s < Math.min(end.show_for_s, end.close_after_s) ? end : null;
}

function show(next) {
  const wasRunning = Boolean(view?.session);
  view = next;
  if (view.session) {
    seenSession = view.session.id;
    goneAt = null;
  } else if (wasRunning) goneAt = nowS();
  if (view.phase === "due") seenSession = goneAt = null; // offered again, or anew
  const name = wanted();
  page.dataset.view = name;
  for (const element of views) element.hidden = element.dataset.shown !== name;
  if (name !== "session") leaveSession();
  if (name !== "end") clearTimeout(closeTimer);
  ({ wait: showWait, before: showBefore, session: showSession, end: showEnd })[name]();
  holdScreen();
}

function showWait() {
  setText(byId("wait-words"), view.connected ? "" : words.not_running);
}

// ------------------------------------------------------------------------------------------------------ before the stretch

function showBefore() {
  const { offer } = view;
  document.title = offer.title;
  setText(byId("before-state"), [view.headline, view.detail].filter(Boolean).join(" · "));
  setText(byId("before-title"), offer.title);
  setText(byId("before-length"), offer.length);
  setFigure(document.querySelector("#before .picture"), offer.exercises[0]?.id, offer.side);
  const several = offer.exercises.length > 1;
  const told = JSON.stringify(offer.exercises);
  const place = byId("before-steps");
  if (place.dataset.told !== told) {
    place.dataset.told = told;
    place.replaceChildren(
      ...offer.exercises.map((exercise) => {
        const part = make("section");
        part.append(make("h2", several ? exercise.name : words.steps));
        const list = make("ol", "", { class: "steps" });
        setItems(list, exercise.steps);
        part.append(list);
        return part;
      }),
    );
  }
  setText(byId("before-needs"), offer.needs.join(", "));
  byId("before-needs-box").hidden = !offer.needs.length;
  setItems(byId("before-cautions"), offer.cautions);
  byId("before-cautions-box").hidden = !offer.cautions.length;

  const may = new Set(view.allowed);
  byId("start").hidden = !may.has("begin");
  const others = [];
  if (may.has("snooze")) for (const { label, for: length } of view.snoozes) others.push([label, "snooze", { for: length }]);
  if (may.has("skip")) others.push([words.skip_prompt, "skip", {}]);
  setButtons(byId("before-actions"), others);
}

function setButtons(place, buttons) {
  const told = JSON.stringify(buttons);
  if (place.dataset.told === told) return;
  place.dataset.told = told;
  place.replaceChildren(
    ...buttons.map(([label, method, params]) => {
      const button = make("button", label, { "data-command": method, type: "button" });
      button.params = params;
      return button;
    }),
  );
}

// ------------------------------------------------------------------------------------------------------------ the stretch

function showSession() {
  const { session } = view;
  setText(byId("title"), session.title);
  page.dataset.paused = session.ends_s === null ? "yes" : "no";
  setText(byId("toggle-word"), session.paused ? words.go_on : words.pause);
  byId("paused-word").hidden = session.ends_s !== null;
  for (const button of document.querySelectorAll("#session [data-command]")) {
    button.disabled = !view.allowed.includes(button.dataset.command);
  }
  showPath(session);
  showChoices(session.choices);
  showMoment();
  keepTime();
}

function showPath(session) {
  const path = byId("path");
  const told = JSON.stringify(session.segments.map((segment) => [segment.short, segment.seconds]));
  if (path.dataset.told === told) return;
  path.dataset.told = told;
  path.replaceChildren(
    ...session.segments.map((segment) => {
      const item = make("li");
      item.append(make("span", segment.short, { class: "unseen" }));
      item.style.flexGrow = String(Math.sqrt(segment.seconds)); // a walk is long, and the sides are what matters
      item.dataset.side = segment.side ?? "none";
      return item;
    }),
  );
}

function showChoices(choices) {
  const place = byId("choices");
  place.hidden = !choices;
  const told = JSON.stringify(choices);
  if (!choices || drawnChoices === told) return;
  drawnChoices = told;
  const parts = [];
  if (choices.exercises.length > 1) {
    const chooser = make("select", "", { "aria-label": words.other_exercise });
    for (const { id, name } of choices.exercises) chooser.append(make("option", name, { value: id }));
    chooser.value = choices.exercise;
    chooser.addEventListener("change", () => {
      order("choose", { exercise: chooser.value });
      chooser.blur();
    });
    parts.push(chooser);
  }
  for (const { label, params } of choices.buttons) {
    const button = make("button", label, { "data-command": "choose", type: "button" });
    button.params = params;
    parts.push(button);
  }
  place.replaceChildren(...parts);
}

/** Everything that follows from the moment; called at each whole second and with each new view. */
function showMoment() {
  const { session } = view;
  const place = positionAt(session, nowS());
  const segment = session.segments[place.index];
  const { number, unit } = reading(segment, place);
  setText(byId("number"), number);
  setText(byId("unit"), unit);
  byId("number").parentElement.dataset.length = String(number.length);
  drawRing(place, segment);
  [...byId("path").children].forEach((item, index) => {
    item.dataset.is = index < place.index ? "over" : index === place.index ? "now" : "ahead";
    item.style.setProperty("--done", index === place.index ? String(place.elapsed / segment.seconds) : "");
  });

  const cue = cueAt(segment, place.elapsed);
  setText(byId("cue"), cue || segment.note);
  const isNew = `${session.id}/${place.index}/${segment.kind}/${segment.exercise}/${segment.figure_side}`;
  if (drawnSegment !== isNew) {
    drawnSegment = isNew;
    page.dataset.side = segment.side ?? "none";
    page.dataset.kind = segment.kind;
    setText(byId("side-word"), segment.side_word || segment.word);
    setText(byId("then"), segment.then);
    setItems(byId("steps"), segment.steps);
    setFigure(byId("figure"), segment.figure, segment.figure_side);
    document.title = [segment.side_word || segment.word, session.title].join(" · ");
  }
  // For who hears the page: where the segment changes, what it is; then each sentence once.
  const heading = [segment.side_word, segment.word, segment.note].filter(Boolean).join(". ");
  const saying = session.ends_s === null ? words.paused : [heading, cue].filter(Boolean).join(". ");
  const key = `${isNew}/${saying}`;
  if (announced !== key) {
    const isSameSegment = announced.startsWith(`${isNew}/`) && session.ends_s !== null && cue;
    announced = key;
    setText(byId("announce"), isSameSegment ? cue : saying);
  }
  return { place, segment };
}

function drawRing({ remaining }, segment) {
  byId("arc").setAttribute("stroke-dashoffset", String(remaining / segment.seconds - 1));
}

function keepTime() {
  clearTimeout(tickTimer);
  cancelAnimationFrame(ringFrame);
  if (document.hidden || view.session?.ends_s == null) return;
  const tick = () => {
    const { place } = showMoment();
    if (place.remaining <= 0) return; // the daemon says how it ended
    const untilNextSecond = place.remaining - Math.ceil(place.remaining - 1) || 1;
    tickTimer = setTimeout(tick, untilNextSecond * 1000 + TICK_SLACK_MS);
  };
  tick();
  if (stillness.matches) return;
  const turn = () => {
    const place = positionAt(view.session, nowS());
    drawRing(place, view.session.segments[place.index]);
    ringFrame = requestAnimationFrame(turn);
  };
  ringFrame = requestAnimationFrame(turn);
}

function leaveSession() {
  clearTimeout(tickTimer);
  cancelAnimationFrame(ringFrame);
  drawnSegment = announced = drawnChoices = "";
  page.dataset.side = "none";
  page.dataset.kind = page.dataset.paused = "";
}

// ---------------------------------------------------------------------------------------------------------------- the end

function showEnd() {
  const end = endOfSession();
  document.title = end.title;
  page.dataset.word = end.word;
  setText(byId("end-title"), end.title);
  setText(byId("end-sentence"), end.sentence);
  const told = JSON.stringify(end.work);
  const work = byId("end-work");
  if (work.dataset.told !== told) {
    work.dataset.told = told;
    work.replaceChildren(
      ...end.work.map(([name, length]) => {
        const row = make("div");
        row.append(make("dt", name), make("dd", length));
        return row;
      }),
    );
  }
  setText(byId("announce"), [end.title, ...end.work.map((row) => row.join(" ")), end.sentence].join(". "));
  const closesIn = end.at_s + end.close_after_s - nowS();
  clearTimeout(closeTimer);
  setText(byId("end-close"), closesIn > 0 ? words.closes : words.may_close);
  if (closesIn > 0) closeTimer = setTimeout(closeWindow, closesIn * 1000);
}

/** Works where nothing but the guide was ever shown in the window: the browser decides. */
function closeWindow() {
  window.close();
  closeTimer = setTimeout(() => setText(byId("end-close"), words.may_close), CLOSE_FAILED_AFTER_MS);
}

// ------------------------------------------------------------------------------------------- keys, buttons, the screen

function tell(sentence) {
  const notice = byId("notice");
  notice.hidden = !sentence;
  setText(notice, sentence);
}

async function order(method, params = {}) {
  tell((await command(method, params)) ?? "");
}

const KEYS = { " ": "toggle", ArrowRight: "next", ArrowLeft: "previous", Escape: "stop", h: "hurts", H: "hurts" };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) return;
  if (event.key === "f" || event.key === "F") {
    toggleFullscreen();
    return;
  }
  const method = KEYS[event.key];
  if (!method || !view?.session) return;
  // Space presses the button that has the focus, arrows move in a list: the browser's own meaning comes first.
  const focused = document.activeElement;
  if (focused instanceof HTMLSelectElement || (event.key === " " && focused instanceof HTMLButtonElement)) return;
  event.preventDefault();
  order(method);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (event.detail > 0) button.blur(); // pressed with a pointer: the space bar is to pause again
  if (button.id === "fullscreen") toggleFullscreen();
  else if (button.dataset.command) order(button.dataset.command, button.params);
});

function toggleFullscreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else page.requestFullscreen?.().catch(() => {});
}

let screenLock = null;

/** Keep the screen on while a session runs; the browser takes the lock back whenever the page is hidden. */
async function holdScreen() {
  const isWanted = Boolean(view?.session) && !document.hidden;
  if (!isWanted) {
    screenLock?.release();
    screenLock = null;
  } else if (!screenLock && "wakeLock" in navigator) {
    screenLock = navigator.wakeLock.request("screen").catch(() => null);
    screenLock = await screenLock;
    screenLock?.addEventListener("release", () => (screenLock = null));
  }
}

document.addEventListener("visibilitychange", () => {
  holdScreen();
  if (view?.session) keepTime();
});
stillness.addEventListener("change", () => view?.session && keepTime());

follow({
  show,
  tell,
  superseded: () => {
    tell(words.ended);
    window.close();
  },
  ended: () => {
    if (!view?.session) return;
    const { index, elapsed } = positionAt(view.session, nowS());
    show({ ...view, allowed: [], session: { ...view.session, index, elapsed_s: elapsed, ends_s: null, choices: null } });
  },
});
