import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from './kube-client.ts';

const fullNames = 'vcenter-listener/full-names';

/** Everything of the Nodes that the program must not touch, as it was when the test last changed it. */
export class Bystanders {
  readonly #keys: ReadonlySet<string>;
  readonly #taintKey: string | undefined;
  readonly #nodes = new Map<string, unknown>();

  /** @param keys labels that may change. @param taintKey a taint that may come and go */
  constructor(keys: readonly string[], taintKey?: string) {
    this.#keys = new Set(keys);
    this.#taintKey = taintKey;
  }

  /** The Node is to stay like this. */
  remember(node: KubeObject): void {
    this.#nodes.set(node.metadata.name, this.#rest(node));
  }

  forget(name: string): void {
    this.#nodes.delete(name);
  }

  /** @param nodes all there are now. @returns what differs, in words */
  differences(nodes: readonly KubeObject[]): string[] {
    const now = new Map(nodes.map((node) => [node.metadata.name, this.#rest(node)]));
    const all = new Set([...this.#nodes.keys(), ...now.keys()]);
    return [...all].flatMap((name) => {
      const [before, after] = [this.#nodes.get(name), now.get(name)];
      return isDeepStrictEqual(before, after)
        ? []
        : [`Node ${name} is not as it was: ${JSON.stringify(before)} became ${JSON.stringify(after)}`];
    });
  }

  #rest({ metadata, spec, status }: KubeObject): unknown {
    const { labels = {}, annotations = {}, managedFields: _, resourceVersion: __, ...rest } = metadata;
    const { taints, ...otherSpec } = spec ?? {};
    const otherTaints = (Array.isArray(taints) ? taints : []).filter(({ key }) => key !== this.#taintKey);
    return {
      status,
      metadata: {
        ...rest,
        labels: Object.entries(labels)
          .filter(([key]) => !this.#keys.has(key))
          .sort(),
        annotations: Object.entries(annotations)
          .filter(([key]) => key !== fullNames)
          .sort(),
      },
      spec: { ...otherSpec, taints: otherTaints },
    };
  }
}
