// Small steps on the document. Everything is set as text; nothing here takes HTML.

export const byId = (id) => document.getElementById(id);

/** Set a text only if it changed: a live region must not say the same twice. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function make(tag, text = "", attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** Words and sentences as one text for who hears it, with a pause after each. */
export function spoken(parts) {
  const said = parts.filter(Boolean);
  return said.map((part, index) => (index + 1 < said.length && !/[.!?…。！？।]$/u.test(part) ? `${part}.` : part)).join(" ");
}

/** Set a text of several phrases ("left 6 min · right 5 min"), each of which stays on one line. */
export function setPhrases(element, text) {
  if (element.textContent === text) return;
  const between = " · ";
  const phrases = text.split(between).map((phrase) => make("span", phrase, { class: "phrase" }));
  element.replaceChildren(...phrases.flatMap((phrase, index) => (index ? [between, phrase] : [phrase])));
}

/** Fill a list anew, unless it holds exactly these texts. */
export function setItems(list, texts) {
  const shown = [...list.children].map((item) => item.textContent);
  if (shown.length === texts.length && shown.every((text, index) => text === texts[index])) return;
  list.replaceChildren(...texts.map((text) => make("li", text)));
}

const figures = new Map();

/** The drawing as a document of its own, parsed by the browser as XML (no HTML is ever made from text here). */
function fetchFigure(address) {
  if (!figures.has(address)) {
    figures.set(
      address,
      new Promise((resolve) => {
        const request = new XMLHttpRequest();
        request.open("GET", address);
        request.responseType = "document";
        request.onloadend = () => resolve(request.status === 200 ? request.responseXML?.documentElement : null);
        request.send();
      }),
    );
  }
  return figures.get(address);
}

/**
 * Show the position of an exercise with this side stretched; an exercise without a picture leaves the place empty.
 *
 * @param version another one for another picture: that of an exercise of one's own may be drawn anew while the page is open
 */
export async function setFigure(place, exercise, side, version = "") {
  const query = new URLSearchParams([...(side ? [["side", side]] : []), ...(version ? [["version", version]] : [])]);
  const address = exercise ? `figure/${encodeURIComponent(exercise)}?${query}` : "";
  if (place.dataset.address === address) return;
  place.dataset.address = address;
  const drawing = address ? await fetchFigure(address) : null;
  if (place.dataset.address !== address) return; // another one was asked for meanwhile
  place.replaceChildren(...(drawing ? [document.importNode(drawing, true)] : []));
  place.classList.toggle("empty", !drawing);
}
