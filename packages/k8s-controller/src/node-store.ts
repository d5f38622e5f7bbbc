import type { CachedNode, NodeEvent } from './node-event.ts';
import type { NodeObject, NodeOutline } from './wire-format.ts';

interface Entry {
  node: CachedNode;
  /** False until the Node has been read whole: its identity is not known before. */
  shown: boolean;
  setsProviderID: boolean;
  setsSystemUUID: boolean;
}

/** The Nodes by name, and the events that tell them apart from before. Does no I/O. */
export class NodeStore {
  readonly #entries = new Map<string, Entry>();
  readonly #emit: (event: NodeEvent) => void;
  /** While a list runs: the Nodes that it has not named yet. */
  #unlisted: Set<string> | undefined;

  constructor(emit: (event: NodeEvent) => void) {
    this.#emit = emit;
  }

  get(name: string): CachedNode | undefined {
    const entry = this.#entries.get(name);
    return entry?.shown ? entry.node : undefined;
  }

  *nodes(): Generator<CachedNode, void> {
    for (const { node, shown } of this.#entries.values()) if (shown) yield node;
  }

  /** A complete list begins; one that was not ended is forgotten. */
  beginList(): void {
    this.#unlisted = new Set(this.#entries.keys());
  }

  /** The list is complete: what it did not name is gone. */
  endList(): void {
    for (const name of this.#unlisted ?? []) this.remove(name);
    this.#unlisted = undefined;
  }

  /** Takes a whole Node, from a list. */
  put(node: NodeObject): void {
    this.#unlisted?.delete(node.name);
    const entry = this.#entryOf(node);
    this.#show(node.name, entry, {
      ...node,
      providerID: node.providerID ?? entry?.node.providerID,
      systemUUID: node.systemUUID ?? entry?.node.systemUUID,
    });
  }

  /** Takes a Node's metadata, from a watch. A Node that is new is not shown before {@link identify}. */
  outline({ setsProviderID, setsSystemUUID, ...metadata }: NodeOutline): void {
    const entry = this.#entryOf(metadata);
    const { providerID, systemUUID } = entry?.node ?? {};
    const node = { ...metadata, providerID, systemUUID };
    if (!entry) {
      this.#entries.set(node.name, { node, shown: false, setsProviderID, setsSystemUUID });
      return;
    }
    entry.setsProviderID = setsProviderID;
    entry.setsSystemUUID = setsSystemUUID;
    if (entry.shown) this.#show(node.name, entry, node);
    else entry.node = node;
  }

  /** Whether the Node has to be read whole: it is new, or a part of its identity has been set since. */
  isUnidentified(name: string): boolean {
    const entry = this.#entries.get(name);
    if (!entry) return false;
    const { node, shown, setsProviderID, setsSystemUUID } = entry;
    return !shown || (!node.providerID && setsProviderID) || (!node.systemUUID && setsSystemUUID);
  }

  /**
   * Takes the identity, and nothing else, from a Node that was read by itself: its labels may be older or newer than
   * what the watch has told, and only the watch's order is certain.
   */
  identify({ name, uid, providerID, systemUUID }: NodeObject): void {
    const entry = this.#entries.get(name);
    if (entry?.node.uid !== uid) return;
    const { node } = entry;
    this.#show(name, entry, {
      ...node,
      providerID: node.providerID ?? providerID,
      systemUUID: node.systemUUID ?? systemUUID,
    });
  }

  /** @param uid if given, another Node of that name stays */
  remove(name: string, uid?: string): void {
    const entry = this.#entries.get(name);
    if (!entry || (uid && uid !== entry.node.uid)) return;
    this.#entries.delete(name);
    if (entry.shown) this.#emit({ type: 'gone', node: entry.node });
  }

  /** The entry of this very Node; another Node that had its name is gone. */
  #entryOf({ name, uid }: { name: string; uid: string }): Entry | undefined {
    const entry = this.#entries.get(name);
    if (!entry || entry.node.uid === uid) return entry;
    this.remove(name);
    return undefined;
  }

  #show(name: string, entry: Entry | undefined, node: CachedNode): void {
    if (!entry) this.#entries.set(name, { node, shown: true, setsProviderID: false, setsSystemUUID: false });
    const before = entry?.shown ? entry.node : undefined;
    if (entry) {
      entry.node = node;
      entry.shown = true;
    }
    if (!before) this.#emit({ type: 'appeared', node });
    else if (differs(before, node)) this.#emit({ type: 'changed', node, before });
  }
}

function differs(a: CachedNode, b: CachedNode): boolean {
  if (a.providerID !== b.providerID || a.systemUUID !== b.systemUUID) return true;
  const keys = Object.keys(a.labels);
  return keys.length !== Object.keys(b.labels).length || keys.some((key) => a.labels[key] !== b.labels[key]);
}
