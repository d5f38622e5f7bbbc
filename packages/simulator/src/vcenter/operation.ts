import type { Inventory } from './inventory.ts';
import type { ObjectStore } from './object-store.ts';
import type { Sessions } from './sessions.ts';
import type { Tasks } from './tasks.ts';
import type { XmlElement } from './xml-reader.ts';

/** What calls work on. */
export interface VCenter {
  readonly store: ObjectStore;
  readonly inventory: Inventory;
  readonly sessions: Sessions;
  readonly tasks: Tasks;
}

/** Answers a call with the content of the response element. */
type Operation = (request: XmlElement, signal: AbortSignal) => string | Promise<string>;

/** The methods of one managed object, by their names in the API. */
export type Operations = Readonly<Record<string, Operation>>;
