// The guide: before the stretch, in it, and after it. It shows; the daemon decides and keeps the time.

import { closeChoices, followChoices, showChoices } from "./choices.js";
import { byId, make, setItems, setPhrases, setText, spoken } from "./dom.js";
import { openFigure } from "./figure.js";
import { fitFloor, flash } from "./floor.js";
import { command, follow, nowS, words } from "./live.js";
import { forget, recall, remember } from "./memory.js";
import { cueAt, positionAt, reading } from "./session.js";

const CLOSE_FAILED_AFTER_MS = 500;
const TICK_SLACK_MS = 4; // so that a timer that fires a hair early does not show the old second again
const PREVIEW_FOR_S = 60;
const READ_END_S = 10; // who is back at the keyboard sees what was done for so long, and then their work again

const page = document.documentElement;
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const views = [...document.querySelectorAll("[data-shown]")];

const soundNotes = document.querySelectorAll("[data-sound-note]"); // while one reads, and from the floor
const needed = document.querySelectorAll("[data-needs]"); // beside the title, or, where that is narrow, below the steps
const lengths = document.querySelectorAll("[data-whole]"); // of the whole stretch; as these

let view = null;
let seenSession = null; // the last session that ran on this page: its end is shown however long ago it was
let goneAt = null; // when it was no longer there, on the daemon's clock
let stopped = ""; // what to say of it beside its prompt, which is offered again
let tickTimer = null;
let pictureFrame = null;
let closeTimer = null;
let unsentPain = null; // the session in which it hurt, as long as the daemon could not be told
let backAt = null; // when input was seen after the session, on the daemon's clock
let drawnSegment = "";
let announced = "";
let wasHalf = true; // the half time of this segment is over, or needs no flash
let wantsLarge = null; // what the person said of this session by key or button, also on another page; null: as the exercise has it

/** A place with the figure of an exercise in it, which comes a moment after it is asked for. */
class Picture {
  #player = null;
  #key = "";
  #last = null;

  /** Attributes: exercise: whose figure was asked for last. */
  exercise = "";

  constructor(place) {
    this.place = place;
  }

