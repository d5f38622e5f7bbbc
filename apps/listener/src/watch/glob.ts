/**
 * Whether a name fits a pattern as a whole: `*` stands for any text, `?` for one character, every other character
 * for itself in either case, as vCenter takes names that differ only in case for the same. Takes a time of at most
 * the product of both lengths.
 */
export function fits(pattern: string, name: string): boolean {
  const wanted = [...pattern.toLowerCase()];
  const given = [...name.toLowerCase()];
  let w = 0;
  let g = 0;
  /** The last `*`, and how much of the name it stands for so far. */
  let star = -1;
  let taken = 0;
  while (g < given.length) {
    if (wanted[w] === '*') {
      star = w++;
      taken = g;
    } else if (wanted[w] === '?' || wanted[w] === given[g]) {
      w++;
      g++;
    } else if (star !== -1) {
      w = star + 1;
      g = ++taken;
    } else {
      return false;
    }
  }
  while (wanted[w] === '*') w++;
  return w === wanted.length;
}
