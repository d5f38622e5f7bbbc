import type { World } from './world.ts';

/** A label that became right. */
export interface RightLabel {
  readonly node: string;
  readonly from: string;
  readonly to: string;
  /** What moved it: `DRS`, `maintenance`, `HA`. */
  readonly cause: string;
  /** From the move in vCenter to the write at the API server, in milliseconds. */
  readonly reactionMs: number;
}

interface Pending {
  readonly from: string;
  readonly to: string;
  readonly cause: string;
  /** When it was moved, for each move since the label was right; on the scale of performance.now(). */
  readonly movedAt: readonly number[];
}

/** Compares what the simulated vCenter did with what the simulated Kubernetes was told, and when. */
export class Scoreboard {
  readonly #world: World;
  readonly #label: string;
  readonly #pending = new Map<string, Pending>();
  readonly #reactions: number[] = [];
  #migrations = 0;

  constructor(world: World, label: string, onRight: (right: RightLabel) => void) {
    this.#world = world;
    this.#label = label;
    world.kubernetes.onWrite(({ name, at }) => {
      const pending = this.#pending.get(name);
      if (!pending || this.#labelOf(name) !== pending.to) return;
      this.#pending.delete(name);
      const { from, to, cause, movedAt } = pending;
      this.#reactions.push(...movedAt.map((moved) => at - moved));
      onRight({ node: name, from, to, cause, reactionMs: at - (movedAt.at(-1) ?? at) });
    });
  }

  /** A Node's VM is about to move. */
  expect(node: string, { from, to, cause }: { from: string; to: string; cause: string }): void {
    const movedAt = [...(this.#pending.get(node)?.movedAt ?? []), performance.now()];
    this.#pending.set(node, { from, to, cause, movedAt });
    this.#migrations++;
  }

  /** Nodes whose label is not the host that their VM runs on. */
  wrong(): string[] {
    return this.#world.vcenter
      .truth()
      .filter(({ vm, host }) => this.#world.nodes.has(vm) && this.#labelOf(vm) !== host)
      .map(({ vm }) => vm);
  }

  /** One line that says it all; labels that are still wrong are named. */
  summary(): string {
    const wrong = this.wrong();
    const right =
      this.#migrations - wrong.reduce((sum, node) => sum + (this.#pending.get(node)?.movedAt.length ?? 0), 0);
    const parts = [`${this.#migrations} migrations`, `${right} labels right`];
    const sorted = this.#reactions.toSorted((a, b) => a - b);
    if (sorted.length > 0) {
      parts.push(`reaction p50 ${percentile(sorted, 50).toFixed(1)} ms`, `p99 ${percentile(sorted, 99).toFixed(1)} ms`);
    }
    if (wrong.length > 0) parts.push(`wrong: ${wrong.join(', ')}`);
    return parts.join(', ');
  }

  #labelOf(node: string): string | undefined {
    return this.#world.kubernetes.node(node)?.labels[this.#label];
  }
}

/** The value below which `percent` of them lie: nearest rank. */
function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}
