import type { BrakeWeight } from '@vcenter-listener/k8s-labeler';

/** The annotation of a Lease that says that the brake is engaged, and by which a person lets it go. */
export const brakeAnnotation = 'vcenter-listener/brake';
/** What a person sets it to. */
export const release = 'release';

/** What the holder sets it to. */
export function brakeSign({ changing, labelled }: BrakeWeight): string {
  return `engaged: one read would change ${changing} of ${labelled} labelled Nodes`;
}

/**
 * Whether the brake was let go, by two values of the annotation one after the other. The holder takes away what a
 * person has set, which the other replicas may not have seen.
 */
export function isReleased(sign: string | undefined, before: string | undefined): boolean {
  return sign === release || (sign === undefined && before !== undefined);
}
