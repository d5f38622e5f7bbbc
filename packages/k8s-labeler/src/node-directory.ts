import type { CachedNode, NodeEvent } from '@vcenter-listener/k8s-controller';
import { MultiIndex } from './multi-index.ts';
import { uuidsOf } from './node-identity.ts';

/** The Nodes as they are now, by name and by UUID. */
export class NodeDirectory {
  readonly #nodes = new Map<string, CachedNode>();
  readonly #byUuid = new MultiIndex();
  #synced = false;

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

  /**
   * Takes over what we have written ourselves: the watch tells it later, and if it hangs, much later. A VM that
   * comes back meanwhile must not find its label as it was before. What the watch has told of these labels since
   * is newer, and stays.
   *
   * @param before the Node when it was decided what to write
   */
  wrote(before: CachedNode, labels: Readonly<Record<string, string>>): void {
    const node = this.#nodes.get(before.name);
    if (node?.uid !== before.uid) return;
    if (Object.keys(labels).some((key) => node.labels[key] !== before.labels[key])) return;
    this.#nodes.set(before.name, { ...node, labels: { ...node.labels, ...labels } });
  }

  get(name: string): CachedNode | undefined {
    return this.#nodes.get(name);
  }

  names(): Iterable<string> {
    return this.#nodes.keys();
  }

  /** @param uuid in its canonical form */
  byUuid(uuid: string): readonly CachedNode[] {
    return this.#byUuid
      .get(uuid)
      .map((name) => this.#nodes.get(name))
      .filter((node) => node !== undefined);
  }

  #put(before: CachedNode | undefined, node: CachedNode | undefined): void {
    if (before) {
      this.#nodes.delete(before.name);
      for (const uuid of uuidsOf(before)) this.#byUuid.remove(uuid, before.name);
    }
    if (node) {
      this.#nodes.set(node.name, node);
      for (const uuid of uuidsOf(node)) this.#byUuid.add(uuid, node.name);
    }
  }
}
