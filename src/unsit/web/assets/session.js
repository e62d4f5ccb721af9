// Where a session is, worked out from what the daemon said once. Pure: no document, no clock.

/**
 * The page goes on by itself past the end of a segment: the daemon's word for the next one may be late.
 *
 * @param session view of the session: `ends_s` is when segment `index` ends, null while it stands still at `elapsed_s`
 * @returns {index, elapsed, remaining} in seconds; at the end of the last segment nothing remains
 */
export function positionAt(session, nowS) {
  let { index } = session;
  let remaining = session.ends_s === null ? session.segments[index].seconds - session.elapsed_s : session.ends_s - nowS;
  while (remaining <= 0 && session.ends_s !== null && index + 1 < session.segments.length) {
    index += 1;
    remaining += session.segments[index].seconds;
  }
  const { seconds } = session.segments[index];
  remaining = Math.min(seconds, Math.max(0, remaining));
  return { index, elapsed: seconds - remaining, remaining };
}

/** The sentence that holds at this moment of a segment: its last cue that has begun. */
export function cueAt(segment, elapsed) {
  let said = "";
  for (const [from, text] of segment.cues) if (elapsed >= from) said = text;
  return said;
}

/** What the ring shows: whole seconds (minutes from 100 s on), or the number of the repetition or breath. */
export function reading(segment, { elapsed, remaining }) {
  const left = Math.ceil(remaining - 1e-6);
  if (segment.beats) {
    const beat = Math.min(segment.beats, Math.floor((elapsed / segment.seconds) * segment.beats) + 1);
    return { number: String(beat), unit: `/ ${segment.beats}` };
  }
  if (segment.seconds < 100) return { number: String(left), unit: "" };
  return { number: `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`, unit: "" };
}
