// What the person said of a session: for a page that is loaded anew, or on another one of this address. Kept until it is over.

const NAMES = ["large", "pain"];

/** @returns null where the browser is told to keep nothing, or what is kept is not ours: ports are used again */
function inStore(act) {
  try {
    return act(localStorage);
  } catch {
    return null;
  }
}

/** @returns null where nothing was said of this session */
export function recall(name, session) {
  const said = inStore((store) => JSON.parse(store.getItem(name)));
  return said?.session === session ? said.value : null;
}

export function remember(name, session, value) {
  inStore((store) => store.setItem(name, JSON.stringify({ session, value })));
}

/** Nothing is left in the browser where no session runs. */
export function forget() {
  inStore((store) => NAMES.forEach((name) => store.removeItem(name)));
}
