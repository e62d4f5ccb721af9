// All exercises: what each is, on and off, and "try it". What is open, and where the focus is, outlives every change.

import { byId, make, setFigure, setText } from "./dom.js";
import { command, follow, words } from "./live.js";
import { fillArticles, fillTold, letterLinks, stayWithoutHistory, tell } from "./reading.js";

const DRAW_AHEAD = "300px";

/** id -> card */
const cards = new Map();
let drawnGroups = "";
let drawnRest = "";

// ---------------------------------------------------------------------------------------------------------- the pictures

/** Drawn when a card comes near the window, so that a hundred exercises cost no more than those that are looked at. */
const nearby = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      nearby.unobserve(target);
      showStill(target);
    }
  },
  { rootMargin: DRAW_AHEAD },
);

function showStill(picture) {
  const { exercise, side, version } = picture.dataset;
  delete picture.dataset.address; // whatever is drawn there now
  setFigure(picture, exercise, side || null, version);
}

/** The figure moves while the pointer or the focus is on its card; its frames are fetched the first time. */
class Motion {
  #card;
  #picture;
  #player = null;
  #opened = "";
  #opening = null;
  #run = 0;
  #isOn = false;

  constructor(card, picture) {
    this.#card = card;
    this.#picture = picture;
    const update = () => this.#update();
    for (const type of ["pointerenter", "pointerleave", "focusin"]) card.addEventListener(type, update);
    card.addEventListener("focusout", () => setTimeout(update)); // when it is known where the focus has gone
  }

  #update() {
    const isOn = this.#card.matches(":hover") || this.#card.matches(":focus-within");
    if (isOn === this.#isOn) return;
    this.#isOn = isOn;
    this.#run += 1;
    if (isOn) this.#play(this.#run);
    else if (this.#player) showStill(this.#picture);
  }

  async #play(run) {
    await this.#open();
    if (!this.#isOn && this.#player) showStill(this.#picture); // who has passed by leaves no first frame behind
    const beganMs = performance.now();
    const draw = (nowMs) => {
      if (run !== this.#run || !this.#player || !this.#picture.isConnected) return;
      this.#player.show("before", Math.max(0, nowMs - beganMs) / 1000, 0);
      requestAnimationFrame(draw);
    };
    requestAnimationFrame(draw);
  }

  /** Once for each figure: whoever comes back while it is fetched waits for the same. */
  #open() {
    const { exercise, side, stage, version } = this.#picture.dataset;
    const wanted = [exercise, side, stage, version].join();
    if (wanted !== this.#opened && !this.#picture.classList.contains("empty")) {
      this.#opened = wanted;
      this.#opening = this.#fetch(exercise, side, stage, version);
    }
    return this.#opening;
  }

  async #fetch(exercise, side, stage, version) {
    const { openFigure } = await import("./figure.js");
    this.#player = await openFigure(this.#picture, exercise, side || null, stage, version);
  }
}

// -------------------------------------------------------------------------------------------------------------- the cards

class Card {
  #text = "";
  #name = make("h3");
  #own = make("p", "", { class: "own" });
  #facts = make("ul", "", { class: "facts" });
  #dose = make("p", "", { class: "dose" });
  #state = make("p", "", { class: "state" });
  #switch = make("button", "", { type: "button", class: "switch", role: "switch" });
  #switchWord = make("span", "", { "aria-hidden": "true" }); // who hears the page is told by the switch itself
  #try = make("button", words.try_it, { type: "button", class: "try", "data-command": "begin" });
  #more = make("div", "", { class: "more" });
  #picture = make("figure", "", { class: "picture", "aria-hidden": "true" });

