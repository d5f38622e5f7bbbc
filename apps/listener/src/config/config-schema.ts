import { identityKinds } from '@vcenter-listener/k8s-labeler';
import { z } from 'zod';
import { labelsSchema } from './labels-schema.ts';
import { readListenAddress } from './listen-address.ts';
import { taintEffects } from './listener-config.ts';
import { duration, flag, isUnique, line, list, map, offOr, pattern, text, word } from './schema-parts.ts';
import { isVCenterName, longestName } from './vcenter-name.ts';
import { longestPollMs } from './vcenter-parts.ts';

const longestLeaseMs = 10 * 60_000;

/** A DNS label (RFC 1123), which a namespace has to be. */
export const namespacePattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** A password that stands here by mistake is told from a path, and is not repeated. */
const path = () => pattern('a path that begins with /, ./ or ../ (from the directory of this file)', /^\.{0,2}\/./);

const noPassword = 'has no place in a file: take passwordFile or passwordVariable';

export const vcenterSchema = map(
  {
    name: text(`a name of at most ${longestName} characters a-z, 0-9 and -`, (name) =>
      isVCenterName(name) ? name : undefined,
    ),
    url: line('an address, such as https://vcenter.example.com'),
    username: line('a user name').optional(),
    usernameFile: path().optional(),
    passwordFile: path().optional(),
    passwordVariable: pattern('the name of an environment variable', /^[A-Za-z_][A-Za-z0-9_]*$/).optional(),
    thumbprint: line('a SHA-256, 32 bytes in hex (AB:CD:…)').optional(),
    caFile: path().optional(),
    insecure: flag().default(false),
    instanceUuid: line('the instanceUuid of a vCenter').optional(),
    poll: duration(1_000, longestPollMs, `from 1s to ${longestPollMs / 60_000}m, such as 3m`).prefault('3m'),
  },
  { password: noPassword, passwd: noPassword, pass: noPassword },
);

/** One vCenter, as the file has it. */
export type VCenterEntry = z.output<typeof vcenterSchema>;

const leaseTime = (usual: string) =>
  duration(1_000, longestLeaseMs, `from 1s to 10m, such as ${usual}`).prefault(usual);

const leaderElectionSchema = map({
  namespace: pattern('the name of a namespace', namespacePattern).optional(),
  leaseDuration: leaseTime('15s'),
  renewDeadline: leaseTime('10s'),
  retryPeriod: leaseTime('2s'),
}).superRefine(({ leaseDuration, renewDeadline, retryPeriod }, context) => {
  const refuse = (name: string, message: string) => context.addIssue({ code: 'custom', path: [name], message });
  // A Lease has it in seconds.
  if (leaseDuration % 1_000 !== 0) refuse('leaseDuration', 'whole seconds are needed');
  if (renewDeadline >= leaseDuration) {
    refuse('renewDeadline', `${renewDeadline / 1_000}s is not shorter than leaseDuration, ${leaseDuration / 1_000}s`);
  }
  if (retryPeriod * 1.2 >= renewDeadline) {
    refuse(
      'retryPeriod',
      `1.2 times ${retryPeriod / 1_000}s is not shorter than renewDeadline, ${renewDeadline / 1_000}s`,
    );
  }
});

const atLeastOne = 'expected is a whole number of Nodes, from 1 on';

/** The configuration file. What it gives is checked as far as that goes without looking at anything else. */
export const configSchema = map({
  vcenters: list(vcenterSchema, 'vCenters').optional(),
  kubernetes: map({ kubeconfig: path().optional(), context: line('the name of a context').optional() }).prefault({}),
  identity: map({
    order: list(word(identityKinds), 'identities')
      .refine(isUnique, { error: 'the same one twice' })
      .default([...identityKinds]),
    ignoreCase: flag().default(false),
    shortName: flag().default(false),
  }).prefault({}),
  labels: labelsSchema.prefault({}),
  hostTaint: word([...taintEffects, 'none']).default('none'),
  brake: offOr(
    map({
      share: text('a part of the Nodes, over 0% and under 100%', readPercent).prefault('50%'),
      least: z.int({ error: atLeastOne }).min(1, { error: atLeastOne }).default(10),
    }),
  ).prefault({}),
  leaderElection: leaderElectionSchema.prefault({}),
  http: offOr(
    map({ listen: text('an address and a port, such as 127.0.0.1:8080', readListenAddress).optional() }),
  ).prefault({}),
});

export type ConfigFile = z.output<typeof configSchema>;

function readPercent(text: string): number | undefined {
  const percent = Number(/^(\d+(?:\.\d+)?)%$/.exec(text)?.[1]);
  return percent > 0 && percent < 100 ? percent / 100 : undefined;
}
