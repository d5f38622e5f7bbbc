import type { ApiStatus } from './api-error.ts';

/** What we know of a Node from its metadata. */
export interface NodeMetadata {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Only the labels that are asked for, and those of {@link ownedLabels}. */
  readonly labels: Readonly<Record<string, string>>;
  /** Only the annotations that are asked for. */
  readonly annotations: Readonly<Record<string, string>>;
  /** The keys of the labels that nobody but our field manager owns, sorted. */
  readonly ownedLabels: readonly string[];
}

/** A mark of a Node that keeps pods away. */
export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  readonly timeAdded?: string;
}

/** A Node, as much of it as is looked at. */
export interface NodeObject extends NodeMetadata {
  /** `spec.providerID`; undefined while it is empty. */
  readonly providerID: string | undefined;
  /** `status.nodeInfo.systemUUID`; undefined while it is empty. */
  readonly systemUUID: string | undefined;
  /** `spec.taints`, in their order. */
  readonly taints: readonly Taint[];
}

/** What `managedFields` tell of the fields that the metadata lack. */
interface Signed {
  /**
   * Equal for two versions of a Node unless somebody has written to its `spec`, or somebody else than before to its
   * `systemUUID`. Heartbeats leave it as it is. Empty without `managedFields`.
   */
  readonly signature: string;
}

/** A Node that came whole. */
export interface WholeNode extends NodeObject, Signed {}

/**
 * A Node of which only the metadata came. Its `managedFields` tell which other fields have been set since the Node
 * was made; without any, the fields count as set.
 */
export interface NodeOutline extends NodeMetadata, Signed {
  readonly setsProviderID: boolean;
  readonly setsSystemUUID: boolean;
}

/** A page of a list. */
export interface NodePage {
  readonly nodes: readonly WholeNode[];
  readonly resourceVersion: string;
  /** The token of the next page; empty on the last one. */
  readonly continueToken: string;
}

/** An event of a watch. */
export type WatchFrame<T extends NodeMetadata> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly node: T }
  | {
      readonly type: 'BOOKMARK';
      readonly resourceVersion: string;
      /** Everything that was there when the watch began has been sent (KEP-3157). */
      readonly initialEventsEnd: boolean;
    }
  | { readonly type: 'ERROR'; readonly status: ApiStatus };

/** Cuts a stream of bytes into watch events, wherever the pieces begin and end. */
export interface FrameDecoder<T extends NodeMetadata> {
  /** @throws MalformedAnswerError */
  push(piece: Buffer): Iterable<WatchFrame<T>>;
  /** To be called at the end of the stream. @throws MalformedAnswerError in the middle of an event */
  end(): void;
}

/** How Nodes look on the wire. */
export interface WireFormat {
  /** The `Accept` of each kind of request. */
  readonly accept: {
    readonly node: string;
    readonly outline: string;
    readonly page: string;
    readonly watch: string;
    readonly outlineWatch: string;
  };
  /** @throws MalformedAnswerError */
  node(body: Buffer): WholeNode;
  /** @throws MalformedAnswerError */
  outline(body: Buffer): NodeOutline;
  /** Who set a label last, as `managedFields` tell. @throws MalformedAnswerError */
  managerOf(body: Buffer, labelKey: string): string | undefined;
  /** @throws MalformedAnswerError */
  page(body: Buffer): NodePage;
  watch(): FrameDecoder<WholeNode>;
  outlineWatch(): FrameDecoder<NodeOutline>;
}
