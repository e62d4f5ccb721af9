// What the program is. The stream keeps the links of the page alive, as on every other page.

import { byId, make, setFigure } from "./dom.js";
import { follow } from "./live.js";
import { fillArticles, fillTold, stayWithoutHistory, tell } from "./reading.js";

let drawn = "";

/** One row a position, and a bar as long as the line is in it. */
function lengthRow({ name, percent }) {
  const row = make("tr");
  const bar = make("td", "", { class: "bar" });
  bar.append(make("span"));
  bar.firstChild.style.setProperty("--percent", percent);
  row.append(make("th", name, { scope: "row" }), make("td", `${percent} %`), bar);
  return row;
}

function show({ reasons, articles, lengths }) {
  const now = JSON.stringify([reasons, articles, lengths]);
  if (now === drawn) return;
  drawn = now;
  fillTold(byId("reasons"), reasons);
  fillArticles(byId("articles"), articles);
  byId("lengths").replaceChildren(...lengths.map(lengthRow));
}

follow({ show, tell });
stayWithoutHistory();
setFigure(byId("model-figure"), "standing-lunge", "left");
