import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A Go module beside this file, and the programs that are built from it. */
export interface PeerModule {
  readonly name: string;
  /** By the name of the binary. */
  readonly programs: Readonly<Record<string, { readonly package: string; readonly ldflags: string }>>;
}

const stripped = '-s -w';
const kubernetesVersion = [
  stripped,
  '-X k8s.io/component-base/version.gitVersion=v1.36.3',
  '-X k8s.io/component-base/version.gitMajor=1',
  '-X k8s.io/component-base/version.gitMinor=36',
].join(' ');

/** The real peers: the quick ones first, so that a machine that cannot build says so early. */
export const peerModules: readonly PeerModule[] = [
  {
    name: 'vcenter',
    programs: {
      vcenter: { package: '.', ldflags: stripped },
      govc: { package: './govc', ldflags: stripped },
    },
  },
  {
    name: 'kube',
    programs: {
      toxiproxy: { package: 'github.com/Shopify/toxiproxy/v2/cmd/server', ldflags: stripped },
      etcd: { package: 'go.etcd.io/etcd/server/v3', ldflags: stripped },
      kubectl: { package: 'k8s.io/kubernetes/cmd/kubectl', ldflags: kubernetesVersion },
      'kube-apiserver': { package: 'k8s.io/kubernetes/cmd/kube-apiserver', ldflags: kubernetesVersion },
    },
  },
];

/** Where the module's sources are. */
export function sourceDirectory(module: PeerModule): string {
  return join(import.meta.dirname, module.name);
}

/**
 * Where the module's binaries are, or will be: outside the repository, another directory for every version of the
 * sources, of what is built and of Go.
 *
 * @throws Error when there is no Go
 */
export function binaryDirectory(module: PeerModule): string {
  const hash = createHash('sha256').update(goVersion()).update(JSON.stringify(module));
  const source = sourceDirectory(module);
  for (const path of globSync(['go.mod', 'go.sum', '**/*.go'], { cwd: source }).sort()) {
    if (!path.endsWith('_test.go')) hash.update(`\n${path}\n`).update(readFileSync(join(source, path)));
  }
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'vcenter-listener', 'peers', `${module.name}-${hash.digest('hex').slice(0, 16)}`);
}

/**
 * The path of a peer's binary.
 *
 * @throws Error when the peer is not built
 */
export function peerBinary(name: string): string {
  const module = peerModules.find(({ programs }) => name in programs);
  if (!module) throw new Error(`there is no peer ${name}`);
  const path = join(binaryDirectory(module), name);
  if (!existsSync(path)) throw new Error(`${path} is not there: build the peers with "node test/peers/build.ts"`);
  return path;
}

let version: string | undefined;

/** Asked once: it takes a tenth of a second. */
function goVersion(): string {
  try {
    version ??= execFileSync('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    });
    return version;
  } catch (cause) {
    throw new Error(
      'go does not run: the peers (kube-apiserver, etcd, vCenter ...) are built from Go modules. ' +
        'Install Go 1.26 or later (https://go.dev/dl/) and put it on the PATH.',
      { cause },
    );
  }
}
