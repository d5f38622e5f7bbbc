import {
  ConflictError,
  ForbiddenError,
  InvalidError,
  type LeadEvent,
  type NodeEvent,
  NotFoundError,
  NotStartedError,
} from '@vcenter-listener/k8s-controller';
import {
  type BrakeWeight,
  formatLabels,
  type Outcome,
  type Reconciled,
  warningOf,
} from '@vcenter-listener/k8s-labeler';
import {
  CredentialsError,
  InvalidLoginError,
  type InventoryEvent,
  type InventoryUpdated,
  type VSphereError,
} from '@vcenter-listener/vsphere-events';
import { commonSettings, type SettingNames, type VCenterConfig } from './config/vcenter-config.ts';
import { explainError } from './explain-error.ts';
import { inWords } from './in-words.ts';
import { LineBudget } from './line-budget.ts';
import type { Logger } from './logger.ts';
import type { Observer } from './observer.ts';

/** As much of a vCenter's configuration as messages name. */
export type ConfiguredVCenter = Pick<VCenterConfig, 'name' | 'settings'>;

/** How many objects of one update that cannot be read have a line of their own. */
const unreadableLines = 5;

/** Lines in a minute on Nodes that could not be read or written, and on each Lease or the Nodes as a whole. */
const failureLines = 20;
const troubleLines = 5;

/**
 * Says in the log what the pipeline does. What is wrong with a Node is said once, until it changes; what is more than a
 * person reads is for the level debug.
 */
export class Reporter implements Observer {
  readonly #log: Logger;
  readonly #vcenters: readonly ConfiguredVCenter[];
  readonly #said = new Map<string, string>();
  readonly #brakes = new Set<string>();
  readonly #budget: LineBudget;
  #nodes = 0;

  /** @param now milliseconds, as `performance.now()` */
  constructor(log: Logger, vcenters: readonly ConfiguredVCenter[], now = () => performance.now()) {
    this.#log = log;
    this.#vcenters = vcenters;
    this.#budget = new LineBudget(now);
  }

  inventory(event: InventoryEvent): void {
    const { vcenter } = event;
    switch (event.type) {
      case 'connected': {
        const { fullName, apiVersion, instanceUuid } = event.about;
        this.#log.info({ event: 'vcenter.connected', vcenter, apiVersion, instanceUuid }, `connected to ${fullName}`);
        break;
      }
      case 'reading':
        this.#log.debug({ event: 'vcenter.reading', vcenter }, 'vCenter: everything is being read');
        break;
      case 'updated':
        if (event.phase === 'synced') {
          const { vms, hosts } = event.inventory;
          const text = `vCenter read: ${vms.size} VMs on ${hosts.size} hosts`;
          this.#log.info({ event: 'vcenter.synced', vcenter, vms: vms.size, hosts: hosts.size }, text);
        }
        for (const change of event.changes) {
          if (change.type === 'vmMoved') {
            const names = [change.before, change.vm].map(({ host }) => event.inventory.hosts.get(host ?? '')?.name);
            const [from, to] = names;
            this.#log.debug({ event: 'vm.moved', vcenter, vm: change.vm.name, from, to }, `${change.vm.name} moved`);
          }
        }
        this.#unreadable(event);
        break;
      case 'verified':
        this.#log.debug({ event: 'vcenter.verified', vcenter }, 'vCenter: nothing changed');
        break;
      case 'interrupted': {
        const { error, retryInMs, needsPerson } = event;
        const text = `${this.#explain(error, vcenter)}; labels stay, next attempt ${inWords(retryInMs)}`;
        const facts = { event: 'vcenter.interrupted', vcenter, err: error, retryInMs: Math.round(retryInMs) };
        // What time does not heal is for a person to see.
        if (needsPerson) this.#log.error(facts, text + this.#hint(error, vcenter));
        else this.#log.warn(facts, text);
        break;
      }
      default:
        event satisfies never;
    }
  }

  /** Files with credentials are read again by themselves. */
  #hint(error: VSphereError, vcenter: string): string {
    const isFromFiles = /_FILE$|File$/.test(this.#settingsOf(vcenter).password);
    const isAboutLogin = error instanceof InvalidLoginError || error instanceof CredentialsError;
    return isFromFiles && isAboutLogin ? '' : '; restart for other settings';
  }

