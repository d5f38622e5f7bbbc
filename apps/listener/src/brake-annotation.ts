import type { BrakeWeight } from '@vcenter-listener/k8s-labeler';

/** The annotation of a Lease that says that the brake is engaged, and by which a person lets it go. */
export const brakeAnnotation = 'vcenter-listener/brake';
/** What a person sets it to. */
export const release = 'release';

/** What the holder sets it to. */
export function brakeSign({ changing, labelled }: BrakeWeight): string {
  return `engaged: one read would change ${changing} of ${labelled} labelled Nodes`;
}

/** The annotation of a Lease as it was seen. */
export interface SeenSign {
  readonly sign: string | undefined;
  /** The one that was seen before. */
  readonly before: string | undefined;
  /** Who holds the Lease; one that was deleted, or made anew, has no holder. */
  readonly holder: string | undefined;
}

/**
 * Whether the brake was let go. The holder takes away what a person has set, which the other replicas may not have
 * seen. A sign that is away because its Lease is, or because the holder itself has something else to say, lets nothing
 * go.
 *
 * @param own who we are, and what we last had to say
 */
export function isReleased({ sign, before, holder }: SeenSign, own: { identity: string; sign: string | undefined }) {
  if (sign !== undefined || before === undefined) return sign === release;
  return holder === own.identity ? before === own.sign : holder !== undefined;
}