  /** @param exercise "" where there is no figure */
  async open(exercise, side, stage) {
    const key = `${exercise}/${side}/${stage}`;
    if (this.#key === key) return;
    this.#key = key;
    if (this.exercise !== exercise) {
      this.#player = null;
      this.place.replaceChildren(); // nothing, rather than what is not meant
    }
    this.exercise = exercise;
    if (!exercise) {
      this.place.dataset.figure = ""; // one that is still on its way has come too late
      this.place.classList.add("empty");
      return;
    }
    const player = await openFigure(this.place, exercise, side, stage);
    if (this.#key !== key) return; // another one was asked for meanwhile
    this.#player = player;
    if (this.#last) this.show(...this.#last);
  }

  /** Have the other side's frames here before they are wanted. */
  static prepare(exercise, side, stage) {
    if (exercise) openFigure(make("div"), exercise, side, stage);
  }

  show(kind, elapsed, seconds) {
    this.#last = [kind, elapsed, seconds];
    this.#player?.show(kind, elapsed, seconds);
  }

  get psoas() {
    return this.#player?.psoas ?? null;
  }
}

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
  return end && nowS() - end.at_s < Math.min(end.show_for_s, end.end_stays_s) ? end : null;
}

function show(next) {
  const wasRunning = Boolean(view?.session);
  const held = document.activeElement;
  view = next;
  if (view.session) {
    if (seenSession !== view.session.id) {
      wantsLarge = recall("large", view.session.id);
      if (recall("pain", view.session.id)) unsentPain = view.session.id;
    }
    seenSession = view.session.id;
    goneAt = backAt = null;
    stopped = "";
  } else if (wasRunning) goneAt = nowS();
  if (view.connected && !view.session) forget();
  if (view.phase === "due") {
    const hasOutcome = view.end?.session === seenSession; // and so this is another prompt
    if (wasRunning && !hasOutcome) stopped = spoken([view.stopped.title, ...view.stopped.lines]);
    seenSession = goneAt = null; // offered again, or anew
  } else stopped = "";
  cancelAnimationFrame(pictureFrame);
  const name = wanted();
  page.dataset.view = name;
  for (const element of views) element.hidden = element.dataset.shown !== name;
  if (name !== "session") leaveSession(name);
  if (name !== "end") clearTimeout(closeTimer);
  ({ wait: showWait, before: showBefore, session: showSession, end: showEnd })[name]();
  keepFocus(held);
  holdScreen();
  sendPain();
}

const isSeen = (element) => element && element !== document.body && element.checkVisibility({ visibilityProperty: true });

/**
 * What had the focus may have gone, with its view or its part of the stretch: keyboard and screen reader go on from here.
 * @param held had it before; of an element that is hidden by its own attribute Chromium takes it away at once
 */
function keepFocus(held) {
  if (!held || held === document.body || isSeen(held) || isSeen(document.activeElement)) return;
  const now = views.find((element) => !element.hidden);
  const next = (now.contains(held) && now.querySelector("[data-command=toggle]")) || now;
  next.focus({ preventScroll: true });
}

function showWait() {
  document.title = words.guide_title;
  setText(byId("wait-words"), view.parting ?? words.not_running);
}

// ------------------------------------------------------------------------------------------------------ before the stretch

function showBefore() {
  const { offer } = view;
  document.title = offer.title;
  setText(byId("before-stopped"), stopped);
  setText(byId("before-state"), offer.state);
  setText(byId("before-title"), offer.title);
  setText(byId("before-length"), offer.length);
  preview.open(offer.figure, offer.side, 0);
  playPreview();
  setItems(byId("before-steps"), offer.steps);
  byId("before-steps-box").hidden = !offer.steps.length;
  setItems(byId("before-more"), offer.more);
  byId("before-more-box").hidden = !offer.more.length;
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

const preview = new Picture(byId("before-figure"));

let previewed = ""; // the exercise whose preview began at previewBegan
let previewBegan = 0;

/** What will be done, over and over for a while: a page that is left open is to cost nothing. */
function playPreview() {
  cancelAnimationFrame(pictureFrame);
  const { figure, side } = view.offer;
  if (previewed !== `${figure}/${side}`) {
    previewed = `${figure}/${side}`;
    previewBegan = performance.now();
  }
  const turn = () => {
    const elapsed = (performance.now() - previewBegan) / 1000;
    preview.show("before", Math.min(elapsed, PREVIEW_FOR_S), 0);
    if (!stillness.matches && elapsed < PREVIEW_FOR_S) pictureFrame = requestAnimationFrame(turn);
  };
  if (!document.hidden) turn();
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
  page.dataset.paused = session.ends_s === null ? "yes" : "no";
  page.dataset.noted = session.pause_note ? "yes" : "no";
  setText(byId("pause-note"), session.pause_note);
  setText(byId("toggle-word"), session.paused ? words.go_on : words.pause);
  for (const button of document.querySelectorAll("#session [data-command]")) {
    const { command } = button.dataset;
    button.disabled = command !== "hurts" && !view.allowed.includes(command); // whom it hurts can say so at any time
  }
  const mute = byId("mute");
  mute.disabled = !view.connected;
  mute.setAttribute("aria-pressed", String(view.muted));
  for (const note of soundNotes) setText(note, view.sound_note);
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

/** Everything that follows from the moment; called at each whole second and with each new view. */
function showMoment() {
  const { session } = view;
  const place = positionAt(session, nowS());
  const segment = session.segments[place.index];
  showNumber(reading(segment, place));
  drawMoment(place, segment);
  [...byId("path").children].forEach((item, index) => {
    item.dataset.is = index < place.index ? "over" : index === place.index ? "now" : "ahead";
    if (index === place.index) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
    item.style.setProperty("--done", index === place.index ? String(place.elapsed / segment.seconds) : "");
  });

  const cue = cueAt(segment, place.elapsed);
  setText(byId("cue"), session.ends_s === null ? session.pause_note || cue : cue || segment.note);
  const isNew = `${session.id}/${place.index}/${segment.kind}/${segment.exercise}/${segment.stage}/${segment.figure_side}`;
  const isFirst = !drawnSegment.startsWith(`${session.id}/`);
  tellSegment(segment);
  if (drawnSegment !== isNew) {
    drawnSegment = isNew;
    page.dataset.side = segment.side ?? "none";
    page.dataset.kind = segment.kind;
    openPicture(session, place.index);
    document.title = [segment.side_word || segment.word, session.title].join(" · ");
    showLarge(segment);
    if (!isFirst && segment.kind !== "prepare") tellTheEyes(segment.kind === "switch" ? "switch" : "start");
    wasHalf = segment.half_s === null || place.elapsed >= segment.half_s;
  }
  setText(byId("floor-word"), session.ends_s === null ? words.paused : segment.floor_word);
  if (!wasHalf && place.elapsed >= segment.half_s) {
    wasHalf = true;
    tellTheEyes("half");
  }
  fitTheFloor();
  // For who hears the page: where the segment changes, what it is; then each sentence once.
  const heading = [segment.part, segment.side_word, segment.word, segment.note];
  const saying = spoken(session.ends_s === null ? [words.paused, session.pause_note] : [...heading, cue]);
  const key = `${isNew}/${saying}`;
  if (announced !== key) {
    const isSameSegment = announced.startsWith(`${isNew}/`) && session.ends_s !== null && cue;
    announced = key;
    setText(byId("announce"), isSameSegment ? cue : saying);
  }
  keepFocus(document.activeElement);
  return { place, segment };
}

/** What stays the same as long as it lasts, but for what is chosen anew while one gets ready. */
function tellSegment(segment) {
  setText(byId("title"), segment.title);
  setText(byId("part"), segment.part);
  setText(byId("side-word"), segment.side_word || segment.word);
  setText(byId("then"), segment.then);
  setItems(byId("steps"), segment.steps);
  setItems(byId("instead"), segment.steps);
  for (const length of lengths) setText(length, segment.length);
  for (const needs of needed) setText(needs, segment.needs && `${words.needs}: ${segment.needs}`);
  setItems(byId("cautions"), segment.cautions);
}

function showNumber({ number, unit }) {
  for (const id of ["number", "floor-number"]) {
    const element = byId(id);
    const told = number + unit;
    if (element.dataset.told === told) continue;
    element.dataset.told = told;
    element.dataset.length = String(number.length);
    // A new text each time: one that stays and moves would be a shift of the layout.
    element.replaceChildren(number, ...(unit ? [make("small", ` ${unit}`)] : []));
  }
}

// ----------------------------------------------------------------------------------------------------------- from the floor

function showLarge(segment) {
  const isLarge = wantsLarge ?? segment.is_on_floor;
  page.dataset.floor = isLarge ? "yes" : "no";
  byId("large").setAttribute("aria-pressed", String(isLarge));
}

function toggleLarge() {
  if (!view?.session) return;
  wantsLarge = page.dataset.floor !== "yes";
  remember("large", view.session.id, wantsLarge);
  showLarge({});
  showMoment();
}

function tellTheEyes(kind) {
  if (page.dataset.floor === "yes" && !document.hidden) flash(byId("flash"), kind, stillness.matches);
}

let fitted = "";

/** Measured only when a text or the window has changed. */
function fitTheFloor() {
  if (page.dataset.floor !== "yes") {
    fitted = "";
    return;
  }
  const place = document.querySelector(".afar");
  const word = byId("floor-word").textContent;
  const key = [word, page.dataset.side, byId("floor-number").dataset.told.length, place.clientWidth, place.clientHeight].join("/");
  if (fitted === key) return;
  fitted = key;
  fitFloor(place.querySelector(".floor-word"), byId("floor-number"));
}

new ResizeObserver(fitTheFloor).observe(document.querySelector(".afar"));

const PSOAS_RANGE = 50; // the bar is empty at what it is when seated, and full at half as much again
const picture = new Picture(byId("figure"));
let shownPsoas;

/** The walk is in the figure of the exercise before it, which can show it; after a reload that has not been opened. */
function openPicture({ segments }, index) {
  const { kind, figure, figure_side: side, stage } = segments[index];
  if (kind !== "walk" || picture.exercise !== figure) picture.open(figure, side, stage).then(showPsoas);
  const next = segments[index + 1];
  if (next && next.kind !== "walk") Picture.prepare(next.figure, next.figure_side, next.stage);
}

/** What moves all the time: ring, figure, and its psoas. */
function drawMoment({ elapsed, remaining }, segment) {
  byId("arc").setAttribute("stroke-dashoffset", String(remaining / segment.seconds - 1));
  if (page.dataset.floor === "yes") return;
  picture.show(segment.kind, elapsed, segment.seconds);
  showPsoas();
}

function showPsoas() {
  const { psoas } = picture;
  const percent = psoas === null ? null : Math.round(psoas);
  if (shownPsoas === percent) return;
  shownPsoas = percent;
  setText(byId("psoas"), percent === null ? "" : words.psoas.replace("{percent}", percent));
  byId("psoas-share").style.setProperty("--share", String(Math.min(1, Math.max(0, (percent - 100) / PSOAS_RANGE))));
}

function keepTime() {
  clearTimeout(tickTimer);
  cancelAnimationFrame(pictureFrame);
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
    drawMoment(place, view.session.segments[place.index]);
    pictureFrame = requestAnimationFrame(turn);
  };
  pictureFrame = requestAnimationFrame(turn);
}

function leaveSession(to) {
  if (to !== "before") previewed = "";
  clearTimeout(tickTimer);
  cancelAnimationFrame(pictureFrame);
  if (drawnSegment && to === "end" && view.end?.word === "completed") tellTheEyes("end");
  showChoices(null);
  drawnSegment = announced = fitted = "";
  page.dataset.side = "none";
  page.dataset.kind = page.dataset.paused = page.dataset.floor = page.dataset.noted = "";
}

// ---------------------------------------------------------------------------------------------------------------- the end

function showEnd() {
  const end = endOfSession();
  document.title = end.title;
  page.dataset.word = end.word;
  setText(byId("end-title"), end.title);
  const told = JSON.stringify([end.work, end.lines]);
  if (page.dataset.told !== told) {
    page.dataset.told = told;
    byId("end-work").replaceChildren(
      ...end.work.map(([name, length]) => {
        const row = make("div");
        row.append(make("dt", name), make("dd", length));
        return row;
      }),
    );
    byId("end-lines").replaceChildren(...end.lines.map((line) => make("p", line)));
  }
  byId("end-actions").hidden = end.reason !== "pain";
  byId("switch-on").hidden = !end.off.length;
  setPhrases(byId("end-week"), end.week);
  byId("end-week-box").dataset.known = end.week ? "yes" : "no";
  setText(byId("end-tip"), end.tip ?? "");
  // Without the week, which comes a moment later: a text that stays the same is not said again.
  const isOnAgain = end.reason === "pain" && !end.off.length;
  const saying = [end.title, ...end.work.map((row) => row.join(" ")), ...end.lines];
  setText(byId("announce"), isOnAgain ? words.switched_on : spoken(saying));
  if (view.phase !== "break") backAt ??= nowS();
  const stays = end.at_s + end.end_stays_s - nowS();
  // Somebody whom it hurt was at the keyboard to say so, and has something to read.
  const isRead = backAt === null || end.reason ? Infinity : Math.max(backAt, end.at_s) + READ_END_S - nowS();
  const closesIn = Math.min(stays, isRead);
  clearTimeout(closeTimer);
  setText(byId("end-close"), closesIn > 0 ? words.closes : words.may_close);
  if (closesIn > 0) closeTimer = setTimeout(closeWindow, closesIn * 1000);
}

/** What hurt by mistake, or no longer does, need not be looked for on another page. */
async function switchOn() {
  const refusals = await Promise.all(view.end.off.map((exercise) => command("enable", { exercise })));
  tell(refusals.find(Boolean) ?? "");
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
  const session = view?.session?.id;
  const refusal = await command(method, params);
  // A key that was pressed twice: the stretch is over, and nobody need hear that there is none to stop.
  if (session !== undefined && view.session?.id !== session) return;
  const isPainUnsent = method === "hurts" && session !== undefined && refusal !== null;
  if (isPainUnsent) remember("pain", (unsentPain = session), true);
  tell(isPainUnsent ? words.pain_unsent : (refusal ?? ""));
}

/** The daemon can be reached again. */
function sendPain() {
  if (unsentPain === null || !view.connected) return;
  const isSame = view.session?.id === unsentPain;
  unsentPain = null;
  if (isSame) order("hurts");
}

const OWN_KEYS = { f: toggleFullscreen, l: toggleLarge, m: () => view?.session && toggleMute() };
const KEYS = { " ": "toggle", ArrowRight: "next", ArrowLeft: "previous", Escape: "stop", h: "hurts" };

/** What a key says; one that writes a letter of another script (Cyrillic, Greek, Hebrew, …) by its place on the keyboard. */
function keyOf({ key, code }) {
  const letter = /^(?!\p{Script=Latin})\p{Letter}$/u.test(key) && code.match(/^Key([A-Z])$/)?.[1];
  return (letter || (key.length === 1 ? key : "")).toLowerCase() || key;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) return;
  // Arrows and letters move in a list, Space presses the button that has the focus: the browser's own meaning comes first.
  const focused = document.activeElement;
  if (focused instanceof HTMLSelectElement || (event.key === " " && focused instanceof HTMLButtonElement)) return;
  const key = keyOf(event);
  if (key === "Escape" && closeChoices()) return;
  const own = OWN_KEYS[key];
  if (own) {
    own();
    return;
  }
  const method = KEYS[key];
  if (!method || !view?.session) return;
  event.preventDefault();
  order(method);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (event.detail > 0) button.blur(); // pressed with a pointer: the space bar is to pause again
  if (button.id === "fullscreen") toggleFullscreen();
  else if (button.id === "large") toggleLarge();
  else if (button.id === "mute") toggleMute();
  else if (button.id === "switch-on") switchOn();
  else if (button.dataset.command) order(button.dataset.command, button.params);
});

function toggleMute() {
  order(view.muted ? "unmute" : "mute");
}

function toggleFullscreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else page.requestFullscreen?.().catch(() => {});
}

