// The line to the daemon: what is so now, the daemon's clock, and commands.

const first = JSON.parse(document.getElementById("first").textContent);
export const words = first.words;

const LOST_AFTER_MS = 4000; // a stream that stalls for less leaves no trace: the page counts by itself
const ENDED_AFTER_MS = 15000;

/**
 * The daemon's clock, read off performance.now(). Each exchange bounds the difference between the two: a reading that
 * arrives at `t` was made before it, and one that was asked for at `t` was made after it. Nothing but a suspend moves
 * the difference (the page's clock may stand still in it, the daemon's goes on), and then the new bounds contradict the
 * old ones, which are dropped.
 */
class DaemonClock {
  #low = -Infinity;
  #high = Infinity;

  heard(nowS, askedMs, arrivedMs) {
    const low = nowS - arrivedMs / 1000;
    const high = askedMs === null ? Infinity : nowS - askedMs / 1000;
    if (low > this.#high || high < this.#low) {
      this.#low = low;
      this.#high = high;
      return high === Infinity; // without an upper bound: worth asking
    }
    this.#low = Math.max(this.#low, low);
    this.#high = Math.min(this.#high, high);
    return false;
  }

  now() {
    const offset = this.#high === Infinity ? this.#low : (this.#low + this.#high) / 2;
    return performance.now() / 1000 + offset;
  }
}

const clock = new DaemonClock();
export const nowS = () => clock.now();

async function askTheTime() {
  const asked = performance.now();
  try {
    const answer = await fetch("clock");
    const arrived = performance.now();
    if (answer.ok) clock.heard((await answer.json()).now_s, asked, arrived);
  } catch {
    // the stream notices, and says so
  }
}

/**
 * Follow the daemon: `show(view)` for each new view, `tell(sentence)` for what the person should know of the connection
 * ("" when all is well), `superseded(sentence)` when the page has been opened in another window, `ended(sentence)` when nothing
 * more will come; the sentence says why.
 */
export function follow({ show, tell, superseded = () => {}, ended = () => {} }) {
  const take = ({ now_s: told, view }) => {
    if (clock.heard(told, null, performance.now())) askTheTime();
    show(view);
    tell(view.connected ? "" : words.not_running);
  };
  const hear = (event) => {
    restore();
    take(JSON.parse(event.data));
  };
  // The page was made a moment before it could be run: a lower bound, which the next exchange makes exact.
  take(first);
  askTheTime();

  const source = new EventSource(`events?page=${first.page}&generation=${first.generation}`);
  let lost = null;
  let over = null;
  const restore = () => {
    clearTimeout(lost);
    clearTimeout(over);
    lost = over = null;
  };
  const end = (sentence) => {
    restore();
    source.close();
    tell(sentence);
    ended(sentence);
  };
  source.onmessage = hear;
  source.addEventListener("superseded", (event) => {
    hear(event);
    source.close();
    superseded(words.elsewhere);
  });
  source.onopen = askTheTime;
  source.onerror = () => {
    lost ??= setTimeout(() => tell(words.lost), LOST_AFTER_MS);
    over ??= setTimeout(() => end(words.ended), ENDED_AFTER_MS);
  };
  source.addEventListener("ended", () => end(words.quit));
}

/** Send a command. Resolves to null, or to what to tell the person. */
export async function command(method, params = {}) {
  try {
    const answer = await fetch("command", {
      method: "POST",
      headers: { "content-type": "application/json", "x-unsit-token": first.token },
      body: JSON.stringify({ method, params }),
    });
    if (answer.ok) return null;
    const { message, next_step: step } = await answer.json();
    return [message, step].filter(Boolean).join(" ");
  } catch {
    return words.refused;
  }
}
