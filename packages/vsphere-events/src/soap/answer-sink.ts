/** Takes the body of an answer while it arrives. */
export interface AnswerSink<T> {
  /** How long the body may be, in bytes. */
  readonly maxBytes: number;
  /** Whether a SOAP envelope has begun. A proxy's page has none. */
  readonly isSoap: boolean;
  /** @throws ProtocolError as soon as it is seen that this is not the answer */
  write(chunk: Uint8Array): void;
  /**
   * @returns what the answer says
   * @throws ProtocolError when it is cut or is not the answer
   */
  end(): T;
}
