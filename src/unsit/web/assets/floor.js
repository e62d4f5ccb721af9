// For somebody who lies on the floor: one word and one number as large as the screen allows, and flashes instead of tones.

// Of the smaller side of the window. At 1080 lines on a 24 inch screen that is 151 px, of which a small letter is about 80:
// 25 arc minutes from 3 m; 20 are wanted (docs/guide.md). A word that is too long for the window at this size is broken.
const WORD_LEAST = 0.14;
// Of the height of their places, with the space that a line takes above and below its letters.
const WORD_MOST = 0.85;
const NUMBER_MOST = 1.08; // digits do not reach below the line

/** Make the text as large as it may be, and no wider than its place. */
function fit(element, mostPx, leastPx) {
  const { style } = element;
  const set = (px, breaks) => {
    style.fontSize = `${px}px`;
    style.whiteSpace = breaks ? "normal" : "nowrap";
  };
  set(mostPx, false);
  const { scrollWidth: width, clientWidth: room } = element;
  if (width <= room) return;
  const px = Math.floor((mostPx * room) / width);
  set(Math.max(px, leastPx), px < leastPx);
}

export function fitFloor(word, number) {
  const least = WORD_LEAST * Math.min(innerWidth, innerHeight);
  fit(word, Math.max(least, WORD_MOST * word.clientHeight), least);
  fit(number, Math.max(least, NUMBER_MOST * number.clientHeight), least);
}

// Two a second at most: three are the limit (WCAG 2.2, 2.3.1).
const PULSE_MS = 550;
const MARK_MS = 1500;
const PULSES = { start: 1, half: 1, switch: 2, end: 3 };
let unmark = null;

/** Told to the eyes what a tone tells the ears: "start", "half", "switch" or "end". Without motion it is a border for a while. */
export function flash(element, kind, isStill) {
  element.getAnimations().forEach((animation) => animation.cancel());
  clearTimeout(unmark);
  element.dataset.kind = kind;
  element.dataset.marked = isStill ? "yes" : "no";
  if (isStill) unmark = setTimeout(() => (element.dataset.marked = "no"), MARK_MS);
  else {
    element.animate([{ opacity: 0 }, { opacity: 1, offset: 0.25 }, { opacity: 0 }], {
      duration: PULSE_MS,
      iterations: PULSES[kind],
      easing: "ease-out",
    });
  }
}
