// What can be chosen anew while one gets ready. In a small window it comes in the place of the steps, behind a button (page.css).

import { byId, make, setText } from "./dom.js";

const page = document.documentElement;
const opener = byId("choose");
const chooser = byId("chooser");

let isPointed = false; // the list was opened with a pointer; `:focus-visible` does not tell of lists

/** The same elements throughout: what changes is their words, so that neither the focus nor the place of a button is lost. */
export function showChoices(choices) {
  opener.hidden = byId("choices").hidden = !choices;
  if (!choices) {
    openChoices(false);
    return;
  }
  chooser.hidden = choices.exercises.length < 2;
  const told = JSON.stringify(choices.exercises);
  if (chooser.dataset.told !== told) {
    chooser.dataset.told = told;
    chooser.replaceChildren(...choices.exercises.map(({ id, name }) => make("option", name, { value: id })));
  }
  chooser.value = choices.exercise;
  for (const id of ["first", "hold", "walk"]) {
    const button = byId(`choose-${id}`);
    const choice = choices.buttons.find((one) => one.id === id);
    button.hidden = !choice;
    setText(button, choice?.label ?? "");
    button.params = choice?.params;
  }
}

const areOpen = () => page.dataset.choosing === "yes";

function openChoices(isOpen) {
  page.dataset.choosing = isOpen ? "yes" : "no";
  opener.setAttribute("aria-expanded", String(isOpen));
}

/** Close them, if they were opened by their button: the focus goes back there. */
export function closeChoices() {
  if (!areOpen() || !opener.checkVisibility()) return false; // in a large window they always are
  if (byId("choices").contains(document.activeElement)) opener.focus();
  openChoices(false);
  return true;
}

/** @param order sends a command, as in guide.js */
export function followChoices(order) {
  opener.addEventListener("click", () => openChoices(!areOpen()));
  chooser.addEventListener("pointerdown", () => (isPointed = true));
  chooser.addEventListener("keydown", () => (isPointed = false));
  chooser.addEventListener("change", () => {
    order("choose", { exercise: chooser.value });
    if (!isPointed) return; // the arrow keys walk through the list
    chooser.blur(); // as with a button: the keys are the stretch's again
    openChoices(false); // another exercise has other steps, which are to be seen
  });
}
