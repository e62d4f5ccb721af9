// The figure in motion: plays the frames that the program has prepared (frames.py); it knows no joints and no exercise.

const SVG = "http://www.w3.org/2000/svg";
const WALK = "walk"; // the walk after a stretch is that exercise's figure
const STILL = "still"; // no segment: the one picture where nothing may move
const MARKS = 3; // on the floor, for each stride
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const SHARE_GRAIN = 1000;
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const books = new Map();

/** The prepared frames at this address, once; null where there are none. */
function bookAt(address) {
  if (!books.has(address)) {
    books.set(
      address,
      fetch(address)
        .then((answer) => (answer.ok ? answer.json() : null))
        .then((book) => book && unfold(book))
        .catch(() => {
          books.delete(address); // to be tried again
          return null;
        }),
    );
  }
  return books.get(address);
}

/** Frames come packed, as differences (frames.packed), and in grains. */
export function unfold(book) {
  const frames = [];
  for (const text of book.frames) {
    const before = frames.at(-1);
    frames.push(unpacked(text).map((number, at) => number + (before ? before[at] : 0)));
  }
  book.frames = frames.map((row) => Float32Array.from(row, (number) => number / book.grain));
  return book;
}

function unpacked(text) {
  const row = [];
  let [number, shift] = [0, 0];
  for (const character of text) {
    const digit = DIGITS.indexOf(character);
    number |= (digit & 31) << shift;
    shift += 5;
    if (digit < 32) {
      row.push(number & 1 ? -(number >> 1) : number >> 1);
      [number, shift] = [0, 0];
    }
  }
  return row;
}

/** Which clip of a track runs at a moment, and how far it is: as motion.Track.at does. */
export function momentOf(book, kind, elapsedS, seconds) {
  const [loop, intro, outro, isEndless] = book.tracks[kind];
  const lasts = (clip) => (clip < 0 ? 0 : book.clips[clip][0]);
  if (isEndless) return { clip: loop, share: (Math.max(0, elapsedS) / lasts(loop)) % 1 };
  const hurry = Math.max(1, (lasts(intro) + lasts(outro)) / Math.max(seconds, 1e-9));
  const introS = lasts(intro) / hurry;
  const outroS = lasts(outro) / hurry;
  const nowS = Math.min(Math.max(0, elapsedS), seconds);
  if (nowS < introS) return { clip: intro, share: nowS / introS };
  if (outroS && nowS > seconds - outroS) return { clip: outro, share: 1 - (seconds - nowS) / outroS };
  const loopsS = seconds - introS - outroS;
  const times = Math.max(1, Math.round(loopsS / lasts(loop)));
  const done = loopsS > 1e-9 ? ((nowS - introS) / loopsS) * times : 0;
  return { clip: loop, share: done >= times ? 1 : done % 1 };
}

/** Four neighbouring frames with their weights (Catmull-Rom), so that the speed does not jump from frame to frame. */
function weighted(book, { clip, share }) {
  const frames = book.clips[clip];
  const pieces = frames.length - 2;
  const isRound = frames[1] === frames[pieces + 1];
  const at = Math.min(Math.floor(share * pieces), pieces - 1);
  const t = share * pieces - at;
  const frame = (number) => {
    const inside = isRound ? (number + pieces) % pieces : Math.min(Math.max(number, 0), pieces);
    return frames[inside + 1];
  };
  return [
    [frame(at - 1), ((2 - t) * t - 1) * t * 0.5],
    [frame(at), ((3 * t - 5) * t * t + 2) * 0.5],
    [frame(at + 1), ((4 - 3 * t) * t + 1) * t * 0.5],
    [frame(at + 2), (t - 1) * t * t * 0.5],
  ];
}

/** Where every point is at a moment, in pixels of the canvas, x and y by turns; into `points`, if there is one already. */
export function pointsAt(book, moment, points = new Float32Array(book.frames[0].length)) {
  const [[a, wa], [b, wb], [c, wc], [d, wd]] = weighted(book, moment);
  const [fa, fb, fc, fd] = [a, b, c, d].map((number) => book.frames[number]);
  for (let at = 0; at < points.length; at += 1) points[at] = wa * fa[at] + wb * fb[at] + wc * fc[at] + wd * fd[at];
  return points;
}

function psoasAt(book, moment) {
  if (!book.psoas) return null;
  let sum = 0;
  for (const [frame, weight] of weighted(book, moment)) {
    if (book.psoas[frame] === null) return null;
    sum += weight * book.psoas[frame];
  }
  return sum;
}

// -------------------------------------------------------------------------------------------------------------- outlines

const short = (number) => Math.round(number * 10) / 10;

