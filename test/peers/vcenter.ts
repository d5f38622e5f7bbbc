import { type PeerProcess, peerDirectory, startPeer } from './peer-process.ts';
import { runTool } from './run-tool.ts';
import { VcenterControl } from './vcenter-control.ts';

/** What vCenter to start. Counts of datacenters, clusters and hosts are at least 1. */
export interface VcenterOptions {
  /**
   * `stock` is the simulator's own PropertyCollector, good for about 200 VMs; `fast` is one that scales and is true
   * to vCenter in its versions.
   */
  readonly collector?: 'fast' | 'stock';
  readonly datacenters?: number;
  /** In each datacenter: DC0_C0 ... */
  readonly clusters?: number;
  /** In each cluster: esx-0001.lab.example ... */
  readonly hosts?: number;
  /** In all. */
  readonly vms?: number;
  /** Of these, how many are called node-00001 ...; the others are vm-00001 ... */
  readonly nodes?: number;
  /** How long `fast` gathers updates before it answers a poll, as Go writes it (`20ms`). */
  readonly tick?: string;
  /** HTTPS with a self-signed certificate for 127.0.0.1. */
  readonly tls?: boolean;
  /** Ends sessions idle for this long, as Go writes it. */
  readonly sessionIdle?: string;
  readonly instanceUuid?: string;
  /** `127.0.0.1:port`, to come back at the same address. */
  readonly listen?: string;
  /** Address and port of the control endpoint; of 127.0.0.1 by default. */
  readonly controlListen?: string;
  /** Name of the network namespace (`ip netns`) to live in. */
  readonly networkNamespace?: string;
}

/** A running vCenter simulator. */
export interface Vcenter extends PeerProcess {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** PEM; only with `tls`. */
  readonly certificate?: string;
  readonly control: VcenterControl;
}

interface Ready {
  readonly url: string;
  readonly control: string;
  readonly certificate?: string;
}

/** Starts a vCenter: by default one cluster of two hosts without VMs. */
export async function startVcenter(
  { datacenters = 1, clusters = 1, hosts = 2, vms = 0, nodes = vms, ...options }: VcenterOptions = {},
  { signal }: { signal?: AbortSignal } = {},
): Promise<Vcenter> {
  const [username, password] = ['administrator@vsphere.local', 'correct-horse-battery-staple'];
  const flags: Record<string, string | number | boolean | undefined> = {
    dc: datacenters,
    clusters,
    hosts,
    vms,
    nodes,
    username,
    password,
    collector: options.collector,
    tick: options.tick,
    tls: options.tls,
    'session-idle': options.sessionIdle,
    'instance-uuid': options.instanceUuid,
    listen: options.listen,
    control: options.controlListen,
  };
  const { pid, stop, kill, ready } = await startPeer({
    name: 'vcenter',
    directory: peerDirectory('vcenter'),
    networkNamespace: options.networkNamespace,
    args: Object.entries(flags).flatMap(([name, value]) => (value === undefined ? [] : [`-${name}=${value}`])),
    // The program's own line; see test/peers/vcenter/vcenter.go.
    ready: (output) => (output.endsWith('\n') ? (JSON.parse(output) as Ready) : undefined),
    signal,
  });
  const { url, control, certificate } = ready;
  return {
    pid,
    stop,
    kill,
    url,
    username,
    password,
    control: new VcenterControl(control),
    ...(certificate && { certificate }),
  };
}

/** Runs govc as the vCenter's administrator. Some commands leave their session behind (`vm.migrate`, those that fail). */
export function govc(
  vcenter: Vcenter,
  args: readonly string[],
  options: { signal?: AbortSignal } = {},
): Promise<string> {
  const env = {
    GOVC_URL: vcenter.url,
    GOVC_USERNAME: vcenter.username,
    GOVC_PASSWORD: vcenter.password,
    GOVC_INSECURE: 'true',
    GOVC_PERSIST_SESSION: 'false',
  };
  return runTool('govc', args, { env, ...options });
}
