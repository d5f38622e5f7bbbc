import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { assert, until } from '@vcenter-listener/test-support';
import {
  type InventoryEvent,
  type VSphereError,
  type WatchInventoryOptions,
  watchInventory,
} from '@vcenter-listener/vsphere-events';
import {
  startVcenter,
  type TcpProxy,
  type Toxiproxy,
  type Vcenter,
  type VcenterControl,
  type VcenterOptions,
  type VcenterStats,
  type VmTruth,
} from '../index.ts';
import { Firewall } from './firewall.ts';
import { Gate } from './gate.ts';
import { Ledger } from './ledger.ts';
import { Mover, type MoverOptions } from './mover.ts';

/** How long anything that is waited for may take, in milliseconds: above every deadline of the stream. */
export const patience = { deadlineMs: 60_000 };

export interface SceneOptions {
  readonly vcenter?: VcenterOptions;
  readonly watch?: Partial<WatchInventoryOptions> | ((vcenter: Vcenter) => Partial<WatchInventoryOptions>);
  /** What stands before vCenter: the proxy alone by default, it and one of the others, or not even the proxy. */
  readonly between?: 'proxy' | 'gate' | 'firewall' | 'nothing';
  readonly mover?: MoverOptions;
}

type Interruption = Extract<InventoryEvent, { type: 'interrupted' }>;

const small: VcenterOptions = { clusters: 2, hosts: 4, vms: 60 };

/** A vCenter in which VMs move all the time, a proxy before it that can fail, and a stream that is looked at. */
export class Scene {
  readonly proxy: TcpProxy;
  readonly gate: Gate;
  readonly firewall: Firewall;
  readonly ledger = new Ledger();
  readonly mover: Mover;
  /** One Observable: each subscription to it is of the same stream. */
  readonly stream: ReturnType<typeof watchInventory>;
  /** Where the stream finds vCenter. */
  readonly endpoint: URL;
  /** How often the stream was interrupted. */
  interruptions = 0;
  readonly #onInterruption = new Set<(interruption: Interruption) => void>();
  vcenter: Vcenter;
  /** For {@link begin}. */
  readonly unsubscribe = new AbortController();
  /** Sessions at the peer, looked at a moment ago. */
  sessions = 0;
  /** How many there were at most. */
  mostSessions = 0;
  /** Of vCenters that were killed. */
  #earlierLogins = 0;
  /** Pages of full reads, but for the last one of each. */
  pages = 0;
  /** Full reads that came to their end. */
  syncs = 0;
  #isLive = false;
  readonly #stop = new AbortController();
  #ended: Promise<void> | undefined;
  #sampling: Promise<void> | undefined;
  readonly #closed = new AbortController();
  readonly #others: (() => Promise<void>)[] = [];
  readonly #vcenterOptions: VcenterOptions;
  #atFirst: VmTruth[] = [];

  private constructor(
    vcenter: Vcenter,
    { proxy, gate, firewall }: { proxy: TcpProxy; gate: Gate; firewall: Firewall },
    options: SceneOptions,
  ) {
    this.vcenter = vcenter;
    this.proxy = proxy;
    this.gate = gate;
    this.firewall = firewall;
    this.#vcenterOptions = { ...small, ...options.vcenter };
    this.mover = new Mover(this.ledger, () => this.control, options.mover);
    const { username, password, url } = vcenter;
    this.endpoint = new URL(options.between === 'nothing' ? url : url.replace(new URL(url).host, proxy.address));
    this.stream = watchInventory({
      name: 'peer',
      endpoint: this.endpoint,
      credentials: () => ({ username, password }),
      poll: { maxWaitMs: 2_000, graceMs: 1_000 },
      retry: { baseMs: 20, maxMs: 200 },
      signal: this.#stop.signal,
      ...(typeof options.watch === 'function' ? options.watch(vcenter) : options.watch),
    });
  }

  static async start(toxiproxy: Toxiproxy, options: SceneOptions = {}): Promise<Scene> {
    const vcenter = await startVcenter({ ...small, ...options.vcenter });
    const gate = await Gate.start(vcenter.url);
    const firewall = await Firewall.start(vcenter.url);
    const upstream = { gate, firewall, proxy: undefined, nothing: undefined }[options.between ?? 'proxy'];
    const proxy = await toxiproxy.proxy(upstream?.address ?? new URL(vcenter.url).host);
    const scene = new Scene(vcenter, { proxy, gate, firewall }, options);
    scene.#atFirst = await vcenter.control.truth();
    await scene.mover.start();
    scene.#sampling = scene.#sample();
    return scene;
  }

  get control(): VcenterControl {
    return this.vcenter.control;
  }