  /** What our user may not read: the objects by name, unless there are too many to read them all. */
  #unreadable({ vcenter, changes }: InventoryUpdated): void {
    const found = changes.flatMap((change) => (change.type === 'readabilityChanged' ? (change.unreadable ?? []) : []));
    for (const { obj, paths, fault } of found.slice(0, unreadableLines)) {
      const what = paths.length === 0 ? 'nothing' : `not ${paths.join(', ')}`;
      const text = `vCenter lets ${what} of ${obj.type} ${obj.value} be read (${fault})`;
      this.#log.warn({ event: 'vcenter.unreadable', vcenter, moid: obj.value, paths, fault }, text);
    }
    const more = found.length - unreadableLines;
    if (more > 0) {
      const text = `vCenter does not let ${more} more objects be read: give the user the role Read-only, propagated`;
      this.#log.warn({ event: 'vcenter.unreadable', vcenter, more }, text);
    }
  }

  node(event: NodeEvent): void {
    if (event.type === 'appeared') this.#nodes++;
    if (event.type === 'gone') {
      this.#nodes--;
      this.#said.delete(event.node.name);
    }
    if (event.type === 'synced')
      this.#log.info({ event: 'nodes.synced', nodes: this.#nodes }, `${this.#nodes} Nodes read`);
    if (event.type === 'interrupted') {
      const { error, retryInMs } = event;
      const text = `${this.#explain(error)}; next attempt ${inWords(retryInMs)}`;
      const level = this.#budget.take('nodes', troubleLines) ? 'warn' : 'debug';
      this.#log[level]({ event: 'nodes.interrupted', err: error, retryInMs: Math.round(retryInMs) }, text);
    }
  }

  reconciled(node: string, reconciled: Reconciled | undefined, since: number): void {
    const outcome = reconciled?.outcome;
    // What the brake holds is said once for all of them.
    const warning = outcome && outcome.type !== 'braked' ? warningOf(node, outcome) : undefined;
    if (warning === undefined) this.#said.delete(node);
    else if (this.#isNew(node, warning)) this.#log.warn({ event: `node.${outcome?.type}`, node }, warning);
    if (outcome?.type !== 'written') return;
    const { labels, matched, taint } = outcome;
    const { vm, by } = matched ?? {};
    const reactionMs = Math.round((performance.now() - since) * 10) / 10;
    const facts = { event: 'node.labelled', node, labels, vm: vm?.name, by, taint, reactionMs };
    this.#log.info(facts, labelledLine(node, outcome));
  }

  failed(node: string, error: unknown): void {
    const text = `Node ${node} not labelled: ${this.#explain(error)}`;
    if (!this.#isNew(node, text)) return;
    const level = levelOf(error);
    const isSaid = level === 'debug' || this.#budget.take('failures', failureLines);
    this.#log[isSaid ? level : 'debug']({ event: 'node.failed', node, err: error }, text);
  }

  lead(vcenter: string, event: LeadEvent): void {
    switch (event.type) {
      case 'acquired':
        this.#log.info({ event: 'lead.acquired', vcenter }, `leads for vCenter ${vcenter}: labels are written here`);
        break;
      case 'lost': {
        const { reason, holder } = event;
        const text = `leads no longer for vCenter ${vcenter} (${reason}): nothing is written here`;
        this.#log[reason === 'expired' || reason === 'taken' ? 'warn' : 'info'](
          { event: 'lead.lost', vcenter, reason, holder },
          text,
        );
        break;
      }
      case 'observed':
        this.#log.debug({ event: 'lead.observed', vcenter, holder: event.holder }, `vCenter ${vcenter}: Lease seen`);
        break;
      case 'failed': {
        const { error, retryInMs } = event;
        const next =
          retryInMs === undefined ? 'others wait until it has run out' : `next attempt ${inWords(retryInMs)}`;
        const text = `Lease for vCenter ${vcenter}: ${this.#explain(error)}; ${next}`;
        const level = this.#budget.take(`Lease ${vcenter}`, troubleLines) ? levelOf(error) : 'debug';
        this.#log[level]({ event: 'lead.failed', vcenter, err: error, retryInMs }, text);
        break;
      }
      default:
        event satisfies never;
    }
  }

  brakes(engaged: ReadonlyMap<string, BrakeWeight>): void {
    for (const [vcenter, weight] of engaged) {
      if (this.#brakes.has(vcenter)) continue;
      this.#brakes.add(vcenter);
      this.#log.error({ event: 'brake.engaged', vcenter, ...weight }, brakeText(vcenter, weight));
    }
    for (const vcenter of this.#brakes) {
      if (engaged.has(vcenter)) continue;
      this.#brakes.delete(vcenter);
      this.#log.info({ event: 'brake.released', vcenter }, `vCenter ${vcenter}: the brake was let go`);
    }
  }

  #explain(error: unknown, vcenter?: string): string {
    return explainError(error, this.#settingsOf(vcenter));
  }

  #settingsOf(vcenter: string | undefined): SettingNames {
    const found = this.#vcenters.find(({ name }) => name === vcenter);
    return found?.settings ?? commonSettings(this.#vcenters);
  }

  /** False when the same was said of the Node last: every retry would say it again. */
  #isNew(node: string, text: string): boolean {
    if (this.#said.get(node) === text) return false;
    this.#said.set(node, text);
    return true;
  }
}

/** Why nothing is written for a vCenter, and what a person can do. */
export function brakeText(vcenter: string, { changing, labelled }: BrakeWeight): string {
  return `vCenter ${vcenter}: one read would change ${changing} of ${labelled} labelled Nodes, so nothing is written; if that is right: vcenter-listener resume ${vcenter} (or once --no-brake)`;
}

type WrittenOutcome = Extract<Outcome, { type: 'written' }>;

/** Such as `Node worker1 labelled with esx-node=esx01`. */
export function labelledLine(node: string, { labels, taint }: Pick<WrittenOutcome, 'labels' | 'taint'>): string {
  const parts = Object.keys(labels).length > 0 ? [`labelled with ${formatLabels(labels)}`] : [];
  if (taint !== undefined) parts.push(taint === null ? 'no longer tainted' : `tainted: its host is in ${taint}`);
  return `Node ${node} ${parts.join(', ') || 'annotated'}`;
}

/** A Node that has gone or changed meanwhile comes back by itself; a missing right or a refused value does not. */
function levelOf(error: unknown): 'debug' | 'warn' | 'error' {
  if (error instanceof NotFoundError || error instanceof ConflictError || error instanceof NotStartedError)
    return 'debug';
  return error instanceof ForbiddenError || error instanceof InvalidError ? 'error' : 'warn';
}
