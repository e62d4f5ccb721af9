// What the program is. The stream keeps the links of the page alive, as on every other page.

import { byId, setFigure } from "./dom.js";
import { follow } from "./live.js";
import { fillArticles, fillTold, stayWithoutHistory, tell } from "./reading.js";

let drawn = "";

function show({ reasons, articles }) {
  const now = JSON.stringify([reasons, articles]);
  if (now === drawn) return;
  drawn = now;
  fillTold(byId("reasons"), reasons);
  fillArticles(byId("articles"), articles);
}

follow({ show, tell });
stayWithoutHistory();
setFigure(byId("model-figure"), "standing-lunge", "left");
