import type { CachedNode, NodeEvent } from './node-event.ts';
import { isOlder } from './resource-version.ts';
import type { NodeOutline, WholeNode } from './wire-format.ts';

const NO_TAINTS: CachedNode['taints'] = [];

interface Entry {
  node: CachedNode;
  /** Of the newest metadata that are known. */
  signature: string;
  /** The version that was read whole last; undefined until then: the Node is not shown before. */
  read: { readonly signature: string; readonly resourceVersion: string } | undefined;
  setsProviderID: boolean;
  setsSystemUUID: boolean;
  /** The list that was the latest one when the Node was last seen. */
  seenIn: number;
}

/** The Nodes by name, and the events that tell them apart from before. Does no I/O. */
export class NodeStore {
  readonly #entries = new Map<string, Entry>();
  readonly #emit: (event: NodeEvent) => void;
  /** How many lists have begun. */
  #lists = 0;
  /** While a list runs: the Nodes that it has not named yet. */
  #unlisted: Set<string> | undefined;

  constructor(emit: (event: NodeEvent) => void) {
    this.#emit = emit;
  }

  get(name: string): CachedNode | undefined {
    const entry = this.#entries.get(name);
    return entry?.read ? entry.node : undefined;
  }

  *nodes(): Generator<CachedNode, void> {
    for (const { node, read } of this.#entries.values()) if (read) yield node;
  }

  /** A complete list begins; one that was not ended is forgotten. */
  beginList(): void {
    this.#lists++;
    this.#unlisted = new Set(this.#entries.keys());
  }

  /** The list is complete: what it did not name is gone. */
  endList(): void {
    for (const name of this.#unlisted ?? []) this.remove(name);
    this.#unlisted = undefined;
  }

  /**
   * Takes a Node of a list as it is: its resourceVersion may be older than what is known, if etcd was restored. Only
   * what was read or written since the list began is newer.
   */
  put(whole: WholeNode): void {
    this.#unlisted?.delete(whole.name);
    const entry = this.#entryOf(whole);
    if (entry?.seenIn === this.#lists) this.read(whole);
    else this.#take(entry, whole);
  }

  /** Takes a Node's metadata from a watch, unless newer ones are known. One that is new is not shown before {@link read}. */
  outline(outline: NodeOutline): void {
    const { signature, setsProviderID, setsSystemUUID, ...metadata } = outline;
    const known = this.#entries.get(outline.name)?.node;
    if (known && isOlder(outline.resourceVersion, known.resourceVersion)) return;
    const entry = this.#entryOf(outline);
    if (!entry) {
      const node = { ...metadata, providerID: undefined, systemUUID: undefined, taints: NO_TAINTS };
      const seenIn = this.#lists;
      const sets = { setsProviderID, setsSystemUUID };
      this.#entries.set(node.name, { node, signature, read: undefined, ...sets, seenIn });
      return;
    }
    if (entry.signature !== signature) entry.signature = signature; // of equal texts one is held
    entry.setsProviderID = setsProviderID;
    entry.setsSystemUUID = setsSystemUUID;
    const { providerID, systemUUID, taints } = entry.node;
    this.#replace(entry, { ...metadata, providerID, systemUUID, taints });
  }

  /** A Node with its newest resourceVersion, as long as nothing that is kept has changed, or may have changed, since. */
  latest(node: CachedNode): CachedNode {
    const known = this.#entries.get(node.name)?.node;
    return known?.uid === node.uid && !differs(node, known) && this.unread(node.name) !== 'now' ? known : node;
  }

  /** Takes the answer to a write, as {@link outline}, if this Node is still known. */
  wrote(outline: NodeOutline): void {
    if (this.#entries.get(outline.name)?.node.uid === outline.uid) this.outline(outline);
  }

  /**
   * Takes a Node that is known and was read, or written, by itself. If the watch has told newer metadata already,
   * these stay.
   */
  read(whole: WholeNode): void {
    const entry = this.#entries.get(whole.name);
    if (entry?.node.uid !== whole.uid) return;
    if (!isOlder(whole.resourceVersion, entry.node.resourceVersion)) {
      this.#take(entry, whole);
      return;
    }
    if (entry.read && isOlder(whole.resourceVersion, entry.read.resourceVersion)) return;
    const { providerID, systemUUID, taints } = whole;
    this.#show(entry, whole, { ...entry.node, providerID, systemUUID, taints });
  }

  /**
   * Whether a Node has to be read whole: `now` if it is new or its signature has changed; `later` if a part of its
   * identity is empty although it has been set, which the signature does not always tell.
   */
  unread(name: string): 'now' | 'later' | undefined {
    const entry = this.#entries.get(name);
    if (!entry) return undefined;
    const { node, signature, read, setsProviderID, setsSystemUUID } = entry;
    if (signature !== read?.signature) return 'now';
    return (!node.providerID && setsProviderID) || (!node.systemUUID && setsSystemUUID) ? 'later' : undefined;
  }

  /** @param uid if given, another Node of that name stays */
  remove(name: string, uid?: string): void {
    const entry = this.#entries.get(name);
    if (!entry || (uid && uid !== entry.node.uid)) return;
    const shown = this.get(name);
    this.#entries.delete(name);
    if (shown) this.#emit({ type: 'gone', node: shown });
  }

  /** The entry of this very Node; another Node that had its name is gone. */
  #entryOf({ name, uid }: { name: string; uid: string }): Entry | undefined {
    const entry = this.#entries.get(name);
    if (!entry || entry.node.uid === uid) return entry;
    this.remove(name);
    return undefined;
  }

  #take(entry: Entry | undefined, whole: WholeNode): void {
    const { signature, ...node } = whole;
    if (entry) {
      if (entry.signature !== signature) entry.signature = signature;
      this.#show(entry, whole, node);
      return;
    }
    const { resourceVersion } = node;
    const sets = { setsProviderID: false, setsSystemUUID: false };
    const read = { signature, resourceVersion };
    this.#entries.set(node.name, { node, signature, read, ...sets, seenIn: this.#lists });
    this.#emit({ type: 'appeared', node });
  }

  /** @param whole what was read */
  #show(entry: Entry, { signature, resourceVersion }: WholeNode, node: CachedNode): void {
    const shown = entry.read !== undefined;
    const held = signature === entry.signature ? entry.signature : signature;
    entry.read = { signature: held, resourceVersion };
    if (shown) {
      this.#replace(entry, node);
      return;
    }
    entry.node = node;
    entry.seenIn = this.#lists;
    this.#emit({ type: 'appeared', node });
  }

  #replace(entry: Entry, node: CachedNode): void {
    const before = entry.node;
    const changed = differs(before, node);
    // What has not changed is not held twice.
    entry.node = changed ? node : { ...before, resourceVersion: node.resourceVersion };
    entry.seenIn = this.#lists;
    if (changed && entry.read) this.#emit({ type: 'changed', node, before });
  }
}

function differs(a: CachedNode, b: CachedNode): boolean {
  if (a.providerID !== b.providerID || a.systemUUID !== b.systemUUID) return true;
  if (differ(a.labels, b.labels) || differ(a.annotations, b.annotations)) return true;
  if (differ(a.ownedLabels, b.ownedLabels)) return true;
  if (a.taints.length === 0 && b.taints.length === 0) return false;
  return JSON.stringify(a.taints) !== JSON.stringify(b.taints);
}

function differ<T extends object>(a: T, b: T): boolean {
  if (a === b) return false;
  const keys = Object.keys(a) as (keyof T)[];
  return keys.length !== Object.keys(b).length || keys.some((key) => a[key] !== b[key]);
}
