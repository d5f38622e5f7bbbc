import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@vcenter-listener/test-support';
import { Listener } from '../../e2e/listener.ts';
import type { TcpProxy } from '../index.ts';
import type { KubeLane } from './kube-lane.ts';

/** Above every deadline of the program, in milliseconds. */
export const patience = { deadlineMs: 60_000 };

export interface ReplicaOptions {
  /** Also the name of its Pod. */
  readonly name: string;
  /** A directory of its own. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The configuration file. */
  readonly config: object;
  /** How much later its clock is than that of this machine. */
  readonly clockShiftMs?: number;
}

/** The program as one Pod of the Deployment runs it: with a token of its own, and its own way to the API server. */
export class Replica {
  readonly name: string;
  /** Between it and the API server. */
  readonly proxy: TcpProxy;
  readonly #lane: KubeLane;
  readonly #options: ReplicaOptions;
  /** As the audit log names its tokens. */
  readonly credentials = new Set<string>();
  #pod: { readonly kind: string; readonly name: string; readonly uid: string } | undefined;
  #listener: Listener | undefined;

  private constructor(lane: KubeLane, proxy: TcpProxy, options: ReplicaOptions) {
    this.#lane = lane;
    this.proxy = proxy;
    this.name = options.name;
    this.#options = options;
  }

  /** Makes its Pod, its kubeconfig and its proxy. */
  static async create(lane: KubeLane, options: ReplicaOptions): Promise<Replica> {
    mkdirSync(options.directory, { recursive: true });
    const proxy = await lane.toxiproxy.proxy(new URL(lane.server.url).host);
    lane.proxies.push(proxy);
    const replica = new Replica(lane, proxy, options);
    await replica.renewPod();
    replica.trust(lane.server.ca);
    replica.goBy(proxy.address);
    replica.configure(options.config);
    return replica;
  }

  get kubeconfig(): string {
    return join(this.#options.directory, 'kubeconfig.json');
  }

  get configFile(): string {
    return join(this.#options.directory, 'config.yaml');
  }

  /** Has another configuration from its next start on. */
  configure(config: object): void {
    writeFileSync(this.configFile, JSON.stringify(config));
  }

  /** A new Pod under its name, and a token that is good as long as the Pod is there. */
  async renewPod(): Promise<void> {
    const pods = '/api/v1/namespaces/vcenter-listener/pods';
    await this.#lane.client.delete(`${pods}/${this.name}`);
    const { metadata } = await this.#lane.client.create(pods, podNamed(this.name));
    this.#pod = { kind: 'Pod', name: this.name, uid: metadata.uid };
    await this.renewToken();
  }

  /** Replaces the file as a kubelet does it: at once. */
  async renewToken(): Promise<void> {
    const token = await this.#lane.client.token(this.#pod);
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
    this.credentials.add(`JTI=${(JSON.parse(payload) as { jti: string }).jti}`);
    this.#replace('token', token);
  }

  /** @param ca PEM, of one certificate or several */
  trust(ca: string): void {
    this.#replace('ca.crt', ca);
  }

  /**
   * Goes another way to the API server from its next start on.
   *
   * @param address `host:port`. @param serverName in the certificate, if it does not have the host
   */
  goBy(address: string, serverName?: string): void {
    writeFileSync(this.kubeconfig, this.#kubeconfig(address, serverName));
  }

  /** May be called again when it has ended. */
  start(): void {
    const { environment, clockShiftMs } = this.#options;
    const shift = import.meta.resolve('./shift-clock.ts');
    this.#listener = new Listener(['run', '--config', this.configFile, '--log-level', 'debug'], {
      ...environment,
      KUBECONFIG: this.kubeconfig,
      HOSTNAME: this.name,
      ...(clockShiftMs && { NODE_OPTIONS: `--import=${shift}`, CLOCK_SHIFT_MS: String(clockShiftMs) }),
    });
  }

  get listener(): Listener {
    if (!this.#listener) throw new Error(`${this.name} has not been started`);
    return this.#listener;
  }

  /** The end of its log, without what moved. */
  lastWords(): string {
    const isNoise = (line: string) => /"event":"(vm\.moved|vcenter\.verified|node\.labelled)"/.test(line);
    const lines = this.#listener?.stderr.split('\n').filter((line) => !isNoise(line)) ?? [];
    return lines
      .slice(-20)
      .map((line) => line.slice(0, 300))
      .join('\n');
  }

  /** How often it has said that. */
  count(event: string): number {
    return this.#listener ? this.#listener.stderr.split(`"event":"${event}"`).length - 1 : 0;
  }

  /** Resolves when it has read vCenter and the Nodes. */
  async ready(): Promise<void> {
    let ended = false;
    void this.listener.exited.then(() => {
      ended = true;
    });
    const isReady = () => {
      if (this.count('vcenter.synced') > 0 && this.count('nodes.synced') > 0) return 'ready';
      return ended && 'ended';
    };
    const state = await until(`${this.name} has read everything`, isReady, patience).catch((cause) => {
      throw new Error(`${this.name} did not read everything. It said:\n${this.lastWords()}`, {
        cause,
      });
    });
    if (state === 'ended') throw new Error(`${this.name} has ended. It said:\n${this.lastWords()}`);
  }

  /** Resolves when the deed has made it say that once more, or so many times. */
  async says(event: string, deed: () => unknown, { times = 1 } = {}): Promise<void> {
    const before = this.count(event);
    await deed();
    await until(`${this.name} says ${event}`, () => this.count(event) >= before + times, patience);
  }

  /** What it answers over HTTP. */
  async http(path: string): Promise<{ status: number; text: string }> {
    const started = this.listener.logs().find(({ event }) => event === 'started');
    const response = await fetch(new URL(path, String(started?.http)), { signal: AbortSignal.timeout(5_000) });
    return { status: response.status, text: await response.text() };
  }

  /** SIGSTOP: it does nothing until {@link thaw}, and does not know it. */
  freeze(): void {
    this.listener.kill('SIGSTOP');
  }

  thaw(): void {
    this.listener.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    if (!this.#listener) return;
    this.#listener.kill('SIGKILL');
    await this.#listener.exited;
  }

  #replace(file: string, content: string): void {
    const path = join(this.#options.directory, file);
    writeFileSync(`${path}.new`, content, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  #kubeconfig(address: string, serverName: string | undefined): string {
    const name = 'peer';
    const cluster = {
      server: `https://${address}`,
      'certificate-authority': 'ca.crt',
      ...(serverName && { 'tls-server-name': serverName }),
    };
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster }],
      users: [{ name, user: { tokenFile: 'token' } }],
      contexts: [{ name, context: { cluster: name, user: name, namespace: 'vcenter-listener' } }],
      'current-context': name,
    });
  }
}

/** Nobody runs it; it is there for tokens to be bound to. */
function podNamed(name: string): object {
  return {
    metadata: { name },
    spec: {
      serviceAccountName: 'vcenter-listener',
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'vcenter-listener',
          image: 'vcenter-listener',
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  };
}
