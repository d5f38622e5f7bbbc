export { type Clock, systemClock } from './clock.ts';
export {
  type ConnectOptions,
  connect,
  type KubeConnection,
  type KubernetesRequest,
  type WatchLimits,
} from './connection.ts';
export { type ControllerOptions, type ReconcileContext, runController } from './controller.ts';
export {
  ApiError,
  ConflictError,
  ConnectionError,
  ExpiredError,
  ForbiddenError,
  InvalidError,
  KubeConfigError,
  KubernetesError,
  MalformedAnswerError,
  NotFoundError,
  NotStartedError,
} from './errors.ts';
export type { EventReporter, RecordedEvent } from './event-object.ts';
export { EventRecorder, type EventRecorderOptions } from './event-recorder.ts';
export type { LeadEvent, LossReason } from './lead-event.ts';
export { LeaderElector, type LeaderElectorOptions } from './leader-elector.ts';
export { LeaseBalance } from './lease-balance.ts';
export { type LeaseSettings, LeaseSettingsError } from './lease-settings.ts';
export { NodeCache, type NodeCacheOptions, type NodeChange } from './node-cache.ts';
export type { CachedNode, NodeEvent } from './node-event.ts';
export type { WriteOptions } from './nodes-api.ts';
export { type Reaction, reactionTo } from './reaction.ts';
export type { Taint } from './wire-format.ts';
export { type TakenKey, WorkQueue } from './work-queue.ts';
