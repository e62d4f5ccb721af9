// What the pages that are read have in common: sentences with their sources, and the way to the other pages.

import { make, setText } from "./dom.js";

/** The letters of the articles that a sentence can be checked in, as links to their titles below. */
export function letterLinks(letters) {
  return letters.map((letter) => make("a", letter, { href: `#article-${letter}`, class: "letter" }));
}

/** A list of sentences, each followed by its letters. */
export function fillTold(list, told) {
  list.replaceChildren(
    ...told.map(({ text, letters }) => {
      const item = make("li", `${text} `);
      item.append(...letterLinks(letters));
      return item;
    }),
  );
}

export function fillArticles(list, articles) {
  list.replaceChildren(
    ...articles.map(({ letter, title }) => {
      const row = make("div", "", { id: `article-${letter}` });
      row.append(make("dt", letter), make("dd", title));
      return row;
    }),
  );
}

/** To another page in place of this one: a window with a history could not close itself at the end of a stretch. */
export function stayWithoutHistory() {
  for (const link of document.querySelectorAll(".pages a")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      location.replace(link.href);
    });
  }
  // So with the links within the page: they would be entries of the history too.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    const target = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!target) return;
    event.preventDefault();
    target.tabIndex = -1;
    target.focus({ preventScroll: true });
    target.scrollIntoView();
  });
}

export function tell(sentence) {
  const notice = document.getElementById("notice");
  notice.hidden = !sentence;
  setText(notice, sentence);
}