  /** Subscribes. @param signal ends this subscription only */
  begin({ signal }: { signal?: AbortSignal } = {}): void {
    this.#isLive = false;
    this.ledger.beginAgain();
    this.#ended = new Promise((resolve, reject) => {
      const subscription = this.stream.subscribe({
        next: (event) => this.#accept(event),
        error: reject,
        complete: resolve,
      });
      signal?.addEventListener('abort', () => {
        subscription.unsubscribe();
        resolve();
      });
    });
  }

  /** Resolves when the stream follows vCenter. */
  async live(): Promise<void> {
    await until('the stream is live', () => this.#isLive, patience);
  }

  /**
   * Resolves when the deed has led to so many interruptions of that kind.
   *
   * @returns the last of them
   */
  async interrupts(
    kind: abstract new (...parameters: never[]) => VSphereError,
    deed: () => unknown,
    { times = 1 } = {},
  ): Promise<Interruption> {
    const found: Interruption[] = [];
    const look = (it: Interruption) => {
      if (it.error instanceof kind) found.push(it);
    };
    this.#onInterruption.add(look);
    try {
      await deed();
      return await until(`interrupted by ${kind.name} ${times} times`, () => found[times - 1], patience);
    } finally {
      this.#onInterruption.delete(look);
    }
  }

  /** Everything is as it should be: the truth is known, single moves are told, one session with one collector. */
  async isWell(): Promise<void> {
    await this.live();
    await this.mover.moveOneByOne(3, patience);
    await this.mover.pause();
    await this.knowsTheTruth();
    await this.holds({ sessions: 1, views: 1, collectors: 1 });
  }

  /** So that what was done before is noticed before what is done next. Nothing depends on it. */
  async someTimePasses(): Promise<void> {
    await setTimeout(200);
  }

  /** Nothing may move meanwhile. */
  async knowsTheTruth(): Promise<void> {
    assert.equal([...(await this.differences()), ...this.ledger.problems()], []);
  }

  /** How what is known differs from the truth, when it does so for long. */
  async differences(): Promise<string[]> {
    const truth = await this.control.truth();
    const isKnown = () => this.ledger.differences(truth).length === 0;
    await until('the truth is known', isKnown, patience).catch(() => {});
    return this.ledger.differences(truth);
  }

  /** Resolves when the peer has so many of each. */
  async holds(wanted: Partial<VcenterStats>): Promise<void> {
    const found = async () => {
      const stats = await this.control.stats();
      return Object.fromEntries(Object.entries(stats).filter(([key]) => key in wanted));
    };
    const isSo = async () => isDeepStrictEqual(await found(), wanted);
    await until('the peer holds what it should', isSo, patience).catch(async () => assert.equal(await found(), wanted));
  }

  /** Calls of Login that vCenter has seen, and those that it saw before it was killed. */
  async logins(): Promise<number> {
    return this.#earlierLogins + ((await this.control.stats()).calls.Login ?? 0);
  }

  /** Ends the stream by its signal; resolves when it is complete. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  /** Ends vCenter without a word. */
  async killVcenter(): Promise<void> {
    await this.mover.pause();
    this.#earlierLogins = await this.logins();
    await this.vcenter.stop();
  }

  /** Starts a vCenter at the same address. It has the same inventory, with everything where it was at first. */
  async startVcenterAgain(): Promise<void> {
    const { url, control } = this.vcenter;
    // Another port for control: connections to the old one may be kept.
    const [listen, controlListen] = [new URL(url).host, `${new URL(control.url).hostname}:0`];
    this.ledger.begin(this.#atFirst);
    this.vcenter = await startVcenter({ ...this.#vcenterOptions, listen, controlListen });
  }

  /** To be ended with the scene. */
  alsoStop(stop: () => Promise<void>): void {
    this.#others.push(stop);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#closed.abort();
    await Promise.all([this.#sampling, this.mover.pause().catch(() => {})]);
    await this.vcenter.stop();
    await Promise.all([this.gate.stop(), this.firewall.stop()]);
    for (const stop of this.#others.reverse()) await stop();
    await this.#ended?.catch(() => {});
  }

  /** Looks every now and then how many sessions there are. */
  async #sample(): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      const asked = performance.now();
      const { sessions } = await this.control.stats().catch(() => ({ sessions: 0 }));
      this.ledger.slowestAnswerMs = Math.max(this.ledger.slowestAnswerMs, performance.now() - asked);
      this.sessions = sessions;
      this.mostSessions = Math.max(this.mostSessions, sessions);
      await setTimeout(100, undefined, { signal }).catch(() => {});
    }
  }

  #accept(event: InventoryEvent): void {
    this.ledger.accept(event);
    if (event.type === 'interrupted') {
      this.interruptions++;
      for (const look of this.#onInterruption) look(event);
    }
    if (event.type === 'updated' && event.phase === 'reading') this.pages++;
    if (event.type === 'updated' && event.phase === 'synced') this.syncs++;
    this.#isLive = event.type === 'verified' || (event.type === 'updated' && event.phase !== 'reading');
  }
}
