import type { LabelRule } from './label-rule.ts';

/** Longest prefix, a DNS subdomain, and longest name of a key (Kubernetes, "Labels and Selectors"). */
const maxPrefixLength = 253;
const maxNameLength = 63;

/** What is wrong with one rule of a list. */
export interface RuleProblem {
  /** Of the rule in its list, from 0. */
  readonly index: number;
  readonly key: string;
  /** Goes on from the key: `has …`, `belongs to …`. */
  readonly problem: string;
}

/** Everything for which a list of rules has to be refused; a rule can have several. */
export function problemsOf(rules: readonly LabelRule[]): readonly RuleProblem[] {
  return rules.flatMap(({ key, source, onHostChange }, index) => {
    const problems = [
      refusalOf(key),
      rules.findIndex((other) => other.key === key) < index
        ? 'has a rule already, and a label has one value; take one of the rules out'
        : undefined,
      source === 'host.state' && onHostChange === 'pin'
        ? 'would tell the first state of its host for ever; take onHostChange: follow'
        : undefined,
    ];
    return problems.filter((problem) => problem !== undefined).map((problem) => ({ index, key, problem }));
  });
}

/**
 * Why a key cannot be used for a label of ours: it is not legal, or it belongs to somebody else.
 *
 * @returns goes on from the key: `has …`, `belongs to …`; undefined when it can be used
 */
export function refusalOf(key: string): string | undefined {
  const slash = key.indexOf('/');
  if (slash < 0) return nameProblem(key);
  const prefix = key.slice(0, slash);
  return prefixProblem(prefix) ?? nameProblem(key.slice(slash + 1)) ?? ownerOf(prefix);
}

function nameProblem(name: string): string | undefined {
  if (name === '') return 'has no name; a key is a name, or a prefix, a slash and a name';
  const at = firstMatch(/[^A-Za-z0-9._-]/u, name);
  if (at?.text === '/') return 'has a second slash; one is allowed, between prefix and name';
  if (at) return `has ${at.description} in its name; letters, digits, "-", "_" and "." are allowed`;
  if (name.length > maxNameLength) {
    return `has a name of ${name.length} characters; ${maxNameLength} are allowed`;
  }
  if (/^[._-]/.test(name)) return `has a name that begins with "${name[0]}"; it must be a letter or a digit`;
  if (/[._-]$/.test(name)) return `has a name that ends in "${name.at(-1)}"; it must be a letter or a digit`;
  return undefined;
}

function prefixProblem(prefix: string): string | undefined {
  if (prefix === '') return 'begins with a slash; put a prefix before it, or take it out';
  const at = firstMatch(/[^a-z0-9.-]/u, prefix);
  if (at && /[A-Z]/.test(at.text)) return `has ${at.description} in its prefix; a prefix is in lower case`;
  if (at) return `has ${at.description} in its prefix; lower case letters, digits, "-" and "." are allowed`;
  if (prefix.length > maxPrefixLength) {
    return `has a prefix of ${prefix.length} characters; ${maxPrefixLength} are allowed`;
  }
  const part = prefix.split('.').find((each) => !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(each));
  if (part === '') return 'has a prefix with nothing before, between or after its dots';
  if (part === undefined) return undefined;
  return `has "${part}" in its prefix; each part between dots begins and ends with a letter or a digit`;
}

/** The first character that fits, and in words what it is and where. */
function firstMatch(pattern: RegExp, text: string): { text: string; description: string } | undefined {
  const found = pattern.exec(text);
  if (!found) return undefined;
  const [character] = found;
  const isPlain = /^[\x21-\x7e]$/.test(character);
  const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  const shown = character === ' ' ? 'a space' : isPlain ? `"${character}"` : `the character ${code}`;
  const position = [...text.slice(0, found.index)].length + 1;
  return { text: character, description: `${shown} at position ${position}` };
}

/** Domains whose keys others set, with all below them, and why ours must be another. The first that fits decides. */
const owners: readonly (readonly [domains: readonly string[], reason: string])[] = [
  [
    ['topology.kubernetes.io', 'failure-domain.beta.kubernetes.io'],
    'belongs to the cloud controller manager: volumes are bound to its zones and regions, and would be lost to pods by another value',
  ],
  [
    ['kubernetes.io', 'k8s.io'],
    'belongs to Kubernetes: the kubelet, the controllers and add-ons set the labels below kubernetes.io and k8s.io',
  ],
  [['openshift.io'], 'belongs to OpenShift: its operators set the labels below openshift.io, and put them back'],
  [
    ['vmware.com', 'amazonaws.com', 'k8s.aws', 'azure.com', 'cloud.google.com', 'gke.io'],
    'belongs to the cloud provider: its controllers set the labels of this domain',
  ],
];

/** Administrators may use it, and kubelets may not: which labels can be trusted there (NodeRestriction admission). */
const forAdministrators = 'node-restriction.kubernetes.io';

function ownerOf(prefix: string): string | undefined {
  if (isBelow(prefix, forAdministrators)) return undefined;
  if (prefix.split('.').includes('csi')) {
    return 'belongs to a CSI driver: its topology keys bind volumes to Nodes, and only the driver knows their values';
  }
  return owners.find(([domains]) => domains.some((domain) => isBelow(prefix, domain)))?.[1];
}

function isBelow(prefix: string, domain: string): boolean {
  return prefix === domain || prefix.endsWith(`.${domain}`);
}
