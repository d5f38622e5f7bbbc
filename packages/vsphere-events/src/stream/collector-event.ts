import type { VSphereError } from '../errors.ts';
import type { UpdateSet } from '../soap/update-set.ts';
import type { AboutInfo } from '../soap/vim-service.ts';

/** What happens between us and one vCenter, before anybody makes sense of it. `at`: milliseconds since the epoch. */
export type CollectorEvent =
  /** Logged in. */
  | { readonly type: 'connected'; readonly about: AboutInfo; readonly at: number }
  /** A new collector was made: what comes now is everything, page by page. */
  | { readonly type: 'reading'; readonly at: number }
  | { readonly type: 'page'; readonly page: UpdateSet; readonly at: number }
  /** A poll was answered with nothing: what is known is still true. */
  | { readonly type: 'verified'; readonly at: number }
  | {
      readonly type: 'interrupted';
      readonly error: VSphereError;
      /** Milliseconds until the next attempt. */
      readonly retryInMs: number;
      /** Time alone does not mend it. */
      readonly needsPerson: boolean;
      readonly at: number;
    };
