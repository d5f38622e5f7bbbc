import type { CachedNode, NodeEvent } from '@vcenter-listener/k8s-controller';
import { MultiIndex } from './multi-index.ts';
import { defaultIdentity, type IdentitySettings, nameKey, uuidsOf } from './node-identity.ts';

/** The Nodes as they are now, by name, by what a VM's name is compared with, and by UUID. */
export class NodeDirectory {
  readonly #nodes = new Map<string, CachedNode>();
  readonly #byUuid = new MultiIndex();
  readonly #byName = new MultiIndex();
  readonly #identity: IdentitySettings;
  #synced = false;

  constructor(identity: IdentitySettings = defaultIdentity) {
    this.#identity = identity;
  }

  /** False until all were read once: until then a Node could have a rival that is not known yet. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Takes over an event; events must come in their order and none may be left out. */
  accept(event: NodeEvent): void {
    switch (event.type) {
      case 'appeared':
        this.#put(undefined, event.node);
        break;
      case 'changed':
        this.#put(event.before, event.node);
        break;
      case 'gone':
        this.#put(event.node, undefined);
        break;
      case 'synced':
        this.#synced = true;
        break;
      case 'interrupted':
        break;
      default:
        event satisfies never;
    }
  }

  get(name: string): CachedNode | undefined {
    return this.#nodes.get(name);
  }

  names(): Iterable<string> {
    return this.#nodes.keys();
  }

  /** @param uuid in its canonical form */
  byUuid(uuid: string): readonly CachedNode[] {
    return this.#resolve(this.#byUuid.get(uuid));
  }

  /** @param key the {@link nameKey} of a name */
  byName(key: string): readonly CachedNode[] {
    return this.#resolve(this.#byName.get(key));
  }

  #resolve(names: readonly string[]): readonly CachedNode[] {
    return names.map((name) => this.#nodes.get(name)).filter((node) => node !== undefined);
  }

  #put(before: CachedNode | undefined, node: CachedNode | undefined): void {
    if (before) {
      this.#nodes.delete(before.name);
      for (const uuid of uuidsOf(before)) this.#byUuid.remove(uuid, before.name);
      this.#byName.remove(nameKey(before.name, this.#identity), before.name);
    }
    if (node) {
      this.#nodes.set(node.name, node);
      for (const uuid of uuidsOf(node)) this.#byUuid.add(uuid, node.name);
      this.#byName.add(nameKey(node.name, this.#identity), node.name);
    }
  }
}