function disc(x, y, r) {
  return `M${short(x - r)} ${short(y)}a${r} ${r} 0 1 1 ${2 * r} 0a${r} ${r} 0 1 1 ${-2 * r} 0Z`;
}

/** The hull of two discs. */
function capsule(ax, ay, bx, by, ra, rb) {
  const distance = Math.hypot(bx - ax, by - ay);
  if (distance <= Math.abs(ra - rb) + 1e-6) return ra >= rb ? disc(ax, ay, ra) : disc(bx, by, rb);
  const line = Math.atan2(by - ay, bx - ax);
  const open = Math.acos((ra - rb) / distance);
  const on = (x, y, r, turn) => `${short(x + r * Math.cos(line + turn))} ${short(y + r * Math.sin(line + turn))}`;
  const isWide = open > Math.PI / 2;
  return (
    `M${on(ax, ay, ra, -open)}L${on(bx, by, rb, -open)}A${rb} ${rb} 0 ${+isWide} 1 ${on(bx, by, rb, open)}` +
    `L${on(ax, ay, ra, open)}A${ra} ${ra} 0 ${+!isWide} 1 ${on(ax, ay, ra, -open)}Z`
  );
}

/** All outlines of a path go round the same way, or they would cut holes into each other. */
function sorted(corners) {
  let area = 0;
  corners.forEach(([x, y], at) => {
    const [nextX, nextY] = corners[(at + 1) % corners.length];
    area += x * nextY - nextX * y;
  });
  return area < 0 ? corners.reverse() : corners;
}

/** A curve through the middles of the edges, with the corners as its control points. */
function roundOutline(corners) {
  const middle = (at) => {
    const [a, b] = [corners[at], corners[(at + 1) % corners.length]];
    return `${short((a[0] + b[0]) / 2)} ${short((a[1] + b[1]) / 2)}`;
  };
  let path = `M${middle(corners.length - 1)}`;
  corners.forEach(([x, y], at) => (path += `Q${short(x)} ${short(y)} ${middle(at)}`));
  return `${path}Z`;
}

function outlinePath(outline, points) {
  const x = (number) => points[2 * number];
  const y = (number) => points[2 * number + 1];
  const [kind, a, b, c] = outline;
  if (kind === "c") return capsule(x(a), y(a), x(b), y(b), c, outline[4]);
  const corners = [];
  if (kind === "r") {
    for (let at = 4; at < outline.length; at += 2) {
      const [u, v] = [outline[at] / SHARE_GRAIN, outline[at + 1] / SHARE_GRAIN];
      corners.push([x(a) + u * (x(b) - x(a)) + v * (x(c) - x(a)), y(a) + u * (y(b) - y(a)) + v * (y(c) - y(a))]);
    }
  } else for (const number of outline.slice(1)) corners.push([x(number), y(number)]);
  sorted(corners);
  return kind === "p" ? `M${corners.map((corner) => corner.map(short).join(" ")).join("L")}Z` : roundOutline(corners);
}

// ---------------------------------------------------------------------------------------------------------------- drawing

function element(tag, attributes, parent) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  parent?.append(made);
  return made;
}

/** One book on the page. */
class Drawing {
  constructor(book) {
    this.book = book;
    this.svg = element("svg", { class: "figure", viewBox: book.view.join(" "), role: "img" });
    element("title", {}, this.svg).textContent = book.title;
    this.paths = book.shapes.map(([classes]) => {
      const path = element("path", { class: classes }, this.svg);
      if (classes.split(" ").includes("halo")) path.setAttribute("stroke-width", book.halo);
      return path;
    });
    this.drawn = book.shapes.map(() => "");
    this.points = new Float32Array(book.frames[0].length);
    if (book.ground) this.marks = this.makeMarks();
    if (book.badge) this.makeBadge();
  }

  /** The floor of the walk goes past under the feet. */
  makeMarks() {
    const [, ...corners] = this.book.shapes.find(([classes]) => classes === "floor")[1][0];
    const [points] = this.book.frames;
    const [left, right] = [Math.min, Math.max].map((most) => most(...corners.map((at) => points[2 * at])));
    const y = Math.max(...corners.map((at) => points[2 * at + 1])) + 2;
    const marks = element("g", { class: "marks" }, this.svg);
    const apart = this.book.ground[0] / MARKS;
    for (let x = left; x < right; x += apart) {
      element("path", { d: `M${short(x)} ${short(y)}h${short(apart * 0.4)}v3h${short(-apart * 0.4)}Z`, class: "floor" }, marks);
    }
    return marks;
  }

