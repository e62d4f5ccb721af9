// A guide that is to be a card or to fill the screen, in a browser: the page sizes its own window, where the browser lets it
// (Chromium's windows without a frame; a tab, and Firefox, stay as they are). Not by the browser's command line: options of a
// browser that is running already are not heeded, and those that started it hold for the person's other windows too.

const CARD = { width: 420, height: 560, margin: 16 };

const { shape } = JSON.parse(document.getElementById("first").textContent);
const { availLeft = 0, availTop = 0, availWidth, availHeight } = screen;

// Where no panel has said how much room it takes, one may lie over the window all the same.
const PANEL = 48;
const fullHeight = availHeight < screen.height || availWidth < screen.width ? availHeight : availHeight - PANEL;
const KEEP_WITHIN_MS = [100, 400, 1500]; // where the window is comes some time after it was put there

if (shape === "card") {
  const frame = { width: outerWidth - innerWidth, height: outerHeight - innerHeight };
  const width = Math.min(CARD.width + Math.max(0, frame.width), availWidth);
  const height = Math.min(CARD.height + Math.max(0, frame.height), availHeight);
  resizeTo(width, height);
  moveTo(availLeft + availWidth - width - CARD.margin, availTop + availHeight - height - CARD.margin);
} else if (shape === "full") {
  moveTo(availLeft, availTop);
  resizeTo(availWidth, fullHeight);
  for (const ms of KEEP_WITHIN_MS) setTimeout(keepWithin, ms);
}

/** The window manager's frame, which is not in these sizes, pushes the content down and aside: under a panel, with its buttons. */
function keepWithin() {
  const over = { right: screenX + outerWidth - availLeft - availWidth, bottom: screenY + outerHeight - availTop - fullHeight };
  if (over.right > 0 || over.bottom > 0) resizeBy(-Math.max(0, over.right), -Math.max(0, over.bottom));
}
