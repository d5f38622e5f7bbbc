import { setImmediate } from 'node:timers/promises';
import {
  changesFromNothing,
  emptyInventory,
  type Freshness,
  type Inventory,
  type InventoryEvent,
  type InventoryUpdated,
  RecordedError,
  type VSphereError,
} from '@vcenter-listener/vsphere-events';
import { type LineFilter, passes } from './line-filter.ts';
import type { LineOutput } from './line-output.ts';
import { objectLine } from './object-lines.ts';
import type { VCenterLine, WatchLine } from './watch-line.ts';

export interface WatchPrinterOptions {
  readonly vcenter: string;
  readonly output: LineOutput;
  /** undefined: the line is left out. */
  readonly format: (line: WatchLine) => string | undefined;
  readonly filter: LineFilter;
  /** Prints everything that there is at the beginning. */
  readonly initial: boolean;
  readonly explain: (error: VSphereError) => string;
  /** Ends the waiting for a reader. */
  readonly signal: AbortSignal;
}

/** Milliseconds for which lines are made without a break for others. */
const breakAfterMs = 10;

/** Prints what happens in one vCenter, a line each. */
export class WatchPrinter {
  readonly #options: WatchPrinterOptions;
  #shown: Inventory;
  #synced = false;
  #at = 0;
  #busy: Promise<void> = Promise.resolve();

  constructor(options: WatchPrinterOptions) {
    this.#options = options;
    this.#shown = emptyInventory(options.vcenter);
  }

  /** Everything was read once. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Resolves when the reader has taken all updates. */
  get idle(): Promise<void> {
    return this.#busy;
  }

  /** @param at when what is printed next has happened: milliseconds since the epoch */
  setTime(at: number): void {
    this.#at = at;
  }

  /** Prints the changes; not during the first read. Resolves when the reader has taken them. */
  update(update: InventoryUpdated): Promise<void> {
    this.#busy = this.#update(update);
    return this.#busy;
  }

  /** Prints what an event says of the vCenter itself. */
  event(event: InventoryEvent): void {
    switch (event.type) {
      case 'connected': {
        const { fullName, apiVersion, instanceUuid } = event.about;
        this.#offer({ type: 'vcenter.connected', product: fullName, apiVersion, instanceUuid });
        break;
      }
      case 'verified':
        this.#offer({ type: 'vcenter.verified' });
        break;
      case 'interrupted': {
        const { error, needsPerson } = event;
        const kind = error instanceof RecordedError ? error.original : error.name;
        const retryInMs = Math.round(event.retryInMs);
        const reason = this.#options.explain(error);
        this.#offer({ type: 'vcenter.interrupted', reason, error: kind, retryInMs, needsPerson });
        break;
      }
      case 'reading':
      case 'updated':
        break;
      default:
        event satisfies never;
    }
  }

  state({ state, reason, verifiedAt }: Freshness): void {
    const since = verifiedAt === undefined ? undefined : new Date(verifiedAt).toISOString();
    this.#offer({ type: 'vcenter.state', state, reason, verifiedAt: since });
  }

  async #update({ phase, inventory, changes }: InventoryUpdated): Promise<void> {
    const { vcenter, output, format, filter, initial, signal } = this.#options;
    const time = new Date(this.#at).toISOString();
    if (!this.#synced && phase !== 'synced') return;
    const lines = this.#synced ? changes : initial ? changesFromNothing(inventory) : [];
    const before = this.#shown;
    this.#shown = inventory;
    this.#synced = true;
    let since = performance.now();
    for (const change of lines) {
      const line: WatchLine = { time, vcenter, ...objectLine(change, before, inventory) };
      const text = passes(filter, line) ? format(line) : undefined;
      const slow = text === undefined ? undefined : output.write(text, signal);
      if (slow) await slow;
      if (signal.aborted) return;
      if (performance.now() - since < breakAfterMs) continue;
      await setImmediate();
      since = performance.now();
    }
    if (phase !== 'synced') return;
    const { vms, hosts, unreadable } = inventory;
    this.#offer({ type: 'vcenter.synced', vms: vms.size, hosts: hosts.size, unreadable: unreadable.size }, time);
  }

  #offer(line: VCenterLine, time = new Date(this.#at).toISOString()): void {
    const { vcenter, output, format } = this.#options;
    const text = format({ time, vcenter, ...line });
    if (text !== undefined) output.offer(text);
  }
}