  makeBadge() {
    const radius = this.book.badge[4];
    this.badge = element("g", { class: "badge" }, this.svg);
    element("circle", { r: radius }, this.badge);
    this.letter = element("text", { "text-anchor": "middle", dy: "0.35em", "font-size": short(radius * 1.4) }, this.badge);
  }

  show(moment, kind) {
    const points = pointsAt(this.book, moment, this.points);
    this.book.shapes.forEach(([classes, outlines], at) => {
      let path = "";
      if (kind === STILL || !classes.endsWith(" still")) {
        for (const outline of outlines) path += outlinePath(outline, points);
      }
      if (path !== this.drawn[at]) this.paths[at].setAttribute("d", (this.drawn[at] = path));
    });
    if (this.badge) {
      const [letter, other, a, b, , until] = this.book.badge;
      const text = kind === "switch" && moment.share < until ? other : letter;
      if (this.letter.textContent !== text) this.letter.textContent = text;
      const x = (points[2 * a] + points[2 * b]) / 2;
      const y = (points[2 * a + 1] + points[2 * b + 1]) / 2;
      this.badge.setAttribute("transform", `translate(${short(x)} ${short(y)})`);
    }
    if (this.marks) {
      const [way] = this.book.ground;
      const apart = way / MARKS;
      this.marks.setAttribute("transform", `translate(${short(-((moment.share * way) % apart))} 0)`);
    }
  }

  /** The frame that says most, and arrows, where nothing may move. */
  showStill() {
    const { still } = this.book;
    const clip = this.book.clips.findIndex((frames) => frames.indexOf(still, 1) > 0);
    const frames = this.book.clips[clip];
    this.show({ clip, share: (frames.indexOf(still, 1) - 1) / (frames.length - 2) }, STILL);
  }
}

class Player {
  #place;
  #address;
  #own;
  #walk = null;
  #shown = "";

  /** Attributes: psoas: its length now, in per cent of that when seated; null where it is not shown. */
  psoas = null;

  constructor(place, own) {
    this.#place = place;
    this.#address = place.dataset.figure;
    this.#own = own;
  }

  /** There is nothing to show. */
  get isEmpty() {
    return this.#own === null;
  }

  useWalk(book) {
    if (book) this.#walk = new Drawing(book);
  }

  /**
   * Draw a moment of a segment; cheap enough for every frame of the screen. Where the person wants no motion, the working
   * pose stands still instead.
   *
   * @param kind of the segment, or "before": what will be done, over and over
   * @param elapsedS seconds into it
   * @param seconds how long it lasts
   */
  show(kind, elapsedS, seconds) {
    const isWalk = kind === WALK && this.#walk !== null;
    const drawing = isWalk ? this.#walk : this.#own;
    if (!drawing || this.#place.dataset.figure !== this.#address) return;
    if (drawing.svg.parentNode !== this.#place) this.#place.replaceChildren(drawing.svg);
    const known = kind in drawing.book.tracks ? kind : "prepare";
    if (stillness.matches || !(known in drawing.book.tracks)) {
      const now = `still ${isWalk}`;
      if (this.#shown !== now) drawing.showStill();
      this.#shown = now;
      this.psoas = drawing.book.psoas && !isWalk ? drawing.book.psoas[drawing.book.still] : null;
      return;
    }
    const now = `${kind} ${elapsedS} ${seconds}`;
    if (now === this.#shown) return; // paused
    this.#shown = now;
    const moment = momentOf(drawing.book, known, elapsedS, seconds);
    drawing.show(moment, kind);
    this.psoas = kind === "switch" ? null : psoasAt(drawing.book, moment); // there, neither side is what it is about
  }
}

/**
 * Put the figure of an exercise into `place`, which gets the class `empty` where there is none.
 *
 * @param side the stretched one, `left` or `right`; no matter in an exercise without sides
 * @param stage which of the exercise's stages
 * @param version another one for other frames, as in setFigure
 * @returns a player; its `show` draws nothing once another figure has been opened in the same place
 */
export async function openFigure(place, exercise, side, stage = 0, version = "") {
  const query = `side=${side ?? "right"}&stage=${stage}${version && `&version=${version}`}`;
  const base = `figure/${encodeURIComponent(exercise)}.json?${query}`;
  place.dataset.figure = base;
  const book = await bookAt(base);
  const isWanted = () => place.dataset.figure === base;
  const player = new Player(place, book && isWanted() ? new Drawing(book) : null);
  if (!isWanted()) return player;
  place.classList.toggle("empty", player.isEmpty);
  if (player.isEmpty) place.replaceChildren();
  else player.show("before", 0, 0);
  if (exercise !== WALK) bookAt(`figure/${WALK}.json?side=right&stage=0`).then((walk) => player.useWalk(walk));
  return player;
}
