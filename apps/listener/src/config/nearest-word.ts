import { distance } from 'fastest-levenshtein';

/** The word that was meant, if one is near enough to be it: at most a third of the letters differ, or the case. */
export function nearestWord(text: string, words: readonly string[]): string | undefined {
  const near = words
    .map((word) => ({ word, far: distance(text.toLowerCase(), word.toLowerCase()) }))
    .filter(({ word, far }) => far <= Math.max(1, Math.floor(word.length / 3)));
  return near.sort((a, b) => a.far - b.far)[0]?.word;
}

/** `allowed are a, b, c`, and which of them was meant. */
export function allowedWords(text: unknown, words: readonly string[]): string {
  const meant = typeof text === 'string' ? nearestWord(text, words) : undefined;
  return `allowed are ${words.join(', ')}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}