document.addEventListener("fullscreenchange", () => {
  byId("fullscreen").setAttribute("aria-pressed", String(Boolean(document.fullscreenElement)));
});

let screenLock = null; // a promise of it: the page may change its mind before the browser has answered

/**
 * Keep the screen on while a session runs, but not in its pause: whoever pauses may be about to leave. Where the desktop can be
 * asked the daemon does so too; some let only a window do it. The browser takes the lock back whenever the page is hidden.
 */
async function holdScreen() {
  const isWanted = Boolean(view?.session?.ends_s) && !document.hidden;
  if (!isWanted) {
    const held = screenLock;
    screenLock = null;
    (await held)?.release();
  } else if (!screenLock && "wakeLock" in navigator) {
    const asked = navigator.wakeLock.request("screen").catch(() => null);
    screenLock = asked;
    const letGo = () => {
      if (screenLock === asked) screenLock = null;
    };
    const held = await asked;
    if (held) held.addEventListener("release", letGo);
    else letGo();
  }
}

document.addEventListener("visibilitychange", () => {
  holdScreen();
  if (view?.session) keepTime();
  else if (page.dataset.view === "before") {
    if (!document.hidden) previewed = ""; // looked at again
    playPreview();
  }
});
stillness.addEventListener("change", () => view?.session && keepTime());

followChoices(order);
follow({
  show,
  tell,
  superseded: (sentence) => {
    part(sentence);
    window.close();
  },
  ended: part,
});

/** Nothing more comes here. The stretch may go on without this page, which must not seem to know how far it is. */
function part(sentence) {
  tell("");
  if (page.dataset.view === "end") return; // it has said all there is to say
  show({ ...view, connected: false, parting: sentence, session: null, offer: null, end: null, stopped: null, allowed: [] });
  setText(byId("announce"), sentence);
}
