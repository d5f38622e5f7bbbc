/** Which items have a key. An item can have many keys and a key many items; most have one. */
export class MultiIndex {
  readonly #items = new Map<string, readonly string[]>();

  get(key: string): readonly string[] {
    return this.#items.get(key) ?? none;
  }

  add(key: string, item: string): void {
    const items = this.get(key);
    if (!items.includes(item)) this.#items.set(key, [...items, item]);
  }

  remove(key: string, item: string): void {
    const left = this.get(key).filter((other) => other !== item);
    if (left.length > 0) this.#items.set(key, left);
    else this.#items.delete(key);
  }
}

const none: readonly string[] = [];