  constructor(id) {
    this.id = id;
    const nameId = `name-${id}`;
    this.element = make("li", "", { class: "card", "data-exercise": id });
    const article = make("article", "", { "aria-labelledby": nameId });
    this.#name.id = nameId;
    this.#state.id = `state-${id}`;
    this.#switch.append(make("span", "", { class: "knob", "aria-hidden": "true" }), this.#switchWord);
    this.#switch.setAttribute("aria-describedby", this.#state.id);
    // Each is named by the exercise, too: there are many of them on the page. The name of a switch does not change with its state.
    this.#switch.setAttribute("aria-labelledby", nameId);
    this.#try.id = `try-${id}`;
    this.#try.setAttribute("aria-labelledby", `${this.#try.id} ${nameId}`);
    this.#switch.addEventListener("click", () => this.#flip());
    this.#try.addEventListener("click", () => this.#begin());
    const details = make("details");
    details.append(make("summary", words.more), this.#more);
    const actions = make("div", "", { class: "actions" });
    actions.append(this.#switch, this.#try);
    const telling = make("div", "", { class: "telling" });
    telling.append(this.#name, this.#own, this.#facts, this.#dose, this.#state, actions, details);
    article.append(this.#picture, telling);
    this.element.append(article);
    new Motion(this.element, this.#picture);
  }

  show({ text, on, hurt, state }, mayBegin) {
    const told = JSON.stringify(text);
    if (told !== this.#text) {
      this.#text = told;
      this.#tell(text);
    }
    this.#switch.setAttribute("aria-checked", String(on));
    setText(this.#switchWord, on ? words.on : words.off);
    this.element.dataset.is = hurt ? "hurt" : on ? "on" : "off";
    setText(this.#state, state);
    // Not `disabled`, which would take the focus away from under a finger.
    this.#try.setAttribute("aria-disabled", String(!mayBegin || hurt));
  }

  #tell(text) {
    setText(this.#name, text.name);
    setText(this.#own, text.own);
    this.#own.hidden = !text.own;
    this.#facts.replaceChildren(...text.facts.map((fact) => make("li", fact)));
    this.#dose.replaceChildren(text.dose, ...(text.dose_note ? [" ", make("small", `(${text.dose_note})`)] : []));
    this.#dose.hidden = !text.dose;
    this.#more.replaceChildren(...this.#told(text));
    this.#picture.dataset.exercise = this.id;
    this.#picture.dataset.side = text.side;
    this.#picture.dataset.stage = text.stage;
    this.#picture.dataset.version = text.figure;
    this.#picture.classList.toggle("empty", text.figure === null);
    nearby.unobserve(this.#picture); // seen already, it would not be told of again
    if (text.figure !== null) nearby.observe(this.#picture);
  }

  *#told(text) {
    if (text.told_for) yield make("p", text.told_for, { class: "quiet" });
    for (const { name, dose, steps } of text.stages) {
      if (name) {
        const heading = make("h4", name);
        if (dose) heading.append(" ", make("small", dose));
        yield heading;
      }
      if (!steps.length) continue;
      const list = make("ol", "", { class: "steps" });
      list.append(...steps.map((step) => make("li", step)));
      yield list;
    }
    yield* block(words.needs, text.needs);
    yield* block(words.cautions, text.cautions, "care");
    if (text.why) yield* block(words.why_it, [text.why]);
    if (!text.letters.length && !text.others.length) return;
    const source = make("p", `${words.source}: `, { class: "quiet" });
    source.append(...letterLinks(text.letters), text.others.join("; "));
    yield source;
  }

  async #flip() {
    const isOn = this.#switch.getAttribute("aria-checked") === "true";
    tell((await command(isOn ? "disable" : "enable", { exercise: this.id })) ?? "");
  }

  async #begin() {
    if (this.#try.getAttribute("aria-disabled") === "true") return;
    const refusal = await command("begin", { exercise: this.id });
    tell(refusal ?? "");
    if (refusal === null) location.replace("guide");
  }
}

function* block(title, sentences, look = "") {
  if (!sentences.length) return;
  const made = make("section", "", { class: `block ${look}`.trim() });
  made.append(make("h4", title));
  if (sentences.length === 1) made.append(make("p", sentences[0]));
  else {
    const list = make("ul");
    list.append(...sentences.map((sentence) => make("li", sentence)));
    made.append(list);
  }
  yield made;
}

// --------------------------------------------------------------------------------------------------------------- the page

/** Lists and their headings anew only where exercises came, went or moved. */
function arrange(groups) {
  const now = JSON.stringify(groups.map(({ kind, title, exercises }) => [kind, title, exercises.map(({ id }) => id)]));
  if (now === drawnGroups) return;
  drawnGroups = now;
  const focused = document.activeElement;
  const known = new Set();
  const sections = groups.map(({ kind, title, exercises }) => {
    const section = make("section", "", { id: kind, "aria-labelledby": `${kind}-title` });
    const list = make("ul", "", { class: "cards" });
    for (const { id } of exercises) {
      known.add(id);
      if (!cards.has(id)) cards.set(id, new Card(id));
      list.append(cards.get(id).element);
    }
    section.append(make("h2", title, { id: `${kind}-title` }), list);
    return section;
  });
  for (const id of cards.keys()) if (!known.has(id)) cards.delete(id);
  byId("groups").replaceChildren(...sections);
  if (focused !== document.activeElement && focused?.isConnected) focused.focus({ preventScroll: true });
  const jumps = [...groups.map(({ kind, title }) => [kind, title]), ["why", words.why], ["day", words.tips], ["own", words.own]];
  byId("jumps").replaceChildren(...jumps.map(([id, title]) => make("a", title, { href: `#${id}` })));
}

function showFaults(faults) {
  byId("faults-box").hidden = !faults.length;
  byId("faults").replaceChildren(
    ...faults.map(({ place, key, wrong, right }) => {
      const item = make("li");
      item.append(make("code", place), " ", ...(key ? [make("code", key), " "] : []), [wrong, right].filter(Boolean).join(". "));
      return item;
    }),
  );
}

function show(view) {
  if (!view.groups) return;
  arrange(view.groups);
  const mayBegin = view.allowed.includes("begin");
  for (const { exercises } of view.groups) for (const exercise of exercises) cards.get(exercise.id).show(exercise, mayBegin);
  const rest = JSON.stringify([view.faults, view.reasons, view.tips, view.articles]);
  if (rest === drawnRest) return;
  drawnRest = rest;
  showFaults(view.faults);
  fillTold(byId("reasons"), view.reasons);
  fillTold(byId("tips"), view.tips);
  fillArticles(byId("articles"), view.articles);
}

follow({ show, tell });
stayWithoutHistory();
